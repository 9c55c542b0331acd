"""Rows brought together by the name that each carries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taosnative.columns import _group
from taosnative.columns.convert import convert
from taosnative.columns.source import Target
from taosnative.errors import DataError
from taosnative.types import Field

names = st.lists(
    st.sampled_from(["", "d0", "d1", "device 2", "汉"]) | st.text(st.characters(codec="utf-8"), max_size=4)
)


def first_come(values):
    distinct = list(dict.fromkeys(values))
    return distinct, [distinct.index(value) for value in values]


@given(names)
def test_names_are_numbered_as_they_first_come(values):
    distinct, codes = first_come(values)
    out = np.empty(len(values), "i4")
    assert _group.codes_of_objects(values, out, "device") == distinct
    assert out.tolist() == codes


@given(names.filter(len))
def test_names_of_numpy_are_numbered_alike(values):
    array = np.array(values)
    distinct, codes = first_come(array.tolist())
    out = np.empty(len(values), "i4")
    rows = _group.codes_of_array(array, out)
    assert array[rows].tolist() == distinct
    assert out.tolist() == codes


def test_more_names_than_the_table_of_names_begins_with():
    array = np.array([f"device_{i % 5000}" for i in np.random.default_rng(1).integers(0, 10_000, 20_000)])
    distinct, inverse = np.unique(array, return_inverse=True)
    out = np.empty(len(array), "i4")
    rows = _group.codes_of_array(array, out)
    assert len(rows) == len(distinct)
    assert np.array_equal(np.array([array[row] for row in rows])[out], distinct[inverse])


@pytest.mark.parametrize(("values", "reason"), [(["a", None], "row 1: None is NULL"), (["a", 5], "row 1: 5 is a int")])
def test_rows_without_a_name_are_refused(values, reason):
    with pytest.raises(DataError, match=f"column 'device', {reason}"):
        _group.codes_of_objects(values, np.empty(2, "i4"), "device")


@given(st.lists(st.integers(0, 5)))
def test_rows_of_a_code_come_together_in_their_order(given_codes):
    _, codes = first_come(given_codes)
    n_codes = max(codes, default=-1) + 1
    order, starts = np.full(len(codes), -1), np.empty(n_codes + 1, "i8")
    together = _group.sort_by_code(np.array(codes, "i4"), order, starts)
    expected = np.argsort(codes, kind="stable")
    assert starts.tolist() == [0, *np.cumsum(np.bincount(codes, minlength=n_codes)).tolist()]
    assert together == (codes == sorted(codes))
    assert order.tolist() == ([-1] * len(codes) if together else expected.tolist())


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.sampled_from(["x", "y"])), max_size=12))
def test_the_first_row_with_another_value_than_its_groups_first(rows):
    _, codes = first_come([code for code, _ in rows])
    values = [value for _, value in rows]
    column = convert(values, Target(Field("site", "VARCHAR", 10)))
    first_rows = [codes.index(code) for code in range(max(codes, default=-1) + 1)]
    found = _group.first_change(column, np.array(codes, "i4"), np.array(first_rows, "i8"))
    changed = [row for row, code in enumerate(codes) if values[row] != values[first_rows[code]]]
    assert found == (changed[0] if changed else None)


@given(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=5))
def test_groups_whose_times_rise_are_found(groups):
    ticks = [tick for group in groups for tick in group]
    column = convert(ticks, Target(Field("ts", "TIMESTAMP", 8, 3)))
    starts = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype("i8")
    out = np.zeros(len(groups), "u1")
    _group.find_rising(column, starts, out)
    assert out.tolist() == [group == sorted(set(group)) for group in groups]
