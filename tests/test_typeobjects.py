"""PEP 249's type objects, constructors and descriptions."""

import datetime as dt
import time

import pytest

import taosnative
from taosnative import BINARY, DATETIME, NUMBER, ROWID, STRING
from taosnative.typeobjects import described
from taosnative.types import BY_NAME, TYPES, Field

OBJECTS = [STRING, BINARY, NUMBER, DATETIME, ROWID]


@pytest.mark.parametrize("info", TYPES, ids=lambda info: info.name)
def test_each_type_code_equals_one_type_object(info):
    code = described(Field("a", info.name, 8)).type_code
    assert [code == one for one in OBJECTS].count(True) == 1
    assert [one == code for one in OBJECTS].count(True) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VARCHAR", STRING),
        ("NCHAR", STRING),
        ("JSON", STRING),
        ("VARBINARY", BINARY),
        ("BLOB", BINARY),
        ("GEOMETRY", BINARY),
        ("BOOL", NUMBER),
        ("BIGINT UNSIGNED", NUMBER),
        ("FLOAT", NUMBER),
        ("DECIMAL64", NUMBER),
        ("TIMESTAMP", DATETIME),
    ],
)
def test_types_are_in_the_family_that_their_values_are_of(name, expected):
    code = described(Field("a", name, 8)).type_code
    assert code == expected
    assert (code, repr(code)) == (BY_NAME[name].code, f"<TypeCode {name}: {BY_NAME[name].code}>")
    assert [one for one in OBJECTS if one == code] == [expected]


def test_type_objects_equal_themselves_alone_and_no_other_kind_of_thing():
    assert [[one == other for other in OBJECTS].count(True) for one in OBJECTS] == [1] * 5
    assert STRING != "VARCHAR"
    assert repr(STRING) == "taosnative.STRING"


@pytest.mark.parametrize(
    ("field", "column"),
    [
        (Field("a", "INT", 4), ("a", 4, None, 4, None, None, None)),
        (Field("a", "NCHAR", 10), ("a", 10, None, 10, None, None, None)),
        (Field("a", "TIMESTAMP", 8, 9), ("a", 9, None, 8, 9, None, None)),
        (Field("a", "DECIMAL", 16, 20, 0), ("a", 17, None, 16, 20, 0, None)),
    ],
)
def test_a_column_is_described_by_seven_items(field, column):
    assert described(field) == column


def test_constructors_make_values_that_can_be_bound():
    with taosnative.connect("embedded:?timezone=Asia/Shanghai") as conn:
        conn.execute("create database p keep 36500")
        conn.select_db("p")
        conn.execute("create table t (ts timestamp, b varbinary(9), v varchar(20))")
        values = [taosnative.Timestamp(2002, 12, 25, 13, 45, 30), taosnative.Binary(b"\0a"), "x"]
        conn.execute("insert into t values (?, ?, ?)", values)
        conn.execute("insert into t (ts) values (?)", [taosnative.Date(2002, 12, 25)])
        rows = conn.query("select * from t order by ts").rows()
        assert [row[0].isoformat() for row in rows] == ["2002-12-25T00:00:00+08:00", "2002-12-25T13:45:30+08:00"]
        assert rows[1][1:] == (b"\0a", "x")


def test_ticks_are_seconds_since_1970_in_local_time():
    ticks = time.mktime((2002, 12, 25, 13, 45, 30, 0, 0, -1))
    assert taosnative.DateFromTicks(ticks) == taosnative.Date(2002, 12, 25)
    assert taosnative.TimeFromTicks(ticks) == taosnative.Time(13, 45, 30)
    moment = taosnative.TimestampFromTicks(ticks)
    assert moment.timestamp() == ticks
    assert moment.replace(tzinfo=None) == taosnative.Timestamp(2002, 12, 25, 13, 45, 30)
    assert moment.utcoffset() is not None
    assert moment == dt.datetime.fromtimestamp(ticks, dt.UTC)
