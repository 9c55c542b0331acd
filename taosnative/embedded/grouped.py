"""Expressions over groups of rows: what a column means once rows are grouped, and which may not be named then."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from .expressions import Expressions
from .functions import Call, Function, Kind, check_count
from .nodes import Pseudo
from .protocol import EngineError
from .typed import NULL, Typed

NOT_SINGLE_GROUP = 0x8000260C
NOT_GROUP_BY = 0x8000260A
INVALID_USAGE = 0x80002667

Node = exp.Expr


class Grouped(Expressions):
    """Translates expressions over groups; `rows` translates what stands inside an aggregate."""

    def __init__(self, rows: Expressions, keys: Sequence[tuple[Node, Typed]], window: dict[str, Typed] | None) -> None:
        super().__init__(rows.scope, rows.session, rows.marks)
        self.rows = rows
        self.keys = keys
        self.window = window
        self.pick: tuple[str, str] | None = None  #: how the one row is found whose other columns may be named
        self.tags_of_table = False  #: groups are tables, so that tags are as good as keys
        self.refusal = EngineError(NOT_SINGLE_GROUP, "Not a single-group group function")
        self.has_aggregate = False
        self.counts = False

    def translate(self, node: Node) -> Typed:
        """The typed expression of a node over a group."""
        for key, value in self.keys:
            if key == node:
                return value
        if isinstance(node, exp.Column):
            return self._alone(node)
        return super().translate(node)

    def pseudo(self, node: Pseudo) -> Typed:
        """A pseudo column: of the window, or of the rows."""
        if self.window is not None and node.this in self.window:
            return self.window[node.this]
        if node.this.startswith("_q"):
            return self.rows.pseudo(node)
        if node.this == "tbname" or node.this in ("_c0", "_rowts"):
            return self._alone(node)
        return super().pseudo(node)

    def function(self, node: exp.Anonymous, function: Function) -> Typed:
        """A scalar function over the group's values, or an aggregate of its rows."""
        if function.kind is Kind.SCALAR:
            return super().function(node, function)
        self.has_aggregate = True
        self.counts |= function.counts
        return function.translate(self.aggregate_call(node, function))

    def aggregate_call(self, node: exp.Anonymous, function: Function) -> Call:
        """An aggregate's call, with its arguments over the rows."""
        check_count(function, len(node.expressions))
        arguments = [] if _is_star(node) else [self.rows.translate(argument) for argument in node.expressions]
        return Call(self.rows, function, arguments)

    def _alone(self, node: Node) -> Typed:
        """A column outside of every aggregate."""
        value = self.rows.translate(node)
        for _, key in self.keys:
            if key.sql == value.sql:
                return key
        if self.pick is not None:
            name, order = self.pick
            return Typed(f"{name}({value.sql}, {order})", value.type or NULL, value.length)
        source = self.rows.scope.first
        is_tag = isinstance(node, exp.Column) and node.name in source.columns and source.columns[node.name].is_tag
        if self.tags_of_table and (is_tag or isinstance(node, Pseudo)):
            return Typed(f"any_value({value.sql})", value.type, value.length)
        if self.window is not None and not self.has_aggregate:
            raise EngineError(INVALID_USAGE, f"Invalid usage of expr: {node.name}")
        raise self.refusal


def _is_star(node: exp.Anonymous) -> bool:
    return len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Star)
