"""Databases, tables and what SHOW and information_schema tell of them."""

import pytest
from engine import rows, run, session

from taosnative.embedded.protocol import EngineError
from taosnative.embedded.tokens import RESERVED, Reader, lower_unquoted, tokenize


@pytest.fixture
def opened():
    opened = session()
    run(opened, "create database d keep 10 vgroups 1 precision 'us'", "use d")
    yield opened
    opened.close()


def refusal(opened, sql):
    with pytest.raises(EngineError) as caught:
        opened.execute(sql)
    return caught.value.code, caught.value.message


def test_options_are_kept_and_told(opened):
    ((_, text),) = rows(opened, "show create database d")
    assert "KEEP 10d,10d,10d" in text
    assert "PRECISION 'us'" in text
    run(opened, "alter database d keep 30h")
    assert "KEEP 30h,30h,30h" in rows(opened, "show create database d")[0][1]
    assert refusal(opened, "create table t (ts timestamp)")[0] == 0x8000263F
    run(opened, "create table t (ts timestamp, a int)")
    assert refusal(opened, "insert into t values (now - 31h, 1)")[0] == 0x8000060B


def test_what_show_create_tells_makes_the_same_table(opened):
    run(
        opened,
        "create stable st (ts timestamp, k int primary key, v varchar(9) encode 'disabled' compress 'lz4' level 'high',"
        " x varbinary(5), g geometry(100)) tags (a bool, b nchar(4), `C d` double) comment 'it'",
        "create table `Child One` using st tags (true, '汉', null)",
    )
    told = {name: rows(opened, f"show create table {name}")[0][1] for name in ("st", "`Child One`")}
    described = rows(opened, "describe st")
    run(opened, "drop table st", told["st"], told["`Child One`"])
    assert rows(opened, "describe st") == described
    assert rows(opened, "show create table `Child One`")[0][1] == told["`Child One`"]


def test_system_tables_tell_of_every_table(opened):
    run(
        opened,
        "create stable st (ts timestamp, a int, v varchar(9)) tags (k int, f float, s nchar(4))",
        "create table c1 using st tags (1, 1.5, 'x') c2 using st (k) tags (2)",
        "create table n (ts timestamp, a int) comment 'a note'",
    )
    tables = "select table_name, stable_name, columns, type, table_comment from information_schema.ins_tables"
    assert sorted(rows(opened, tables + " where db_name = 'd'")) == [
        ("c1", "st", 3, "CHILD_TABLE", None),
        ("c2", "st", 3, "CHILD_TABLE", None),
        ("n", None, 2, "NORMAL_TABLE", "a note"),
    ]
    tags = "select table_name, tag_name, tag_type, tag_value from information_schema.ins_tags where stable_name = 'st'"
    assert [row for row in rows(opened, tags) if row[0] == "c1"] == [
        ("c1", "k", "INT", "1"),
        ("c1", "f", "FLOAT", "1.50000"),
        ("c1", "s", "NCHAR(4)", "x"),
    ]
    databases = "select name, ntables, `vgroups`, `precision`, `keep` from information_schema.ins_databases"
    assert rows(opened, databases) == [("d", 3, 1, "us", "10d,10d,10d")]
    assert rows(opened, "show table tags k, tbname from st") == [(1, "c1"), (2, "c2")]
    assert rows(opened, "show d.tables like '_1'") == [("c1",)]
    assert rows(opened, "show tags from c2 from d")[0][5] == "2"


@pytest.mark.parametrize(
    "name",
    [
        "ins_databases",
        "ins_stables",
        "ins_columns",
        "ins_users",
        "ins_vgroups",
        "ins_indexes",
        "ins_dnodes",
        "ins_mnodes",
        "ins_cluster",
        "ins_grants",
        "ins_functions",
        "ins_topics",
        "ins_streams",
        "ins_views",
        "ins_subscriptions",
    ],
)
def test_every_system_table_can_be_read(opened, name):
    run(opened, "create stable st (ts timestamp, a int) tags (k int)")
    outcome = opened.execute(f"select * from information_schema.{name}")
    assert all(len(row) == len(outcome.columns) for row in outcome.stream.fetch_rows())


