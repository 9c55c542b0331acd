"""ALTER DATABASE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import meta, physical
from .catalog import ChildTable, Column, NormalTable, SuperTable, Table
from .definitions import DUPLICATED_COLUMN, check_table, read_column, read_type
from .names import require_table, table_name
from .options import keep_minutes, read_options
from .protocol import EngineError, Outcome
from .tokens import Reader, error
from .values import Refused, convert, syntax_error

if TYPE_CHECKING:
    from .session import EngineSession

INVALID_ALTER = 0x80002649
DROP_PRIMARY = 0x8000264A
MODIFY_LENGTH = 0x8000264B
INVALID_COLUMN = 0x80002602
_MODIFIABLE = frozenset((8, 10, 16, 20))

Home = SuperTable | NormalTable


def alter_database(session: EngineSession, reader: Reader) -> Outcome:
    """`alter database name options`."""
    name = reader.name()
    options = read_options(reader, altering=True)
    reader.end()
    database = session.database(name)
    with session.server.change() as cursor:
        database.options |= options
        database.keep_minutes = keep_minutes(database.options)
        meta.save(cursor, database)
    return Outcome()


def alter_table(session: EngineSession, reader: Reader) -> Outcome:
    """`alter table name …` of any kind of table."""
    name = table_name(session, reader)
    action = next((action for words, action in _ACTIONS.items() if reader.accept(*words)), None)
    if action is None:
        reader.fail()
    return action(session, reader, lambda: require_table(session, name))


def _invalid() -> EngineError:
    return EngineError(INVALID_ALTER, "Invalid alter table statement")


def _home(table: Table) -> Home:
    if isinstance(table, ChildTable):
        raise _invalid()
    return table


def _list(table: Home, is_tag: bool) -> list[Column]:
    if is_tag and not isinstance(table, SuperTable):
        raise _invalid()
    return table.tags if is_tag else table.columns


def _named(columns: list[Column], name: str, is_tag: bool) -> Column:
    for column in columns:
        if column.name == name:
            return column
    raise error(INVALID_COLUMN, f"Invalid {'tag' if is_tag else 'column'} name: {name}")


Find = Callable[[], Table]
Action = Callable[["EngineSession", Reader, Find], Outcome]


def _add(is_tag: bool) -> Action:
    def add(session: EngineSession, reader: Reader, find: Find) -> Outcome:
        column = read_column(reader, is_tag=is_tag)
        reader.end()
        table = _home(find())
        columns = _list(table, is_tag)
        added = [*columns, column]
        check_table(*((table.columns, added) if is_tag else (added, table.tags)))
        with session.server.change() as cursor:
            column.physical = f"{'t' if is_tag else 'c'}{table.next_physical}"
            table.next_physical += 1
            physical.add_column(cursor, table, column, is_tag=is_tag)
        return Outcome()

    return add


def _drop(is_tag: bool) -> Action:
    def drop(session: EngineSession, reader: Reader, find: Find) -> Outcome:
        name = reader.name()
        reader.end()
        table = _home(find())
        columns = _list(table, is_tag)
        column = _named(columns, name, is_tag)
        if column.physical == "c0":
            raise EngineError(DROP_PRIMARY, "Primary timestamp column cannot be dropped")
        if len(columns) <= (1 if is_tag else 2):
            raise _invalid()
        with session.server.change() as cursor:
            physical.drop_column(cursor, table, column, is_tag=is_tag)
        return Outcome()

    return drop


def _modify(is_tag: bool) -> Action:
    def modify(session: EngineSession, reader: Reader, find: Find) -> Outcome:
        name = reader.name()
        encoding = {}
        while not is_tag and reader.at("encode", "compress", "level"):
            encoding[reader.next().value] = reader.string().lower()
        code, length = (0, 0) if encoding else read_type(reader)
        reader.end()
        table = _home(find())
        column = _named(_list(table, is_tag), name, is_tag)
        if not encoding and (code != column.type or code not in _MODIFIABLE or length < column.length):
            raise EngineError(
                MODIFY_LENGTH,
                "Only varbinary/binary/nchar/geometry column length could be modified, and the length can only be"
                " increased, not decreased",
            )
        with session.server.change() as cursor:
            column.length = max(length, column.length)
            for word, value in encoding.items():
                setattr(column, word, value)
            check_table(table.columns, table.tags)
            meta.save(cursor, table)
        return Outcome()

    return modify


def _rename(is_tag: bool) -> Action:
    def rename(session: EngineSession, reader: Reader, find: Find) -> Outcome:
        old = reader.name()
        new = reader.name()
        reader.end()
        table = _home(find())
        if not is_tag and isinstance(table, SuperTable):
            raise _invalid()
        column = _named(_list(table, is_tag), old, is_tag)
        if any(other.name == new for other in (*table.columns, *table.tags)):
            raise EngineError(DUPLICATED_COLUMN, "Duplicated column names")
        with session.server.change() as cursor:
            column.name = new
            meta.save(cursor, table)
        return Outcome()

    return rename


def _comment(session: EngineSession, reader: Reader, find: Find) -> Outcome:
    comment = reader.string()
    reader.end()
    table = find()
    with session.server.change() as cursor:
        table.comment = comment
        if isinstance(table, ChildTable):
            home = table.parent.tags_table
            cursor.execute(f"update {home} set comment = ? where tid = ?", [comment, table.tid])
        else:
            meta.save(cursor, table)
    return Outcome()


def _ttl(session: EngineSession, reader: Reader, find: Find) -> Outcome:
    reader.integer()
    reader.end()
    find()
    return Outcome()


def _set_tag(session: EngineSession, reader: Reader, find: Find) -> Outcome:
    changes: list[tuple[str, str]] = []
    while True:
        name = reader.name()
        reader.expect("=")
        start = end = reader.token.start
        while reader.token.kind != "end" and not reader.at(",", ";"):
            end = reader.next().end
        if end == start:
            reader.fail()
        changes.append((name, reader.text[start:end]))
        if not reader.accept(","):
            break
    reader.end()
    table = find()
    if not isinstance(table, ChildTable):
        raise _invalid()
    values = {}
    clock = session.clock(table.database.precision)
    for name, raw in changes:
        tag = next((tag for tag in table.tags if tag.name == name), None)
        if tag is None:
            raise error(INVALID_ALTER, f"Invalid tag name: {name}")
        try:
            values[tag.physical] = convert(tag, raw, clock)
        except Refused as refused:
            raise syntax_error(raw if refused.near is None else refused.near, refused.reason) from None
    with session.server.change() as cursor:
        physical.set_tags(cursor, table, values)
    return Outcome()


_ACTIONS: dict[tuple[str, ...], Action] = {
    ("add", "column"): _add(False),
    ("drop", "column"): _drop(False),
    ("modify", "column"): _modify(False),
    ("rename", "column"): _rename(False),
    ("add", "tag"): _add(True),
    ("drop", "tag"): _drop(True),
    ("modify", "tag"): _modify(True),
    ("rename", "tag"): _rename(True),
    ("set", "tag"): _set_tag,
    ("comment",): _comment,
    ("ttl",): _ttl,
}
