"""A connection: which statement is whose, the current database and zone, and what is running."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from . import ddl, insert, show
from .catalog import Database
from .insert_text import InsertReader, form, is_insert
from .literals import TICKS
from .prepared import prepare
from .protocol import EngineError, Outcome, Prepared
from .refusals import translated
from .server import DATABASE_NOT_EXIST, SYSTEM_DATABASES, Server
from .tokens import DATABASE_NOT_SPECIFIED, Reader
from .values import Clock

DISCONNECTED = 0x80000213

try:
    from .select import compile_select
except ImportError:
    from .plain_select import compile_select

#: The year up to which a database takes timestamps, in seconds since 1970; nanoseconds end in 2262.
_LAST_SECOND = 31_556_995_200


class EngineSession:
    """A connection to a server of the embedded engine."""

    def __init__(self, server: Server, user: str) -> None:
        self.server = server
        self.user = user
        self.zone: tzinfo = UTC
        self._database: str | None = None
        self._lock = threading.Lock()
        self._running: list[duckdb.DuckDBPyConnection] = []
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
        return Clock(precision, self.zone, self.now(precision))

    def window(self, database: Database) -> tuple[int, int]:
        """The least and the greatest timestamp that a database takes."""
        ticks = TICKS[database.precision]
        latest = min(_LAST_SECOND * ticks - 1, 2**63 - 1)
        return self.now(database.precision) - database.keep_minutes * 60 * ticks, latest

    def system_table(self, name: str) -> tuple[Any, Any]:
        """Columns and rows of a table of `information_schema`."""
        return show.system_table(self, name)

    # The protocol.

    def execute(self, sql: str) -> Outcome:
        """Run a statement."""
        if self._closed:
            raise EngineError(DISCONNECTED, "Disconnected from server")
        with translated():
            if is_insert(sql) and form(sql) in ("values", "file"):
                return self._insert(sql)
            reader = Reader(sql)
            word = reader.token.value if reader.token.kind == "id" else None
            if word in ("select", "explain") or reader.at("("):
                return self._select(sql)
            if word not in _STATEMENTS:
                reader.fail()
            with self.server.lock:
                return _STATEMENTS[word](self, reader)

    def _insert(self, sql: str) -> Outcome:
        server = self.server
        with server.lock:
            insertion = InsertReader(sql, self.database, self.clock).read()
            databases = {rows.table.database.uid: rows.table.database for rows in insertion.rows}
            windows = {uid: self.window(database) for uid, database in databases.items()}
            with server.change() as cursor, self.interruptible(cursor):
                insert.create_children(cursor, insertion.created.values(), self.now(0))
                return Outcome(affected=insert.run(cursor, insertion, windows))

    def _select(self, sql: str) -> Outcome:
        with self.server.lock:
            plan = compile_select(sql, self)
            cursor = self.server.connection.cursor()
        stream = _Stream(self, cursor, plan.sql, plan.parameters)
        return Outcome(columns=plan.columns, precision=plan.precision, stream=stream)

    def validate(self, sql: str) -> None:
        """Raise what `execute` would raise for this text before it ran."""
        with translated(), self.server.lock:
            if is_insert(sql) and form(sql) in ("values", "file"):
                InsertReader(sql, self.database, self.clock).read()
                return
            reader = Reader(sql)
            word = reader.token.value if reader.token.kind == "id" else None
            if word in ("select", "explain"):
                compile_select(sql, self)
            elif word not in _STATEMENTS:
                reader.fail()

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
            self.zone = ZoneInfo(name) if name and name.upper() != "UTC" else UTC
        except (ZoneInfoNotFoundError, ValueError):
            self.zone = UTC

    def interrupt(self) -> None:
        """Stop what this session is running, from another thread."""
        with self._lock:
            for cursor in self._running:
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

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        with translated():
            return self.relation.__arrow_c_stream__()


_STATEMENTS: dict[str | None, Callable[[EngineSession, Reader], Outcome]] = {**ddl.STATEMENTS, **show.STATEMENTS}