def test_system_tables_can_be_listed_and_described(opened):
    run(opened, "use information_schema")
    assert ("ins_tables",) in rows(opened, "show tables")
    assert rows(opened, "describe ins_users")[0] == ("name", "VARCHAR", 24, "")
    assert refusal(opened, "select * from nosuch")[0] == 0x80002603


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("create table t (ts timestamp, a int, v varchar(65518))", 0x80002642),
        ("create table t (ts timestamp, v varchar(65517), w varchar(100))", 0x8000263E),
        ("create stable t (ts timestamp, a int) tags (s varchar(16383))", 0x8000263D),
        ("create stable t (ts timestamp, a int)", 0x80002601),
        ("create table t using", 0x80002601),
        ("create table a.b.c (ts timestamp, a int)", 0x80002600),
        ("create database x keep 0", 0x80002619),
        ("create database x nosuch 1", 0x80002600),
        ("alter table st drop tag k", 0x80002649),
        ("alter table st modify column a bigint", 0x8000264B),
        ("alter table st rename column a b", 0x80002649),
        ("alter table st add column j json", 0x80002652),
        ("alter table st add tag j json", 0x80002633),
        ("alter table st add column k int", 0x8000263C),
        ("alter table nosuch add column a int", 0x80002603),
        ("alter table n set tag a = 1", 0x80002649),
        ("drop stable n", 0x80000362),
        ("show variables", 0x80000100),
        ("create snode on dnode 1", 0x80000100),
        ("balance vgroup", 0x80000100),
        ("create stable st (ts timestamp, a int) tags (k int)", 0x80000360),
        ("create stable n (ts timestamp, a int) tags (k int)", 0x80000603),
    ],
)
def test_what_is_refused(opened, statement, code):
    run(opened, "create stable st (ts timestamp, a int) tags (k int)", "create table n (ts timestamp, a int)")
    before = rows(opened, "describe st"), rows(opened, "show tables")
    assert refusal(opened, statement)[0] == code
    assert (rows(opened, "describe st"), rows(opened, "show tables")) == before


def test_altered_tables_keep_their_rows(opened):
    run(
        opened,
        "create stable st (ts timestamp, a int, v varchar(4)) tags (k int, s varchar(4))",
        "insert into c using st tags (1, 'x') values (now, 1, 'abcd')",
        "alter stable st add column b double",
        "alter stable st drop column a",
        "alter stable st modify column v varchar(8)",
        "alter stable st add tag t timestamp",
        "alter stable st rename tag s site",
        "alter table c set tag site = 'y', t = '2020-09-13 12:26:40'",
        "insert into c values (now + 1s, 'abcdefgh', 2.5)",
    )
    assert rows(opened, "select v, b, k, site, cast(t as bigint) from st order by ts") == [
        ("abcd", None, 1, "y", 1_600_000_000_000_000),
        ("abcdefgh", 2.5, 1, "y", 1_600_000_000_000_000),
    ]


def test_names_are_lower_case_unless_quoted(opened):
    run(opened, "CREATE TABLE Mixed (TS timestamp, `A` int, a int)", "insert into MIXED (ts, `A`) values (now, 1)")
    assert rows(opened, "select `A`, A from mixed") == [(1, None)]
    assert refusal(opened, "create table `mixed` (ts timestamp, a int)")[0] == 0x80000603


# The tokens that statements are made of.


def test_tokens_have_their_places():
    text = "select `A b`, 'it''s', 1.5e3, 10d, x->'k' -- end\n from t /* no */"
    tokens = tokenize(text)
    assert [(token.kind, token.value) for token in tokens[:6]] == [
        ("id", "select"),
        ("quoted", "A b"),
        ("op", ","),
        ("string", "it's"),
        ("op", ","),
        ("number", "1.5e3"),
    ]
    assert all(
        text[token.start : token.end].lower().startswith(token.value[:1]) for token in tokens if token.kind == "id"
    )
    assert tokens[-1].kind == "end"


def test_case_is_lost_outside_quotes_alone():
    assert lower_unquoted("SELECT 'A' \"B\" `C` D") == "select 'A' \"B\" `C` d"


def test_a_reader_refuses_reserved_words_as_names():
    assert "select" in RESERVED
    assert Reader("`select`").name() == "select"
    with pytest.raises(EngineError) as caught:
        Reader("select").name()
    assert caught.value.message == 'syntax error near "select"'


def test_messages_are_as_long_as_the_driver_can_tell():
    with pytest.raises(EngineError) as caught:
        Reader("x" + "汉" * 300).end()
    assert len(caught.value.message.encode()) <= 511
