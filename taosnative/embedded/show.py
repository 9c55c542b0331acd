"""DESCRIBE, SHOW and SHOW CREATE."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..types import BY_CODE, Kind
from .admin import not_supported
from .catalog import ChildTable, Column, NormalTable, SuperTable
from .definitions import type_text
from .handlers import Handler
from .names import require_table, table_name
from .options import OPTIONS
from .protocol import ColumnInfo, EngineError, Outcome
from .server import SYSTEM_DATABASES
from .system_tables import (
    INFORMATION_SCHEMA,
    PERFORMANCE_SCHEMA,
    SCHEMAS,
    SystemTable,
    columns,
    index_row,
    tag_rows,
    tag_values,
    vgroup_row,
)
from .tokens import SYNTAX_ERROR, Reader

if TYPE_CHECKING:
    from .session import EngineSession

INVALID_TAG_NAME = 0x8000260E

_DESCRIBE = columns("field:v64 type:v20 length:i4 note:v16 encode:v12 compress:v12 level:v12")


def _describe(session: EngineSession, reader: Reader) -> Outcome:
    name = table_name(session, reader)
    reader.end()
    system = SCHEMAS.get(name.database or session.current_database() or "", {}).get(name.table)
    if system is not None:
        facts = [(column.name, BY_CODE[column.type].name, column.length, "") for column in system.columns]
        return Outcome(columns=_DESCRIBE[:4], rows=[*facts])
    table = require_table(session, name)
    rows = [_described(column, "PRIMARY KEY" if column.is_key else "") for column in table.columns]
    rows += [_described(tag, "TAG") for tag in table.tags]
    return Outcome(columns=_DESCRIBE, rows=rows)


def _described(column: Column, note: str) -> tuple[Any, ...]:
    facts = (column.name, BY_CODE[column.type].name, column.length, note)
    return (*facts, column.encode, column.compress, column.level)


# Lists of names.


def _names(column: str, length: int, names: Sequence[str], pattern: str | None = None) -> Outcome:
    like = _like(pattern)
    rows: list[tuple[Any, ...]] = [(name,) for name in names if like.fullmatch(name)]
    return Outcome(columns=(ColumnInfo(column, 8, length),), rows=rows)


def _like(pattern: str | None) -> re.Pattern[str]:
    """LIKE's pattern as a regular expression: `%` any characters, `_` one, a backslash before either itself."""
    if pattern is None:
        return re.compile(".*", re.DOTALL)
    parts = re.findall(r"\\[%_]|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    text = "".join(wild.get(part) or re.escape(part[-1] if part[0] == "\\" else part) for part in parts)
    return re.compile(text, re.DOTALL | re.IGNORECASE)


def _pattern(reader: Reader) -> str | None:
    return reader.string() if reader.accept("like") else None


def _list_databases(which: str) -> Handler:
    def show(session: EngineSession, reader: Reader) -> Outcome:
        reader.end()
        system = [] if which == "user" else list(SYSTEM_DATABASES)
        user = [] if which == "system" else list(session.server.catalog.databases)
        return _names("name", 64, system + user)

    return show


def _from_database(session: EngineSession, reader: Reader, database: str | None) -> str | None:
    """The database that `show name.tables` or `show tables from name` means."""
    if reader.accept("from"):
        database = reader.name()
    if database is None and session.current_database() is None:
        raise EngineError(SYNTAX_ERROR, "database not specified")
    return database


def _list_tables(column: str, kinds: tuple[type, ...]) -> Callable[[EngineSession, Reader, str | None], Outcome]:
    def show(session: EngineSession, reader: Reader, database: str | None) -> Outcome:
        database = _from_database(session, reader, database)
        pattern = _pattern(reader)
        reader.end()
        system = SCHEMAS.get(database or session.current_database() or "")
        if system is not None:
            return _names(column, 192, list(system) if SuperTable not in kinds else [], pattern)
        tables = session.database(database).tables.values()
        return _names(column, 192, [table.name for table in tables if isinstance(table, kinds)], pattern)

    return show


def _vgroups(session: EngineSession, reader: Reader, database: str | None) -> Outcome:
    database = _from_database(session, reader, database)
    reader.end()
    found = session.database(database)
    n_tables = sum(not isinstance(table, SuperTable) for table in found.tables.values())
    return Outcome(columns=INFORMATION_SCHEMA["ins_vgroups"].columns, rows=[vgroup_row(found, n_tables)])


def _alive(session: EngineSession, reader: Reader, database: str | None) -> Outcome:
    reader.end()
    session.database(database)
    return Outcome(columns=columns("status:i4"), rows=[(1,)])


#: What may stand behind `show` or `show database.`.
_OF_DATABASE = {
    "tables": _list_tables("table_name", (ChildTable, NormalTable)),
    "stables": _list_tables("stable_name", (SuperTable,)),
    "vgroups": _vgroups,
    "alive": _alive,
}


def _kind(word: str, kinds: tuple[type, ...]) -> Handler:
    listed = _list_tables("table_name", kinds)

    def show(session: EngineSession, reader: Reader) -> Outcome:
        database = None
        if reader.peek().value == ".":
            database = reader.name()
            reader.next()
        reader.expect(word)
        return listed(session, reader, database)

    return show


# Tags and indexes.


def _tags(session: EngineSession, reader: Reader) -> Outcome:
    reader.expect("from")
    table = _after_from(session, reader)
    parent = table.parent if isinstance(table, ChildTable) else table
    rows: list[tuple[Any, ...]] = []
    if isinstance(parent, SuperTable):
        rows = tag_rows(session, parent, table.name if isinstance(table, ChildTable) else None)
    return Outcome(columns=INFORMATION_SCHEMA["ins_tags"].columns, rows=rows)


def _after_from(session: EngineSession, reader: Reader) -> ChildTable | SuperTable | NormalTable:
    name = table_name(session, reader)
    if name.database is None and reader.accept("from"):
        name = name._replace(database=reader.name())
    reader.end()
    return require_table(session, name)


def _table(session: EngineSession, reader: Reader) -> Outcome:
    """`show table tags …` and `show table distributed …`."""
    if reader.accept("distributed"):
        return _distributed(session, reader)
    reader.expect("tags")
    wanted: list[str] = []
    while not reader.at("from"):
        wanted.append(reader.next().value if reader.at("tbname") else reader.name())
        if not reader.accept(","):
            break
    reader.expect("from")
    table = _after_from(session, reader)
    if not isinstance(table, SuperTable):
        raise EngineError(0x8000260E, "Table is not a super table")
    all_columns = {"tbname": ColumnInfo("tbname", 8, 270)} | {tag.name: tag.info for tag in table.tags}
    names = wanted or list(all_columns)
    for name in names:
        if name not in all_columns:
            raise EngineError(INVALID_TAG_NAME, f"Invalid tag name: {name}")
    rows = []
    for child, values in tag_values(session, table).items():
        by_name = {"tbname": child} | {tag.name: value for tag, value in zip(table.tags, values, strict=True)}
        rows.append(tuple(by_name[name] for name in names))
    infos = tuple(all_columns[name] for name in names)
    return Outcome(columns=infos, precision=table.database.precision, rows=rows)


def _distributed(session: EngineSession, reader: Reader) -> Outcome:
    table = require_table(session, table_name(session, reader))
    reader.end()
    n_tables = len(table.children) if isinstance(table, SuperTable) else 1
    lines = [
        "Total_Blocks=[0] Total_Size=[0.00 KiB] Average_size=[0.00 KiB] Compression_Ratio=[0.00 %]",
        "Block_Rows=[0] MinRows=[0] MaxRows=[0] AvgRows=[0]",
        "Inmem_Rows=[0] Stt_Rows=[0] ",
        f"Total_Tables=[{n_tables}] Total_Filesets=[1] Total_Vgroups=[1]",
        "-" * 80,
        *(f"{bucket:04} |" for bucket in range(300, 4300, 200)),
    ]
    rows: list[tuple[Any, ...]] = [(line,) for line in lines]
    return Outcome(columns=columns("_block_dist:v142"), precision=table.database.precision, rows=rows)


def _indexes(session: EngineSession, reader: Reader) -> Outcome:
    reader.expect("from")
    table = _after_from(session, reader)
    rows = [index_row(table)] if isinstance(table, SuperTable) else []
    return Outcome(columns=INFORMATION_SCHEMA["ins_indexes"].columns, rows=rows)


# SHOW CREATE.


def _create(session: EngineSession, reader: Reader) -> Outcome:
    if reader.accept("database"):
        return _create_database(session, reader)
    if not reader.accept("stable"):
        reader.expect("table")
    name = table_name(session, reader)
    reader.end()
    table = require_table(session, name)
    infos = columns("Table:v193 Create_Table:v3145726")
    infos = (infos[0], infos[1]._replace(name="Create Table"))
    if isinstance(table, ChildTable):
        text = _child_text(session, table)
    else:
        defined = ", ".join(_definition(column) for column in table.columns)
        text = f"CREATE {'STABLE' if isinstance(table, SuperTable) else 'TABLE'} `{table.name}` ({defined})"
        if isinstance(table, SuperTable):
            tags = ", ".join(f"`{tag.name}` {type_text(tag)}" for tag in table.tags)
            text += f" TAGS ({tags})"
        if table.comment:
            text += f" COMMENT '{table.comment}'"
    return Outcome(columns=infos, rows=[(table.name, text)])


def _definition(column: Column) -> str:
    key = " PRIMARY KEY" if column.is_key else ""
    encoding = f"ENCODE '{column.encode}' COMPRESS '{column.compress}' LEVEL '{column.level}'"
    return f"`{column.name}` {type_text(column)} {encoding}{key}"


def _child_text(session: EngineSession, table: ChildTable) -> str:
    values = tag_values(session, table.parent)[table.name]
    names = ", ".join(f"`{tag.name}`" for tag in table.tags)
    texts = ", ".join(_tag_literal(tag, value) for tag, value in zip(table.tags, values, strict=True))
    return f"CREATE TABLE `{table.name}` USING `{table.parent.name}` ({names}) TAGS ({texts})"


def _tag_literal(tag: Column, value: Any) -> str:
    if value is None:
        return "NULL"
    if BY_CODE[tag.type].kind is Kind.VARIABLE:
        return f'"{value}"' if isinstance(value, str) else f'"\\x{value.hex().upper()}"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _create_database(session: EngineSession, reader: Reader) -> Outcome:
    name = reader.name()
    reader.end()
    database = session.database(name)
    options = " ".join(
        f"{option.upper()} {database.options.get(option, known.default)}" for option, known in OPTIONS.items()
    )
    infos = (ColumnInfo("Database", 8, 63), ColumnInfo("Create Database", 8, 65517))
    return Outcome(columns=infos, rows=[(name, f"CREATE DATABASE `{name}` {options}")])


# What is a system table, or the part of one that SHOW tells.


def _system(table: SystemTable) -> Handler:
    def show(session: EngineSession, reader: Reader) -> Outcome:
        reader.end()
        return Outcome(columns=table.columns, rows=list(table.rows(session)))

    return show


def _cluster(session: EngineSession, reader: Reader) -> Outcome:
    if reader.accept("alive"):
        reader.end()
        return Outcome(columns=columns("status:i4"), rows=[(1,)])
    return _system(INFORMATION_SCHEMA["ins_cluster"])(session, reader)


_SHOWS: dict[str, Handler] = {
    "databases": _list_databases("all"),
    "user": lambda session, reader: _expecting(reader, "databases", _list_databases("user"))(session, reader),
    "system": lambda session, reader: _expecting(reader, "databases", _list_databases("system"))(session, reader),
    "normal": _kind("tables", (NormalTable,)),
    "child": _kind("tables", (ChildTable,)),
    "tags": _tags,
    "table": _table,
    "indexes": _indexes,
    "create": _create,
    "cluster": _cluster,
    **{
        word: _system(INFORMATION_SCHEMA[f"ins_{name}"])
        for word, name in {
            "users": "users",
            "dnodes": "dnodes",
            "mnodes": "mnodes",
            "grants": "grants",
            "licences": "grants",
            "functions": "functions",
            "topics": "topics",
            "streams": "streams",
            "views": "views",
            "subscriptions": "subscriptions",
        }.items()
    },
    "connections": _system(PERFORMANCE_SCHEMA["perf_connections"]),
    "queries": _system(PERFORMANCE_SCHEMA["perf_queries"]),
    "transactions": _system(PERFORMANCE_SCHEMA["perf_trans"]),
    "consumers": _system(PERFORMANCE_SCHEMA["perf_consumers"]),
    **dict.fromkeys(
        (
            *("variables", "local", "dnode", "snodes", "qnodes", "bnodes", "accounts", "apps", "scores", "vnodes"),
            *("compacts", "compact", "encryptions", "anodes", "tsmas", "arbgroups", "filesets", "usage"),
        ),
        not_supported,
    ),
}


def _expecting(reader: Reader, word: str, show: Handler) -> Handler:
    reader.expect(word)
    return show


def _show(session: EngineSession, reader: Reader) -> Outcome:
    word = reader.token.value if reader.token.kind == "id" else ""
    if word in _OF_DATABASE:
        reader.next()
        return _OF_DATABASE[word](session, reader, None)
    if word in _SHOWS:
        reader.next()
        return _SHOWS[word](session, reader)
    database = reader.name()
    reader.expect(".")
    word = reader.next().value
    if word not in _OF_DATABASE:
        reader.fail()
    return _OF_DATABASE[word](session, reader, database)


DESCRIBE: Handler = _describe
SHOW: Handler = _show
