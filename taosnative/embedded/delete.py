"""DELETE: rows of a table, or of all children of a super table, by their timestamps and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import storage
from .catalog import ChildTable, Column, SuperTable, Table
from .names import Name, table_name
from .protocol import EngineError, Outcome
from .tokens import Reader, error
from .values import Refused, convert

if TYPE_CHECKING:
    from .session import EngineSession

TABLE_NOT_EXIST = 0x80002603
INVALID_COLUMN = 0x80002602
INVALID_TIME = 0x80000127
INVALID_DELETE_WHERE = 0x80002650

#: The name of a child table, as its super table's children have it.
TBNAME = Column("tbname", 8, 192, "name")
_OPERATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "=", "<>": "<>", "!=": "<>"}


def delete(session: EngineSession, reader: Reader) -> Outcome:
    """`delete from table [where …]`."""
    reader.expect("from")
    name = table_name(session, reader)
    conditions = _Conditions(session, reader, name)
    text = conditions.read() if reader.accept("where") else "true"
    reader.end()
    table = conditions.table
    home = table.parent if isinstance(table, ChildTable) else table
    if isinstance(table, ChildTable):
        text = f"tid = {table.tid} and ({text})"
    with session.server.change() as cursor, session.interruptible(cursor):
        return Outcome(affected=storage.delete(cursor, home, text, conditions.parameters))


class _Conditions:
    """A WHERE of comparisons joined by AND and OR, as DuckDB's SQL."""

    def __init__(self, session: EngineSession, reader: Reader, name: Name) -> None:
        self.session = session
        self.reader = reader
        self.name = name
        self.parameters: list[Any] = []
        self._table: Table | None = None

    @property
    def table(self) -> Table:
        """The table, looked up when the text has been read so far without mistakes."""
        if self._table is None:
            self._table = self.session.database(self.name.database).tables.get(self.name.table)
            if self._table is None:
                raise EngineError(TABLE_NOT_EXIST, "Fail to get table info, error: Table does not exist")
        return self._table

    def read(self) -> str:
        terms = [self._conjunction()]
        while self.reader.accept("or"):
            terms.append(self._conjunction())
        return " or ".join(terms)

    def _conjunction(self) -> str:
        terms = [self._comparison()]
        while self.reader.accept("and"):
            terms.append(self._comparison())
        return " and ".join(terms)

    def _comparison(self) -> str:
        reader = self.reader
        if reader.accept("("):
            inner = self.read()
            reader.expect(")")
            return f"({inner})"
        column = TBNAME if reader.accept("tbname") else self._column(reader.name())
        if reader.accept("between"):
            low = self._value(column)
            reader.expect("and")
            return self._on(column, f"between {low} and {self._value(column)}")
        if reader.token.value not in _OPERATORS:
            reader.fail()
        operator = _OPERATORS[reader.next().value]
        return self._on(column, f"{operator} {self._value(column)}")

    def _column(self, name: str) -> Column:
        table = self.table
        if name in ("_c0", "_rowts", table.columns[0].name):
            return table.columns[0]
        for tag in table.tags:
            if tag.name == name:
                return tag
        if any(column.name == name for column in table.columns):
            text = "The DELETE statement must have a definite time window range"
            raise EngineError(INVALID_DELETE_WHERE, text)
        raise error(INVALID_COLUMN, f"Invalid column name: {name}")

    def _on(self, column: Column, comparison: str) -> str:
        table = self.table
        if column.physical == "c0":
            return f"c0 {comparison}"
        parent = table.parent if isinstance(table, ChildTable) else table
        if not isinstance(parent, SuperTable):
            raise error(INVALID_COLUMN, f"Invalid column name: {column.name}")
        return f"tid in (select tid from {parent.tags_table} where {column.physical} {comparison})"

    def _value(self, column: Column) -> str:
        reader = self.reader
        start = end = reader.token.start
        while reader.token.kind != "end" and not reader.at("and", "or", ";") and not self._closes(reader):
            end = reader.next().end
        if end == start:
            reader.fail()
        try:
            value = convert(column, reader.text[start:end], self.session.clock(self.table.database.precision))
        except Refused:
            raise EngineError(INVALID_TIME, "Invalid timestamp format") from None
        self.parameters.append(value)
        return "?"

    def _closes(self, reader: Reader) -> bool:
        """Whether a bracket that comes next closes a condition, not `now()`."""
        return reader.at(")") and reader.tokens[reader.index - 1].value != "("
