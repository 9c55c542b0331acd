from collections.abc import Container, Sequence
from typing import Any, Final, Literal, TypeAlias, final

import numpy as np

from taosnative.types import Field

Nulls: TypeAlias = Literal["numpy", "masked", "raise"]
Strings: TypeAlias = Literal["object", "bytes"]
Errors: TypeAlias = Literal["strict", "replace", "surrogateescape"]

NULLS: Final[tuple[Nulls, ...]]
STRINGS: Final[tuple[Strings, ...]]
ERRORS: Final[tuple[Errors, ...]]

def one_of(name: str, value: object, known: Container[object]) -> object: ...

class Sink:
    def add_bytes(self, block: bytes | bytearray | memoryview, n_rows: int | None = None) -> None: ...

@final
class Tee(Sink):
    def __init__(self, first: Sink, second: Sink) -> None: ...

@final
class Decoder(Sink):
    def __init__(
        self,
        fields: Sequence[Field],
        precision: int,
        *,
        nulls: Nulls = "numpy",
        strings: Strings = "object",
        errors: Errors = "strict",
        only: Container[int] | None = None,
    ) -> None: ...
    @property
    def fields(self) -> tuple[Field, ...]: ...
    @property
    def n_rows(self) -> int: ...
    def finish_parts(
        self,
    ) -> list[tuple[np.ndarray[Any, np.dtype[Any]], np.ndarray[Any, np.dtype[np.bool_]] | None]]: ...
    def finish(self) -> list[np.ndarray[Any, np.dtype[Any]]]: ...
