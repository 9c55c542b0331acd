from collections.abc import Sequence
from typing import final

from taosnative.columns._decode import Sink
from taosnative.types import Field

@final
class Cutter(Sink):
    n_rows: int
    def __init__(self, fields: Sequence[Field]) -> None: ...
    def take(self, n_rows: int | None = None) -> bytes: ...
