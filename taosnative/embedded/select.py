"""A SELECT of TDengine's as a SELECT of DuckDB's, with the columns that TDengine would tell.

`compile_select` is all that the rest of the engine calls. A query becomes text whose columns are r0, r1, …; what
TDengine calls them, and of which type they are, stands in the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from . import aggregates, histogram, scalars, series, time_functions  # noqa: F401  the tables of functions
from .catalog import Table
from .dialect import parse
from .expressions import Expressions, common_type
from .nodes import Select
from .protocol import ColumnInfo, EngineError
from .queries import Node, Query, order_by, position
from .scope import Scope, Session, not_emulated
from .select_compiler import SelectCompiler
from .typed import DUCKDB, NULL, TEXTS, VARCHAR, Typed

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


def compile_select(text: str, session: Session, marks: Sequence[Typed] = ()) -> Plan:
    """Translate a query; `marks` are the values of its `?`. EngineError where TDengine, or this engine, refuses it."""
    compiler = Compiler(session, marks)
    try:
        query = compiler.query(parse(text))
    except RecursionError:
        raise not_emulated("a statement that nests so deep") from None
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
        order = order_by(node, lambda key: _named_column(key, names, columns))
        sql = f"SELECT * FROM ({f' {word} '.join(halves)}){order}{self.limit(node)}"
        return Query(sql, columns, left.precision)


def _named_column(node: Node, names: dict[str, str], columns: Sequence[ColumnInfo]) -> str:
    number = position(node, len(columns))
    if number is not None:
        return f"r{number}"
    if isinstance(node, exp.Column) and node.name in names:
        return names[node.name]
    if isinstance(node, exp.Column):
        raise EngineError(0x80002602, f"Invalid column name: {node.name}")
    raise not_emulated("ORDER BY an expression of a UNION")
