"""Reads INSERT … VALUES: a fast way for rows in which all is well, a slow one that finds what is wrong and where.

The whole text is read and checked before anything is written. Rows are matched by one expression a row and converted a
column at a time; a column that does not convert is read again cell by cell, in the order of the text, since the first
mistake is the one that is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .catalog import ChildTable, Column, Database, NormalTable, SuperTable, Table
from .protocol import EngineError
from .scanner import Scanner, choose_columns
from .tokens import INVALID_NAME
from .values import Clock, Refused, convert, convert_column, syntax_error

TABLE_NOT_EXIST = 0x80002603
COLUMNS_NUMBER = 0x8000263F
OTHER_STABLE = 0x8000061D
NOT_SUPPORTED = 0x80000100

_STRING = r"""'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.|"")*+\""""
_CELL = rf"""(?:{_STRING}|[^\s,()'"`;]++(?:\(\s*+\))?+)(?:\s*+[+-]\s*+\d++[a-zA-Z])?+"""
_ONE = re.compile(rf"\s*+({_CELL})", re.DOTALL)


@lru_cache(maxsize=64)
def _row_pattern(n_cells: int) -> re.Pattern[str]:
    cells = r"\s*+,".join([rf"\s*+({_CELL})"] * n_cells)
    return re.compile(rf"\s*+,?+\s*+\({cells}\s*+\)", re.DOTALL)


@dataclass(slots=True)
class Rows:
    """Rows for one table: a list of values for each of the columns."""

    table: ChildTable | NormalTable
    columns: list[Column]
    cells: list[list[Any]]
    n_rows: int


@dataclass(slots=True)
class Insertion:
    """All that an INSERT says."""

    rows: list[Rows] = field(default_factory=list)
    created: dict[tuple[int, str], tuple[ChildTable, tuple[Any, ...]]] = field(default_factory=dict)

    def find(self, database: Database, name: str) -> Table | None:
        """A table of that name that exists, or that an earlier clause makes."""
        made = self.created.get((database.uid, name))
        return database.tables.get(name) or (made[0] if made else None)

    def make_child(self, parent: SuperTable, name: str, tags: tuple[Any, ...]) -> ChildTable:
        """The child table of that name, to be created with these tags unless it exists."""
        check_table_name(name)
        known = self.find(parent.database, name)
        if known is None:
            known = ChildTable(0, parent, name)
            self.created[parent.database.uid, name] = (known, tags)
        if not isinstance(known, ChildTable) or known.parent is not parent:
            raise EngineError(OTHER_STABLE, "Table already exists in other stables")
        return known


def check_table_name(name: str) -> None:
    """Refuse a name that no table may have."""
    if "." in name:
        raise EngineError(INVALID_NAME, "The table name cannot contain '.'")
    if len(name.encode()) > 192:
        raise EngineError(INVALID_NAME, f"Invalid identifier name: {name}")


