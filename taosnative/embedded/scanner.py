"""Walks the text of an INSERT by expressions, without making tokens of it: the text may be long."""

from __future__ import annotations

import re
from collections.abc import Callable

from .catalog import Column, Database
from .protocol import EngineError
from .tokens import DATABASE_NOT_SPECIFIED, lower_unquoted
from .values import syntax_error

INVALID_OPERATION = 0x80000200
INVALID_COLUMN = 0x80002602

_SPACE = re.compile(r"(?:\s++|--[^\n]*+|/\*.*?\*/)*+", re.DOTALL)
_NAME = re.compile(r"`([^`]+)`|([A-Za-z_][A-Za-z_0-9]*)|(\?)|'([^']+)'|\"([^\"]+)\"")
_WORD = re.compile(r"[A-Za-z_]\w*")


class Scanner:
    """A place in a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.name_end = 0  #: where the name taken last ended

    def skip(self) -> None:
        """Pass space and comments."""
        found = _SPACE.match(self.text, self.position)
        assert found is not None
        self.position = found.end()

    def sign(self, sign: str) -> bool:
        """Take a sign, when it comes next."""
        self.skip()
        if self.text.startswith(sign, self.position):
            self.position += len(sign)
            return True
        return False

    def word(self, *words: str) -> bool:
        """Take one of these words, when it comes next."""
        self.skip()
        found = _WORD.match(self.text, self.position)
        if found and found[0].lower() in words:
            self.position = found.end()
            return True
        return False

    def name(self, *, lower: bool = True) -> str | None:
        """Take a name, None where none comes next."""
        self.skip()
        found = _NAME.match(self.text, self.position)
        if found is None:
            return None
        self.position = self.name_end = found.end()
        quoted, bare, mark, single, double = found.groups()
        return quoted or (bare.lower() if bare and lower else bare) or mark or single or double

    def at_end(self) -> bool:
        """Whether nothing follows, or a semicolon."""
        self.skip()
        return self.position >= len(self.text) or self.text[self.position] == ";"

    def rest(self, start: int | None = None) -> str:
        """The text from here or a place on, as errors quote it."""
        start = self.position if start is None else start
        return lower_unquoted(self.text[start:])

    def expect(self, sign: str) -> None:
        """Take a sign, which must come next."""
        if not self.sign(sign):
            raise syntax_error(self.rest(), f"{sign} expected")

    def required_name(self) -> str:
        """Take a name, which must come next."""
        name = self.name()
        if name is None:
            raise syntax_error(self.rest(), "invalid data or symbol")
        return name

    def table_name(self, find_database: Callable[[str | None], Database]) -> tuple[Database, str]:
        """Take a table's name, and find its database."""
        first = self.required_name()
        if self.sign("."):
            return find_database(first), self.required_name()
        try:
            return find_database(None), first
        except EngineError as missing:
            if missing.code == DATABASE_NOT_SPECIFIED:
                raise EngineError(INVALID_OPERATION, "db is not specified") from None
            raise

    def name_list(self) -> list[str]:
        """Take names up to the bracket that closes their list."""
        names: list[str] = []
        while not self.sign(")"):
            names.append(self.required_name())
            self.sign(",")
        return names

    def bound_columns(self, columns: list[Column]) -> list[Column] | None:
        """The columns of a list in brackets, or None where there is no list."""
        if not self.sign("("):
            return None
        chosen = choose_columns(columns, self.name_list())
        if columns[0].physical == "c0" and columns[0] not in chosen:
            raise EngineError(INVALID_OPERATION, "Primary timestamp column should not be null")
        return chosen


def choose_columns(columns: list[Column], names: list[str]) -> list[Column]:
    """The columns of those names, in the order of these."""
    by_name = {column.name: column for column in columns}
    for number, name in enumerate(names):
        if name not in by_name:
            raise EngineError(INVALID_COLUMN, f"Invalid column name: {name}")
        if name in names[:number]:
            raise syntax_error(name, "duplicated column name")
    return [by_name[name] for name in names]
