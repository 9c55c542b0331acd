"""A caller's column into a `Column` of the type that a table wants, checked, exact, and without a copy where it fits.

Alone knows which dtypes and which Python objects each TDengine type takes. Nothing is wrapped, cut or guessed: what
does not fit is refused with column, row and value. One rounding is taken, as everywhere in SQL: a float64 given to a
FLOAT column becomes the nearest float32.

NULL is None, NaT, pandas' NA, a masked row, and NaN. In a `MaskedArray` the mask alone decides, so that a NaN which is
not masked is stored as the value NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..types import TYPES, Kind
from . import fixed, variable
from ._bind import Column
from .refusal import INVALID_PARAMETERS, refuse, refuse_column
from .source import Source, Target, take_apart

Encoder = Callable[[Source, Target], Column]


def _encoders() -> dict[str, Encoder]:
    """Type → what makes a column of it: by name where values need care of their own, else by dtype."""
    named = {
        "BOOL": fixed.booleans,
        "TIMESTAMP": fixed.times_column,
        "JSON": variable.json_column,
        "GEOMETRY": variable.geometry,
    }
    by_dtype = {"i": fixed.integers, "u": fixed.integers, "f": fixed.floats}
    found: dict[str, Encoder] = {}
    for info in TYPES:
        if info.kind is Kind.DECIMAL:
            found[info.name] = variable.decimals
        elif info.kind is Kind.VARIABLE:
            found[info.name] = named.get(info.name, variable.text if info.text else variable.binary)
        else:
            found[info.name] = named.get(info.name) or by_dtype[info.dtype[0]]
    return found


_ENCODERS: Final = _encoders()


def convert(given: Any, target: Target) -> Column:
    """A caller's column as the type that a table wants.

    Parameters
    ----------
    given
        An array of one dimension (masked or not), or a sequence of Python objects.
    target
        The type, its limits, and how strictly they are held.

    Returns
    -------
    Column
        Points into the memory of `given` where dtype, byte order and layout fit; else into a copy.

    Raises
    ------
    DataError
        A value does not fit: says column, row and value; `code` is the driver's for the same fault, where it has one.
    """
    source = take_apart(given, target)
    encode = _ENCODERS.get(target.field.type)
    if encode is None:
        refuse_column(target.name, f"a value of type {target.field.type} cannot be bound")
    column = encode(source, target)
    if not target.nullable and (row := column.first_null()) is not None:
        refuse(target.name, row, None, "is NULL, and a key never is", INVALID_PARAMETERS)
    return column
