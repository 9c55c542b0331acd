"""The public connection: log in, run statements, write in bulk."""

from __future__ import annotations

import contextlib
import datetime
import os
from typing import TYPE_CHECKING, Any

from . import dsn as _dsn
from .dbapi import DatabaseApi
from .display import page
from .driver.search import find_driver
from .errors import DatabaseError, ProgrammingError
from .marks import INSERTS, find_marks
from .native._connection import OPTIONS, ConnectionHandle
from .parameters import check_row, positional
from .reading import ReadOptions
from .result import Result
from .zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .columns._decode import Errors, Nulls
    from .columns.moments import Times
    from .ingest import InsertSummary
    from .parameters import Parameters
    from .reading import AnyStrings
    from .statement import Statement


def connect(
    dsn: str | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    driver: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | None = None,
    timezone: str | None = None,
    charset: str | None = None,
    user_ip: str | None = None,
    user_app: str | None = None,
    timeout: float | None = None,
    connect_timeout: float | None = None,
    nulls: Nulls | None = None,
    strings: AnyStrings | None = None,
    errors: Errors | None = None,
    times: Times | None = None,
) -> Connection:
    """Connect to a TDengine server, or to an embedded one.

    Parameters
    ----------
    dsn : str, optional
        ``taos://user:password@host:6030/database?option=value``; ``embedded:`` for a server of its own in memory;
        ``embedded:///path/plant.db`` for one in a file; ``embedded:///:memory:NAME`` for one in memory that this
        process shares by its name. Its query string takes every keyword argument below; a keyword argument wins over
        the DSN. Reserved characters are percent-encoded.
    host, port, user, password, database : optional
        Where to log in and as whom. The driver fills in what is not given: the server of its ``taos.cfg``, port 6030,
        user root, password taosdata, no database.
    driver : str or path, optional
        The library to use: a path, or "embedded". Otherwise the environment variable ``TAOSNATIVE_DRIVER``, what the
        system's loader finds, and TDengine's own folders, in this order. Never the current directory.
    config : str or path, optional
        The directory of ``taos.cfg``. A driver reads one in the life of a process.
    timezone : str, optional
        The zone ("Asia/Shanghai") of this connection: of times without a zone in SQL, and of the datetimes in rows.
        Otherwise the driver's for SQL, and UTC for rows. It needs a driver of 3.3.5 or newer.
    charset : str, optional
        "UTF-8", where the configuration of the driver says something else; all that taosnative sends is in UTF-8.
    user_ip, user_app : str, optional
        What the server's list of connections is to show, from 3.3.5 on.
    timeout : float, optional
        Seconds that each wait for the server may take where a call is not told otherwise: a statement, and then every
        block of its result. Without a limit where it is not given.
    connect_timeout : float
        Seconds for the login; 60 where it is not given.
    nulls, strings, errors : optional
        How results are read where a call does not say otherwise: see `Result.numpy`, `arrow`, `df` and `pl`.
    times : {"datetime", "numpy", "pandas"}, optional
        What times are in rows, as `Result.rows` says.

    Returns
    -------
    Connection

    Raises
    ------
    DriverNotFoundError
        No driver could be opened; the message tells every place that was tried, and what to do.
    InterfaceError
        An argument is wrong, a second configuration was asked for, or this process was forked off after a connect.
    OperationalError
        The server cannot be reached or refuses the login.
    TimedOutError
        It did not answer in `connect_timeout` seconds.
    NotSupportedError
        The driver does not have what an option needs.

    Notes
    -----
    The GIL is released while the server answers. Ctrl-C ends the wait at once.

    Examples
    --------
    >>> conn = taosnative.connect("embedded:")
    >>> conn.query("select 1").rows()
    [(1,)]
    """
    given = {
        "host": host,
        "port": port,
        "user": user,
        "password": password,
        "database": database,
        "driver": driver,
        "config": config,
        "timezone": timezone,
        "charset": charset,
        "user_ip": user_ip,
        "user_app": user_app,
        "timeout": timeout,
        "connect_timeout": connect_timeout,
        "nulls": nulls,
        "strings": strings,
        "errors": errors,
        "times": times,
    }
    settings = _dsn.parse(dsn, **given)
    zone = datetime.UTC if settings.timezone is None else find_zone(settings.timezone)
    found = find_driver(settings.driver, settings.scheme)
    found.start(settings.config)
    try:
        handle = ConnectionHandle.connect(
            found,
            settings.address,
            settings.port or 0,
            settings.user,
            settings.password,
            settings.database,
            settings.connect_timeout,
        )
    except DatabaseError as error:
        error.add_note(f"connecting to {_place(settings)}, by the driver {found.path} (version {found.version})")
        raise
    handle.timeout = settings.timeout
    try:
        for option in OPTIONS:
            value = getattr(settings, option)
            if value is not None:
                handle.set_option(option, value)
    except BaseException:
        handle.close()
        raise
    return Connection(handle, settings, zone)


