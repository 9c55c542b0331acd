"""The compliance suite that others wrote for drivers of PEP 249, on the embedded engine.

What is different here is what TDengine makes necessary, each with its reason.
"""

import itertools
import re

import dbapi20
import pytest

import taosnative

SERVER = "embedded:///:memory:dbapi20?clock=2026-11-24T13:00:00Z"


class TimedCursor(taosnative.Cursor):
    """Gives each row that the suite inserts a time, which a table of TDengine begins with, and the suite has none."""

    ticks = itertools.count(1_700_000_000_000)

    def execute(self, operation, parameters=None):
        if parameters is not None:
            return super().execute(_timed(operation, "?"), (next(self.ticks), *parameters))
        return super().execute(_timed(operation, next(self.ticks)))

    def executemany(self, operation, seq_of_parameters):
        rows = ((next(self.ticks), *row) for row in seq_of_parameters)
        return super().executemany(_timed(operation, "?"), rows)


def _timed(operation, time):
    return re.sub(r"^(insert into \w+ values) \(", rf"\1 ({time}, ", operation)


class TimedConnection(taosnative.Connection):
    """A connection with such cursors."""

    def cursor(self):
        self._check_open()
        return TimedCursor(self, taosnative.rows.tuple_row)


class Driver:
    """The module, with such connections."""

    def __getattr__(self, name):
        return getattr(taosnative, name)

    @staticmethod
    def connect(dsn):
        connection = taosnative.connect(dsn)
        connection.__class__ = TimedConnection
        return connection


class TestDatabaseAPI20(dbapi20.DatabaseAPI20Test):
    driver = Driver()
    connect_args = (SERVER.replace("dbapi20?", "dbapi20?database=suite&"),)
    ddl1 = f"create table {dbapi20.DatabaseAPI20Test.table_prefix}booze (ts timestamp, name varchar(20))"
    ddl2 = (
        f"create table {dbapi20.DatabaseAPI20Test.table_prefix}barflys "
        "(ts timestamp, name varchar(20), drink varchar(30))"
    )

    def setUp(self):
        keeper = taosnative.connect(SERVER)
        self.addCleanup(keeper.close)
        keeper.execute("create database if not exists suite keep 36500")

    def _connect(self):
        """Some tests leave a connection open, of which it would warn."""
        connection = super()._connect()
        self.addCleanup(connection.close)
        return connection

    def _paraminsert(self, cursor):
        """The suite's own has a literal beside the question mark, which no prepared statement of TDengine takes."""
        self.executeDDL2(cursor)
        trouble = "thi%s :may ca%(u)se? troub:1e"
        insert = f"insert into {self.table_prefix}barflys values"
        cursor.execute(f"{insert} ('Victoria Bitter', '{trouble}')")
        assert cursor.rowcount in (-1, 1)
        with pytest.raises(taosnative.ProgrammingError):
            cursor.execute(f"{insert} (?, '{trouble}')", ("Cooper's",))
        cursor.execute(f"{insert} (?, ?)", ("Cooper's", trouble))
        assert cursor.rowcount in (-1, 1)
        cursor.execute(f"select name, drink from {self.table_prefix}barflys")
        assert sorted(cursor.fetchall()) == [("Cooper's", trouble), ("Victoria Bitter", trouble)]

    def test_non_idempotent_close(self):
        """The suite wants an error of a second close, on which it says itself that reasonable persons differ."""
        connection = self._connect()
        connection.close()
        connection.close()

    def test_nextset(self):
        """No statement of TDengine gives two sets of rows, and it has no stored procedures that would."""
        cursor = self._connect().cursor()
        self.executeDDL1(cursor)
        for sql in self._populate():
            cursor.execute(sql)
        cursor.execute(f"select name from {self.table_prefix}booze")
        assert cursor.nextset() is None
        assert cursor.fetchall() == []

    def test_setoutputsize(self):
        """It does nothing, so that a value which is longer comes whole."""
        cursor = self._connect().cursor()
        cursor.setoutputsize(1)
        self.executeDDL1(cursor)
        cursor.execute(self._populate()[0])
        cursor.setoutputsize(1, 0)
        cursor.execute(f"select name from {self.table_prefix}booze")
        assert cursor.fetchall() == [(self.samples[0],)]

    def test_callproc(self):
        """There are no stored procedures, and the method is optional."""
        assert not hasattr(self._connect().cursor(), "callproc")
