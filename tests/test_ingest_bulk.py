"""The bulk insert: nothing is sent before all is checked, and what was written is always told."""

import numpy as np
import pytest
from block_encoder import Column, encode

from taosnative.errors import DataError, Error, OperationalError, ProgrammingError
from taosnative.ingest import plan

TIMESTAMP, INT, VARCHAR = 9, 4, 8
NORMAL = [("ts", TIMESTAMP, 8, "column", 0, 0), ("a", INT, 4, "column", 0, 0), ("v", VARCHAR, 12, "column", 0, 0)]
SUPER = [("tbname", VARCHAR, 271, "tbname", 0, 0), ("site", VARCHAR, 22, "tag", 0, 0), *NORMAL[:2]]


def describe(fault, fields):
    """Let the fault driver describe a table of these fields, and its statements have them."""
    described = [(name, "TAG" if kind == "tag" else "") for name, _, _, kind, *_ in fields if kind != "tbname"]
    names, notes = ([row[i] for row in described] for i in range(2))
    block = encode(
        [
            Column("VARCHAR", names),
            Column("VARCHAR", ["INT"] * len(names)),
            Column("INT", [4] * len(names)),
            Column("VARCHAR", notes),
        ]
    )
    headers = [("field", VARCHAR, 64), ("type", VARCHAR, 16), ("length", INT, 4), ("note", VARCHAR, 12)]
    fault.answer(headers, [(block, len(names))])
    fault.tell_fields(*fields)


@pytest.fixture
def normal(conn, fault):
    """A connection to a server with the table n (ts, a, v)."""
    describe(fault, NORMAL)
    return conn


@pytest.fixture
def stable(conn, fault, monkeypatch):
    """A connection to a server with the super table m (ts, a) tags (site), whose child table `old` exists."""
    describe(fault, SUPER)
    monkeypatch.setattr(
        plan,
        "find_existing",
        lambda connection, shape, names, tags, zone: np.array([n == "old" for n in names]),
    )
    return conn


def times(n):
    return np.arange(n).view("M8[ms]")


def rows_of(bind):
    return [int.from_bytes(value, "little") for value in bind.values]


def test_a_tables_columns_are_bound_where_they_lie(normal, fault):
    columns = {"A": np.arange(5, dtype="i4"), "ts": times(5)}
    fault.tell_fields(*NORMAL[:2])
    summary = normal.insert("N", columns)
    assert (summary.rows, summary.tables, summary.tables_created, summary.batches) == (5, 1, 0, 1)
    assert (summary.rows_in_doubt, summary.rows_not_sent) == (0, 0)
    assert summary.seconds > 0
    assert fault.statement_sql() == "insert into `n` (`ts`, `a`) values (?, ?)"
    assert fault.told("sql") == "describe `n`"
    ts, a = fault.bound()
    assert (ts.address, a.address) == (columns["ts"].ctypes.data, columns["A"].ctypes.data)
    assert rows_of(a) == [0, 1, 2, 3, 4]


def test_rows_go_in_requests_of_what_the_driver_takes(normal, fault):
    reported = []
    columns = {"ts": times(70_000), "a": np.arange(70_000, dtype="i4"), "v": ["x", None] * 35_000}
    summary = normal.insert("n", columns, progress=lambda done, total: reported.append((done, total)))
    assert (summary.rows, summary.batches) == (70_000, 3)
    assert reported == [(32_767, 70_000), (65_534, 70_000), (70_000, 70_000)]
    binds = fault.bound()
    assert [len(bind.values) for bind in binds[::3]] == [32_767, 32_767, 4466]
    assert [value for bind in binds[1::3] for value in rows_of(bind)] == list(range(70_000))
    assert [value for bind in binds[2::3] for value in bind.values] == [b"x", None] * 35_000


def test_no_rows_are_nothing_to_send(normal, fault):
    summary = normal.insert("n", {"ts": times(0), "a": []})
    assert (summary.rows, summary.batches) == (0, 0)
    assert fault.calls("taos_stmt2_exec") == 0


@pytest.mark.parametrize(
    ("columns", "options", "reason"),
    [
        ({"ts": [1, 2], "a": [1, 2**40]}, {}, "column 'a', row 1: 1099511627776"),
        ({"ts": [1, None], "a": [1, 2]}, {}, "column 'ts', row 1: None is NULL"),
        ({"ts": [1, 2], "a": [1]}, {}, "column 'a' has 1 rows, column 'ts' has 2"),
        ({"a": [1]}, {}, "'ts' is missing"),
        ({"ts": [1], "b": [1]}, {}, "has no 'b'"),
        ({"ts": [1]}, {"batch_rows": 0}, "batch_rows=0"),
        ({"ts": [1]}, {"tags": {"site": "n"}}, "tags= is for child tables"),
        ([[1]], {}, "columns are a mapping"),
    ],
)
def test_nothing_is_sent_where_something_does_not_fit(normal, fault, columns, options, reason):
    with pytest.raises((DataError, ProgrammingError), match=reason):
        normal.insert("n", columns, **options)
    assert fault.calls("taos_stmt2_bind_param") == 0


def test_a_table_that_is_no_super_table_takes_no_names(normal):
    with pytest.raises(ProgrammingError, match="n is no super table"):
        normal.insert("n", {"ts": [1], "a": ["d"]}, tbname="a")


def test_a_super_table_needs_names(stable, fault):
    fault.fail("taos_stmt2_get_fields", 0x80000200, "no")
    with pytest.raises(ProgrammingError, match="no") as caught:
        stable.insert("m", {"ts": [1], "a": [1]})
    assert "tbname=" in caught.value.__notes__[0]


