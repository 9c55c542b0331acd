"""Expressions of a tree as typed expressions of DuckDB's: TDengine's rules of what an operator gives.

Arithmetic is done in DOUBLE, bits in BIGINT; a comparison with NULL is false; a division by zero is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from . import literals
from .casts import cast
from .functions import Call, Function, Kind, check_count, lookup
from .literals import MONTHS
from .nodes import Contains, Duration, Negated, Pseudo
from .protocol import EngineError
from .ranges import time_range
from .scope import INVALID_COLUMN, Scope, Session, not_emulated
from .times import add_duration, duration_ticks, text_time
from .typed import (
    BIGINT,
    BINARIES,
    BOOL,
    DOUBLE,
    FLOAT,
    INTEGERS,
    JSON,
    NCHAR,
    NULL,
    NUMBERS,
    TEXTS,
    TIMESTAMP,
    UBIGINT,
    VARCHAR,
    WIDTH,
    Typed,
    condition,
    fixed,
    number,
    quote,
)

INVALID_TIMESTAMP = 0x80000127
INVALID_OPERATION = 0x80000200
_BIGGEST = (1 << 63) - 1
_BIGGEST_UNSIGNED = (1 << 64) - 1

Node = exp.Expr

_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_BITS: dict[type[exp.Expr], str] = {exp.BitwiseAnd: "&", exp.BitwiseOr: "|"}
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_CONNECTORS: dict[type[exp.Expr], str] = {exp.And: "AND", exp.Or: "OR"}


class Expressions:
    """Translates expressions over the rows of a scope."""

    def __init__(self, scope: Scope, session: Session, marks: Sequence[Typed] = ()) -> None:
        self.scope = scope
        self.session = session
        self.marks = marks
        self.where: Node | None = None  #: what rows meet, for the range of the query

    @property
    def precision(self) -> int:
        """Of times."""
        return self.scope.precision

    def translate(self, node: Node) -> Typed:
        """The typed expression of a node."""
        rule = _RULES.get(type(node))
        if rule is None:
            raise not_emulated(f"{type(node).__name__}")
        return rule(self, node)

    def filter(self, node: Node) -> str:
        """A node as a condition where NULL and false are alike, as in WHERE."""
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.And | exp.Or):
            return self._connected(node)
        return condition(self.translate(node))

    def _connected(self, node: exp.Connector) -> str:
        """A chain of AND or of OR, side by side: a chain may be long, and DuckDB limits how deep a text nests."""
        kind, parts, left = type(node), [], node
        while isinstance(left, kind):
            parts.append(self.filter(left.expression))
            left = left.this
        parts.append(self.filter(left))
        return f"({f' {_CONNECTORS[kind]} '.join(reversed(parts))})"

    def function(self, node: exp.Anonymous, function: Function) -> Typed:
        """A call of a function, which over single rows is a scalar one."""
        if function.kind is not Kind.SCALAR:
            raise EngineError(0x80002627, "Aggregate functions do not support nesting")
        return function.translate(self.call(node, function))

    def call(self, node: exp.Anonymous, function: Function) -> Call:
        """A call with its arguments over the rows."""
        check_count(function, len(node.expressions))
        return Call(self, function, [self.translate(argument) for argument in node.expressions])

    # -- leaves

    def _column(self, node: exp.Column) -> Typed:
        return self.scope.column(node.table, node.name)

    def pseudo(self, node: Pseudo) -> Typed:
        """A pseudo column."""
        name = node.this
        if name == "tbname":
            if not self.scope.sources:
                raise EngineError(INVALID_COLUMN, "Invalid column name: tbname")
            return (self.scope.source(node.text("table")) if node.args.get("table") else self.scope.first).tbname()
        if name in ("_c0", "_rowts"):
            time = self.scope.first.time if self.scope.sources else None
            if time is None:
                raise EngineError(INVALID_COLUMN, f"Invalid column name: {name}")
            return time
        if name in ("_qstart", "_qend", "_qduration"):
            return self._query_range(name)
        if name in ("_wstart", "_wend", "_wduration"):
            raise EngineError(0x80002658, "_WSTART, _WEND and _WDURATION can only be used in window query")
        raise EngineError(INVALID_COLUMN, f"Invalid column name: {name}")

    def _query_range(self, name: str) -> Typed:
        within = time_range(self, self.where)
        if name == "_qduration":
            return fixed(str(within.last - within.first + 1), BIGINT)
        return fixed(str(within.first if name == "_qstart" else within.last), TIMESTAMP)

    def _literal(self, node: exp.Literal) -> Typed:
        text = node.this
        if node.is_string:
            return Typed(quote(text), VARCHAR, len(text.encode()), literal=text, raw=node.meta_get("raw"))
        if not text.lstrip("-").isdigit():
            return Typed(f"{text}::DOUBLE", DOUBLE, 8, literal=float(text))
        value = int(text)
        if value > _BIGGEST:
            value = min(value, _BIGGEST_UNSIGNED)
            return Typed(f"{value}::UBIGINT", UBIGINT, 8, literal=value)
        return Typed(str(max(value, -_BIGGEST - 1)), BIGINT, 8, literal=value)

    def _boolean(self, node: exp.Boolean) -> Typed:
        return Typed("true" if node.this else "false", BOOL, 1, literal=node.this, exact=True)

    def _null(self, node: Node) -> Typed:
        return Typed("NULL", NULL, 0)

    def _duration(self, node: Duration) -> Typed:
        ticks = duration_ticks(node, self.precision)
        sql = "0" if ticks is None else str(ticks)
        return Typed(sql, BIGINT, 8, literal=node.this, unit=node.args["unit"])

    def _mark(self, node: exp.Placeholder) -> Typed:
        position = int(node.this)
        if position >= len(self.marks):
            raise EngineError(0x80002600, 'syntax error near "?"')
        return self.marks[position]

    def _paren(self, node: exp.Paren) -> Typed:
        value = self.translate(node.this)
        return Typed(
            f"({value.sql})",
            value.type,
            value.length,
            value.literal,
            value.unit,
            value.exact,
            value.predicate,
            value.raw,
        )

    # -- operators

    def _negative(self, node: exp.Neg) -> Typed:
        value = self.translate(node.this)
        if value.type not in (*NUMBERS, BOOL, NULL, TIMESTAMP):
            raise EngineError(INVALID_OPERATION, "Invalid operation")
        return fixed(f"(-{number(value)})", DOUBLE)

    def _arithmetic(self, node: exp.Binary) -> Typed:
        left, right = self.translate(node.this), self.translate(node.expression)
        if TIMESTAMP in (left.type, right.type) and isinstance(node, exp.Add | exp.Sub):
            return self._time_arithmetic(left, right, minus=isinstance(node, exp.Sub))
        for value in (left, right):
            if value.type in (JSON, *BINARIES):
                raise EngineError(INVALID_OPERATION, "Invalid operation")
        operator, divisor = _ARITHMETIC[type(node)], number(right)
        if operator in "/%":
            divisor = f"nullif({divisor}, 0)"
        return fixed(f"({number(left)} {operator} {divisor})", DOUBLE)

    def _time_arithmetic(self, left: Typed, right: Typed, minus: bool) -> Typed:
        if left.type == TIMESTAMP and right.unit is not None:
            moved = add_duration(left.sql, right, self.precision, -1 if minus else 1, self.session.timezone)
            return Typed(moved, TIMESTAMP, 8, literal=_moved(left, right, minus))
        if right.type == TIMESTAMP and left.unit is not None and not minus:
            return fixed(add_duration(right.sql, left, self.precision, 1, self.session.timezone), TIMESTAMP)
        if left.type == right.type:
            if not minus:
                raise not_emulated("the sum of two timestamps")
            return fixed(f"({left.sql} - {right.sql})", BIGINT)
        other = right if left.type == TIMESTAMP else left
        if other.type not in INTEGERS:
            raise EngineError(0x80002605, "Invalid value type")
        return fixed(f"({left.sql} {'-' if minus else '+'} {right.sql})", TIMESTAMP)

    def _bits(self, node: exp.Binary) -> Typed:
        operands = [self.translate(node.this), self.translate(node.expression)]
        sides = []
        for value, other in zip(operands, reversed(operands), strict=True):
            if value.type in (JSON, *BINARIES):
                raise EngineError(INVALID_OPERATION, "Invalid operation")
            side = cast(value, BIGINT, None, self.text_time).sql
            # TDengine: NULL | 8 is 8 where the 8 is a literal, and NULL where it is a column's
            ignored = isinstance(node, exp.BitwiseOr) and other.literal is not None and value.type != NULL
            sides.append(f"coalesce({side}, 0)" if ignored else side)
        return fixed(f"({sides[0]} {_BITS[type(node)]} {sides[1]})", BIGINT)

    def _and_or(self, node: exp.Connector) -> Typed:
        return self._predicate(self._connected(node))

    def _not(self, node: exp.Not) -> Typed:
        inner = self.translate(node.this)
        return Typed(f"(NOT {inner.output})", BOOL, 1, exact=True)

    def _negated(self, node: Negated) -> Typed:
        """`not like` and its kind: false of NULL."""
        return self._predicate(f"(NOT {self.translate(node.this).sql})")

    def _predicate(self, sql: str) -> Typed:
        return Typed(sql, BOOL, 1, exact=True, predicate=True)

    def _comparison(self, node: exp.Binary) -> Typed:
        left, right = self.translate(node.this), self.translate(node.expression)
        return self._predicate(self._compared(left, _COMPARISONS[type(node)], right))

    def _compared(self, left: Typed, operator: str, right: Typed) -> str:
        if JSON in (left.type, right.type):
            return self._compared_json(left, operator, right)
        left, right = self._comparable(left, right), self._comparable(right, left)
        return f"({left.sql} {operator} {right.sql})"

    def _comparable(self, value: Typed, other: Typed) -> Typed:
        """`value` as it is compared with `other`."""
        if value.type == other.type or NULL in (value.type, other.type) or {value.type, other.type} <= TEXTS:
            return value
        if other.type == TIMESTAMP and value.type in TEXTS:
            return fixed(self.time_literal(value), TIMESTAMP)
        if other.type == FLOAT and value.type == DOUBLE and value.literal is not None:
            return fixed(f"{value.sql}::FLOAT", FLOAT)
        if other.type in BINARIES:
            return self._blob(value)
        if value.type in BINARIES:
            return value
        if value.type in TEXTS or (value.type == BOOL and other.type != BOOL):
            return fixed(number(value), DOUBLE)
        if other.type in TEXTS and value.type == BOOL:
            return fixed(number(value), DOUBLE)
        return value

    def _blob(self, value: Typed) -> Typed:
        """A text as it is compared with binary: its bytes, or those that it tells in hexadecimal."""
        raw = value.raw
        if raw is not None and raw[:2].lower() == "\\x":
            try:
                data = bytes.fromhex(raw[2:])
            except ValueError:
                raise EngineError(0x80002605, "Invalid value type") from None
            return Typed(f"from_hex('{data.hex()}')", 16, len(data))
        if value.type not in TEXTS:
            raise EngineError(0x80002605, "Invalid value type")
        return Typed(f"encode({value.sql})", 16, value.length)

    def time_literal(self, value: Typed) -> str:
        """A text as it is compared with a time."""
        if not isinstance(value.literal, str):
            return text_time(value, self.precision, self.session.timezone)
        ticks = literals.parse_time(value.literal, self.precision, self.session.timezone)
        if ticks is None:
            raise EngineError(INVALID_TIMESTAMP, "Invalid timestamp format")
        return str(ticks)

    def text_time(self, value: Typed) -> str:
        """A text that is cast to a time: 0 where it is none."""
        return text_time(value, self.precision, self.session.timezone)

    def _between(self, node: exp.Between) -> Typed:
        value = self.translate(node.this)
        low, high = self.translate(node.args["low"]), self.translate(node.args["high"])
        return self._predicate(f"({self._compared(value, '>=', low)} AND {self._compared(value, '<=', high)})")

    def _in(self, node: exp.In) -> Typed:
        value = self.translate(node.this)
        items = [self.translate(item) for item in node.expressions]
        if value.type == JSON:
            return self._predicate(f"({' OR '.join(self._compared(value, '=', item) for item in items)})")
        lists: dict[str, list[str]] = {}  # what is compared with the items of one kind, and those items
        for item in items:
            lists.setdefault(self._comparable(value, item).sql, []).append(self._comparable(item, value).sql)
        found = [f"{side} IN ({', '.join(others)})" for side, others in lists.items()]
        return self._predicate(f"({' OR '.join(found)})")

    def _is_null(self, node: exp.Is) -> Typed:
        value = self.translate(node.this)
        return Typed(f"({value.output if value.predicate else value.sql} IS NULL)", BOOL, 1, exact=True)

    def _pattern(self, node: exp.Binary) -> Typed:
        value, pattern = self.translate(node.this), self.translate(node.expression)
        if value.type not in (*TEXTS, JSON, NULL) or pattern.type not in (*TEXTS, NULL):
            raise EngineError(0x80002605, "Invalid value type")
        text = _json_string(value.sql) if value.type == JSON else value.sql
        if isinstance(node, exp.Like):
            return self._predicate(f"({text} LIKE {pattern.sql} ESCAPE '\\')")
        return self._predicate(f"regexp_matches({text}, {pattern.sql})")

    # -- JSON

    def _contains(self, node: Contains) -> Typed:
        value, key = self.translate(node.this), self.translate(node.expression)
        if value.type != JSON or not isinstance(key.literal, str):
            raise EngineError(0x80002605, "Invalid value type")
        return self._predicate(f"json_exists({value.sql}, {_json_path(key.literal)})")

    def _json(self, node: exp.JSONExtract) -> Typed:
        value, key = self.translate(node.this), node.expression.this
        if value.type != JSON:
            raise EngineError(INVALID_OPERATION, "Invalid operation")
        sql = f"json_extract({value.sql}, {_json_path(key)})::VARCHAR"
        shown = f"(CASE WHEN {_is_json_number(sql)} THEN printf('%.9f', ({sql})::DOUBLE) ELSE {sql} END)"
        return Typed(sql, JSON, 4095, shown=shown)

    def _compared_json(self, left: Typed, operator: str, right: Typed) -> str:
        if left.type != JSON:
            raise not_emulated("a comparison with JSON on its right side")
        kind = f"json_type({left.sql})"
        if right.type in TEXTS:
            return f"({_json_string(left.sql)} {operator} {right.sql})"
        if right.type == BOOL:
            return f"(CASE WHEN {kind} = 'BOOLEAN' THEN ({left.sql})::BOOLEAN END {operator} {right.sql})"
        return f"(CASE WHEN {_is_json_number(left.sql)} THEN ({left.sql})::DOUBLE END {operator} {number(right)})"

    # -- CASE and CAST

    def _case(self, node: exp.Case) -> Typed:
        operand = self.translate(node.this) if node.this is not None else None
        branches: list[tuple[str, Typed]] = []
        for branch in node.args["ifs"]:
            if operand is None:
                when = self.filter(branch.this)
            else:
                when = self._compared(operand, "=", self.translate(branch.this))
            branches.append((when, self.translate(branch.args["true"])))
        default = node.args.get("default")
        otherwise = self.translate(default) if default is not None else Typed("NULL", NULL, 0)
        code, length = common_type([*(value for _, value in branches), otherwise])
        whens = " ".join(f"WHEN {when} THEN {self.converted(value, code)}" for when, value in branches)
        return Typed(f"(CASE {whens} ELSE {self.converted(otherwise, code)} END)", code, length)

    def converted(self, value: Typed, code: int) -> str:
        """A value as another type, where several must become one."""
        if value.type in (code, NULL):
            return value.output if value.type else "NULL"
        return cast(value, code, None, self.text_time).sql

    def _cast(self, node: exp.Cast) -> Typed:
        value = self.translate(node.this)
        if isinstance(value.literal, str) and node.to.this == TIMESTAMP:
            ticks = literals.parse_time(value.literal, self.precision, self.session.timezone)
            return fixed(str(ticks or 0), TIMESTAMP)
        return cast(value, node.to.this, node.to.args.get("length"), self.text_time)

    def _call(self, node: exp.Anonymous) -> Typed:
        return self.function(node, lookup(node.name))


def _moved(time: Typed, duration: Typed, minus: bool) -> int | None:
    """A literal time and a duration of so many ticks later or earlier."""
    if time.literal is None or not duration.sql.lstrip("-").isdigit() or duration.unit in MONTHS:
        return None
    ticks = int(duration.sql)
    return int(time.literal) + (-ticks if minus else ticks)


def common_type(values: Sequence[Typed]) -> tuple[int, int]:
    """The type and length of a value that may be any of these."""
    known = [value for value in values if value.type != NULL]
    if not known:
        return NULL, 0
    codes = {value.type for value in known}
    if len(codes) == 1:
        return known[0].type, max(value.length for value in known)
    if codes <= TEXTS:
        return NCHAR, max(value.length for value in known)
    if codes <= NUMBERS | {BOOL}:
        code = DOUBLE if codes & {6, 7} else BIGINT
        return code, WIDTH[code]
    if TIMESTAMP in codes and codes <= INTEGERS | {TIMESTAMP}:
        return TIMESTAMP, 8
    return VARCHAR, max(value.length if value.type in TEXTS else 25 for value in known)


def _json_path(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return quote(f'$."{escaped}"')


def _is_json_number(sql: str) -> str:
    return f"json_type({sql}) IN ('UBIGINT', 'BIGINT', 'HUGEINT', 'DOUBLE')"


def _json_string(sql: str) -> str:
    """The text of a JSON string, NULL of any other JSON."""
    return f"(CASE WHEN json_type({sql}) = 'VARCHAR' THEN json_extract_string({sql}, '$') END)"


_RULES: dict[type[Node], Callable[[Expressions, Any], Typed]] = {
    exp.Column: Expressions._column,
    Pseudo: lambda self, node: self.pseudo(node),
    exp.Literal: Expressions._literal,
    exp.Boolean: Expressions._boolean,
    exp.Null: Expressions._null,
    Duration: Expressions._duration,
    exp.Placeholder: Expressions._mark,
    exp.Paren: Expressions._paren,
    exp.Neg: Expressions._negative,
    **dict.fromkeys(_ARITHMETIC, Expressions._arithmetic),
    **dict.fromkeys(_BITS, Expressions._bits),
    **dict.fromkeys(_COMPARISONS, Expressions._comparison),
    exp.And: Expressions._and_or,
    exp.Or: Expressions._and_or,
    exp.Not: Expressions._not,
    Negated: Expressions._negated,
    exp.Between: Expressions._between,
    exp.In: Expressions._in,
    exp.Is: Expressions._is_null,
    exp.Like: Expressions._pattern,
    exp.RegexpLike: Expressions._pattern,
    Contains: Expressions._contains,
    exp.JSONExtract: Expressions._json,
    exp.Case: Expressions._case,
    exp.Cast: Expressions._cast,
    exp.Anonymous: Expressions._call,
}
