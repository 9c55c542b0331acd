from typing import Any

from numpy import bool_, floating, int32, integer, uint8
from numpy.typing import NDArray

class BoundColumn:
    type: int
    n_rows: int
    def values(self) -> list[Any]: ...
    def array(self) -> NDArray[bool_ | integer[Any] | floating[Any]]: ...
    def states(self) -> NDArray[uint8] | None: ...
    def lengths(self) -> NDArray[int32]: ...

def bound(
    type: int,  # noqa: A002
    values: bytes | None,
    lengths: list[int] | None = None,
    states: bytes | None = None,
    n_rows: int | None = None,
) -> BoundColumn: ...
