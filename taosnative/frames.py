"""Tables of other libraries: pyarrow, pandas and polars, none of which is needed before it is asked for."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from .columns._decode import Decoder, Sink, Tee
from .columns._export import ArrowDecoder
from .errors import NotSupportedError
from .types import Field

if TYPE_CHECKING:
    import pandas as pd

    from .columns._export import Stream
    from .reading import ReadOptions

_Table = TypeVar("_Table")

#: What is installed to have a library.
_EXTRAS: Final = {"pyarrow": "arrow", "pandas": "pandas", "polars": "polars"}


def need(library: str, method: str) -> Any:
    """Import a library, or say what to install.

    Raises
    ------
    NotSupportedError
        It is not installed.
    """
    try:
        return importlib.import_module(library)
    except ImportError as error:
        raise NotSupportedError(
            f'{method} needs {library}: python -m pip install "taosnative[{_EXTRAS[library]}]" ({error})'
        ) from error


def take(stream: Stream, taker: Callable[[Stream], _Table]) -> _Table:
    """Let a library read a stream; what ends it is raised as it was, where Arrow passes on the text alone."""
    try:
        return taker(stream)
    except Exception:
        if stream.error is not None:
            raise stream.error from None
        raise


class FrameReader:
    """Blocks to a pandas DataFrame: feed `sink`, and call `frame`.

    Text goes by Arrow where pandas keeps its strings there, all else by numpy.
    """

    def __init__(self, pandas: Any, fields: Sequence[Field], precision: int, options: ReadOptions) -> None:
        self._pandas = pandas
        self._fields = fields
        self._zone = options.timezone
        self._text = pandas.StringDtype(na_value=np.nan)
        as_text = {i for i, field in enumerate(fields) if field.info.text and options.text == "object"}
        self._by_arrow = as_text if self._text.storage == "pyarrow" and options.errors != "surrogateescape" else set()
        self._by_numpy = set(range(len(fields))) - self._by_arrow
        self._as_text = as_text
        shared: dict[str, Any] = {"strings": options.text, "errors": options.errors}
        nulls = "raise" if options.nulls == "raise" else "numpy"
        self._decoder = Decoder(fields, precision, nulls=nulls, only=self._by_numpy, **shared)  # type: ignore[arg-type]
        self._arrow = ArrowDecoder(fields, precision, nulls=nulls, only=self._by_arrow, **shared)  # type: ignore[arg-type]
        self.sink: Sink = Tee(self._decoder, self._arrow) if self._by_arrow else self._decoder

    def frame(self) -> pd.DataFrame:
        """The DataFrame of all that was fed."""
        columns: dict[int, Any] = dict.fromkeys(range(len(self._fields)))
        for i, part in zip(sorted(self._by_numpy), self._decoder.finish_parts(), strict=True):
            columns[i] = self._column(i, *part)
        if self._by_arrow:
            pyarrow = importlib.import_module("pyarrow")
            batches = [pyarrow.record_batch(batch) for batch in self._arrow.finish()]
            for i, column in zip(sorted(self._by_arrow), pyarrow.Table.from_batches(batches).columns, strict=True):
                if isinstance(column.type, pyarrow.BaseExtensionType):
                    column = pyarrow.chunked_array([chunk.storage for chunk in column.chunks])
                columns[i] = self._text.__from_arrow__(column)
        frame: pd.DataFrame = self._pandas.DataFrame(columns, copy=False)
        frame.columns = self._pandas.Index([field.name for field in self._fields], dtype=self._text)
        return frame

    def _column(self, i: int, values: Any, mask: Any) -> Any:
        """A column that numpy holds, as pandas wants it."""
        if self._fields[i].info.dtype == "M8":
            return _aware(self._pandas, values, self._zone)
        if i in self._as_text:
            return self._pandas.array(values, dtype=self._text)
        if mask is None:
            return values
        kind = self._pandas.arrays.BooleanArray if values.dtype.kind == "b" else (self._pandas.arrays.IntegerArray)
        return kind(values, mask)


def _aware(pandas: Any, values: Any, zone: datetime.tzinfo) -> Any:
    times = pandas.DatetimeIndex(values, copy=False).tz_localize("UTC")
    return (times if zone is datetime.UTC else times.tz_convert(zone)).array
