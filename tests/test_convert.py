"""A caller's columns into what a statement is given: exact, checked, and where they lie."""

import datetime as dt
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taosnative.columns.convert import convert
from taosnative.columns.source import Target
from taosnative.errors import DataError
from taosnative.types import BY_NAME, TYPES, Field, Kind

INTEGERS = [info.name for info in TYPES if info.dtype[0] in "iu"]


def target(type_name, limit=100, precision=3, scale=0, **options):
    return Target(Field("c", type_name, limit, precision, scale), **options)


def values_of(column, dtype=None):
    """What the driver would read: bytes of each row, or numbers of a dtype, and None for NULL."""
    raw = [column.value(row) for row in range(column.n_rows)]
    return raw if dtype is None else [None if value is None else np.frombuffer(value, dtype)[0].item() for value in raw]


def converted(values, type_name, **options):
    dtype = BY_NAME[type_name].dtype.replace("M8", "i8")
    return values_of(convert(values, target(type_name, **options)), None if dtype == "O" else dtype)


def refusal(values, type_name, **options):
    with pytest.raises(DataError) as caught:
        convert(values, target(type_name, **options))
    return caught.value


# ---- memory --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_name", [info.name for info in TYPES if info.kind is Kind.FIXED and info.name != "BOOL"])
def test_an_array_of_the_right_dtype_is_bound_where_it_lies(type_name):
    dtype = BY_NAME[type_name].dtype
    array = np.zeros(10, "M8[ms]" if dtype == "M8" else dtype)
    assert convert(array, target(type_name)).address == array.ctypes.data
    assert convert(np.ma.MaskedArray(array, mask=[True] * 10), target(type_name)).address == array.ctypes.data


def test_a_slice_of_an_array_is_bound_where_it_lies():
    array = np.arange(10, dtype="i4")
    column = convert(array[3:7], target("INT"))
    assert column.address == array.ctypes.data + 12
    assert values_of(column, "i4") == [3, 4, 5, 6]


def test_booleans_are_copied_since_the_driver_writes_into_them():
    array = np.array([True, False])
    column = convert(array, target("BOOL"))
    assert column.address != array.ctypes.data
    assert values_of(column) == [b"\1", b"\0"]


@pytest.mark.parametrize(
    "array",
    [np.arange(20, dtype="i4")[::2], np.arange(20, dtype=">i4")[::2], np.arange(20, dtype="i8")[::2]],
    ids=["strided", "other byte order", "wider"],
)
def test_what_does_not_lie_right_is_copied(array):
    assert converted(array, "INT") == list(range(0, 20, 2))


# ---- integers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_name", INTEGERS)
@given(data=st.data())
def test_integers_are_exact_or_refused(type_name, data):
    limits = np.iinfo(BY_NAME[type_name].dtype)
    given_values = data.draw(st.lists(st.none() | st.integers(limits.min - 2, limits.max + 2), max_size=20))
    bad = [row for row, v in enumerate(given_values) if v is not None and not limits.min <= v <= limits.max]
    if bad:
        # one that no 64-bit integer holds is met before one that only the column's type does not hold
        assert any(f"row {row}:" in str(refusal(given_values, type_name)) for row in bad)
    else:
        assert converted(given_values, type_name) == given_values


@pytest.mark.parametrize("type_name", INTEGERS)
@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
def test_arrays_of_other_integers_are_exact_or_refused(type_name, dtype):
    own, limits = np.iinfo(dtype), np.iinfo(BY_NAME[type_name].dtype)
    fitting = [v for v in (own.min, 0, own.max, limits.min, limits.max) if own.min <= v <= own.max]
    for value in fitting:
        array = np.array([0, value], dtype)
        if limits.min <= value <= limits.max:
            assert converted(array, type_name) == [0, value]
        else:
            assert "row 1:" in str(refusal(array, type_name))
            assert converted(np.ma.MaskedArray(array, [False, True]), type_name) == [0, None]


def test_floats_that_are_whole_numbers_become_integers():
    assert converted(np.array([1.0, np.nan, -3.0]), "INT") == [1, None, -3]
    assert converted([1.0, None, float("nan"), np.float32(7)], "INT") == [1, None, None, 7]
    assert converted(np.array([2.0**63 - 1024]), "BIGINT") == [2**63 - 1024]


@pytest.mark.parametrize("value", [1.5, np.inf, 2.0**31, -(2.0**31) - 1])
def test_other_floats_are_no_integers(value):
    assert "row 1:" in str(refusal(np.array([0.0, value]), "INT"))
    assert "row 1:" in str(refusal([0, value], "INT"))


