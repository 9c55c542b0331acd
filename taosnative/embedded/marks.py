"""Values bound to the `?` of a query, as typed literals."""

from __future__ import annotations

from ..types import BY_CODE
from .protocol import BoundColumn
from .text import escape
from .typed import BOOL, DUCKDB, NCHAR, NULL, REALS, TEXTS, WIDTH, Typed, quote


def bound_value(cells: BoundColumn) -> Typed:
    """The one value that a column of a bind has."""
    (value,) = cells.values()
    code = cells.type
    if value is None:
        return Typed("NULL", NULL, 0)
    if code == BOOL:
        return Typed("true" if value else "false", BOOL, 1, literal=bool(value), exact=True)
    if code in REALS:
        return Typed(f"'{float(value)!r}'::{DUCKDB[code]}", code, WIDTH[code], literal=float(value))
    if code in WIDTH:
        return Typed(f"({value})::{DUCKDB[code]}", code, WIDTH[code], literal=int(value))
    if not BY_CODE[code].text:
        return Typed(f"from_hex('{value.hex()}')", code, len(value))
    text = escape(value)
    if code not in TEXTS:
        return Typed(quote(text), code, len(value))
    return Typed(quote(text), code, len(text) if code == NCHAR else len(value), literal=text, raw=text)
