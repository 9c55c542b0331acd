"""PEP 249, sentence by sentence: each test quotes the one that it holds the module, a connection or a cursor to."""

import datetime as dt
import threading

import numpy as np
import pandas as pd
import polars as pl
import pytest
import recordings
from threads import until

import taosnative
from taosnative.errors import (
    DataError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    TimedOutError,
)
from taosnative.rows import scalar_row

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
EXCEPTIONS = [
    "Warning",
    "Error",
    "InterfaceError",
    "DatabaseError",
    "DataError",
    "OperationalError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
]


@pytest.fixture
def plant():
    """A connection to a database with a table of five rows and a super table."""
    with taosnative.connect("embedded:") as connection:
        connection.execute("create database p keep 36500")
        connection.select_db("p")
        connection.execute("create table t (ts timestamp, a int, v varchar(10))")
        connection.execute("create stable m (ts timestamp, a int) tags (site varchar(10), n int)")
        columns = {"ts": [START + i * MINUTE for i in range(5)], "a": range(5), "v": [f"r{i}" for i in range(5)]}
        connection.insert("t", columns)
        yield connection


@pytest.fixture
def cursor(plant):
    with plant.cursor() as made:
        yield made


# ---- the module ------------------------------------------------------------------------------------------------------


def test_the_module_s_globals():
    """ "These module globals must be defined": apilevel, threadsafety, paramstyle."""
    assert (taosnative.apilevel, taosnative.threadsafety, taosnative.paramstyle) == ("2.0", 2, "qmark")


def test_exceptions_are_as_the_pep_s_layout_has_them():
    """ "This is the exception inheritance layout"."""
    for name in EXCEPTIONS[:2]:
        assert getattr(taosnative, name).__base__ is Exception
    assert taosnative.InterfaceError.__base__ is taosnative.DatabaseError.__base__ is taosnative.Error
    for name in EXCEPTIONS[4:]:
        assert getattr(taosnative, name).__base__ is taosnative.DatabaseError


def test_threads_may_share_the_module_and_connections(plant):
    """threadsafety 2."""
    found = []

    def count():
        with plant.cursor(scalar_row) as own:
            found.append(own.execute("select count(*) from t where a >= ?", [0]).fetchone())

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 4


# ---- connections -----------------------------------------------------------------------------------------------------


def test_a_closed_connection_is_unusable_and_so_are_its_cursors():
    """ "an Error exception will be raised if any operation is attempted …. The same applies to all cursor objects"."""
    connection = taosnative.connect("embedded:")
    cursor = connection.cursor().execute("select 1")
    connection.close()
    operations = [
        connection.cursor,
        connection.commit,
        connection.rollback,
        cursor.fetchone,
        cursor.fetchall,
        cursor.nextset,
        lambda: cursor.execute("select 1"),
        lambda: cursor.executemany("insert into t values (?)", [[1]]),
    ]
    for operation in operations:
        with pytest.raises(InterfaceError, match="closed"):
            operation()
    assert cursor.closed


def test_commit_does_nothing_where_there_are_no_transactions(plant):
    """ "Database modules that do not support transactions should implement this method with void functionality"."""
    assert plant.commit() is None


def test_rollback_says_that_nothing_is_taken_back(plant):
    """ "This method is optional since not all databases provide transaction support"."""
    with pytest.raises(NotSupportedError, match="no transactions"):
        plant.rollback()


def test_autocommit_is_on_and_cannot_be_switched_off(plant):
    """ "Return True if the connection is operating in autocommit (non-transactional) mode"."""
    plant.autocommit = True
    assert plant.autocommit is True
    with pytest.raises(NotSupportedError, match="cannot be switched off"):
        plant.autocommit = False


def test_exceptions_are_attributes_of_connections(plant):
    """ "All exception classes defined by the DB API standard should be exposed on the Connection objects"."""
    for name in EXCEPTIONS:
        assert getattr(plant, name) is getattr(taosnative, name)


