"""The grammar of TDengine's SELECT, as a parser of sqlglot's; `expression_grammar.py` has the expressions.

It reads from left to right and refuses a statement at the first token that no statement could go on with, since
TDengine's error quotes the text from that token on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from .expression_grammar import ExpressionParser, Node
from .nodes import Fill, Select, Window
from .scope import not_emulated
from .tokens import lower_unquoted

_FILL_MODES = frozenset(("none", "null", "null_f", "value", "value_f", "prev", "next", "linear", "near"))
_JOIN_KINDS = frozenset(("outer", "semi", "anti", "asof", "window"))


class Parser(ExpressionParser):
    """Reads one query."""

    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        """The tree of the one statement that the tokens are."""
        self.reset()
        self.sql = sql
        self._chunks = [raw_tokens]
        self._advance_chunk()
        self._n_marks = 0
        if self._at("explain"):
            raise not_emulated("EXPLAIN")
        query = self._query()
        if self._curr:
            self._fail()
        return [query]

    # -- queries

    def _query(self) -> Node:
        left = self._query_term()
        while self._word("union"):
            every = self._word("all")
            left = exp.Union(this=left, expression=self._query_term(), distinct=not every)
        if self._word("order"):
            self._need("by")
            left.set("order", exp.Order(expressions=self._list(self._ordered)))
        for name, skip in (("slimit", "soffset"), ("limit", "offset")):
            if self._word(name):
                left.set(name, self._limit(skip))
        return left

    def _query_term(self) -> Node:
        if self._match(TokenType.L_PAREN):
            query = self._query()
            self._sign(TokenType.R_PAREN)
            return exp.Subquery(this=query)
        self._need("select")
        return self._select()

    def _ordered(self) -> Node:
        value = self._common()
        descending = self._word("desc")
        if not descending:
            self._word("asc")
        first = not descending
        if self._word("nulls"):
            first = self._word("first")
            if not first:
                self._need("last")
        return exp.Ordered(this=value, desc=descending, nulls_first=first)

    def _limit(self, skip: str) -> Node:
        first = self._count()
        if self._word(skip):
            return exp.Limit(expression=first, offset=self._count())
        if self._match(TokenType.COMMA):
            return exp.Limit(expression=self._count(), offset=first)
        return exp.Limit(expression=first)

    def _select(self) -> Node:
        select = Select()
        if self._word("tags"):
            select.set("tags", True)
        elif self._word("distinct"):
            select.set("distinct", True)
        else:
            self._word("all")
        select.set("expressions", self._list(self._item))
        if self._word("from"):
            select.set("from_", exp.From(this=self._tables()))
        if self._word("where"):
            select.set("where", self._common())
        if self._word("partition"):
            self._need("by")
            select.set("partition", exp.Tuple(expressions=self._list(self._partition_item)))
        if self._word("range"):
            select.set("range", exp.Tuple(expressions=self._wrapped(self._expression)))
        if self._word("every"):
            select.set("every", self._wrapped(self._duration)[0])
        if self._at("fill"):
            select.set("fill", self._fill())
        self._window_clause(select)
        if self._word("group"):
            self._need("by")
            select.set("group", exp.Group(expressions=self._list(self._common)))
        if self._word("having"):
            select.set("having", self._common())
        return select

    def _item(self) -> Node:
        """An item of the select list, under the name that its column gets."""
        start = self._curr.start
        if self._match(TokenType.STAR):
            return exp.Star()
        value = self._common()
        if isinstance(value, exp.Column) and isinstance(value.this, exp.Star):
            return value
        text = lower_unquoted(self.sql[start : self._prev.end + 1])
        return self._aliased(value, text)

    def _partition_item(self) -> Node:
        start = self._curr.start
        value = self._common()
        return self._aliased(value, lower_unquoted(self.sql[start : self._prev.end + 1]))

    def _aliased(self, value: Node, text: str) -> Node:
        explicit = self._word("as")
        if explicit or self._is_name():
            return exp.Alias(this=value, alias=self._name(), explicit=True)
        return exp.Alias(this=value, alias=exp.Identifier(this=text, quoted=False))

    # -- FROM

    def _tables(self) -> Node:
        left = self._joined()
        while self._match(TokenType.COMMA):
            left = exp.Join(this=left, method=self._joined(), kind="inner")
        return left

    def _joined(self) -> Node:
        left = self._table()
        while True:
            side, kind = "", "inner"
            if self._at("left", "right", "full"):
                side, kind = self._take().text, "outer"
                if self._at(*_JOIN_KINDS):
                    kind = self._take().text
            elif not self._word("inner") and not self._at("join"):
                return left
            self._need("join")
            left = exp.Join(this=left, method=self._table(), side=side, kind=kind)
            if self._word("on"):
                left.set("on", self._common())
            if self._word("window_offset"):
                left.set("using", self._wrapped(self._signed_duration))
            if self._word("jlimit"):
                left.set("expressions", [self._count()])

    def _table(self) -> Node:
        if self._match(TokenType.L_PAREN):
            if self._at("select") or self._curr.token_type is TokenType.L_PAREN:
                source: Node = exp.Subquery(this=self._query())
            else:
                source = self._joined()
            self._sign(TokenType.R_PAREN)
        else:
            first = self._name()
            in_database = self._match(TokenType.DOT)
            source = exp.Table(this=self._name(), db=first) if in_database else exp.Table(this=first)
        if self._word("as") or self._is_name():
            source.set("alias", self._name())
        return source

    # -- windows

    def _window_clause(self, select: Select) -> None:
        for kind, read in self._WINDOWS.items():
            if self._word(kind):
                select.set("window_clause", read(self))
                if self._at("fill"):
                    select.set("fill", self._fill())
                return

    def _interval(self) -> Node:
        arguments = self._wrapped(self._duration)
        if len(arguments) > 2:
            self._fail()
        sliding = self._wrapped(self._duration)[0] if self._word("sliding") else None
        return Window(this="interval", expressions=arguments, sliding=sliding)

    def _session(self) -> Node:
        self._sign(TokenType.L_PAREN)
        column = self._expression()
        self._sign(TokenType.COMMA)
        gap = self._duration()
        self._sign(TokenType.R_PAREN)
        return Window(this="session", expressions=[column, gap])

    def _state_window(self) -> Node:
        return Window(this="state_window", expressions=self._wrapped(self._common))

    def _event_window(self) -> Node:
        self._need("start", "with")
        start = self._common()
        self._need("end", "with")
        return Window(this="event_window", start=start, end=self._common())

    def _count_window(self) -> Node:
        return Window(this="count_window", expressions=self._wrapped(self._count))

    _WINDOWS: ClassVar[dict[str, Callable[[Parser], Node]]] = {
        "interval": _interval,
        "session": _session,
        "state_window": _state_window,
        "event_window": _event_window,
        "count_window": _count_window,
    }

    def _fill(self) -> Node:
        self._need("fill")
        self._sign(TokenType.L_PAREN)
        if not self._at(*_FILL_MODES):
            self._fail()
        mode = self._take().text
        values = self._list(self._expression) if self._match(TokenType.COMMA) else []
        self._sign(TokenType.R_PAREN)
        return Fill(this=mode, expressions=values)

    def _signed_duration(self) -> Node:
        negative = self._match(TokenType.DASH)
        duration = self._duration()
        if negative:
            duration.set("this", -duration.this)
        return duration
