"""How rows are cut into requests, and which form of INSERT each goes by.

Measured on a real server: `using` costs most and is needed only where a table is made; `plain` is best for long runs
of rows of a table; `interlace` is up to ten times faster than `using` for short ones. Interlaced, a table must not be
bound twice before one execute, since rows of equal times would make it unreadable, and rows of one key would be merged
by other rules; so a table goes that way only where its times rise.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

USING, PLAIN, INTERLACE = "using", "plain", "interlace"

#: The most rows of a table that the driver takes in a bind.
MOST_ROWS_OF_A_TABLE: Final = 32767
#: A table with more rows goes by `plain`.
LONGEST_INTERLACED: Final = 30
MOST_TABLES: Final = 10_000
MOST_BYTES: Final = 16 << 20


class Batch(NamedTuple):
    """One request."""

    form: str
    tables: Integers  #: numbers of tables
    starts: Integers  #: of each table, its first row in this request
    stops: Integers  #: and the row behind its last

    @property
    def n_rows(self) -> int:
        """Rows in all."""
        return int(np.add.reduce(self.stops - self.starts))


def cut(
    starts: Integers,
    new: npt.NDArray[np.bool_],
    interlaced: npt.NDArray[np.bool_],
    *,
    batch_rows: int,
    bytes_a_row: float,
) -> list[Batch]:
    """Cut rows into requests.

    Parameters
    ----------
    starts
        Where each table's rows begin; the last is the end.
    new
        Of each table, whether it is to be made.
    interlaced
        Of each table, whether it may go by `interlace`.
    batch_rows
        The most rows of a request.
    bytes_a_row
        About how many bytes a row has.
    """
    most_rows = max(1, min(batch_rows, int(MOST_BYTES / max(bytes_a_row, 1.0))))
    counts = np.diff(starts)
    tables, firsts, lasts = _pieces(starts, counts, min(most_rows, MOST_ROWS_OF_A_TABLE))
    is_first = firsts == starts[tables]
    form_new = new[tables] & is_first
    form_interlaced = interlaced[tables] & ~new[tables] & (counts[tables] <= LONGEST_INTERLACED)
    batches: list[Batch] = []
    for form, chosen in (
        (USING, form_new),
        (INTERLACE, form_interlaced & ~form_new),
        (PLAIN, ~form_new & ~form_interlaced),
    ):
        at = np.flatnonzero(chosen)
        for start, stop in _runs(tables[at], lasts[at] - firsts[at], most_rows):
            some = at[start:stop]
            batches.append(Batch(form, tables[some], firsts[some], lasts[some]))
    return batches


def _pieces(starts: Integers, counts: Integers, most: int) -> tuple[Integers, Integers, Integers]:
    """Each table's rows in pieces of at most `most`: the table's number, the first row, the row behind the last."""
    n_pieces = -(-counts // most)
    tables = np.repeat(np.arange(len(counts)), n_pieces)
    within = np.arange(len(tables)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    firsts = starts[tables] + within * most
    lasts = np.minimum(firsts + most, starts[1:][tables])
    return tables, firsts, lasts


def _runs(tables: Integers, sizes: Integers, most_rows: int) -> Iterator[tuple[int, int]]:
    """Pieces that go together: at most so many rows and tables, and no table twice."""
    ends = np.cumsum(sizes).tolist()
    again = [*(np.flatnonzero(tables[1:] == tables[:-1]) + 1).tolist(), len(tables)]
    start = 0
    while start < len(tables):
        before = ends[start - 1] if start else 0
        stop = max(bisect_right(ends, before + most_rows, start), start + 1)
        stop = min(stop, start + MOST_TABLES, again[bisect_right(again, start)])
        yield start, stop
        start = stop