def test_cursors_of_one_connection_are_not_isolated(plant):
    """ "any changes done to the database by a cursor are immediately visible by the other cursors"."""
    with plant.cursor() as first, plant.cursor(scalar_row) as second:
        first.execute("insert into t values (?, ?, ?)", [START + 9 * MINUTE, 9, "new"])
        assert second.execute("select count(*) from t").fetchone() == 6


# ---- attributes of cursors -------------------------------------------------------------------------------------------


def test_description_is_none_where_no_rows_are_returned(cursor):
    """ "will be None for operations that do not return rows or if the cursor has not had an operation invoked"."""
    assert cursor.description is None
    cursor.execute("select a from t")
    assert cursor.description is not None
    cursor.execute("create table z (ts timestamp, a int)")
    assert cursor.description is None


def test_description_is_a_sequence_of_7_items_a_column(cursor):
    """ "Each of these sequences contains information describing one result column"."""
    cursor.execute("select ts, a, v as text from t")
    assert [tuple(column) for column in cursor.description] == [
        ("ts", 9, None, 8, 3, None, None),
        ("a", 4, None, 4, None, None, None),
        ("text", 8, None, 10, None, None, None),
    ]
    types = [taosnative.DATETIME, taosnative.NUMBER, taosnative.STRING]
    assert [column[1] for column in cursor.description] == types


def test_rowcount_is_minus_one_before_it_is_known_then_the_number_of_rows(cursor):
    """ "-1 in case no .execute*() has been performed on the cursor or the rowcount … cannot be determined"."""
    assert cursor.rowcount == -1
    cursor.execute("select a from t")
    assert cursor.rowcount == -1
    cursor.fetchall()
    assert cursor.rowcount == 5
    cursor.execute("insert into t values ('2026-01-01 00:09:00', 1, 'x') ('2026-01-01 00:10:00', 2, 'y')")
    assert cursor.rowcount == 2
    cursor.execute("insert into t (ts, a) values (?, ?)", [START + 20 * MINUTE, 1])
    assert cursor.rowcount == 1
    cursor.execute("create table z (ts timestamp, a int)")
    assert cursor.rowcount == 0


def test_rownumber_is_the_index_of_the_next_row(cursor):
    """ "The next fetch operation will fetch the row indexed by .rownumber in that sequence"."""
    assert cursor.rownumber is None
    cursor.execute("select a from t")
    numbers = [cursor.rownumber]
    for size in (1, 2, 9):
        cursor.fetchmany(size)
        numbers.append(cursor.rownumber)
    assert numbers == [0, 1, 3, 5]


def test_a_cursor_knows_its_connection_and_no_row_id(plant, cursor):
    """ "return a reference to the Connection object"; lastrowid "must be set to None" without row ids."""
    assert cursor.connection is plant
    cursor.execute("insert into t (ts, a) values (?, ?)", [START, 1])
    assert cursor.lastrowid is None


# ---- executing -------------------------------------------------------------------------------------------------------


def test_parameters_are_a_sequence_or_a_mapping(cursor):
    """ "Parameters may be provided as sequence or mapping and will be bound to variables in the operation"."""
    assert cursor.execute("select v from t where a = ?", (3,)).fetchall() == [("r3",)]
    assert cursor.execute("select v from t where a = :a", {"a": 3}).fetchall() == [("r3",)]
    cursor.execute(
        "insert into :t using m tags (:site, :n) values (:ts, :a)", {"t": "d", "site": "x", "n": 1, "ts": START, "a": 7}
    )
    assert cursor.execute("select a, tbname from m").fetchall() == [(7, "d")]
    with pytest.raises(ProgrammingError, match="1 question marks, and 0"):
        cursor.execute("insert into t (ts) values (?)", ())


def test_none_is_null(cursor):
    """ "SQL NULL values are represented by the Python None singleton on input and output"."""
    cursor.execute("insert into t values (?, ?, ?)", (START, None, None))
    assert cursor.execute("select a, v from t where a is null").fetchall() == [(None, None)]


def test_execute_gives_the_cursor(cursor):
    """ "Return values are not defined." """
    assert cursor.execute("select 1") is cursor
    assert cursor.executemany("insert into t (ts, a) values (?, ?)", []) is cursor


