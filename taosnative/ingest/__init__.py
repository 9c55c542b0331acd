"""Bulk insert: columns into a table, or into the many child tables that their rows belong to.

First everything is planned: the table's columns are learnt and matched by name, every value is converted and checked,
rows are grouped by child table. Only then is anything sent, in the form that suits each table.
"""

from .bulk import insert
from .summary import InsertSummary

__all__ = ["InsertSummary", "insert"]
