"""What a literal of an INSERT or of TAGS is in a column: converted as TDengine converts it, or refused in its words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from .catalog import Column
from .geometry import to_wkb
from .json_tags import normalise
from .literals import add_duration, parse_time, start_of_day
from .protocol import EngineError
from .text import has_escapes, unescape
from .tokens import error, unescape_string

SQL_SYNTAX = 0x80000216
TOO_LONG = 0x80002653
#: An error quotes so many bytes of what it is about.
_NEAR_BYTES = 63

_FLOAT_MAX = 3.4028234663852886e38
_INTEGER = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_BASED = re.compile(r"([+-]?)0([xXbB])([0-9a-fA-F]+)")
_MOMENT = re.compile(
    r"""('.*'|".*"|now(?:\s*\(\s*\))?|today\s*\(\s*\)|[+-]?\d+)(?:\s*([+-])\s*(\d+[a-z]))?""", re.I | re.S
)


class Clock(NamedTuple):
    """What literals of time depend on."""

    precision: int
    zone: tzinfo
    now: int  #: in ticks of the precision


class Refused(Exception):
    """A literal that its column does not take; `near` is what the error quotes, None for all from the literal on."""

    def __init__(self, reason: str, near: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.near = near


def syntax_error(near: str, reason: str | None = None) -> EngineError:
    """The refusal of an INSERT's text."""
    near = near.encode()[:_NEAR_BYTES].decode(errors="ignore")
    return error(SQL_SYNTAX, f"syntax error near '{near}'" + (f" ({reason})" if reason else ""))


def too_long(column: Column) -> EngineError:
    """The refusal of a value that its column has no room for."""
    return error(TOO_LONG, f"Value too long for column/tag: {column.name}")


def is_quoted(raw: str) -> bool:
    """Whether a literal is a string."""
    return raw[0] in "'\""


def convert(column: Column, raw: str, clock: Clock) -> Any:
    """The value of a literal as it stands in the text; `Refused` or EngineError where the column does not take it."""
    quoted = is_quoted(raw)
    if not quoted and raw.lower() == "null":
        return None
    if column.type == _TIMESTAMP:
        return _timestamp(raw, clock)
    text = unescape_string(raw) if quoted else raw
    try:
        return _CONVERTERS[column.type](column, text, quoted)
    except Refused as refused:
        if quoted and refused.near is None:
            refused.near = text.strip()
        raise


def _number(text: str, refusal: str) -> int | float:
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return int(text)
    based = _BASED.fullmatch(text)
    if based:
        try:
            return int(based[1] + based[3], 16 if based[2] in "xX" else 2)
        except ValueError:
            raise Refused(refusal) from None
    if _NUMBER.fullmatch(text):
        return float(text)
    raise Refused(refusal)


def _whole(name: str, low: int, high: int) -> Callable[[Column, str, bool], int]:
    invalid = f"invalid {name} data"
    overflow = invalid if name.endswith("bigint") else f"{name} data overflow"

    def read(column: Column, text: str, quoted: bool) -> int:
        number = _number(text, invalid)
        if isinstance(number, float):
            if not math.isfinite(number):
                raise Refused(overflow)
            number = int(math.copysign(math.floor(abs(number) + 0.5), number))
        if low == 0 and number < 0:
            raise Refused(invalid)
        if not low <= number <= high:
            raise Refused(overflow)
        return number

    return read


def _bool(column: Column, text: str, quoted: bool) -> bool:
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    return _number(text, "invalid bool data") != 0


def _real(name: str, limit: float) -> Callable[[Column, str, bool], float]:
    refusal = f"illegal {name} data"

    def read(column: Column, text: str, quoted: bool) -> float:
        number = float(_number(text, refusal))
        if not abs(number) <= limit:
            raise Refused(refusal)
        return number

    return read


def _varchar(column: Column, text: str, quoted: bool) -> str:
    if len(text) * 4 > column.length and len(unescape(text)) > column.length:
        raise too_long(column)
    return text


def _nchar(column: Column, text: str, quoted: bool) -> str:
    told = text
    if has_escapes(text):
        try:
            told = unescape(text).decode()
        except UnicodeDecodeError:
            raise Refused("invalid nchar data") from None
    if len(told) > column.length:
        raise too_long(column)
    return text


def _varbinary(column: Column, text: str, quoted: bool) -> bytes:
    if text[:2] in ("\\x", "\\X"):
        try:
            data = bytes.fromhex(text[2:])
        except ValueError:
            raise Refused("invalid varbinary data") from None
    else:
        data = unescape(text)
    if len(data) > column.length:
        raise too_long(column)
    return data


def _geometry(column: Column, text: str, quoted: bool) -> bytes:
    try:
        data = to_wkb(text)
    except ValueError:
        raise Refused("invalid geometry data") from None
    if len(data) > column.length:
        raise too_long(column)
    return data


