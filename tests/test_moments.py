"""Times in rows and in parameters: every instant comes through whole, or is refused, in every zone and precision."""

import datetime as dt
import sys
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taosnative
from taosnative.columns import moments
from taosnative.columns.moments import Column
from taosnative.errors import DataError, InterfaceError

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SHANGHAI, BERLIN, NEW_YORK = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York"))
ZONES = [dt.UTC, SHANGHAI, BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Africa/Monrovia")]
PER_SECOND = {"ms": 10**3, "us": 10**6, "ns": 10**9}

zones = st.sampled_from(ZONES)
units = st.sampled_from(["ms", "us", "ns"])
#: Seconds of the years 2 to 9998, and ticks of a second.
seconds = st.integers(-62_104_060_800, 253_370_764_799)
fractions = st.integers(0, 10**9 - 1)


def told(values, unit, zone=dt.UTC, times="datetime", mask=None, first_row=0):
    return moments.moments(Column("ts", np.array(values, f"M8[{unit}]"), mask, unit, zone, first_row), times)


@settings(deadline=None)
@given(seconds, fractions, st.sampled_from(["ms", "us"]), zones)
def test_a_datetime_is_the_instant_of_its_ticks_in_the_zone(second, fraction, unit, zone):
    ticks = second * PER_SECOND[unit] + fraction * PER_SECOND[unit] // 10**9
    (value,) = told([ticks], unit, zone)
    assert (value - EPOCH) // dt.timedelta(microseconds=1) == ticks * (10**6 // PER_SECOND[unit])
    assert value.tzinfo is zone
    assert value.replace(tzinfo=None) == value.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None)
    (same,) = told([ticks], unit, zone, "numpy")
    assert same == np.datetime64(ticks, unit)
    assert same.dtype == f"M8[{unit}]"


