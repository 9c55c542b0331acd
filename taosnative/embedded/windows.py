"""Windows of time: which window a row is in, when it begins and ends, and what fills the ones without rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from .expressions import Expressions
from .nodes import Duration, Select
from .protocol import EngineError
from .scope import not_emulated
from .times import MONTHS, duration_ticks, from_timestamp, to_timestamp
from .typed import BIGINT, TIMESTAMP, Typed, fixed

if TYPE_CHECKING:
    from .select import SelectCompiler

Node = exp.Expr


@dataclass(slots=True)
class Window:
    """The windows of a query."""

    values: dict[str, Typed]  #: `_wstart` and its kind, over a group
    group: list[str]  #: DuckDB's keys that tell windows apart
    filter: str = ""  #: a further condition on rows
    extra: str = ""  #: a further item of FROM
    keys: list[tuple[Node, Typed]] = field(default_factory=list)  #: expressions that are one in a window

    def source(self, text: str) -> str:
        """FROM and WHERE, with what tells windows apart."""
        return text.replace(" WHERE ", f"{self.extra} WHERE ", 1) if self.extra else text


def make_window(rows: Expressions, select: Select, partition: Sequence[Typed]) -> Window:
    """The windows of a window clause."""
    clause = select.args["window_clause"]
    time = rows.scope.first.time if rows.scope.sources else None
    if time is None:
        raise EngineError(0x80002627, "a window needs the primary timestamp of its source")
    maker = _MAKERS.get(clause.this)
    if maker is None:
        raise not_emulated(clause.this)
    return maker(rows, clause, time)


def floor(ticks: str, size: int, shift: int) -> str:
    """The start of the stretch of `size` ticks that a time is in."""
    moved = f"({ticks} - {shift})" if shift else ticks
    return f"({ticks} - ({moved} % {size} + {size}) % {size})"


def _interval(rows: Expressions, clause: Node, time: Typed) -> Window:
    size_node, *offset_node = clause.expressions
    precision = rows.precision
    size = duration_ticks(size_node, precision)
    shift = duration_ticks(offset_node[0], precision) or 0 if offset_node else 0
    if size is None:
        return _calendar(rows, size_node, time)
    if size < 1:
        raise EngineError(0x80002615, f"Interval cannot be less than 1 {('ms', 'us', 'ns')[precision]}")
    sliding_node = clause.args.get("sliding")
    sliding = duration_ticks(sliding_node, precision) if sliding_node is not None else size
    if sliding is None or sliding > size:
        raise EngineError(0x80002631, "sliding value no larger than the interval value")
    shift -= _zone_shift(rows, size_node)
    start = floor(time.sql, sliding, shift)
    window = Window({}, [])
    if sliding < size:
        steps = -(-size // sliding)
        window.extra = f", range({steps}) AS steps(n)"
        start = f"({start} - steps.n * {sliding})"
        window.filter = f"{start} + {size} > {time.sql}"
    window.group = [start]
    window.values = {
        "_wstart": fixed(start, TIMESTAMP),
        "_wend": fixed(f"({start} + {size})", TIMESTAMP),
        "_wduration": fixed(str(size), BIGINT),
    }
    return window


def _zone_shift(rows: Expressions, size: Duration) -> int:
    """Days and weeks begin at the session's midnight."""
    return 0


def _calendar(rows: Expressions, size: Duration, time: Typed) -> Window:
    months = int(size.this) * MONTHS[size.args["unit"]]
    precision = rows.precision
    stamp = to_timestamp(time.sql, precision)
    count = f"(date_part('year', {stamp}) * 12 + date_part('month', {stamp}) - 1) // {months} * {months}"
    begin = f"make_timestamp(({count}) // 12, ({count}) % 12 + 1, 1, 0, 0, 0)"
    start, end = from_timestamp(begin, precision), from_timestamp(f"({begin} + INTERVAL ({months}) MONTH)", precision)
    values = {
        "_wstart": fixed(start, TIMESTAMP),
        "_wend": fixed(end, TIMESTAMP),
        "_wduration": fixed(f"({end} - {start})", BIGINT),
    }
    return Window(values, [start])


_MAKERS = {"interval": _interval}


def fill_windows(
    select: SelectCompiler,
    window: Window,
    values: Sequence[tuple[str, Typed]],
    partition: Sequence[str],
    base: str,
    order: str,
) -> str:
    """The windows of a query with those filled in that have no rows."""
    raise not_emulated("fill")
