"""CREATE, DROP, ALTER and USE of databases and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import meta, physical
from .catalog import ChildTable, Column, Database, NormalTable, SuperTable, Table
from .definitions import check_table, number, read_columns
from .handlers import Handler, if_exists, if_not_exists
from .insert import create_children
from .insert_text import check_table_name
from .names import Name, require_stable, require_table, table_name
from .options import keep_minutes, read_options
from .protocol import EngineError, Outcome
from .tokens import Reader
from .values import Refused, convert, syntax_error

if TYPE_CHECKING:
    from .session import EngineSession

DATABASE_EXISTS = 0x80000381
TABLE_EXISTS = 0x80000603
STABLE_EXISTS = 0x80000360
STABLE_NOT_EXIST = 0x80000362
TABLE_NOT_EXIST = 0x80002603
TAGS_NOT_MATCHED = 0x8000260D
NOT_SUPPORTED = 0x80000100

_PRECISIONS = {"'ms'": 0, "'us'": 1, "'ns'": 2}


# Databases.


def _create_database(session: EngineSession, reader: Reader) -> Outcome:
    lenient = if_not_exists(reader)
    name = reader.name()
    options = read_options(reader)
    reader.end()
    catalog = session.server.catalog
    if name in catalog.databases:
        if lenient:
            return Outcome()
        raise EngineError(DATABASE_EXISTS, "Database already exists")
    precision = _PRECISIONS[options.get("precision", "'ms'")]
    with session.server.change() as cursor:
        database = Database(catalog.new_uid(), name, precision, options=options, created_ms=session.now(0))
        database.keep_minutes = keep_minutes(options)
        database.vgroups = int(options.get("vgroups", "2"))
        meta.save(cursor, database)
        catalog.databases[name] = database
    return Outcome()


def _drop_database(session: EngineSession, reader: Reader) -> Outcome:
    lenient = if_exists(reader)
    name = reader.name()
    reader.end()
    if lenient and name not in session.server.catalog.databases:
        return Outcome()
    database = session.database(name)
    with session.server.change() as cursor:
        physical.drop_database(cursor, database)
        del session.server.catalog.databases[name]
    return Outcome()


def _use(session: EngineSession, reader: Reader) -> Outcome:
    name = reader.name()
    reader.end()
    session.use(name)
    return Outcome()


# Tables.


def _create_table(session: EngineSession, reader: Reader) -> Outcome:
    lenient = if_not_exists(reader)
    name = table_name(session, reader)
    if reader.at("using"):
        return _create_children(session, reader, lenient, name)
    return _create_with_columns(session, reader, lenient, name, stable=False)


def _create_stable(session: EngineSession, reader: Reader) -> Outcome:
    lenient = if_not_exists(reader)
    return _create_with_columns(session, reader, lenient, table_name(session, reader), stable=True)


def _create_with_columns(session: EngineSession, reader: Reader, lenient: bool, name: Name, *, stable: bool) -> Outcome:
    columns = read_columns(reader)
    tags: list[Column] = []
    if reader.at("tags") or stable:
        reader.expect("tags")
        tags = read_columns(reader, is_tag=True)
    comment = _table_options(reader)
    reader.end()
    check_table_name(name.table)
    check_table(columns, tags)
    database = session.database(name.database)
    existing = database.tables.get(name.table)
    if existing is not None:
        if lenient and isinstance(existing, SuperTable) == bool(tags):
            return Outcome()
        if tags and isinstance(existing, SuperTable):
            raise EngineError(STABLE_EXISTS, "STable already exists")
        raise EngineError(TABLE_EXISTS, "Table already exists")
    number(columns, "c")
    number(tags, "t")
    with session.server.change() as cursor:
        uid = session.server.catalog.new_uid()
        facts: dict[str, Any] = {
            "created_ms": session.now(0),
            "comment": comment,
            "next_physical": max(len(columns), len(tags)),
        }
        table: SuperTable | NormalTable = NormalTable(uid, database, name.table, columns, **facts)
        if tags:
            table = SuperTable(uid, database, name.table, columns, tags, **facts)
        physical.create(cursor, table)
    return Outcome()


def _table_options(reader: Reader) -> str | None:
    """Take options of a table; all but its comment are of no consequence."""
    comment = None
    while reader.token.kind == "id":
        if reader.accept("comment"):
            comment = reader.string()
        elif reader.accept("ttl"):
            reader.integer()
        elif reader.at("sma", "rollup"):
            reader.next()
            reader.expect("(")
            reader.name()
            while reader.accept(","):
                reader.name()
            reader.expect(")")
        elif reader.at("watermark", "max_delay", "delete_mark"):
            reader.next()
            reader.next()
        else:
            reader.fail()
    return comment


def _create_children(session: EngineSession, reader: Reader, lenient: bool, name: Name) -> Outcome:
    """`name using stable [(tags)] tags (values)`, as often as it stands there."""
    wanted: dict[tuple[str | None, str], tuple[ChildTable, tuple[Any, ...]]] = {}
    while True:
        child = _child_definition(session, reader, name)
        existing = child[0].database.tables.get(name.table)
        if existing is not None and not lenient:
            raise EngineError(TABLE_EXISTS, "Table already exists")
        if existing is None:
            wanted.setdefault((child[0].database.name, name.table), child)
        if reader.token.kind == "end" or reader.at(";"):
            break
        lenient = if_not_exists(reader)
        name = table_name(session, reader)
        if not reader.at("using"):
            reader.fail()
    with session.server.change() as cursor:
        create_children(cursor, wanted.values(), session.now(0))
    return Outcome()


def _child_definition(session: EngineSession, reader: Reader, name: Name) -> tuple[ChildTable, tuple[Any, ...]]:
    reader.expect("using")
    stable_name = table_name(session, reader)
    named: list[str] | None = None
    if reader.accept("("):
        named = [reader.name()]
        while reader.accept(","):
            named.append(reader.name())
        reader.expect(")")
    reader.expect("tags")
    raws = tag_literals(reader)
    comment = reader.string() if reader.accept("comment") else None
    if reader.accept("ttl"):
        reader.integer()
    check_table_name(name.table)
    parent = require_stable(session, stable_name)
    database = session.database(name.database)
    if parent.database is not database:
        raise EngineError(TABLE_NOT_EXIST, "Table does not exist")
    return ChildTable(0, parent, name.table, comment=comment), tag_values(session, parent, named, raws)


def tag_literals(reader: Reader) -> list[str]:
    """Take literals in brackets, as they stand in the text."""
    reader.expect("(")
    raws = []
    while True:
        start = reader.token.start
        if reader.at(")", ","):
            reader.fail()
        end = start
        depth = 0
        while reader.token.kind != "end" and (depth or not reader.at(",", ")")):
            depth += reader.at("(") - reader.at(")")
            end = reader.next().end
        raws.append(reader.text[start:end])
        if reader.accept(")"):
            return raws
        reader.expect(",")


def tag_values(session: EngineSession, parent: SuperTable, named: list[str] | None, raws: list[str]) -> tuple[Any, ...]:
    """What literals are as values of a super table's tags, in the order of these; NULL where none is given."""
    by_name = {tag.name: tag for tag in parent.tags}
    if named is not None:
        for tag_name in named:
            if tag_name not in by_name:
                raise EngineError(0x80002649, f"Invalid tag name: {tag_name}")
    chosen = parent.tags if named is None else [by_name[tag_name] for tag_name in named]
    if len(chosen) != len(raws):
        raise EngineError(TAGS_NOT_MATCHED, "Tags number not matched")
    values = {tag.physical: tag_value(session, parent, tag, raw) for tag, raw in zip(chosen, raws, strict=True)}
    return tuple(values.get(tag.physical) for tag in parent.tags)


