"""The table of functions that give a value of each row."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime

from . import literals
from .functions import Call, Function, Kind, register
from .geometry_sql import astext
from .nodes import Duration
from .protocol import EngineError
from .times import duration_ticks, from_timestamp, text_time, to_timestamp, zone_name, zone_ticks
from .typed import (
    BIGINT,
    DOUBLE,
    DUCKDB,
    GEOMETRY,
    INTEGERS,
    NCHAR,
    NULL,
    NUMBERS,
    TEXTS,
    TIMESTAMP,
    UTINYINT,
    VARCHAR,
    Typed,
    fixed,
    number,
    quote,
)

_NUMBERS = NUMBERS
_TEXTS = TEXTS
_TIMES = frozenset((TIMESTAMP, BIGINT, VARCHAR, NCHAR))
_MANY = 1_000
#: What the engine says it is.
VERSION = "3.3.5.8"
_INVALID_TIMESTAMP = 0x80000127
_INVALID_UNIT = 0x80002802


def _double(template: str) -> Callable[[Call], Typed]:
    """A function of numbers that gives a DOUBLE."""

    def translate(call: Call) -> Typed:
        values = [number(call.take(position, _NUMBERS)) for position in range(len(call.arguments))]
        return fixed(template.format(*values), DOUBLE)

    return translate


def _same(template: str) -> Callable[[Call], Typed]:
    """A function of a number that gives its type."""

    def translate(call: Call) -> Typed:
        value = call.take(0, _NUMBERS)
        if value.type == NULL:
            return fixed("NULL", DOUBLE)
        inner = value.sql if value.type == DOUBLE or value.type in INTEGERS else f"({value.sql})::DOUBLE"
        return Typed(f"{template.format(inner)}::{DUCKDB[value.type]}", value.type, value.length, exact=True)

    return translate


def _rounded(name: str) -> Callable[[Call], Typed]:
    """`round(x, digits)`, `truncate(x, digits)`."""

    def translate(call: Call) -> Typed:
        value = call.take(0, _NUMBERS)
        digits = number(call.take(1, _NUMBERS)) if len(call.arguments) > 1 else "0"
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
        value = call.take(0, _TEXTS)
        rest = [argument.sql for argument in call.arguments[1:]]
        return Typed(template.format(value.sql, *rest), value.type or VARCHAR, value.length)

    return translate


def _stripped(name: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        value = call.take(0, _TEXTS)
        length = value.length
        if isinstance(value.literal, str):
            length = len((value.literal.lstrip(" ") if name == "ltrim" else value.literal.rstrip(" ")).encode())
        return Typed(f"{name}({value.sql}, ' ')", value.type or VARCHAR, length)

    return translate


def _trim(call: Call) -> Typed:
    value = call.take(0, _TEXTS)
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


def _counted(varchar: str, nchar: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        value = call.take(0, _TEXTS)
        template = nchar if value.type == NCHAR else varchar
        return fixed(template.format(value.sql), BIGINT)

    return translate


def _concat(call: Call) -> Typed:
    return _joined(call, 0)


def _concat_ws(call: Call) -> Typed:
    return _joined(call, 1)


def _joined(call: Call, first: int) -> Typed:
    values = [call.take(position, _TEXTS) for position in range(len(call.arguments))]
    code = NCHAR if any(value.type == NCHAR for value in values) else VARCHAR
    header = 2 if code == VARCHAR else 0
    length = sum(value.length + header for value in values[first:]) - header
    if not first:
        return Typed(f"({' || '.join(value.sql for value in values)})", code, length)
    length += (values[0].length + header) * (len(values) - 2)
    return Typed(f"concat_ws({', '.join(value.sql for value in values)})", code, length)


def _substr(call: Call) -> Typed:
    value = call.take(0, _TEXTS)
    start = call.take(1, INTEGERS).sql
    length = f", {call.take(2, INTEGERS).sql}" if len(call.arguments) > 2 else ""
    return Typed(f"substr({value.sql}, {start}{length})", value.type or VARCHAR, value.length)


def _substring_index(call: Call) -> Typed:
    value, mark = call.take(0, _TEXTS), call.take(1, _TEXTS)
    count = call.constant(2)
    parts = f"string_split({value.sql}, {mark.sql})"
    kept = f"{parts}[1:{count}]" if count >= 0 else f"{parts}[{count}:]"
    sql = f"array_to_string({kept}, {mark.sql})" if count else "''"
    return Typed(sql, value.type or VARCHAR, value.length)


def _replace(call: Call) -> Typed:
    value, old, new = (call.take(position, _TEXTS) for position in range(3))
    length = value.length
    if isinstance(old.literal, str) and isinstance(new.literal, str) and old.literal and new.length > old.length:
        length = length // old.length * new.length + length % old.length
    return Typed(f"replace({value.sql}, {old.sql}, {new.sql})", value.type or VARCHAR, length)


def _repeat(call: Call) -> Typed:
    value, count = call.take(0, _TEXTS), call.constant(1)
    header = 2 if value.type == VARCHAR else 0
    length = max((value.length + header) * count - header, 0)
    return Typed(f"repeat({value.sql}, {max(count, 0)})", value.type or VARCHAR, length)


def _char(call: Call) -> Typed:
    values = [call.take(position, _NUMBERS | _TEXTS) for position in range(len(call.arguments))]
    letters = " || ".join(f"chr(({number(value)})::INTEGER)" for value in values)
    return Typed(f"({letters})", VARCHAR, 4 * len(values))


def _first_byte(call: Call) -> Typed:
    value = call.take(0, _TEXTS).sql
    return fixed(f"(CASE WHEN {value} = '' THEN 0 ELSE ('0x' || hex(encode({value})[1:1]))::INTEGER END)", UTINYINT)


def _md5(call: Call) -> Typed:
    return Typed(f"md5({call.take(0, _TEXTS).sql})", VARCHAR, 32)


# -- times


def time_argument(call: Call, position: int) -> str:
    """An argument that is a time: a timestamp, ticks, or a text that says one."""
    value = call.take(position, _TIMES | INTEGERS)
    if value.type not in TEXTS:
        return value.sql
    over = call.over
    if not isinstance(value.literal, str):
        return text_time(value, over.precision, over.session.timezone)
    ticks = literals.parse_time(value.literal, over.precision, over.session.timezone)
    return "NULL" if ticks is None else str(ticks)


def unit_ticks(call: Call, position: int) -> int | None:
    """A duration's ticks, where a call has one."""
    if len(call.arguments) <= position:
        return None
    value = call.arguments[position]
    if value.unit is None:
        raise EngineError(_INVALID_UNIT, f"Invalid parameter data type : {call.function.name}")
    ticks = duration_ticks(Duration(this=value.literal, unit=value.unit), call.over.precision)
    if ticks is None or ticks < 1:
        raise call.wrong_range()
    return ticks


