"""The half of the grammar that reads expressions and conditions.

A predicate is no expression here, as in TDengine: `a and b` is a syntax error, `a = 1 and b = 2` is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NoReturn

from sqlglot import exp
from sqlglot.parser import Parser as SqlglotParser
from sqlglot.tokenizer_core import Token, TokenType

from .nodes import Contains, Duration, Negated, Pseudo, TypeName
from .protocol import EngineError
from .tokens import INCOMPLETE, RESERVED, SYNTAX_ERROR, error, lower_unquoted, unescape_string

Node = exp.Expr

#: Words that are no names here.
_KEYWORDS = RESERVED | frozenset(
    ("anti", "asof", "count_window", "event_window", "jlimit", "semi", "slimit", "soffset", "window", "window_offset")
)

#: Binary operators from the weakest to the strongest.
_LEVELS: tuple[dict[TokenType, type[exp.Binary]], ...] = (
    {TokenType.AMP: exp.BitwiseAnd, TokenType.PIPE: exp.BitwiseOr},
    {TokenType.PLUS: exp.Add, TokenType.DASH: exp.Sub},
    {TokenType.STAR: exp.Mul, TokenType.SLASH: exp.Div, TokenType.MOD: exp.Mod},
)
_COMPARISONS: dict[TokenType, type[exp.Binary]] = {
    TokenType.EQ: exp.EQ,
    TokenType.NEQ: exp.NEQ,
    TokenType.LT: exp.LT,
    TokenType.LTE: exp.LTE,
    TokenType.GT: exp.GT,
    TokenType.GTE: exp.GTE,
}
_WORD_COMPARISONS: dict[str, type[exp.Binary]] = {
    "like": exp.Like,
    "match": exp.RegexpLike,
    "contains": Contains,
}
_PREDICATES = (
    *_COMPARISONS.values(),
    *_WORD_COMPARISONS.values(),
    Negated,
    exp.And,
    exp.Or,
    exp.Not,
    exp.Is,
    exp.In,
    exp.Between,
)

#: Reserved words that are functions, with what they may be called with: nothing at all, or also `*`.
_STAR_FUNCTIONS = frozenset(("count", "first", "last", "last_row"))
_BARE_FUNCTIONS = frozenset(
    (
        "now",
        "today",
        "timezone",
        "database",
        "client_version",
        "server_version",
        "server_status",
        "current_user",
        "user",
    )
)
_RESERVED_FUNCTIONS = _STAR_FUNCTIONS | frozenset(("trim", "replace", "substr", "substring", "position"))
#: Pseudo columns.
_PSEUDO = frozenset(
    (
        "tbname",
        "_c0",
        "_rowts",
        "_wstart",
        "_wend",
        "_wduration",
        "_qstart",
        "_qend",
        "_qduration",
        "_irowts",
        "_isfilled",
        "_qtag",
    )
)

#: Names of a cast's types: code, and whether a length follows.
_TYPES = {
    "bool": (1, False),
    "tinyint": (2, False),
    "smallint": (3, False),
    "int": (4, False),
    "integer": (4, False),
    "bigint": (5, False),
    "float": (6, False),
    "double": (7, False),
    "timestamp": (9, False),
    "varchar": (8, True),
    "binary": (8, True),
    "nchar": (10, True),
    "varbinary": (16, True),
    "geometry": (20, True),
}
_UNSIGNED = {2: 11, 3: 12, 4: 13, 5: 14}


class ExpressionParser(SqlglotParser):
    """Reads expressions, and knows how tokens are taken."""

    _n_marks = 0

    # -- tokens

    def _fail(self, token: Token | None = None) -> NoReturn:
        token = token or self._curr
        if not token:
            raise EngineError(INCOMPLETE, "Incomplete SQL statement")
        raise error(SYNTAX_ERROR, f'syntax error near "{lower_unquoted(self.sql[token.start :])}"')

    def _at(self, *words: str) -> bool:
        return self._curr.token_type is TokenType.VAR and self._curr.text in words

    def _word(self, *words: str) -> bool:
        """Take these words, when all of them come next."""
        index = self._index
        for word in words:
            if not self._at(word):
                self._retreat(index)
                return False
            self._advance()
        return True

    def _need(self, *words: str) -> None:
        for word in words:
            if not self._word(word):
                self._fail()

    def _sign(self, kind: TokenType) -> None:
        if not self._match(kind):
            self._fail()

    def _take(self) -> Token:
        token = self._curr
        self._advance()
        return token

    def _is_name(self) -> bool:
        kind = self._curr.token_type
        return kind is TokenType.IDENTIFIER or (kind is TokenType.VAR and self._curr.text not in _KEYWORDS)

    def _name(self) -> exp.Identifier:
        if not self._is_name():
            self._fail()
        return exp.Identifier(this=self._take().text, quoted=False)

    def _list(self, read: Callable[[], Node]) -> list[Node]:
        items = [read()]
        while self._match(TokenType.COMMA):
            items.append(read())
        return items

    def _wrapped(self, read: Callable[[], Node]) -> list[Node]:
        self._sign(TokenType.L_PAREN)
        items = self._list(read)
        self._sign(TokenType.R_PAREN)
        return items

    def _duration(self) -> Node:
        token = self._curr
        if token.token_type is TokenType.INTERVAL:
            self._advance()
            return Duration(this=int(token.text[:-1]), unit=token.text[-1])
        if token.token_type is TokenType.NUMBER and token.text.isdigit():
            self._advance()
            return Duration(this=int(token.text), unit="")
        return self._fail()

    # -- conditions

    def _common(self) -> Node:
        """An expression, or a condition: one that is joined by OR."""
        return self._connected("or", exp.Or, lambda: self._connected("and", exp.And, self._negation))

    def _connected(self, word: str, kind: type[exp.Connector], read: Callable[[], Node]) -> Node:
        left = read()
        while self._at(word):
            if not is_condition(left):
                self._fail()
            self._advance()
            right = read()
            if not is_condition(right):
                self._fail()
            left = kind(this=left, expression=right)
        return left

    def _negation(self) -> Node:
        if not self._word("not"):
            return self._predicate()
        operand = self._negation()
        if not is_condition(operand):
            self._fail()
        return exp.Not(this=operand)

    def _predicate(self) -> Node:
        left = self._expression()
        if is_condition(left):
            return left
        comparison = _COMPARISONS.get(self._curr.token_type)
        if comparison is not None:
            self._advance()
            return comparison(this=left, expression=self._operand())
        if self._curr.token_type is not TokenType.VAR:
            return left
        if self._word("is"):
            negated = self._word("not")
            self._need("null")
            test = exp.Is(this=left, expression=exp.Null())
            return exp.Not(this=test) if negated else test
        if self._word("nmatch"):
            return Negated(this=exp.RegexpLike(this=left, expression=self._operand()))
        negated = self._at("not") and self._next.text.lower() in ("like", "in", "between")
        if negated:
            self._advance()
        predicate = self._word_predicate(left)
        return Negated(this=predicate) if negated else predicate

    def _word_predicate(self, left: Node) -> Node:
        if self._word("between"):
            low = self._operand()
            self._need("and")
            return exp.Between(this=left, low=low, high=self._operand())
        if self._word("in"):
            return exp.In(this=left, expressions=self._wrapped(self._literal_in_list))
        comparison = _WORD_COMPARISONS.get(self._curr.text)
        if comparison is None:
            return left
        self._advance()
        return comparison(this=left, expression=self._operand())

    def _literal_in_list(self) -> Node:
        if self._at("select"):
            self._fail()
        return self._operand()

    # -- expressions

    def _operand(self) -> Node:
        value = self._expression()
        if is_condition(value):
            self._fail()
        return value

    def _expression(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self._expression(level + 1)
        operators = _LEVELS[level]
        while (operator := operators.get(self._curr.token_type)) is not None:
            if is_condition(left):
                self._fail()
            self._advance()
            right = self._expression(level + 1)
            if is_condition(right):
                self._fail()
            left = operator(this=left, expression=right)
        return left

    def _unary(self) -> Node:
        if self._match(TokenType.PLUS):
            return self._unary()
        if self._match(TokenType.DASH):
            if self._curr.token_type is TokenType.NUMBER:
                return exp.Literal(this="-" + self._take().text, is_string=False)
            return exp.Neg(this=self._unary())
        value = self._primary()
        if self._match(TokenType.ARROW):
            if not isinstance(value, exp.Column) or self._curr.token_type is not TokenType.STRING:
                self._fail()
            return exp.JSONExtract(this=value, expression=self._literal())
        return value

    def _primary(self) -> Node:
        kind = self._curr.token_type
        if kind is TokenType.NUMBER or kind is TokenType.STRING:
            return self._literal()
        if kind is TokenType.INTERVAL:
            return self._duration()
        if kind is TokenType.PLACEHOLDER:
            return self._mark()
        if kind is TokenType.L_PAREN:
            self._advance()
            if self._at("select"):
                self._fail()
            value = self._common()
            self._sign(TokenType.R_PAREN)
            return exp.Paren(this=value)
        if kind is TokenType.VAR:
            special = self._WORDS.get(self._curr.text)
            if special is not None:
                return special(self)
        return self._named()

    def _literal(self) -> Node:
        token = self._take()
        if token.token_type is TokenType.NUMBER:
            return exp.Literal(this=token.text, is_string=False)
        raw = self.sql[token.start : token.end + 1]
        literal = exp.Literal(this=unescape_string(raw), is_string=True)
        literal.meta["raw"] = raw[1:-1]
        return literal

    def _count(self) -> Node:
        if self._curr.token_type is TokenType.PLACEHOLDER:
            return self._mark()
        if self._curr.token_type is not TokenType.NUMBER or not self._curr.text.isdigit():
            self._fail()
        return exp.Literal(this=self._take().text, is_string=False)

    def _mark(self) -> Node:
        self._advance()
        self._n_marks += 1
        return exp.Placeholder(this=str(self._n_marks - 1))

    def _named(self) -> Node:
        """A column, a pseudo column or a function."""
        token = self._curr
        if token.token_type is TokenType.VAR:
            following = self._next.token_type
            if token.text in _PSEUDO:
                self._advance()
                return Pseudo(this=token.text)
            if token.text in _BARE_FUNCTIONS:
                self._advance()
                if self._match(TokenType.L_PAREN):
                    self._sign(TokenType.R_PAREN)
                return exp.Anonymous(this=token.text, expressions=[])
            callable_ = token.text in _RESERVED_FUNCTIONS or token.text not in _KEYWORDS
            if following is TokenType.L_PAREN and callable_:
                return self._function()
        name = self._name()
        if not self._match(TokenType.DOT):
            return exp.Column(this=name)
        if self._match(TokenType.STAR):
            return exp.Column(this=exp.Star(), table=name)
        if self._at(*_PSEUDO):
            return Pseudo(this=self._take().text, table=name)
        return exp.Column(this=self._name(), table=name)

    def _function(self) -> Node:
        name = self._take().text
        self._sign(TokenType.L_PAREN)
        special = self._ARGUMENTS.get(name)
        if special is not None:
            arguments = special(self)
        elif self._curr.token_type is TokenType.R_PAREN and name not in _STAR_FUNCTIONS:
            arguments = []
        elif self._curr.token_type is TokenType.STAR and name in _STAR_FUNCTIONS:
            self._advance()
            arguments = [exp.Star()]
        else:
            arguments = self._list(self._operand)
        self._sign(TokenType.R_PAREN)
        return exp.Anonymous(this=name, expressions=arguments)

    def _trim_arguments(self) -> list[Node]:
        """`trim(both 'x' from v)` as trim(v, 'x', both)."""
        side = self._take().text if self._at("both", "leading", "trailing") else ""
        if self._word("from"):
            return [self._operand(), exp.Literal.string(" "), exp.Literal.string(side)]
        first = self._operand()
        if self._word("from"):
            return [self._operand(), first, exp.Literal.string(side or "both")]
        return [first]

    def _position_arguments(self) -> list[Node]:
        needle = self._operand()
        self._need("in")
        return [needle, self._operand()]

    def _substring_arguments(self) -> list[Node]:
        arguments = [self._operand()]
        if self._word("from"):
            arguments.append(self._operand())
            if self._word("for"):
                arguments.append(self._operand())
            return arguments
        while self._match(TokenType.COMMA):
            arguments.append(self._operand())
        return arguments

    def _char_arguments(self) -> list[Node]:
        arguments = self._list(self._operand)
        if self._word("using"):
            self._fail(self._prev)
        return arguments

    _ARGUMENTS: ClassVar[dict[str, Callable[[ExpressionParser], list[Node]]]] = {
        "trim": _trim_arguments,
        "position": _position_arguments,
        "substr": _substring_arguments,
        "substring": _substring_arguments,
        "char": _char_arguments,
    }

    def _constant(self, node: Callable[[], Node]) -> Node:
        self._advance()
        return node()

    def _case(self) -> Node:
        self._advance()
        operand = None if self._at("when") else self._common()
        branches = []
        while self._word("when"):
            condition = self._common()
            self._need("then")
            branches.append(exp.If(this=condition, true=self._common()))
        if not branches:
            self._fail()
        default = self._common() if self._word("else") else None
        self._need("end")
        return exp.Case(this=operand, ifs=branches, default=default)

    def _cast(self) -> Node:
        self._advance()
        self._sign(TokenType.L_PAREN)
        value = self._common()
        self._need("as")
        to = self._type_name()
        self._sign(TokenType.R_PAREN)
        return exp.Cast(this=value, to=to)

    def _type_name(self) -> Node:
        found = _TYPES.get(self._curr.text) if self._curr.token_type is TokenType.VAR else None
        if found is None:
            self._fail()
        self._advance()
        code, has_length = found
        if code in _UNSIGNED and self._word("unsigned"):
            code = _UNSIGNED[code]
        length = None
        if has_length and self._match(TokenType.L_PAREN):
            length = int(self._count().this)
            self._sign(TokenType.R_PAREN)
        return TypeName(this=code, length=length)

    def _timestamp_literal(self) -> Node:
        self._advance()
        if self._curr.token_type is not TokenType.STRING:
            self._fail()
        return exp.Cast(this=self._literal(), to=TypeName(this=9))

    _WORDS: ClassVar[dict[str, Callable[[ExpressionParser], Node]]] = {
        "true": lambda self: self._constant(lambda: exp.Boolean(this=True)),
        "false": lambda self: self._constant(lambda: exp.Boolean(this=False)),
        "null": lambda self: self._constant(exp.Null),
        "case": _case,
        "cast": _cast,
        "timestamp": _timestamp_literal,
    }


def is_condition(node: Node) -> bool:
    """Whether a node is a predicate, which no arithmetic and no function takes."""
    while isinstance(node, exp.Paren):
        node = node.this
    return isinstance(node, _PREDICATES)
