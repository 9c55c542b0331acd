"""What a query gives: columns, rows or batches of rows, read once and forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .batch import Batch
from .columns._cut import Cutter
from .columns._decode import Sink
from .columns._export import Stream
from .columns.rows import rows
from .display import page
from .errors import InterfaceError
from .lifecycle import Closing
from .native._result import ResultHandle
from .reading import Reading, ReadOptions
from .types import PRECISIONS, Field

if TYPE_CHECKING:
    from .columns.moments import Times
    from .native._statement import StatementHandle


class Result(Reading, Closing[ResultHandle]):
    """The result of a statement; made by `Connection.query`.

    It is read once, and then it is closed: whole by `numpy`, `arrow`, `df`, `pl` or `rows`; a part at a time, in
    bounded memory, by iteration, by `batches`, or by any library that reads Arrow streams, which takes the result
    itself (``pa.table(result)``, ``duckdb.sql("from result")``). It is a context manager and can be closed earlier,
    which stops the query in the server.

    Attributes
    ----------
    schema : tuple of Field
        The columns; empty where the statement returns no rows.
    precision : str
        The unit of its TIMESTAMPs: "ms", "us" or "ns".
    affected_rows : int
        Rows written by a statement that returns none.
    """

    _ended = "read or closed"

    def __init__(self, handle: ResultHandle, options: ReadOptions | None = None, parent: object = None) -> None:
        self._handle = handle
        self._parent = parent  # what would close the result if it were dropped: kept
        self._statement: Closing[StatementHandle] | None = None
        self._options = options or ReadOptions()
        self._is_read = False
        self.schema: tuple[Field, ...] = tuple(handle.fields)
        self.precision: str = PRECISIONS[handle.precision]
        self.affected_rows: int = handle.affected_rows
        if not self.schema:
            handle.close()  # all there is to know is known

    def row_batches(self, times: Times | None = None) -> Iterator[list[tuple[Any, ...]]]:
        """Read the rows of one block after another; errors are those of `rows`, and leaving early stops the query."""
        return self._rows(self._options.but(times=times))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Read row by row, a block at a time; leaving early stops the query."""
        for batch in self.row_batches():
            yield from batch

    def batches(self, rows: int | None = None) -> Iterator[Batch]:
        """Read a batch at a time, in bounded memory; leaving early stops the query.

        Parameters
        ----------
        rows : int, optional
            Rows of a batch; the last may have fewer. Otherwise a batch is a block of the server's, of some thousand
            rows.

        Yields
        ------
        Batch

        Raises
        ------
        InterfaceError, DataError, OperationalError
            As `numpy` does.
        """
        if rows is not None and (isinstance(rows, bool) or not isinstance(rows, int) or rows < 1):
            raise InterfaceError(f"batches(rows={rows!r}): rows is a number from 1 on")
        return self._batches(rows)

    def close_with(self, statement: Closing[StatementHandle]) -> None:
        """Let a statement that was made for this result alone be closed with it."""
        self._statement = statement
        if self.closed:
            self.close()

    def close(self) -> None:
        """Close it; closing again does no harm. A query that is not at its end is stopped."""
        super().close()
        if self._statement is not None:
            self._statement.close()

    def cancel(self) -> None:
        """Stop the query in the server, from any thread; a reader gets an OperationalError."""
        self._handle.stop()

    stop = cancel

    def __repr__(self) -> str:
        names = ", ".join(field.name for field in self.schema[:8]) + (", …" if len(self.schema) > 8 else "")
        what = f"columns ({names})" if self.schema else f"{self.affected_rows} affected rows"
        return f"<taosnative.Result {what}{', closed' if self.closed and self.schema else ''}>"

    def _repr_html_(self) -> str:
        """For notebooks: names and types of the columns. Nothing is read, since a result is read once."""
        if not self.schema:
            return page(f"taosnative.Result: {self.affected_rows:,} affected rows", ())
        state = (
            "read or closed" if self._is_read or self.closed else "not read yet: .df(), .pl(), .arrow(), .numpy(), …"
        )
        return page(f"taosnative.Result: {len(self.schema):,} columns, {state}", self.schema)

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _rows(self, options: ReadOptions) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of one block after another."""
        with self._reading():
            decoder = self._row_decoder(options)
            n_rows = 0
            while n_fetched := self._handle.fetch_into(decoder):
                parts = decoder.finish_parts()
                yield rows(self.schema, parts, self._unit, options.timezone, options.times, n_rows)
                n_rows += n_fetched

    def _batches(self, n_rows: int | None) -> Iterator[Batch]:
        with self._reading():
            cutter = Cutter(self.schema)
            while self._handle.fetch_into(cutter):
                while cutter.n_rows >= (n_rows or 1):
                    yield Batch(self.schema, self.precision, cutter.take(n_rows), self._options)
            if cutter.n_rows:
                yield Batch(self.schema, self.precision, cutter.take(cutter.n_rows), self._options)

    def _feed(self, sink: Sink) -> None:
        with self._reading():
            self._handle.fetch_all_into(sink)

    def _stream(self, options: ReadOptions, rows: int | None) -> Stream:
        decoder = self._arrow_decoder(options)
        self._reading()
        fetch = self._handle.fetch_all_into if rows is None else self._handle.fetch_into
        return Stream(decoder, fetch, self.close, rows)

    def _check(self) -> None:
        if self._is_read:
            raise InterfaceError(
                "this result was read already: run the query again, or keep what came of the first time"
            )
        if not self.schema:
            raise InterfaceError("the statement returned no columns to read; affected_rows is what it gave")

    def _reading(self) -> Result:
        """Take the one reading that there is: a context that closes the result."""
        self._check()
        self._is_read = True
        return self
