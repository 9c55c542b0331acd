"""What a server of the embedded engine knows of its databases and tables, and where DuckDB keeps each.

TDengine's names are case-sensitive and DuckDB's are not, so nothing in DuckDB bears a user's name. Of a table with
the number N:

    data_N   a super table's rows: tid INTEGER (the child table), c0 (the primary timestamp), c1, c2 …
             a normal table's rows: the same without tid
    tags_N   a super table's children: tid INTEGER, name VARCHAR, created_ms BIGINT, comment VARCHAR, t0, t1 …

A column keeps its physical name when others are added, renamed or dropped. A TIMESTAMP is a BIGINT of ticks in the
database's precision; VARCHAR, NCHAR and JSON are VARCHAR (bytes that are not UTF-8 in the escaped form of `text.py`);
VARBINARY and GEOMETRY are BLOB; every other type is DuckDB's of the same width.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .protocol import ColumnInfo


@dataclass(slots=True)
class Column:
    """A column or a tag."""

    name: str
    type: int  #: a code of `taosnative.types`
    length: int  #: width; declared bytes; characters of NCHAR; 4095 of JSON
    physical: str  #: what DuckDB calls it
    is_key: bool = False  #: second column of a composite primary key
    encode: str = ""
    compress: str = ""
    level: str = ""

    @property
    def info(self) -> ColumnInfo:
        """How a result set describes it."""
        return ColumnInfo(self.name, self.type, self.length)


@dataclass(slots=True)
class SuperTable:
    """A super table: columns that all of its children have, and tags that each has values of."""

    uid: int
    database: Database
    name: str
    columns: list[Column]
    tags: list[Column]
    children: dict[str, ChildTable] = field(default_factory=dict)
    created_ms: int = 0
    comment: str | None = None
    next_tid: int = 1  #: counts the children, for their tids
    next_physical: int = 0  #: number of the next column or tag in DuckDB

    @property
    def data(self) -> str:
        """What DuckDB calls the table of its rows."""
        return f"data_{self.uid}"

    @property
    def tags_table(self) -> str:
        """What DuckDB calls the table of its children."""
        return f"tags_{self.uid}"


@dataclass(slots=True)
class ChildTable:
    """A child table: rows of its super table's `data` with one tid."""

    tid: int
    parent: SuperTable
    name: str
    last_key: int | None = None  #: the greatest timestamp, None while it is empty
    ordered: bool = True  #: its rows were appended in the order of time
    created_ms: int = 0
    comment: str | None = None

    @property
    def database(self) -> Database:
        """Where it lies."""
        return self.parent.database

    @property
    def columns(self) -> list[Column]:
        """Its super table's."""
        return self.parent.columns

    @property
    def tags(self) -> list[Column]:
        """Its super table's."""
        return self.parent.tags


@dataclass(slots=True)
class NormalTable:
    """A table of its own, without tags."""

    uid: int
    database: Database
    name: str
    columns: list[Column]
    last_key: int | None = None
    ordered: bool = True
    created_ms: int = 0
    comment: str | None = None
    next_physical: int = 0

    @property
    def tags(self) -> list[Column]:
        """None."""
        return []

    @property
    def data(self) -> str:
        """What DuckDB calls the table of its rows."""
        return f"data_{self.uid}"


Table = SuperTable | ChildTable | NormalTable


@dataclass(slots=True)
class Database:
    """A database: one precision of time, one name space of tables of all three kinds."""

    uid: int
    name: str
    precision: int  #: 0 ms, 1 us, 2 ns
    tables: dict[str, Table] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    keep_minutes: int = 3650 * 1440  #: how old a row may be when it comes
    vgroups: int = 2
    created_ms: int = 0


@dataclass(slots=True)
class Catalog:
    """All databases of a server."""

    databases: dict[str, Database] = field(default_factory=dict)
    next_uid: int = 1

    def new_uid(self) -> int:
        """A number that nothing else has."""
        self.next_uid += 1
        return self.next_uid - 1

    def physical_tables(self) -> Iterator[SuperTable | NormalTable]:
        """Every table that has a table of rows in DuckDB."""
        for database in self.databases.values():
            for table in database.tables.values():
                if not isinstance(table, ChildTable):
                    yield table
