from collections.abc import Sequence
from typing import Any

from ._bound import BoundColumn

class ArrowColumns:
    n_rows: int
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

def arrow_stream(
    columns: Sequence[tuple[str, int, Sequence[BoundColumn | Sequence[Any] | Any]]],
) -> ArrowColumns: ...
def escape_bytes(data: bytes) -> bytes: ...
def unescape_bytes(data: bytes) -> bytes: ...
