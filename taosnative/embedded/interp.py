"""`interp(value) range(…) every(…) fill(…)`: values at times of our own choosing, between the rows there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from .expressions import Expressions
from .functions import Call, Function, Kind, register
from .nodes import Fill, Pseudo, Select
from .protocol import EngineError
from .ranges import constant_ticks
from .scope import not_emulated
from .times import duration_ticks
from .typed import BOOL, DUCKDB, NUMBERS, TIMESTAMP, Typed, fixed

MISSING_CLAUSE = 0x8000265D


def _only_here(call: Call) -> Typed:
    raise not_emulated("interp beside other functions")


register(Function("interp", Kind.ROWS, 1, 2, _only_here))


def is_interp(calls: Sequence[exp.Anonymous]) -> bool:
    """Whether a query interpolates."""
    return any(call.name == "interp" for call in calls)


class Interpolation:
    """One query that interpolates."""

    def __init__(self, rows: Expressions, select: Select, partition: Sequence[tuple[exp.Expr, Typed]]) -> None:
        time = rows.scope.first.time if rows.scope.sources else None
        if time is None:
            raise not_emulated("interp over rows without a primary timestamp")
        self.rows, self.time, self.partition = rows, time.sql, partition
        fill = select.args.get("fill")
        if not select.args.get("range") or not isinstance(fill, Fill):
            raise EngineError(MISSING_CLAUSE, "Missing RANGE clause, EVERY clause or FILL clause")
        self.mode = fill.this.removesuffix("_f")
        self.given = list(fill.expressions)
        ends = [constant_ticks(rows, node) for node in select.args["range"].expressions]
        if len(ends) > 2 or any(end is None for end in ends):
            raise EngineError(MISSING_CLAUSE, "Invalid usage of RANGE clause, EVERY clause or FILL clause")
        self.first, self.last = ends[0] or 0, ends[-1] or 0
        every = select.args.get("every")
        step = duration_ticks(every, rows.precision) if every is not None else 1
        if not step or (every is None and self.first != self.last):
            raise EngineError(MISSING_CLAUSE, "Missing RANGE clause, EVERY clause or FILL clause")
        self.step = step
        self.columns: list[tuple[Typed, str]] = []  #: what is interpolated: value, and what fills it

    def translate(self, node: exp.Expr) -> Typed:
        """An item of the select list."""
        if isinstance(node, Pseudo) and node.this == "_irowts":
            return fixed("g.t", TIMESTAMP)
        if isinstance(node, Pseudo) and node.this == "_isfilled":
            return fixed("(e.t IS NULL)", BOOL)
        if isinstance(node, exp.Anonymous) and node.name == "interp":
            return self._column(node)
        value = self.rows.translate(node)
        for number, (key, typed) in enumerate(self.partition):
            if key == node or typed.sql == value.sql:
                return Typed(f"g.k{number}", typed.type, typed.length)
        raise EngineError(0x8000260C, "Not a single-group group function")

    def _column(self, node: exp.Anonymous) -> Typed:
        value = self.rows.translate(node.expressions[0])
        if value.type not in NUMBERS | {BOOL}:
            raise EngineError(0x80002802, "Invalid parameter data type : interp")
        place = len(self.columns)
        filled = _MODES[self.mode](self, place, value)
        self.columns.append((value, filled))
        sql = f"CASE WHEN e.t IS NOT NULL THEN e.v{place} ELSE {filled} END"
        return Typed(sql, value.type, value.length)

    def sql(self, outputs: str, source: str) -> str:
        """The query, but for its order and limits."""
        keys = [f"k{number}" for number in range(len(self.partition))]
        named = [f"{typed.sql} AS {key}" for key, (_, typed) in zip(keys, self.partition, strict=True)]
        values = [f"{value.output} AS v{place}" for place, (value, _) in enumerate(self.columns)]
        found = f"SELECT {', '.join([f'{self.time} AS t', *named, *values])}{source}"
        times = f"range({self.first}, {self.last + 1}, {self.step}) AS grid(t)"
        groups = f"(SELECT DISTINCT {', '.join(keys) or 'true AS k'} FROM found) AS groups"
        same = "".join(f" AND g.{key} IS NOT DISTINCT FROM {{0}}.{key}" for key in keys)
        kept = {"prev": "p.t IS NOT NULL", "next": "n.t IS NOT NULL", "linear": "p.t IS NOT NULL AND n.t IS NOT NULL"}
        chosen = f"e.t IS NOT NULL OR ({kept.get(self.mode, 'true' if self.mode != 'none' else 'false')})"
        return (
            f"WITH found AS MATERIALIZED ({found}), g AS (SELECT grid.t, groups.* FROM {groups}, {times}) "
            f"SELECT {outputs} FROM g LEFT JOIN found AS e ON g.t = e.t{same.format('e')} "
            f"ASOF LEFT JOIN found AS p ON g.t >= p.t{same.format('p')} "
            f"ASOF LEFT JOIN found AS n ON g.t <= n.t{same.format('n')} WHERE {chosen}"
        )

    def default_order(self) -> str:
        """Partition by partition, in the order of time."""
        return f" ORDER BY {', '.join([*(f'g.k{number}' for number in range(len(self.partition))), 'g.t'])}"

    def _nothing(self, place: int, value: Typed) -> str:
        return "NULL"

    def _value(self, place: int, value: Typed) -> str:
        if not self.given:
            raise EngineError(0x80002644, "Filled values number mismatch")
        return self.rows.converted(self.rows.translate(self.given.pop(0)), value.type)

    def _previous(self, place: int, value: Typed) -> str:
        return f"p.v{place}"

    def _next(self, place: int, value: Typed) -> str:
        return f"n.v{place}"

    def _linear(self, place: int, value: Typed) -> str:
        left, right = f"(p.v{place})::DOUBLE", f"(n.v{place})::DOUBLE"
        between = f"({left} + ({right} - {left}) * ((g.t - p.t)::DOUBLE / (n.t - p.t)))"
        whole = value.type in NUMBERS and DUCKDB[value.type] not in ("FLOAT", "DOUBLE")
        return f"trunc({between})" if whole else between


_MODES: dict[str, Callable[[Interpolation, int, Typed], str]] = {
    "none": Interpolation._nothing,
    "null": Interpolation._nothing,
    "value": Interpolation._value,
    "prev": Interpolation._previous,
    "next": Interpolation._next,
    "linear": Interpolation._linear,
}
