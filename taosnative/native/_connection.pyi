from typing import Final, final

from taosnative.driver._library import Driver
from taosnative.native._handle import Handle
from taosnative.native._result import ResultHandle

MAX_SQL_BYTES: Final[int]
OPTIONS: Final[dict[str, int]]

@final
class ConnectionHandle(Handle):
    timeout: float | None
    @staticmethod
    def connect(
        driver: Driver,
        address: str | None,
        port: int,
        user: str | None,
        password: str | None,
        database: str | None,
        timeout: float | None = None,
    ) -> ConnectionHandle: ...
    def query(self, sql: str, req_id: int | None = None, timeout: float | None = None) -> ResultHandle: ...
    def stop_calls(self) -> None: ...
    def kill(self) -> None: ...
    def select_db(self, name: str) -> None: ...
    def current_database(self) -> str | None: ...
    def server_info(self) -> str: ...
    def client_info(self) -> str: ...
    def set_option(self, name: str, value: str) -> None: ...
