"""What a query gives: its columns as numpy arrays or its rows as tuples, read once and forward."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from .columns._decode import Decoder
from .columns.rows import rows
from .errors import InterfaceError
from .lifecycle import Closing
from .native._result import ResultHandle
from .types import PRECISIONS, Field

if TYPE_CHECKING:
    import numpy as np

    from .columns._decode import Errors, Nulls, Strings
    from .columns.moments import Times
    from .native._statement import StatementHandle
    from .rows import RowFactory

RowT = TypeVar("RowT")


class ReadOptions(NamedTuple):
    """How a connection's results become numpy arrays and rows, where a call does not say otherwise."""

    nulls: Nulls = "numpy"
    strings: Strings = "object"
    errors: Errors = "strict"
    timezone: datetime.tzinfo = datetime.UTC
    times: Times = "datetime"


class Result(Closing[ResultHandle]):
    """The result of a statement; made by `Connection.query`.

    It is read once, by one of `numpy`, `rows` and iteration, and then it is closed. It is a context manager and can be
    closed earlier, which stops the query in the server.

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

    def numpy(
        self,
        *,
        nulls: Nulls | None = None,
        strings: Strings | None = None,
        errors: Errors | None = None,
    ) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
        """Read everything into numpy arrays.

        Parameters
        ----------
        nulls : {"numpy", "masked", "raise"}, optional
            "numpy": integers and booleans are MaskedArrays (always, with or without a NULL), NULL is NaN in floats, NaT
            in times and None in objects. "masked": every column is a MaskedArray. "raise": plain arrays, and a NULL
            is an error. The connection's choice, or "numpy", where it is not given.
        strings : {"object", "bytes"}, optional
            Text as str, or undecoded as bytes (UTF-8).
        errors : {"strict", "replace", "surrogateescape"}, optional
            What becomes of text that is not UTF-8.

        Returns
        -------
        dict of str to ndarray
            Column name to an array of shape (n_rows,), in the result's order. Times are datetime64 in `precision`, UTC.

        Raises
        ------
        InterfaceError
            The result was read before or is closed, has no columns or two of one name, or has a damaged block.
        DataError
            A value cannot be decoded as asked; the column and the row are named.
        OperationalError
            The query failed, or was stopped, on the way.

        Notes
        -----
        The GIL is released while the driver fetches and while columns of fixed width are decoded.
        """
        names = [field.name for field in self.schema]
        twice = [name for name, n in Counter(names).items() if n > 1]
        if twice:
            raise InterfaceError(
                f"more than one column is called {twice[0]!r}, and a dict has room for one: use an alias, or rows()"
            )
        with self._reading():
            decoder = self._decoder(nulls, strings, errors)
            self._handle.fetch_all_into(decoder)
            return dict(zip(names, decoder.finish(), strict=True))

    @overload
    def rows(self, row_factory: None = None, *, times: Times | None = None) -> list[tuple[Any, ...]]: ...

    @overload
    def rows(self, row_factory: RowFactory[RowT], *, times: Times | None = None) -> list[RowT]: ...

    def rows(self, row_factory: RowFactory[Any] | None = None, *, times: Times | None = None) -> list[Any]:
        """Read everything into tuples of Python values, or other rows of them.

        Parameters
        ----------
        row_factory : RowFactory, optional
            What a row is instead of a tuple: `taosnative.rows.dict_row`, …
        times : {"datetime", "numpy", "pandas"}, optional
            "datetime": aware datetimes in the connection's time zone, and numpy.datetime64 (UTC) in nanoseconds, which
            datetime does not have. "numpy": numpy.datetime64 in every precision. "pandas": pandas.Timestamp, aware, in
            the connection's time zone. The connection's choice, or "datetime", where it is not given.

        Returns
        -------
        list of tuple
            NULL is None; numbers, str, bytes, Decimal, and times as `times` says.

        Raises
        ------
        DataError
            A time is beyond what a datetime (the years 1 to 9999) or a Timestamp holds; the column and the row are
            named. Nothing is cut: read it with ``times="numpy"``.
        InterfaceError, DataError, OperationalError
            As `numpy` does.
        """
        make = None if row_factory is None else row_factory(self.schema)
        found = [row for batch in self.row_batches(times) for row in batch]
        return found if make is None else list(map(make, found))

    def row_batches(self, times: Times | None = None) -> Iterator[list[tuple[Any, ...]]]:
        """Read the rows of one block after another; errors are those of `rows`, and leaving early stops the query."""
        options = self._options
        n_rows = 0
        with self._reading():
            decoder = self._decoder("masked", "object", None)  # masked: NaN in the database is no NULL
            while n_fetched := self._handle.fetch_into(decoder):
                parts = decoder.finish_parts()
                told = rows(
                    self.schema, parts, self._handle.precision, options.timezone, times or options.times, n_rows
                )
                n_rows += n_fetched
                yield told

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Read row by row, a block at a time; leaving early stops the query."""
        for batch in self.row_batches():
            yield from batch

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

    def stop(self) -> None:
        """Stop the query in the server, from any thread; a reader gets an OperationalError."""
        self._handle.stop()

    def __repr__(self) -> str:
        names = ", ".join(field.name for field in self.schema[:8]) + (", …" if len(self.schema) > 8 else "")
        what = f"columns ({names})" if self.schema else f"{self.affected_rows} affected rows"
        return f"<taosnative.Result {what}{', closed' if self.closed and self.schema else ''}>"

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _reading(self) -> Result:
        """Take the one reading that there is: a context that closes the result."""
        if self._is_read:
            raise InterfaceError(
                "this result was read already: run the query again, or keep what came of the first time"
            )
        if not self.schema:
            raise InterfaceError("the statement returned no columns to read; affected_rows is what it gave")
        self._is_read = True
        return self

    def _decoder(self, nulls: Nulls | None, strings: Strings | None, errors: Errors | None) -> Decoder:
        return Decoder(
            self.schema,
            self._handle.precision,
            nulls=nulls or self._options.nulls,
            strings=strings or self._options.strings,
            errors=errors or self._options.errors,
        )