def _json(column: Column, text: str, quoted: bool) -> str | None:
    if not quoted:
        raise Refused("json error invalide value", text)
    try:
        return normalise(text)
    except ValueError as problem:
        raise Refused(str(problem), text.strip()) from None


def _timestamp(raw: str, clock: Clock) -> int:
    found = _MOMENT.fullmatch(raw)
    base: int | None = None
    if found:
        word = found[1].lower()
        if is_quoted(word):
            base = parse_time(unescape_string(found[1]), clock.precision, clock.zone)
        elif word.startswith("now"):
            base = clock.now
        elif word.startswith("today"):
            base = start_of_day(clock.now, clock.precision, clock.zone)
        else:
            base = int(word)
        if base is not None and found[2]:
            sign = 1 if found[2] == "+" else -1
            base = add_duration(base, found[3], sign, clock.precision, clock.zone)
    if base is None:
        raise Refused("invalid timestamp", unescape_string(raw).strip() if is_quoted(raw) else None)
    if not -(2**63) <= base < 2**63:
        raise Refused("invalid timestamp")
    return base


_TIMESTAMP = 9
INTEGER_RANGES = {
    2: ("tinyint", -(2**7), 2**7 - 1),
    3: ("smallint", -(2**15), 2**15 - 1),
    4: ("int", -(2**31), 2**31 - 1),
    5: ("bigint", -(2**63), 2**63 - 1),
    11: ("unsigned tinyint", 0, 2**8 - 1),
    12: ("unsigned smallint", 0, 2**16 - 1),
    13: ("unsigned int", 0, 2**32 - 1),
    14: ("unsigned bigint", 0, 2**64 - 1),
}
_CONVERTERS: dict[int, Callable[[Column, str, bool], Any]] = {
    1: _bool,
    **{code: _whole(*facts) for code, facts in INTEGER_RANGES.items()},
    6: _real("float", _FLOAT_MAX),
    7: _real("double", 1.7976931348623157e308),
    8: _varchar,
    10: _nchar,
    15: _json,
    16: _varbinary,
    20: _geometry,
}


# A column of literals at once. Each of these takes what is common, and gives up (ValueError) on anything else, which
# `convert` then reads one by one.


def convert_column(column: Column, raws: Sequence[str], clock: Clock) -> list[Any]:
    """The values of a column of literals; ValueError, `Refused` or EngineError where one of them is not taken."""
    bulk = _BULK.get(column.type)
    if bulk is not None:
        try:
            return bulk(column, raws)
        except (ValueError, KeyError):
            pass
    return [convert(column, raw, clock) for raw in raws]


def _bulk_numbers(kind: Callable[[str], Any], raws: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """The numbers with None for NULL, and without."""
    joined = "".join(raws)
    if "_" in joined or not joined.isascii():
        raise ValueError
    if "null" in raws:
        given = [kind(raw) for raw in raws if raw != "null"]
        numbers = iter(given)
        return [None if raw == "null" else next(numbers) for raw in raws], given
    given = list(map(kind, raws))
    return given, given


def _bulk_whole(column: Column, raws: Sequence[str]) -> list[Any]:
    cells, given = _bulk_numbers(int, raws)
    _, low, high = INTEGER_RANGES[5 if column.type == _TIMESTAMP else column.type]
    if given and not (low <= min(given) and max(given) <= high):
        raise ValueError
    return cells


def _bulk_real(column: Column, raws: Sequence[str]) -> list[Any]:
    cells, given = _bulk_numbers(float, raws)
    limit = _FLOAT_MAX if column.type == 6 else 1.7976931348623157e308
    # NaN, which TDengine does not read, makes the sum NaN.
    if given and not (max(given) <= limit and min(given) >= -limit and not math.isnan(sum(given))):
        raise ValueError
    return cells


_BOOLS = {"true": True, "false": False, "null": None, "1": True, "0": False}


def _bulk_bool(column: Column, raws: Sequence[str]) -> list[Any]:
    return [_BOOLS[raw] for raw in raws]


def _bulk_text(column: Column, raws: Sequence[str]) -> list[Any]:
    cells = [raw[1:-1] if raw[0] == "'" else None for raw in raws]
    if cells.count(None) != raws.count("null"):
        raise ValueError
    given = [cell for cell in cells if cell is not None]
    joined = "".join(given)
    if "\\" in joined or "'" in joined or has_escapes(joined):
        raise ValueError
    width = 1 if column.type == 10 else 4
    if given and max(map(len, given)) * width > column.length:
        raise ValueError
    return cells


_BULK: dict[int, Callable[[Column, Sequence[str]], list[Any]]] = {
    1: _bulk_bool,
    **dict.fromkeys((*INTEGER_RANGES, _TIMESTAMP), _bulk_whole),
    6: _bulk_real,
    7: _bulk_real,
    8: _bulk_text,
    10: _bulk_text,
}
