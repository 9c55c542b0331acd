"""Queries of the embedded engine that no recording has: zones, partitions, long conditions, refusals."""

import pytest

from taosnative.embedded import server
from taosnative.embedded.protocol import EngineError

NOON = 1_600_000_000_000


@pytest.fixture
def session():
    session = server.connect("embedded:?clock=2026-11-24T13:00:00Z#queries", None, None, None)
    session.execute("create database d")
    session.execute("use d")
    session.execute("create table m (ts timestamp, a int, f float, v varchar(8)) tags (site varchar(8), no int)")
    session.execute(
        f"insert into m1 using m tags ('north', 1) values ({NOON}, 1, 1.1, 'x') ({NOON + 1000}, null, null, null) "
        f"({NOON + 9000}, 7, 2.5, '7up') m2 using m tags ('south', 2) values ({NOON + 500}, 2, 8.72, 'y')"
    )
    session.execute("create table m3 using m tags ('empty', 3)")
    yield session
    session.close()


def rows(session, sql):
    plan = session.compile(sql)
    return session.server.connection.cursor().execute(plan.sql).fetchall()


def refused(session, sql):
    with pytest.raises(EngineError) as refusal:
        session.compile(sql)
    return refusal.value.code, refusal.value.message


def test_a_comparison_with_null_is_false_and_its_negation_true(session):
    assert rows(session, "select a > 0, not a > 0 from m1") == [(True, False), (False, True), (True, False)]
    assert rows(session, "select count(*) from m1 where not a > 5") == [(2,)]
    assert rows(session, "select count(*) from m1 where a not in (1)") == [(1,)]


def test_a_float_column_equals_the_literal_that_was_written_into_it(session):
    assert rows(session, "select a from m where f = 8.72") == [(2,)]
    assert rows(session, "select count(*) from m where f in (1.1, 8.72)") == [(2,)]


def test_a_long_condition_and_a_long_list_run(session):
    condition = " or ".join(f"a = {number}" for number in range(3000))
    assert rows(session, f"select count(*) from m where {condition}") == [(3,)]
    listed = ", ".join(map(str, range(20_000)))
    assert rows(session, f"select count(*) from m where a in ({listed})") == [(3,)]


def test_what_nests_too_deep_is_refused(session):
    code, message = refused(session, f"select {'(' * 3000}1{')' * 3000}")
    assert code == 0x80000100
    assert "not emulated by the embedded engine" in message


def test_tables_without_rows_are_among_the_distinct_tags(session):
    assert rows(session, "select distinct tbname from m order by tbname") == [("m1",), ("m2",), ("m3",)]
    assert rows(session, "select tags site from m3") == [("empty",)]
    assert rows(session, "select tbname, count(*) from m group by tbname order by tbname") == [("m1", 3), ("m2", 1)]


def test_a_limit_is_each_partitions_unless_the_whole_is_ordered(session):
    query = "select tbname, a from m partition by tbname"
    assert sorted(rows(session, f"{query} limit 1")) == [("m1", 1), ("m2", 2)]
    assert rows(session, f"{query} order by a desc limit 1") == [("m1", 7)]
    assert refused(session, "select diff(a) from m partition by tbname limit 1")[0] == 0x80000100


def test_days_and_months_begin_at_the_sessions_midnight(session):
    session.set_timezone("Asia/Shanghai")
    session.execute("insert into m1 values ('2024-03-01 00:30:00', 1, 1, 'x')")
    night = 1_709_222_400_000
    assert rows(session, "select _wstart from m1 where ts > '2024-03-01' interval(1d)") == [(night,)]
    assert rows(session, "select _wstart from m1 where ts > '2024-03-01' interval(1n)") == [(night,)]
    assert rows(session, "select timetruncate(ts, 1d) from m1 where ts > '2024-03-01'") == [(night,)]
    assert rows(session, "select ts + 1n from m1 where ts > '2024-03-01'") == [(night + 31 * 86_400_000 + 1_800_000,)]
    assert rows(session, "select to_iso8601(ts) from m1 where ts > '2024-03-01'") == [("2024-03-01T00:30:00.000+0800",)]


def test_each_partition_is_filled(session):
    query = (
        f"select tbname, _wstart, sum(a) from m where ts >= {NOON} and ts < {NOON + 10_000} "
        "partition by tbname interval(5s) fill(value, -1) order by tbname, _wstart"
    )
    assert rows(session, query) == [
        ("m1", NOON, 1), ("m1", NOON + 5000, 7), ("m2", NOON, 2), ("m2", NOON + 5000, -1),
    ]  # fmt: skip


def test_a_window_slides_over_the_rows_of_the_next(session):
    found = rows(session, "select _wstart, count(*) from m1 interval(2s) sliding(1s)")
    assert found == [(NOON - 1000, 1), (NOON, 2), (NOON + 1000, 1), (NOON + 8000, 1), (NOON + 9000, 1)]


def test_the_row_of_an_extreme_has_its_other_columns(session):
    assert rows(session, "select ts, v, max(a) from m1") == [(NOON + 9000, "7up", 7)]
    assert rows(session, "select last(a), ts from m1") == [(7, NOON + 9000)]
    assert refused(session, "select ts, max(a), min(a) from m1")[0] == 0x8000260C


def test_rows_come_in_the_order_of_time_though_written_out_of_it(session):
    session.execute(f"insert into m1 values ({NOON + 4000}, 4, 4, 'late')")
    times = [row[0] for row in rows(session, "select ts from m1")]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        ("select nope from m", 0x80002602, "Invalid column name: nope"),
        ("select * from nope", 0x80002603, "Fail to get table info, error: Table does not exist"),
        ("select abs(v) from m", 0x80002802, "Invalid parameter data type : abs"),
        ("select abs() from m", 0x80002801, "Invalid number of parameters : abs"),
        ("select a from m group by v", 0x8000260A, "Not a GROUP BY expression"),
        ("select sum(max(a)) from m", 0x80002627, "Aggregate functions do not support nesting"),
        ("select a from m1, m2 where m1.a = 1", 0x80002701,
         "primary timestamp equal condition is expected in join conditions"),
        ("explain select 1", 0x80000100, "EXPLAIN is not emulated by the embedded engine"),
    ],
)  # fmt: skip
def test_refusals_have_tdengines_code_and_words(session, sql, code, message):
    assert refused(session, sql) == (code, message)


def test_hostile_text_stays_text(session):
    quoted = "a''; drop table data_2; --"
    assert rows(session, f"select '{quoted}', count(*) from m1 where v = '{quoted}'") == [
        ("a'; drop table data_2; --", 0)
    ]
    assert rows(session, "select count(*) from m") == [(4,)]
