"""Plans an insert, then sends it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ..columns import _group
from ..columns._bind import BindSet, Column
from ..columns.convert import convert
from ..columns.source import Target
from ..errors import Error, ProgrammingError
from ..names import bound_name
from ..native._statement import StatementHandle
from ..types import Field
from .batches import INTERLACE, PLAIN, USING, Batch, cut
from .grouping import Groups, check_constant, group_rows, one_group
from .matching import Shape, check_tags, match
from .progress import Report, reporting
from .summary import InsertSummary
from .table import child_sql, find_existing, learn_shape, listed, marks, table_sql, using_sql

if TYPE_CHECKING:
    from ..connection import Connection

BATCH_ROWS: Final = 100_000


class _Plan(NamedTuple):
    """Everything that is to be sent, checked."""

    shape: Shape
    groups: Groups
    fields: list[Field]
    columns: list[Column]  #: brought together by table
    tag_fields: list[Field]
    tags: list[Column]  #: a row for each table
    new: npt.NDArray[np.bool_]  #: of each table, whether it is to be made
    names: list[bytes] | None  #: None where the statement names the one table


def insert(
    connection: Connection,
    table: str,
    columns: Mapping[str, Any],
    *,
    tbname: str | None = None,
    tags: Mapping[str, Any] | None = None,
    batch_rows: int = BATCH_ROWS,
    progress: Report | bool | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> InsertSummary:
    """Write columns into a table in bulk.

    Parameters
    ----------
    connection : Connection
        Where to.
    table : str
        A normal table, a child table, or a super table together with `tbname`; ``database.table`` for one of another
        database. As in SQL, it is taken in lower case unless it is in backquotes.
    columns : mapping of str to array
        Name to values, all of one length; names are the table's, in lower case where it has no such name as it stands.
        Columns that are not given stay NULL, or as they are in rows that exist.
    tbname : str, optional
        Which of `columns` holds the name of each row's child table, taken as it stands. It need be no column of the
        table. Child tables that do not exist are made; for them every tag is needed.
    tags : mapping of str to value, optional
        Tags that all child tables of this insert share. Others are columns, with one value in all rows of a table.
    batch_rows : int
        The most rows of a request.
    progress : callable or bool, optional
        Called with the rows done and the rows in all after every request. True: a bar, where tqdm is installed.
    zone : tzinfo
        Of times that have none.

    Returns
    -------
    InsertSummary
        What the server acknowledged.

    Raises
    ------
    DataError
        A value does not fit: says column, row and value. Nothing was sent.
    ProgrammingError
        Columns are missing or too many, or there is no such table. Nothing was sent.
    OperationalError
        The server, or the way to it, failed half way. `summary` of the exception says what was written, what is in
        doubt, and what was not sent.

    Notes
    -----
    Each dtype that a column of TDengine holds exactly is taken; those of the same width are bound where they lie,
    without a copy, if the rows of each table lie together. Do not change them meanwhile. The GIL is released while the
    server works. Rows are acknowledged request by request: an insert of several requests is not one transaction.

    Examples
    --------
    >>> columns = {"ts": times, "current": amperes, "device": names}
    >>> conn.insert("meters", columns, tbname="device", tags={"site": "north"})
    """
    started = time.perf_counter()
    if batch_rows < 1:
        raise ProgrammingError(f"batch_rows={batch_rows}: a request has a row at least")
    plan = _plan(connection, table, columns, tbname, tags, zone)
    summary = InsertSummary(tables=len(plan.groups.names), rows_not_sent=plan.columns[0].n_rows)
    try:
        if summary.rows_not_sent:
            with reporting(progress, table) as report:
                _send(connection, plan, batch_rows, summary, report)
    except BaseException as error:
        error.summary = summary  # type: ignore[attr-defined]
        raise
    finally:
        summary.seconds = time.perf_counter() - started
    return summary


# ---- planning ------------------------------------------------------------------------------------------------------


def _plan(
    connection: Connection,
    table: str,
    columns: Mapping[str, Any],
    tbname: str | None,
    tags: Mapping[str, Any] | None,
    zone: dt.tzinfo,
) -> _Plan:
    if not isinstance(columns, Mapping):
        raise ProgrammingError(f"columns are a mapping of names to arrays, not a {type(columns).__name__}")
    if tags is not None and tbname is None:
        raise ProgrammingError("tags= is for child tables that are made: tbname= must name the column with their names")
    shape = learn_shape(connection, table, is_super=tbname is not None)
    matched = match(shape, columns, tags, tbname)
    key = shape.columns[0].name
    converted = [
        (field, convert(values, Target(field, nullable=field.name != key, zone=zone)))
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
        return _Plan(shape, one_group(n_rows), names, [column for _, column in converted], [], [], none, None)
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
    return _Plan(
        shape,
        groups,
        [field for field, _ in converted],
        [groups.gather(column) for _, column in converted],
        [field for field, _ in given_tags],
        [column for _, column in given_tags],
        new,
        [bound_name(name) for name in groups.names],
    )


def _tags_of_tables(per_row: list[tuple[Field, Column]], groups: Groups) -> list[tuple[Field, Column]]:
    """A tag for each table, out of one for each row."""
    for field, column in per_row:
        check_constant(column, groups, field.name)
    return [(field, column.take(groups.first_rows)) for field, column in per_row]


# ---- sending -------------------------------------------------------------------------------------------------------


def _send(connection: Connection, plan: _Plan, batch_rows: int, summary: InsertSummary, report: Report) -> None:
    n_rows = summary.rows_not_sent
    batches = cut(
        plan.groups.starts,
        plan.new,
        _may_interlace(plan),
        batch_rows=batch_rows,
        bytes_a_row=sum(column.n_bytes for column in plan.columns) / n_rows,
    )
    statements: dict[str, StatementHandle] = {}
    try:
        for batch in batches:
            if batch.form not in statements:
                sql = _sql(plan, batch.form)
                statements[batch.form] = StatementHandle.prepare(connection._handle, sql, batch.form == INTERLACE)
            _send_batch(statements[batch.form], plan, batch, summary)
            report(n_rows - summary.rows_not_sent, n_rows)
    finally:
        for statement in statements.values():
            statement.close()


def _may_interlace(plan: _Plan) -> npt.NDArray[np.bool_]:
    """Of each table, whether it may be bound with others in the driver's interlaced mode."""
    allowed = np.zeros(len(plan.groups.names), "u1")
    if plan.names is not None and len(plan.fields) == len(plan.shape.columns) and len(plan.names) > 1:
        _group.find_rising(plan.columns[0], plan.groups.starts, allowed)
    return allowed.view("?")


def _sql(plan: _Plan, form: str) -> str:
    if form == USING:
        return using_sql(plan.shape, plan.tag_fields, plan.fields)
    into = table_sql(plan.shape) if plan.names is None else child_sql(plan.shape)
    which = f" ({listed(plan.fields)})" if form == PLAIN else ""
    return f"insert into {into}{which} values ({marks(plan.fields)})"


def _send_batch(statement: StatementHandle, plan: _Plan, batch: Batch, summary: InsertSummary) -> None:
    names = None if plan.names is None else [plan.names[table] for table in batch.tables.tolist()]
    tags = plan.tags if batch.form == USING else None
    statement.bind(BindSet.of_groups(plan.columns, names, batch.starts, batch.stops, tags, batch.tables))
    n_rows = batch.n_rows
    summary.rows_not_sent -= n_rows
    summary.rows_in_doubt = n_rows
    try:
        summary.rows += statement.execute()
    except Error as error:
        # rows of several tables go to several places, each of which may have taken its own
        error.in_doubt = error.in_doubt or len(batch.tables) > 1
        raise
    summary.rows_in_doubt = 0
    summary.batches += 1
    summary.tables_created += len(batch.tables) if batch.form == USING else 0
