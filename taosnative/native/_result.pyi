from typing import final

from taosnative.columns._decode import Sink
from taosnative.native._handle import Handle
from taosnative.types import Field

@final
class ResultHandle(Handle):
    fields: list[Field]
    precision: int
    affected_rows: int
    timeout: float | None
    def fetch_into(self, sink: Sink) -> int: ...
    def fetch_all_into(self, sink: Sink) -> None: ...
    def stop(self) -> None: ...
