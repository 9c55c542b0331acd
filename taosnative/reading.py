"""What can be read of rows, by whoever holds them: a result, or a batch of one."""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, TypeVar, overload

from . import frames
from .columns._decode import Decoder, Sink, one_of
from .columns._export import STREAM_ROWS, ArrowDecoder, Stream
from .columns.rows import rows
from .columns.strings import as_strings, string_dtype
from .errors import InterfaceError
from .types import PRECISIONS, Field
from .zones import find_zone, zone_name

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from .columns._decode import Errors, Nulls, Strings
    from .columns.moments import Times
    from .rows import RowFactory

RowT = TypeVar("RowT")


AnyStrings: TypeAlias = Literal["object", "bytes", "stringdtype"]
STRINGS: Final[tuple[AnyStrings, ...]] = ("object", "bytes", "stringdtype")


class ReadOptions(NamedTuple):
    """How a connection's results are read, where a call does not say otherwise."""

    nulls: Nulls = "numpy"
    strings: AnyStrings = "object"
    errors: Errors = "strict"
    timezone: datetime.tzinfo = datetime.UTC
    times: Times = "datetime"

    @property
    def text(self) -> Strings:
        """What text becomes at first: objects of str, where it is not to be bytes."""
        return "bytes" if self.strings == "bytes" else "object"

    def but(self, **given: Any) -> ReadOptions:
        """The same with what a call says; None is what it does not say."""
        said = {name: value for name, value in given.items() if value is not None}
        if "timezone" in said:
            said["timezone"] = find_zone(said["timezone"])
        one_of("strings", said.get("strings", self.strings), STRINGS)
        return self._replace(**said)


