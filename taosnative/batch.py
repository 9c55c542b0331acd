"""A part of a result: rows that lie as the driver gave them, until they are asked for."""

from __future__ import annotations

from .columns._cut import Cutter
from .columns._decode import Sink
from .columns._export import ArrowDecoder, Stream
from .display import ROWS, page
from .reading import Reading, ReadOptions
from .types import Field


class Batch(Reading):
    """Some rows of a result; made by `Result.batches`, and of its own from then on.

    It keeps the rows as the driver sent them and decodes them when it is asked, each time anew: as often as is wanted,
    into whatever is wanted. `len` is the number of rows.
    """

    def __init__(self, schema: tuple[Field, ...], precision: str, block: bytes, options: ReadOptions) -> None:
        self.schema = schema
        self.precision = precision
        self._block = block
        self._options = options

    def __len__(self) -> int:
        return int.from_bytes(self._block[8:12], "little")

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """The rows as one struct array, for any Arrow library."""
        decoder = self._arrow_decoder(self._options)
        self._feed(decoder)
        (batch,) = decoder.finish()
        return batch.__arrow_c_array__(requested_schema)

    def __repr__(self) -> str:
        return f"<taosnative.Batch of {len(self):,} rows, {len(self.schema)} columns>"

    def _repr_html_(self) -> str:
        """For notebooks: names and types of the columns, and the first rows."""
        cutter = Cutter(self.schema)
        cutter.add_bytes(self._block)
        first = cutter.take(min(len(self), ROWS))
        options = self._options._replace(times="numpy", errors="replace")
        shown = Batch(self.schema, self.precision, first, options).rows()
        return page(f"taosnative.Batch: {len(self):,} rows, the first {len(shown)} of them", self.schema, shown)

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        pass

    def _feed(self, sink: Sink) -> None:
        sink.add_bytes(self._block)

    def _stream(self, options: ReadOptions, rows: int | None) -> Stream:
        counts = [len(self), 0]

        def fetch(decoder: ArrowDecoder) -> int:
            if counts[0]:
                self._feed(decoder)
            return counts.pop(0)

        return Stream(self._arrow_decoder(options), fetch, lambda: None, rows)
