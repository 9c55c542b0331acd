"""Rows as a view of decoded columns: what Python object stands for each value, and None for each NULL."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from taosnative.types import PRECISIONS, Field

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

# Times that `datetime` holds in every time zone, with a day to spare at both ends: from, and how far.
_FIRST: Final = datetime.datetime.min + datetime.timedelta(days=1)
_LAST: Final = datetime.datetime.max - datetime.timedelta(days=1)
_LIMITS: Final = {
    unit: (
        np.datetime64(_FIRST, unit).astype("i8"),
        np.uint64((np.datetime64(_LAST, unit) - np.datetime64(_FIRST, unit)).astype("i8")),
    )
    for unit in ("ms", "us")
}

Column = tuple[np.ndarray[Any, np.dtype[Any]], np.ndarray[Any, np.dtype[np.bool_]] | None]


def rows(
    fields: Sequence[Field],
    columns: Sequence[Column],
    precision: int,
    timezone: datetime.tzinfo = datetime.UTC,
) -> list[tuple[Any, ...]]:
    """Turn columns into tuples of Python objects.

    Parameters
    ----------
    fields : sequence of Field
        The result's columns.
    columns : sequence of (values, mask)
        Decoded with nulls="masked": a NaN that is no NULL stays a NaN, and one that is becomes None.
    precision : int
        Of the times: 0 ms, 1 us, 2 ns.
    timezone : datetime.tzinfo, optional
        The zone in which times are told.

    Returns
    -------
    list of tuple
        A tuple a row. Times in ms and us are aware datetimes; those that `datetime` cannot hold (the first day of year
        1 and before it, the last day of 9999 and after it), and all times in ns, are numpy.datetime64, in UTC.
    """
    unit = PRECISIONS[precision]
    made = []
    for field, (data, mask) in zip(fields, columns, strict=True):
        is_time = field.info.dtype == "M8"
        values: list[Any] = _times(data, unit, timezone) if is_time else data.tolist()
        if mask is not None and b"\1" in mask.tobytes():
            for row in mask.nonzero()[0].tolist():
                values[row] = None
        made.append(values)
    return list(zip(*made, strict=True))


def _times(data: np.ndarray[Any, np.dtype[Any]], unit: str, timezone: datetime.tzinfo) -> list[Any]:
    if unit == "ns":
        return list(data)
    first, width = _LIMITS[unit]
    behind = (data.view("i8") - first).view("u8")  # what is before `first` wraps around, and is far behind
    since = data.view(f"m8[{unit}]")
    odd: list[int] = []
    if np.maximum.reduce(behind, initial=0) > width:
        since = since.copy()
        since[behind > width] = 0
        odd = (behind > width).nonzero()[0].tolist()
    values: list[Any] = [_EPOCH + delta for delta in since.tolist()]
    if timezone is not datetime.UTC:
        values = [time.astimezone(timezone) for time in values]
    for row in odd:
        values[row] = data[row]
    return values
