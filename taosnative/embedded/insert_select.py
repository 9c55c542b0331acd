"""INSERT INTO … SELECT: the rows of a query, cast to the table's types, written as rows of text would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import insert, storage
from .catalog import ChildTable, Column, NormalTable, SuperTable
from .insert_text import COLUMNS_NUMBER, Insertion, Rows
from .names import require_table, table_name
from .physical import DUCKDB_TYPES
from .protocol import EngineError, Outcome
from .refusals import translated
from .scanner import INVALID_OPERATION, choose_columns
from .storage import INVALID_PARAMETERS
from .text import unescape
from .tokens import Reader
from .values import too_long

if TYPE_CHECKING:
    from .session import EngineSession


def insert_select(session: EngineSession, reader: Reader) -> Outcome:
    """`insert into table [(columns)] select …`."""
    reader.expect("into")
    name = table_name(session, reader)
    names: list[str] | None = None
    if reader.at("(") and reader.peek().value != "select":
        reader.next()
        names = [reader.name()]
        while reader.accept(","):
            names.append(reader.name())
        reader.expect(")")
    if not reader.at("select", "("):
        reader.fail()
    table = require_table(session, name)
    if isinstance(table, SuperTable):
        raise EngineError(INVALID_OPERATION, "Invalid operation")
    columns = list(table.columns) if names is None else choose_columns(table.columns, names)
    if table.columns[0] not in columns:
        raise EngineError(INVALID_OPERATION, "Primary timestamp column should not be null")
    rows = _picked(session, reader.text[reader.token.start :], table, columns)
    if rows.n_rows == 0:
        return Outcome()
    batches = insert.check(Insertion([rows]), session.window)
    with session.server.change() as cursor, session.interruptible(cursor):
        return Outcome(affected=sum(storage.write(cursor, batch) for batch in batches))


def _picked(session: EngineSession, query: str, table: ChildTable | NormalTable, columns: list[Column]) -> Rows:
    plan = session.compile(query)
    if len(plan.columns) != len(columns):
        raise EngineError(COLUMNS_NUMBER, "Illegal number of columns")
    names = ", ".join(f"a{index}" for index in range(len(columns)))
    casts = ", ".join(f"cast(a{index} as {DUCKDB_TYPES[column.type]})" for index, column in enumerate(columns))
    cursor = session.server.connection.cursor()
    with translated(), session.interruptible(cursor):
        rows = cursor.execute(f"select {casts} from ({plan.sql}) picked({names})", plan.parameters).fetchall()
    cells: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    for column, values in zip(columns, cells, strict=False):
        if column.physical == "c0" and None in values:
            raise EngineError(INVALID_PARAMETERS, "Invalid parameters")
        if any(value is not None and _length(column, value) > column.length for value in values):
            raise too_long(column)
    return Rows(table, columns, cells, len(rows))


def _length(column: Column, value: Any) -> int:
    if isinstance(value, str):
        return len(value) if column.type == 10 else len(unescape(value))
    return len(value) if isinstance(value, bytes) else 0
