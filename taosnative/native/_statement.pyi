from typing import Final, final

from taosnative.columns._bind import BindSet
from taosnative.native._connection import ConnectionHandle
from taosnative.native._handle import Handle
from taosnative.native._result import ResultHandle
from taosnative.native.fields import StatementField

API_ERROR: Final[int]

@final
class StatementHandle(Handle):
    @property
    def is_insert(self) -> bool: ...
    @property
    def timeout(self) -> float | None: ...
    @property
    def interlace(self) -> bool: ...
    @staticmethod
    def prepare(
        connection: ConnectionHandle,
        sql: str,
        interlace: bool = False,
        request: int = 0,
        timeout: float | None = None,
    ) -> StatementHandle: ...
    def describe(self) -> tuple[int, list[StatementField]]: ...
    def bind(self, binds: BindSet, column: int = -1) -> None: ...
    def execute(self, timeout: float | None = None) -> int: ...
    def result(self) -> ResultHandle: ...
