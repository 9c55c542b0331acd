"""The table of functions that give a value of each row."""

from __future__ import annotations

import socket
from collections.abc import Callable

from .casts import wrap
from .functions import Call, register, scalar
from .geometry_sql import astext
from .typed import (
    BIGINT,
    DOUBLE,
    DUCKDB,
    GEOMETRY,
    INTEGERS,
    NCHAR,
    NULL,
    NUMBERS,
    SIGNED,
    TEXTS,
    UTINYINT,
    VARCHAR,
    Typed,
    fixed,
    number,
    quote,
)

_MANY = 1_000
#: What the engine says it is.
VERSION = "3.3.5.8"


def _double(template: str) -> Callable[[Call], Typed]:
    """A function of numbers that gives a DOUBLE, or NULL where it has no finite value."""

    def translate(call: Call) -> Typed:
        values = [number(call.take(position, NUMBERS)) for position in range(len(call.arguments))]
        result = template.format(*values)
        return fixed(f"(CASE WHEN isfinite({result}) THEN {result} END)", DOUBLE)

    return translate


def _same(template: str) -> Callable[[Call], Typed]:
    """A function of a number that gives its type."""

    def translate(call: Call) -> Typed:
        value = call.take(0, NUMBERS)
        if value.type == NULL:
            return fixed("NULL", DOUBLE)
        inner = value.sql if value.type == DOUBLE or value.type in INTEGERS else f"({value.sql})::DOUBLE"
        return Typed(f"{template.format(inner)}::{DUCKDB[value.type]}", value.type, value.length, exact=True)

    return translate


def _abs(call: Call) -> Typed:
    value = call.take(0, NUMBERS)
    if value.type not in SIGNED:
        return _same("abs({})")(call)
    return Typed(wrap(f"abs(({value.sql})::HUGEINT)", value.type), value.type, value.length, exact=True)


def _rounded(name: str) -> Callable[[Call], Typed]:
    """`round(x, digits)`, `truncate(x, digits)`."""

    def translate(call: Call) -> Typed:
        value = call.take(0, NUMBERS)
        digits = number(call.take(1, NUMBERS)) if len(call.arguments) > 1 else "0"
        if value.type in INTEGERS and len(call.arguments) == 1:
            return value
        scaled = f"({number(value)} * pow(10, trunc({digits})))"
        moved = (
            f"({name}({scaled}) / pow(10, trunc({digits})))" if len(call.arguments) > 1 else f"{name}({number(value)})"
        )
        code = value.type or DOUBLE
        return Typed(f"{moved}::{DUCKDB[code]}", code, value.length or 8, exact=True)

    return translate


_LOG = {
    1: _double("(CASE WHEN {0} > 0 THEN ln({0}) END)"),
    2: _double("(CASE WHEN {0} > 0 AND {1} > 0 THEN ln({0}) / nullif(ln({1}), 0) END)"),
}


def _text(template: str) -> Callable[[Call], Typed]:
    """A function of a text that gives a text of its type and length."""

    def translate(call: Call) -> Typed:
        value = call.take(0, TEXTS)
        rest = [argument.sql for argument in call.arguments[1:]]
        return Typed(template.format(value.sql, *rest), value.type or VARCHAR, value.length)

    return translate


