"""Plans an insert: what the table wants, what was given, and which rows belong to which table; sends nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..columns._bind import Column
from ..columns.convert import convert
from ..columns.source import Target
from ..errors import ProgrammingError
from ..names import bound_name
from ..types import Field
from .grouping import Groups, check_constant, group_rows, one_group
from .matching import Shape, check_tags, match
from .table import find_existing, learn_shape

if TYPE_CHECKING:
    from ..connection import Connection


class Plan(NamedTuple):
    """Everything that is to be sent, checked."""

    shape: Shape
    groups: Groups
    fields: list[Field]
    columns: list[Column]  #: brought together by table
    tag_fields: list[Field]
    tags: list[Column]  #: a row for each table
    new: npt.NDArray[np.bool_]  #: of each table, whether it is to be made
    names: list[bytes] | None  #: as a statement takes them; None where the statement names the one table

    @property
    def n_rows(self) -> int:
        """Rows in all."""
        return self.columns[0].n_rows

    @property
    def n_bytes(self) -> int:
        """Bytes of all values."""
        return sum(column.n_bytes for column in self.columns)


def make_plan(
    connection: Connection,
    table: str,
    columns: Mapping[str, Any],
    tbname: str | None,
    tags: Mapping[str, Any] | None,
    zone: dt.tzinfo,
) -> Plan:
    """Learn, match, convert, check and group: see `taosnative.ingest.insert` for the arguments."""
    if not isinstance(columns, Mapping):
        raise ProgrammingError(f"columns are a mapping of names to arrays, not a {type(columns).__name__}")
    if tags is not None and tbname is None:
        raise ProgrammingError("tags= is for child tables that are made: tbname= must name the column with their names")
    shape = learn_shape(connection, table, is_super=tbname is not None)
    matched = match(shape, columns, tags, tbname)
    key = shape.columns[0].name
    converted = [
        (field, convert(values, Target(field, nullable=field.name not in shape.keys, zone=zone)))
        for field, values in matched.columns
    ]
    per_row = [(field, convert(values, Target(field, zone=zone))) for field, values in matched.tags]
    n_rows = converted[0][1].n_rows
    for field, column in (*converted, *per_row):
        if column.n_rows != n_rows:
            raise ProgrammingError(f"column {field.name!r} has {column.n_rows} rows, column {key!r} has {n_rows}")
    if tbname is None:
        names = [field for field, _ in converted]
        none = np.zeros(1, "?")
        return Plan(shape, one_group(n_rows), names, [column for _, column in converted], [], [], none, None)
    groups = group_rows(matched.tbname, tbname)
    if int(groups.starts[-1]) != n_rows:
        raise ProgrammingError(f"column {tbname!r} has {int(groups.starts[-1])} rows, column {key!r} has {n_rows}")
    given_tags = _tags_of_tables(per_row, groups)
    everywhere = np.zeros(len(groups.names), "i8")
    given_tags += [
        (field, convert([value], Target(field, zone=zone)).take(everywhere)) for field, value in matched.shared_tags
    ]
    new = ~find_existing(connection, shape, groups.names, given_tags, zone)
    check_tags(shape, matched, [name for name, is_new in zip(groups.names, new.tolist(), strict=True) if is_new])
    return Plan(
        shape,
        groups,
        [field for field, _ in converted],
        [groups.gather(column) for _, column in converted],
        [field for field, _ in given_tags],
        [column for _, column in given_tags],
        new,
        [bound_name(name, shape.database) for name in groups.names],
    )


def _tags_of_tables(per_row: list[tuple[Field, Column]], groups: Groups) -> list[tuple[Field, Column]]:
    """A tag for each table, out of one for each row."""
    for field, column in per_row:
        check_constant(column, groups, field)
    return [(field, column.take(groups.first_rows)) for field, column in per_row]
