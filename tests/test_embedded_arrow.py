"""Columns on their way into DuckDB: what goes in as bound values, arrays or Python values comes out of its tables."""

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taosnative.embedded import text
from taosnative.embedded._arrow import arrow_stream, escape_bytes, unescape_bytes
from taosnative.embedded._bound import bound
from taosnative.embedded.protocol import NONE

INT, BIGINT, FLOAT, VARCHAR, TIMESTAMP, UBIGINT, VARBINARY, BOOL = 4, 5, 6, 8, 9, 14, 16, 1
awkward_bytes = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=8).map(str.encode),
    st.lists(st.sampled_from([b"\xf4\x8f\xbc\x80", b"\xf4\x8f", b"\xe4\xb8", b"a", b"\xed\xa0\x80", b"\x00"])).map(
        b"".join
    ),
)


def rows_of(stream):
    connection = duckdb.connect()
    connection.register("source", stream)
    return connection.execute("select * from source").fetchall()


@given(awkward_bytes)
def test_compiled_escaping_is_that_of_the_text_module(data):
    escaped = escape_bytes(data)
    assert escaped.decode() == text.escape(data)
    assert unescape_bytes(escaped) == data


def test_values_of_every_type_arrive():
    values = {
        BOOL: [True, None, False],
        2: [-128, None, 127],
        3: [-32768, None, 32767],
        INT: [-(2**31), None, 2**31 - 1],
        BIGINT: [-(2**63), None, 2**63 - 1],
        FLOAT: [0.5, None, -1.5],
        7: [0.1, None, float("inf")],
        VARCHAR: ["", None, "héllo"],
        TIMESTAMP: [-1, None, 1_600_000_000_000],
        10: ["汉字", None, ""],
        11: [0, None, 255],
        12: [0, None, 65535],
        13: [0, None, 2**32 - 1],
        UBIGINT: [0, None, 2**64 - 1],
        VARBINARY: [b"\x00\xff", None, b""],
    }
    stream = arrow_stream([(f"c{code}", code, [column]) for code, column in values.items()])
    assert stream.n_rows == 3
    assert rows_of(stream) == list(zip(*values.values(), strict=True))


def test_parts_of_a_column_follow_one_another():
    stamps = bound(TIMESTAMP, np.arange(3, dtype="i8").tobytes())
    names = bound(VARCHAR, b"abb", [1, 9, 2], states=b"\x00\x01\x00")
    stream = arrow_stream(
        [
            ("ts", TIMESTAMP, [stamps, np.array([7, 8]), [9]]),
            ("name", VARCHAR, [names, [None, "x"], [b"\xff"]]),
        ]
    )
    expected = [(0, "a"), (1, None), (2, "bb"), (7, None), (8, "x"), (9, text.escape(b"\xff"))]
    assert rows_of(stream) == expected


def test_a_stream_can_be_read_again():
    stream = arrow_stream([("a", INT, [np.arange(5, dtype="i4")])])
    assert rows_of(stream) == rows_of(stream) == [(i,) for i in range(5)]


def test_bits_of_bool_parts_join_at_any_row():
    flags = [bool(i % 3) for i in range(21)]
    parts = [bound(BOOL, bytes([2 * flag for flag in flags[:5]])), np.array(flags[5:12]), flags[12:]]
    assert rows_of(arrow_stream([("b", BOOL, parts)])) == [(flag,) for flag in flags]


def test_a_null_may_be_bound_as_any_type():
    null_as_int = bound(INT, b"\0" * 4, states=b"\x01")
    assert rows_of(arrow_stream([("v", VARCHAR, [["a"], null_as_int]), ("n", INT, [[1], null_as_int])])) == [
        ("a", 1),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("code", "part", "error"),
    [
        (2, [128], OverflowError),
        (11, [-1], OverflowError),
        (12, [65536], OverflowError),
        (UBIGINT, [-1], OverflowError),
        (INT, ["1"], TypeError),
        (VARCHAR, [1], TypeError),
        (VARBINARY, ["text"], TypeError),
        (INT, np.arange(2), TypeError),
        (FLOAT, np.arange(2, dtype="i4"), TypeError),
        (BIGINT, np.arange(2, dtype="u8"), TypeError),
        (VARCHAR, np.arange(2), TypeError),
        (INT, bound(BIGINT, b"\0" * 8), TypeError),
    ],
)
def test_a_value_of_another_type_is_refused(code, part, error):
    with pytest.raises(error):
        arrow_stream([("c", code, [part])])


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        arrow_stream([("a", INT, [[1]]), ("b", INT, [[1, 2]])])


def test_a_bound_column_tells_values_and_states():
    column = bound(INT, np.array([1, 2, 3], "i4").tobytes(), states=b"\x00\x01\x02")
    assert (column.type, column.n_rows) == (INT, 3)
    assert column.values() == [1, None, NONE]
    assert column.states().tolist() == [0, 1, 2]
    assert column.array().tolist() == [1, 2, 3]


def test_a_bound_column_of_variable_width_skips_empty_rows():
    column = bound(VARCHAR, b"abc", [1, 77, 2], states=b"\x00\x01\x00")
    assert column.values() == [b"a", None, b"bc"]
    assert column.lengths().tolist() == [1, 0, 2]
    with pytest.raises(TypeError, match="variable width"):
        column.array()


def test_bound_values_outlive_their_column():
    stamps = bound(TIMESTAMP, np.arange(100, dtype="i8").tobytes())
    array = stamps.array()
    stream = arrow_stream([("ts", TIMESTAMP, [stamps])])
    del stamps
    assert array.tolist() == [row[0] for row in rows_of(stream)]


@pytest.mark.parametrize("kept", [{"lengths": [-1]}, {}])
def test_a_bind_that_cannot_be_read_is_refused(kept):
    with pytest.raises(ValueError, match="length"):
        bound(VARCHAR, b"a", n_rows=1, **kept)