def test_executemany_runs_the_operation_for_all_sequences_or_mappings(plant, cursor):
    """ "execute it against all parameter sequences or mappings found in the sequence"."""
    cursor.executemany("insert into t (ts, a) values (?, ?)", ((START + i * MINUTE, -i) for i in range(3, 8)))
    assert cursor.rowcount == 5
    cursor.executemany("insert into t (ts, a) values (:ts, :a)", [{"ts": START + 9 * MINUTE, "a": 9}])
    assert cursor.rowcount == 1
    found = plant.query("select a from t where ts >= ?", [START + 3 * MINUTE]).rows(scalar_row)
    assert found == [-3, -4, -5, -6, -7, 9]
    cursor.executemany("insert into t (ts) values (?)", [])
    assert cursor.rowcount == 0


def test_executemany_sorts_rows_of_many_tables(plant, cursor):
    rows = [(f"d{i % 3}", f"s{i % 3}", i % 3, START + i * MINUTE, i) for i in range(10)]
    cursor.executemany("insert into ? using m tags (?, ?) values (?, ?)", rows)
    assert cursor.rowcount == 10
    assert plant.query("select tbname, site, n, ts, a from m order by a").rows() == rows
    cursor.executemany("insert into m (tbname, ts, a) values (?, ?, ?)", [("d1", START, 70), ("d0", START, 50)])
    assert cursor.rowcount == 2
    assert plant.query("select tbname, a from m where ts = ? order by a", [START]).rows() == [("d0", 50), ("d1", 70)]
    cursor.executemany("insert into e using m tags (?, ?) values (?, ?)", [("e", 5, START, 1), ("e", 5, START, 2)])
    assert plant.query("select site, n, a from e").rows() == [("e", 5, 2)]


