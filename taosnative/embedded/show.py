"""DESCRIBE and SHOW."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..types import BY_CODE
from .catalog import Column, SuperTable
from .ddl import after_keyword, dispatch
from .names import require_table, table_name
from .protocol import ColumnInfo, Outcome
from .server import SYSTEM_DATABASES
from .tokens import Reader

if TYPE_CHECKING:
    from .session import EngineSession

_DESCRIBE = (
    ColumnInfo("field", 8, 64),
    ColumnInfo("type", 8, 20),
    ColumnInfo("length", 4, 4),
    ColumnInfo("note", 8, 16),
    ColumnInfo("encode", 8, 12),
    ColumnInfo("compress", 8, 12),
    ColumnInfo("level", 8, 12),
)


def _described(column: Column, note: str) -> tuple[Any, ...]:
    facts = (column.name, BY_CODE[column.type].name, column.length, note)
    return (*facts, column.encode, column.compress, column.level)


def _describe(session: EngineSession, reader: Reader) -> Outcome:
    name = table_name(session, reader)
    reader.end()
    table = require_table(session, name)
    rows = [_described(column, "PRIMARY KEY" if column.is_key else "") for column in table.columns]
    rows += [_described(tag, "TAG") for tag in table.tags]
    return Outcome(columns=_DESCRIBE, rows=rows)


def _show_databases(session: EngineSession, reader: Reader) -> Outcome:
    reader.end()
    names = [*SYSTEM_DATABASES, *session.server.catalog.databases]
    return Outcome(columns=(ColumnInfo("name", 8, 64),), rows=[(name,) for name in names])


def _show_tables(session: EngineSession, reader: Reader) -> Outcome:
    reader.end()
    tables = session.database().tables.values()
    rows = [(table.name,) for table in tables if not isinstance(table, SuperTable)]
    return Outcome(columns=(ColumnInfo("table_name", 8, 192),), rows=rows)


def _show_stables(session: EngineSession, reader: Reader) -> Outcome:
    reader.end()
    tables = session.database().tables.values()
    rows = [(table.name,) for table in tables if isinstance(table, SuperTable)]
    return Outcome(columns=(ColumnInfo("stable_name", 8, 192),), rows=rows)


def system_table(session: EngineSession, name: str) -> tuple[Any, Any]:
    """Columns and rows of a table of `information_schema`."""
    raise NotImplementedError


STATEMENTS: dict[str, Callable[[EngineSession, Reader], Outcome]] = {
    "describe": after_keyword(_describe),
    "desc": after_keyword(_describe),
    "show": after_keyword(dispatch({"databases": _show_databases, "tables": _show_tables, "stables": _show_stables})),
}
