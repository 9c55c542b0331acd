"""Rows of many child tables, brought together by table."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..columns import _group
from ..columns._bind import Column
from ..columns.refusal import refuse, refuse_column, shown
from ..names import name_fault
from ..types import Field

Integers = npt.NDArray[np.int64]


class Groups(NamedTuple):
    """The rows of each table."""

    names: list[str]  #: in the order in which they first come; [""] where the statement names the one table
    starts: Integers  #: where each table's rows begin, among the rows brought together; the last is the end
    order: Integers | None  #: the caller's row of each row brought together; None: they lay together already
    codes: npt.NDArray[np.int32]  #: of each of the caller's rows, the number of its table

    @property
    def counts(self) -> Integers:
        """Rows of each table."""
        return np.diff(self.starts)

    @property
    def first_rows(self) -> Integers:
        """The caller's first row of each table."""
        return self.starts[:-1] if self.order is None else self.order[self.starts[:-1]]

    def gather(self, column: Column) -> Column:
        """A column's values, brought together; the column itself where they lay together already."""
        return column if self.order is None else column.take(self.order)


def one_group(n_rows: int) -> Groups:
    """All rows of one table."""
    return Groups([""], np.array([0, n_rows], "i8"), None, np.zeros(0, "i4"))


def group_rows(names: Any, column: str) -> Groups:
    """Group rows by the name that each carries.

    Parameters
    ----------
    names
        The name of each row's table: an array of text or of objects, or a sequence of str.
    column
        What the caller calls this column, for messages.

    Raises
    ------
    DataError
        A row has no name, or one that no table can have.
    """
    values, mask = _taken(names, column)
    codes = np.empty(len(values), "i4")
    if isinstance(values, list):
        distinct = _group.codes_of_objects(values, codes, column)
    else:
        if mask is not None and mask.any():
            refuse(column, int(mask.argmax()), None, "is NULL, and every row belongs to a table")
        distinct = [str(values[row]) for row in _group.codes_of_array(values, codes)]
    order, starts = np.empty(len(codes), "i8"), np.empty(len(distinct) + 1, "i8")
    together = _group.sort_by_code(codes, order, starts)
    groups = Groups(distinct, starts, None if together else order, codes)
    for code, name in enumerate(distinct):
        if fault := name_fault(name):
            refuse(column, int(groups.first_rows[code]), name, fault)
    return groups


def _taken(names: Any, column: str) -> tuple[list[Any] | npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """The names as a list of objects, or as an array of numpy's text and what is masked in it."""
    if isinstance(names, str) or not hasattr(names, "__len__"):
        refuse_column(column, f"the names of the rows' tables are a column, not a {type(names).__name__}")
    if not hasattr(names, "__array__"):
        return list(names), None
    mask = np.ma.getmaskarray(names) if isinstance(names, np.ma.MaskedArray) else None
    array = np.ma.getdata(names) if mask is not None else np.asarray(names)
    if array.ndim != 1:
        refuse_column(column, f"a column has one dimension, this array has {array.ndim}: {array.shape}")
    if array.dtype.kind == "U" and array.dtype.itemsize:
        return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")), mask
    objects = array.tolist()
    if mask is not None:
        objects = [None if masked else name for name, masked in zip(objects, mask.tolist(), strict=True)]
    return objects, None


def check_constant(column: Column, groups: Groups, tag: Field) -> None:
    """Refuse a tag that has two values in the rows of one table.

    Raises
    ------
    DataError
        It names the row, the table and both values.
    """
    row = _group.first_change(column, groups.codes, groups.first_rows)
    if row is None:
        return
    code = int(groups.codes[row])
    first = int(groups.first_rows[code])
    there = shown(tag, column.value(first))
    refuse(
        tag.name,
        row,
        shown(tag, column.value(row)),
        f"is not {there!r}, the tag of {groups.names[code]!r} in row {first}",
    )
