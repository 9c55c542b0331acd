from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias, final

import numpy as np

from taosnative.types import Field

Nulls: TypeAlias = Literal["numpy", "masked", "raise"]
Strings: TypeAlias = Literal["object", "bytes"]
Errors: TypeAlias = Literal["strict", "replace", "surrogateescape"]

NULLS: Final[tuple[Nulls, ...]]
STRINGS: Final[tuple[Strings, ...]]
ERRORS: Final[tuple[Errors, ...]]

@final
class Decoder:
    def __init__(
        self,
        fields: Sequence[Field],
        precision: int,
        *,
        nulls: Nulls = "numpy",
        strings: Strings = "object",
        errors: Errors = "strict",
    ) -> None: ...
    @property
    def fields(self) -> tuple[Field, ...]: ...
    @property
    def n_rows(self) -> int: ...
    def add_bytes(self, block: bytes | bytearray | memoryview, n_rows: int | None = None) -> None: ...
    def finish_parts(
        self,
    ) -> list[tuple[np.ndarray[Any, np.dtype[Any]], np.ndarray[Any, np.dtype[np.bool_]] | None]]: ...
    def finish(self) -> list[np.ndarray[Any, np.dtype[Any]]]: ...
