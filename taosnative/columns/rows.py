"""Rows as a view of decoded columns: what Python object stands for each value, and None for each NULL."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from taosnative.types import PRECISIONS, Field

_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

# Times that `datetime` holds in every time zone, with a day to spare at both ends.
_FIRST: Final = datetime.datetime.min + datetime.timedelta(days=1)
_LAST: Final = datetime.datetime.max - datetime.timedelta(days=1)


def rows(
    fields: Sequence[Field],
    arrays: Sequence[np.ndarray[Any, np.dtype[Any]]],
    precision: int,
    timezone: datetime.tzinfo = datetime.UTC,
) -> list[tuple[Any, ...]]:
    """Turn columns into tuples of Python objects.

    Parameters
    ----------
    fields : sequence of Field
        The result's columns.
    arrays : sequence of numpy.ma.MaskedArray
        Their values, decoded with nulls="masked": a NaN that is no NULL stays a NaN, and one that is becomes None.
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
    columns = []
    for field, array in zip(fields, arrays, strict=True):
        data = np.ma.getdata(array)
        is_time = field.info.dtype == "M8"
        values: list[Any] = _times(data, unit, timezone) if is_time else data.tolist()
        for row in np.flatnonzero(np.ma.getmaskarray(array)).tolist():
            values[row] = None
        columns.append(values)
    return list(zip(*columns, strict=True))


def _times(data: np.ndarray[Any, np.dtype[Any]], unit: str, timezone: datetime.tzinfo) -> list[Any]:
    if unit == "ns":
        return list(data)
    first, last = np.array([_FIRST, _LAST], data.dtype)
    fits = (data >= first) & (data <= last)
    since = data.view(f"m8[{unit}]").copy()
    since[~fits] = 0
    values: list[Any] = [_EPOCH + delta for delta in since.tolist()]
    if timezone is not datetime.UTC:
        values = [time.astimezone(timezone) for time in values]
    for row in np.flatnonzero(~fits).tolist():
        values[row] = data[row]
    return values
