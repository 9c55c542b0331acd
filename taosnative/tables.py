"""Rows for the question marks of an INSERT, sorted by table and turned into columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from .errors import ProgrammingError
from .native.fields import StatementField
from .parameters import without_decimals

#: The most rows of a table, and of all tables, in one bind: the former is the driver's limit.
MOST_ROWS: Final = 32_767


class TableRows(NamedTuple):
    """Rows of one table, as columns."""

    name: str | None  #: None: the statement names the table
    tags: list[Any] | None
    columns: list[list[Any]]


def tables_of_rows(rows: Sequence[Sequence[Any]], fields: Sequence[StatementField]) -> Iterator[list[TableRows]]:
    """Tables that are bound together, until all rows are in one.

    Parameters
    ----------
    rows
        Each with a value for each question mark, in order.
    fields
        What each question mark stands for.

    Raises
    ------
    ProgrammingError
        The name of a table is no str, or rows of one table have different tags: a table has each tag once.
    DataError
        A Decimal is none of the numbers that its column holds.
    """
    names_at, tags_at, columns_at = (
        [i for i, field in enumerate(fields) if field.kind == kind] for kind in ("tbname", "tag", "column")
    )
    together: list[TableRows] = []
    n_together = 0
    for name, found in _by_table(rows, names_at).items():
        tags = [without_decimals([found[0][i]], fields[i].field)[0] for i in tags_at] or None
        if tags is not None:
            _check_tags(name, [[row[i] for i in tags_at] for row in found])
        for start in range(0, len(found), MOST_ROWS):
            part = found[start : start + MOST_ROWS]
            if together and n_together + len(part) > MOST_ROWS:
                yield together
                together, n_together = [], 0
            columns = [without_decimals([row[i] for row in part], fields[i].field) for i in columns_at]
            together.append(TableRows(name, tags, columns))
            n_together += len(part)
    if together:
        yield together


def _by_table(rows: Sequence[Sequence[Any]], names_at: list[int]) -> dict[str | None, list[Sequence[Any]]]:
    if not names_at:
        return {None: list(rows)}
    tables: dict[str | None, list[Sequence[Any]]] = {}
    for row in rows:
        name = row[names_at[0]]
        if not isinstance(name, str):
            raise ProgrammingError(f"the name of a table is a str, not {name!r}")
        tables.setdefault(name, []).append(row)
    return tables


def _check_tags(name: str | None, rows_of_tags: list[list[Any]]) -> None:
    tags = rows_of_tags[0]
    for row in rows_of_tags:
        if row != tags:
            which = "the table" if name is None else repr(name)
            raise ProgrammingError(
                f"{which} has tags {tags} in one row and {row} in another, and a table has one of each"
            )
