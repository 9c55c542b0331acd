"""Names of tables in statements, and the tables that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .catalog import SuperTable, Table
from .protocol import EngineError
from .tokens import DATABASE_NOT_SPECIFIED, Reader

if TYPE_CHECKING:
    from .session import EngineSession

TABLE_NOT_EXIST = 0x80002603


class Name(NamedTuple):
    """A table's name; without a database it is of the current one."""

    database: str | None
    table: str


def table_name(session: EngineSession, reader: Reader) -> Name:
    """Take a table's name; there must be a current database where it names none."""
    first = reader.name(192)
    if reader.accept("."):
        return Name(first, reader.name(192))
    if session.current_database() is None:
        raise EngineError(DATABASE_NOT_SPECIFIED, "Database not specified")
    return Name(None, first)


def require_table(session: EngineSession, name: Name) -> Table:
    """The table of that name; EngineError where there is none."""
    table = session.database(name.database).tables.get(name.table)
    if table is None:
        raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
    return table


def require_stable(session: EngineSession, name: Name) -> SuperTable:
    """The super table of that name; EngineError where there is none."""
    table = require_table(session, name)
    if not isinstance(table, SuperTable):
        raise EngineError(0x8000260D, "Tags number not matched")
    return table
