"""Rows: which Python object a value of a column is."""

import datetime
import math
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import recordings

from taosnative.columns import rows as rows_module
from taosnative.columns._decode import Decoder
from taosnative.types import Field

TIME = Field("ts", "TIMESTAMP", 8)


def rows(fields, arrays, *options):
    """Rows of masked arrays."""
    return rows_module.rows(fields, [(np.ma.getdata(one), np.ma.getmaskarray(one)) for one in arrays], *options)


def times(*values, unit="ms"):
    return np.ma.MaskedArray(np.array(values, f"M8[{unit}]"), mask=[value is None for value in values])


@pytest.mark.parametrize("name", [name for name in recordings.names() if name.startswith(("types", "rows", "json"))])
def test_recorded_blocks_become_their_rows(name):
    times_of_rows = "numpy" if name in ("types_ms", "types_us") else "datetime"  # those have years that no other holds
    unit = {"types_us": datetime.timedelta(microseconds=1)}.get(name, datetime.timedelta(milliseconds=1))
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

    def told(cell):
        if isinstance(cell, datetime.datetime):
            return (cell - epoch) // unit
        return int(cell.astype("i8")) if isinstance(cell, np.datetime64) else cell

    for answer in recordings.answers(name):
        decoder = Decoder(answer.fields, answer.precision, nulls="masked")
        for block, n_rows in answer.blocks:
            decoder.add_bytes(block, n_rows)
        made = rows(answer.fields, decoder.finish(), answer.precision, datetime.UTC, times_of_rows)
        made = [tuple(map(told, row)) for row in made]
        assert not recordings.differences(answer.rows, made, ordered=answer.ordered), (answer.where, answer.sql)


def test_null_is_none_and_a_real_nan_stays():
    array = np.ma.MaskedArray([1.5, math.nan, math.nan], mask=[False, False, True])
    first, second, third = rows([Field("f", "DOUBLE", 8)], [array], 0)
    assert first == (1.5,)
    assert math.isnan(second[0])
    assert third == (None,)


@pytest.mark.parametrize(
    ("unit", "precision", "ticks"), [("ms", 0, 1_700_000_000_123), ("us", 1, 1_700_000_000_123_456)]
)
def test_times_are_aware_datetimes_to_the_last_digit(unit, precision, ticks):
    ((utc,), (none,)) = rows([TIME], [times(ticks, None, unit=unit)], precision)
    ((shanghai,), _) = rows([TIME], [times(ticks, None, unit=unit)], precision, ZoneInfo("Asia/Shanghai"))
    assert utc == datetime.datetime(2023, 11, 14, 22, 13, 20, ticks % 10**6 if unit == "us" else 123000, datetime.UTC)
    assert utc.tzinfo is datetime.UTC
    assert shanghai == utc
    assert shanghai.isoformat()[:19] == "2023-11-15T06:13:20"
    assert none is None


def test_an_hour_that_comes_twice_is_told_apart():
    hour = 3_600_000
    start = 1_698_537_600_000  # 2023-10-29T00:00Z, an hour before Berlin leaves summer time
    values = [row[0] for row in rows([TIME], [times(start, start + hour)], 0, ZoneInfo("Europe/Berlin"))]
    assert [value.hour for value in values] == [2, 2]
    assert [value.fold for value in values] == [0, 1]


def test_nanoseconds_are_kept():
    ((value,), (none,)) = rows([TIME], [times(1_700_000_000_123_456_789, None, unit="ns")], 2)
    assert value == np.datetime64(1_700_000_000_123_456_789, "ns")
    assert none is None


def test_values_are_python_objects():
    fields = [Field("b", "BOOL", 1), Field("i", "TINYINT", 1), Field("d", "DECIMAL", 16), Field("v", "VARCHAR", 9)]
    arrays = [
        np.ma.MaskedArray([True, False], mask=[False, True]),
        np.ma.MaskedArray(np.array([-1, 0], "i1"), mask=[False, True]),
        np.ma.MaskedArray(np.array([Decimal("1.50"), None], object), mask=[False, True]),
        np.ma.MaskedArray(np.array(["a", None], object), mask=[False, True]),
    ]
    first, second = rows(fields, arrays, 0)
    assert first == (True, -1, Decimal("1.50"), "a")
    assert list(map(type, first)) == [bool, int, Decimal, str]
    assert second == (None,) * 4


def test_no_rows_are_an_empty_list():
    assert rows([TIME], [times()], 0) == []
