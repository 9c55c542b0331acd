"""Where a query's names come from: its tables and subqueries, and what each column of theirs is in DuckDB.

A table is `s0`, `s1`, … in DuckDB's text. The tags of its child tables are `s0t`, joined only where a name of theirs is
used, so that a plain query is a plain scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from .catalog import ChildTable, SuperTable, Table
from .protocol import ColumnInfo, EngineError
from .typed import DUCKDB, NULL, TIMESTAMP, VARCHAR, Typed, quote

INVALID_COLUMN = 0x80002602
AMBIGUOUS_COLUMN = 0x80002604
TABLE_NOT_EXIST = 0x80002603
NOT_UNIQUE_ALIAS = 0x80002663
#: What a statement is refused with that TDengine takes and this engine does not.
NOT_EMULATED = 0x80000100

#: Bytes of `tbname`.
TBNAME_BYTES = 270


class Session(Protocol):
    """What the compiler asks of a connection."""

    @property
    def timezone(self) -> tzinfo:
        """The zone of time literals without one."""

    def lookup(self, database: str | None, name: str) -> Table:
        """A table by name; EngineError where there is none."""

    def current_database(self) -> str | None:
        """The database that unqualified names are looked up in."""

    def now(self, precision: int) -> int:
        """The time in ticks."""

    def system_table(self, database: str, name: str) -> tuple[Sequence[ColumnInfo], str]:
        """Columns of a table of information_schema or performance_schema, and DuckDB's SQL for its rows."""


def not_emulated(what: str) -> EngineError:
    """The refusal of what TDengine has and the embedded engine has not."""
    return EngineError(NOT_EMULATED, f"{what} is not emulated by the embedded engine")


@dataclass(slots=True)
class SourceColumn:
    """A column of a source."""

    name: str
    value: Typed
    is_tag: bool = False


@dataclass(slots=True)
class Source:
    """A table or subquery in FROM."""

    alias: str
    ref: str  #: what DuckDB's text calls it
    sql: str  #: what stands before its name in FROM
    columns: dict[str, SourceColumn]
    time: Typed | None  #: its primary timestamp
    precision: int
    table: Table | None = None
    filter: str = ""  #: a condition that its rows meet
    uses_tags: bool = False
    uses_data: bool = False
    tags_table: str = ""  #: DuckDB's table of tags

    @property
    def is_super(self) -> bool:
        """Whether its rows come from many child tables."""
        return isinstance(self.table, SuperTable)

    @property
    def from_sql(self) -> str:
        """The source as an item of FROM."""
        text = f"{self.sql} AS {self.ref}"
        return (
            f"{text} JOIN {self.tags_table} AS {self.ref}t ON {self.ref}t.tid = {self.ref}.tid"
            if self.uses_tags
            else text
        )

    def tbname(self) -> Typed:
        """The name of the table that a row is of."""
        if self.table is None:
            raise EngineError(INVALID_COLUMN, "Invalid column name: tbname")
        if isinstance(self.table, SuperTable):
            self.uses_tags = True
            return Typed(f"{self.ref}t.name", VARCHAR, TBNAME_BYTES, exact=True)
        return Typed(quote(self.table.name), VARCHAR, TBNAME_BYTES)

    def column(self, name: str) -> Typed | None:
        """A column or tag by name."""
        found = self.columns.get(name)
        if found is None:
            return None
        if found.is_tag:
            self.uses_tags = True
        else:
            self.uses_data = True
        return found.value


def table_source(table: Table, alias: str, ref: str) -> Source:
    """A table of the catalog."""
    columns = {
        column.name: SourceColumn(
            column.name, Typed(f"{ref}.{column.physical}", column.type, column.length, exact=True)
        )
        for column in table.columns
    }
    for tag in table.tags:
        value = Typed(f"{ref}t.{tag.physical}", tag.type, tag.length, exact=True)
        columns[tag.name] = SourceColumn(tag.name, value, is_tag=True)
    time = columns[table.columns[0].name].value
    parent = table.parent if isinstance(table, ChildTable) else table
    tags = parent.tags_table if isinstance(parent, SuperTable) else ""
    source = Source(alias, ref, parent.data, columns, time, table.database.precision, table, tags_table=tags)
    if isinstance(table, ChildTable):
        source.filter = f"{ref}.tid = {table.tid}"
    return source


def relation_source(columns: Sequence[ColumnInfo], sql: str, alias: str, ref: str) -> Source:
    """A query in DuckDB's own SQL, whose columns stand in the order of `columns`."""
    names = [f"c{number}" for number in range(len(columns))]
    typed = ", ".join(
        f"CAST({name} AS {DUCKDB[column.type]}) AS {name}" for name, column in zip(names, columns, strict=True)
    )
    found = {
        column.name: SourceColumn(column.name, Typed(f"{ref}.{name}", column.type, column.length, exact=True))
        for name, column in zip(names, columns, strict=True)
    }
    return Source(alias, ref, f"(SELECT {typed} FROM ({sql}) AS v({', '.join(names)}))", found, None, 0)


def subquery_source(sql: str, columns: Sequence[ColumnInfo], precision: int, alias: str, ref: str) -> Source:
    """A query in FROM, whose columns are r0, r1, … in DuckDB."""
    found: dict[str, SourceColumn] = {}
    time: Typed | None = None
    for number, column in enumerate(columns):
        value = Typed(f"{ref}.r{number}", column.type or NULL, column.length, exact=True)
        found.setdefault(column.name, SourceColumn(column.name, value))
        if time is None and column.type == TIMESTAMP:
            time = value
    return Source(alias, ref, f"({sql})", found, time, precision)


class Scope:
    """The sources of one SELECT."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        aliases = [source.alias for source in sources if source.alias]
        for alias in aliases:
            if aliases.count(alias) > 1:
                raise EngineError(NOT_UNIQUE_ALIAS, f"Not unique table/alias: '{alias}'")

    @property
    def first(self) -> Source:
        """The source that gives a result its precision and its time."""
        return self.sources[0]

    @property
    def precision(self) -> int:
        """Of the times in the result."""
        return self.sources[0].precision if self.sources else 0

    def source(self, alias: str) -> Source:
        """The source that a qualified name names."""
        for source in self.sources:
            if source.alias == alias:
                return source
        raise EngineError(TABLE_NOT_EXIST, f"Table does not exist: {alias}")

    def column(self, table: str, name: str) -> Typed:
        """The column that a name means."""
        sources = [self.source(table)] if table else self.sources
        found = [source for source in sources if name in source.columns]
        if not found:
            raise EngineError(INVALID_COLUMN, f"Invalid column name: {name}")
        if len(found) > 1:
            raise EngineError(AMBIGUOUS_COLUMN, f"Column ambiguously defined: {name}")
        value = found[0].column(name)
        assert value is not None
        return value