class Reading(ABC):
    """Rows that can be read into arrays and tables.

    Attributes
    ----------
    schema : tuple of Field
        The columns.
    precision : str
        The unit of TIMESTAMPs: "ms", "us" or "ns".
    """

    schema: tuple[Field, ...]
    precision: str
    _options: ReadOptions

    def numpy(
        self,
        *,
        nulls: Nulls | None = None,
        strings: AnyStrings | None = None,
        errors: Errors | None = None,
    ) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
        """Read everything into numpy arrays.

        Parameters
        ----------
        nulls : {"numpy", "masked", "raise"}, optional
            "numpy": integers and booleans are MaskedArrays (always, with or without a NULL), NULL is NaN in floats, NaT
            in times and None in objects. "masked": every column is a MaskedArray. "raise": plain arrays, and a NULL
            is an error. The connection's choice, or "numpy", where it is not given.
        strings : {"object", "bytes", "stringdtype"}, optional
            Text as objects of str, undecoded as objects of bytes (UTF-8), or in numpy's own strings (numpy 2), with
            None for NULL.
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
            The query failed, or was cancelled, on the way.

        Notes
        -----
        The GIL is released while the driver fetches and while columns of fixed width are decoded.
        """
        self._check()
        self._refuse_twice("a dict")
        options = self._options.but(nulls=nulls, strings=strings, errors=errors)
        dtype = string_dtype() if options.strings == "stringdtype" else None
        decoder = Decoder(self.schema, self._unit, nulls=options.nulls, strings=options.text, errors=options.errors)
        self._feed(decoder)
        arrays = dict(zip(self.schema, decoder.finish(), strict=True))
        if dtype is not None:
            arrays |= {field: as_strings(field.name, arrays[field], dtype) for field in arrays if field.info.text}
        return {field.name: array for field, array in arrays.items()}

    def arrow(
        self,
        *,
        nulls: Nulls | None = None,
        strings: AnyStrings | None = None,
        errors: Errors | None = None,
        timezone: str | datetime.tzinfo | None = None,
    ) -> pa.Table:
        """Read everything into a pyarrow.Table.

        Parameters
        ----------
        nulls : {"numpy", "masked", "raise"}, optional
            "raise": a NULL is an error. All else is Arrow's null.
        strings : {"object", "bytes", "stringdtype"}, optional
            Text as utf8 ("object" and "stringdtype"), or undecoded as binary.
        errors : {"strict", "replace", "surrogateescape"}, optional
            What becomes of text that is not UTF-8: Arrow's utf8 must be, so "surrogateescape" is as strict as "strict".
        timezone : str or tzinfo, optional
            In which times are shown; what is stored is UTC. The connection's, or UTC, where it is not given.

        Returns
        -------
        pyarrow.Table
            Types as the README lists them; a field's metadata has `taosnative.type`, `taosnative.bytes`, and, where
            they mean something, `taosnative.precision` and `taosnative.scale`.

        Raises
        ------
        NotSupportedError
            pyarrow is not installed.
        InterfaceError, DataError, OperationalError
            As `numpy` does; two columns may have one name. DECIMAL needs a driver that tells its digits.
        """
        self._check()
        pyarrow = frames.need("pyarrow", "arrow()")
        options = self._options.but(nulls=nulls, strings=strings, errors=errors, timezone=timezone)
        return frames.take(self._stream(options, None), pyarrow.table)

    def df(
        self,
        *,
        nulls: Nulls | None = None,
        strings: AnyStrings | None = None,
        errors: Errors | None = None,
        timezone: str | datetime.tzinfo | None = None,
    ) -> pd.DataFrame:
        """Read everything into a pandas DataFrame.

        Parameters
        ----------
        nulls : {"numpy", "masked", "raise"}, optional
            "raise": integers and booleans are numpy's (int32, bool), and a NULL is an error. Else they are pandas' own
            that know NULL (Int32, boolean), with or without a NULL.
        strings : {"object", "bytes", "stringdtype"}, optional
            Text as pandas' str ("object" and "stringdtype"), or undecoded as objects of bytes.
        errors : {"strict", "replace", "surrogateescape"}, optional
            What becomes of text that is not UTF-8; "surrogateescape" needs pandas' strings to be Python's.
        timezone : str or tzinfo, optional
            Of the times. The connection's, or UTC, where it is not given.

        Returns
        -------
        pandas.DataFrame
            Columns in the result's order, two of one name as well, and a RangeIndex. Times are aware, in `precision`;
            floats have NaN for NULL; DECIMAL and bytes are objects, with None for NULL.

        Raises
        ------
        NotSupportedError
            pandas is not installed.
        InterfaceError, DataError, OperationalError
            As `numpy` does.
        """
        self._check()
        pandas = frames.need("pandas", "df()")
        options = self._options.but(nulls=nulls, strings=strings, errors=errors, timezone=timezone)
        reader = frames.FrameReader(pandas, self.schema, self._unit, options)
        self._feed(reader.sink)
        return reader.frame()

    def pl(
        self,
        *,
        nulls: Nulls | None = None,
        strings: AnyStrings | None = None,
        errors: Errors | None = None,
        timezone: str | datetime.tzinfo | None = None,
    ) -> pl.DataFrame:
        """Read everything into a polars DataFrame.

        Parameters are those of `arrow`.

        Returns
        -------
        polars.DataFrame

        Raises
        ------
        NotSupportedError
            polars is not installed.
        InterfaceError, DataError, OperationalError
            As `numpy` does; polars has no two columns of one name.
        """
        self._check()
        self._refuse_twice("a polars DataFrame")
        polars = frames.need("polars", "pl()")
        options = self._options.but(nulls=nulls, strings=strings, errors=errors, timezone=timezone)
        return frames.take(self._stream(options, None), polars.DataFrame)  # type: ignore[no-any-return]

    def __arrow_c_schema__(self) -> object:
        """The schema, for any Arrow library; nothing is read for it."""
        return self._arrow_decoder(self._options).__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows, for any Arrow library, in batches of bounded size, as the connection's options say."""
        self._check()
        return self._stream(self._options, STREAM_ROWS).__arrow_c_stream__(requested_schema)

    @overload
    def rows(
        self,
        row_factory: None = None,
        *,
        errors: Errors | None = None,
        timezone: str | datetime.tzinfo | None = None,
        times: Times | None = None,
    ) -> list[tuple[Any, ...]]: ...

    @overload
    def rows(
        self,
        row_factory: RowFactory[RowT],
        *,
        errors: Errors | None = None,
        timezone: str | datetime.tzinfo | None = None,
        times: Times | None = None,
    ) -> list[RowT]: ...

    def rows(
        self,
        row_factory: RowFactory[Any] | None = None,
        *,
        errors: Errors | None = None,
        timezone: str | datetime.tzinfo | None = None,
        times: Times | None = None,
    ) -> list[Any]:
        """Read everything into tuples of Python values, or other rows of them.

        Parameters
        ----------
        row_factory : RowFactory, optional
            What a row is instead of a tuple: `taosnative.rows.dict_row`, …
        errors : {"strict", "replace", "surrogateescape"}, optional
            What becomes of text that is not UTF-8.
        timezone : str or tzinfo, optional
            Of the times. The connection's, or UTC, where it is not given.
        times : {"datetime", "numpy", "pandas"}, optional
            "datetime": aware datetimes in the time zone, and numpy.datetime64 (UTC) in nanoseconds, which datetime
            does not have. "numpy": numpy.datetime64 in every precision. "pandas": pandas.Timestamp, aware, in the time
            zone. The connection's choice, or "datetime", where it is not given.

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
        self._check()
        make = None if row_factory is None else row_factory(self.schema)
        options = self._options.but(errors=errors, timezone=timezone, times=times)
        decoder = self._row_decoder(options)
        self._feed(decoder)
        found = rows(self.schema, decoder.finish_parts(), self._unit, options.timezone, options.times)
        return found if make is None else list(map(make, found))

    # ---- inside -----------------------------------------------------------------------------------------------------

    @abstractmethod
    def _check(self) -> None:
        """Raise where there is nothing to read."""

    @abstractmethod
    def _feed(self, sink: Sink) -> None:
        """Give every block to a sink."""

    @abstractmethod
    def _stream(self, options: ReadOptions, rows: int | None) -> Stream:
        """The blocks as a stream of batches of so many rows."""

    @property
    def _unit(self) -> int:
        """The precision as drivers count it."""
        return PRECISIONS.index(self.precision)

    def _row_decoder(self, options: ReadOptions) -> Decoder:
        return Decoder(self.schema, self._unit, nulls="masked", errors=options.errors)  # NaN in the database is no NULL

    def _arrow_decoder(self, options: ReadOptions) -> ArrowDecoder:
        return ArrowDecoder(
            self.schema,
            self._unit,
            zone_name(options.timezone),
            nulls=options.nulls,
            strings=options.text,
            errors=options.errors,
        )

    def _refuse_twice(self, what: str) -> None:
        twice = [name for name, n in Counter(field.name for field in self.schema).items() if n > 1]
        if twice:
            raise InterfaceError(
                f"more than one column is called {twice[0]!r}, and {what} has room for one: use an alias, or rows()"
            )
