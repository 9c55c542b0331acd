"""Time zones: by name, and the name that others know one by."""

from __future__ import annotations

import datetime
import zoneinfo

from .errors import InterfaceError


def find_zone(zone: str | datetime.tzinfo) -> datetime.tzinfo:
    """A time zone by its name, or itself: a driver would take a name that it does not know for UTC."""
    if isinstance(zone, datetime.tzinfo):
        return zone
    if zone == "UTC":
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        hint = "" if zoneinfo.available_timezones() else " (this system has none at all: python -m pip install tzdata)"
        raise InterfaceError(f"timezone={zone!r} is no name of a time zone, such as Asia/Shanghai{hint}") from None


def zone_name(zone: datetime.tzinfo) -> str:
    """What Arrow calls a time zone: its name, or an offset in hours and minutes.

    Raises
    ------
    InterfaceError
        It has no name that others know, and no offset that is always the same.
    """
    if zone is datetime.UTC:
        return "UTC"
    name = getattr(zone, "key", None)
    if isinstance(name, str):
        return name
    offset = zone.utcoffset(None)
    if offset is None or offset % datetime.timedelta(minutes=1):
        raise InterfaceError(f"timezone={zone!r} has no name that Arrow knows: give a name, such as Asia/Shanghai")
    sign = "-" if offset < datetime.timedelta(0) else "+"
    hours, minutes = divmod(abs(offset) // datetime.timedelta(minutes=1), 60)
    return f"{sign}{hours:02}:{minutes:02}"
