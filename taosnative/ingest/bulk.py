"""The bulk insert, from the outside."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ..errors import ProgrammingError
from .plan import make_plan
from .progress import Report, reporting
from .send import send
from .summary import InsertSummary

if TYPE_CHECKING:
    from ..connection import Connection

BATCH_ROWS: Final = 100_000


def insert(
    connection: Connection,
    table: str,
    columns: Mapping[str, Any],
    *,
    tbname: str | None = None,
    tags: Mapping[str, Any] | None = None,
    batch_rows: int = BATCH_ROWS,
    progress: Report | bool | None = None,
    timeout: float | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> InsertSummary:
    """Write columns into a table in bulk: see `Connection.insert`; `zone` is that of times that have none."""
    started = time.perf_counter()
    if batch_rows < 1:
        raise ProgrammingError(f"batch_rows={batch_rows}: a request has a row at least")
    summary = InsertSummary(rows_not_sent=_n_rows(columns))
    try:
        plan = make_plan(connection, table, columns, tbname, tags, zone)
        summary.tables, summary.rows_not_sent = len(plan.groups.names), plan.n_rows
        if plan.n_rows:
            with reporting(progress, table) as report:
                send(connection._handle, plan, batch_rows, summary, report, timeout)
    except BaseException as error:
        error.summary = summary  # type: ignore[attr-defined]
        raise
    finally:
        summary.seconds = time.perf_counter() - started
    return summary


def _n_rows(columns: Any) -> int:
    """The rows that are given, before anything is known of them."""
    values = columns.values() if isinstance(columns, Mapping) else ()
    return max((len(column) for column in values if hasattr(column, "__len__")), default=0)
