"""FROM: the tables and subqueries of a SELECT, and how they are joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from .expressions import Expressions
from .protocol import EngineError
from .scope import Scope, Source, not_emulated, relation_source, subquery_source, table_source

if TYPE_CHECKING:
    from .select import Compiler

Node = exp.Expr

SYSTEM_DATABASES = frozenset(("information_schema", "performance_schema"))
_TIME_CONDITION = "primary timestamp equal condition is expected in join conditions"


@dataclass(slots=True)
class Join:
    """One source joined to those before it."""

    source: Source
    word: str = ""  #: DuckDB's join, or nothing for the first
    on: str = ""


@dataclass(slots=True)
class Joined:
    """All sources of a FROM, in order."""

    joins: list[Join] = field(default_factory=list)

    def from_sql(self) -> str:
        """The text of FROM. It is made last, when it is known which tags are used."""
        parts = []
        for join in self.joins:
            item = join.source.from_sql
            if join.word and join.source.uses_tags:
                item = f"({item})"
            parts.append(f" {join.word} {item} ON {join.on}" if join.word else item)
        return "".join(parts)


def read_sources(compiler: Compiler, node: Node | None) -> tuple[list[Source], Joined]:
    """The sources of a FROM clause."""
    joined = Joined()
    if node is not None:
        _read(compiler, node.this, joined)
    return [join.source for join in joined.joins], joined


def _read(compiler: Compiler, node: Node, joined: Joined) -> None:
    if not isinstance(node, exp.Join):
        joined.joins.append(Join(_source(compiler, node)))
        return
    _read(compiler, node.this, joined)
    side, kind = node.args.get("side") or "", node.args["kind"]
    right = _source(compiler, node.args["method"])
    sources = [join.source for join in joined.joins]
    scope = Scope([*sources, right])
    rules = Expressions(scope, compiler.session, compiler.marks)
    word = _JOINS.get((side, kind))
    if word is None:
        raise not_emulated(f"{side} {kind} join")
    condition = node.args.get("on")
    if condition is None:
        joined.joins.append(Join(right, "JOIN", _time_equality(node, rules, sources[0], right)))
        return
    text = rules.filter(condition)
    for source in [*sources, right]:
        _filter_inside(source)
    if kind != "asof" and not _has_time_equality(condition, rules, sources, right):
        raise EngineError(0x80002701, _TIME_CONDITION)
    joined.joins.append(Join(right, word, text))


#: DuckDB's joins for TDengine's.
_JOINS = {
    ("", "inner"): "JOIN",
    ("left", "outer"): "LEFT JOIN",
    ("right", "outer"): "RIGHT JOIN",
    ("full", "outer"): "FULL JOIN",
    ("left", "semi"): "SEMI JOIN",
    ("left", "anti"): "ANTI JOIN",
    ("left", "asof"): "ASOF LEFT JOIN",
    ("left", "window"): "LEFT JOIN",
}


def _filter_inside(source: Source) -> None:
    """Leave out rows of other tables before an outer join adds rows of its own."""
    if source.filter:
        source.sql = f"(SELECT * FROM {source.sql} AS {source.ref} WHERE {source.filter})"
        source.filter = ""


def _time_equality(node: Node, rules: Expressions, left: Source, right: Source) -> str:
    """The condition of `from a, b where a.ts = b.ts`, which stands in WHERE, or of a window join."""
    if node.args.get("using"):
        low, high = (rules.translate(part).sql for part in node.args["using"])
        assert left.time is not None
        assert right.time is not None
        return f"{right.time.sql} BETWEEN {left.time.sql} + {low} AND {left.time.sql} + {high}"
    select = node.find_ancestor(exp.Select)
    where = select.args.get("where") if select is not None else None
    if where is None or not _has_time_equality(where, rules, [left], right):
        raise EngineError(0x80002701, _TIME_CONDITION)
    return "true"


def _has_time_equality(condition: Node, rules: Expressions, left: list[Source], right: Source) -> bool:
    if isinstance(condition, exp.And | exp.Paren):
        parts = [condition.this, condition.args.get("expression")]
        return any(_has_time_equality(part, rules, left, right) for part in parts if part is not None)
    if not isinstance(condition, exp.EQ):
        return False
    sides = {rules.translate(condition.this).sql, rules.translate(condition.expression).sql}
    times = {source.time.sql for source in left if source.time is not None}
    return right.time is not None and right.time.sql in sides and bool(sides & times)


def _source(compiler: Compiler, node: Node) -> Source:
    ref = f"s{compiler.n_sources}"
    compiler.n_sources += 1
    alias = node.args["alias"].name if node.args.get("alias") else ""
    if isinstance(node, exp.Subquery):
        query = compiler.query(node.this)
        return subquery_source(query.sql, query.columns, query.precision, alias, ref)
    if not isinstance(node, exp.Table):
        raise not_emulated("this FROM clause")
    database = node.text("db") or None
    system = database or compiler.session.current_database()
    if system in SYSTEM_DATABASES:
        columns, sql = compiler.session.system_table(system, node.name)
        return relation_source(columns, sql, alias or node.name, ref)
    table = compiler.session.lookup(database, node.name)
    compiler.tables.append(table)
    return table_source(table, alias or table.name, ref)
