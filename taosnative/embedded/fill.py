"""What fills the windows of an interval that have no rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from .expressions import Expressions
from .nodes import Fill, Pseudo
from .protocol import EngineError
from .ranges import TimeRange
from .scope import not_emulated
from .typed import DUCKDB, NUMBERS, Typed
from .windows import Window

#: The most windows that one query may fill.
MOST_WINDOWS = 10_000_000

Values = Sequence[tuple[exp.Expr, Typed]]


def fill_windows(
    rows: Expressions,
    fill: Fill,
    window: Window,
    within: TimeRange,
    values: Values,
    partition: Sequence[str],
    base: str,
) -> str:
    """A query of all windows within a stretch of time; `base` is FROM … GROUP BY … of those that have rows."""
    if not within.is_bounded:
        message = "Start(end) time of query range required or time range too large"
        raise EngineError(0x8000263B, message)
    if window.size is None:
        raise not_emulated("fill of windows of months")
    first = within.first - (within.first - window.shift) % window.step
    if (within.last - first) // window.step > MOST_WINDOWS:
        raise EngineError(0x8000263B, "Start(end) time of query range required or time range too large")
    keys = [f"k{number}" for number in range(len(partition))]
    named = [f"{sql} AS {key}" for key, sql in zip(keys, partition, strict=True)]
    outputs = [f"{value.output} AS v{number}" for number, (_, value) in enumerate(values)]
    found = f"SELECT {', '.join([f'{window.group[0]} AS w', *named, *outputs])}{base}"
    steps = f"range({first}, {within.last + 1}, {window.step}) AS grid(w)"
    if keys:
        grid = f"SELECT grid.w, groups.* FROM (SELECT DISTINCT {', '.join(keys)} FROM found) AS groups, {steps}"
    elif fill.this.endswith("_f"):
        grid = f"SELECT grid.w FROM {steps}"
    else:
        grid = f"SELECT grid.w FROM {steps} WHERE EXISTS (SELECT 1 FROM found)"
    same = " AND ".join(["g.w = f.w", *(f"g.{key} IS NOT DISTINCT FROM f.{key}" for key in keys)])
    filler = _Filler(rows, fill, window, keys, partition)
    columns = [f"{filler.column(number, *pair)} AS r{number}" for number, pair in enumerate(values)]
    order = ", ".join([*(f"g.{key}" for key in keys), "g.w"])
    return (
        f"WITH found AS MATERIALIZED ({found}) SELECT {', '.join(columns)} "
        f"FROM ({grid}) AS g LEFT JOIN found AS f ON {same} ORDER BY {order}"
    )


class _Filler:
    """Makes the columns of filled windows."""

    def __init__(
        self, rows: Expressions, fill: Fill, window: Window, keys: Sequence[str], partition: Sequence[str]
    ) -> None:
        self.rows = rows
        self.mode = fill.this.removesuffix("_f")
        self.values = list(fill.expressions)
        self.window = window
        self.partition = dict(zip(partition, keys, strict=True))
        self.over = f"PARTITION BY {', '.join(f'g.{key}' for key in keys)} " if keys else ""

    def column(self, number: int, node: exp.Expr, value: Typed) -> str:
        """A column where its windows have rows, and where they have none."""
        if isinstance(node, Pseudo) and node.this in self.window.values:
            size = self.window.size
            return {"_wstart": "g.w", "_wend": f"g.w + {size}", "_wduration": f"{size}::BIGINT"}[node.this]
        if value.sql in self.partition:
            return f"g.{self.partition[value.sql]}"
        column = f"f.v{number}"
        filled = _MODES[self.mode](self, column, value)
        return f"CAST(CASE WHEN f.w IS NOT NULL THEN {column} ELSE {filled} END AS {DUCKDB[value.type]})"

    def _nothing(self, column: str, value: Typed) -> str:
        return "NULL"

    def _given(self, column: str, value: Typed) -> str:
        if not self.values:
            raise EngineError(0x80002644, "Filled values number mismatch")
        given = self.rows.translate(self.values.pop(0))
        return self.rows.converted(given, value.type)

    def _neighbour(self, column: str, order: str) -> str:
        """The value of the nearest window that has rows, on one side."""
        boxed = f"CASE WHEN f.w IS NOT NULL THEN {{'v': {column}, 'w': f.w}} END"
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        return f"last_value({boxed} IGNORE NULLS) OVER ({self.over}ORDER BY g.w {order} {frame})"

    def _previous(self, column: str, value: Typed) -> str:
        return f"({self._neighbour(column, 'ASC')}).v"

    def _next(self, column: str, value: Typed) -> str:
        return f"({self._neighbour(column, 'DESC')}).v"

    def _linear(self, column: str, value: Typed) -> str:
        if value.type not in NUMBERS:
            return "NULL"
        left, right = f"({self._neighbour(column, 'ASC')})", f"({self._neighbour(column, 'DESC')})"
        share = f"(g.w - {left}.w)::DOUBLE / ({right}.w - {left}.w)"
        return f"({left}.v)::DOUBLE + (({right}.v)::DOUBLE - ({left}.v)::DOUBLE) * {share}"


_MODES: dict[str, Callable[[_Filler, str, Typed], str]] = {
    "null": _Filler._nothing,
    "value": _Filler._given,
    "prev": _Filler._previous,
    "next": _Filler._next,
    "linear": _Filler._linear,
}
