"""What a row overwrites, by TDengine's rules for cells that have a value, are NULL, or were not given."""

import pytest
from engine import column, rows, run, session
from hypothesis import given, settings
from hypothesis import strategies as st

from taosnative.embedded.protocol import BoundTable, EngineError

T = 1_600_000_000_000


@pytest.fixture
def opened():
    opened = session()
    run(
        opened,
        "create database d",
        "use d",
        "create table n (ts timestamp, a int, v varchar(10))",
        "create stable m (ts timestamp, a int) tags (k int)",
    )
    yield opened
    opened.close()


def table(opened, name):
    return opened.server.catalog.databases["d"].tables[name]


def bind(opened, sql, *tables):
    statement = opened.prepare(sql)
    statement.bind(tables)
    return statement.execute().affected


def test_a_newer_write_wins_and_what_is_not_given_stays(opened):
    run(opened, f"insert into n values ({T}, 1, 'x')", f"insert into n (ts, v) values ({T}, 'y')")
    assert rows(opened, "select a, v from n") == [(1, "y")]
    run(opened, f"insert into n (ts, v) values ({T}, null)")
    assert rows(opened, "select a, v from n") == [(1, None)]


def test_in_one_text_the_last_value_wins_over_a_null(opened):
    assert run(opened, f"insert into n values ({T}, 1, 'x') ({T}, 2, null) ({T}, null, null)") == 1
    assert rows(opened, "select a, v from n") == [(2, "x")]


def test_in_one_text_clauses_with_other_columns_are_joined(opened):
    assert run(opened, f"insert into n (ts, a) values ({T}, 1) n (ts, v) values ({T}, 'x') ({T + 1}, 'y')") == 2
    assert rows(opened, "select a, v from n") == [(1, "x"), (None, "y")]


def test_in_one_bind_a_later_null_replaces_and_what_is_not_given_keeps(opened):
    cells = [
        column("TIMESTAMP", [T, T, T + 1, T + 1]),
        column("INT", [1, None, 5, 6]),
        column("VARCHAR", ["x", None, "p", None], not_given=[1]),
    ]
    assert bind(opened, "insert into n values (?, ?, ?)", BoundTable(None, None, cells)) == 2
    assert rows(opened, "select a, v from n") == [(None, "x"), (6, None)]


def test_not_given_keeps_what_an_earlier_write_left(opened):
    run(opened, f"insert into n values ({T}, 1, 'x')")
    cells = [column("TIMESTAMP", [T]), column("INT", [9]), column("VARCHAR", [None], not_given=[0])]
    assert bind(opened, "insert into n values (?, ?, ?)", BoundTable(None, None, cells)) == 1
    assert rows(opened, "select a, v from n") == [(9, "x")]


def test_a_composite_key_is_time_and_column(opened):
    run(opened, "create table k (ts timestamp, p int primary key, a int)")
    assert run(opened, f"insert into k values ({T}, 1, 10) ({T}, 2, 20) ({T}, 1, 30)") == 2
    run(opened, f"insert into k values ({T}, 2, 21)")
    assert rows(opened, "select p, a from k order by p") == [(1, 30), (2, 21)]


def test_tables_stay_ordered_as_long_as_rows_come_in_order(opened):
    run(opened, f"insert into n values ({T + 9}, 1, 'x') ({T + 5}, 2, 'y')")
    assert (table(opened, "n").ordered, table(opened, "n").last_key) == (True, T + 9)
    run(opened, f"insert into n values ({T + 9}, 3, 'z') ({T + 10}, 4, 'w')")
    assert (table(opened, "n").ordered, table(opened, "n").last_key) == (True, T + 10)
    run(opened, f"insert into n values ({T + 7}, 5, 'v')")
    assert table(opened, "n").ordered is False
    assert [row[0] for row in rows(opened, "select a from n")] == [2, 5, 3, 4]


def test_children_of_one_super_table_do_not_mix(opened):
    run(opened, f"insert into m1 using m tags (1) values ({T}, 1) m2 using m tags (2) values ({T}, 2)")
    run(opened, f"insert into m1 values ({T}, 10) m2 values ({T + 1}, 20)")
    assert rows(opened, "select tbname, a from m order by tbname, ts") == [("m1", 10), ("m2", 2), ("m2", 20)]


def test_one_bind_of_many_tables_and_of_one_table_twice(opened):
    tables = [
        BoundTable(name, [column("INT", [1])], [column("TIMESTAMP", [key]), column("INT", [value])])
        for name, key, value in (("a", T, 1), ("b", T, 2), ("a", T + 1, 3), ("a", T, 4))
    ]
    assert bind(opened, "insert into ? using m tags (?) values (?, ?)", *tables) == 3
    assert rows(opened, "select tbname, a from m order by tbname, ts") == [("a", 4), ("a", 3), ("b", 2)]


@pytest.mark.parametrize("key", [-1, T - 3650 * 86_400_000, 10**16])
def test_a_time_out_of_the_window_leaves_nothing_of_the_statement(opened, key):
    with pytest.raises(EngineError) as refused:
        run(opened, f"insert into n values ({T}, 1, 'x') ({key}, 1, 'x')")
    assert refused.value.code == 0x8000060B
    assert rows(opened, "select * from n") == []


