"""The stretch of time that a WHERE clause leaves: for `_qstart`, `_qend` and windows that are to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from .typed import TIMESTAMP, Typed

if TYPE_CHECKING:
    from .expressions import Expressions

EARLIEST, LATEST = -(1 << 63), (1 << 63) - 1

#: A comparison as it reads with its sides changed.
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.GTE: exp.LTE,
    exp.EQ: exp.EQ,
}


@dataclass(slots=True)
class TimeRange:
    """The first and the last tick, both within."""

    first: int = EARLIEST
    last: int = LATEST

    @property
    def is_bounded(self) -> bool:
        """Whether it has a beginning and an end."""
        return self.first != EARLIEST and self.last != LATEST

    def narrow(self, comparison: type[exp.Expr], ticks: int) -> None:
        """Leave out what a comparison of the time with `ticks` leaves out."""
        if comparison in (exp.GT, exp.GTE, exp.EQ):
            self.first = max(self.first, ticks + (comparison is exp.GT))
        if comparison in (exp.LT, exp.LTE, exp.EQ):
            self.last = min(self.last, ticks - (comparison is exp.LT))


def time_range(rows: Expressions, where: exp.Expr | None) -> TimeRange:
    """What a WHERE clause leaves of the time of the first source."""
    found = TimeRange()
    time = rows.scope.first.time if rows.scope.sources else None
    if where is not None and time is not None:
        _read(rows, where, time, found)
    return found


def _read(rows: Expressions, node: exp.Expr, time: Typed, found: TimeRange) -> None:
    if isinstance(node, exp.And):
        _read(rows, node.this, time, found)
        _read(rows, node.expression, time, found)
    elif isinstance(node, exp.Paren):
        _read(rows, node.this, time, found)
    elif isinstance(node, exp.Between):
        _compared(rows, exp.GTE, node.this, node.args["low"], time, found)
        _compared(rows, exp.LTE, node.this, node.args["high"], time, found)
    elif type(node) in _MIRRORED:
        _compared(rows, type(node), node.this, node.expression, time, found)
        _compared(rows, _MIRRORED[type(node)], node.expression, node.this, time, found)


def _compared(
    rows: Expressions, comparison: type[exp.Expr], left: exp.Expr, right: exp.Expr, time: Typed, found: TimeRange
) -> None:
    if rows.translate(left).sql != time.sql:
        return
    ticks = constant_ticks(rows, right)
    if ticks is not None:
        found.narrow(comparison, ticks)


def constant_ticks(rows: Expressions, node: exp.Expr) -> int | None:
    """The time that a constant says, None where it is no constant."""
    value = rows.translate(node)
    if isinstance(value.literal, str):
        return int(rows.time_literal(value))
    is_tick = isinstance(value.literal, int) and value.unit is None and not isinstance(value.literal, bool)
    return value.literal if is_tick or value.type == TIMESTAMP else None
