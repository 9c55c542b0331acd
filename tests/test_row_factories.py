"""Row factories: what a row is, of a cursor and of a result."""

import dataclasses
from collections import namedtuple

import pytest

import taosnative
from taosnative import rows
from taosnative.errors import InterfaceError
from taosnative.types import Field


@dataclasses.dataclass
class Reading:
    site: str
    amperes: float
    unit: str = "A"


class Loose:
    def __init__(self, **values):
        self.values = values


def made(factory, names, values):
    return factory([Field(name, "INT", 4) for name in names])(values)


@pytest.mark.parametrize(
    ("factory", "row"),
    [
        (rows.tuple_row, ("north", 1.5)),
        (rows.dict_row, {"site": "north", "amperes": 1.5}),
        (rows.namedtuple_row, namedtuple("Row", "site amperes")("north", 1.5)),
        (rows.class_row(Reading), Reading("north", 1.5)),
        (rows.args_row(lambda site, amperes: f"{site}: {amperes}"), "north: 1.5"),
        (rows.kwargs_row(lambda *, amperes, site: [amperes, site]), [1.5, "north"]),
    ],
)
def test_a_row_is_what_the_factory_makes_in_a_cursor_and_a_result(factory, row):
    with taosnative.connect("embedded:") as conn:
        sql = "select 'north' as site, 1.5 as amperes"
        assert conn.query(sql).rows(factory) == [row]
        with conn.cursor(factory) as cursor:
            assert cursor.execute(sql).fetchone() == row
            assert cursor.execute(sql).fetchmany(5) == [row]
            assert cursor.execute(sql).fetchall() == [row]
            assert list(cursor.execute(sql)) == [row]


def test_one_column_as_its_values():
    with taosnative.connect("embedded:") as conn:
        assert conn.query("select 7").rows(row_factory=rows.scalar_row) == [7]
        with (
            conn.cursor(row_factory=rows.scalar_row) as cursor,
            pytest.raises(InterfaceError, match="the result has 2"),
        ):
            cursor.execute("select 7, 8")


def test_a_result_that_its_factory_refuses_is_closed_and_the_cursor_goes_on():
    with taosnative.connect("embedded:") as conn, conn.cursor(rows.scalar_row) as cursor:
        with pytest.raises(InterfaceError):
            cursor.execute("select 7, 8")
        assert cursor.description is None
        assert cursor.execute("select 7").fetchall() == [7]
        result = conn.query("select 7, 8")
        with pytest.raises(InterfaceError):
            result.rows(rows.scalar_row)
        assert result.rows() == [(7, 8)]


@pytest.mark.parametrize("factory", [rows.dict_row, rows.namedtuple_row, rows.class_row(Loose), rows.kwargs_row(dict)])
def test_two_columns_of_one_name_are_refused(factory):
    with pytest.raises(InterfaceError, match="more than one column is called 'a'"):
        made(factory, ["a", "b", "a"], (1, 2, 3))


def test_names_that_python_does_not_have_are_spelled():
    row = made(rows.namedtuple_row, ["count(*)", "_wstart", "1st", "class", "温度"], (1, 2, 3, 4, 5))
    assert row._fields == ("count___", "f_wstart", "f1st", "fclass", "温度")
    with pytest.raises(InterfaceError, match="more than one column is called 'a_'"):
        made(rows.namedtuple_row, ["a+", "a-"], (1, 2))


def test_a_dataclass_is_compared_with_the_columns_before_the_first_row():
    with pytest.raises(InterfaceError, match="Reading has no field 'volts'"):
        made(rows.class_row(Reading), ["site", "volts"], ("a", 1))
    with pytest.raises(InterfaceError, match="Reading has a field 'amperes', and the result has no such column"):
        made(rows.class_row(Reading), ["site"], ("a",))
    assert made(rows.class_row(Reading), ["site", "amperes", "unit"], ("a", 1.0, "mA")).unit == "mA"
    assert made(rows.class_row(Loose), ["b", "a"], (1, 2)).values == {"b": 1, "a": 2}
