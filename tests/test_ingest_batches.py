"""How rows are cut into requests."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taosnative.ingest.batches import (
    INTERLACE,
    LONGEST_INTERLACED,
    MOST_ROWS_OF_A_TABLE,
    MOST_TABLES,
    PLAIN,
    USING,
    cut,
)


def cut_counts(counts, *, new=False, interlaced=True, batch_rows=100_000, bytes_a_row=10.0):
    starts = np.concatenate([[0], np.cumsum(counts)]).astype("i8")
    new = np.broadcast_to(new, len(counts))
    interlaced = np.broadcast_to(interlaced, len(counts))
    return cut(starts, new, interlaced, batch_rows=batch_rows, bytes_a_row=bytes_a_row)


def forms(batches):
    return [(batch.form, batch.tables.tolist()) for batch in batches]


def test_new_tables_are_made_first_and_the_rest_of_their_rows_goes_plain():
    batches = cut_counts([5, 40_000, 5], new=[True, True, False])
    assert forms(batches) == [(USING, [0, 1]), (INTERLACE, [2]), (PLAIN, [1])]
    assert batches[0].stops.tolist() == [5, 5 + MOST_ROWS_OF_A_TABLE]
    assert batches[2].starts.tolist() == [5 + MOST_ROWS_OF_A_TABLE]


def test_short_runs_are_interlaced_and_long_ones_are_not():
    assert forms(cut_counts([LONGEST_INTERLACED, LONGEST_INTERLACED + 1])) == [(INTERLACE, [0]), (PLAIN, [1])]
    assert forms(cut_counts([3], interlaced=False)) == [(PLAIN, [0])]


def test_a_request_has_so_many_rows_tables_and_bytes_at_most():
    assert [batch.n_rows for batch in cut_counts([10] * 10, batch_rows=35)] == [30, 30, 30, 10]
    assert [len(batch.tables) for batch in cut_counts([1] * (MOST_TABLES + 1))] == [MOST_TABLES, 1]
    assert max(batch.n_rows for batch in cut_counts([1000], bytes_a_row=1 << 20)) == 16
    assert cut_counts([2], bytes_a_row=1 << 30)[0].n_rows == 1
    assert cut_counts([]) == []


@given(
    st.lists(st.tuples(st.integers(1, 100_000), st.booleans(), st.booleans()), max_size=20),
    st.integers(1, 200_000),
)
def test_every_row_goes_once_in_order_and_no_table_twice_in_a_request(tables, batch_rows):
    counts = [count for count, _, _ in tables]
    new = [is_new for _, is_new, _ in tables]
    batch_rows = max(batch_rows, sum(counts) // 50)
    batches = cut_counts(
        counts, new=np.array(new, "?"), interlaced=np.array([may for *_, may in tables], "?"), batch_rows=batch_rows
    )
    sent = {table: [] for table in range(len(tables))}
    for batch in batches:
        assert len(set(batch.tables.tolist())) == len(batch.tables)
        assert batch.n_rows <= batch_rows
        assert max(batch.stops - batch.starts) <= MOST_ROWS_OF_A_TABLE
        for table, start, stop in zip(batch.tables, batch.starts, batch.stops, strict=True):
            sent[int(table)].append((batch.form, int(start), int(stop)))
    ends = np.cumsum([0, *counts])
    for table, pieces in sent.items():
        assert [start for _, start, _ in pieces] == [ends[table], *(stop for *_, stop in pieces[:-1])]
        assert pieces[-1][2] == ends[table + 1]
        assert [form == USING for form, *_ in pieces] == [new[table] and i == 0 for i in range(len(pieces))]
