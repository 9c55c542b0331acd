"""Values that are bound to question marks: by their Python types, exactly or not at all, and never as SQL."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest

import taosnative
from taosnative.errors import DataError, NotSupportedError, ProgrammingError

INT, BIGINT, VARCHAR, TIMESTAMP, BIGINT_UNSIGNED = 4, 5, 8, 9, 14
NUMBER = ("a", INT, 4, "column", 0, 0)
MOMENT = dt.datetime(2026, 1, 1, 0, 0, 0, 123456, dt.UTC)


@pytest.fixture
def plant():
    """A table with microseconds, in a zone eight hours before UTC, and one row."""
    with taosnative.connect("embedded:?timezone=Asia/Shanghai") as connection:
        connection.execute("create database p precision 'us' keep 36500")
        connection.select_db("p")
        connection.execute(
            "create table t (ts timestamp, a bigint unsigned, b varbinary(10), n nchar(10), f double, x bool)"
        )
        connection.execute("insert into t values (?, ?, ?, ?, ?, ?)", [MOMENT, 2**64 - 1, b"\0\1", "旧", 1.5, True])
        yield connection


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("a", 2**64 - 1),
        ("a", np.uint64(2**64 - 1)),
        ("b", b"\0\1"),
        ("b", bytearray(b"\0\1")),
        ("n", "旧"),
        ("n", np.str_("旧")),
        ("f", 1.5),
        ("f", np.float32(1.5)),
        ("f", decimal.Decimal("1.5")),
        ("x", True),
        ("x", np.True_),
        ("ts", MOMENT),
        ("ts", dt.datetime(2026, 1, 1, 8, 0, 0, 123456)),
        ("ts", np.datetime64("2026-01-01T00:00:00.123456")),
        ("ts", np.datetime64("2026-01-01T00:00:00.123456000")),
        ("ts", pd.Timestamp("2026-01-01T00:00:00.123456Z")),
    ],
)
def test_a_value_finds_the_row_that_has_it(plant, column, value):
    sql = f"select count(*) from t where {column} = ?"
    assert plant.query(sql, [value]).rows() == [(1,)]
    with plant.prepare(sql) as statement:
        statement.bind([[value]])
        statement.execute()
        assert statement.result().rows() == [(1,)]


def test_a_date_is_its_midnight_in_the_zone_of_the_connection(plant):
    sql = "select count(*) from t where ts > ?"
    assert plant.query(sql, [dt.date(2026, 1, 1)]).rows() == [(1,)]
    assert plant.query(sql, [dt.date(2026, 1, 2)]).rows() == [(0,)]


@pytest.mark.parametrize("value", [None, pd.NA, pd.NaT, np.datetime64("NaT")])
def test_null_is_bound_and_equals_nothing(plant, value):
    assert plant.query("select a from t where a = ?", [value]).rows() == []
    assert plant.query("select ?", [value]).rows() == [(None,)]


def test_text_that_looks_like_sql_is_a_value(plant):
    assert plant.query("select a from t where n = ?", ["' or 1 = 1 --"]).rows() == []


def test_a_time_finer_than_those_of_the_table_is_refused(plant):
    finer = np.datetime64("2026-01-01T00:00:00.123456789")
    with pytest.raises(DataError, match="a time in ns, and what is queried has times in us"):
        plant.query("select a from t where ts <= ?", [finer])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2**64, "beyond BIGINT"),
        (float("nan"), "no number"),
        (float("inf"), "no number"),
        (decimal.Decimal("NaN"), "no number"),
        (decimal.Decimal("0.12345678901234567890"), "more digits than a DOUBLE"),
        ("a\0b", "NUL"),
        ([1], "is a list"),
        (dt.timedelta(1), "is a duration"),
        (np.timedelta64(1, "s"), "is a duration"),
        (np.longdouble(1), "is a longdouble"),
        (1j, "is a complex"),
        (dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=8))), "years 1 to 9999"),
        (dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-8))), "years 1 to 9999"),
        (dt.datetime.min, "years 1 to 9999"),
        (np.datetime64("2026-01-01T00:00:00.1", "ps"), "datetime64"),
        (np.datetime64("12026-01-01"), "years 0 to 9999"),
    ],
)
def test_a_value_that_cannot_be_bound_exactly_is_refused(plant, value, message):
    with pytest.raises(DataError, match=f"parameter 0: .*{message}"):
        plant.query("select a from t where f = ?", [value])


@pytest.mark.parametrize(
    ("sql", "params", "error", "message"),
    [
        ("select ?", [], ProgrammingError, "1 question marks, and 0 parameters"),
        ("select 1", [1], ProgrammingError, "0 question marks, and 1 parameters"),
        ("select ?", "x", ProgrammingError, "such as .value., not a str"),
        ("select ?", {1}, ProgrammingError, "not a set"),
        ("select ?", 1, ProgrammingError, "not a int"),
        ("select ?", {"a": 1}, ProgrammingError, "no names, such as :name"),
        ("select :b", {"a": 1}, ProgrammingError, "has :b, and the parameters have no 'b'"),
        ("select :a, ?", {"a": 1}, ProgrammingError, "question marks beside :a"),
        ("select ?", [1, 2], ProgrammingError, "1 question marks, and 2 parameters"),
        ("drop table ?", ["t"], NotSupportedError, "not to those of DROP"),
        ("show tables like :t", {"t": "x"}, NotSupportedError, "not to those of SHOW"),
        ("delete from t where a = ?", [1], NotSupportedError, "not to those of DELETE"),
        ("create table z (ts timestamp, ? int)", ["a"], NotSupportedError, "not to those of CREATE"),
        ("insert into t values (?, 5)", [1], ProgrammingError, "1 literals beside"),
        ("insert into t values (?, ?), (?, ?)", [1, 2, 3, 4], ProgrammingError, "one row of one table"),
    ],
)
def test_what_does_not_fit_the_statement_is_refused_before_anything_is_sent(conn, fault, sql, params, error, message):
    calls = fault.calls("taos_stmt2_init")
    with pytest.raises(error, match=message):
        conn.execute(sql, params)
    assert fault.calls("taos_stmt2_init") == calls


def test_values_are_found_by_their_names(plant):
    sql = "select x, ':a', x as `:b` from t where a >= :a and (f = :f or f = :f) -- :c\n and n = :N"
    result = plant.query(sql, {"a": 7, "f": 1.5, "N": "旧", "more": object()})
    assert [field.name for field in result.schema][2] == ":b"
    assert result.rows() == [(True, ":a", True)]
    assert plant.execute("insert into t (ts, a) values (:ts, :a)", {"ts": "2026-01-02", "a": 5}) == 1
    assert plant.query("select count(*) from t", {}).rows() == [(2,)]


def test_an_integer_that_its_column_does_not_hold_is_refused_and_none_is_written(plant):
    with pytest.raises(DataError, match="column 'a', row 0: -1 is beyond what 64 bits without a sign hold"):
        plant.execute("insert into t (ts, a) values (?, ?)", ["2026-01-02", -1])
    assert plant.query("select count(*) from t", ()).rows() == [(1,)]


def test_decimals_become_the_number_that_they_are(plant):
    sql = "insert into t (ts, a, f) values (?, ?, ?)"
    assert plant.execute(sql, ["2026-01-02", decimal.Decimal("3.0"), decimal.Decimal("0.1")]) == 1
    assert plant.query("select a, f from t where f = ?", [decimal.Decimal("0.1")]).rows() == [(3, 0.1)]
    for row, message in [
        (["2026-01-03", decimal.Decimal("3.5"), 0], "column 'a': .*no whole number"),
        (["2026-01-03", decimal.Decimal("Infinity"), 0], "column 'a': .*no whole number"),
        (
            ["2026-01-03", 1, decimal.Decimal("0.12345678901234567890")],
            "column 'f': .*none of the numbers that a DOUBLE holds",
        ),
        (["2026-01-03", 1, decimal.Decimal("NaN")], "column 'f': .*none of the numbers that a DOUBLE holds"),
    ]:
        with pytest.raises(DataError, match=message):
            plant.execute(sql, row)
    assert plant.query("select count(*) from t", ()).rows() == [(2,)]


def test_a_table_that_is_a_parameter_alone_leaves_the_types_unknown(plant):
    with pytest.raises(ProgrammingError, match="types of the columns are not known") as caught:
        plant.execute("insert into ? values (?, ?, ?, ?, ?, ?)", ["t", MOMENT, 1, b"", "", 1.5, True])
    assert caught.value.code == 0x8000022B


def test_no_parameters_for_no_marks_is_a_plain_statement(plant):
    assert plant.query("select count(*) from t", ()).rows() == [(1,)]


def test_an_insert_makes_the_child_table_that_is_named(plant):
    plant.execute("create stable m (ts timestamp, v int) tags (site varchar(10))")
    assert plant.execute("insert into ? using m tags (?) values (?, ?)", ["d1", "north", MOMENT, np.int16(7)]) == 1
    assert plant.query("select tbname, site, v from m where ts = ?", [MOMENT]).rows() == [("d1", "north", 7)]
    with pytest.raises(ProgrammingError, match="no result: use execute"):
        plant.query("insert into d1 values (?, ?)", [MOMENT, 1])


def test_the_statement_behind_a_result_ends_with_it(plant):
    with plant.query("select a from t where a > ?", [0]) as result:
        assert len(result.rows()) == 1
    assert result.closed
    stopped = plant.query("select a from t where a > ?", [0])
    stopped.close()
    assert plant.query("select a from t where a > ?", [0]).rows() == [(2**64 - 1,)]


@pytest.mark.parametrize("function", ["taos_stmt2_prepare", "taos_stmt2_bind_param", "taos_stmt2_exec"])
def test_a_failure_leaves_no_statement_behind(conn, fault, function):
    fault.tell_fields(NUMBER)
    fault.fail(function, 0x80000216, "no")
    with pytest.raises(ProgrammingError):
        conn.query("select a from t where a = ?", [1])
    assert fault.live("statements") == 0


def test_integers_are_bound_in_the_width_that_holds_them(conn, fault):
    fault.tell_fields(NUMBER, NUMBER)
    conn.execute("select a from t where a > ? and a < ?", [-1, 2**63])
    assert [bind.type for bind in fault.bound()] == [BIGINT, BIGINT_UNSIGNED]
    assert fault.live("statements") == 0
