"""A stand-in for the compiler of SELECT: `select * from table [order by ts]`, `select count(*) from table`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .catalog import ChildTable, SuperTable
from .protocol import ColumnInfo, EngineError

if TYPE_CHECKING:
    from .session import EngineSession


class Plan(NamedTuple):
    """What DuckDB is to run, and what comes of it."""

    sql: str
    parameters: list[Any]
    columns: tuple[ColumnInfo, ...]
    precision: int


def compile_select(text: str, session: EngineSession) -> Plan:
    """The plan of a SELECT."""
    found = re.match(r"select (\*|count\(\*\)) from (?:(\w+)\.)?(?:(\w+)|`([^`]+)`)(?: order by ts)?\s*$", text, re.I)
    if not found:
        raise EngineError(0x80000100, "Operation not supported")
    table = session.database(found[2]).tables.get(found[3].lower() if found[3] else found[4])
    if table is None:
        raise EngineError(0x80002603, "Fail to get table info, error: Table does not exist")
    home = table.parent if isinstance(table, ChildTable) else table
    source, columns = home.data, list(table.columns)
    if isinstance(table, SuperTable):
        source, columns = f"{home.data} join {table.tags_table} using (tid)", columns + table.tags
    where = f" where tid = {table.tid}" if isinstance(table, ChildTable) else ""
    if found[1] != "*":
        return Plan(f"select count(*) from {source}{where}", [], (ColumnInfo("count(*)", 5, 8),), 0)
    listed = ", ".join(column.physical for column in columns)
    sql = f"select {listed} from {source}{where} order by c0"
    return Plan(sql, [], tuple(column.info for column in columns), table.database.precision)