def test_executemany_writes_more_rows_than_one_bind_or_one_request_takes(plant, cursor, monkeypatch):
    monkeypatch.setattr("taosnative.cursor.BATCH_ROWS", 40_000)
    n = 100_000
    cursor.executemany("insert into t (ts, a) values (?, ?)", ((1_700_000_000_000 + i, i) for i in range(n)))
    assert cursor.rowcount == n
    assert plant.query("select count(*), sum(a) from t where ts < ?", [START]).rows() == [(n, n * (n - 1) // 2)]


def test_a_row_that_does_not_fit_stops_executemany_and_says_what_was_written(plant, cursor, monkeypatch):
    monkeypatch.setattr("taosnative.cursor.BATCH_ROWS", 3)
    rows = [(START + i * MINUTE, i if i < 5 else 2**31) for i in range(10, 20)]
    rows[8] = (START, "x")
    rows = [(time, 2**31 if i == 5 else i) for i, (time, _) in enumerate(rows)]
    with pytest.raises(DataError, match="column 'a', row 2: 2147483648") as caught:
        cursor.executemany("insert into t (ts, a) values (?, ?)", rows)
    assert "3 rows were written before" in caught.value.__notes__[-1]
    assert "rows of one table" in caught.value.__notes__[0]
    assert cursor.rowcount == 3
    assert plant.query("select count(*) from t where ts >= ?", [START + 10 * MINUTE]).rows() == [(3,)]


@pytest.mark.parametrize(
    ("sql", "rows", "message"),
    [
        ("select ?", [[1]], "run a query by execute"),
        ("show tables", [()], "run a query by execute"),
        ("insert into t values (?, ?, ?)", [(START, 1, "x"), (START, 1)], "3 question marks, and 2 parameters"),
        ("insert into t values (?, ?, 'x')", [(START, 1)], "1 literals beside"),
        ("insert into t (ts, a) values (:ts, :a)", [{"ts": START, "a": 1}, {"ts": START}], "have no 'a'"),
        ("insert into t (ts, a) values (?, ?)", [(START, 1), {"ts": START, "a": 1}], "not a dict"),
        ("insert into ? values (?, ?, ?)", [("t", START, 1, "x")], "not known before the table is"),
        ("insert into m (tbname, ts, a) values (?, ?, ?)", [(5, START, 1)], "the name of a table is a str, not 5"),
        (
            "insert into ? using m tags (?, ?) values (?, ?)",
            [("d", "a", 1, START, 1), ("d", "b", 1, START, 2)],
            r"'d' has tags \['a', 1\] in one row and \['b', 1\] in another",
        ),
    ],
)
def test_executemany_refuses_what_it_cannot_write(plant, cursor, sql, rows, message):
    with pytest.raises(ProgrammingError, match=message):
        cursor.executemany(sql, rows)
    assert plant.query("select count(*) from t").rows() == [(5,)]


def test_executemany_of_a_statement_without_marks_runs_it_each_time(plant, cursor):
    cursor.executemany("delete from t where ts < '2026-01-01 00:02:00'", [(), ()])
    assert cursor.rowcount == 2
    with pytest.raises(NotSupportedError, match="not to those of DELETE"):
        cursor.executemany("delete from t where ts < ?", [(START,)])


# ---- fetching --------------------------------------------------------------------------------------------------------


def test_rows_are_fetched_one_some_and_all(cursor):
    """ "the next row …, returning a single sequence, or None"; "An empty sequence is returned when no more rows …"."""
    cursor.execute("select a from t")
    assert cursor.fetchone() == (0,)
    assert cursor.fetchmany() == [(1,)]
    assert cursor.fetchmany(2) == [(2,), (3,)]
    assert cursor.fetchmany(0) == []
    assert cursor.fetchmany(7) == [(4,)]
    assert (cursor.fetchone(), cursor.fetchmany(3), cursor.fetchall()) == (None, [], [])
    with pytest.raises(ProgrammingError, match="size=-1"):
        cursor.fetchmany(-1)


def test_arraysize_is_how_many_rows_fetchmany_fetches(cursor):
    """ "It defaults to 1 meaning to fetch a single row at a time"."""
    assert cursor.arraysize == 1
    cursor.arraysize = 3
    assert cursor.execute("select a from t").fetchmany() == [(0,), (1,), (2,)]


def test_a_cursor_is_an_iterator_of_its_rows(cursor):
    """ "Return self to make cursors compatible to the iteration protocol"; next "raises a StopIteration"."""
    cursor.execute("select a from t")
    assert iter(cursor) is cursor
    assert next(cursor) == (0,)
    assert [a for (a,) in cursor] == [1, 2, 3, 4]
    with pytest.raises(StopIteration):
        next(cursor)


def test_rows_of_many_blocks_come_in_order_however_they_are_fetched(cursor):
    n = 10_000
    cursor.executemany("insert into m (tbname, ts, a) values (?, ?, ?)", [])
    cursor.execute("create table long_one using m tags ('x', 1)")
    cursor.executemany("insert into long_one values (?, ?)", ((1_700_000_000_000 + i, i) for i in range(n)))
    cursor.execute("select a from long_one")
    found = [cursor.fetchone()]
    for size in (4094, 1, 1, 3000):
        found += cursor.fetchmany(size)
    found += cursor.fetchall()
    assert found == [(i,) for i in range(n)]
    assert cursor.rowcount == n


def test_fetching_without_a_result_is_an_error(cursor):
    """ "An Error exception is raised if the previous call to .execute*() did not produce any result set"."""
    for fetch in (cursor.fetchone, cursor.fetchmany, cursor.fetchall, cursor.nextset, lambda: next(cursor)):
        with pytest.raises(InterfaceError, match="no rows to fetch"):
            fetch()
    cursor.execute("select a from t")
    with pytest.raises(ProgrammingError):
        cursor.execute("select nothing from t")
    with pytest.raises(InterfaceError, match="no rows to fetch"):
        cursor.fetchone()


def test_nextset_drops_the_rows_that_are_left(cursor):
    """ "discarding any remaining rows from the current set. If there are no more sets, the method returns None"."""
    cursor.execute("select a from t")
    assert cursor.nextset() is None
    assert cursor.fetchall() == []


def test_sizes_are_free_to_have_no_effect(cursor):
    """ "Implementations are free to have this method do nothing and users are free to not use it"."""
    cursor.setinputsizes([None, 8])
    cursor.setoutputsize(1)
    cursor.setoutputsize(1, 2)
    assert cursor.execute("select v from t where a = ?", [1]).fetchone() == ("r1",)


def test_a_closed_cursor_is_unusable(plant):
    """ "an Error exception will be raised if any operation is attempted with the cursor"."""
    cursor = plant.cursor().execute("select a from t")
    cursor.close()
    cursor.close()
    for operation in (cursor.fetchone, lambda: cursor.execute("select 1"), lambda: cursor.executemany("x", [])):
        with pytest.raises(InterfaceError, match="the cursor is closed"):
            operation()
    assert (cursor.description, cursor.rowcount, cursor.closed) == (None, -1, True)
    assert repr(cursor) == "<taosnative.Cursor, closed>"


def test_a_cursor_that_is_dropped_with_rows_to_fetch_is_closed_and_warned_of(conn, fault):
    fault.answer([("a", 4, 4)])
    cursor = conn.cursor().execute("select a from t")
    with pytest.warns(ResourceWarning, match="was dropped before it was read or closed"):
        del cursor
    assert fault.live("results") == 0


def test_the_time_limit_of_a_cursor_holds_for_what_it_executes(conn, fault):
    fault.tell_fields(("a", 4, 4, "column", 0, 0))
    calls = [
        ("taos_query", lambda cursor: cursor.execute("select a from t")),
        ("taos_stmt2_exec", lambda cursor: cursor.execute("insert into t values (?)", [1])),
        ("taos_stmt2_exec", lambda cursor: cursor.executemany("insert into t values (?)", [[1]])),
    ]
    for function, call in calls:
        fault.hold(function)
        with conn.cursor(timeout=0.02) as cursor:
            assert cursor.timeout == 0.02
            with pytest.raises(TimedOutError):
                call(cursor)
        fault.let_go()
        until(lambda: fault.live("results") == fault.live("statements") == 0)  # a helper frees what was given up
    with pytest.raises(InterfaceError, match="timeout is a number of seconds"):
        conn.cursor(timeout=-1)
    conn.close()
    until(lambda: fault.all_live() == {})


def test_a_query_that_fails_half_way_is_no_end(conn, fault):
    answer = next(one for one in recordings.answers("rows_9000") if len(one.blocks) > 1)
    fault.answer([(one.name, one.info.code, one.bytes) for one in answer.fields], answer.blocks, answer.precision)
    fault.fail("taos_fetch_raw_block", 0x80000018, "Conn is broken", nth=2)
    with conn.cursor() as cursor:
        cursor.execute("select * from t")
        assert cursor.fetchone() is not None
        with pytest.raises(OperationalError, match="broken"):
            cursor.fetchall()
        with pytest.raises(InterfaceError, match="no rows to fetch"):
            cursor.fetchone()
    assert fault.live("results") == 0


def test_pandas_reads_by_a_connection_and_warns_of_what_it_prefers(plant):
    with pytest.warns(UserWarning, match="pandas only supports SQLAlchemy"):
        frame = pd.read_sql("select ts, a, v from t where a >= ?", plant, params=[3])
    assert frame.columns.tolist() == ["ts", "a", "v"]
    assert frame["a"].tolist() == [3, 4]
    assert frame["ts"].tolist() == [START + 3 * MINUTE, START + 4 * MINUTE]
    with pytest.warns(UserWarning, match="SQLAlchemy"), pytest.raises(ProgrammingError, match="nothing"):
        pd.read_sql("select nothing from t", plant)


def test_polars_takes_times_of_a_connection_s_rows_in_their_zone():
    with taosnative.connect("embedded:?timezone=Asia/Shanghai") as conn:
        conn.execute("create database p precision 'us' keep 36500")
        conn.execute("create table p.t (ts timestamp, a int)")
        conn.execute("insert into p.t values (?, ?)", [START, 1])
        frame = pl.read_database("select ts, a from p.t", conn)
    assert frame.schema["ts"] == pl.Datetime("us", "Asia/Shanghai")
    assert frame.rows() == [(START, 1)]


def test_numpy_scalars_and_arrays_are_parameters(cursor):
    row = np.array([3])
    assert cursor.execute("select v from t where a = ?", row).fetchall() == [("r3",)]
