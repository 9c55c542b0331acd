"""The table of functions that give some rows of many, and queries made of them."""

from __future__ import annotations

from collections.abc import Sequence

from .expressions import Expressions
from .typed import Typed


class Rows(Expressions):
    """Translates expressions over rows, of which functions choose some."""

    def __init__(self, rows: Expressions, partition: Sequence[Typed]) -> None:
        super().__init__(rows.scope, rows.session, rows.marks)
        self.partition = partition

    def default_order(self) -> str:
        """The order of time in each partition."""
        return ""

    def sql(self, outputs: str, source: str) -> str:
        """The query."""
        return f"SELECT {outputs}{source}"
