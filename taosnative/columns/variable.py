"""Columns whose values have lengths of their own: text, bytes, geometries, JSON; and decimals, bound as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import numpy as np

from . import wkb
from ._bind import Column
from ._pack import is_missing, pack_bytes_array, pack_objects, pack_str_array
from .refusal import BAD_GEOMETRY, INVALID_SYNTAX, VALUE_TOO_LONG, refuse
from .source import Source, Target, dtype_refused, marks

_TEXT: Final = "a text column takes str and bytes"
_BINARY: Final = "a VARBINARY or BLOB column takes bytes, bytearray, memoryview and numpy's void"
_GEOMETRY: Final = "a GEOMETRY column takes WKB as bytes, and objects that have it as `.wkb`"
_JSON: Final = "a JSON tag takes a dict, or a JSON object as str"
_DECIMALS: Final = "a DECIMAL column takes decimal.Decimal, integers and text"


def text(source: Source, target: Target) -> Column:
    """A VARCHAR or NCHAR column."""
    characters = target.field.info.ucs4
    if source.objects is not None:
        return pack_objects(target.code, source.objects, target.name, target.limit, characters, _TEXT)
    array, nulls = source.array, marks(source.mask)
    if array.dtype.kind == "U":
        return pack_str_array(target.code, array, nulls, target.name, target.limit, characters)
    if array.dtype.kind == "S":
        return pack_bytes_array(target.code, array, nulls, target.name, target.limit, characters, True)
    if len(array):
        dtype_refused(array, target, _TEXT)
    return pack_objects(target.code, [], target.name, target.limit, characters, _TEXT)


def binary(source: Source, target: Target) -> Column:
    """A VARBINARY or BLOB column."""
    if source.objects is None and source.array.dtype.kind == "V" and source.array.dtype.names is None:
        nulls = marks(source.mask)
        return pack_bytes_array(target.code, source.array, nulls, target.name, target.limit, False, False)
    return _pack_each(source, target, _as_bytes, _BINARY, "")


def geometry(source: Source, target: Target) -> Column:
    """A GEOMETRY column."""
    return _pack_each(source, target, _as_wkb, _GEOMETRY, "")


def json_column(source: Source, target: Target) -> Column:
    """A JSON tag."""
    return _pack_each(source, target, _as_json, _JSON, "U")


def decimals(source: Source, target: Target) -> Column:
    """A DECIMAL column, which is bound as text."""
    return _pack_each(source, target, _as_decimal, _DECIMALS, "iuU")


def _pack_each(
    source: Source, target: Target, encode: Callable[[Any, int, Target], Any], accepted: str, dtypes: str
) -> Column:
    """A column of what `encode` makes of each object; arrays of the kinds in `dtypes` are taken as objects too."""
    if source.objects is None and len(source.array) and source.array.dtype.kind not in dtypes:
        dtype_refused(source.array, target, accepted)
    objects = source.as_objects()
    encoded = [None if is_missing(value) else encode(value, row, target) for row, value in enumerate(objects)]
    return pack_objects(target.code, encoded, target.name, target.limit, False, accepted)


def _as_bytes(value: Any, row: int, target: Target) -> Any:
    if isinstance(value, np.void):
        return value.tobytes()
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if not isinstance(value, bytes):
        refuse(target.name, row, value, f"is a {type(value).__name__}; {_BINARY}")
    return value


def _as_wkb(value: Any, row: int, target: Target) -> Any:
    data = getattr(value, "wkb", value)
    if isinstance(data, (bytearray, memoryview)):
        data = bytes(data)
    if not isinstance(data, bytes):
        refuse(target.name, row, value, f"is a {type(value).__name__}; {_GEOMETRY}")
    if target.checked and (fault := wkb.fault(data)) is not None:
        refuse(target.name, row, data, fault, BAD_GEOMETRY)
    return data


def _as_json(value: Any, row: int, target: Target) -> Any:
    if isinstance(value, dict):
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            refuse(target.name, row, value, f"cannot be written as JSON: {error}", INVALID_SYNTAX)
    if target.checked and isinstance(value, (str, bytes)):
        try:
            parsed = json.loads(value)
        except ValueError as error:
            refuse(target.name, row, value, f"is no JSON: {error}", INVALID_SYNTAX)
        if not isinstance(parsed, dict):
            refuse(target.name, row, value, f"is no JSON object; {_JSON}", INVALID_SYNTAX)
    return value


def _as_decimal(value: Any, row: int, target: Target) -> Any:
    if isinstance(value, (bool, float, np.floating)) or not (
        isinstance(value, (Decimal, str)) or hasattr(value, "__index__")
    ):
        refuse(target.name, row, value, f"is a {type(value).__name__}; {_DECIMALS}")
    if not target.checked:
        return str(value)
    try:
        number = Decimal(value if isinstance(value, (Decimal, str)) else int(value))
    except InvalidOperation:
        refuse(target.name, row, value, "is no decimal number", INVALID_SYNTAX)
    precision, scale = target.field.precision, target.field.scale
    if not number.is_finite():
        refuse(target.name, row, value, f"is no number that {target.field.type} holds", INVALID_SYNTAX)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    shift = exponent + scale
    unscaled = int("".join(map(str, digits)))
    if shift < 0 and unscaled % 10**-shift:
        refuse(target.name, row, value, f"has more than {scale} digits behind the point")
    unscaled = unscaled * 10**shift if shift >= 0 else unscaled // 10**-shift
    if unscaled >= 10**precision:
        refuse(target.name, row, value, f"has more digits than DECIMAL({precision}, {scale}) holds", VALUE_TOO_LONG)
    return format(number, "f")