def tag_value(session: EngineSession, parent: SuperTable, tag: Column, raw: str) -> Any:
    """What a literal is as a tag."""
    try:
        return convert(tag, raw, session.clock(parent.database.precision))
    except Refused as refused:
        raise syntax_error(raw if refused.near is None else refused.near, refused.reason) from None


def _drop_table(session: EngineSession, reader: Reader) -> Outcome:
    tables: list[Table] = []
    while True:
        lenient = if_exists(reader)
        name = table_name(session, reader)
        database = session.database(name.database)
        if not (lenient and name.table not in database.tables):
            tables.append(require_table(session, name))
        if not reader.accept(","):
            break
    reader.end()
    with session.server.change() as cursor:
        for table in tables:
            physical.drop(cursor, table)
    return Outcome()


def _drop_stable(session: EngineSession, reader: Reader) -> Outcome:
    lenient = if_exists(reader)
    name = table_name(session, reader)
    reader.end()
    table = session.database(name.database).tables.get(name.table)
    if not isinstance(table, SuperTable):
        if lenient:
            return Outcome()
        raise EngineError(STABLE_NOT_EXIST, "STable not exist")
    with session.server.change() as cursor:
        physical.drop(cursor, table)
    return Outcome()


CREATE: dict[str, Handler] = {"database": _create_database, "table": _create_table, "stable": _create_stable}
DROP: dict[str, Handler] = {"database": _drop_database, "table": _drop_table, "stable": _drop_stable}
USE: Handler = _use
