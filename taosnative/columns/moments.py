"""Times of rows: ticks into datetime, numpy's datetime64 or pandas' Timestamp, none of them cut.

Alone knows how far the first and the last of these reach, and what becomes of a time beyond.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from ..errors import InterfaceError
from .refusal import refuse

Array = np.ndarray[Any, np.dtype[Any]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Times = Literal["datetime", "numpy", "pandas"]

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_DAY: Final = datetime.timedelta(days=1)
#: Microseconds of a tick.
_MICROSECONDS: Final = {"ms": 1000, "us": 1}


def _limits(first: np.datetime64, last: np.datetime64) -> tuple[np.int64, np.uint64]:
    return first.astype("i8"), np.uint64((last - first).astype("i8"))


_FIRST: Final = datetime.datetime.min + _DAY
_LAST: Final = datetime.datetime.max - _DAY
# What is held in every time zone, with a day to spare at both ends: from, and how far.
_LIMITS: Final = {
    "ms": _limits(np.datetime64(_FIRST, "ms"), np.datetime64(_LAST, "ms")),
    "us": _limits(np.datetime64(_FIRST, "us"), np.datetime64(_LAST, "us")),
    "ns": _limits(np.datetime64("1677-09-23", "ns"), np.datetime64("2262-04-10", "ns")),
}


class Column(NamedTuple):
    """A column of times, a part of a result."""

    name: str
    data: Array  #: datetime64, UTC
    mask: Mask | None  #: True where NULL is
    unit: str
    zone: datetime.tzinfo
    first_row: int  #: the index in the result of the first one


def moments(column: Column, times: Times) -> list[Any]:
    """Times as Python objects; where NULL is, anything.

    Raises
    ------
    DataError
        A time is beyond the years that such an object holds; says column and row, and what to do.
    InterfaceError
        pandas is asked for and not installed.
    """
    return _MAKERS[times](column)


def check(times: str) -> None:
    """Refuse what times cannot be in rows."""
    if times not in _MAKERS:
        raise InterfaceError(f"times is one of {', '.join(_MAKERS)}, not {times!r}")


def _datetimes(column: Column) -> list[Any]:
    if column.unit == "ns":
        return _as_they_are(column)
    since = column.data.view(f"m8[{column.unit}]")
    odd = _beyond(column)
    if odd:
        since = since.copy()
        since[odd] = 0
    values = [_EPOCH + delta for delta in since.tolist()]
    if column.zone is not datetime.UTC:
        values = [time.astimezone(column.zone) for time in values]
    for row in _not_null(column, odd):
        ticks = int(column.data[row].astype("i8"))
        try:
            moment = _EPOCH + datetime.timedelta(microseconds=ticks * _MICROSECONDS[column.unit])
            values[row] = moment.astimezone(column.zone)
        except OverflowError:
            _refuse(column, row, "datetime", "years 1 to 9999")
    return values


def _as_they_are(column: Column) -> list[Any]:
    return list(column.data)


def _timestamps(column: Column) -> list[Any]:
    try:
        import pandas as pd
    except ImportError:
        raise InterfaceError('times="pandas" needs pandas: python -m pip install pandas') from None
    data = column.data
    if column.mask is not None:
        data = np.where(column.mask, np.datetime64("NaT"), data)
    if column.zone is not datetime.UTC or column.unit != "ns":
        for row in _not_null(column, _beyond(column)):
            _refuse(column, row, "Timestamp", "1677-09-23 to 2262-04-10" if column.unit == "ns" else "years 1 to 9999")
    return list(pd.DatetimeIndex(data).tz_localize(datetime.UTC).tz_convert(column.zone))


#: What a time can be in a row → what makes it.
_MAKERS: Final[dict[Times, Callable[[Column], list[Any]]]] = {
    "datetime": _datetimes,
    "numpy": _as_they_are,
    "pandas": _timestamps,
}


def _beyond(column: Column) -> list[int]:
    """Where a time is beyond the limits, or close to them, or NaT."""
    first, width = _LIMITS[column.unit]
    behind = (column.data.view("i8") - first).view("u8")  # what is before `first` wraps around, and is far behind
    if np.maximum.reduce(behind, initial=0) <= width:
        return []
    found: list[int] = (behind > width).nonzero()[0].tolist()
    return found


def _not_null(column: Column, at: list[int]) -> list[int]:
    return at if column.mask is None else [row for row in at if not column.mask[row]]


def _refuse(column: Column, row: int, kind: str, reach: str) -> None:
    refuse(
        column.name,
        column.first_row + row,
        str(column.data[row]),
        f'is beyond what a {kind} holds, the {reach}: read it with times="numpy", or by numpy()',
    )
