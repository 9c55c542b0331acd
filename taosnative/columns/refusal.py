"""How a value that does not fit is refused: one sentence, with the column, the row and the value."""

from __future__ import annotations

import reprlib
from typing import Any, Final, NoReturn

from ..errors import BY_CODE, DataError

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
