"""How the catalog survives in DuckDB: an entry of `catalog_entries` for each database, super table and normal table.

Children lie in their super tables' `tags_N`. That a table's rows are not in the order of time is an entry of
`unordered_tables`, written in the same transaction as the row that broke the order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import duckdb

from .catalog import Catalog, ChildTable, Column, Database, NormalTable, SuperTable

_SCHEMA = """
    create table if not exists catalog_entries (uid integer, kind varchar, body varchar);
    create table if not exists unordered_tables (uid integer, tid integer);
"""


def load(cursor: duckdb.DuckDBPyConnection) -> Catalog:
    """The catalog as it stands in DuckDB, made there when it is new."""
    cursor.execute(_SCHEMA)
    catalog = Catalog()
    entries = cursor.execute("select uid, kind, body from catalog_entries order by uid").fetchall()
    by_uid: dict[int, Database] = {}
    for uid, kind, body in entries:
        if kind == "database":
            database = Database(**json.loads(body))
            by_uid[uid] = catalog.databases[database.name] = database
    for uid, kind, body in entries:
        catalog.next_uid = max(catalog.next_uid, uid + 1)
        if kind != "database":
            facts = json.loads(body)
            database = by_uid[facts.pop("database_uid")]
            table = _READERS[kind](cursor, database, facts)
            database.tables[table.name] = table
            if isinstance(table, SuperTable):
                database.tables.update(table.children)
    _mark_loaded(cursor, catalog)
    return catalog


def _mark_loaded(cursor: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    unordered = cursor.execute("select uid, tid from unordered_tables").fetchall()
    if not unordered:
        return
    by_number: dict[tuple[int, int], ChildTable | NormalTable] = {}
    for table in catalog.physical_tables():
        if isinstance(table, NormalTable):
            by_number[table.uid, 0] = table
        else:
            by_number.update(((table.uid, child.tid), child) for child in table.children.values())
    for number in unordered:
        by_number[number].ordered = False


def _columns(facts: list[dict[str, Any]]) -> list[Column]:
    return [Column(**column) for column in facts]


def _read_stable(cursor: duckdb.DuckDBPyConnection, database: Database, facts: dict[str, Any]) -> SuperTable:
    columns, tags = _columns(facts.pop("columns")), _columns(facts.pop("tags"))
    table = SuperTable(database=database, columns=columns, tags=tags, **facts)
    last_keys = dict(cursor.execute(f"select tid, max(c0) from {table.data} group by tid").fetchall())
    children = cursor.execute(f"select tid, name, created_ms, comment from {table.tags_table} order by tid").fetchall()
    for tid, name, created_ms, comment in children:
        child = ChildTable(tid, table, name, last_keys.get(tid), created_ms=created_ms, comment=comment)
        table.children[name] = child
        table.next_tid = tid // database.vgroups + 1
    return table


def _read_normal(cursor: duckdb.DuckDBPyConnection, database: Database, facts: dict[str, Any]) -> NormalTable:
    table = NormalTable(database=database, columns=_columns(facts.pop("columns")), **facts)
    (table.last_key,) = cursor.execute(f"select max(c0) from {table.data}").fetchone() or (None,)
    return table


_Reader = Callable[[duckdb.DuckDBPyConnection, Database, dict[str, Any]], SuperTable | NormalTable]
_READERS: dict[str, _Reader] = {"stable": _read_stable, "normal": _read_normal}


def save(cursor: duckdb.DuckDBPyConnection, entry: Database | SuperTable | NormalTable) -> None:
    """Write a database's or table's entry, in place of the one it had."""
    forget(cursor, entry)
    cursor.execute("insert into catalog_entries values (?, ?, ?)", [entry.uid, *_body(entry)])


def forget(cursor: duckdb.DuckDBPyConnection, entry: Database | SuperTable | NormalTable) -> None:
    """Remove an entry."""
    cursor.execute("delete from catalog_entries where uid = ?", [entry.uid])


def _body(entry: Database | SuperTable | NormalTable) -> tuple[str, str]:
    if isinstance(entry, Database):
        return "database", json.dumps(dict(_plain(entry, leave=("tables",))))
    leave = ("database", "children", "next_tid", "last_key", "ordered")
    facts = dict(_plain(entry, leave)) | {"database_uid": entry.database.uid}
    return ("stable" if isinstance(entry, SuperTable) else "normal"), json.dumps(facts)


def _plain(entry: Database | SuperTable | NormalTable, leave: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in entry.__dataclass_fields__:
        if name not in leave:
            value = getattr(entry, name)
            is_columns = isinstance(value, list)
            yield name, [asdict(column) for column in value] if is_columns else value


def mark_unordered(cursor: duckdb.DuckDBPyConnection, table: ChildTable | NormalTable) -> None:
    """Note that a table's rows no longer lie in the order of time."""
    uid, tid = (table.parent.uid, table.tid) if isinstance(table, ChildTable) else (table.uid, 0)
    cursor.execute("insert into unordered_tables values (?, ?)", [uid, tid])
    table.ordered = False
