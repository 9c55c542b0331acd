"""Rows into DuckDB, and out of it by DELETE: what overwrites what, and what each table's last key is.

A batch whose rows all come after their tables' last keys, in order, is appended as it is. Any other is first merged in
itself and then with the rows that are there, column by column, by TDengine's rules for cells that have a value, are
NULL, or were not given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb
import numpy as np

from . import meta
from ._arrow import arrow_stream
from .catalog import ChildTable, Column, NormalTable, SuperTable
from .protocol import NONE, EngineError

INVALID_PARAMETERS = 0x80000118
OUT_OF_RANGE = 0x8000060B
KEY_IS_NULL = 0x8000267B

Cursor = duckdb.DuckDBPyConnection
Home = SuperTable | NormalTable


class Part(NamedTuple):
    """Rows of one table, for the columns that the batch has.

    A column's cells are a BoundColumn, a numpy array without NULLs, or a list with None for NULL and `NONE` for not
    given.
    """

    table: ChildTable | NormalTable
    cells: Sequence[Any]
    n_rows: int


class Batch(NamedTuple):
    """Rows of one super table's children, or of one normal table."""

    home: Home
    columns: Sequence[Column]  #: the primary timestamp among them
    parts: Sequence[Part]
    by_row: bool  #: an equal key's NULL leaves an earlier row's value: in SQL text it does, in binds it does not


class Checked(NamedTuple):
    """A batch whose timestamps its database takes."""

    batch: Batch
    times: Sequence[np.ndarray[Any, Any]]  #: of each part
    joined: np.ndarray[Any, Any]  #: of all parts


def check(batch: Batch, window: tuple[int, int]) -> Checked:
    """Refuse a batch before anything is changed; `window` is the least and the greatest timestamp that is taken."""
    key = next(index for index, column in enumerate(batch.columns) if column.physical == "c0")
    times = [_times(part.cells[key]) for part in batch.parts]
    joined = np.concatenate(times)
    if joined.size and (joined.min() < window[0] or joined.max() > window[1]):
        raise EngineError(OUT_OF_RANGE, "Timestamp data out of range")
    return Checked(batch, times, joined)


def write(cursor: Cursor, checked: Checked) -> int:
    """Write a batch in the caller's transaction; how many rows it has once rows with equal keys are merged."""
    batch, times, joined = checked
    if joined.size == 0:
        return 0
    sizes = np.array([part.n_rows for part in batch.parts])
    last_keys, after = _last_keys(batch.parts, times)
    starts = np.cumsum(sizes)[:-1]
    rising = joined[1:] > joined[:-1]
    rising[starts[(starts > 0) & (starts < joined.size)] - 1] = True
    with _staged(cursor, batch, sizes) as given:
        if after and _rise_across_parts(batch.parts, times) and bool(rising.all()):
            _append(cursor, batch)
            n_rows = int(joined.size)
        else:
            n_rows = _merge(cursor, batch, given, after=after)
    for table, last_key in last_keys.values():
        table.last_key = last_key if table.last_key is None else max(table.last_key, last_key)
    return n_rows


def _times(cells: Any) -> np.ndarray[Any, Any]:
    if isinstance(cells, np.ndarray):
        return cells
    if isinstance(cells, list):
        if None in cells or NONE in cells:
            raise EngineError(INVALID_PARAMETERS, "Invalid parameters")
        return np.array(cells, dtype=np.int64)
    states = cells.states()
    if states is not None and states.any():
        raise EngineError(INVALID_PARAMETERS, "Invalid parameters")
    array: np.ndarray[Any, Any] = cells.array()
    return array


def _last_keys(
    parts: Sequence[Part], times: Sequence[np.ndarray[Any, Any]]
) -> tuple[dict[int, tuple[ChildTable | NormalTable, int]], bool]:
    """The greatest key of each table in the batch, and whether all keys come after their tables' last."""
    last_keys: dict[int, tuple[ChildTable | NormalTable, int]] = {}
    after = True
    for part, keys in zip(parts, times, strict=True):
        if part.n_rows == 0:
            continue
        table = part.table
        least, greatest = (int(keys[0]),) * 2 if part.n_rows == 1 else (int(keys.min()), int(keys.max()))
        after = after and (table.last_key is None or least > table.last_key)
        seen = last_keys.get(id(table))
        last_keys[id(table)] = (table, greatest if seen is None else max(seen[1], greatest))
    return last_keys, after


def _rise_across_parts(parts: Sequence[Part], times: Sequence[np.ndarray[Any, Any]]) -> bool:
    """Whether a table that has several parts has them in the order of time."""
    ends: dict[int, int] = {}
    for part, keys in zip(parts, times, strict=True):
        if part.n_rows:
            end = ends.get(id(part.table))
            if end is not None and int(keys[0]) <= end:
                return False
            ends[id(part.table)] = int(keys[-1])
    return True


