"""The servers of this process, and how an address finds one.

`embedded:///path/plant.db` is a DuckDB file, `embedded:` (with a mark of its own, `embedded:#…`) a server in memory for
one session, `embedded:///:memory:NAME` one in memory shared by that name, and so is every other address, as a host
would be. A server of a file or of one session closes with its last session; the others live as long as the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb

from . import meta
from .protocol import EngineError

if TYPE_CHECKING:
    from .session import EngineSession

CANNOT_CONNECT = 0x8000000B
INVALID_OPTION = 0x80000119
DATABASE_NOT_EXIST = 0x80000388
USER_NOT_EXIST = 0x80000351
WRONG_PASSWORD = 0x80000357

#: Databases that every server has, and that hold no tables of users.
SYSTEM_DATABASES = ("information_schema", "performance_schema")

_lock = threading.RLock()
_servers: dict[str, Server] = {}


@dataclass
class User:
    """Who may connect."""

    password: str
    created_ms: int
    sysinfo: int = 1
    createdb: int = 0


class Server:
    """One DuckDB database with a catalog, a clock and users."""

    def __init__(self, key: str, path: str, *, lasting: bool, clock: int | None = None) -> None:
        self.key = key
        self.lasting = lasting  #: lives on without sessions
        self.lock = threading.RLock()  #: held while the catalog is read or changed
        self.sessions: set[EngineSession] = set()
        self.set_clock(time.time_ns() if clock is None else clock)
        try:
            self.connection = duckdb.connect(path)
        except duckdb.IOException as problem:
            text = f"Unable to establish connection: {path}: {_first_line(problem)}"
            if "lock" in str(problem):
                text = f"Unable to establish connection: {path} is open in another process"
            raise EngineError(CANNOT_CONNECT, text) from None
        except duckdb.Error as problem:
            raise EngineError(
                CANNOT_CONNECT, f"Unable to establish connection: {path}: {_first_line(problem)}"
            ) from None
        self.writer = self.connection.cursor()
        self.catalog = meta.load(self.writer)
        self.started_ms = self.now_ns() // 1_000_000
        self.users = {"root": User("taosdata", self.started_ms, createdb=1)}

    def set_clock(self, start_ns: int) -> None:
        """Let it be this moment now; the clock runs on from there."""
        self._clock_start = (start_ns, time.monotonic_ns())

    def now_ns(self) -> int:
        """Nanoseconds since 1970, by this server's clock."""
        start, mark = self._clock_start
        return start + time.monotonic_ns() - mark

    @contextmanager
    def change(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction: all of it is in DuckDB and in the catalog, or nothing."""
        with self.lock:
            self.writer.begin()
            try:
                yield self.writer
                self.writer.commit()
            except BaseException:
                with suppress(duckdb.TransactionException):  # a commit that failed has rolled back itself
                    self.writer.rollback()
                self.catalog = meta.load(self.writer)
                raise

    def close(self) -> None:
        """Let go of DuckDB."""
        self.writer.close()
        self.connection.close()

    def leave(self, session: EngineSession) -> None:
        """Forget a session, and close with the last where this server does."""
        with _lock:
            self.sessions.discard(session)
            if not self.sessions and not self.lasting and _servers.get(self.key) is self:
                del _servers[self.key]
                self.close()


def _first_line(problem: Exception) -> str:
    return str(problem).split("\n", 1)[0]


@dataclass
class Address:
    """What an address says."""

    key: str
    path: str
    lasting: bool
    options: dict[str, str] = field(default_factory=dict)


def parse_address(address: str) -> Address:
    """Which server an address means."""
    if not address.startswith("embedded:"):
        return Address(f"host {address}", ":memory:", lasting=True)
    parts = urlsplit(address)
    options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    path = unquote(parts.path)
    if path.startswith("/:memory:"):
        return Address(path[1:], ":memory:", lasting=True, options=options)
    if path in ("", "/"):
        return Address(f"private {parts.fragment}", ":memory:", lasting=False, options=options)
    return Address(f"file {path}", path, lasting=False, options=options)


def parse_clock(text: str) -> int:
    """Nanoseconds of a moment: ISO 8601, UTC where it has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise EngineError(INVALID_OPTION, f"Invalid clock: {text} (a moment such as 2026-11-24T12:00:00Z)") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1_000_000) * 1_000


def connect(address: str, user: str | None, password: str | None, database: str | None) -> EngineSession:
    """A session with the server that an address means, made when it is not there yet."""
    from .session import EngineSession

    where = parse_address(address)
    unknown = set(where.options) - {"clock"}
    if unknown:
        raise EngineError(INVALID_OPTION, f"Invalid option {min(unknown)}; known: clock")
    clock = parse_clock(where.options["clock"]) if "clock" in where.options else None
    with _lock:
        server = _servers.get(where.key)
        if server is None:
            server = Server(where.key, where.path, lasting=where.lasting, clock=clock)
            _servers[where.key] = server
        elif clock is not None:
            server.set_clock(clock)
        try:
            _check_user(server, user or "root", "taosdata" if password is None else password)
            session = EngineSession(server, user or "root")
            if database:
                session.use(database)
        except BaseException:
            if not server.sessions and not server.lasting:
                del _servers[where.key]
                server.close()
            raise
        server.sessions.add(session)
        return session


def _check_user(server: Server, user: str, password: str) -> None:
    known = server.users.get(user)
    if known is None:
        raise EngineError(USER_NOT_EXIST, "Invalid user")
    if known.password != password:
        raise EngineError(WRONG_PASSWORD, "Authentication failure")