def _local(call: Call, ticks: str) -> str:
    """A time as DuckDB's TIMESTAMP in the session's zone."""
    stamp, zone = to_timestamp(ticks, call.over.precision), zone_name(call.over.session.timezone)
    return stamp if zone == "UTC" else f"timezone({quote(zone)}, timezone('UTC', {stamp}))"


def _offset(call: Call, ticks: str) -> str:
    """The session's zone at a time, as +hhmm."""
    if zone_name(call.over.session.timezone) == "UTC":
        return "'+0000'"
    minutes = f"date_diff('minute', {to_timestamp(ticks, call.over.precision)}, {_local(call, ticks)})"
    sign = f"CASE WHEN {minutes} < 0 THEN '-' ELSE '+' END"
    return f"printf('%s%02d%02d', {sign}, abs({minutes}) // 60, abs({minutes}) % 60)"


def _now(call: Call) -> Typed:
    return fixed(str(call.over.session.now(call.over.precision)), TIMESTAMP)


def _today(call: Call) -> Typed:
    precision = call.over.precision
    now = call.over.session.now(precision)
    return fixed(str(literals.start_of_day(now, precision, call.over.session.timezone)), TIMESTAMP)


_FRACTION = (
    "'.' || lpad(({0} % 1000)::VARCHAR, 3, '0')",
    "'.' || lpad(({0} % 1000000)::VARCHAR, 6, '0')",
    "'.' || lpad(({0} % 1000000000)::VARCHAR, 9, '0')",
)


def _to_iso8601(call: Call) -> Typed:
    ticks = f"({time_argument(call, 0)})"
    fraction = _FRACTION[call.over.precision].format(ticks)
    if len(call.arguments) == 1:
        shown, suffix = _local(call, ticks), _offset(call, ticks)
    else:
        zone = call.constant(1, str)
        minutes = _zone_minutes(zone)
        if minutes is None:
            raise EngineError(0x80002802, f"Invalid parameter data type : {call.function.name}")
        shown = f"({to_timestamp(ticks, call.over.precision)} + INTERVAL ({minutes}) MINUTE)"
        suffix = quote(zone)
    return Typed(f"(strftime({shown}, '%Y-%m-%dT%H:%M:%S') || {fraction} || {suffix})", VARCHAR, 62)


def _zone_minutes(zone: str) -> int | None:
    if zone in ("Z", "z"):
        return 0
    digits = zone[1:].replace(":", "")
    if zone[:1] not in ("+", "-") or not digits.isdigit() or len(digits) not in (2, 4):
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if zone[0] == "-" else minutes


def _to_unixtimestamp(call: Call) -> Typed:
    call.take(0, _TEXTS)
    return fixed(time_argument(call, 0), BIGINT)