def test_integers_beyond_64_bits_are_refused():
    assert "beyond what 64 bits with a sign hold" in str(refusal([2**63], "BIGINT"))
    assert "beyond what 64 bits without a sign hold" in str(refusal([-1], "BIGINT UNSIGNED"))
    assert converted([2**64 - 1], "BIGINT UNSIGNED") == [2**64 - 1]


def test_booleans_are_integers():
    assert converted(np.array([True, False]), "TINYINT UNSIGNED") == [1, 0]
    assert converted([True, np.False_, None], "INT") == [1, 0, None]


@pytest.mark.parametrize("values", [["1"], [b"1"], [Decimal(1)], [[1]], [object()]])
def test_other_objects_are_no_integers(values):
    assert "an integer column takes integers" in str(refusal(values, "INT"))


@pytest.mark.parametrize("type_name", ["INT", "FLOAT", "BOOL", "VARCHAR", "VARBINARY", "JSON", "GEOMETRY", "DECIMAL"])
def test_arrays_of_another_kind_are_refused_with_what_is_taken(type_name):
    message = str(refusal(np.array([1j]), type_name))
    assert "complex128" in message
    assert "takes" in message


# ---- booleans ------------------------------------------------------------------------------------------------------


def test_booleans_are_taken_from_booleans_and_from_0_and_1():
    assert converted([True, None, 0, np.int8(1)], "BOOL") == [True, None, False, True]
    assert converted(np.array([0, 1], "u8"), "BOOL") == [False, True]
    assert "row 1: 2 is neither 0 nor 1" in str(refusal(np.array([0, 2]), "BOOL"))
    assert "float64" in str(refusal(np.array([0.0]), "BOOL"))


# ---- floats --------------------------------------------------------------------------------------------------------


@given(st.lists(st.none() | st.floats(width=32), max_size=20))
def test_floats_keep_their_bits_and_nan_is_null(values):
    expected = [None if v is None or np.isnan(v) else v for v in values]
    assert converted(values, "FLOAT") == expected
    assert converted(values, "DOUBLE") == expected
    array = np.array([np.nan if v is None else v for v in values], "f4")
    assert converted(array, "FLOAT") == expected
    assert converted(array, "DOUBLE") == expected


def test_a_nan_that_is_not_masked_is_a_value():
    column = convert(np.ma.MaskedArray([np.nan, np.nan, 1.0], [False, True, False]), target("DOUBLE"))
    first, second, third = values_of(column, "f8")
    assert np.isnan(first)
    assert (second, third) == (None, 1.0)


def test_float64_is_rounded_to_the_nearest_float32():
    assert converted(np.array([0.1]), "FLOAT") == [float(np.float32(0.1))]
    assert converted([0.1], "FLOAT") == [float(np.float32(0.1))]
    assert "row 0: 1e+39 is beyond" in str(refusal(np.array([1e39]), "FLOAT"))
    assert converted(np.array([np.inf]), "FLOAT") == [np.inf]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=8))
def test_integers_become_floats_where_they_are_exact(values):
    array = np.array(values, "i8")
    for type_name, dtype in (("DOUBLE", "f8"), ("FLOAT", "f4")):
        bad = [row for row, value in enumerate(values) if int(np.array(value).astype(dtype)) != value]
        if bad:
            assert f"row {bad[0]}:" in str(refusal(array, type_name))
        else:
            assert converted(array, type_name) == values


def test_objects_that_are_no_floats_are_refused():
    assert "cannot be held exactly" in str(refusal([2**53 + 1], "DOUBLE"))
    for value in (True, "1.5", Decimal("1.5")):
        assert "a FLOAT or DOUBLE column takes" in str(refusal([value], "DOUBLE"))


# ---- times ---------------------------------------------------------------------------------------------------------

UNITS = {3: "ms", 6: "us", 9: "ns"}


@pytest.mark.parametrize("precision", UNITS)
@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "10us", "25s"])
def test_datetime64_of_any_unit_is_exact_or_refused(unit, precision):
    array = np.array([0, 1, "NaT", -3, 100], f"M8[{unit}]")
    wanted = UNITS[precision]
    there = array.astype(f"M8[{wanted}]")
    if np.array_equal(there.astype(array.dtype), array, equal_nan=True):
        expected = [None if np.isnat(value) else int(value.astype("i8")) for value in there]
        assert converted(array, "TIMESTAMP", precision=precision) == expected
    else:
        error = refusal(array, "TIMESTAMP", precision=precision)
        assert f"row 1: '{array[1]}' is no whole number of {wanted}" in str(error)


def test_a_time_beyond_64_bits_is_refused():
    assert "beyond what 64 bits of ns hold" in str(refusal(np.array([2**40], "M8[s]"), "TIMESTAMP", precision=9))