def test_delete_moves_the_last_key_back(opened):
    run(opened, f"insert into n values ({T}, 1, 'x') ({T + 5}, 2, 'y')")
    assert run(opened, f"delete from n where ts > {T}") == 1
    assert table(opened, "n").last_key == T
    assert run(opened, "delete from n") == 1
    assert table(opened, "n").last_key is None


def test_delete_takes_times_tags_and_brackets(opened):
    run(opened, f"insert into m1 using m tags (1) values ({T}, 1) m2 using m tags (2) values ({T}, 2) ({T + 9}, 3)")
    assert run(opened, f"delete from m where k = 2 and (ts between {T + 1} and now() or ts < 0)") == 1
    assert rows(opened, "select a from m order by a") == [(1,), (2,)]
    assert run(opened, "delete from m where tbname = 'm2'") == 1
    for refused in ("delete from m where a = 1", "delete from m where nosuch = 1", "delete from n where tbname = 'n'"):
        with pytest.raises(EngineError):
            run(opened, refused)


def test_dropped_children_take_their_rows_with_them(opened):
    run(opened, f"insert into m1 using m tags (1) values ({T}, 1) m2 using m tags (2) values ({T}, 2)", "drop table m1")
    assert rows(opened, "select a from m") == [(2,)]
    run(opened, "create table m1 using m tags (3)")
    assert rows(opened, "select count(*) from m1") == [(0,)]


# Any series of writes and deletions leaves what TDengine's rules say.

cell = st.one_of(st.none(), st.integers(0, 9))
rows_of_a_write = st.lists(
    st.tuples(st.sampled_from(["m1", "m2"]), st.integers(0, 6), cell, cell), min_size=1, max_size=6
)
writes = st.one_of(
    st.tuples(st.just("text"), rows_of_a_write),
    st.tuples(st.just("bind"), rows_of_a_write, st.sets(st.tuples(st.integers(0, 5), st.sampled_from("ab")))),
    st.tuples(st.just("delete"), st.sampled_from(["m1", "m2", "p"]), st.integers(0, 6)),
)


class Model:
    """Two child tables with columns a and b, as dicts by table and key."""

    def __init__(self):
        self.rows = {}

    def text(self, batch):
        merged = {}
        for name, key, a, b in batch:
            row = merged.setdefault((name, key), {"a": None, "b": None})
            row.update({column: value for column, value in (("a", a), ("b", b)) if value is not None})
        self.rows.update(merged)
        return len(merged)

    def bind(self, batch, not_given):
        merged = {}
        for number, (name, key, a, b) in enumerate(batch):
            row = merged.setdefault((name, key), {})
            row.update({column: value for column, value in (("a", a), ("b", b)) if (number, column) not in not_given})
        for place, row in merged.items():
            self.rows.setdefault(place, {"a": None, "b": None}).update(row)
        return len(merged)

    def delete(self, name, key):
        gone = [place for place in self.rows if (name in (place[0], "p")) and place[1] >= key]
        for place in gone:
            del self.rows[place]
        return len(gone)


def write_text(opened, batch):
    told = (f"{name} values ({T + key}, {sql(a)}, {sql(b)})" for name, key, a, b in batch)
    return run(opened, "insert into " + " ".join(told))


def sql(value):
    return "null" if value is None else value


def write_bind(opened, batch, not_given):
    tables = [
        BoundTable(
            name,
            None,
            [
                column("TIMESTAMP", [T + key]),
                column("INT", [a], [0] if (number, "a") in not_given else []),
                column("INT", [b], [0] if (number, "b") in not_given else []),
            ],
        )
        for number, (name, key, a, b) in enumerate(batch)
    ]
    return bind(opened, "insert into ? values (?, ?, ?)", *tables)


@settings(max_examples=60, deadline=None)
@given(st.lists(writes, min_size=1, max_size=8))
def test_any_series_of_writes_leaves_what_the_rules_say(series):
    opened, model = session(), Model()
    run(opened, "create database d", "use d", "create stable p (ts timestamp, a int, b int) tags (k int)")
    run(opened, "create table m1 using p tags (1) m2 using p tags (2)")
    for kind, *arguments in series:
        if kind == "text":
            assert write_text(opened, *arguments) == model.text(*arguments)
        elif kind == "bind":
            assert write_bind(opened, *arguments) == model.bind(*arguments)
        else:
            name, key = arguments
            assert run(opened, f"delete from {name} where ts >= {T + key}") == model.delete(name, key)
    for name in ("m1", "m2"):
        keys = sorted(key for table, key in model.rows if table == name)
        expected = [(T + key, *model.rows[name, key].values()) for key in keys]
        assert rows(opened, f"select cast(ts as bigint), a, b from {name}") == expected
        assert table(opened, name).last_key == (T + keys[-1] if keys else None)
        physical = table(opened, name)
        lying = opened.server.writer.execute(
            f"select c0 from {physical.parent.data} where tid = {physical.tid}"
        ).fetchall()
        assert not physical.ordered or lying == sorted(lying)
    opened.close()
