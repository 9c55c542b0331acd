"""A connection: which statement is whose, the current database and zone, and what is running."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from . import admin, ddl, insert, show, storage, system_tables
from .alter import alter_database, alter_table
from .catalog import Database, Table
from .delete import delete
from .handlers import Handler, after_keyword, dispatch
from .insert_select import insert_select
from .insert_text import InsertReader, form, is_insert
from .literals import TICKS
from .names import TABLE_NOT_EXIST
from .prepared import prepare
from .protocol import ColumnInfo, EngineError, Outcome, Prepared
from .refusals import translated
from .select import Plan, compile_select
from .server import DATABASE_NOT_EXIST, SYSTEM_DATABASES, Server
from .tokens import DATABASE_NOT_SPECIFIED, Reader
from .typed import Typed
from .values import Clock

DISCONNECTED = 0x80000213

#: The year up to which a database takes timestamps, in seconds since 1970; nanoseconds end in 2262.
_LAST_SECOND = 31_556_995_200


class EngineSession:
    """A connection to a server of the embedded engine."""

    def __init__(self, server: Server, user: str) -> None:
        self.server = server
        self.user = user
        self.timezone: tzinfo = UTC
        self._database: str | None = None
        self._lock = threading.Lock()
        self._running: list[duckdb.DuckDBPyConnection] = []
        self._streams: weakref.WeakSet[_Stream] = weakref.WeakSet()
        self._closed = False

    # What a statement is looked up in.

    def database(self, name: str | None = None) -> Database:
        """A database by its name, the current one without."""
        name = self._database if name is None else name
        if name is None:
            raise EngineError(DATABASE_NOT_SPECIFIED, "Database not specified")
        found = self.server.catalog.databases.get(name)
        if found is None:
            raise EngineError(DATABASE_NOT_EXIST, "Database not exist")
        return found

    def now(self, precision: int) -> int:
        """The moment, in ticks of a precision."""
        return self.server.now_ns() * TICKS[precision] // 1_000_000_000

    def clock(self, precision: int) -> Clock:
        """What literals of time depend on."""
        return Clock(precision, self.timezone, self.now(precision))

    def window(self, database: Database) -> tuple[int, int]:
        """The least and the greatest timestamp that a database takes."""
        ticks = TICKS[database.precision]
        latest = min(_LAST_SECOND * ticks - 1, 2**63 - 1)
        return self.now(database.precision) - database.keep_minutes * 60 * ticks, latest

    def lookup(self, database: str | None, name: str) -> Table:
        """A table that a query is about."""
        try:
            found = self.database(database).tables.get(name)
        except EngineError as missing:
            if missing.code == DATABASE_NOT_SPECIFIED:
                raise
            raise EngineError(missing.code, f"Fail to get table info, error: {missing.message}") from None
        if found is None:
            raise EngineError(TABLE_NOT_EXIST, "Fail to get table info, error: Table does not exist")
        return found

    def system_table(self, database: str, name: str) -> tuple[Sequence[ColumnInfo], str]:
        """Columns of a table of `information_schema` or `performance_schema`, and DuckDB's SQL for its rows."""
        return system_tables.read(self, database, name)

    # The protocol.

    def execute(self, sql: str) -> Outcome:
        """Run a statement."""
        if self._closed:
            raise EngineError(DISCONNECTED, "Disconnected from server")
        with translated():
            if is_insert(sql) and form(sql) in ("values", "file"):
                return self._insert(sql)
            reader = Reader(sql)
            if reader.at(*_QUERIES):
                return self.query(sql)
            handler = _handler(reader)
            with self.server.lock:
                return handler(self, reader)

    def _insert(self, sql: str) -> Outcome:
        server = self.server
        with server.lock:
            insertion = InsertReader(sql, self.database, self.clock).read()
            batches = insert.check(insertion, self.window)
            with server.change() as cursor, self.interruptible(cursor):
                insert.create_children(cursor, insertion.created.values(), self.now(0))
                return Outcome(affected=sum(storage.write(cursor, batch) for batch in batches))

    def compile(self, query: str, marks: Sequence[Typed] = ()) -> Plan:
        """The plan of a query; `marks` are the values of its `?`."""
        return compile_select(query, self, marks)

    def query(self, sql: str, marks: Sequence[Typed] = ()) -> Outcome:
        """Run a query; `marks` are the values of its `?`."""
        with translated():
            with self.server.lock:
                plan = self.compile(sql, marks)
                cursor = self.server.connection.cursor()
            stream = _Stream(self, cursor, plan.sql, plan.parameters)
            with self._lock:
                self._streams.add(stream)
        return Outcome(columns=plan.columns, precision=plan.precision, stream=stream)

    def validate(self, sql: str) -> None:
        """Raise what `execute` would raise for this text before it ran."""
        with translated(), self.server.lock:
            if is_insert(sql) and form(sql) in ("values", "file"):
                InsertReader(sql, self.database, self.clock).read()
                return
            reader = Reader(sql)
            if reader.at(*_QUERIES):
                self.compile(sql)
            else:
                _handler(reader)

    def prepare(self, sql: str) -> Prepared:
        """A statement with `?`."""
        return prepare(self, sql)

    def current_database(self) -> str | None:
        """The database that unqualified names are looked up in."""
        return self._database

    def use(self, database: str | None) -> None:
        """Change it; None forgets it."""
        if database is not None and database not in SYSTEM_DATABASES:
            self.database(database)
        self._database = database

    def set_timezone(self, name: str | None) -> None:
        """The zone of time literals without one; an unknown zone is UTC, as it is to TDengine."""
        try:
            self.timezone = ZoneInfo(name) if name and name.upper() != "UTC" else UTC
        except (ZoneInfoNotFoundError, ValueError):
            self.timezone = UTC

    def interrupt(self) -> None:
        """Stop what the connection is running, from another thread."""
        with self._lock:
            for cursor in (*self._running, *(stream.cursor for stream in self._streams)):
                cursor.interrupt()

    @contextmanager
    def interruptible(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """What runs inside is stopped by `interrupt`."""
        with self._lock:
            self._running.append(cursor)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(cursor)

    def close(self) -> None:
        """Release what the session holds of its server."""
        if not self._closed:
            self._closed = True
            self.server.leave(self)


class _Stream:
    """A query's rows, run when they are asked for; it keeps its cursor."""

    def __init__(self, session: EngineSession, cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Any) -> None:
        self.cursor = cursor
        with session.interruptible(cursor):
            self.relation = cursor.sql(sql, params=parameters) if parameters else cursor.sql(sql)

    def fetch_rows(self) -> list[tuple[Any, ...]]:
        """All rows as Python values."""
        with translated():
            rows: list[tuple[Any, ...]] = self.relation.fetchall()
            return rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        with translated():
            return self.relation.__arrow_c_stream__()


def _handler(reader: Reader) -> Handler:
    """What runs a statement, by its first word."""
    handler = _STATEMENTS.get(reader.token.value) if reader.token.kind == "id" else None
    if handler is None:
        reader.fail()
    return handler


#: How statements begin that the compiler of queries reads.
_QUERIES = ("select", "explain", "(")
_STATEMENTS: dict[str, Handler] = {
    word: after_keyword(handler)
    for word, handler in {
        "create": dispatch(ddl.CREATE | admin.CREATE),
        "drop": dispatch(ddl.DROP | admin.DROP),
        "alter": dispatch({"database": alter_database, "table": alter_table, "stable": alter_table} | admin.ALTER),
        "use": ddl.USE,
        "insert": insert_select,
        "delete": delete,
        "describe": show.DESCRIBE,
        "desc": show.DESCRIBE,
        "show": show.SHOW,
        **admin.STATEMENTS,
    }.items()
}
