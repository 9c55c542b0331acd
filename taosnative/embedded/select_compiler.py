"""One SELECT: its select list, and which kind of query its functions and clauses make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from .expressions import Expressions
from .fill import fill_windows
from .functions import FUNCTIONS, Call, Kind, check_count
from .grouped import NOT_GROUP_BY, Grouped
from .interp import Interpolation, is_interp
from .nodes import Pseudo, Select
from .protocol import ColumnInfo, EngineError
from .queries import Node, Query, order_by, position
from .ranges import time_range
from .scope import Scope, not_emulated
from .series import IN_WINDOWS, Rows, check_not_mixed
from .sources import read_sources
from .typed import JSON, Typed
from .windows import Window, make_window

if TYPE_CHECKING:
    from .select import Compiler


@dataclass(slots=True)
class Item:
    """An item of the select list, `*` resolved."""

    name: str
    node: Node


class SelectCompiler:
    """Translates one SELECT."""

    def __init__(self, compiler: Compiler, node: Select) -> None:
        self.compiler = compiler
        self.session = compiler.session
        self.node = node
        sources, self.joined = read_sources(compiler, node.args.get("from_"))
        self.scope = Scope(sources)
        self.rows = Expressions(self.scope, self.session, compiler.marks)
        self.items = self._items()
        self.calls = [call for item in self.items for call in _calls(item.node)]
        self.group = [self._group_key(key) for key in node.args["group"].expressions] if node.args.get("group") else []
        partition = node.args.get("partition")
        self.partition = list(partition.expressions) if partition else []
        self.rows.where = node.args.get("where")
        self.where = self.rows.filter(node.args["where"]) if node.args.get("where") else ""

    # -- the select list

    def _items(self) -> list[Item]:
        items: list[Item] = []
        for node in self.node.expressions:
            if isinstance(node, exp.Star | exp.Column):
                items.extend(self._stars(node.text("table")))
                continue
            name, inner = node.alias, node.this
            if not node.args.get("explicit"):
                expanded = self._expanded(inner)
                if expanded:
                    items.extend(expanded)
                    continue
                name = self._name(inner, name)
            items.append(Item(name, inner))
        return items

    def _name(self, node: Node, text: str) -> str:
        if isinstance(node, exp.Column):
            return node.name
        return str(node.this) if isinstance(node, Pseudo) else text

    def _stars(self, table: str) -> list[Item]:
        if not self.scope.sources:
            raise EngineError(0x80002602, "Invalid column name: *")
        sources = [self.scope.source(table)] if table else self.scope.sources
        return [
            Item(column.name, _column(column.name, source.alias if len(self.scope.sources) > 1 else ""))
            for source in sources
            for column in source.columns.values()
            if not column.is_tag or source.is_super
        ]

    def _expanded(self, node: Node) -> list[Item]:
        """`first(*)` as `first(ts), first(current), …`; `last(a, b)` as `last(a), last(b)`."""
        if not isinstance(node, exp.Anonymous) or node.name not in ("first", "last", "last_row"):
            return []
        arguments = node.expressions
        if isinstance(arguments[0], exp.Star):
            arguments = [
                _column(column.name)
                for source in self.scope.sources
                for column in source.columns.values()
                if not column.is_tag
            ]
        elif len(arguments) == 1:
            return []
        return [
            Item(f"{node.name}({argument.name})", exp.Anonymous(this=node.name, expressions=[argument.copy()]))
            for argument in arguments
        ]

    def _group_key(self, node: Node) -> Node:
        number = position(node, len(self.items))
        if number is not None:
            return self.items[number].node
        if isinstance(node, exp.Column) and not node.table:
            named = [item.node for item in self.items if item.name == node.name]
            if named and not any(node.name in source.columns for source in self.scope.sources):
                return named[0]
        return node

    # -- which kind of query

    def compile(self) -> Query:
        """The query, by what its functions and clauses make of its rows."""
        for call in self.calls:
            if call.name in FUNCTIONS:
                check_count(FUNCTIONS[call.name], len(call.expressions))
        kinds = {FUNCTIONS[call.name].kind for call in self.calls if call.name in FUNCTIONS}
        node = self.node
        if node.args.get("fill") and not node.args.get("window_clause") and not node.args.get("range"):
            raise EngineError(0x8000265D, "Invalid usage of RANGE clause, EVERY clause or FILL clause")
        if is_interp(self.calls):
            return self._interpolated()
        if Kind.ROWS in kinds:
            return self._selected_rows()
        if node.args.get("window_clause"):
            return self._windowed()
        if self.group or node.args.get("having") or kinds & {Kind.AGGREGATE, Kind.PICK}:
            return self._grouped()
        return self._plain()

    # -- rows

    def _plain(self) -> Query:
        values = [(item.name, self.rows.translate(item.node)) for item in self.items]
        if self.node.args.get("tags") and any(source.uses_data for source in self.scope.sources):
            raise not_emulated("SELECT TAGS of columns that are no tags")
        distinct = bool(self.node.args.get("distinct"))
        if distinct and any(value.type == JSON and value.shown is None for _, value in values):
            raise EngineError(0x8000072E, "Json not support in group/partition by")
        order = self._order(self.rows, values, by_output=distinct)
        partition = [self.rows.translate(_unaliased(key)).sql for key in self.partition]
        source = self._source(tags_only=bool(self.node.args.get("tags")) or distinct)
        time = self.scope.first.time if self.scope.sources else None
        by = [time.sql] if time is not None else []
        qualify = self._partition_limits(partition, has_order=bool(order), by=by)
        if not order and not distinct:
            order = self._time_order()
        limit = "" if qualify and not self.node.args.get("order") else self.compiler.limit(self.node)
        word = "SELECT DISTINCT" if distinct else "SELECT"
        sql = f"{word} {_outputs(values)}{source}{qualify}{order}{limit}"
        return self._result(sql, values)

    def _selected_rows(self) -> Query:
        check_not_mixed(self.calls)
        keys = [self.rows.translate(_unaliased(key)) for key in self.partition]
        rows = Rows(self.rows, keys)
        window = Window({}, [])
        clause = self.node.args.get("window_clause")
        if clause is not None:
            names = {call.name for call in self.calls if _kind(call) is Kind.ROWS}
            if clause.this != "interval" or not names <= IN_WINDOWS:
                raise not_emulated("this function in this window")
            window = make_window(self.rows, self.node, keys)
            rows.keys += window.group
            rows.window = window.values
        values = [(item.name, rows.translate(item.node)) for item in self.items]
        order = self._order(rows, values, by_output=False)
        self._refuse_partition_limits(has_order=bool(order))
        order = order or rows.default_order()
        sql = rows.sql(_outputs(values), window.source(self._source(also=window.filter)))
        return self._result(sql + order + self.compiler.limit(self.node), values)

    def _interpolated(self) -> Query:
        keys = [_unaliased(key) for key in self.partition]
        points = Interpolation(self.rows, self.node, [(key, self.rows.translate(key)) for key in keys])
        values = [(item.name, points.translate(item.node)) for item in self.items]
        order = self._order(self.rows, values, by_output=True)
        self._refuse_partition_limits(has_order=bool(order))
        sql = points.sql(_outputs(values), self._source()) + (order or points.default_order())
        return self._result(sql + self.compiler.limit(self.node), values)

    def _source(self, tags_only: bool = False, also: str = "") -> str:
        """FROM and WHERE."""
        if not self.scope.sources:
            return f" WHERE {self.where}" if self.where else ""
        conditions = [source.filter for source in self.scope.sources if source.filter]
        conditions += [text for text in (self.where, also) if text]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        first = self.scope.first
        if tags_only and not first.uses_data and first.tags_table and len(self.scope.sources) == 1:
            where = where.replace(f"{first.ref}.tid = ", f"{first.ref}t.tid = ")
            return f" FROM {first.tags_table} AS {first.ref}t{where}"
        return f" FROM {self.joined.from_sql()}{where}"

    def _time_order(self) -> str:
        """The order of time, where rows do not lie in it."""
        if not self.scope.sources or self.partition:
            return ""
        first = self.scope.first
        if len(self.scope.sources) > 1:
            return f" ORDER BY {first.time.sql}" if first.time is not None else ""
        table = first.table
        if table is None or first.is_super or first.time is None:
            return ""
        in_order = getattr(table, "ordered", True) and not (first.uses_tags)
        return "" if in_order or not (first.uses_data or not first.uses_tags) else f" ORDER BY {first.time.sql}"

    def _partition_limits(self, partition: Sequence[str], has_order: bool, by: Sequence[str] = ()) -> str:
        """SLIMIT, and LIMIT within each partition where nothing orders the whole."""
        if not partition:
            return ""
        conditions = []
        keys = ", ".join(partition)
        first, skipped = self.compiler.limits(self.node, "slimit")
        if first is not None:
            rank = f"dense_rank() OVER (ORDER BY {keys})"
            conditions.append(f"{rank} > {skipped} AND {rank} <= {skipped + first}")
        count, offset = self.compiler.limits(self.node, "limit")
        if count is not None and not has_order:
            row = f"row_number() OVER (PARTITION BY {keys}{' ORDER BY ' + ', '.join(by) if by else ''})"
            conditions.append(f"{row} > {offset} AND {row} <= {offset + count}")
        return f" QUALIFY {' AND '.join(conditions)}" if conditions else ""

    def _refuse_partition_limits(self, has_order: bool) -> None:
        """SLIMIT, and LIMIT within each partition, are for plain rows, groups and windows only."""
        limited = self.node.args.get("slimit") or (self.node.args.get("limit") and not has_order)
        if self.partition and limited:
            raise not_emulated("a limit within partitions of this query")

    # -- groups

    def _keys(self) -> list[tuple[Node, Typed]]:
        keys = []
        for node in [*self.group, *(_unaliased(key) for key in self.partition)]:
            value = self.rows.translate(node)
            if value.type == JSON and value.shown is None:
                raise EngineError(0x8000072E, "Json not support in group/partition by")
            keys.append((node, value))
        return keys

    def _grouping(self, window: Window | None = None) -> Grouped:
        keys = self._keys()
        values = window.values if window is not None else None
        grouped = Grouped(self.rows, [*keys, *(window.keys if window is not None else ())], values)
        grouped.tags_of_table = any(isinstance(key, Pseudo) and key.this == "tbname" for key, _ in keys)
        if self.group or self.node.args.get("having") or (self.partition and window is None):
            grouped.refusal = EngineError(NOT_GROUP_BY, "Not a GROUP BY expression")
        picks = [call for call in self.calls if _kind(call) is Kind.PICK]
        if len(picks) == 1 and all(_kind(call) is not Kind.AGGREGATE for call in self.calls) and not self.group:
            function = FUNCTIONS[picks[0].name]
            assert function.order is not None
            arguments = [self.rows.translate(argument) for argument in picks[0].expressions]
            grouped.pick = function.order(Call(self.rows, function, arguments))
        return grouped

    def _grouped(self) -> Query:
        grouped = self._grouping()
        values = [(item.name, grouped.translate(item.node)) for item in self.items]
        having = self._having(grouped)
        keys = list(dict.fromkeys(value.sql for _, value in grouped.keys))
        if not keys and grouped.has_aggregate and not grouped.counts:
            having = f" HAVING count(*) > 0{' AND ' + having[8:] if having else ''}"
        order = self._order(grouped, values, by_output=bool(self.node.args.get("distinct")))
        only_tags = bool(self.group) and not grouped.has_aggregate
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        partition = list(dict.fromkeys(value.sql for _, value in grouped.keys[len(self.group) :]))
        qualify = self._partition_limits(partition, has_order=bool(order))
        limit = "" if qualify and not order else self.compiler.limit(self.node)
        word = "SELECT DISTINCT" if self.node.args.get("distinct") else "SELECT"
        sql = f"{word} {_outputs(values)}{self._source(only_tags)}{group}{having}{qualify}{order}{limit}"
        return self._result(sql, values)

    def _having(self, grouped: Grouped) -> str:
        node = self.node.args.get("having")
        if node is None:
            return ""
        try:
            return f" HAVING {grouped.filter(node)}"
        except EngineError as refusal:
            if refusal.code == 0x80002602:
                raise EngineError(NOT_GROUP_BY, "Not a GROUP BY expression") from None
            raise

    def _windowed(self) -> Query:
        window = make_window(self.rows, self.node, [self.rows.translate(_unaliased(key)) for key in self.partition])
        grouped = self._grouping(window)
        values = [(item.name, grouped.translate(item.node)) for item in self.items]
        having = self._having(grouped)
        partition = list(dict.fromkeys(value.sql for _, value in grouped.keys[: len(self.partition)]))
        order = self._order(grouped, values, by_output=False)
        keys = [*partition, *window.group]
        source = window.source(self._source(also=window.filter))
        qualify = self._partition_limits(partition, has_order=bool(order), by=window.group)
        limit = "" if qualify and not self.node.args.get("order") else self.compiler.limit(self.node)
        fill = self.node.args.get("fill")
        if fill is not None and fill.this != "none":
            return self._filled(window, values, partition, f"{source} GROUP BY {', '.join(keys)}{having}")
        order = f"{order}, {', '.join(keys)}" if order else f" ORDER BY {', '.join(keys)}"
        sql = f"SELECT {_outputs(values)}{source} GROUP BY {', '.join(keys)}{having}{qualify}{order}{limit}"
        return self._result(sql, values)

    def _filled(
        self, window: Window, values: Sequence[tuple[str, Typed]], partition: Sequence[str], base: str
    ) -> Query:
        within = time_range(self.rows, self.node.args.get("where"))
        pairs = [(item.node, value) for item, (_, value) in zip(self.items, values, strict=True)]
        sql = fill_windows(self.rows, self.node.args["fill"], window, within, pairs, partition, base)
        order = self._order(self.rows, values, by_output=True)
        self._refuse_partition_limits(has_order=bool(order))
        sql = f"SELECT * FROM ({sql}){order}" if order else sql
        return self._result(sql + self.compiler.limit(self.node), values)

    # -- what is common

    def _order(self, rules: Expressions, values: Sequence[tuple[str, Typed]], by_output: bool) -> str:
        def find(node: Node) -> str:
            number = position(node, len(values))
            if number is None and isinstance(node, exp.Column) and not node.table:
                named = [index for index, (name, _) in enumerate(values) if name == node.name]
                number = named[0] if named else None
            if number is None:
                same = [index for index, item in enumerate(self.items) if item.node == node]
                number = same[0] if same else None
            if number is not None:
                return f"r{number}"
            if by_output:
                raise EngineError(0x8000260B, "Not SELECTed expression")
            return rules.translate(node).sql

        return order_by(self.node, find)

    def _result(self, sql: str, values: Sequence[tuple[str, Typed]]) -> Query:
        columns = [ColumnInfo(name, value.type, value.length) for name, value in values]
        return Query(sql, columns, self.scope.precision)


def _outputs(values: Sequence[tuple[str, Typed]]) -> str:
    return ", ".join(f"{value.output} AS r{number}" for number, (_, value) in enumerate(values))


def _column(name: str, table: str = "") -> exp.Column:
    column = exp.Column(this=exp.Identifier(this=name, quoted=False))
    if table:
        column.set("table", exp.Identifier(this=table, quoted=False))
    return column


def _unaliased(node: Node) -> Node:
    return node.this if isinstance(node, exp.Alias) else node


def _calls(node: Node) -> list[exp.Anonymous]:
    return list(node.find_all(exp.Anonymous))


def _kind(call: exp.Anonymous) -> Kind | None:
    function = FUNCTIONS.get(call.name)
    return function.kind if function is not None else None
