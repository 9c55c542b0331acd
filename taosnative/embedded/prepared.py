"""Statements with `?`: what is bound is checked when it is bound, and written or asked when it is executed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..types import BY_CODE, Kind
from .catalog import Catalog, ChildTable, Column, SuperTable, Table
from .geometry import is_wkb
from .insert import create_children, home_of
from .insert_text import is_insert
from .json_tags import normalise
from .marks import bound_value
from .prepared_text import TABLE_NOT_EXIST, TABLE_NOT_SET, Template, TemplateReader
from .protocol import BoundColumn, BoundTable, EngineError, Outcome, ParamField, Prepared
from .refusals import translated
from .storage import KEY_IS_NULL, Batch, Part, check, write
from .text import escape
from .tokens import tokenize
from .values import syntax_error

if TYPE_CHECKING:
    from .session import EngineSession

INVALID_OPERATION = 0x80000200
NEED_RETRY = 0x80000125
TOO_LONG = 0x80002653
BAD_WKB = 0x80002803
BIND_NUMBER = 0x80000236
OTHER_STABLE = 0x8000061D
#: The most rows of one table in one bind.
MAX_ROWS = 32767
MAX_NAME = 192


def prepare(session: EngineSession, sql: str) -> Prepared:
    """A statement with `?`, whose text is read when it is first needed."""
    return PreparedInsert(session, sql) if is_insert(sql) else PreparedQuery(session, sql)


class PreparedInsert:
    """An INSERT with `?`."""

    is_insert = True

    def __init__(self, session: EngineSession, sql: str) -> None:
        self.session = session
        self.sql = sql
        self._template: Template | None = None
        self._catalog: Catalog | None = None  #: the one that the template's tables are of
        self._table: Table | None = None  #: the table that was set last
        self._created: dict[tuple[int, str], tuple[ChildTable, tuple[Any, ...]]] = {}
        self._parts: list[tuple[list[Column], Part]] = []

    @property
    def template(self) -> Template:
        """What the text says."""
        server = self.session.server
        if self._template is None or self._catalog is not server.catalog:
            self._template = TemplateReader(self.sql, self.session).read()
            self._catalog = server.catalog
        return self._template

    def fields(self) -> list[ParamField]:
        """Every `?`."""
        with self.session.server.lock:
            return self.template.fields()

    def bind(self, tables: Sequence[BoundTable]) -> None:
        """Check and keep values."""
        with self.session.server.lock:
            for bound in tables:
                self._bind_table(bound)

    def _bind_table(self, bound: BoundTable) -> None:
        template = self.template
        if bound.tbname is not None and template.table_name is None:
            self._table = self._find(bound.tbname, bound.tags)
        elif template.table_name is not None:
            self._table = self._fixed_table(template, template.table_name, bound.tags)
        table = self._table
        if table is None:
            raise EngineError(TABLE_NOT_SET, "Stmt table name not set")
        if bound.columns is None:
            return
        if isinstance(table, SuperTable):
            raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
        columns = template.columns_of(table)
        n_rows = bound.columns[0].n_rows
        for column, cells in zip(columns, bound.columns, strict=True):
            _check_cells(column, cells, n_rows)
        self._parts.append((columns, Part(table, bound.columns, n_rows)))

    def _fixed_table(self, template: Template, name: str, tags: Sequence[BoundColumn] | None) -> Table | None:
        if template.stable is not None:
            return self._child(template, template.database.name, name, tags)
        return template.database.tables.get(name)

    def _find(self, tbname: str, tags: Sequence[BoundColumn] | None) -> Table:
        """The table that a bound name means."""
        if not tbname:
            raise EngineError(TABLE_NOT_SET, "success")
        template = self.template
        database_name, name = _split_name(tbname, template.database.name)
        if len(name.encode()) > MAX_NAME:
            raise EngineError(INVALID_OPERATION, "name too long")
        if template.stable is not None:
            return self._child(template, database_name, name, tags)
        table = self.session.database(database_name).tables.get(name)
        if table is None:
            raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
        return table

    def _child(self, template: Template, database: str, name: str, tags: Sequence[BoundColumn] | None) -> Table:
        parent = template.stable
        assert parent is not None
        known = self.session.database(database).tables.get(name)
        if known is None:
            made = self._created.get((parent.database.uid, name))
            if made is None:
                values = _tag_values(parent, template.tags, tags)
                made = self._created[parent.database.uid, name] = (ChildTable(0, parent, name), values)
            known = made[0]
        if not isinstance(known, ChildTable) or known.parent is not parent:
            raise EngineError(OTHER_STABLE, "Table already exists in other stables")
        return known

    def execute(self) -> Outcome:
        """Write what was bound."""
        session = self.session
        parts, created = self._parts, list(self._created.values())
        self._parts, self._created = [], {}
        with translated(), session.server.lock:
            if parts and self._catalog is not session.server.catalog:
                raise EngineError(NEED_RETRY, "Retry needed")
            batches = _batches(parts)
            checked = [check(batch, session.window(batch.home.database)) for batch in batches]
            with session.server.change() as cursor, session.interruptible(cursor):
                create_children(cursor, created, session.now(0))
                return Outcome(affected=sum(write(cursor, batch) for batch in checked))

    def close(self) -> None:
        """Forget what was bound."""
        self._parts, self._created = [], {}


def _split_name(tbname: str, database: str) -> tuple[str, str]:
    """Database and name of a bound name: `name`, `database.name`, each with or without backquotes."""
    quoted = tbname.startswith("`")
    if not quoted and "." in tbname:
        database, tbname = tbname.split(".", 1)
    elif quoted and "`." in tbname:
        database, tbname = tbname.split("`.", 1)
    return database.strip("`"), tbname.strip("`")


def _batches(parts: Sequence[tuple[list[Column], Part]]) -> list[Batch]:
    """What was bound, by where it is to lie."""
    batches: dict[int, Batch] = {}
    for columns, part in parts:
        home = home_of(part.table)
        batch = batches.get(id(home))
        if batch is None:
            batch = batches[id(home)] = Batch(home, columns, [], by_row=False)
        assert isinstance(batch.parts, list)
        batch.parts.append(part)
    return list(batches.values())


def _tag_values(parent: SuperTable, tags: Sequence[Column], bound: Sequence[BoundColumn] | None) -> tuple[Any, ...]:
    """What was bound as a new table's tags, in the order of its super table's; NULL where none was."""
    values: dict[str, Any] = {}
    for tag, cells in zip(tags, bound or (), strict=bound is not None):
        values[tag.physical] = _tag_value(tag, cells)
    return tuple(values.get(tag.physical) for tag in parent.tags)


def _tag_value(tag: Column, cells: BoundColumn) -> Any:
    states = cells.states()
    if states is not None and states[0]:
        return None
    (value, *_) = cells.values()
    if isinstance(value, bytes) != (BY_CODE[tag.type].kind is Kind.VARIABLE):
        raise EngineError(INVALID_OPERATION, "column type mis-match with buffer type")
    if not isinstance(value, bytes):
        return value
    if tag.type == 15:
        try:
            return normalise(value.decode())
        except ValueError as problem:
            raise syntax_error(value.decode(errors="replace").strip(), str(problem)) from None
    if (len(value.decode(errors="replace")) if BY_CODE[tag.type].ucs4 else len(value)) > tag.length:
        raise EngineError(INVALID_OPERATION, "tag length is too big")
    if BY_CODE[tag.type].ucs4:
        _check_utf8([value])
    return escape(value) if BY_CODE[tag.type].text else value


def _check_cells(column: Column, cells: BoundColumn, n_rows: int) -> None:
    """Refuse values that a column does not take."""
    if not 1 <= cells.n_rows <= MAX_ROWS:
        raise EngineError(BIND_NUMBER, "bind number out of range or not match")
    if cells.n_rows != n_rows:
        raise EngineError(INVALID_OPERATION, "row number in each bind param should be the same")
    states = cells.states()
    if cells.type != column.type and not (n_rows == 1 and states is not None and states[0]):
        raise EngineError(INVALID_OPERATION, "column type mis-match with buffer type")
    if column.is_key and states is not None and states.any():
        raise EngineError(KEY_IS_NULL, "Primary key column should not be null")
    check = _CHECKS.get(column.type)
    if check is not None and cells.type == column.type:
        check(column, cells)


def _check_varchar(column: Column, cells: BoundColumn) -> None:
    if int(cells.lengths().max()) > column.length:
        raise EngineError(TOO_LONG, "Value too long for column/tag")


def _check_nchar(column: Column, cells: BoundColumn) -> None:
    values = [value for value in cells.values() if isinstance(value, bytes)]
    _check_utf8(values)
    if int(cells.lengths().max()) > column.length and any(len(value.decode()) > column.length for value in values):
        raise EngineError(TOO_LONG, f"Value too long for column/tag: {column.name}")


def _check_utf8(values: list[bytes]) -> None:
    try:
        b"\n".join(values).decode()
    except UnicodeDecodeError:
        raise syntax_error("Unknown error -2130771884") from None


def _check_geometry(column: Column, cells: BoundColumn) -> None:
    _check_varchar(column, cells)
    if not all(is_wkb(value) for value in cells.values() if isinstance(value, bytes)):
        raise EngineError(BAD_WKB, "Invalid function para value")


_CHECKS: dict[int, Callable[[Column, BoundColumn], None]] = {
    8: _check_varchar,
    10: _check_nchar,
    16: _check_varchar,
    20: _check_geometry,
}


class PreparedQuery:
    """Any other statement with `?`, or without."""

    is_insert = False

    def __init__(self, session: EngineSession, sql: str) -> None:
        self.session = session
        self.sql = sql
        self._bound: Sequence[BoundColumn] | None = None

    def fields(self) -> list[ParamField]:
        """Every `?`, of which nothing is known."""
        marks = [token for token in tokenize(self.sql) if token.kind == "op" and token.value == "?"]
        return [ParamField("?", 0, 0, 0, 3) for _ in marks]

    def bind(self, tables: Sequence[BoundTable]) -> None:
        """Keep one value for each `?`."""
        for bound in tables:
            columns = bound.columns or ()
            if any(cells.n_rows != 1 for cells in columns):
                raise EngineError(BIND_NUMBER, "bind number out of range or not match")
            self._bound = columns

    def execute(self) -> Outcome:
        """Run the statement with what was bound; one that lacks values gives nothing, as the real driver's does."""
        marks = [token for token in tokenize(self.sql) if token.kind == "op" and token.value == "?"]
        if marks and self._bound is None:
            return Outcome()
        if not marks:
            return self.session.execute(self.sql)
        return self.session.query(self.sql, [bound_value(cells) for cells in self._bound or ()])

    def close(self) -> None:
        """Forget what was bound."""
        self._bound = None
