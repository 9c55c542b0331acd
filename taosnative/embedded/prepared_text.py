"""Reads an INSERT with `?`: which table, tags and columns its marks are for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..types import BY_CODE
from .catalog import Column, Database, SuperTable, Table
from .definitions import width
from .protocol import EngineError, ParamField
from .scanner import INVALID_OPERATION, Scanner, choose_columns
from .values import syntax_error

if TYPE_CHECKING:
    from .session import EngineSession

TABLE_NOT_EXIST = 0x80002603
TABLE_NOT_SET = 0x8000022B
MARK = "?"

_LITERAL = re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|[^\s,()]+(?:\(\s*\))?""", re.DOTALL)


@dataclass(slots=True)
class Template:
    """What an INSERT with `?` says."""

    database: Database
    table_name: str | None  #: None where it is bound
    stable: SuperTable | None  #: what new tables are children of; None where none are made
    tags: list[Column]  #: the tags that are bound
    column_names: list[str] | None  #: None for all columns

    def columns_of(self, table: Table) -> list[Column]:
        """The columns that are bound, of a table."""
        if self.column_names is None:
            return list(table.columns)
        chosen = choose_columns(table.columns, self.column_names)
        if table.columns[0] not in chosen:
            raise EngineError(INVALID_OPERATION, "Primary timestamp column should not be null")
        return chosen

    def fields(self) -> list[ParamField]:
        """Every mark, in the order of the text."""
        table: Table | None = self.stable
        if table is None and self.table_name is not None:
            table = self.database.tables.get(self.table_name)
        if table is None:
            raise EngineError(TABLE_NOT_SET, "Stmt table name not set")
        marks = [ParamField("tbname", 8, 271, 0, 4)] if self.table_name is None else []
        marks += [_field(tag, self.database.precision, kind=2) for tag in self.tags]
        return marks + [_field(column, self.database.precision, kind=1) for column in self.columns_of(table)]


def _field(column: Column, precision: int, kind: int) -> ParamField:
    is_time = BY_CODE[column.type].dtype == "M8"
    return ParamField(column.name, column.type, width(column), precision if is_time else 0, kind)


class TemplateReader(Scanner):
    """Walks the text of an INSERT with `?`."""

    def __init__(self, text: str, session: EngineSession) -> None:
        super().__init__(text)
        self.session = session

    def read(self) -> Template:
        """What the text says; EngineError where something is wrong with it."""
        self.word("insert", "import")
        self.word("into")
        database, name = self.table_name(self.session.database)
        if name == MARK:
            template = Template(database, None, None, [], None)
        else:
            template = Template(database, name, None, [], None)
        if self.word("using"):
            self._using(template)
        table = template.stable or (None if name == MARK else database.tables.get(name))
        if table is None and name != MARK:
            raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
        if self.sign("("):
            template.column_names = self.name_list()
        if isinstance(table, SuperTable) and template.stable is None:
            self._stable_columns(template, table)
            n_marks: int | None = len(template.column_names or []) + len(template.tags) + 1
        else:
            n_marks = len(template.columns_of(table)) if table is not None else None
        if not self.word("values"):
            raise syntax_error(self.rest(), "keyword VALUES or FILE is expected")
        self._marks(n_marks)
        return template

    def _using(self, template: Template) -> None:
        database, name = self.table_name(self.session.database)
        stable = database.tables.get(name)
        if not isinstance(stable, SuperTable):
            raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
        template.stable = stable
        named = self.bound_columns(stable.tags)
        template.tags = list(stable.tags) if named is None else named
        if not self.word("tags"):
            raise syntax_error(self.rest(), "TAGS is expected")
        self.expect("(")
        marked = False
        for number, _ in enumerate(template.tags):
            if number:
                self.expect(",")
            # A literal is lost by the real driver, which wants the tag bound all the same.
            is_mark = self._value() == MARK
            if marked and not is_mark:
                raise EngineError(INVALID_OPERATION, "no mix usage for ? and tag values")
            marked = marked or is_mark
        self.expect(")")

    def _stable_columns(self, template: Template, table: SuperTable) -> None:
        """`insert into stable (tbname, tag …, ts …)`."""
        names = template.column_names or []
        if "tbname" not in names:
            reason = "(...tbname, ts...) bounded cols is expected for supertable insertion"
            raise syntax_error(self.rest(), reason)
        tags = {tag.name: tag for tag in table.tags}
        template.tags = [tags[name] for name in names if name in tags]
        template.column_names = [name for name in names if name not in tags and name != "tbname"]
        template.table_name, template.stable = None, table
        template.columns_of(table)

    def _marks(self, n_marks: int | None) -> None:
        self.expect("(")
        number = 0
        while n_marks is None or number < n_marks:
            if number:
                if n_marks is None and self.sign(")"):
                    return
                self.expect(",")
            if self._value() != MARK:
                raise EngineError(INVALID_OPERATION, "stmt bind param does not support normal value in sql")
            number += 1
        if self.sign(","):
            raise EngineError(0x8000263F, "Illegal number of columns")
        self.expect(")")

    def _value(self) -> str:
        self.skip()
        found = _LITERAL.match(self.text, self.position)
        if found is None:
            raise syntax_error(self.rest(), "invalid data or symbol")
        self.position = found.end()
        return found[0]
