from collections.abc import Callable, Container, Sequence
from typing import Final, final

from taosnative.columns._decode import Errors, Nulls, Sink, Strings
from taosnative.types import Field

ARROW_STRINGS: Final[tuple[Strings, ...]]
MOST_BYTES: Final[int]
STREAM_ROWS: Final[int]
STREAM_BYTES: Final[int]

@final
class ArrowDecoder(Sink):
    def __init__(
        self,
        fields: Sequence[Field],
        precision: int,
        zone: str = "UTC",
        *,
        nulls: Nulls = "numpy",
        strings: Strings = "object",
        errors: Errors = "strict",
        only: Container[int] | None = None,
        most_bytes: int = ...,
    ) -> None: ...
    @property
    def fields(self) -> tuple[Field, ...]: ...
    @property
    def n_rows(self) -> int: ...
    @property
    def n_bytes(self) -> int: ...
    def finish(self) -> list[ArrowBatch]: ...
    def __arrow_c_schema__(self) -> object: ...

@final
class ArrowBatch:
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...

@final
class Stream:
    error: BaseException | None
    def __init__(
        self,
        decoder: ArrowDecoder,
        fetch: Callable[[ArrowDecoder], int | None],
        close: Callable[[], object],
        rows: int | None = None,
    ) -> None: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...