class InsertReader(Scanner):
    """Walks the text of an INSERT."""

    def __init__(
        self, text: str, find_database: Callable[[str | None], Database], clock: Callable[[int], Clock]
    ) -> None:
        super().__init__(text)
        self.find_database = find_database
        self.clock_of = clock
        self.insertion = Insertion()

    # The statement.

    def read(self) -> Insertion:
        """All that the statement says; EngineError where something is wrong with it."""
        self.word("insert", "import")
        self.word("into")
        while not self.at_end():
            self._clause()
        if not self.insertion.rows:
            raise syntax_error("no any data points")
        return self.insertion

    def _clause(self) -> None:
        database, name = self.table_name(self.find_database)
        after_name = self.name_end
        if self.word("using"):
            table: Table = self._using(database, name)
        else:
            found = self.insertion.find(database, name)
            if found is None:
                raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
            table = found
        if isinstance(table, SuperTable):
            self._stable_clause(table, after_name)
            return
        columns = self.bound_columns(table.columns) or list(table.columns)
        if self.word("file"):
            raise EngineError(NOT_SUPPORTED, "Operation not supported")
        if not self.word("values"):
            raise syntax_error(self.rest(), "keyword VALUES or FILE is expected")
        self._rows(table, columns)

    def _using(self, database: Database, name: str) -> ChildTable:
        parent_database, parent_name = self.table_name(self.find_database)
        parent = parent_database.tables.get(parent_name)
        if not isinstance(parent, SuperTable) or parent_database is not database:
            raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
        named = self.bound_columns(parent.tags)
        columns = parent.tags if named is None else named
        if not self.word("tags"):
            raise syntax_error(self.rest(), "TAGS is expected")
        self.expect("(")
        values = dict(zip((tag.physical for tag in columns), self._tag_values(parent, columns), strict=True))
        self.expect(")")
        return self.insertion.make_child(parent, name, tuple(values.get(tag.physical) for tag in parent.tags))

    def _tag_values(self, parent: SuperTable, tags: list[Column]) -> list[Any]:
        clock = self.clock_of(parent.database.precision)
        values = []
        for number, tag in enumerate(tags):
            if number:
                self.sign(",")
            values.append(self._cell(tag, clock))
        return values

    # Rows.

    def _rows(self, table: ChildTable | NormalTable, columns: list[Column]) -> None:
        clock = self.clock_of(table.database.precision)
        start = self.position
        cells, n_rows = self._matched_rows(columns, clock)
        if cells is None:
            self.position = start
            cells, n_rows = self._careful_rows(columns, clock)
        if n_rows:
            self.insertion.rows.append(Rows(table, columns, cells, n_rows))

    def _matched_rows(self, columns: list[Column], clock: Clock) -> tuple[list[list[Any]] | None, int]:
        """The fast way: None where something needs a closer look."""
        match = _row_pattern(len(columns)).match
        raws = []
        found = match(self.text, self.position)
        end = self.position
        while found:
            raws.append(found.groups())
            end = found.end()
            found = match(self.text, end)
        self.position = end
        if not raws or self.sign("(") or self.sign(","):
            return None, 0
        try:
            cells = [
                convert_column(column, column_raws, clock)
                for column, column_raws in zip(columns, zip(*raws, strict=True), strict=True)
            ]
        except (Refused, EngineError):
            return None, 0
        key = next(index for index, column in enumerate(columns) if column.physical == "c0")
        return (None, 0) if None in cells[key] else (cells, len(raws))

    def _careful_rows(self, columns: list[Column], clock: Clock) -> tuple[list[list[Any]], int]:
        """The slow way, which raises at the first mistake."""
        rows: list[list[Any]] = []
        while self.sign("("):
            row = []
            for number, column in enumerate(columns):
                if number:
                    self.expect(",")
                row.append(self._cell(column, clock))
            if self.sign(","):
                raise EngineError(COLUMNS_NUMBER, "Illegal number of columns")
            self.expect(")")
            rows.append(row)
            self.sign(",")
        return [list(cells) for cells in zip(*rows, strict=True)], len(rows)

    def _cell(self, column: Column, clock: Clock) -> Any:
        """The next cell's value."""
        raw, start = self._raw_cell()
        try:
            value = convert(column, raw, clock)
        except Refused as refused:
            near = self.rest(start) if refused.near is None else refused.near
            raise syntax_error(near, refused.reason) from None
        if value is None and column.physical == "c0":
            raise syntax_error(self.rest(start), "Primary timestamp column should not be null")
        return value

    def _raw_cell(self) -> tuple[str, int]:
        self.skip()
        found = _ONE.match(self.text, self.position)
        if found is None:
            raise syntax_error(self.rest(), "invalid data or symbol")
        self.position = found.end()
        return found[1], found.start(1)

    # INSERT INTO stable (tbname, …) VALUES …

    def _stable_clause(self, table: SuperTable, after_name: int) -> None:
        names = self.name_list() if self.sign("(") else []
        if TBNAME.name not in names or table.columns[0].name not in names:
            reason = "(...tbname, ts...) bounded cols is expected for supertable insertion"
            raise syntax_error(self.rest(after_name), reason)
        bound = choose_columns([TBNAME, *table.columns, *table.tags], names)
        if not self.word("values"):
            raise syntax_error(self.rest(), "keyword VALUES or FILE is expected")
        clock = self.clock_of(table.database.precision)
        cells, n_rows = self._careful_rows(bound, clock)
        self._stable_rows(table, bound, list(zip(*cells, strict=True)) if n_rows else [])

    def _stable_rows(self, table: SuperTable, bound: list[Column], rows: list[tuple[Any, ...]]) -> None:
        tags = {id(tag) for tag in table.tags}
        columns = [column for column in bound if column is not TBNAME and id(column) not in tags]
        grouped: dict[str, tuple[ChildTable, list[list[Any]]]] = {}
        for row in rows:
            by_column = dict(zip(map(id, bound), row, strict=True))
            name = by_column[id(TBNAME)]
            if name not in grouped:
                child = self.insertion.make_child(table, name, tuple(by_column.get(id(tag)) for tag in table.tags))
                grouped[name] = (child, [])
            grouped[name][1].append([by_column[id(column)] for column in columns])
        for child, child_rows in grouped.values():
            cells = [list(cells) for cells in zip(*child_rows, strict=True)]
            self.insertion.rows.append(Rows(child, columns, cells, len(child_rows)))


#: The pseudo-column that names the child table of a row.
TBNAME = Column("tbname", 8, 192, "tbname")

_HEAD = re.compile(r"(?:\s|--[^\n]*|/\*.*?\*/)*+(?:insert|import)\b", re.IGNORECASE | re.DOTALL)
_KEYWORD = re.compile(
    r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/|\b(values|select|file)\b""", re.I | re.S
)


def is_insert(text: str) -> bool:
    """Whether a statement begins as an INSERT."""
    return _HEAD.match(text) is not None


def form(text: str) -> str | None:
    """What the INSERT takes its rows from: "values", "select", "file", or None where it does not say."""
    for found in _KEYWORD.finditer(text):
        if found[1]:
            return found[1].lower()
    return None
