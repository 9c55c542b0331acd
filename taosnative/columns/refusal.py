"""How a value that does not fit is refused: one sentence, with the column, the row and the value."""

from __future__ import annotations

import reprlib
from typing import Any, Final, NoReturn

import numpy as np

from ..errors import BY_CODE, DataError
from ..types import PRECISIONS, Field, Kind

#: Codes that the driver itself gives for a value that is refused here before it gets there.
INVALID_PARAMETERS: Final = 0x80000118
INVALID_SYNTAX: Final = 0x80000216
VALUE_TOO_LONG: Final = 0x80002653
BAD_GEOMETRY: Final = 0x80002803

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 60


def refuse(column: str, row: int | None, value: Any, reason: str, code: int | None = None) -> NoReturn:
    """Raise the `DataError` that names the column, the row and the value.

    Parameters
    ----------
    column
        Name of the column.
    row
        Index of the row, from 0, in the caller's numbering; None where the whole column is meant.
    value
        What was given there.
    reason
        The rest of the sentence: why it does not fit, and what would.
    code
        TDengine's code where the driver would have refused it as well.
    """
    where = f"column {column!r}" if row is None else f"column {column!r}, row {row}"
    name = BY_CODE[code].name if code is not None else None
    raise DataError(f"{where}: {_REPR.repr(value)} {reason}", code=code, name=name)


def refuse_column(column: str, reason: str) -> NoReturn:
    """Raise the `DataError` that names the column alone: its dtype or its shape is not taken."""
    raise DataError(f"column {column!r}: {reason}")


def shown(field: Field, raw: bytes | None) -> Any:
    """A value as a message shows it, out of the bytes that a bind has of it; None is NULL."""
    info = field.info
    if raw is None or info.kind is Kind.DECIMAL:
        return raw
    if info.kind is Kind.VARIABLE:
        return raw.decode("utf-8", "backslashreplace") if info.text else raw
    if info.dtype == "M8":
        return str(np.frombuffer(raw, f"M8[{PRECISIONS[field.precision // 3 - 1]}]")[0])
    return np.frombuffer(raw, info.dtype)[0].item()
