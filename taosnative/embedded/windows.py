"""Windows of time: which window a row is in, and when a window begins and ends.

A window over stretches of time is known from a row's own time. A window over rows (session, state, event, count) is
known from the rows before it: the sources are then wrapped in a subquery that adds `w`, the window's number, and in
which the sources go on as structs of the same names, so that `s0.c1` means the same inside and outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from .expressions import Expressions
from .literals import MONTHS
from .nodes import Duration, Select
from .protocol import EngineError
from .scope import not_emulated
from .times import duration_ticks, from_local, to_local, zone_ticks
from .typed import BIGINT, BOOL, INTEGERS, TEXTS, TIMESTAMP, Typed, fixed

Node = exp.Expr

_LETTERS = ("ms", "us", "ns")


@dataclass(slots=True)
class Window:
    """The windows of a query."""

    values: dict[str, Typed]  #: `_wstart` and its kind, over a group
    group: list[str]  #: DuckDB's keys that tell windows apart
    filter: str = ""  #: a further condition on rows
    source: Callable[[str], str] = str  #: FROM and WHERE, with what tells windows apart
    keys: list[tuple[Node, Typed]] = field(default_factory=list)  #: expressions that are one in a window
    size: int | None = None  #: ticks, where every window is as long
    step: int = 0  #: ticks from a window's start to the next one's
    shift: int = 0  #: of all starts


def make_window(rows: Expressions, select: Select, partition: Sequence[Typed]) -> Window:
    """The windows of a window clause."""
    clause = select.args["window_clause"]
    time = rows.scope.first.time if rows.scope.sources else None
    if time is None:
        raise not_emulated("a window over rows without a primary timestamp")
    over = f"PARTITION BY {', '.join(key.sql for key in partition)} " if partition else ""
    return _MAKERS[clause.this](rows, clause, time, over)


def floor(ticks: str, size: int, shift: int) -> str:
    """The start of the stretch of `size` ticks that a time is in."""
    moved = f"({ticks} - {shift})" if shift else ticks
    return f"({ticks} - ({moved} % {size} + {size}) % {size})"


# -- windows over stretches of time


def _interval(rows: Expressions, clause: Node, time: Typed, over: str) -> Window:
    size_node, *offset_node = clause.expressions
    precision = rows.precision
    size = duration_ticks(size_node, precision)
    shift = duration_ticks(offset_node[0], precision) or 0 if offset_node else 0
    sliding_node = clause.args.get("sliding")
    if size is None:
        if offset_node or sliding_node is not None:
            raise not_emulated("an offset or sliding of months")
        return _calendar(rows, size_node, time)
    if size < 1:
        raise EngineError(0x80002615, f"Interval cannot be less than 1 {_LETTERS[precision]}")
    sliding = duration_ticks(sliding_node, precision) if sliding_node is not None else size
    if sliding is None or not 0 < sliding <= size:
        raise EngineError(0x80002631, "sliding value no larger than the interval value")
    if size_node.args["unit"] in ("d", "w"):
        shift -= zone_ticks(rows.session.timezone, precision)
    start = floor(time.sql, sliding, shift)
    window = Window({}, [], size=size, step=sliding, shift=shift)
    if sliding < size:
        start = f"({start} - steps.n * {sliding})"
        window.source = _with_item(f"range({-(-size // sliding)}) AS steps(n)")
        window.filter = f"{start} + {size} > {time.sql}"
    window.group = [start]
    window.values = _stretch(start, f"({start} + {size})", str(size))
    return window


def _with_item(item: str) -> Callable[[str], str]:
    return lambda source: source.replace(" WHERE ", f", {item} WHERE ", 1)


def _stretch(start: str, end: str, duration: str) -> dict[str, Typed]:
    return {
        "_wstart": fixed(start, TIMESTAMP),
        "_wend": fixed(end, TIMESTAMP),
        "_wduration": fixed(duration, BIGINT),
    }


def _calendar(rows: Expressions, size: Duration, time: Typed) -> Window:
    """Windows of months and years, which begin with one."""
    months = int(size.this) * MONTHS[size.args["unit"]]
    if months < 1:
        raise EngineError(0x80002615, f"Interval cannot be less than 1 {_LETTERS[rows.precision]}")
    precision, zone = rows.precision, rows.session.timezone
    stamp = to_local(time.sql, precision, zone)
    count = f"(date_part('year', {stamp}) * 12 + date_part('month', {stamp}) - 1) // {months} * {months}"
    begin = f"make_timestamp(({count}) // 12, ({count}) % 12 + 1, 1, 0, 0, 0)"
    start = from_local(begin, precision, zone)
    end = from_local(f"({begin} + INTERVAL ({months}) MONTH)", precision, zone)
    return Window(_stretch(start, end, f"({end} - {start})"), [start])


# -- windows over rows


def _over_rows(rows: Expressions, time: Typed, number: Callable[[str], str], kept: str = "true") -> Window:
    """Windows whose number is made by `number` out of FROM and WHERE, as `w`; rows that are not `kept` are in none."""
    start, end = f"min({time.sql})", f"max({time.sql})"
    window = Window(_stretch(start, end, f"({end} - {start})"), ["w"], source=number)
    window.filter = kept if kept != "true" else ""
    return window


def source_structs(rows: Expressions) -> str:
    """The sources as structs of their names."""
    return ", ".join(
        item
        for source in rows.scope.sources
        for item in (source.ref, f"{source.ref}t" if source.uses_tags else "")
        if item
    )


def _numbered(rows: Expressions, time: Typed, over: str, breaks: str) -> Callable[[str], str]:
    """Windows that begin wherever `breaks` is true."""

    def number(source: str) -> str:
        order = f"OVER ({over}ORDER BY {time.sql} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        broken = f"(SELECT {source_structs(rows)}, CASE WHEN {breaks} THEN 1 ELSE 0 END AS broken{source})"
        return f" FROM (SELECT *, sum(broken) {order} AS w FROM {broken})"

    return number


def _session(rows: Expressions, clause: Node, time: Typed, over: str) -> Window:
    column, gap = clause.expressions
    if rows.translate(column).sql != time.sql:
        raise EngineError(0x8000262C, "Only support SESSION on primary timestamp column")
    ticks = duration_ticks(gap, rows.precision)
    if ticks is None:
        raise not_emulated("a session of months")
    breaks = f"{time.sql} - lag({time.sql}) OVER ({over}ORDER BY {time.sql}) > {ticks}"
    return _over_rows(rows, time, _numbered(rows, time, over, breaks))


def _state(rows: Expressions, clause: Node, time: Typed, over: str) -> Window:
    (node,) = clause.expressions
    state = rows.translate(node)
    if state.type not in (*INTEGERS, BOOL, *TEXTS):
        raise EngineError(0x80002628, "Only support STATE_WINDOW on integer/bool/varchar column")
    breaks = f"{state.output} <> lag({state.output}) OVER ({over}ORDER BY {time.sql})"
    window = _over_rows(rows, time, _numbered(rows, time, over, breaks), f"{state.output} IS NOT NULL")
    window.keys = [(node, Typed(f"any_value({state.output})", state.type, state.length))]
    return window


def _event(rows: Expressions, clause: Node, time: Typed, over: str) -> Window:
    start, end = rows.filter(clause.args["start"]), rows.filter(clause.args["end"])

    def number(source: str) -> str:
        before = f"OVER ({over}ORDER BY {time.sql} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        stretch = f"PARTITION BY w{', ' + over[len('PARTITION BY ') :].strip() if over else ''}"
        upto = f"OVER ({stretch} ORDER BY {time.sql} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        ended = f"CASE WHEN {end} THEN 1 ELSE 0 END"
        started = f"CASE WHEN {start} THEN 1 ELSE 0 END"
        inner = f"SELECT {source_structs(rows)}, coalesce(sum({ended}) {before}, 0) AS w{source}"
        marked = f"SELECT *, max({started}) {upto} AS begun, max({ended}) OVER ({stretch}) AS closed FROM ({inner})"
        return f" FROM (SELECT * FROM ({marked}) WHERE begun = 1 AND closed = 1)"

    return _over_rows(rows, time, number)


def _count(rows: Expressions, clause: Node, time: Typed, over: str) -> Window:
    size, *sliding_node = (int(part.this) for part in clause.expressions)
    sliding = sliding_node[0] if sliding_node else size
    if not 0 < sliding <= size:
        raise EngineError(0x80002631, "sliding value no larger than the interval value")

    def number(source: str) -> str:
        row = f"row_number() OVER ({over}ORDER BY {time.sql}) - 1 AS place"
        inner = f"SELECT {source_structs(rows)}, {row}{source}"
        if sliding == size:
            return f" FROM (SELECT *, place // {size} AS w FROM ({inner}))"
        windows = (
            f"(SELECT *, place // {sliding} - steps.n AS w FROM ({inner}), range({-(-size // sliding)}) AS steps(n))"
        )
        return f" FROM (SELECT * FROM {windows} WHERE w >= 0 AND place < w * {sliding} + {size})"

    return _over_rows(rows, time, number)


_MAKERS: dict[str, Callable[[Expressions, Node, Typed, str], Window]] = {
    "interval": _interval,
    "session": _session,
    "state_window": _state,
    "event_window": _event,
    "count_window": _count,
}
