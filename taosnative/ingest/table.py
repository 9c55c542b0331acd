"""What a table looks like, and which child tables of it there are, learnt from the server."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ..columns._bind import Column
from ..columns.convert import convert
from ..columns.refusal import refuse, shown
from ..columns.source import Target
from ..errors import Error, ProgrammingError
from ..names import quote_name, split_name
from ..types import Field
from .matching import Shape

if TYPE_CHECKING:
    from ..connection import Connection

#: Names of child tables that one statement asks about: it stays far below the longest that a server takes.
_NAMES_A_QUERY: Final = 1000
#: Where more names than that are given, all child tables are asked for, up to so many times as many.
_MORE_THERE: Final = 4
#: Tags that a server may give back in other bytes than it got them.
_UNCOMPARED: Final = "GEOMETRY"


def table_sql(shape: Shape) -> str:
    """The table's name for SQL."""
    name = quote_name(shape.name)
    return name if shape.database is None else f"{quote_name(shape.database)}.{name}"


def listed(fields: Sequence[Field]) -> str:
    """Names of columns for SQL."""
    return ", ".join(quote_name(field.name) for field in fields)


def marks(fields: Sequence[Field]) -> str:
    """A question mark for each."""
    return ", ".join("?" * len(fields))


def using_sql(shape: Shape, tags: Sequence[Field], columns: Sequence[Field]) -> str:
    """The INSERT that makes child tables."""
    return (
        f"insert into ? using {table_sql(shape)} ({listed(tags)}) tags ({marks(tags)}) "
        f"({listed(columns)}) values ({marks(columns)})"
    )


def learn_shape(connection: Connection, table: str, *, is_super: bool) -> Shape:
    """Ask the server for a table's columns and tags.

    Parameters
    ----------
    connection
        Where the table is.
    table
        `table` or `database.table`, as in SQL.
    is_super
        Whether rows name their child tables.

    Raises
    ------
    ProgrammingError
        There is no such table, or it is no super table where it should be.
    """
    database, name = split_name(table)
    shape = Shape(database, name, [], [], [])
    try:
        described = connection.query(f"describe {table_sql(shape)}").rows()
    except Error as error:
        error.add_note(f"The table is {table_sql(shape)}; names without backquotes are taken in lower case.")
        raise
    columns = [Field(row[0], "INT", 4) for row in described if row[3] != "TAG"]
    tags = [Field(row[0], "INT", 4) for row in described if row[3] == "TAG"]
    if is_super and not tags:
        raise ProgrammingError(f"tbname= is given, and {table} is no super table")
    if is_super:
        sql = using_sql(shape, tags, columns)
    else:
        sql = f"insert into {table_sql(shape)} ({listed(columns)}) values ({marks(columns)})"
    try:
        with connection.prepare(sql) as statement:
            fields = statement.fields
    except Error as error:
        if tags and not is_super:
            error.add_note("If it is a super table, tbname= must name the column that holds each row's child table.")
        raise
    return shape._replace(
        keys=[columns[0].name, *(row[0] for row in described if row[3] == "PRIMARY KEY")],
        columns=[field.field for field in fields if field.kind == "column"],
        tags=[field.field for field in fields if field.kind == "tag"],
    )


def find_existing(
    connection: Connection, shape: Shape, names: Sequence[str], tags: Sequence[tuple[Field, Column]], zone: dt.tzinfo
) -> npt.NDArray[np.bool_]:
    """Which of these child tables exist already.

    Parameters
    ----------
    connection, shape
        Where, and of which super table.
    names
        The child tables.
    tags
        Tags that are given for them, a row for each name.
    zone
        The connection's time zone.

    Raises
    ------
    DataError
        One that exists has another tag than the one given: the server would keep the old one without a word.
    """
    rows = {name: row for row, name in enumerate(names)}
    exists = np.zeros(len(names), "?")
    for there in _ask(connection, shape, names, [field for field, _ in tags]):
        found = [rows.get(name, -1) for name in there.pop("tbname").tolist()]
        exists[[row for row in found if row >= 0]] = True
        for (field, given), stored in zip(tags, there.values(), strict=True):
            _compare(field, given, convert(stored, Target(field, zone=zone)), found, names)
    return exists


def _ask(
    connection: Connection, shape: Shape, names: Sequence[str], tags: Sequence[Field]
) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """Names and tags of those that exist: of all child tables at once, or of some names at a time."""
    what = ", ".join(["tbname", *(quote_name(tag.name) for tag in tags)])
    sql = f"select tags {what} from {table_sql(shape)}"
    if len(names) > _NAMES_A_QUERY:
        most = _MORE_THERE * len(names)
        there = connection.query(f"{sql} limit {most}").numpy(nulls="masked", strings="object")
        if len(there["tbname"]) < most:  # these are all
            yield there
            return
    for start in range(0, len(names), _NAMES_A_QUERY):
        some = _texts(names[start : start + _NAMES_A_QUERY])
        yield connection.query(f"{sql} where tbname in ({some})").numpy(nulls="masked", strings="object")


def _texts(names: Sequence[str]) -> str:
    """Names of tables, which have no NUL, as texts of SQL."""
    escaped = "\0".join(names).replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\0", "', '") + "'"


def _compare(field: Field, given: Column, stored: Column, rows: Sequence[int], names: Sequence[str]) -> None:
    if field.type == _UNCOMPARED:
        return
    for at, row in enumerate(rows):
        if row < 0:
            continue
        new, old = given.value(row), stored.value(at)
        if new != old and not (field.type == "JSON" and new and old and json.loads(new) == json.loads(old)):
            refuse(
                field.name,
                None,
                shown(field, new),
                f"is not {shown(field, old)!r}, the tag that the table {names[row]!r} has already; "
                "an insert does not change tags: leave the tag out, or alter the table",
            )
