"""Runs an INSERT once it is read: child tables are made, rows are gathered by where they lie, and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from . import physical, storage
from .catalog import ChildTable, Database, NormalTable, SuperTable
from .insert_text import Insertion, Rows
from .protocol import NONE
from .storage import Batch, Checked, Cursor, Part

Home = SuperTable | NormalTable


def home_of(table: ChildTable | NormalTable) -> Home:
    """The table that has a table's rows in DuckDB."""
    return table.parent if isinstance(table, ChildTable) else table


def create_children(cursor: Cursor, created: Iterable[tuple[ChildTable, tuple[Any, ...]]], now_ms: int) -> None:
    """Make child tables, of whichever super tables."""
    by_parent: dict[int, list[tuple[ChildTable, tuple[Any, ...]]]] = {}
    for child, tags in created:
        child.created_ms = now_ms
        by_parent.setdefault(id(child.parent), []).append((child, tags))
    for children in by_parent.values():
        physical.create_children(cursor, children)


def check(insertion: Insertion, window: Callable[[Database], tuple[int, int]]) -> list[Checked]:
    """All rows of an INSERT, by where they are to lie; `window` tells which timestamps a database takes."""
    by_home: dict[int, list[Rows]] = {}
    for rows in insertion.rows:
        by_home.setdefault(id(home_of(rows.table)), []).append(rows)
    batches = [_gather(home_of(group[0].table), group) for group in by_home.values()]
    return [storage.check(batch, window(batch.home.database)) for batch in batches]


def _gather(home: Home, group: Sequence[Rows]) -> Batch:
    """One batch of the rows, with every column that any of them has."""
    mentioned = {column.physical for rows in group for column in rows.columns}
    columns = [column for column in home.columns if column.physical in mentioned]
    parts = []
    for rows in group:
        cells = dict(zip((column.physical for column in rows.columns), rows.cells, strict=True))
        missing = [NONE] * rows.n_rows
        parts.append(Part(rows.table, [cells.get(column.physical, missing) for column in columns], rows.n_rows))
    return Batch(home, columns, parts, by_row=True)
