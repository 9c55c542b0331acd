"""What literals of time say: ISO forms, zones, durations, `now` and `today`, as ticks of a precision."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, tzinfo

#: Ticks of a second by precision: ms, us, ns.
TICKS = (1_000, 1_000_000, 1_000_000_000)

_EPOCH_ORDINAL = datetime(1970, 1, 1).toordinal()
_TIME = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[ T]+)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?)?"
    r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?\s*$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\s*[+-]?\d+\s*$")
_DURATION = re.compile(r"(\d+)([buasmhdwny])$", re.IGNORECASE)
#: Nanoseconds of the units that are always as long.
NANOSECONDS = {
    "b": 1,
    "u": 1_000,
    "a": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
#: Months of the units that are not.
MONTHS = {"n": 1, "y": 12}


def parse_time(text: str, precision: int, zone: tzinfo) -> int | None:
    """Ticks that a quoted time stands for, or None where it is no time; digits alone are ticks.

    Digits of a second beyond the precision are cut, as TDengine cuts them.
    """
    found = _TIME.match(text)
    if found is None:
        return int(text) if _DIGITS.match(text) else None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    seconds = _local_seconds(moment)
    shift = _offset_seconds(offset) if offset else _zone_seconds(moment, zone)
    if shift is None:
        return None
    digits = 3 + 3 * precision
    return (seconds - shift) * TICKS[precision] + int((fraction or "").ljust(digits, "0")[:digits])


def _local_seconds(moment: datetime) -> int:
    days = moment.toordinal() - _EPOCH_ORDINAL
    return days * 86_400 + moment.hour * 3_600 + moment.minute * 60 + moment.second


def _offset_seconds(offset: str) -> int | None:
    if offset in "Zz":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[3:].lstrip(":") or 0)
    if hours > 13 or minutes > 59:
        return None
    return (hours * 3_600 + minutes * 60) * (-1 if offset[0] == "-" else 1)


def _zone_seconds(moment: datetime, zone: tzinfo) -> int:
    if zone is UTC:
        return 0
    offset = zone.utcoffset(moment.replace(tzinfo=zone))
    return int(offset.total_seconds()) if offset is not None else 0


def add_duration(ticks: int, duration: str, sign: int, precision: int, zone: tzinfo) -> int | None:
    """`ticks` and a duration such as 10s or 1n later (or earlier), or None where it is no duration."""
    found = _DURATION.match(duration)
    if found is None:
        return None
    count, unit = int(found[1]) * sign, found[2].lower()
    if unit in MONTHS:
        return _add_months(ticks, count * MONTHS[unit], precision, zone)
    nanoseconds = count * NANOSECONDS[unit]
    per_tick = 1_000_000_000 // TICKS[precision]
    return ticks + (nanoseconds // per_tick if nanoseconds >= 0 else -(-nanoseconds // per_tick))


def _add_months(ticks: int, months: int, precision: int, zone: tzinfo) -> int:
    seconds, rest = divmod(ticks, TICKS[precision])
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    local = moment.astimezone(zone).replace(tzinfo=None)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    moved = local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))
    return (_local_seconds(moved) - _zone_seconds(moved, zone)) * TICKS[precision] + rest


def start_of_day(now_ticks: int, precision: int, zone: tzinfo) -> int:
    """`today()`: the midnight before, in the zone."""
    moment = datetime.fromtimestamp(now_ticks // TICKS[precision], zone)
    midnight = datetime(moment.year, moment.month, moment.day)
    return (_local_seconds(midnight) - _zone_seconds(midnight, zone)) * TICKS[precision]
