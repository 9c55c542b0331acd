"""The bulk insert, into the embedded engine and out again."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import taosnative
from taosnative.errors import DataError, ProgrammingError
from taosnative.ingest import table

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

START = np.datetime64("2026-01-01T00:00:00", "ms")


@pytest.fixture
def conn():
    with taosnative.connect("embedded:") as connection:
        connection.execute("create database power precision 'ms' keep 36500")
        connection.select_db("power")
        yield connection


@pytest.fixture
def meters(conn):
    conn.execute("create stable meters (ts timestamp, current float, voltage int) tags (site varchar(20), grp int)")
    return conn


def times(n, step=1):
    return START + np.arange(n) * step


def rows(conn, sql):
    """Rows of a query, times as milliseconds since `START`."""
    zero = START.astype("M8[ms]").item().replace(tzinfo=dt.UTC)
    return [
        tuple((cell - zero) // dt.timedelta(milliseconds=1) if isinstance(cell, dt.datetime) else cell for cell in row)
        for row in conn.query(sql).rows()
    ]


# ---- one table -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["ms", "us", "ns"])
def test_every_type_goes_in_and_comes_out(conn, precision):
    conn.execute(f"create database e precision '{precision}' keep 36500")
    conn.execute(
        "create table e.kinds (ts timestamp, b bool, i8 tinyint, i16 smallint, i32 int, i64 bigint, "
        "u8 tinyint unsigned, u16 smallint unsigned, u32 int unsigned, u64 bigint unsigned, f float, d double, "
        "v varchar(20), n nchar(5), vb varbinary(20), g geometry(64), t timestamp)"
    )
    point = bytes.fromhex("010100000000000000000000000000000000000000")
    columns = {
        "ts": times(4).astype(f"M8[{precision}]"),
        "b": np.ma.MaskedArray([True, False, True, False], [0, 0, 0, 1]),
    }
    for name, dtype in zip(
        ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"],
        ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"],
        strict=True,
    ):
        limits = np.iinfo(dtype)
        columns[name] = np.ma.MaskedArray(np.array([limits.min, 0, limits.max, 1], dtype), [0, 0, 0, 1])
    columns |= {
        "f": np.array([1.5, -0.0, np.inf, np.nan], "f4"),
        "d": np.array([1e300, 5e-324, -np.inf, np.nan]),
        "v": ["x", "", "汉字", None],
        "n": np.array(["x", "", "汉字汉字汉", None], object),
        "vb": [b"\0\1", b"", b"\xff", None],
        "g": [point, point, point, None],
        "t": np.array([START, "NaT", START, START], f"M8[{precision}]"),
    }
    summary = conn.insert("e.kinds", columns)
    assert (summary.rows, summary.tables, summary.tables_created) == (4, 1, 0)
    found = conn.query("select * from e.kinds order by ts").numpy(nulls="masked")
    for name, given_values in columns.items():
        array = given_values if isinstance(given_values, np.ndarray) else np.array(given_values, object)
        mask = np.ma.getmaskarray(array)
        if array.dtype.kind in "fM":
            mask = np.isnan(array.astype("f8") if array.dtype.kind == "f" else array)
        elif array.dtype.kind == "O":
            mask = np.array([value is None for value in array])
        assert found[name].mask.tolist() == mask.tolist(), name
        assert found[name].data[~mask].tolist() == np.ma.getdata(array)[~mask].tolist(), name


def test_what_was_read_goes_in_again_as_it_was(conn):
    conn.execute("create table a (ts timestamp, i int, f float, v nchar(5))")
    conn.execute("create table b (ts timestamp, i int, f float, v nchar(5))")
    conn.insert("a", {"ts": times(3), "i": [1, None, 3], "f": [None, 2.5, 3.5], "v": ["x", "汉", None]})
    conn.insert("b", conn.query("select * from a").numpy())
    assert rows(conn, "select * from b order by ts") == rows(conn, "select * from a order by ts")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**31), 2**31 - 1),
            st.none() | st.floats(width=32, allow_nan=False),
            st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_rows_come_out_as_they_went_in(conn, given_rows):
    conn.execute("drop table if exists h")
    conn.execute("create table h (ts timestamp, i int, f float, v nchar(5))")
    i, f, v = (list(column) for column in zip(*given_rows, strict=True))
    conn.insert("h", {"ts": times(len(i)), "i": i, "f": f, "v": v})
    assert rows(conn, "select i, f, v from h order by ts") == given_rows


def test_columns_that_are_not_given_are_null(conn):
    conn.execute("create table n (ts timestamp, a int, v varchar(10))")
    conn.insert("n", {"V": ["x"], "ts": times(1)})
    assert rows(conn, "select * from n") == [(0, None, "x")]


def test_rows_that_share_a_key_count_once(conn):
    conn.execute("create table n (ts timestamp, a int)")
    assert conn.insert("n", {"ts": START + np.array([0, 0, 1]), "a": [1, 2, 3]}).rows == 2
    assert rows(conn, "select * from n order by ts") == [(0, 2), (1, 3)]


def test_many_rows_of_a_table_go_in_several_requests(conn):
    conn.execute("create table n (ts timestamp, a int)")
    n = 100_001
    summary = conn.insert("n", {"ts": times(n), "a": np.arange(n, dtype="i4")})
    assert (summary.rows, summary.batches) == (n, 4)
    found = conn.query("select a from n order by ts").numpy()["a"]
    assert np.array_equal(found.data, np.arange(n))


def test_names_are_those_of_sql(conn):
    conn.execute("create table `Odd Name` (ts timestamp, `My Col` int)")
    assert conn.insert("`Odd Name`", {"ts": times(1), "My Col": [5]}).rows == 1
    assert rows(conn, "select `My Col` from `Odd Name`") == [(5,)]
    with pytest.raises(ProgrammingError) as caught:
        conn.insert("nosuch", {"ts": times(1)})
    assert caught.value.code == 0x80002603


def test_a_key_of_two_columns_is_never_null(conn):
    conn.execute("create table k (ts timestamp, p int primary key, a int)")
    assert conn.insert("k", {"ts": START + np.array([0, 0]), "p": [1, 2], "a": [1, 2]}).rows == 2
    with pytest.raises(DataError, match="column 'p', row 1: None is NULL"):
        conn.insert("k", {"ts": times(2), "p": [1, None], "a": [1, 2]})
    with pytest.raises(ProgrammingError, match="'p' is missing"):
        conn.insert("k", {"ts": times(2), "a": [1, 2]})


# ---- child tables --------------------------------------------------------------------------------------------------


def test_child_tables_are_made_with_their_tags(meters):
    summary = meters.insert(
        "meters",
        {
            "ts": times(6),
            "current": [1.0, 2.0, 3.0, 4.0, 5.0, None],
            "voltage": np.arange(6),
            "device": ["d1", "Odd Name", "d1", "汉", "UPPER", "d1"],
            "site": ["n", "s", "n", None, "x", "n"],
        },
        tbname="device",
        tags={"grp": 7},
    )
    assert (summary.rows, summary.tables, summary.tables_created, summary.batches) == (6, 4, 4, 1)
    assert rows(
        meters,
        "select tbname, site, grp, count(*), sum(voltage) from meters group by tbname, site, grp order by tbname",
    ) == [
        ("Odd Name", "s", 7, 1, 1),
        ("UPPER", "x", 7, 1, 4),
        ("d1", "n", 7, 3, 7),
        ("汉", None, 7, 1, 3),
    ]


def test_tables_that_exist_need_no_tags_and_keep_them(meters):
    meters.execute("create table d1 using meters tags ('north', 1)")
    columns = {"ts": times(2), "voltage": [1, 2], "device": ["d1", "d1"]}
    summary = meters.insert("meters", columns, tbname="device")
    assert (summary.rows, summary.tables_created) == (2, 0)
    summary = meters.insert("meters", {**columns, "site": ["north"] * 2}, tbname="device", tags={"grp": 1})
    assert (summary.rows, summary.tables_created) == (2, 0)
    for site, grp in (("south", 1), ("north", 2), (None, 1)):
        with pytest.raises(DataError, match="the tag that the table 'd1' has already"):
            meters.insert("meters", {**columns, "site": [site] * 2}, tbname="device", tags={"grp": grp})
    with pytest.raises(ProgrammingError, match=r"1 child tables of meters would be made \('d2'\) and no 'site', 'grp'"):
        meters.insert("meters", {**columns, "device": ["d1", "d2"]}, tbname="device")
    assert rows(meters, "select count(*) from meters") == [(2,)]


def test_short_and_long_runs_and_new_tables_together(meters):
    meters.execute("create table short using meters tags ('s', 1)")
    meters.execute("create table other using meters tags ('s', 1)")
    meters.execute("create table long using meters tags ('l', 1)")
    names = np.array(["short"] * 3 + ["long"] * 40 + ["new"] * 5 + ["other"])
    order = np.random.default_rng(3).permutation(len(names))
    columns = {"ts": times(len(names)), "current": np.arange(len(names), dtype="f4"), "voltage": np.arange(len(names))}
    site = {"short": "s", "other": "s", "long": "l", "new": "n"}
    summary = meters.insert(
        "meters",
        {**columns, "device": names[order], "site": [site[name] for name in names[order]]},
        tbname="device",
        tags={"grp": 1},
    )
    assert (summary.rows, summary.tables, summary.tables_created, summary.batches) == (len(names), 4, 1, 3)
    for name in site:
        mine = np.flatnonzero(names[order] == name)
        assert rows(meters, f"select ts, current, voltage from {name} order by ts") == [
            (r, float(r), r) for r in mine.tolist()
        ]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 20))
def test_every_row_is_in_its_table_once(meters, devices, batch_rows):
    for device in range(5):
        meters.execute(f"drop table if exists d{device}")
    n = len(devices)
    for _ in range(2):  # tables are made, then exist
        summary = meters.insert(
            "meters",
            {"ts": times(n), "current": np.zeros(n), "voltage": np.arange(n), "device": [f"d{d}" for d in devices]},
            tbname="device",
            tags={"site": "x", "grp": None},
            batch_rows=batch_rows,
        )
        assert summary.rows == n
        found = rows(meters, "select ts, voltage, tbname from meters")
        assert sorted(found) == [(row, row, f"d{device}") for row, device in enumerate(devices)]


def test_a_super_table_of_another_database(meters):
    meters.execute("create database other precision 'us' keep 36500")
    meters.execute("create stable other.m (ts timestamp, a int) tags (k int)")
    for _ in range(2):
        columns = {"ts": times(2), "a": [1, 2], "device": ["x", "Odd Name"], "k": [1, 2]}
        summary = meters.insert("other.m", columns, tbname="device")
    assert summary.tables_created == 0
    assert rows(meters, "select tbname, a, k from other.m order by a") == [("x", 1, 1), ("Odd Name", 2, 2)]
    assert rows(meters, "select count(*) from meters") == [(0,)]


def test_a_child_table_by_its_own_name(meters):
    meters.execute("create table d1 using meters tags ('north', 1)")
    assert meters.insert("d1", {"ts": times(2), "voltage": [1, None]}).rows == 2
    with pytest.raises(ProgrammingError, match="has no 'site'"):
        meters.insert("d1", {"ts": times(2), "site": ["x", "x"]})


def test_json_tags(conn):
    conn.execute("create stable j (ts timestamp, a int) tags (info json)")
    columns = {"ts": times(2), "a": [1, 2], "device": ["j1", "j2"]}
    conn.insert("j", {**columns, "info": [{"a": 1, "b": "x"}, None]}, tbname="device")
    summary = conn.insert("j", {**columns, "info": ['{"b": "x", "a": 1}', None]}, tbname="device")
    assert summary.tables_created == 0
    with pytest.raises(DataError, match="the tag that the table 'j1' has already"):
        conn.insert("j", {**columns, "info": [{"a": 2}, None]}, tbname="device")


def test_a_name_with_quotes_in_it(meters):
    columns = {"ts": times(1), "voltage": [1], "device": ['it\'s \\ "odd"']}
    for made in (1, 0):
        summary = meters.insert("meters", columns, tbname="device", tags={"site": "x", "grp": 1})
        assert summary.tables_created == made


def test_more_tables_than_one_statement_asks_about(meters):
    n = 2500
    columns = {
        "ts": times(n),
        "current": np.zeros(n),
        "voltage": np.arange(n),
        "device": np.array([f"d{i}" for i in range(n)]),
    }
    summary = meters.insert("meters", columns, tbname="device", tags={"site": "x", "grp": 1})
    assert (summary.rows, summary.tables_created) == (n, n)
    summary = meters.insert("meters", columns, tbname="device")
    assert (summary.rows, summary.tables_created, summary.batches) == (n, 0, 1)
    assert rows(meters, "select count(*), sum(voltage) from meters") == [(n, sum(range(n)))]


def test_some_of_many_tables(meters, monkeypatch):
    monkeypatch.setattr(table, "_NAMES_A_QUERY", 3)
    monkeypatch.setattr(table, "_MORE_THERE", 1)
    for count, created in ((20, 20), (5, 0), (25, 5)):
        columns = {"ts": times(count), "voltage": np.arange(count), "device": [f"d{i}" for i in range(count)]}
        summary = meters.insert("meters", columns, tbname="device", tags={"site": "x", "grp": 1})
        assert (summary.rows, summary.tables_created) == (count, created)


def test_times_without_a_zone_are_in_the_connections_zone():
    with taosnative.connect("embedded:?timezone=Asia/Shanghai") as conn:
        conn.execute("create database z precision 'ms' keep 36500")
        conn.select_db("z")
        conn.execute("create table n (ts timestamp, a int)")
        conn.execute("insert into n values ('2026-01-01 08:00:00', 1)")
        conn.insert("n", {"ts": [dt.datetime(2026, 1, 1, 9)], "a": [2]})
        conn.insert("n", {"ts": ["2026-01-01 10:00:00"], "a": [3]})
        found = conn.query("select ts from n order by ts").numpy()["ts"]
        assert found.tolist() == [dt.datetime(2026, 1, 1, hour) for hour in (0, 1, 2)]


def test_other_kinds_of_columns(conn):
    conn.execute("create table n (ts timestamp, v varchar(10))")
    strings = np.array(["x", "汉字"], np.dtypes.StringDType())
    conn.insert("n", {"ts": memoryview(np.arange(2)), "v": strings})
    assert conn.query("select v from n order by ts").rows() == [("x",), ("汉字",)]
