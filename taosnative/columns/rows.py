"""Rows as a view of decoded columns: what Python object stands for each value, and None for each NULL."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from taosnative.types import PRECISIONS, Field

from . import moments
from .moments import Times

Column = tuple[np.ndarray[Any, np.dtype[Any]], np.ndarray[Any, np.dtype[np.bool_]] | None]


def rows(
    fields: Sequence[Field],
    columns: Sequence[Column],
    precision: int,
    timezone: datetime.tzinfo = datetime.UTC,
    times: Times = "datetime",
    first_row: int = 0,
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
    times : {"datetime", "numpy", "pandas"}, optional
        "datetime": aware datetimes, and numpy.datetime64 (in UTC) in ns. "numpy": numpy.datetime64 in every precision.
        "pandas": aware pandas.Timestamps.
    first_row : int, optional
        Where in the result the first row is, for messages.

    Returns
    -------
    list of tuple
        A tuple a row.

    Raises
    ------
    DataError
        A time is beyond the years that such an object holds; says column and row.
    InterfaceError
        There is no such choice as `times`.
    """
    unit = PRECISIONS[precision]
    moments.check(times)
    made = []
    for field, (data, mask) in zip(fields, columns, strict=True):
        values: list[Any]
        if field.info.dtype == "M8":
            values = moments.moments(moments.Column(field.name, data, mask, unit, timezone, first_row), times)
        else:
            values = data.tolist()
        if mask is not None and b"\1" in mask.tobytes():
            for row in mask.nonzero()[0].tolist():
                values[row] = None
        made.append(values)
    return list(zip(*made, strict=True))
