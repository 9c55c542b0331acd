"""The table of functions that give some rows of many, in the order of time, and the queries that are made of them.

Such a function is a window function of DuckDB's. What it needs of an earlier window function is a column of an inner
query, in which the sources go on as structs of the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from .casts import wrap
from .expressions import Expressions
from .functions import FUNCTIONS, Call, Function, Kind, check_count, register
from .nodes import Pseudo
from .protocol import EngineError
from .scope import not_emulated
from .time_functions import unit_ticks
from .typed import (
    BIGINT,
    BOOL,
    DOUBLE,
    NUMBERS,
    REALS,
    TIMESTAMP,
    UBIGINT,
    UNSIGNED,
    Typed,
    fixed,
    number,
)
from .windows import source_structs

NOT_MIXED = 0x8000264F
_NUMBERS_OR_TIME = NUMBERS | {TIMESTAMP, BOOL}
_ANY = frozenset(range(1, 22))
_STATES = {"LT": "<", "GT": ">", "LE": "<=", "GE": ">=", "NE": "<>", "EQ": "="}
_MOST_ROWS = 100


def check_not_mixed(calls: Sequence[exp.Anonymous]) -> None:
    """Refuse a function that gives rows beside one that gives another number of them."""
    kinds = {FUNCTIONS[call.name].kind for call in calls if call.name in FUNCTIONS}
    names = [call.name for call in calls if call.name in FUNCTIONS and FUNCTIONS[call.name].kind is Kind.ROWS]
    if kinds & {Kind.AGGREGATE, Kind.PICK} or (len(names) > 1 and set(names) != {"diff"}):
        message = (
            "Some functions are allowed only in the SELECT list of a query. "
            "And, cannot be mixed with other non scalar functions or columns."
        )
        raise EngineError(NOT_MIXED, message)


#: Functions of these that may choose rows in each window.
IN_WINDOWS = frozenset(("top", "bottom", "sample"))


class Rows(Expressions):
    """Translates expressions over rows, of which a function chooses some."""

    def __init__(self, rows: Expressions, partition: Sequence[Typed]) -> None:
        super().__init__(rows.scope, rows.session, rows.marks)
        time = rows.scope.first.time if rows.scope.sources else None
        if time is None:
            raise not_emulated("a series function over rows without a primary timestamp")
        self.time = time.sql
        self.keys = [key.sql for key in partition]
        self.inner: list[str] = []  #: columns of the inner query
        self.conditions: list[str] = []  #: that rows meet before any function sees them
        self.chosen: list[str] = []  #: what chooses the rows of the result
        self.order = "ASC"
        self.window: dict[str, Typed] = {}  #: `_wstart` and its kind, where rows are chosen in each window

    def pseudo(self, node: Pseudo) -> Typed:
        """A pseudo column: of the row's window, or of the row."""
        return self.window[node.this] if node.this in self.window else super().pseudo(node)

    def function(self, node: exp.Anonymous, function: Function) -> Typed:
        """A call of a function, of which one gives rows."""
        if function.kind is not Kind.ROWS:
            return super().function(node, function)
        check_count(function, len(node.expressions))
        return function.translate(Call(self, function, [self.translate(argument) for argument in node.expressions]))

    def over(self, *more: str, frame: str = "", order: str = "") -> str:
        """OVER (…) of the rows of a partition, in the order of time unless told."""
        keys = [*self.keys, *more]
        partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
        return f"OVER ({partition}ORDER BY {order or self.time}{' ' + frame if frame else ''})"

    def add(self, sql: str) -> str:
        """A column of the inner query, by the name that it gets."""
        self.inner.append(sql)
        return f"a{len(self.inner) - 1}"

    def default_order(self) -> str:
        """The order of rows that nothing else orders."""
        return f" ORDER BY {', '.join([*self.keys, f'{self.time} {self.order}'])}"

    def sql(self, outputs: str, source: str) -> str:
        """The query, but for its order and limits."""
        if self.conditions:
            source += f"{' AND ' if ' WHERE ' in source else ' WHERE '}{' AND '.join(self.conditions)}"
        if self.inner:
            added = ", ".join(f"{sql} AS a{place}" for place, sql in enumerate(self.inner))
            source = f" FROM (SELECT {source_structs(self)}, {added}{source})"
        chosen = f" QUALIFY {' AND '.join(self.chosen)}" if self.chosen else ""
        return f"SELECT {outputs}{source}{chosen}"


_UP_TO_HERE = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
_BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


def _rows(call: Call) -> Rows:
    assert isinstance(call.over, Rows)
    return call.over


def _whole(value: Typed) -> str:
    """An integer, time or bool where a difference or sum is to be made."""
    return f"({value.output})::TINYINT::HUGEINT" if value.type == BOOL else f"({value.sql})::HUGEINT"


def _diff(call: Call) -> Typed:
    rows, value = _rows(call), call.take(0, _NUMBERS_OR_TIME)
    option = call.constant(1) if len(call.arguments) > 1 else 0
    if not 0 <= option <= 3:
        raise call.wrong_range()
    real = value.type in REALS
    current = number(value) if real else _whole(value)
    before = f"last_value({current} IGNORE NULLS) {rows.over(frame=_BEFORE)}"
    difference = f"({current} - {before})"
    if option in (1, 3):
        difference = f"(CASE WHEN {difference} >= 0 THEN {difference} END)"
    rows.chosen.append(f"{difference} IS NOT NULL" if option >= 2 else f"row_number() {rows.over()} > 1")
    return fixed(difference, DOUBLE if real else BIGINT)


