"""Rows of child tables, brought together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taosnative.columns.convert import convert
from taosnative.columns.source import Target
from taosnative.errors import DataError
from taosnative.ingest.grouping import check_constant, group_rows, one_group
from taosnative.types import Field

FORMS = {"list": list, "objects": lambda names: np.array(names, object), "text": np.array}


@pytest.mark.parametrize("form", FORMS)
@given(names=st.lists(st.sampled_from(["d0", "d1", "Device 2", "汉"]), min_size=1))
def test_each_tables_rows_are_brought_together_in_their_order(form, names):
    groups = group_rows(FORMS[form](names), "device")
    values = convert(list(range(len(names))), Target(Field("a", "INT", 4)))
    gathered = groups.gather(values)
    found = {
        name: [int.from_bytes(gathered.value(row), "little") for row in range(start, stop)]
        for name, start, stop in zip(groups.names, groups.starts[:-1], groups.starts[1:], strict=True)
    }
    assert found == {name: [row for row, own in enumerate(names) if own == name] for name in dict.fromkeys(names)}
    assert groups.names == list(dict.fromkeys(names))
    assert groups.counts.tolist() == [names.count(name) for name in groups.names]
    assert groups.first_rows.tolist() == [names.index(name) for name in groups.names]


def test_rows_that_lie_together_are_not_copied():
    values = convert(np.arange(3, dtype="i4"), Target(Field("a", "INT", 4)))
    assert group_rows(["a", "a", "b"], "device").gather(values) is values
    assert one_group(3).gather(values) is values


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a", None], "row 1: None is NULL"),
        (np.ma.MaskedArray(["a", "b"], [False, True]), "row 1: None is NULL"),
        (np.ma.MaskedArray(np.array(["a", "b"], object), [False, True]), "row 1: None is NULL"),
        (["a", ""], "row 1: '' is empty"),
        (np.array(["a", "a", "b.c"]), "row 2: 'b.c' has '.' in it"),
        (["a", "x" * 193], "row 1: .* has 193 bytes"),
        ([5], "row 0: 5 is a int"),
        (np.array([5]), "row 0: 5 is a int"),
        ("abc", "not a str"),
        (5, "not a int"),
        (np.array([["a"]]), "one dimension"),
    ],
)
def test_names_that_no_table_can_have_are_refused(names, reason):
    with pytest.raises(DataError, match=f"column 'device'.*{reason}"):
        group_rows(names, "device")


TAGS = [
    pytest.param(Field("site", "VARCHAR", 20), ["n", "s", "w"], "'w' is not 'n'", id="text"),
    pytest.param(Field("grp", "INT", 4), [1, 2, 3], "3 is not 1", id="int"),
    pytest.param(
        Field("since", "TIMESTAMP", 8, 3),
        ["2026-01-01", "2026-01-02", "2026-01-03"],
        "'2026-01-03T00:00:00.000' is not '2026-01-01T00:00:00.000'",
        id="time",
    ),
    pytest.param(Field("site", "NCHAR", 20), ["n", "s", None], "None is not 'n'", id="NULL"),
]


@pytest.mark.parametrize(("tag", "values", "told"), TAGS)
@pytest.mark.parametrize("names", [["a", "b", "a"], ["a", "a", "b"]], ids=["scattered", "together"])
def test_a_table_has_one_value_of_a_tag(names, tag, values, told):
    groups = group_rows(names, "device")
    same = [values[0] if name == "a" else values[1] for name in names]
    check_constant(convert(same, Target(tag)), groups, tag)
    row = 2 if names[2] == "a" else 1
    other = [*same[:row], values[2], *same[row + 1 :]]
    with pytest.raises(DataError, match=f"column '{tag.name}', row {row}: {told}, the tag of 'a' in row 0"):
        check_constant(convert(other, Target(tag)), groups, tag)