@contextmanager
def _staged(cursor: Cursor, batch: Batch, sizes: np.ndarray[Any, Any]) -> Iterator[set[str]]:
    """The batch as DuckDB's view `batch`: tid, seq, the columns, and g_c0 … for those that are not always given.

    Gives the names of the latter.
    """
    columns: list[tuple[str, int, list[Any]]] = []
    if isinstance(batch.home, SuperTable):
        tids = np.array([part.table.tid for part in batch.parts if isinstance(part.table, ChildTable)], np.int32)
        columns.append(("tid", 4, [np.repeat(tids, sizes)]))
    columns.append(("seq", 5, [np.arange(int(sizes.sum()), dtype=np.int64)]))
    marks: set[str] = set()
    for index, column in enumerate(batch.columns):
        parts = [part.cells[index] for part in batch.parts]
        columns.append((column.physical, column.type, [_without_marks(part) for part in parts]))
        given = _given(parts, batch.parts)
        if given is not None:
            marks.add(f"g_{column.physical}")
            columns.append((f"g_{column.physical}", 1, [given]))
    cursor.register("batch", arrow_stream(columns))
    try:
        yield marks
    finally:
        cursor.unregister("batch")


def _without_marks(cells: Any) -> Any:
    """A list's cells with NULL where nothing was given."""
    if isinstance(cells, list) and NONE in cells:
        return [None if cell is NONE else cell for cell in cells]
    return cells


def _given(cells: Sequence[Any], parts: Sequence[Part]) -> np.ndarray[Any, Any] | None:
    """Which cells of a column were given, or None where all were."""
    masks: list[np.ndarray[Any, Any]] = []
    partial = False
    for column, part in zip(cells, parts, strict=True):
        mask = None
        if isinstance(column, list):
            if NONE in column:
                mask = np.array([cell is not NONE for cell in column], dtype=bool)
        elif not isinstance(column, np.ndarray):
            states = column.states()
            mask = None if states is None or not (states == 2).any() else states != 2
        partial = partial or mask is not None
        masks.append(np.ones(part.n_rows, dtype=bool) if mask is None else mask)
    return np.concatenate(masks) if partial else None


def _physical(batch: Batch) -> list[str]:
    return [column.physical for column in batch.columns]


def _append(cursor: Cursor, batch: Batch) -> None:
    names = (["tid"] if isinstance(batch.home, SuperTable) else []) + _physical(batch)
    listed = ", ".join(names)
    cursor.execute(f"insert into {batch.home.data} ({listed}) select {listed} from batch")


def _merge(cursor: Cursor, batch: Batch, given: set[str], *, after: bool) -> int:
    home = batch.home
    keys = ["tid"] if isinstance(home, SuperTable) else []
    keys += ["c0", *(column.physical for column in home.columns if column.is_key)]
    values = [name for name in _physical(batch) if name not in keys]
    _collapse(cursor, keys, values, given, by_row=batch.by_row)
    ((n_rows,),) = cursor.execute("select count(*) from incoming").fetchall()
    source = "incoming"
    if not after:
        _overwrite(cursor, batch, keys, values, given)
        source = "fresh"
    listed = ", ".join(keys + values)
    cursor.execute(f"insert into {home.data} ({listed}) select {listed} from {source} order by {', '.join(keys)}")
    cursor.execute("drop table if exists incoming; drop table if exists fresh")
    return int(n_rows)


def _collapse(cursor: Cursor, keys: list[str], values: list[str], given: set[str], *, by_row: bool) -> None:
    """Make `incoming`, the batch with one row a key."""
    terms = list(keys)
    for name in values:
        mark = f"g_{name}"
        if by_row:
            terms.append(f"arg_max({name}, seq) as {name}")
        else:
            only = f" filter (where {mark})" if mark in given else ""
            terms.append(f"arg_max_null({name}, seq){only} as {name}")
        if mark in given:
            terms.append(f"bool_or({mark}) as {mark}")
    cursor.execute(f"create temp table incoming as select {', '.join(terms)} from batch group by {', '.join(keys)}")


def _overwrite(cursor: Cursor, batch: Batch, keys: list[str], values: list[str], given: set[str]) -> None:
    """Update the rows that are there, and make `fresh` of those that are not."""
    home = batch.home
    same = " and ".join(f"d.{name} = i.{name}" for name in keys)
    there = f"exists (select 1 from {home.data} d where {same})"
    cursor.execute(f"create temp table fresh as select * from incoming i where not {there}")
    changes = [
        f"{name} = "
        + (f"case when i.g_{name} then i.{name} else d.{name} end" if f"g_{name}" in given else f"i.{name}")
        for name in values
    ]
    if changes:
        cursor.execute(f"update {home.data} as d set {', '.join(changes)} from incoming i where {same}")
    tables = {part.table.tid if isinstance(part.table, ChildTable) else 0: part.table for part in batch.parts}
    by_tid = "tid" if isinstance(home, SuperTable) else "0"
    for tid, least in cursor.execute(f"select {by_tid}, min(c0) from fresh group by 1").fetchall():
        table = tables[tid]
        if table.ordered and table.last_key is not None and least < table.last_key:
            meta.mark_unordered(cursor, table)


def delete(cursor: Cursor, home: Home, condition: str, parameters: Sequence[Any]) -> int:
    """Delete the rows of `home` that meet a condition in DuckDB's SQL; how many they were."""
    ((n_rows,),) = cursor.execute(f"delete from {home.data} where {condition}", parameters).fetchall()
    if isinstance(home, NormalTable):
        ((home.last_key,),) = cursor.execute(f"select max(c0) from {home.data}").fetchall()
    else:
        last_keys = dict(cursor.execute(f"select tid, max(c0) from {home.data} group by tid").fetchall())
        for child in home.children.values():
            child.last_key = last_keys.get(child.tid)
    return int(n_rows)
