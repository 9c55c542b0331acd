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
    plan = make_plan(connection, table, columns, tbname, tags, zone)
    summary = InsertSummary(tables=len(plan.groups.names), rows_not_sent=plan.n_rows)
    try:
        if plan.n_rows:
            with reporting(progress, table) as report:
                send(connection._handle, plan, batch_rows, summary, report)
    except BaseException as error:
        error.summary = summary  # type: ignore[attr-defined]
        raise
    finally:
        summary.seconds = time.perf_counter() - started
    return summary
