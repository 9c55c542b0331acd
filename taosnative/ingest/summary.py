"""What an insert has done, also when it failed half way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class InsertSummary:
    """What became of the rows of an insert.

    On an exception that stops an insert it is the exception's `summary`.
    """

    rows: int = 0  #: rows that the server acknowledged; rows of one request that share a key count once
    tables: int = 0  #: tables that the rows belong to
    tables_created: int = 0  #: child tables that were made
    batches: int = 0  #: requests that the server acknowledged
    seconds: float = 0.0  #: from the first look at the table to the last answer
    rows_in_doubt: int = 0  #: rows of a request that failed: the server may have written some of them
    rows_not_sent: int = 0  #: rows that are not written: those of a request that was refused, and those that never left