@settings(deadline=None)
@given(st.integers(-9_222_000_000_000_000_000, 9_222_000_000_000_000_000), zones)
def test_nanoseconds_are_kept_to_the_last(ticks, zone):
    assert told([ticks], "ns", zone) == told([ticks], "ns", zone, "numpy") == [np.datetime64(ticks, "ns")]
    (value,) = told([ticks], "ns", zone, "pandas")
    assert (type(value), value.unit, value.value) == (pd.Timestamp, "ns", ticks)
    assert value.utcoffset() == (EPOCH + dt.timedelta(microseconds=ticks // 1000)).astimezone(zone).utcoffset()


@settings(deadline=None)
@given(seconds, fractions, st.sampled_from(["ms", "us"]), zones)
def test_a_timestamp_of_pandas_is_the_datetime(second, fraction, unit, zone):
    ticks = second * PER_SECOND[unit] + fraction * PER_SECOND[unit] // 10**9
    (stamp,) = told([ticks], unit, zone, "pandas")
    (moment,) = told([ticks], unit, zone)
    assert (type(stamp), stamp.unit) == (pd.Timestamp, unit)
    assert stamp.to_datetime64() == np.datetime64(ticks, unit)
    assert stamp.to_pydatetime() == moment
    assert (stamp.fold, stamp.utcoffset()) == (moment.fold, moment.utcoffset())


@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("value", ["0001-01-01T00:00:00", "0001-01-01T12:00", "9999-12-31T23:59:59.999", "1883-11-18"])
def test_the_first_and_the_last_day_that_a_datetime_has_are_read(unit, value):
    expected = dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    assert told([value], unit) == [expected]
    west = [told([value], unit, NEW_YORK)] if value > "0001-01-02" else []
    east = [told([value], unit, SHANGHAI)] if value < "9999-12-31" else []
    assert all(found == [expected] for found in west + east)


@pytest.mark.parametrize(
    ("value", "unit", "zone"),
    [
        ("0000-12-31T23:59:59", "ms", dt.UTC),
        ("10000-01-01", "us", dt.UTC),
        ("-2000-01-01", "ms", SHANGHAI),
        ("9999-12-31T23:59:59", "ms", SHANGHAI),
        ("0001-01-01T00:00:00", "us", NEW_YORK),
        (2**63 - 1, "ms", dt.UTC),
        (-(2**63) + 1, "us", dt.UTC),
    ],
)
@pytest.mark.parametrize("times", ["datetime", "pandas"])
def test_a_time_beyond_its_years_is_refused_with_its_column_and_row(value, unit, zone, times):
    values = [None, 0, value, 0]
    with pytest.raises(DataError, match=r"column 'ts', row 1002: .*years 1 to 9999: read it with times=.numpy."):
        told(values, unit, zone, times, mask=np.array([True, False, False, False]), first_row=1000)
    assert told(values, unit, zone, "numpy")[2] == np.array([value], f"M8[{unit}]")[0]
    assert told(values, unit, zone, times, mask=np.array([True, False, True, False]))[1] == EPOCH


def test_nanoseconds_at_the_end_of_64_bits_are_told_or_refused_by_pandas():
    last = 2**63 - 1
    assert told([last], "ns", times="pandas")[0].value == last
    with pytest.raises(DataError, match=r"column 'ts', row 0: .*1677-09-23 to 2262-04-10"):
        told([last], "ns", SHANGHAI, "pandas")


def test_pandas_is_needed_for_its_timestamps_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert told([0], "ms") == [EPOCH]
    with pytest.raises(InterfaceError, match="needs pandas"):
        told([0], "ms", times="pandas")


# ---- through a database ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def berlin():
    """A connection in a zone with summer time, and a table in each precision."""
    with taosnative.connect("embedded:?timezone=Europe/Berlin&clock=2026-11-24T13:00:00Z") as connection:
        for unit in PER_SECOND:
            connection.execute(f"create database d{unit} precision '{unit}' keep 36500")
            connection.execute(f"create table d{unit}.t (ts timestamp, other timestamp)")
        yield connection


def written(connection, unit, value):
    """The ticks that a parameter is written as, seen to be what it is found by."""
    connection.execute(f"delete from d{unit}.t")
    assert connection.execute(f"insert into d{unit}.t values (?, ?)", [value, value]) == 1
    assert connection.query(f"select count(*) from d{unit}.t where ts = ? and other = ?", [value, value]).rows() == [
        (1,)
    ]
    columns = connection.query(f"select * from d{unit}.t").numpy()
    assert columns["ts"][0] == columns["other"][0]
    return int(columns["ts"].astype("i8")[0])


@settings(deadline=None)  # a database answers, and pandas is slow to begin
@given(st.integers(-1_300_000_000, 4_000_000_000), fractions, units, zones)
def test_an_instant_is_the_same_in_as_out(berlin, second, fraction, unit, zone):
    ticks = second * PER_SECOND[unit] + fraction * PER_SECOND[unit] // 10**9
    assert written(berlin, unit, np.datetime64(ticks, unit)) == ticks
    (stamp,) = berlin.query(f"select ts from d{unit}.t").rows(taosnative.rows.scalar_row, times="pandas")
    assert written(berlin, unit, stamp.tz_convert(zone)) == ticks
    if unit != "ns":
        (moment,) = berlin.query(f"select ts from d{unit}.t").rows(taosnative.rows.scalar_row)
        assert moment.tzinfo is BERLIN
        assert written(berlin, unit, moment) == ticks
        assert written(berlin, unit, moment.astimezone(zone)) == ticks
        assert written(berlin, unit, moment.replace(tzinfo=None)) == ticks  # its fold is kept


@pytest.mark.parametrize("unit", PER_SECOND)
def test_an_hour_that_comes_twice_is_told_apart_in_and_out(berlin, unit):
    twice = dt.datetime(2023, 10, 29, 2, 30)
    first = written(berlin, unit, twice)
    assert berlin.query(f"select ts from d{unit}.t").rows(times="pandas")[0][0].fold == 0
    second = written(berlin, unit, twice.replace(fold=1))
    assert berlin.query(f"select ts from d{unit}.t").rows(times="pandas")[0][0].fold == 1
    assert second - first == 3600 * PER_SECOND[unit]
    assert first == int(np.datetime64("2023-10-29T00:30", unit).astype("i8"))
    assert written(berlin, unit, twice.replace(tzinfo=BERLIN, fold=1)) == second
    assert written(berlin, unit, pd.Timestamp(twice.replace(fold=1))) == second


def test_an_hour_that_never_was_is_refused(berlin):
    never = dt.datetime(2023, 3, 26, 2, 30)
    for sql in ("select ts from dms.t where ts = ?", "insert into dms.t (ts) values (?)"):
        with pytest.raises(DataError, match="does not exist in the connection's time zone"):
            berlin.execute(sql, [never])


def test_years_before_1970_are_ordinary(berlin):
    for unit in PER_SECOND:
        before = dt.datetime(1927, 1, 1, 0, 0, 0, 999_000, dt.UTC)
        assert written(berlin, unit, before) == int(np.datetime64("1927-01-01T00:00:00.999", unit).astype("i8"))


@pytest.mark.parametrize("year", [1600, 1677, 2263, 9998])
def test_a_query_may_ask_for_years_that_nanoseconds_do_not_reach_but_not_in_nanoseconds(berlin, year):
    moment = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    written(berlin, "ms", EPOCH)
    assert berlin.query("select count(*) from dms.t where ts < ?", [moment]).rows() == [(int(year > 1970),)]
    with pytest.raises(DataError, match=f"the time {year}-01-01T00:00:00Z, and what is queried has times in ns"):
        berlin.query("select count(*) from dns.t where ts < ?", [moment])


def test_a_query_may_ask_for_the_whole_of_nanoseconds(berlin):
    written(berlin, "ns", EPOCH)
    first, last = np.datetime64("1677-09-21T00:12:45", "ns"), np.datetime64("2262-04-11T23:47:15.999999999")
    assert berlin.query("select count(*) from dns.t where ts > ? and ts < ?", [first, last]).rows() == [(1,)]
