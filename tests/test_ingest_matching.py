"""The caller's columns and the table's."""

import pytest

from taosnative.errors import ProgrammingError
from taosnative.ingest.matching import Shape, check_tags, match
from taosnative.types import Field

TS, CURRENT, UPPER = Field("ts", "TIMESTAMP", 8, 3), Field("current", "FLOAT", 4), Field("Phase", "FLOAT", 4)
SITE, GROUP = Field("site", "VARCHAR", 20), Field("group", "INT", 4)
NORMAL = Shape(None, "n", [TS, CURRENT, UPPER], [], ["ts"])
SUPER = Shape("power", "meters", [TS, CURRENT, UPPER], [SITE, GROUP], ["ts"])


def names(pairs):
    return [(field.name, values) for field, values in pairs]


def test_columns_come_in_the_tables_order_under_the_tables_names():
    matched = match(NORMAL, {"Phase": 1, "CURRENT": 2, "Ts": 3}, None, None)
    assert names(matched.columns) == [("ts", 3), ("current", 2), ("Phase", 1)]
    assert matched.tbname is None


def test_columns_need_not_all_be_given():
    assert names(match(NORMAL, {"ts": 3}, None, None).columns) == [("ts", 3)]


def test_columns_that_are_tags_go_to_the_tags():
    matched = match(SUPER, {"ts": 1, "device": 2, "Site": 3}, {"GROUP": 4}, "device")
    assert names(matched.columns) == [("ts", 1)]
    assert names(matched.tags) == [("site", 3)]
    assert names(matched.shared_tags) == [("group", 4)]
    assert matched.tbname == 2


def test_the_names_of_tables_may_be_a_tag_as_well():
    matched = match(SUPER, {"ts": 1, "site": 2}, None, "site")
    assert names(matched.tags) == [("site", 2)]
    assert matched.tbname == 2


@pytest.mark.parametrize(
    ("columns", "tags", "tbname", "reason"),
    [
        ({"current": 1}, None, None, "'ts' is missing: it is the key of every row of power.meters"),
        (
            {"ts": 1, "nope": 1, "no": 1},
            None,
            None,
            "meters has no 'nope', 'no'; it has the columns 'ts', 'current', 'Phase' and the tags",
        ),
        ({"ts": 1, "phase": 1}, None, None, "has no 'phase'"),
        ({"ts": 1, "TS": 1}, None, None, "'ts' and 'TS' are both the column 'ts'"),
        ({"ts": 1}, {"current": 1}, None, "has no 'current'"),
        ({"ts": 1, "site": 1}, {"site": 1}, None, "'site' of power.meters stands in the columns and in tags="),
        ({"ts": 1}, None, "device", "tbname='device' names none of the columns given: 'ts'"),
        ({"ts": 1, 5: 1}, None, None, "is a str, not 5"),
    ],
)
def test_what_does_not_match_is_told_with_what_there_is(columns, tags, tbname, reason):
    with pytest.raises(ProgrammingError, match=reason):
        match(SUPER, columns, tags, tbname)


def test_new_tables_need_every_tag():
    matched = match(SUPER, {"ts": 1, "device": 2, "site": 3}, None, "device")
    check_tags(SUPER, matched, [])
    with pytest.raises(
        ProgrammingError, match=r"4 child tables of power.meters would be made \('a', 'b', 'c', …\) and no 'group'"
    ):
        check_tags(SUPER, matched, ["a", "b", "c", "d"])
    check_tags(SUPER, match(SUPER, {"ts": 1, "device": 2, "site": 3}, {"group": None}, "device"), ["a"])


def test_a_key_of_two_columns_is_given_whole():
    shape = NORMAL._replace(keys=["ts", "current"])
    with pytest.raises(ProgrammingError, match="'current' is missing"):
        match(shape, {"ts": 1}, None, None)