class Connection(DatabaseApi):
    """A connection; made by `connect`. A context manager that closes it.

    Threads may share it: each runs its own statements. The current database is shared, too.
    """

    def __init__(self, handle: ConnectionHandle, settings: _dsn.Settings, zone: datetime.tzinfo) -> None:
        self._handle = handle
        self._settings = settings
        self._options = ReadOptions(
            settings.nulls,  # type: ignore[arg-type]
            settings.strings,  # type: ignore[arg-type]
            settings.errors,  # type: ignore[arg-type]
            zone,
            settings.times,  # type: ignore[arg-type]
        )

    def query(
        self,
        sql: str,
        params: Parameters | None = None,
        *,
        req_id: int | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a statement and give its result.

        Parameters
        ----------
        sql : str
            One statement, of at most 1 MiB of UTF-8.
        params : sequence or mapping, optional
            A value for each question mark of a SELECT (`execute`: of an INSERT, too), in order, or for each ``:name``
            by its name; they are bound by a prepared statement and never become SQL. None, bool, int, float, str,
            bytes, Decimal, datetime, date, and numpy's scalars; a time without a zone is in the connection's.
        req_id : int, optional
            A number from 1 to 2**63 - 1 that the logs of server and driver know this request by.
        timeout : float, optional
            Seconds that the statement, and then each block of its result, may take; inf is without a limit. The
            connection's where it is not given.

        Raises
        ------
        ProgrammingError, DataError, OperationalError, …
            As the server answers; `code` is its error code.
        ProgrammingError
            There are more or fewer parameters than question marks, or literals beside them in an INSERT.
        DataError
            A parameter is of a type that cannot be bound, or a time that the precision of what is queried does not
            hold.
        NotSupportedError
            The statement is one whose question marks TDengine binds no values to.
        InterfaceError
            The connection is closed, or the statement cannot be sent.
        TimedOutError
            A wait took longer than `timeout`. The connection stays usable, and the query is stopped in the server
            unless others run on the connection, which would be stopped with it.

        Notes
        -----
        The GIL is released while the server works. Ctrl-C ends the wait at once, as a time limit does.

        In a query a time is bound as text in UTC, which the server compares with a TIMESTAMP in its own precision.
        Elsewhere than in a comparison write ``cast(? as timestamp)``. A Decimal is bound as a DOUBLE, if it has no more
        digits than one.
        """
        limit = _dsn.limit_of_call(timeout)
        sql, values = positional(sql, params)
        row = [] if values is None else check_row(values, find_marks(sql))
        if not row:
            return Result(self._handle.query(sql, req_id, limit), self._options, self)
        with contextlib.ExitStack() as on_failure:
            statement = on_failure.enter_context(self.prepare(sql, req_id=req_id, timeout=timeout))
            if statement.is_insert:
                raise ProgrammingError("an INSERT with parameters has no result: use execute()")
            statement.bind_row(row)
            statement.execute()
            result = statement.result()
            on_failure.pop_all()
        result.close_with(statement)
        return result

    def execute(
        self,
        sql: str,
        params: Parameters | None = None,
        *,
        req_id: int | None = None,
        timeout: float | None = None,
    ) -> int:
        """Run a statement for what it does, and give the number of rows it wrote.

        Parameters and errors are `query`'s. Rows that the statement returns are dropped unread, and the number is 0.
        """
        sql, values = positional(sql, params)
        if values is not None and check_row(values, marks := find_marks(sql)) and marks.verb in INSERTS:
            with self.prepare(sql, req_id=req_id, timeout=timeout) as statement:
                statement.bind_row(values)
                return statement.execute()
        with self.query(sql, values, req_id=req_id, timeout=timeout) as result:
            return result.affected_rows

    def prepare(
        self, sql: str, *, interlace: bool = False, req_id: int | None = None, timeout: float | None = None
    ) -> Statement:
        """Make a statement with a question mark for each value ready for columns to be bound.

        Parameters
        ----------
        sql : str
            One statement. In an INSERT the name of the table may be a question mark, and every tag must be.
        interlace : bool
            The driver's mode for rows of many child tables of one super table: every column is bound, in the table's
            order, and a table once before an execute.
        req_id : int, optional
            A number from 1 to 2**63 - 1 that the logs of server and driver know its requests by.
        timeout : float, optional
            Seconds that each wait for the server may take; inf is without a limit. The connection's
            where it is not given.

        Raises
        ------
        ProgrammingError
            There are literals in TAGS (…): the driver would lose them without a word.
        NotSupportedError
            The driver has no statements of this kind: they came with 3.3.5.0.

        Examples
        --------
        >>> with conn.prepare("insert into ? using meters tags (?) values (?, ?)") as statement:
        ...     statement.bind([times, amperes], tbname="d1001", tags=["north"])
        ...     statement.execute()
        """
        from .statement import Statement

        return Statement(
            self._handle,
            sql,
            interlace=interlace,
            req_id=req_id,
            timeout=_dsn.limit_of_call(timeout),
            read=self._options,
        )

    def insert(
        self,
        table: str,
        columns: Mapping[str, Any],
        *,
        tbname: str | None = None,
        tags: Mapping[str, Any] | None = None,
        batch_rows: int = 100_000,
        progress: Callable[[int, int], Any] | bool | None = None,
        timeout: float | None = None,
    ) -> InsertSummary:
        """Write columns into a table in bulk.

        Parameters
        ----------
        table : str
            A normal table, a child table, or a super table together with `tbname`; ``database.table`` for one of
            another database. As in SQL, it is taken in lower case unless it is in backquotes.
        columns : mapping of str to array
            Name to values, all of one length; a name is taken in lower case where the table has none as it stands.
            Columns that are not given stay NULL, or as they are in rows that exist.
        tbname : str, optional
            Which of `columns` holds the name of each row's child table, taken as it stands. It need be no column of the
            table. Child tables that do not exist are made; for them every tag is needed.
        tags : mapping of str to value, optional
            Tags that all child tables of this insert share. Others are columns, with one value in all rows of a table.
        batch_rows : int
            The most rows of a request.
        progress : callable or bool, optional
            Called with the rows done and the rows in all after every request. True: a bar, where tqdm is installed.
        timeout : float, optional
            Seconds that each request may take; inf is without a limit. The connection's where it is not given.

        Returns
        -------
        InsertSummary
            What the server acknowledged.

        Raises
        ------
        DataError
            A value does not fit: says column, row and value. Nothing was sent.
        ProgrammingError
            Columns are missing or too many, or there is no such table. Nothing was sent.
        OperationalError
            The server, or the way to it, failed half way. `summary` of the exception says what was written, what is in
            doubt, and what was not sent.

        Notes
        -----
        NULL is None, NaN, NaT, pandas' NA, and what is masked; in a `MaskedArray` the mask alone decides, and a
        NaN that is not masked is a value. Times are datetime64 (UTC), integers (ticks of the database's
        precision), datetime, date and ISO 8601 text; those without a zone are in the connection's. Values are
        taken where the column holds them exactly, and never cut, wrapped or rounded, but that a FLOAT gets the
        nearest to a float64.

        Arrays of the column's own dtype are bound where they lie, without a copy, if the rows of each table lie
        together: do not change them meanwhile. The GIL is released while the server works. Rows are acknowledged
        request by request: an insert of several requests is not one transaction.

        Examples
        --------
        >>> columns = {"ts": times, "current": amperes, "device": names}
        >>> conn.insert("meters", columns, tbname="device", tags={"site": "north"})
        """
        from .ingest import insert

        return insert(
            self,
            table,
            columns,
            tbname=tbname,
            tags=tags,
            batch_rows=batch_rows,
            progress=progress,
            timeout=_dsn.limit_of_call(timeout),
            zone=self._options.timezone,
        )

    @property
    def server_info(self) -> str:
        """What the server tells of itself, its version in the first line."""
        return self._handle.server_info()

    @property
    def client_info(self) -> str:
        """The version of the driver."""
        return self._handle.client_info()

    @property
    def database(self) -> str | None:
        """The database that unqualified names are looked up in, or None."""
        return self._handle.current_database()

    def select_db(self, name: str) -> None:
        """Make a database the one that unqualified names are looked up in, for every thread."""
        self._handle.select_db(name)

    def kill(self) -> None:
        """Stop every statement that this connection is running, in whatever thread: each raises OperationalError."""
        self._handle.kill()

    def _repr_html_(self) -> str:
        """For notebooks: where it leads. The server is not asked."""
        return page(repr(self).strip("<>"), ())

    def __repr__(self) -> str:
        return f"<taosnative.Connection to {_place(self._settings)}{', closed' if self.closed else ''}>"


def _place(settings: _dsn.Settings) -> str:
    """Where a connection leads, in words; without the password, and without the mark of a private server."""
    where = (settings.address or "the driver's default server").partition("#")[0]
    return f"{where}:{settings.port}" if settings.port else where
