"""Sends what was planned, request by request, and counts what was acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..columns import _group
from ..columns._bind import BindSet
from ..errors import Error
from ..native._statement import StatementHandle
from .batches import INTERLACE, PLAIN, USING, Batch, cut
from .plan import Plan
from .progress import Report
from .summary import InsertSummary
from .table import listed, marks, table_sql, using_sql

if TYPE_CHECKING:
    from ..native._connection import ConnectionHandle


def send(
    connection: ConnectionHandle,
    plan: Plan,
    batch_rows: int,
    summary: InsertSummary,
    report: Report,
    timeout: float | None = None,
) -> None:
    """Send a plan that has rows, and keep `summary` true at every step."""
    n_rows = plan.n_rows
    batches = cut(
        plan.groups.starts,
        plan.new,
        _may_interlace(plan),
        batch_rows=batch_rows,
        bytes_a_row=plan.n_bytes / n_rows,
    )
    statements: dict[str, StatementHandle] = {}
    try:
        for batch in batches:
            if batch.form not in statements:
                sql = _sql(plan, batch.form)
                statements[batch.form] = StatementHandle.prepare(
                    connection, sql, batch.form == INTERLACE, timeout=timeout
                )
            _send_batch(statements[batch.form], plan, batch, summary)
            report(n_rows - summary.rows_not_sent, n_rows)
    finally:
        for statement in statements.values():
            statement.close()


def _may_interlace(plan: Plan) -> npt.NDArray[np.bool_]:
    """Of each table, whether it may be bound with others in the driver's interlaced mode.

    That is where all columns are given, the table's times rise, and its name is plain: others are not known to work.
    """
    rising = np.zeros(len(plan.groups.names), "u1")
    if plan.names is None or len(plan.names) == 1 or len(plan.fields) < len(plan.shape.columns):
        return rising.view("?")
    _group.find_rising(plan.columns[0], plan.groups.starts, rising)
    plain = np.array([not name.startswith(b"`") for name in plan.names], "?")
    allowed: npt.NDArray[np.bool_] = plain & rising.view("?")
    return allowed


def _sql(plan: Plan, form: str) -> str:
    if form == USING:
        return using_sql(plan.shape, plan.tag_fields, plan.fields)
    into = table_sql(plan.shape) if plan.names is None else "?"
    which = f" ({listed(plan.fields)})" if form == PLAIN else ""
    return f"insert into {into}{which} values ({marks(plan.fields)})"


def _send_batch(statement: StatementHandle, plan: Plan, batch: Batch, summary: InsertSummary) -> None:
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
        if not error.in_doubt:
            summary.rows_not_sent += n_rows
            summary.rows_in_doubt = 0
        raise
    summary.rows_in_doubt = 0
    summary.batches += 1
    summary.tables_created += len(batch.tables) if batch.form == USING else 0
