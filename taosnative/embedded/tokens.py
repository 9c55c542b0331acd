"""Tokens of a statement with their places in its text, and the words that may not be names.

TDengine lower-cases a statement outside quotes before it reads it, and quotes the rest of that text in its errors; both
are done here, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from .protocol import EngineError

SYNTAX_ERROR = 0x80002600
INCOMPLETE = 0x80002601
DATABASE_NOT_SPECIFIED = 0x80002616
INVALID_NAME = 0x80002617

#: `taos_errstr` keeps so many bytes of a message.
MESSAGE_BYTES = 511

_RESERVED = """
    account accounts add aggregate alive all alter analyze and apps as asc at_once balance between bigint binary
    bnode bnodes bool buffer bufsize by cache cachemodel cachesize cascade case cast client_version cluster column
    comment comp compact connection connections conns consumer consumers contains count create current_user database
    databases dbs delete desc describe distinct distributed dnode dnodes double drop duration else enable every
    exists expired explain fill first float flush from full function functions geometry grant grants group having if
    ignore in index indexes inner insert int integer interval into is join json keep kill last last_row left
    licences like limit linear local match max_delay maxrows max_speed merge meta minrows minus mnode mnodes modify
    nchar next nmatch none not now null nulls offset on or order outer outputtype pages pagesize partition pass port
    pps precision prev privileges qnode qnodes qtime queries query range ratio read redistribute rename replace
    replica reset retentions revoke right rollup schemaless scores select server_status server_version session set
    show single_stable sliding slimit sma smallint snode snodes soffset split stable stables state state_window
    storage stream streams subscriptions sysinfo table tables tag tags tbname then timestamp timezone tinyint to
    today topic topics transaction transactions trigger trim tseries ttl union unsigned update use user users using
    varbinary varchar variables verbose vgroup vgroups vnodes wal_fsync_period wal_level wal_retention_period
    wal_retention_size watermark when where window_close with write _c0 _irowts _qduration _qend _qstart _rowts
    _wduration _wend _wstart
"""
#: Words that are names only in backquotes.
RESERVED = frozenset(_RESERVED.split())

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|$))
    | (?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
    | (?P<quoted>`(?:[^`]|``)+`)
    | (?P<number>(?:0x[0-9a-f]+|0b[01]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)[a-z_]*)
    | (?P<id>[a-z_][a-z_0-9]*)
    | (?P<op>->|\|\||<=|>=|<>|!=|==|[-+*/%(),.;=<>&|!?~^@:])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_UNQUOTED = re.compile(r"""('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_DOUBLE_ESCAPE = re.compile(r'\\(.)|""', re.DOTALL)
#: What `\%`, `\_` and `\x` mean is for LIKE and VARBINARY to say.
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "%": "\\%", "_": "\\_", "x": "\\x"}


class Token(NamedTuple):
    """A word, name, literal or sign."""

    kind: str  #: "id" (lower-cased), "quoted" (of backquotes), "string", "number", "op", or "end"
    value: str  #: what it says: lower-cased, or free of quotes and escapes
    start: int
    end: int


def lower_unquoted(text: str) -> str:
    """The text as TDengine reads it: lower-case outside quotes."""
    return "".join(part if number % 2 else part.lower() for number, part in enumerate(_UNQUOTED.split(text)))


def unescape_string(literal: str) -> str:
    """What a string literal in its quotes says."""
    inner = literal[1:-1]
    if "\\" not in inner and literal[0] not in inner:
        return inner
    return (_ESCAPE if literal[0] == "'" else _DOUBLE_ESCAPE).sub(_escaped, inner)


def _escaped(found: re.Match[str]) -> str:
    escaped = found[1]
    if escaped is None:
        return found[0][0]
    return _ESCAPED.get(escaped, escaped)


def error(code: int, message: str) -> EngineError:
    """A refusal whose message is as long as `taos_errstr` can tell."""
    encoded = message.encode()
    if len(encoded) > MESSAGE_BYTES:
        message = encoded[:MESSAGE_BYTES].decode(errors="ignore")
    return EngineError(code, message)


def tokenize(text: str) -> list[Token]:
    """All tokens of a statement and an "end"."""
    tokens: list[Token] = []
    position, size = 0, len(text)
    while position < size:
        found = _TOKEN.match(text, position)
        if found is None:
            raise error(SYNTAX_ERROR, f'unrecognized token: "{lower_unquoted(text[position:])}"')
        kind, end = str(found.lastgroup), found.end()
        if kind != "space":
            tokens.append(Token(kind, _VALUES[kind](found[0]), position, end))
        position = end
    tokens.append(Token("end", "", size, size))
    return tokens


_VALUES: dict[str, Callable[[str], str]] = {
    "string": unescape_string,
    "quoted": lambda text: text[1:-1],
    "number": str.lower,
    "id": str.lower,
    "op": lambda text: text,
}


class Reader:
    """Walks the tokens of a statement; what it does not find where it must be is a syntax error."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.index]

    def peek(self, ahead: int = 1) -> Token:
        """The token after the next."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take the next token."""
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def at(self, *words: str) -> bool:
        """Whether one of these words or signs comes next."""
        token = self.token
        return token.kind in ("id", "op") and token.value in words

    def accept(self, *words: str) -> bool:
        """Take these words, when all of them come next."""
        for ahead, word in enumerate(words):
            token = self.peek(ahead)
            if token.kind not in ("id", "op") or token.value != word:
                return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take these words, which must come next."""
        for word in words:
            if not self.accept(word):
                self.fail()

    def fail(self, token: Token | None = None) -> NoReturn:
        """Refuse the statement at a token, the next unless told."""
        token = token or self.token
        if token.kind == "end":
            raise EngineError(INCOMPLETE, "Incomplete SQL statement")
        raise error(SYNTAX_ERROR, f'syntax error near "{self.rest(token.start)}"')

    def rest(self, start: int) -> str:
        """The text from a place on, as errors quote it."""
        return lower_unquoted(self.text[start:])

    def end(self) -> None:
        """Nothing but a semicolon may follow."""
        if not self.at(";") and self.token.kind != "end":
            self.fail()

    def name(self, limit: int = 64) -> str:
        """Take a name: a word that is not reserved, or anything in backquotes."""
        token = self.token
        if token.kind not in ("id", "quoted") or (token.kind == "id" and token.value in RESERVED):
            self.fail()
        self.index += 1
        if len(token.value.encode()) > limit:
            raise error(INVALID_NAME, f"Invalid identifier name: {self.rest(token.start)}")
        return token.value

    def string(self) -> str:
        """Take a string literal."""
        if self.token.kind != "string":
            self.fail()
        return self.next().value

    def integer(self) -> int:
        """Take a whole number."""
        if self.token.kind != "number" or not self.token.value.isdigit():
            self.fail()
        return int(self.next().value)
