"""DuckDB's tables for TDengine's: made, changed and dropped. The layout is told in `catalog.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from . import meta
from ._arrow import arrow_stream
from .catalog import ChildTable, Column, Database, NormalTable, SuperTable
from .vgroups import take_tid

#: DuckDB's type for each type code.
DUCKDB_TYPES = {
    1: "BOOLEAN",
    2: "TINYINT",
    3: "SMALLINT",
    4: "INTEGER",
    5: "BIGINT",
    6: "FLOAT",
    7: "DOUBLE",
    8: "VARCHAR",
    9: "BIGINT",
    10: "VARCHAR",
    11: "UTINYINT",
    12: "USMALLINT",
    13: "UINTEGER",
    14: "UBIGINT",
    15: "VARCHAR",
    16: "BLOB",
    20: "BLOB",
}

Cursor = duckdb.DuckDBPyConnection


def _declared(columns: Sequence[Column]) -> str:
    return "".join(f", {column.physical} {DUCKDB_TYPES[column.type]}" for column in columns)


def create(cursor: Cursor, table: SuperTable | NormalTable) -> None:
    """Make a new table's tables, and enter it in the catalog."""
    if isinstance(table, SuperTable):
        cursor.execute(f"create table {table.data} (tid INTEGER{_declared(table.columns)})")
        cursor.execute(
            f"create table {table.tags_table}"
            f" (tid INTEGER, name VARCHAR, created_ms BIGINT, comment VARCHAR{_declared(table.tags)})"
        )
    else:
        cursor.execute(f"create table {table.data} ({_declared(table.columns)[2:]})")
    meta.save(cursor, table)
    table.database.tables[table.name] = table


def create_children(cursor: Cursor, children: Sequence[tuple[ChildTable, tuple[Any, ...]]]) -> None:
    """Make child tables of one super table with their tags' values, in the order of its tags."""
    parent = children[0][0].parent
    for child, _ in children:
        child.tid = take_tid(parent, child.name)
    made = [child for child, _ in children]
    columns: list[tuple[str, int, list[Any]]] = [
        ("tid", 4, [[child.tid for child in made]]),
        ("name", 8, [[child.name for child in made]]),
        ("created_ms", 5, [[child.created_ms for child in made]]),
        ("comment", 8, [[child.comment for child in made]]),
    ]
    for index, tag in enumerate(parent.tags):
        columns.append((tag.physical, tag.type, [[tags[index] for _, tags in children]]))
    cursor.register("made", arrow_stream(columns))
    try:
        cursor.execute(f"insert into {parent.tags_table} by name select * from made")
    finally:
        cursor.unregister("made")
    for child, _ in children:
        parent.children[child.name] = child
        parent.database.tables[child.name] = child


def drop(cursor: Cursor, table: SuperTable | ChildTable | NormalTable) -> None:
    """Remove a table, its rows and, of a super table, its children."""
    tables = table.database.tables
    if isinstance(table, ChildTable):
        parent = table.parent
        cursor.execute(f"delete from {parent.data} where tid = ?", [table.tid])
        cursor.execute(f"delete from {parent.tags_table} where tid = ?", [table.tid])
        cursor.execute("delete from unordered_tables where uid = ? and tid = ?", [parent.uid, table.tid])
        del parent.children[table.name]
    else:
        cursor.execute(f"drop table {table.data}")
        cursor.execute("delete from unordered_tables where uid = ?", [table.uid])
        meta.forget(cursor, table)
        if isinstance(table, SuperTable):
            cursor.execute(f"drop table {table.tags_table}")
            for name in table.children:
                del tables[name]
    del tables[table.name]


def drop_database(cursor: Cursor, database: Database) -> None:
    """Remove all tables of a database, and it."""
    for table in list(database.tables.values()):
        if not isinstance(table, ChildTable):
            drop(cursor, table)
    meta.forget(cursor, database)


def _homes(table: SuperTable | NormalTable, is_tag: bool) -> tuple[str, list[Column]]:
    if is_tag and isinstance(table, SuperTable):
        return table.tags_table, table.tags
    return table.data, table.columns


def add_column(cursor: Cursor, table: SuperTable | NormalTable, column: Column, *, is_tag: bool = False) -> None:
    """Add a column or tag, NULL in the rows there are."""
    home, columns = _homes(table, is_tag)
    cursor.execute(f"alter table {home} add column {column.physical} {DUCKDB_TYPES[column.type]}")
    columns.append(column)
    meta.save(cursor, table)


def drop_column(cursor: Cursor, table: SuperTable | NormalTable, column: Column, *, is_tag: bool = False) -> None:
    """Remove a column or tag."""
    home, columns = _homes(table, is_tag)
    cursor.execute(f"alter table {home} drop column {column.physical}")
    columns.remove(column)
    meta.save(cursor, table)


def set_tags(cursor: Cursor, child: ChildTable, values: dict[str, Any]) -> None:
    """Change tags of a child table, by their physical names."""
    changes = ", ".join(f"{physical} = ?" for physical in values)
    statement = f"update {child.parent.tags_table} set {changes} where tid = ?"
    cursor.execute(statement, [*values.values(), child.tid])
