"""Columns as stmt2 reads them, and the structs that point at them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taosnative.columns._bind import BindSet, fixed_column, variable_column
from taosnative.columns.convert import convert
from taosnative.columns.source import Target
from taosnative.errors import InterfaceError
from taosnative.types import Field

INT, VARCHAR = 4, 8


def text_column(values):
    return convert(values, Target(Field("c", "VARCHAR", 100)))


def integers(values):
    return convert(values, Target(Field("c", "INT", 4)))


def values_of(column):
    return [column.value(row) for row in range(column.n_rows)]


def test_a_column_lies_on_an_arrays_memory():
    array = np.arange(3, dtype="i4")
    column = fixed_column(INT, array)
    array[1] = 7
    assert np.frombuffer(column.value(1), "i4") == [7]
    assert (column.type_code, column.n_rows, column.width, column.n_bytes) == (INT, 3, 4, 12)


def test_a_column_of_text_lies_on_bytes():
    column = variable_column(VARCHAR, b"abcde", np.array([2, 0, 3], "i4"), np.array([0, 1, 0], "u1"))
    assert values_of(column) == [b"ab", None, b"cde"]
    assert column.width == 0


@pytest.mark.parametrize(
    ("values", "lengths", "nulls"),
    [(b"abc", [4], None), (b"abc", [-1], None), (b"abc", [1], [1]), (b"abc", [1, 1], [0])],
    ids=["past the end", "negative", "NULL with bytes", "too few marks"],
)
def test_lengths_that_do_not_fit_are_refused(values, lengths, nulls):
    marks = None if nulls is None else np.array(nulls, "u1")
    with pytest.raises(InterfaceError):
        variable_column(VARCHAR, values, np.array(lengths, "i4"), marks)


def test_rows_outside_of_a_column_are_refused():
    column = integers([1, 2])
    for row in (-1, 2):
        with pytest.raises(IndexError):
            column.value(row)
        with pytest.raises(IndexError):
            column.is_null(row)
        with pytest.raises(IndexError):
            column.same(0, row)
        with pytest.raises(IndexError):
            column.take(np.array([row]))


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8"])
@given(data=st.data())
def test_rows_are_taken_in_any_order(dtype, data):
    values = data.draw(st.lists(st.none() | st.integers(0, 100), min_size=1, max_size=20))
    order = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=30))
    names = {"i1": "TINYINT", "i2": "SMALLINT", "i4": "INT", "i8": "BIGINT"}
    column = convert(values, Target(Field("c", names[dtype], 8)))
    expected = [None if values[row] is None else np.array(values[row], dtype).tobytes() for row in order]
    assert values_of(column.take(np.array(order, "i8"))) == expected


@given(st.data())
def test_rows_of_text_are_taken_in_any_order(data):
    values = data.draw(st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=5), min_size=1, max_size=20))
    order = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=30))
    taken = text_column(values).take(np.array(order, "i8"))
    assert values_of(taken) == [None if values[row] is None else values[row].encode() for row in order]


@given(st.lists(st.none() | st.sampled_from(["", "a", "b", "ab"]), min_size=2, max_size=10))
def test_rows_are_the_same_where_their_bytes_are(values):
    column = text_column(values)
    for row, value in enumerate(values):
        assert column.same(0, row) == (value == values[0])
        assert column.is_null(row) == (value is None)
    assert column.first_null() == (values.index(None) if None in values else None)


def test_a_bind_points_at_a_slice_without_a_copy():
    numbers = np.arange(10, dtype="i4")
    binds = BindSet.of_groups(
        [integers(numbers), text_column(["a", None, "bc", *"defghij"])],
        [b"t0", b"t1"],
        np.array([0, 2]),
        np.array([2, 10]),
    )
    assert (binds.n_tables, binds.n_columns, binds.n_tags) == (2, 2, 0)
    second = binds.bind_of(1, 0)
    assert second == {
        "type": INT,
        "address": numbers.ctypes.data + 8,
        "rows": 8,
        "nulls": None,
        "lengths": None,
    }
    assert binds.bind_of(0, 1)["nulls"] == b"\0\1"
    assert binds.bind_of(0, 1)["lengths"] == [1, 0]
    assert binds.bind_of(1, 1)["lengths"] == [2, *[1] * 7]
    assert binds.bind_of(1, 1)["address"] == binds.bind_of(0, 1)["address"] + 1


def test_tags_are_one_row_of_their_column_for_each_table():
    tags = text_column(["north", None, "south"])
    binds = BindSet.of_groups(
        [integers([1, 2, 3])], [b"a", b"b"], np.array([0, 1]), np.array([1, 3]), [tags], np.array([2, 1])
    )
    assert binds.bind_of(0, 0, tag=True)["lengths"] == [5]
    assert binds.bind_of(1, 0, tag=True)["nulls"] == b"\1"
    assert binds.bind_of(1, 0, tag=True)["rows"] == 1


def test_tables_may_have_columns_of_their_own():
    binds = BindSet.of_tables([[integers([1])], [integers([2, 3])]], [[integers([8])], [integers([9])]], [b"a", b"b"])
    assert binds.bind_of(1, 0)["rows"] == 2
    assert binds.bind_of(1, 0, tag=True)["rows"] == 1


def one_table(**options):
    return BindSet.of_tables([[integers([1])]], **options)


@pytest.mark.parametrize(
    "make",
    [
        lambda: BindSet.of_tables([]),
        lambda: BindSet.of_tables([[integers([1])], []]),
        lambda: one_table(names=[b"a", b"b"]),
        lambda: one_table(names=[b"a\0b"]),
        lambda: one_table(tags=[[integers([1])], [integers([1])]]),
        lambda: one_table(tags=[[integers([1, 2])]]),
        lambda: BindSet.of_tables([[integers([1])]] * 2, [[integers([1])], []]),
        lambda: BindSet.of_groups([integers([1])], [b"a"], np.array([0]), np.array([2])),
        lambda: BindSet.of_groups([integers([1])], [b"a"], np.array([1]), np.array([0])),
        lambda: BindSet.of_groups([integers([1])], [b"a"], np.array([-1]), np.array([0])),
        lambda: BindSet.of_groups([integers([1])], [b"a"], np.array([0]), np.array([1, 1])),
        lambda: BindSet.of_groups([integers([1])], [b"a"], np.array([0]), np.array([1]), [integers([1])]),
        lambda: BindSet.of_groups(
            [integers([1])], [b"a"], np.array([0]), np.array([1]), [integers([1])], np.array([1])
        ),
        lambda: BindSet.of_groups([integers([1])], [], np.array([0]), np.array([1])),
    ],
)
def test_counts_that_do_not_fit_are_refused_before_the_driver_reads_past_them(make):
    with pytest.raises(InterfaceError):
        make()


def test_a_name_that_is_no_bytes_is_refused():
    with pytest.raises(TypeError):
        one_table(names=["a"])


def test_binds_that_are_not_there_are_refused():
    for where in ((1, 0), (0, 1), (-1, 0)):
        with pytest.raises(IndexError):
            one_table().bind_of(*where)
    with pytest.raises(IndexError):
        one_table().bind_of(0, 0, tag=True)