def _derivative(call: Call) -> Typed:
    rows, value = _rows(call), call.take(0, NUMBERS)
    unit, ignored = unit_ticks(call, 1), call.constant(2)
    rows.conditions.append(f"{value.sql} IS NOT NULL")
    here = rows.over()
    rise = f"({number(value)} - lag({number(value)}) {here})"
    rate = f"({rise} / ({rows.time} - lag({rows.time}) {here}) * {unit})"
    rows.chosen.append(f"{rate} IS NOT NULL" + (f" AND {rate} >= 0" if ignored else ""))
    return fixed(rate, DOUBLE)


def _csum(call: Call) -> Typed:
    rows, value = _rows(call), call.take(0, NUMBERS)
    rows.conditions.append(f"{value.sql} IS NOT NULL")
    code = DOUBLE if value.type in REALS else UBIGINT if value.type in UNSIGNED else BIGINT
    frame = rows.over(frame=_UP_TO_HERE)
    if code == DOUBLE:
        return fixed(f"sum({number(value)}) {frame}", code)
    return fixed(wrap(f"sum({value.sql}) {frame}", code), code)


def _mavg(call: Call) -> Typed:
    rows, value, count = _rows(call), call.take(0, NUMBERS), call.constant(1)
    if not 1 <= count <= 1000:
        raise call.wrong_range()
    rows.conditions.append(f"{value.sql} IS NOT NULL")
    rows.chosen.append(f"row_number() {rows.over()} >= {count}")
    frame = f"ROWS BETWEEN {count - 1} PRECEDING AND CURRENT ROW"
    return fixed(f"avg({number(value)}) {rows.over(frame=frame)}", DOUBLE)


def _highest(direction: str) -> Callable[[Call], Typed]:
    def translate(call: Call) -> Typed:
        rows, value, count = _rows(call), call.take(0, NUMBERS), call.constant(1)
        if not 1 <= count <= _MOST_ROWS:
            raise call.wrong_range()
        rows.conditions.append(f"{value.sql} IS NOT NULL")
        rows.chosen.append(f"row_number() {rows.over(order=f'{value.sql} {direction}, {rows.time}')} <= {count}")
        return value

    return translate


def _sample(call: Call) -> Typed:
    rows, value, count = _rows(call), call.take(0, _ANY), call.constant(1)
    if not 1 <= count <= 1000:
        raise call.wrong_range()
    rows.conditions.append(f"{value.output} IS NOT NULL")
    rows.chosen.append(f"row_number() {rows.over(order=rows.add('random()'))} <= {count}")
    return value


def _tail(call: Call) -> Typed:
    rows, value, count = _rows(call), call.take(0, _ANY), call.constant(1)
    skipped = call.constant(2) if len(call.arguments) > 2 else 0
    if not 1 <= count <= _MOST_ROWS or not 0 <= skipped <= _MOST_ROWS:
        raise call.wrong_range()
    place = f"row_number() {rows.over(order=f'{rows.time} DESC')}"
    rows.chosen.append(f"{place} > {skipped} AND {place} <= {skipped + count}")
    rows.order = "DESC"
    return value


def _unique(call: Call) -> Typed:
    rows, value = _rows(call), call.take(0, _ANY)
    rows.chosen.append(f"row_number() {rows.over(value.output)} = 1")
    return value


def _state(call: Call) -> tuple[Rows, str, str]:
    """The rows, whether each is in the state, and the number of the stretch that it is in."""
    rows, value = _rows(call), call.take(0, NUMBERS)
    operator = _STATES.get(str(call.constant(1, str)).upper())
    limit = call.arguments[2]
    if operator is None or limit.type not in NUMBERS:
        raise call.wrong_type()
    matched = f"({number(value)} {operator} {number(limit)})"
    stretch = rows.add(f"sum(CASE WHEN {matched} THEN 0 ELSE 1 END) {rows.over(frame=_UP_TO_HERE)}")
    return rows, matched, stretch


def _state_count(call: Call) -> Typed:
    rows, matched, stretch = _state(call)
    count = f"count(CASE WHEN {matched} THEN 1 END) {rows.over(stretch, frame=_UP_TO_HERE)}"
    return fixed(f"(CASE WHEN {matched} THEN {count} WHEN NOT {matched} THEN -1 END)", BIGINT)


def _state_duration(call: Call) -> Typed:
    unit = unit_ticks(call, 3) or 1
    rows, matched, stretch = _state(call)
    begun = f"min(CASE WHEN {matched} THEN {rows.time} END) {rows.over(stretch, frame=_UP_TO_HERE)}"
    return fixed(f"(CASE WHEN {matched} THEN ({rows.time} - {begun}) // {unit} WHEN NOT {matched} THEN -1 END)", BIGINT)


def _of_rows(name: str, least: int, most: int, translate: Callable[[Call], Typed]) -> Function:
    return Function(name, Kind.ROWS, least, most, translate)


register(
    _of_rows("diff", 1, 2, _diff),
    _of_rows("derivative", 3, 3, _derivative),
    _of_rows("csum", 1, 1, _csum),
    _of_rows("mavg", 2, 2, _mavg),
    _of_rows("top", 2, 2, _highest("DESC")),
    _of_rows("bottom", 2, 2, _highest("ASC")),
    _of_rows("sample", 2, 2, _sample),
    _of_rows("tail", 2, 3, _tail),
    _of_rows("unique", 1, 1, _unique),
    _of_rows("statecount", 3, 3, _state_count),
    _of_rows("stateduration", 3, 4, _state_duration),
)
