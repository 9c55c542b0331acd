"""Statements with marks below the C functions: what is refused when it is bound, and what is kept."""

import pytest
from engine import column, rows, run, session

from taosnative.embedded.protocol import BoundTable, EngineError

T = 1_600_000_000_000


@pytest.fixture
def opened():
    opened = session()
    run(
        opened,
        "create database d",
        "use d",
        "create table n (ts timestamp, a int, v varchar(4))",
        "create stable m (ts timestamp, a int, c nchar(3)) tags (k int, s varchar(4), b nchar(2))",
        "create stable j (ts timestamp, a int) tags (info json)",
    )
    yield opened
    opened.close()


def tags(k=1, s="x", b="汉"):
    return [column("INT", [k]), column("VARCHAR", [s]), column("NCHAR", [b])]


def cells(values=(1,), start=T):
    return [column("TIMESTAMP", [start + n for n in range(len(values))]), column("INT", list(values))]


def refusal(statement, *tables):
    with pytest.raises(EngineError) as caught:
        statement.bind(tables)
    return caught.value.code, caught.value.message


def test_names_of_bound_tables(opened):
    statement = opened.prepare("insert into ? using m tags (?, ?, ?) (ts, a) values (?, ?)")
    names = ["plain", "`Odd Name`", "d.dotted", "`d`.`Both`", "UPPER"]
    statement.bind([BoundTable(name, tags(), cells()) for name in names])
    assert statement.execute().affected == 5
    assert [name for (name,) in rows(opened, "show tables")] == ["n", "plain", "Odd Name", "dotted", "Both", "UPPER"]


@pytest.mark.parametrize(
    ("bound_tags", "message"),
    [
        (tags(s="12345"), "tag length is too big"),
        (tags(b="三个字"), "tag length is too big"),
        ([*tags(s=None)[:1], column("INT", [1]), *tags()[2:]], "column type mis-match with buffer type"),
        ([*tags()[:2], column("NCHAR", [b"\xff"])], "syntax error near 'Unknown error -2130771884'"),
    ],
)
def test_tags_that_do_not_fit(opened, bound_tags, message):
    statement = opened.prepare("insert into ? using m tags (?, ?, ?) (ts, a) values (?, ?)")
    assert refusal(statement, BoundTable("m1", bound_tags, cells()))[1] == message
    assert rows(opened, "show tables") == [("n",)]


def test_json_tags_are_normalised(opened):
    statement = opened.prepare("insert into ? using j tags (?) values (?, ?)")
    statement.bind([BoundTable("j1", [column("JSON", ['{"b": 1, "a": 2}'])], cells())])
    statement.execute()
    assert rows(opened, "select info from j") == [('{"a":2,"b":1}',)]


def test_tables_named_once_and_columns_bound_later(opened):
    statement = opened.prepare("insert into ? using m tags (?, ?, ?) (ts, a) values (?, ?)")
    statement.bind([BoundTable("m1", tags(), None)])
    statement.bind([BoundTable(None, None, cells((1, 2)))])
    assert statement.execute().affected == 2


def test_rows_of_many_super_tables_in_one_statement(opened):
    run(opened, "create table m1 using m tags (1, 'x', 'y')", "create table j1 using j tags (null)")
    statement = opened.prepare("insert into ? (ts, a) values (?, ?)")
    statement.bind(
        [BoundTable("m1", None, cells()), BoundTable("j1", None, cells((5,))), BoundTable("n", None, cells((7,)))]
    )
    assert statement.execute().affected == 3
    assert [rows(opened, f"select a from {name}") for name in ("m1", "j1", "n")] == [[(1,)], [(5,)], [(7,)]]


def test_what_was_bound_is_written_once(opened):
    statement = opened.prepare("insert into n (ts, a) values (?, ?)")
    statement.bind([BoundTable(None, None, cells((1, 2)))])
    assert statement.execute().affected == 2
    assert statement.execute().affected == 0
    statement.bind([BoundTable(None, None, cells((3,), T + 9))])
    statement.close()
    assert statement.execute().affected == 0
    assert rows(opened, "select count(*) from n") == [(2,)]


def test_a_null_in_a_composite_key_is_refused_at_once(opened):
    run(opened, "create table k (ts timestamp, p int primary key, a int)")
    statement = opened.prepare("insert into k values (?, ?, ?)")
    bound = [column("TIMESTAMP", [T]), column("INT", [None]), column("INT", [1])]
    assert refusal(statement, BoundTable(None, None, bound))[0] == 0x8000267B


def test_a_table_that_was_altered_meanwhile(opened):
    statement = opened.prepare("insert into n (ts, a) values (?, ?)")
    assert len(statement.fields()) == 2
    run(opened, "alter table n drop column v", "alter table n add column w double")
    statement.bind([BoundTable(None, None, cells())])
    assert statement.execute().affected == 1
    run(opened, "alter table n drop column a")
    assert refusal(statement, BoundTable(None, None, cells()))[0] == 0x80002602


def test_a_statement_is_read_again_after_a_change_failed(opened, monkeypatch):
    statement = opened.prepare("insert into ? using m tags (?, ?, ?) (ts, a) values (?, ?)")
    statement.bind([BoundTable("m1", tags(), cells())])

    def fail(*_):
        raise EngineError(0x80000102, "Out of memory")

    with monkeypatch.context() as patched:
        patched.setattr("taosnative.embedded.storage.write", fail)
        with pytest.raises(EngineError):
            run(opened, f"insert into n values ({T}, 1, 'x')")
    with pytest.raises(EngineError) as caught:
        statement.execute()
    assert caught.value.code == 0x80000125
    statement.bind([BoundTable("m1", tags(), cells())])
    assert statement.execute().affected == 1
    assert rows(opened, "select tbname, a from m") == [("m1", 1)]


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        ("insert into ? using n tags (?) values (?, ?)", 0x80002603, "Table does not exist"),
        ("insert into ? using m tags (?, 1, ?) values (?, ?, ?)", 0x80000200, "no mix usage for ? and tag values"),
        ("insert into n (ts, ts) values (?, ?)", 0x80000216, "syntax error near 'ts' (duplicated column name)"),
        ("insert into n (a) values (?)", 0x80000200, "Primary timestamp column should not be null"),
        ("insert into n values (?, ?, ?, ?)", 0x8000263F, "Illegal number of columns"),
        ("insert into m (ts, a) values (?, ?)", 0x80000216, None),
        ("insert into ? values (?, ?)", 0x8000022B, "Stmt table name not set"),
    ],
)
def test_texts_that_are_refused(opened, sql, code, message):
    statement = opened.prepare(sql)
    with pytest.raises(EngineError) as caught:
        statement.fields()
    assert caught.value.code == code
    assert message in (None, caught.value.message)


def test_queries_and_other_statements(opened):
    run(opened, f"insert into n values ({T}, 1, 'x') ({T + 1}, 2, 'y')")
    query = opened.prepare("select a from n where v = ?")
    assert [field.kind for field in query.fields()] == [3]
    query.bind([BoundTable(None, None, [column("VARCHAR", ["y"])])])
    assert query.execute().stream.fetch_rows() == [(2,)]
    other = opened.prepare("create table z (ts timestamp, a int)")
    assert (other.is_insert, other.fields()) == (False, [])
    other.execute()
    assert ("z",) in rows(opened, "show tables")