def test_child_tables_are_made_and_written(stable, fault):
    summary = stable.insert(
        "power.m",
        {
            "ts": times(4),
            "a": [1, 2, 3, 4],
            "device": ["d1", "Odd Name", "d1", "Odd Name"],
            "site": ["n", "s", "n", "s"],
        },
        tbname="device",
    )
    assert (summary.rows, summary.tables, summary.tables_created, summary.batches) == (4, 2, 2, 1)
    assert fault.statement_sql() == ("insert into ? using `power`.`m` (`site`) tags (?) (`ts`, `a`) values (?, ?)")
    binds = fault.bound()
    assert [(bind.name, bind.values) for bind in binds if bind.is_tag] == [
        ("`power`.`d1`", [b"n"]),
        ("`power`.`Odd Name`", [b"s"]),
    ]
    assert [rows_of(bind) for bind in binds if not bind.is_tag] == [[0, 2], [1, 3], [1, 3], [2, 4]]


def test_tags_may_be_shared(stable, fault):
    stable.insert("m", {"ts": times(2), "a": [1, 2], "device": ["d1", "d2"]}, tbname="device", tags={"site": "north"})
    assert [bind.values for bind in fault.bound() if bind.is_tag] == [[b"north"]] * 2


def test_tables_that_exist_need_no_tags(stable, fault):
    fault.tell_fields(*SUPER)
    summary = stable.insert("m", {"ts": times(2), "a": [1, 2], "device": ["old", "old"]}, tbname="device")
    assert summary.tables_created == 0
    assert fault.statement_sql() == "insert into ? (`ts`, `a`) values (?, ?)"
    with pytest.raises(ProgrammingError, match="1 child tables of m would be made"):
        stable.insert("m", {"ts": times(2), "a": [1, 2], "device": ["old", "new"]}, tbname="device")


def test_short_runs_of_tables_that_exist_are_interlaced(stable, fault, monkeypatch):
    monkeypatch.setattr(plan, "find_existing", lambda connection, shape, names, *_: np.ones(len(names), "?"))
    columns = {"ts": [1, 1, 2, 5, 5], "a": [1, 2, 3, 4, 5], "device": ["d1", "d2", "d1", "d3", "d3"]}
    summary = stable.insert("m", columns, tbname="device")
    assert summary.batches == 2
    assert fault.statement_sql() == "insert into ? (`ts`, `a`) values (?, ?)"  # d3 has rows of one time
    assert [bind.name for bind in fault.bound()] == ["d1", "d1", "d2", "d2", "d3", "d3"]
    del columns["device"], columns["ts"]
    summary = stable.insert("m", {"ts": [1, 2], "device": ["d1", "d2"], "a": [1, 2]}, tbname="device")
    assert fault.statement_sql() == "insert into ? values (?, ?) -- interlaced"
    stable.insert("m", {"ts": [1, 2], "device": ["d1", "d2"]}, tbname="device")
    assert fault.statement_sql() == "insert into ? (`ts`) values (?)"  # not all columns


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"device": ["d1", None]}, "column 'device', row 1: None is NULL"),
        ({"device": ["d1", "a.b"]}, "column 'device', row 1: 'a.b' has '.'"),
        (
            {"device": ["d1", "d1"], "site": ["n", "s"]},
            "column 'site', row 1: 's' is not 'n', the tag of 'd1' in row 0",
        ),
        ({"device": ["d1"], "site": ["n", "s"]}, "column 'device' has 1 rows"),
        ({"device": ["d1", "d2"], "site": ["n"]}, "column 'site' has 1 rows"),
        ({"device": ["d1", "d2"], "site": ["n", "x" * 21]}, "column 'site', row 1: .* has 21 bytes"),
    ],
)
def test_nothing_is_sent_where_names_or_tags_do_not_fit(stable, fault, columns, reason):
    with pytest.raises((DataError, ProgrammingError), match=reason):
        stable.insert("m", {"ts": [1, 2], "a": [1, 2], **columns}, tbname="device")
    assert fault.calls("taos_stmt2_bind_param") == 0


def test_a_failure_half_way_tells_what_was_written(normal, fault):
    fault.fail("taos_stmt2_exec", 0x8000000B, "Unable to establish connection", nth=2)
    with pytest.raises(OperationalError) as caught:
        normal.insert("n", {"ts": times(70_000), "a": np.zeros(70_000, "i4"), "v": ["x"] * 70_000})
    summary = caught.value.summary
    assert caught.value.in_doubt
    assert (summary.rows, summary.batches) == (32_767, 1)
    assert (summary.rows_in_doubt, summary.rows_not_sent) == (32_767, 4466)
    assert fault.live("statements") == 0


def test_a_failure_with_several_tables_is_in_doubt_whatever_its_code(stable, fault):
    fault.fail("taos_stmt2_exec", 0x80000200, "no")
    with pytest.raises(Error) as caught:
        stable.insert("m", {"ts": times(2), "a": [1, 2], "device": ["a", "b"]}, tbname="device", tags={"site": None})
    assert caught.value.in_doubt
    assert (caught.value.summary.rows_in_doubt, caught.value.summary.tables_created) == (2, 0)


def test_a_bind_that_fails_sent_nothing(normal, fault):
    fault.fail("taos_stmt2_bind_param", 0x80002653, "Value too long")
    with pytest.raises(DataError) as caught:
        normal.insert("n", {"ts": [1], "a": [1]})
    assert not caught.value.in_doubt
    assert (caught.value.summary.rows_in_doubt, caught.value.summary.rows_not_sent) == (0, 1)


def test_progress_true_is_a_bar_where_tqdm_is_there(normal, capsys, monkeypatch):
    fault_columns = {"ts": [1], "a": [1], "v": ["x"]}
    assert normal.insert("n", fault_columns, progress=True).rows == 1
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    assert normal.insert("n", fault_columns, progress=True).rows == 1