def _timetruncate(call: Call) -> Typed:
    ticks, size = f"({time_argument(call, 0)})", unit_ticks(call, 1)
    local = len(call.arguments) < 3 or call.constant(2) != 0
    shift = 0
    zone = call.over.session.timezone
    if local and zone_name(zone) != "UTC" and size is not None:
        shift = zone_ticks(zone, call.over.precision)
    moved = f"({ticks} + {shift})" if shift else ticks
    return fixed(f"({ticks} - (({moved} % {size}) + {size}) % {size})", TIMESTAMP)


def _timediff(call: Call) -> Typed:
    left, right, unit = time_argument(call, 0), time_argument(call, 1), unit_ticks(call, 2)
    difference = f"(({left}) - ({right}))"
    return fixed(f"({difference} // {unit})" if unit else difference, BIGINT)


def _calendar(template: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        return fixed(template.format(_local(call, f"({time_argument(call, 0)})")), BIGINT)

    return translate


def _week(call: Call) -> Typed:
    """Weeks that begin on Sunday, from the first Sunday of the year on (mode 0)."""
    if len(call.arguments) > 1 and call.constant(1) != 0:
        raise EngineError(0x80000100, "week with a mode is not emulated by the embedded engine")
    return fixed(f"strftime({_local(call, f'({time_argument(call, 0)})')}, '%U')::BIGINT", BIGINT)


#: Parts of `to_char`'s and `to_timestamp`'s formats, longest first: strftime's form, strptime's form.
_FORMATS = (
    ("yyyy", "%Y"),
    ("yyy", "%Y"),
    ("yy", "%y"),
    ("hh24", "%H"),
    ("hh12", "%I"),
    ("month", "%B"),
    ("mon", "%b"),
    ("mm", "%m"),
    ("ddd", "%j"),
    ("dd", "%d"),
    ("day", "%A"),
    ("dy", "%a"),
    ("hh", "%I"),
    ("mi", "%M"),
    ("ss", "%S"),
    ("am", "%p"),
    ("pm", "%p"),
    ("ms", "%g"),
    ("us", "%f"),
    ("ns", "%n"),
)


def _format(pattern: str) -> list[tuple[str, str]]:
    """A format in pieces: what each says, and DuckDB's directive or, of plain text, nothing."""
    pieces: list[tuple[str, str]] = []
    position = 0
    while position < len(pattern):
        for name, directive in _FORMATS:
            if pattern[position : position + len(name)].lower() == name:
                pieces.append((pattern[position : position + len(name)], directive))
                position += len(name)
                break
        else:
            pieces.append((pattern[position], ""))
            position += 1
    return pieces


def _shown(word: str, directive: str, stamp: str) -> str:
    if not directive:
        return quote(word)
    text = f"strftime({stamp}, '{directive}')"
    if directive in ("%A", "%B"):
        text = f"rpad({text}, 9, ' ')"
    if directive in ("%A", "%B", "%a", "%b", "%p"):
        text = f"upper({text})" if word.isupper() else f"lower({text})" if word.islower() else text
    return text


def _to_char(call: Call) -> Typed:
    call.take(0, frozenset((TIMESTAMP,)))
    stamp = _local(call, f"({time_argument(call, 0)})")
    pieces = [_shown(word, directive, stamp) for word, directive in _format(call.constant(1, str))]
    return Typed(f"({' || '.join(pieces)})", VARCHAR, 4094)


def _to_timestamp(call: Call) -> Typed:
    value = call.take(0, _TEXTS)
    pattern = "".join(directive or word.replace("%", "%%") for word, directive in _format(call.constant(1, str)))
    stamp = f"strptime({value.sql}, {quote(pattern)})::TIMESTAMP"
    zone = zone_name(call.over.session.timezone)
    if zone != "UTC":
        stamp = f"timezone('UTC', timezone({quote(zone)}, {stamp}))"
    return fixed(from_timestamp(stamp, call.over.precision), TIMESTAMP)


# -- of the session


def _constant(text: str) -> Callable[[Call], Typed]:
    return lambda call: Typed(quote(text), VARCHAR, len(text.encode()), literal=text)


def _database(call: Call) -> Typed:
    name = call.over.session.current_database()
    return Typed("NULL", NULL, 0) if name is None else _constant(name)(call)


def _user(call: Call) -> Typed:
    return _constant(f"root@{socket.gethostname()}")(call)


def _timezone(call: Call) -> Typed:
    session = call.over.session
    name = zone_name(session.timezone)
    moment = datetime.fromtimestamp(session.now(0) // 1000, session.timezone)
    shown = "Etc/UTC" if name == "UTC" else name
    return _constant(f"{shown} ({moment.strftime('%Z')}, {moment.strftime('%z')})")(call)


def _astext(call: Call) -> Typed:
    value = call.take(0, frozenset((GEOMETRY,)))
    return Typed(astext(value.sql), VARCHAR, value.length)


def _scalar(name: str, least: int, most: int, translate: Callable[[Call], Typed]) -> Function:
    return Function(name, Kind.SCALAR, least, most, translate)


register(
    _scalar("abs", 1, 1, _same("abs({})")),
    _scalar("ceil", 1, 1, _same("ceil({})")),
    _scalar("ceiling", 1, 1, _same("ceil({})")),
    _scalar("floor", 1, 1, _same("floor({})")),
    _scalar("sign", 1, 1, _same("sign({})")),
    _scalar("round", 1, 2, _rounded("round")),
    _scalar("truncate", 2, 2, _rounded("trunc")),
    _scalar("trunc", 2, 2, _rounded("trunc")),
    _scalar("sqrt", 1, 1, _double("(CASE WHEN {0} >= 0 THEN sqrt({0}) END)")),
    _scalar("pow", 2, 2, _double("pow({}, {})")),
    _scalar("power", 2, 2, _double("pow({}, {})")),
    _scalar("ln", 1, 1, _double("(CASE WHEN {0} > 0 THEN ln({0}) END)")),
    _scalar("exp", 1, 1, _double("exp({})")),
    _scalar("sin", 1, 1, _double("sin({})")),
    _scalar("cos", 1, 1, _double("cos({})")),
    _scalar("tan", 1, 1, _double("tan({})")),
    _scalar("asin", 1, 1, _double("(CASE WHEN abs({0}) <= 1 THEN asin({0}) END)")),
    _scalar("acos", 1, 1, _double("(CASE WHEN abs({0}) <= 1 THEN acos({0}) END)")),
    _scalar("atan", 1, 1, _double("atan({})")),
    _scalar("degrees", 1, 1, _double("degrees({})")),
    _scalar("radians", 1, 1, _double("radians({})")),
    _scalar("mod", 2, 2, _double("({} % nullif({}, 0))")),
    _scalar("pi", 0, 0, _double("pi()")),
    _scalar("rand", 0, 1, _double("random()")),
    _scalar("log", 1, 2, lambda call: _LOG[len(call.arguments)](call)),
    _scalar("lower", 1, 1, _text("lower({})")),
    _scalar("upper", 1, 1, _text("upper({})")),
    _scalar("ltrim", 1, 1, _stripped("ltrim")),
    _scalar("rtrim", 1, 1, _stripped("rtrim")),
    _scalar("trim", 1, 3, _trim),
    _scalar("length", 1, 1, _counted("strlen({})", "(length({}) * 4)")),
    _scalar("char_length", 1, 1, _counted("length({})", "length({})")),
    _scalar("concat", 2, 8, _concat),
    _scalar("concat_ws", 3, 9, _concat_ws),
    _scalar("substr", 2, 3, _substr),
    _scalar("substring", 2, 3, _substr),
    _scalar("substring_index", 3, 3, _substring_index),
    _scalar("replace", 3, 3, _replace),
    _scalar("repeat", 2, 2, _repeat),
    _scalar(
        "position", 2, 2, lambda call: fixed(f"instr({call.take(1, TEXTS).sql}, {call.take(0, TEXTS).sql})", BIGINT)
    ),
    _scalar("char", 1, _MANY, _char),
    _scalar("ascii", 1, 1, _first_byte),
    _scalar("md5", 1, 1, _md5),
    _scalar("now", 0, 0, _now),
    _scalar("today", 0, 0, _today),
    _scalar("to_iso8601", 1, 2, _to_iso8601),
    _scalar("to_unixtimestamp", 1, 2, _to_unixtimestamp),
    _scalar("timetruncate", 2, 3, _timetruncate),
    _scalar("timediff", 2, 3, _timediff),
    _scalar("dayofweek", 1, 1, _calendar("(dayofweek({}) + 1)")),
    _scalar("weekday", 1, 1, _calendar("((dayofweek({}) + 6) % 7)")),
    _scalar("week", 1, 2, _week),
    _scalar("weekofyear", 1, 1, _calendar("weekofyear({})")),
    _scalar("to_char", 2, 2, _to_char),
    _scalar("to_timestamp", 2, 2, _to_timestamp),
    _scalar("database", 0, 0, _database),
    _scalar("client_version", 0, 0, _constant(VERSION)),
    _scalar("server_version", 0, 0, _constant(VERSION)),
    _scalar("server_status", 0, 0, lambda call: fixed("1", 4)),
    _scalar("user", 0, 0, _user),
    _scalar("current_user", 0, 0, _user),
    _scalar("timezone", 0, 0, _timezone),
    _scalar("st_astext", 1, 1, _astext),
)
