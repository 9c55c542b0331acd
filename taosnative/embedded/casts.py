"""What `cast(value as type)` gives: narrowing wraps around as in C, a text is read as a number as C reads it."""

from __future__ import annotations

from collections.abc import Callable

from .protocol import EngineError
from .typed import (
    BIGINT,
    BINARIES,
    BOOL,
    DOUBLE,
    DUCKDB,
    FLOAT,
    INT,
    INTEGERS,
    JSON,
    NCHAR,
    NULL,
    REALS,
    SMALLINT,
    TEXTS,
    TIMESTAMP,
    TINYINT,
    UBIGINT,
    UINT,
    UNSIGNED,
    USMALLINT,
    UTINYINT,
    VARBINARY,
    WIDTH,
    Typed,
    condition,
    number,
    text_number,
)

#: Bits of the integer types.
_BITS = {
    TINYINT: 8,
    SMALLINT: 16,
    INT: 32,
    BIGINT: 64,
    TIMESTAMP: 64,
    UTINYINT: 8,
    USMALLINT: 16,
    UINT: 32,
    UBIGINT: 64,
}
#: Bits that C's conversion of a double goes through before it narrows.
_VIA = {TINYINT: 32, SMALLINT: 32, INT: 32, BIGINT: 64, TIMESTAMP: 64, UTINYINT: 32, USMALLINT: 32, UINT: 64}

#: Bytes of a text whose length the cast does not tell.
_DEFAULT_LENGTH = 65517 - 2


def _refuse() -> EngineError:
    return EngineError(0x80002802, "Invalid function para type")


def cast(value: Typed, code: int, length: int | None, text_time: Callable[[Typed], str]) -> Typed:
    """`cast(value as code(length))`; `text_time` reads a text as a time."""
    if code in WIDTH:
        return Typed(_FIXED[code](value, code, text_time), code, WIDTH[code])
    size = length if length else _DEFAULT_LENGTH
    if value.type in (JSON, *BINARIES) and value.type != code:
        raise _refuse()
    if code == VARBINARY:
        return Typed(_binary(value, size), code, size)
    if code not in TEXTS:
        raise _refuse()
    return Typed(_cut(_text(value), code, size), code, size)


def _integer(value: Typed, code: int, text_time: Callable[[Typed], str]) -> str:
    if code == TIMESTAMP and value.type in TEXTS:
        return text_time(value)
    if value.type in (JSON, *BINARIES):
        raise _refuse()
    if value.type in REALS:
        return _from_real(f"({value.sql})::DOUBLE", code)
    if value.type in TEXTS:
        return _from_real(f"trunc({text_number(value.sql)})", code)
    if value.type == BOOL:
        return f"({value.output})::{DUCKDB[code]}"
    if value.type == NULL:
        return f"NULL::{DUCKDB[code]}"
    if _fits(value.type, code):
        return f"({value.sql})::{DUCKDB[code]}"
    return wrap(f"({value.sql})::HUGEINT", code)


def _fits(source: int, target: int) -> bool:
    if source in UNSIGNED and target not in UNSIGNED:
        return _BITS[source] < _BITS[target]
    return (source in UNSIGNED) == (target in UNSIGNED) and _BITS[source] <= _BITS[target]


def wrap(huge: str, code: int) -> str:
    """A HUGEINT's lowest bits."""
    size = 1 << _BITS[code]
    if code in UNSIGNED:
        return f"(((({huge}) % {size}) + {size}) % {size})::{DUCKDB[code]}"
    half = size >> 1
    return f"((((({huge}) + {half}) % {size}) + {size}) % {size} - {half})::{DUCKDB[code]}"


def _from_real(real: str, code: int) -> str:
    if code == UBIGINT:
        huge = f"CASE WHEN {real} > -9223372036854775808 AND {real} < 18446744073709551616 THEN trunc({real})::HUGEINT"
        return wrap(f"{huge} WHEN {real} IS NOT NULL THEN 0::HUGEINT END", code)
    lowest = -(1 << (_VIA[code] - 1))
    inside = f"{real} > {lowest}.0 AND {real} < {-lowest}.0"
    return wrap(
        f"CASE WHEN {inside} THEN trunc({real})::HUGEINT WHEN {real} IS NOT NULL THEN {lowest}::HUGEINT END", code
    )


def _bool(value: Typed, code: int, text_time: Callable[[Typed], str]) -> str:
    if value.type in (JSON, *BINARIES):
        raise _refuse()
    if value.type == BOOL:
        return value.output
    if value.type in TEXTS:
        return f"(lower({value.sql}) = 'true' OR {condition(value)})"
    return condition(value)


def _real(value: Typed, code: int, text_time: Callable[[Typed], str]) -> str:
    if value.type in (JSON, *BINARIES):
        raise _refuse()
    if value.type == NULL:
        return f"NULL::{DUCKDB[code]}"
    double = number(value)
    if code == DOUBLE or value.type == FLOAT:
        return double
    biggest = "3.4028235677973366e38"
    sized = f"WHEN abs({double}) < {biggest} OR isnan({double}) THEN ({double})::FLOAT"
    infinite = f"WHEN {double} > 0 THEN 'inf'::FLOAT WHEN {double} < 0 THEN '-inf'::FLOAT"
    return f"(CASE {sized} {infinite} END)"


_FIXED: dict[int, Callable[[Typed, int, Callable[[Typed], str]], str]] = {
    BOOL: _bool,
    FLOAT: _real,
    DOUBLE: _real,
    **dict.fromkeys((*INTEGERS, TIMESTAMP), _integer),
}


def _text(value: Typed) -> str:
    if value.type in TEXTS or value.type == NULL:
        return value.sql
    if value.type in REALS:
        return (
            f"printf('%.15g', ({value.sql})::DOUBLE)"
            if value.type == DOUBLE
            else f"printf('%.7g', ({value.sql})::DOUBLE)"
        )
    return f"({value.output})::VARCHAR"


def _cut(text: str, code: int, size: int) -> str:
    if code == NCHAR:
        return f"left({text}, {size})"
    whole = f"strlen({text}) <= {size}"
    return f"(CASE WHEN {whole} THEN {text} ELSE {_cut_bytes(text, size)} END)"


def _cut_bytes(text: str, size: int) -> str:
    """The longest run of whole characters within `size` bytes."""
    sizes = f"range(least({size}, length({text})), -1, -1)"
    shorter = f"list_filter({sizes}, lambda n: strlen(left({text}, n::BIGINT)) <= {size})"
    return f"left({text}, {shorter}[1]::BIGINT)"


def _binary(value: Typed, size: int) -> str:
    if value.type not in (*TEXTS, NULL, VARBINARY):
        raise _refuse()
    blob = value.sql if value.type == VARBINARY else f"encode({value.sql})"
    return f"({blob})[1:{size}]"
