"""A SELECT of TDengine's as a SELECT of DuckDB's, with the columns that TDengine would tell.

`compile_select` is all that the rest of the engine calls. A query becomes text whose columns are r0, r1, …; what
TDengine calls them, and of which type they are, stands in the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from . import aggregates, scalars, series  # noqa: F401  the tables of functions
from .catalog import Table
from .dialect import parse
from .expressions import Expressions, common_type
from .functions import FUNCTIONS, Call, Kind, check_count
from .grouped import NOT_GROUP_BY, Grouped
from .nodes import Pseudo, Select
from .protocol import ColumnInfo, EngineError
from .scope import Scope, Session, Source, not_emulated
from .series import Rows
from .sources import read_sources
from .typed import DUCKDB, JSON, NULL, TEXTS, VARCHAR, Typed
from .windows import Window, fill_windows, make_window

Node = exp.Expr

#: Bytes of a result column's name.
NAME_BYTES = 64


@dataclass(slots=True)
class Plan:
    """A query that DuckDB can run, and what its result is called."""

    sql: str
    columns: tuple[ColumnInfo, ...]
    precision: int  #: of the result's times: 0 ms, 1 us, 2 ns
    tables: tuple[Table, ...] = ()
    parameters: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Query:
    """A part of a plan: text whose columns are r0, r1, …; a NULL column is of type 0."""

    sql: str
    columns: list[ColumnInfo]
    precision: int


@dataclass(slots=True)
class Item:
    """An item of the select list, `*` resolved."""

    name: str
    node: Node


def compile_select(text: str, session: Session, marks: Sequence[Typed] = ()) -> Plan:
    """Translate a query; `marks` are the values of its `?`. EngineError where TDengine, or this engine, refuses it."""
    compiler = Compiler(session, marks)
    query = compiler.query(parse(text))
    columns = tuple(
        ColumnInfo(cut_name(column.name), column.type or VARCHAR, column.length) for column in query.columns
    )
    return Plan(query.sql, columns, query.precision, tuple(compiler.tables))


def cut_name(name: str) -> str:
    """A name as far as a result has room for it."""
    encoded = name.encode()
    return name if len(encoded) <= NAME_BYTES else encoded[:NAME_BYTES].decode(errors="ignore")


class Compiler:
    """Translates queries within queries."""

    def __init__(self, session: Session, marks: Sequence[Typed]) -> None:
        self.session = session
        self.marks = marks
        self.tables: list[Table] = []
        self.n_sources = 0

    def query(self, node: Node) -> Query:
        """A SELECT, a UNION, or either in brackets."""
        if isinstance(node, exp.Subquery):
            inner = self.query(node.this)
            return Query(f"SELECT * FROM ({inner.sql}){self.limit(node)}", inner.columns, inner.precision)
        if isinstance(node, exp.Union):
            return self._union(node)
        assert isinstance(node, Select)
        return SelectCompiler(self, node).compile()

    def limit(self, node: Node, name: str = "limit") -> str:
        """LIMIT and OFFSET of a query."""
        first, skipped = self.limits(node, name)
        if isinstance(node, Select) and not node.args.get("from_"):
            return ""
        return "" if first is None else f" LIMIT {first}" + (f" OFFSET {skipped}" if skipped else "")

    def limits(self, node: Node, name: str) -> tuple[int | None, int]:
        """How many rows, after how many; None is all."""
        limit = node.args.get(name)
        if limit is None:
            return None, 0
        values = []
        for part in (limit.expression, limit.args.get("offset")):
            value: Any = 0
            if isinstance(part, exp.Placeholder):
                value = self.marks[int(part.this)].literal
            elif part is not None:
                value = int(part.this)
            values.append(value)
        return values[0], values[1]

    def _union(self, node: exp.Union) -> Query:
        left, right = self.query(node.this), self.query(node.expression)
        if len(left.columns) != len(right.columns):
            raise EngineError(0x80002634, "Query block has incorrect number of result columns")
        columns: list[ColumnInfo] = []
        casts: tuple[list[str], list[str]] = ([], [])
        rules = Expressions(Scope([]), self.session)
        for number, pair in enumerate(zip(left.columns, right.columns, strict=True)):
            sides = [Typed(f"r{number}", column.type, column.length, exact=True) for column in pair]
            code, length = common_type(sides)
            if {side.type for side in sides} & TEXTS and sides[0].type not in (*TEXTS, NULL):
                code, length = sides[0].type, sides[0].length
            columns.append(ColumnInfo(pair[0].name, code, length))
            for side, texts in zip(sides, casts, strict=True):
                texts.append(f"CAST({rules.converted(side, code)} AS {DUCKDB[code]}) AS r{number}")
        halves = [
            f"(SELECT {', '.join(texts)} FROM ({half.sql}))" for texts, half in zip(casts, (left, right), strict=True)
        ]
        word = "UNION" if node.args.get("distinct") else "UNION ALL"
        names = {column.name: f"r{number}" for number, column in reversed(list(enumerate(columns)))}
        order = self.order(node, lambda key: _named_column(key, names, columns))
        sql = f"SELECT * FROM ({f' {word} '.join(halves)}){order}{self.limit(node)}"
        return Query(sql, columns, left.precision)

    def order(self, node: Node, find: Callable[[Node], str]) -> str:
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


def position(node: Node, count: int) -> int | None:
    """The column that a number in ORDER BY or GROUP BY means, from 0 on; None where the node is no number."""
    if not isinstance(node, exp.Literal) or node.is_string or not node.this.isdigit():
        return None
    if not 1 <= int(node.this) <= count:
        message = "ORDER BY / GROUP BY item must be the number of a SELECT-list expression"
        raise EngineError(0x80002609, message)
    return int(node.this) - 1


def _named_column(node: Node, names: dict[str, str], columns: Sequence[ColumnInfo]) -> str:
    number = position(node, len(columns))
    if number is not None:
        return f"r{number}"
    if isinstance(node, exp.Column) and node.name in names:
        return names[node.name]
    if isinstance(node, exp.Column):
        raise EngineError(0x80002602, f"Invalid column name: {node.name}")
    raise not_emulated("ORDER BY an expression of a UNION")


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
        distinct = bool(self.node.args.get("distinct"))
        if distinct and any(value.type == JSON and value.shown is None for _, value in values):
            raise EngineError(0x8000072E, "Json not support in group/partition by")
        order = self._order(self.rows, values, by_output=distinct)
        partition = [self.rows.translate(_unaliased(key)).sql for key in self.partition]
        source = self._source(tags_only=bool(self.node.args.get("tags")) or distinct)
        qualify = self._partition_limits(partition, has_order=bool(order))
        if not order and not distinct:
            order = self._time_order()
        limit = "" if qualify and not self.node.args.get("order") else self.compiler.limit(self.node)
        word = "SELECT DISTINCT" if distinct else "SELECT"
        sql = f"{word} {_outputs(values)}{source}{qualify}{order}{limit}"
        return self._result(sql, values)

    def _selected_rows(self) -> Query:
        rows = Rows(self.rows, [self.rows.translate(_unaliased(key)) for key in self.partition])
        values = [(item.name, rows.translate(item.node)) for item in self.items]
        order = self._order(rows, values, by_output=False) or rows.default_order()
        return self._result(rows.sql(_outputs(values), self._source()) + order + self.compiler.limit(self.node), values)

    def _source(self, tags_only: bool = False, also: str = "") -> str:
        """FROM and WHERE."""
        if not self.scope.sources:
            return f" WHERE {self.where}" if self.where else ""
        conditions = [source.filter for source in self.scope.sources if source.filter]
        conditions += [text for text in (self.where, also) if text]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        first = self.scope.first
        if tags_only and not first.uses_data and first.tags_only and len(self.scope.sources) == 1:
            where = where.replace(f"{first.ref}.tid = ", f"{first.ref}t.tid = ")
            return f" FROM {first.tags_only} AS {first.ref}t{where}"
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

    def _partition_limits(self, partition: Sequence[str], has_order: bool) -> str:
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
            row = f"row_number() OVER (PARTITION BY {keys})"
            conditions.append(f"{row} > {offset} AND {row} <= {offset + count}")
        return f" QUALIFY {' AND '.join(conditions)}" if conditions else ""

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
        qualify = self._partition_limits(keys, has_order=True) if self.partition else ""
        word = "SELECT DISTINCT" if self.node.args.get("distinct") else "SELECT"
        sql = f"{word} {_outputs(values)}{self._source(only_tags)}{group}{having}{qualify}{order}"
        return self._result(sql + self.compiler.limit(self.node), values)

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
        qualify = self._partition_limits(partition, has_order=bool(order))
        limit = "" if qualify and not self.node.args.get("order") else self.compiler.limit(self.node)
        fill = self.node.args.get("fill")
        if fill is not None and fill.this != "none":
            base = f"{source} GROUP BY {', '.join(keys)}{having}"
            sql = fill_windows(self, window, values, partition, base, order)
            return self._result(sql + self.compiler.limit(self.node), values)
        if not order:
            order = f" ORDER BY {', '.join(keys)}"
        sql = f"SELECT {_outputs(values)}{source} GROUP BY {', '.join(keys)}{having}{qualify}{order}{limit}"
        return self._result(sql, values)

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

        return self.compiler.order(self.node, find)

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


__all__ = ["Compiler", "Plan", "Source", "compile_select"]
