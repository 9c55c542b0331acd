"""Literals of time, geometries and JSON tags."""

import struct
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taosnative.embedded.geometry import is_wkb, to_wkb
from taosnative.embedded.json_tags import normalise
from taosnative.embedded.literals import add_duration, parse_time, start_of_day

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "precision", "zone", "ticks"),
    [
        ("2020-09-13 12:26:40.123", 0, UTC, 1_600_000_000_123),
        ("2020-09-13T12:26:40.1239", 0, UTC, 1_600_000_000_123),
        ("2020-09-13 12:26:40.5", 2, UTC, 1_600_000_000_500_000_000),
        ("2020-09-13 12:26:40.123456789", 1, UTC, 1_600_000_000_123_456),
        ("2020-09-13 20:26:40", 0, SHANGHAI, 1_600_000_000_000),
        ("2020-07-01 02:00:00", 0, BERLIN, 1_593_561_600_000),
        ("2020-09-13 20:26:40+08:00", 0, BERLIN, 1_600_000_000_000),
        ("2020-09-13 20:26:40+0800", 0, UTC, 1_600_000_000_000),
        ("2020-09-13T12:26:40z", 0, SHANGHAI, 1_600_000_000_000),
        ("2020-09-13", 0, UTC, 1_599_955_200_000),
        ("1969-12-31 23:59:59.999", 0, UTC, -1),
        ("1600000000000", 0, UTC, 1_600_000_000_000),
    ],
)
def test_times(text, precision, zone, ticks):
    assert parse_time(text, precision, zone) == ticks


@pytest.mark.parametrize(
    "text", ["", "now", "2020-13-01", "2020-02-30 00:00:00", "2020-01-01 24:00:00", "2020-01-01 00:00:00+25:00", "1.5"]
)
def test_what_is_no_time(text):
    assert parse_time(text, 0, UTC) is None


@pytest.mark.parametrize(
    ("duration", "sign", "precision", "ticks"),
    [
        ("10s", 1, 0, 10_000),
        ("1h", -1, 1, -3_600_000_000),
        ("1500u", 1, 0, 1),
        ("7b", 1, 2, 7),
        ("2w", 1, 0, 1_209_600_000),
        ("1n", 1, 0, 31 * 86_400_000),
        ("1y", 1, 0, 365 * 86_400_000),
    ],
)
def test_durations(duration, sign, precision, ticks):
    assert add_duration(0, duration, sign, precision, UTC) == ticks


def test_a_month_after_the_31st_is_the_last_of_the_next():
    assert add_duration(parse_time("2020-01-31", 0, UTC), "1n", 1, 0, UTC) == parse_time("2020-02-29", 0, UTC)
    assert add_duration(0, "5q", 1, 0, UTC) is None


def test_today_begins_in_the_zone():
    noon = parse_time("2020-09-13 12:00:00", 0, UTC)
    assert start_of_day(noon, 0, UTC) == parse_time("2020-09-13", 0, UTC)
    assert start_of_day(noon, 0, SHANGHAI) == parse_time("2020-09-13", 0, SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "POINT(1 2)",
        "point empty",
        "LINESTRING (0 0, 1.5 -2e3)",
        "POLYGON((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))",
        "MULTIPOINT(1 1, 2 2)",
        "MULTIPOINT((1 1), (2 2))",
        "MULTILINESTRING((0 0, 1 1), (2 2, 3 3))",
        "MULTIPOLYGON(((0 0, 4 0, 4 4, 0 0)))",
        "GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))",
    ],
)
def test_geometries_are_whole(text):
    binary = to_wkb(text)
    assert is_wkb(binary)
    assert not any(is_wkb(binary[:size]) for size in range(len(binary)))
    assert not is_wkb(binary + b"\0")


@pytest.mark.parametrize(
    "text", ["", "POINT", "POINT(1)", "POINT(1 2", "CIRCLE(1 1)", "LINESTRING(1 1)", "POINT(1 2) x"]
)
def test_what_is_no_geometry(text):
    with pytest.raises(ValueError):  # noqa: PT011  (what is wrong differs)
        to_wkb(text)


@given(st.binary(max_size=60))
def test_any_bytes_can_be_asked_whether_they_are_a_geometry(data):
    assert is_wkb(data) in (True, False)


def test_a_count_that_bytes_do_not_bear_out_is_no_geometry():
    assert not is_wkb(struct.pack("<BII", 1, 4, 2**32 - 1))
    assert not is_wkb(struct.pack("<BII", 1, 7, 1) * 40)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ('{"b": 1, "a": "x"}', '{"a":"x","b":1}'),
        ('{"a": 12345678901, "b": -2.5e3, "c": 0.1}', '{"a":12345678901,"b":-2500,"c":0.1}'),
        ('{"a": true, "b": null, "c": "\\"é"}', '{"a":true,"b":null,"c":"\\"é"}'),
        ('{"a": 1, "a": 2}', '{"a":1}'),
        ("{}", None),
    ],
)
def test_json_tags(text, tag):
    assert normalise(text) == tag


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "json parse error"),
        ('{"a": ', "json parse error"),
        ("[" * 100_000, "json parse error"),
        ("[1]", "json error invalide value"),
        ('{"a": [1]}', "invalidate json value"),
        ('{"' + "k" * 257 + '": 1}', "json key too long error"),
    ],
)
def test_what_is_no_json_tag(text, words):
    with pytest.raises(ValueError, match=words):
        normalise(text)
