"""Times and durations in DuckDB's text: ticks of a precision, durations in ticks or in months, texts read as times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from .literals import MONTHS, NANOSECONDS, TICKS
from .nodes import Duration
from .typed import Typed, quote

#: DuckDB's functions between a timestamp and ticks, by precision.
_TO_TIMESTAMP = ("epoch_ms({})", "make_timestamp({})", "make_timestamp_ns({})::TIMESTAMP")
_FROM_TIMESTAMP = ("epoch_ms({})", "epoch_us({})", "epoch_ns({})")


def duration_ticks(duration: Duration, precision: int) -> int | None:
    """A duration in ticks, None where it is one of months. Without a unit it is in ticks."""
    count, unit = int(duration.this), str(duration.args["unit"])
    if not unit:
        return count
    if unit in MONTHS:
        return None
    per_tick = 1_000_000_000 // TICKS[precision]
    nanoseconds = count * NANOSECONDS[unit]
    return nanoseconds // per_tick if nanoseconds >= 0 else -(-nanoseconds // per_tick)


def to_timestamp(ticks: str, precision: int) -> str:
    """Ticks as DuckDB's TIMESTAMP, in UTC."""
    return _TO_TIMESTAMP[precision].format(ticks)


def from_timestamp(timestamp: str, precision: int) -> str:
    """DuckDB's TIMESTAMP as ticks."""
    return _FROM_TIMESTAMP[precision].format(timestamp)


def to_local(ticks: str, precision: int, zone: tzinfo) -> str:
    """Ticks as DuckDB's TIMESTAMP, in a zone."""
    stamp = to_timestamp(ticks, precision)
    return stamp if zone is UTC else f"timezone({quote(str(zone))}, timezone('UTC', {stamp}))"


def from_local(timestamp: str, precision: int, zone: tzinfo) -> str:
    """DuckDB's TIMESTAMP in a zone as ticks."""
    if zone is not UTC:
        timestamp = f"timezone('UTC', timezone({quote(str(zone))}, {timestamp}))"
    return from_timestamp(timestamp, precision)


def add_duration(ticks: str, duration: Typed, precision: int, sign: int, zone: tzinfo) -> str:
    """`ticks` plus a literal duration; months go by the calendar of the zone."""
    unit = duration.unit or ""
    if unit not in MONTHS:
        return f"({ticks} {'-' if sign < 0 else '+'} {duration.sql})"
    months = int(duration.literal) * MONTHS[unit] * sign
    moved = f"({to_local(ticks, precision, zone)} + INTERVAL ({months}) MONTH)"
    if precision < 2:
        return from_local(moved, precision, zone)
    # DuckDB's TIMESTAMP has microseconds, so what is finer is carried past it
    return f"({from_local(moved, 1, zone)} * 1000 + ({ticks} % 1000 + 1000) % 1000)"


def zone_name(zone: tzinfo) -> str:
    """A zone as DuckDB names it."""
    return "UTC" if zone is UTC else str(zone)


def zone_ticks(zone: tzinfo, precision: int) -> int:
    """How far a zone is from UTC; TDengine rounds days and weeks by its winter's distance, in summer too."""
    moment = datetime(2024, 1, 1, tzinfo=zone)
    offset = (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())
    return int(offset.total_seconds()) * TICKS[precision]


def text_time(value: Typed, precision: int, zone: tzinfo) -> str:
    """A text as ticks; 0 where it is no time, NULL of NULL."""
    ticks = from_local(f"try_cast({value.sql} AS TIMESTAMP)", precision, zone)
    return f"(CASE WHEN {value.sql} IS NOT NULL THEN coalesce({ticks}, 0) END)"
