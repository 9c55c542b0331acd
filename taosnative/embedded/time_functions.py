"""The functions of time among those that give a value of each row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from . import literals
from .functions import Call, register, scalar
from .nodes import Duration
from .scope import not_emulated
from .times import duration_ticks, from_local, text_time, to_local, to_timestamp, zone_name, zone_ticks
from .typed import BIGINT, INTEGERS, NCHAR, TEXTS, TIMESTAMP, VARCHAR, Typed, fixed, quote

_TIMES = frozenset((TIMESTAMP, BIGINT, VARCHAR, NCHAR))


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
        raise call.wrong_type()
    ticks = duration_ticks(Duration(this=value.literal, unit=value.unit), call.over.precision)
    if ticks is None or ticks < 1:
        raise call.wrong_range()
    return ticks


def _local(call: Call, ticks: str) -> str:
    """A time as DuckDB's TIMESTAMP in the session's zone."""
    return to_local(ticks, call.over.precision, call.over.session.timezone)


def _offset(call: Call, ticks: str) -> str:
    """The session's zone at a time, as +hhmm."""
    if zone_name(call.over.session.timezone) == "UTC":
        return "'+0000'"
    minutes = f"date_diff('minute', {to_timestamp(ticks, call.over.precision)}, {_local(call, ticks)})"
    sign = f"CASE WHEN {minutes} < 0 THEN '-' ELSE '+' END"
    return f"printf('%s%02d%02d', {sign}, abs({minutes}) // 60, abs({minutes}) % 60)"


def _now(call: Call) -> Typed:
    now = call.over.session.now(call.over.precision)
    return Typed(str(now), TIMESTAMP, 8, literal=now)


def _today(call: Call) -> Typed:
    precision = call.over.precision
    now = call.over.session.now(precision)
    midnight = literals.start_of_day(now, precision, call.over.session.timezone)
    return Typed(str(midnight), TIMESTAMP, 8, literal=midnight)


_FRACTION = (
    "'.' || lpad((({0} % 1000 + 1000) % 1000)::VARCHAR, 3, '0')",
    "'.' || lpad((({0} % 1000000 + 1000000) % 1000000)::VARCHAR, 6, '0')",
    "'.' || lpad((({0} % 1000000000 + 1000000000) % 1000000000)::VARCHAR, 9, '0')",
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
            raise call.wrong_type()
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
    call.take(0, TEXTS)
    return fixed(time_argument(call, 0), BIGINT)


def _timetruncate(call: Call) -> Typed:
    ticks, size = f"({time_argument(call, 0)})", unit_ticks(call, 1)
    local = len(call.arguments) < 3 or call.constant(2) != 0
    shift = 0
    zone = call.over.session.timezone
    if local and call.arguments[1].unit in ("d", "w"):
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
        raise not_emulated("week with a mode")
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
    value = call.take(0, TEXTS)
    pattern = "".join(directive or word.replace("%", "%%") for word, directive in _format(call.constant(1, str)))
    stamp = f"strptime({value.sql}, {quote(pattern)})::TIMESTAMP"
    return fixed(from_local(stamp, call.over.precision, call.over.session.timezone), TIMESTAMP)


def _timezone(call: Call) -> Typed:
    session = call.over.session
    name = zone_name(session.timezone)
    moment = datetime.fromtimestamp(session.now(0) // 1000, session.timezone)
    shown = "Etc/UTC" if name == "UTC" else name
    text = f"{shown} ({moment.strftime('%Z')}, {moment.strftime('%z')})"
    return Typed(quote(text), VARCHAR, len(text.encode()), literal=text)


register(
    scalar("now", 0, 0, _now),
    scalar("today", 0, 0, _today),
    scalar("to_iso8601", 1, 2, _to_iso8601),
    scalar("to_unixtimestamp", 1, 2, _to_unixtimestamp),
    scalar("timetruncate", 2, 3, _timetruncate),
    scalar("timediff", 2, 3, _timediff),
    scalar("dayofweek", 1, 1, _calendar("(dayofweek({}) + 1)")),
    scalar("weekday", 1, 1, _calendar("((dayofweek({}) + 6) % 7)")),
    scalar("week", 1, 2, _week),
    scalar("weekofyear", 1, 1, _calendar("weekofyear({})")),
    scalar("to_char", 2, 2, _to_char),
    scalar("to_timestamp", 2, 2, _to_timestamp),
    scalar("timezone", 0, 0, _timezone),
)