def test_integers_are_ticks():
    assert converted(np.array([5, -5], "i4"), "TIMESTAMP") == [5, -5]
    assert converted([5, None, np.int16(3)], "TIMESTAMP") == [5, None, 3]
    assert "row 0" in str(refusal(np.array([2**63], "u8"), "TIMESTAMP"))
    assert "takes datetime64" in str(refusal(np.array([1.0]), "TIMESTAMP"))
    assert "is a float" in str(refusal([1.0], "TIMESTAMP"))
    assert "is a bool" in str(refusal([True], "TIMESTAMP"))


@given(st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=8)), ZoneInfo("Asia/Tokyo")])))
def test_an_aware_datetime_is_that_instant(moment):
    microseconds = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    assert converted([moment], "TIMESTAMP", precision=6) == [microseconds]
    if microseconds % 1000:
        assert "no whole number of ms" in str(refusal([moment], "TIMESTAMP"))


def test_times_without_a_zone_are_in_the_connections():
    shanghai = ZoneInfo("Asia/Shanghai")
    moment = dt.datetime(2026, 1, 2, 8, 0)
    expected = int(np.datetime64("2026-01-02T00:00:00", "ms").astype("i8"))
    for value in (
        moment,
        "2026-01-02T08:00:00",
        "2026-01-02 08:00",
        "2026-01-02T00:00:00Z",
        "2026-01-02T03:00:00+03:00",
    ):
        assert converted([value], "TIMESTAMP", zone=shanghai) == [expected]
    assert converted([moment.date(), "2026-01-02"], "TIMESTAMP", zone=shanghai) == [expected - 8 * 3600_000] * 2


def test_text_holds_nanoseconds():
    assert converted(["1970-01-01T00:00:00.123456789Z"], "TIMESTAMP", precision=9) == [123456789]
    assert converted(["1970-01-01 00:00:00.5z"], "TIMESTAMP", precision=3) == [500]


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "01/02/2026", "2026-01-02Z", "2026-01-02T08:00.5", "12:00"])
def test_other_text_is_no_time(text):
    assert "is no time" in str(refusal([text], "TIMESTAMP"))


def test_a_time_that_summer_time_skips_is_refused():
    skipped = dt.datetime(2026, 3, 29, 2, 30)
    assert "does not exist" in str(refusal([skipped], "TIMESTAMP", zone=ZoneInfo("Europe/Berlin")))


@pytest.mark.parametrize("values", [[None], np.array(["NaT"], "M8[ms]"), np.ma.MaskedArray([1], [True])])
def test_the_key_of_a_row_is_never_null(values):
    error = refusal(values, "TIMESTAMP", nullable=False)
    assert "row 0" in str(error)
    assert error.code == 0x80000118


# ---- text, bytes ---------------------------------------------------------------------------------------------------

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.none() | text | st.binary(max_size=12), max_size=20))
def test_text_is_packed_as_utf8_without_its_nulls(values):
    expected = [v.encode() if isinstance(v, str) else v for v in values]
    column = convert(values, target("VARCHAR"))
    assert values_of(column) == expected
    assert column.n_bytes == sum(len(v) for v in expected if v is not None)
    assert values_of(convert(np.array([*values, None], object), target("VARCHAR"))) == [*expected, None]


@given(st.lists(text, min_size=1, max_size=20), st.data())
def test_numpys_text_is_the_same_as_objects(values, data):
    array = np.array(values)
    mask = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    assert values_of(convert(array, target("NCHAR"))) == [value.encode() for value in array.tolist()]
    masked = values_of(convert(np.ma.MaskedArray(array, mask), target("VARCHAR")))
    assert masked == [None if m else v.encode() for v, m in zip(array.tolist(), mask, strict=True)]


@given(st.lists(st.binary(max_size=12), min_size=1, max_size=20))
def test_numpys_bytes_are_taken_as_they_are(values):
    array = np.array(values)
    assert values_of(convert(array, target("VARCHAR"))) == array.tolist()


@given(st.binary(max_size=12))
def test_an_nchar_column_takes_utf8_alone(data):
    try:
        length = len(data.decode())
    except UnicodeDecodeError:
        assert refusal([data], "NCHAR").code == 0x80000216
    else:
        assert converted([data], "NCHAR", limit=length) == [data]


def test_limits_are_bytes_of_varchar_and_characters_of_nchar():
    assert converted(["汉字", "abcdef"], "VARCHAR", limit=6) == ["汉字".encode(), b"abcdef"]
    assert converted(["汉字", "𝄞x"], "NCHAR", limit=2) == ["汉字".encode(), "𝄞x".encode()]
    for values in (["ok", "汉字"], np.array(["ok", "汉字"]), np.array(["ok", "汉字"], object)):
        error = refusal(values, "VARCHAR", limit=5)
        assert "row 1: '汉字' has 6 bytes, and the column takes 5 at most" in str(error)
        assert error.code == 0x80002653
    assert "has 3 characters" in str(refusal(["abc"], "NCHAR", limit=2))
    assert "has 3 bytes" in str(refusal([b"abc"], "VARBINARY", limit=2))


