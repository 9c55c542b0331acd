from typing import final

from taosnative.columns._decode import Decoder
from taosnative.native._handle import Handle
from taosnative.types import Field

@final
class ResultHandle(Handle):
    fields: list[Field]
    precision: int
    affected_rows: int
    timeout: float | None
    def fetch_into(self, decoder: Decoder) -> int: ...
    def fetch_all_into(self, decoder: Decoder) -> None: ...
    def stop(self) -> None: ...