def _stripped(name: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        value = call.take(0, TEXTS)
        length = value.length
        if isinstance(value.literal, str):
            length = len((value.literal.lstrip(" ") if name == "ltrim" else value.literal.rstrip(" ")).encode())
        return Typed(f"{name}({value.sql}, ' ')", value.type or VARCHAR, length)

    return translate


def _trim(call: Call) -> Typed:
    value = call.take(0, TEXTS)
    if len(call.arguments) == 1:
        return Typed(f"trim({value.sql}, ' ')", value.type or VARCHAR, value.length)
    what, side = call.constant(1, str), call.constant(2, str)
    escaped = quote("".join(f"\\x{{{ord(character):x}}}" for character in what))
    head, tail = f"'^(' || {escaped} || ')+'", f"'(' || {escaped} || ')+$'"
    sql = value.sql
    if side in ("", "both", "leading"):
        sql = f"regexp_replace({sql}, {head}, '')"
    if side in ("", "both", "trailing"):
        sql = f"regexp_replace({sql}, {tail}, '')"
    return Typed(sql, value.type or VARCHAR, value.length)


#: Bytes of a text; a byte that is not UTF-8 is a character of four there (see `text.py`).
_BYTES = r"(strlen({0}) - 3 * len(regexp_extract_all({0}, '[\x{{10ff00}}-\x{{10ffff}}]')))"


def _counted(varchar: str, nchar: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        value = call.take(0, TEXTS)
        template = nchar if value.type == NCHAR else varchar
        return fixed(template.format(value.sql), BIGINT)

    return translate


def _concat(call: Call) -> Typed:
    return _joined(call, 0)


def _concat_ws(call: Call) -> Typed:
    return _joined(call, 1)


def _joined(call: Call, first: int) -> Typed:
    values = [call.take(position, TEXTS) for position in range(len(call.arguments))]
    code = NCHAR if any(value.type == NCHAR for value in values) else VARCHAR
    header = 2 if code == VARCHAR else 0
    length = sum(value.length + header for value in values[first:]) - header
    if not first:
        return Typed(f"({' || '.join(value.sql for value in values)})", code, length)
    length += (values[0].length + header) * (len(values) - 2)
    return Typed(f"concat_ws({', '.join(value.sql for value in values)})", code, length)


def _substr(call: Call) -> Typed:
    value = call.take(0, TEXTS)
    start = call.take(1, INTEGERS).sql
    length = f", {call.take(2, INTEGERS).sql}" if len(call.arguments) > 2 else ""
    return Typed(f"substr({value.sql}, {start}{length})", value.type or VARCHAR, value.length)


def _substring_index(call: Call) -> Typed:
    value, mark = call.take(0, TEXTS), call.take(1, TEXTS)
    count = call.constant(2)
    parts = f"string_split({value.sql}, {mark.sql})"
    kept = f"{parts}[1:{count}]" if count >= 0 else f"{parts}[{count}:]"
    sql = f"array_to_string({kept}, {mark.sql})" if count else "''"
    return Typed(sql, value.type or VARCHAR, value.length)


def _replace(call: Call) -> Typed:
    value, old, new = (call.take(position, TEXTS) for position in range(3))
    length = value.length
    if isinstance(old.literal, str) and isinstance(new.literal, str) and old.literal and new.length > old.length:
        length = length // old.length * new.length + length % old.length
    return Typed(f"replace({value.sql}, {old.sql}, {new.sql})", value.type or VARCHAR, length)


def _repeat(call: Call) -> Typed:
    value, count = call.take(0, TEXTS), call.constant(1)
    header = 2 if value.type == VARCHAR else 0
    length = max((value.length + header) * count - header, 0)
    return Typed(f"repeat({value.sql}, {max(count, 0)})", value.type or VARCHAR, length)


def _char(call: Call) -> Typed:
    values = [call.take(position, NUMBERS | TEXTS) for position in range(len(call.arguments))]
    letters = " || ".join(f"chr(({number(value)})::INTEGER)" for value in values)
    return Typed(f"({letters})", VARCHAR, 4 * len(values))


def _first_byte(call: Call) -> Typed:
    value = call.take(0, TEXTS).sql
    return fixed(f"(CASE WHEN {value} = '' THEN 0 ELSE ('0x' || hex(encode({value})[1:1]))::INTEGER END)", UTINYINT)


def _md5(call: Call) -> Typed:
    return Typed(f"md5({call.take(0, TEXTS).sql})", VARCHAR, 32)


# -- of the session


def _constant(text: str) -> Callable[[Call], Typed]:
    return lambda call: Typed(quote(text), VARCHAR, len(text.encode()), literal=text)


def _database(call: Call) -> Typed:
    name = call.over.session.current_database()
    return Typed("NULL", NULL, 0) if name is None else _constant(name)(call)


def _user(call: Call) -> Typed:
    return _constant(f"root@{socket.gethostname()}")(call)


def _astext(call: Call) -> Typed:
    value = call.take(0, frozenset((GEOMETRY,)))
    return Typed(astext(value.sql), VARCHAR, value.length)


register(
    scalar("abs", 1, 1, _abs),
    scalar("ceil", 1, 1, _same("ceil({})")),
    scalar("ceiling", 1, 1, _same("ceil({})")),
    scalar("floor", 1, 1, _same("floor({})")),
    scalar("sign", 1, 1, _same("sign({})")),
    scalar("round", 1, 2, _rounded("round")),
    scalar("truncate", 2, 2, _rounded("trunc")),
    scalar("trunc", 2, 2, _rounded("trunc")),
    scalar("sqrt", 1, 1, _double("(CASE WHEN {0} >= 0 THEN sqrt({0}) END)")),
    scalar("pow", 2, 2, _double("pow({}, {})")),
    scalar("power", 2, 2, _double("pow({}, {})")),
    scalar("ln", 1, 1, _double("(CASE WHEN {0} > 0 THEN ln({0}) END)")),
    scalar("exp", 1, 1, _double("exp({})")),
    scalar("sin", 1, 1, _double("sin({})")),
    scalar("cos", 1, 1, _double("cos({})")),
    scalar("tan", 1, 1, _double("tan({})")),
    scalar("asin", 1, 1, _double("(CASE WHEN abs({0}) <= 1 THEN asin({0}) END)")),
    scalar("acos", 1, 1, _double("(CASE WHEN abs({0}) <= 1 THEN acos({0}) END)")),
    scalar("atan", 1, 1, _double("atan({})")),
    scalar("degrees", 1, 1, _double("degrees({})")),
    scalar("radians", 1, 1, _double("radians({})")),
    scalar("mod", 2, 2, _double("({} % nullif({}, 0))")),
    scalar("pi", 0, 0, _double("pi()")),
    scalar("rand", 0, 1, lambda call: fixed("random()", DOUBLE)),
    scalar("log", 1, 2, lambda call: _LOG[len(call.arguments)](call)),
    scalar("lower", 1, 1, _text("lower({})")),
    scalar("upper", 1, 1, _text("upper({})")),
    scalar("ltrim", 1, 1, _stripped("ltrim")),
    scalar("rtrim", 1, 1, _stripped("rtrim")),
    scalar("trim", 1, 3, _trim),
    scalar("length", 1, 1, _counted(_BYTES, "(length({0}) * 4)")),
    scalar("char_length", 1, 1, _counted("length({0})", "length({0})")),
    scalar("concat", 2, 8, _concat),
    scalar("concat_ws", 3, 9, _concat_ws),
    scalar("substr", 2, 3, _substr),
    scalar("substring", 2, 3, _substr),
    scalar("substring_index", 3, 3, _substring_index),
    scalar("replace", 3, 3, _replace),
    scalar("repeat", 2, 2, _repeat),
    scalar(
        "position", 2, 2, lambda call: fixed(f"instr({call.take(1, TEXTS).sql}, {call.take(0, TEXTS).sql})", BIGINT)
    ),
    scalar("char", 1, _MANY, _char),
    scalar("ascii", 1, 1, _first_byte),
    scalar("md5", 1, 1, _md5),
    scalar("database", 0, 0, _database),
    scalar("client_version", 0, 0, _constant(VERSION)),
    scalar("server_version", 0, 0, _constant(VERSION)),
    scalar("server_status", 0, 0, lambda call: fixed("1", 4)),
    scalar("user", 0, 0, _user),
    scalar("current_user", 0, 0, _user),
    scalar("st_astext", 1, 1, _astext),
)