def test_lone_surrogates_and_other_objects_are_no_text():
    assert "surrogate" in str(refusal(["\ud800"], "VARCHAR"))
    assert "surrogate" in str(refusal(np.array(["\ud800"]), "VARCHAR"))
    assert "is a int" in str(refusal(["a", 5], "VARCHAR"))


def test_nan_is_null_among_objects():
    assert converted(["a", float("nan"), np.datetime64("NaT"), np.ma.masked], "VARCHAR") == [b"a", None, None, None]
    assert converted([1, np.ma.masked], "INT") == [1, None]
    assert converted([1.5, np.ma.masked], "DOUBLE") == [1.5, None]


def test_arrays_of_no_width_are_empty_text():
    assert converted(np.zeros(2, "U0"), "VARCHAR") == [b"", b""]
    assert converted(np.zeros(2, "S0"), "VARCHAR") == [b"", b""]


def test_bytes_of_every_kind_are_binary():
    values = [b"a\0", bytearray(b"b"), memoryview(b"c"), None]
    assert converted(values, "VARBINARY") == [b"a\0", b"b", b"c", None]
    assert converted(np.array([b"a\0", b"bc"], "V2"), "VARBINARY") == [b"a\0", b"bc"]
    assert "is a str" in str(refusal(["a"], "VARBINARY"))
    assert "|S2" in str(refusal(np.array([b"a\0"], "S2"), "VARBINARY"))


def test_json_tags_are_dicts_and_text():
    values = [{"a": [1, "汉"]}, '{"b": null}', None]
    column = convert(values, target("JSON", 4095))
    assert json.loads(column.value(0)) == values[0]
    assert column.value(1) == b'{"b": null}'
    assert column.value(2) is None
    for value in ("{", "[1]", "5"):
        assert refusal([value], "JSON").code == 0x80000216
    assert "cannot be written as JSON" in str(refusal([{"a": float("nan")}], "JSON"))
    assert "is a int" in str(refusal([5], "JSON"))


def test_decimals_are_text_that_the_column_holds_exactly():
    values = [Decimal("1.50"), "-2.25", 3, None, Decimal("1E+2")]
    expected = [b"1.50", b"-2.25", b"3", None, b"100"]
    assert converted(values, "DECIMAL", precision=5, scale=2) == expected
    assert converted(np.array([1, 2]), "DECIMAL64", precision=5, scale=2) == [b"1", b"2"]
    assert "more than 2 digits behind" in str(refusal(["1.234"], "DECIMAL", precision=5, scale=2))
    assert "more digits than DECIMAL(5, 2)" in str(refusal([1000], "DECIMAL", precision=5, scale=2))
    assert "is a float" in str(refusal([1.5], "DECIMAL", precision=5, scale=2))
    for value in ("x", "NaN", "Infinity"):
        assert refusal([value], "DECIMAL", precision=5, scale=2).code == 0x80000216


class Shape:
    wkb = bytes.fromhex("010100000000000000000000000000000000000000")


def test_geometries_are_wkb_or_have_it():
    assert converted([Shape(), Shape.wkb, bytearray(Shape.wkb), None], "GEOMETRY") == [Shape.wkb] * 3 + [None]
    assert refusal([b"\1\2"], "GEOMETRY").code == 0x80002803
    assert "is a str" in str(refusal(["POINT(0 0)"], "GEOMETRY"))


# ---- columns that are none, and columns that go as they are ---------------------------------------------------------


@pytest.mark.parametrize("values", ["abc", b"abc", 5, None, {"a": 1}, np.zeros((2, 2)), np.array(5)])
def test_what_is_no_column_is_refused(values):
    assert "column 'c'" in str(refusal(values, "INT"))


def test_columns_that_go_as_they_are_are_only_laid_out():
    as_they_are = {"checked": False}
    assert converted(["12345678901"], "VARCHAR", limit=2, **as_they_are) == [b"12345678901"]
    assert converted([b"\xff"], "NCHAR", **as_they_are) == [b"\xff"]
    assert converted([b"\1\2"], "GEOMETRY", **as_they_are) == [b"\1\2"]
    assert converted(["{"], "JSON", **as_they_are) == [b"{"]
    assert converted([1, None], "TIMESTAMP", **as_they_are) == [1, None]
    assert np.isnan(converted(np.array([np.nan]), "DOUBLE", **as_they_are)[0])
    assert "in the database's precision" in str(refusal(np.array([0], "M8[ms]"), "TIMESTAMP", **as_they_are))
