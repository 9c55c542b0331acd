"""TDengine's SQL as a dialect of sqlglot: its tokens, and how a text becomes a tree.

Every word is one token, lower-cased outside quotes, and its place in the text is kept: TDengine names a result column
by the statement's own text and quotes that text in its errors. The grammar is in `grammar.py`, the nodes that sqlglot
lacks are in `nodes.py`.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer as SqlglotTokenizer

from .grammar import Parser
from .tokens import SYNTAX_ERROR, error, lower_unquoted

#: The units that a duration may have, as in `10m`.
DURATION_UNITS = frozenset("buasmhdwny")


class Tokenizer(SqlglotTokenizer):
    """TDengine's tokens. A word is never a keyword here, for where it stands decides."""

    QUOTES: ClassVar = ["'", '"']
    IDENTIFIERS: ClassVar = ["`"]
    STRING_ESCAPES: ClassVar = ["'", '"', "\\"]
    COMMANDS: ClassVar = set()
    VAR_SINGLE_TOKENS: ClassVar = set()
    KEYWORDS: ClassVar = {
        "<=": TokenType.LTE,
        ">=": TokenType.GTE,
        "<>": TokenType.NEQ,
        "!=": TokenType.NEQ,
        "==": TokenType.EQ,
        "||": TokenType.DPIPE,
        "->": TokenType.ARROW,
    }

    def tokenize(self, sql: str) -> list[Token]:
        """The tokens up to the first semicolon; a duration such as `10m` is one of them."""
        try:
            raw = super().tokenize(sql)
        except TokenError:
            start = _unterminated(sql)
            raise error(SYNTAX_ERROR, f'unrecognized token: "{lower_unquoted(sql[start:])}"') from None
        tokens: list[Token] = []
        for token in raw:
            kind = token.token_type
            if kind is TokenType.SEMICOLON and tokens:
                break
            if kind is TokenType.NUMBER and _is_fraction(tokens, token):
                tokens.pop()
                token.start -= 1
                token.text = "." + token.text
            if kind is TokenType.VAR:
                if tokens and _joined(tokens[-1], token):
                    continue
                token.text = token.text.lower()
            tokens.append(token)
        return tokens


def _is_fraction(tokens: list[Token], number: Token) -> bool:
    """Whether the dot before a number is the number's own, as in `.5`, and not a name's, as in `a.5`."""
    if not tokens or tokens[-1].token_type is not TokenType.DOT or tokens[-1].end + 1 != number.start:
        return False
    before = tokens[-2] if len(tokens) > 1 else None
    is_name = before is not None and before.token_type in (TokenType.VAR, TokenType.IDENTIFIER)
    return not (is_name and before is not None and before.end + 1 == tokens[-1].start)


def _joined(number: Token, word: Token) -> bool:
    """Whether a word ends the number that it touches, which then is a duration or a hexadecimal number."""
    if number.token_type is not TokenType.NUMBER or number.end + 1 != word.start:
        return False
    suffix = word.text.lower()
    if suffix in DURATION_UNITS and number.text.isdigit():
        number.token_type = TokenType.INTERVAL
    elif number.text == "0" and suffix[0] in "xb":
        number.token_type = TokenType.UNKNOWN
    else:
        return False
    number.text += suffix
    number.end = word.end
    return True


def _unterminated(text: str) -> int:
    """Where the quote opens that nothing closes."""
    quote, opened, position = "", 0, 0
    while position < len(text):
        character = text[position]
        if quote and character == "\\" and quote != "`":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote, opened = character, position
        position += 1
    return opened


class TDengine(Dialect):
    """TDengine 3.3's SELECT."""

    Tokenizer = Tokenizer
    Parser = Parser


def parse(text: str) -> exp.Expr:
    """The tree of a SELECT, or TDengine's syntax error."""
    tokens = TDengine().tokenize(text)
    (tree,) = Parser(dialect=TDengine).parse(tokens, text)
    assert tree is not None
    return tree
