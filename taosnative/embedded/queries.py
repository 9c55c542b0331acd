"""What the parts of a compiled query are, and what ORDER BY and a number in it mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from .protocol import ColumnInfo, EngineError

Node = exp.Expr


@dataclass(slots=True)
class Query:
    """A part of a plan: text whose columns are r0, r1, …; a NULL column is of type 0."""

    sql: str
    columns: list[ColumnInfo]
    precision: int


def position(node: Node, count: int) -> int | None:
    """The column that a number in ORDER BY or GROUP BY means, from 0 on; None where the node is no number."""
    if not isinstance(node, exp.Literal) or node.is_string or not node.this.isdigit():
        return None
    if not 1 <= int(node.this) <= count:
        message = "ORDER BY / GROUP BY item must be the number of a SELECT-list expression"
        raise EngineError(0x80002609, message)
    return int(node.this) - 1


def order_by(node: Node, find: Callable[[Node], str]) -> str:
    """ORDER BY, with NULL before everything else unless told."""
    order = node.args.get("order")
    if order is None:
        return ""
    keys = [
        f"{find(key.this)} {'DESC' if key.args.get('desc') else 'ASC'} "
        f"NULLS {'FIRST' if key.args.get('nulls_first') else 'LAST'}"
        for key in order.expressions
    ]
    return f" ORDER BY {', '.join(keys)}"
