"""Which of the caller's columns is which of the table's.

A name is taken as it stands where the table has it so, and else in lower case, as TDengine takes names. Whatever is too
much or missing is told at once, with all that the table has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import ProgrammingError
from ..types import Field


class Shape(NamedTuple):
    """What is known of a table."""

    database: str | None  #: None: the connection's
    name: str
    columns: Sequence[Field]  #: the first is the time
    tags: Sequence[Field]  #: of a super table alone
    keys: Sequence[str]  #: the columns that make up a row's key: the time, and the second one where it is one


class Matched(NamedTuple):
    """The caller's columns, in the table's order."""

    columns: list[tuple[Field, Any]]
    tags: list[tuple[Field, Any]]  #: a value for each row
    shared_tags: list[tuple[Field, Any]]  #: one value for all tables
    tbname: Any  #: the name of each row's child table; None where there is no super table


def match(shape: Shape, columns: Mapping[str, Any], tags: Mapping[str, Any] | None, tbname: str | None) -> Matched:
    """Match what the caller gave to what the table has.

    Raises
    ------
    ProgrammingError
        Columns are not the table's, are given twice, or a key is missing.
    """
    if tbname is not None and tbname not in columns:
        given = ", ".join(map(repr, columns))
        raise ProgrammingError(f"tbname={tbname!r} names none of the columns given: {given}")
    known = [field.name for field in (*shape.columns, *shape.tags)]
    unmatched: list[str] = []
    found = _resolve(columns, known, unmatched, tbname)
    shared = _resolve(tags or {}, [field.name for field in shape.tags], unmatched, None)
    if unmatched:
        raise ProgrammingError(f"{_table(shape)} has no {_listed(unmatched)}; {_has(shape)}")
    if twice := [name for name in shared if name in found]:
        raise ProgrammingError(f"{_listed(twice)} of {_table(shape)} stands in the columns and in tags=")
    if missing := [name for name in shape.keys if name not in found]:
        raise ProgrammingError(f"{_listed(missing)} is missing: it is the key of every row of {_table(shape)}")
    return Matched(
        [(field, columns[found[field.name]]) for field in shape.columns if field.name in found],
        [(field, columns[found[field.name]]) for field in shape.tags if field.name in found],
        [(field, (tags or {})[shared[field.name]]) for field in shape.tags if field.name in shared],
        None if tbname is None else columns[tbname],
    )


def check_tags(shape: Shape, matched: Matched, new_tables: Sequence[str]) -> None:
    """Refuse to make child tables some of whose tags are not given.

    Raises
    ------
    ProgrammingError
        There are new tables, and tags are missing.
    """
    given = {field.name for field, _ in (*matched.tags, *matched.shared_tags)}
    missing = [field.name for field in shape.tags if field.name not in given]
    if missing and new_tables:
        shown = ", ".join(map(repr, new_tables[:3])) + (", …" if len(new_tables) > 3 else "")
        raise ProgrammingError(
            f"{len(new_tables)} child tables of {_table(shape)} would be made ({shown}) and no {_listed(missing)} is "
            "given: give every tag, as a column or in tags=; None is NULL"
        )


def _resolve(given: Iterable[str], known: list[str], unmatched: list[str], tbname: str | None) -> dict[str, str]:
    """The table's name → the caller's, of every caller's name that the table has."""
    found: dict[str, str] = {}
    for name in given:
        if not isinstance(name, str):
            raise ProgrammingError(f"the name of a column is a str, not {name!r}")
        theirs = name if name in known else name.lower()
        if theirs in found:
            raise ProgrammingError(f"{found[theirs]!r} and {name!r} are both the column {theirs!r}")
        if theirs in known:
            found[theirs] = name
        elif name != tbname:
            unmatched.append(name)
    return found


def _table(shape: Shape) -> str:
    return shape.name if shape.database is None else f"{shape.database}.{shape.name}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _has(shape: Shape) -> str:
    columns = f"it has the columns {_listed(field.name for field in shape.columns)}"
    return columns + (f" and the tags {_listed(field.name for field in shape.tags)}" if shape.tags else "")
