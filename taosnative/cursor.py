"""PEP 249's cursor: a statement is executed, and its rows are fetched one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

from .errors import Error, InterfaceError, ProgrammingError
from .marks import INSERTS, find_marks, name_to_marks
from .parameters import in_order, positional
from .typeobjects import Column, described

if TYPE_CHECKING:
    from types import TracebackType

    from .columns.moments import Times
    from .connection import Connection
    from .parameters import Parameters
    from .result import Result
    from .rows import RowFactory, RowMaker

RowT = TypeVar("RowT")

#: The most rows that `executemany` writes with one request.
BATCH_ROWS: Final = 100_000


class Cursor(Generic[RowT]):
    """Executes statements and fetches their rows, as PEP 249 has it; made by `Connection.cursor`.

    A context manager that closes it, and an iterator of the rows that are left. Rows are fetched from the server a
    block at a time, as they are asked for. Each thread has cursors of its own.

    Attributes
    ----------
    connection : Connection
        What it runs on.
    arraysize : int
        How many rows `fetchmany` fetches where it is not told; 1.
    timeout : float or None
        Seconds that each wait for the server may take, as of `Connection.query`.
    lastrowid : None
        TDengine has no row ids.
    """

    lastrowid: Final = None

    def __init__(
        self,
        connection: Connection,
        row_factory: RowFactory[RowT],
        times: Times | None = None,
        timeout: float | None = None,
    ) -> None:
        self.connection = connection
        self.arraysize = 1
        self.timeout = timeout
        self._row_factory = row_factory
        self._times = times
        self._is_closed = False
        self._result: Result | None = None
        self._batches: Iterator[list[tuple[Any, ...]]] | None = None
        self._ready: list[tuple[Any, ...]] = []
        self._at = 0  # of the first row in `_ready` that was not fetched
        self._n_fetched = 0
        self._make: RowMaker[RowT] | None = None
        self._description: tuple[Column, ...] | None = None
        self._rowcount = -1

    # ---- executing --------------------------------------------------------------------------------------------------

    def execute(self, operation: str, parameters: Parameters | None = None, /) -> Self:
        """Run a statement and give the cursor itself; errors are those of `Connection.query`.

        Parameters
        ----------
        operation : str
            One statement.
        parameters : sequence or mapping, optional
            A value for each question mark, in order, or for each ``:name``. They are bound and never become SQL.
        """
        self._check_open()
        self._forget()
        sql, values = positional(operation, parameters)
        if values is not None and find_marks(sql).verb in INSERTS:
            self._rowcount = self.connection.execute(sql, values, timeout=self.timeout)
            return self
        result = self.connection.query(sql, values, timeout=self.timeout)
        if not result.schema:
            self._rowcount = result.affected_rows
            return self
        try:
            self._make = self._row_factory(result.schema)
        except BaseException:
            result.close()
            raise
        self._result = result
        self._description = tuple(map(described, result.schema))
        self._batches = result.row_batches(self._times)
        return self

    def executemany(self, operation: str, seq_of_parameters: Iterable[Parameters], /) -> Self:
        """Write rows by one INSERT, and give the cursor itself; `rowcount` is the number of rows written.

        Parameters
        ----------
        operation : str
            An INSERT with a question mark, or a ``:name``, for each value; the table's name and its tags may be some.
            Another statement without any is run once for each of the parameters, which are then empty.
        seq_of_parameters : iterable of sequence or of mapping
            A row each, as `execute` takes it.

        Raises
        ------
        ProgrammingError
            The statement is a query, or a row has not as many values as there are question marks.
        DataError
            A value does not fit.

        Notes
        -----
        Rows are bound as columns and sent in requests of 100,000, each of which is checked before it is sent. Where one
        fails, the exception's note tells how many rows those before it had written. Columns that are in arrays already
        are written faster by `Connection.insert`.
        """
        self._check_open()
        self._forget()
        rows = iter(seq_of_parameters)
        first = next(rows, None)
        if first is None:
            self._rowcount = 0
            return self
        marked, _ = positional(operation, first)
        marks = find_marks(marked)
        if marks.verb in ("select", "(", "explain", "show", "describe", "desc"):
            raise ProgrammingError("executemany is for statements that return no rows: run a query by execute")
        self._rowcount = 0
        if marks.verb in INSERTS and marks.in_all:
            _, names = name_to_marks(operation)
            given = chain([first], rows)
            self._insert(marked, (in_order(names, row) for row in given) if names else given)
        else:
            for row in chain([first], rows):
                self._rowcount += self.connection.execute(operation, row, timeout=self.timeout)
        return self

    def _insert(self, sql: str, rows: Iterator[Any]) -> None:
        with self.connection.prepare(sql, timeout=self.timeout) as statement:
            try:
                while batch := list(islice(rows, BATCH_ROWS)):
                    statement.bind_rows(batch)
                    self._rowcount += statement.execute()
            except Error as error:
                if self._rowcount:
                    error.add_note(f"{self._rowcount} rows were written before, by the requests before this one")
                raise

    def setinputsizes(self, sizes: Any, /) -> None:
        """Does nothing, as PEP 249 allows: values are bound by their types."""

    def setoutputsize(self, size: int, column: int | None = None, /) -> None:
        """Does nothing, as PEP 249 allows: values of any size are fetched."""

    # ---- what is known ----------------------------------------------------------------------------------------------

    @property
    def description(self) -> tuple[Column, ...] | None:
        """The columns of the rows to fetch; None where the last statement returned none, or there was none."""
        return self._description

    @property
    def rowcount(self) -> int:
        """Rows that the last statement wrote; of a query the number of its rows when all are fetched, and -1 before."""
        return self._rowcount

    @property
    def rownumber(self) -> int | None:
        """Index of the row that the next fetch gives, from 0; None where there is no result."""
        return None if self._batches is None else self._n_fetched

    @property
    def closed(self) -> bool:
        """Whether it, or its connection, was closed."""
        return self._is_closed or self.connection.closed

    # ---- fetching ---------------------------------------------------------------------------------------------------

    def fetchone(self) -> RowT | None:
        """The next row, or None when there are no more.

        Raises
        ------
        InterfaceError
            The last statement returned no rows, or the cursor is closed.
        """
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[RowT]:
        """The next `size` rows (`arraysize` where it is not given), or as many as are left; errors as `fetchone`."""
        wanted = self.arraysize if size is None else size
        if wanted < 0:
            raise ProgrammingError(f"size={wanted}: a number of rows is not negative")
        make = self._reading()
        while len(self._ready) - self._at < wanted and self._refill():
            pass
        rows = [make(values) for values in self._ready[self._at : self._at + wanted]]
        self._at += len(rows)
        self._n_fetched += len(rows)
        return rows

    def fetchall(self) -> list[RowT]:
        """All rows that are left; errors as `fetchone`."""
        self._reading()
        while self._refill():
            pass
        return self.fetchmany(len(self._ready) - self._at)

    def nextset(self) -> None:
        """Drop the rows that are left, and say that there is no other set: a statement of TDengine has one at most.

        Raises
        ------
        InterfaceError
            The last statement returned no rows.
        """
        self._reading()
        self._drop_rows()
        self._batches = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> RowT:
        rows = self.fetchmany(1)
        if not rows:
            raise StopIteration
        return rows[0]

    # ---- the end ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close it; a query whose rows are not all fetched is stopped. Closing again does no harm."""
        self._is_closed = True
        self._forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<taosnative.Cursor{', closed' if self.closed else ''}>"

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._is_closed:
            raise InterfaceError("the cursor is closed")
        if self.connection.closed:
            raise InterfaceError("the cursor's connection is closed")

    def _reading(self) -> RowMaker[RowT]:
        """What makes the rows of the result that there is."""
        self._check_open()
        if self._batches is None or self._make is None:
            raise InterfaceError("there are no rows to fetch: the last statement returned none, failed, or was not run")
        return self._make

    def _refill(self) -> bool:
        """Get the next block's rows ready behind those that were not fetched; False at the end."""
        assert self._batches is not None
        try:
            batch = next(self._batches, None)
        except BaseException:
            self._forget()  # what is left is lost, and must not look like an end
            raise
        if batch is None:
            self._rowcount = self._n_fetched + len(self._ready) - self._at
            return False
        del self._ready[: self._at]
        self._ready += batch
        self._at = 0
        return True

    def _drop_rows(self) -> None:
        if self._result is not None:
            self._result.close()
        self._result = None
        self._ready = []
        self._at = 0

    def _forget(self) -> None:
        """Be as before any statement."""
        self._drop_rows()
        self._batches = None
        self._n_fetched = 0
        self._make = None
        self._description = None
        self._rowcount = -1
