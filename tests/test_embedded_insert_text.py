"""INSERT text in every form, the fast way and the slow way of reading it, and what is refused in which words."""

import math
from contextlib import suppress

import pytest
from engine import rows, run, session
from hypothesis import given, settings
from hypothesis import strategies as st

from taosnative.embedded.protocol import EngineError

T = 1_600_000_000_000


@pytest.fixture(scope="module")
def opened():
    opened = session()
    run(
        opened,
        "create database d",
        "use d",
        "create stable m (ts timestamp, a int, v varchar(20)) tags (k int, s varchar(8))",
        "create table w (ts timestamp, b bool, i8 tinyint, u64 bigint unsigned, f float, d double, v varchar(30),"
        " n nchar(10), x varbinary(10), g geometry(100))",
        "create table n (ts timestamp, a int, v varchar(30))",
    )
    yield opened
    opened.close()


def refusal(opened, sql):
    with pytest.raises(EngineError) as caught:
        opened.execute(sql)
    return caught.value.code, caught.value.message


def values_of(opened, column, literal):
    run(opened, f"insert into w (ts, {column}) values ({T}, {literal})")
    ((value,),) = rows(opened, f"select {column} from w")
    run(opened, "delete from w")
    return value


@pytest.mark.parametrize(
    ("column", "literal", "value"),
    [
        ("b", "TRUE", True),
        ("b", "'false'", False),
        ("b", "2", True),
        ("b", "NULL", None),
        ("i8", "-128", -128),
        ("i8", "'0x1F'", 31),
        ("i8", "0b101", 5),
        ("i8", "2.5", 3),
        ("i8", "-2.5", -3),
        ("u64", "18446744073709551615", 2**64 - 1),
        ("d", "'-1e-3'", -0.001),
        ("d", ".5", 0.5),
        ("f", "1", 1.0),
        ("v", "'it''s'", "it's"),
        ("v", r"'a\'b\\c\nd'", "a'b\\c\nd"),
        ("v", '"say ""it"""', 'say "it"'),
        ("v", "12.50", "12.50"),
        ("v", "'(a), (b'", "(a), (b"),
        ("n", "'汉😀'", "汉😀"),
        ("n", "'1234567890'", "1234567890"),
        ("x", r"'\x00fF'", b"\x00\xff"),
        ("x", "'bytes'", b"bytes"),
        ("g", "'point(1 2)'", b"\x01\x01\x00\x00\x00" + b"\x00" * 6 + b"\xf0\x3f" + b"\x00" * 7 + b"\x40"),
    ],
)
def test_literals(opened, column, literal, value):
    assert values_of(opened, column, literal) == value


@pytest.mark.parametrize(
    "text",
    [
        f"insert into n values({T},1,'x')",
        f"INSERT INTO d.n(ts,v,a)VALUES({T},'x',1);",
        f"insert into n -- a comment\n (ts, a, v) /* another */ values ( {T} , 1 , 'x' ) ",
        "/* first */ insert into `n` values ('2020-09-13 12:26:40', 1, 'x')",
        f"insert into n values ({T - 1000} + 1s, 1, 'x')",
        f"import into n values ({T},1,'x')",
    ],
)
def test_spellings_of_one_row(opened, text):
    assert run(opened, text) == 1
    assert rows(opened, "select cast(ts as bigint), a, v from n") == [(T, 1, "x")]
    run(opened, "delete from n")


def test_rows_with_and_without_commas_over_several_tables(opened):
    n_rows = run(
        opened,
        f"insert into a1 using m tags (1, 'x') values ({T}, 1, 'p'), ({T + 1}, 2, 'q')({T + 2},3,'r')"
        f" n (ts, a) values ({T}, 9) a2 using d.m (s) tags ('y') (ts, v) values ({T}, 's') a1 (ts) values ({T + 3})",
    )
    assert n_rows == 6
    assert rows(opened, "select tbname, a, v, k, s from m order by tbname, ts") == [
        ("a1", 1, "p", 1, "x"),
        ("a1", 2, "q", 1, "x"),
        ("a1", 3, "r", 1, "x"),
        ("a1", None, None, 1, "x"),
        ("a2", None, "s", None, "y"),
    ]
    run(opened, "delete from n", "drop table a1, a2")


def test_a_table_of_another_super_table_is_refused(opened):
    run(opened, "create stable m2 (ts timestamp, a int) tags (k int)", "create table b1 using m2 tags (1)")
    assert refusal(opened, f"insert into b1 using m tags (1, 'x') values ({T}, 1, 'p')")[0] == 0x8000061D


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("insert into n values (now, 1, 'a') (now, 'x', 'b')", 0x80000216, "syntax error near 'x' (invalid int data)"),
        ("insert into n values (now, 1, 'a') (now, 2)", 0x80000216, "syntax error near ')' (, expected)"),
        ("insert into n values (now, 1, 'a'", 0x80000216, "syntax error near '' () expected)"),
        ("insert into n values (now, 1 'a')", 0x80000216, "syntax error near ''a')' (, expected)"),
        ("insert into n (ts, a, v) value (now, 1, 'a')", 0x80002600, "syntax error near \"value (now, 1, 'a')\""),
        ("insert into n file 'x.csv'", 0x80000100, "Operation not supported"),
        (
            "insert into w (ts, g) values (now, 'POINT(1)')",
            0x80000216,
            "syntax error near 'POINT(1)' (invalid geometry data)",
        ),
        ("insert into w (ts, x) values (now, '12345678901')", 0x80002653, "Value too long for column/tag: x"),
        ("insert into nosuch.n values (now, 1, 'a')", 0x80000388, "Database not exist"),
        (
            "insert into `a.b` using m tags (1, 'x') values (now, 1, 'a')",
            0x80002617,
            "The table name cannot contain '.'",
        ),
    ],
)
def test_refusals(opened, text, code, message):
    assert refusal(opened, text) == (code, message)
    assert rows(opened, "select * from n") == []


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


cells = st.tuples(
    st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)),
    st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=7)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(cells, min_size=1, max_size=12))
def test_what_is_written_is_read(opened, written):
    told = [
        f"({T + number}, {'null' if a is None else a}, {'NULL' if v is None else quoted(v)})"
        for number, (a, v) in enumerate(written)
    ]
    assert run(opened, f"insert into n values {' '.join(told)}") == len(written)
    assert rows(opened, "select a, v from n") == written
    run(opened, "delete from n")


@settings(max_examples=100, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_come_back_to_the_bit(opened, number):
    value = values_of(opened, "d", repr(number))
    assert math.copysign(1, value) == math.copysign(1, number)
    assert value == number


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("insertovalu()',`\"\\ 01.-x;?{}\n汉"), max_size=30))
def test_no_text_breaks_the_reader(opened, text):
    for start in (
        "insert into ",
        "insert into n values ",
        "insert into n values (now, ",
        "insert into a using m tags (",
    ):
        with suppress(EngineError):  # any other exception is a fault of the reader
            opened.execute(start + text)
    run(opened, "delete from n")
