"""Question marks in SQL: how many there are, where, and what stands beside them.

taosc neither tells how many binds it will read nor refuses literal tags, which it loses; so a statement's text is
looked at before it is used. This knows strings, names, comments and brackets, and no more of SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from .errors import ProgrammingError

_TOKEN: Final = re.compile(
    r"""
    (?P<blank> \s+ | --[^\n]* | /\*.*?\*/ )
  | (?P<text> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" )
  | (?P<name> `[^`]*` | [^\W\d]\w* )
  | (?P<mark> \? )
  | (?P<other> \d\w* | . )
    """,
    re.VERBOSE | re.DOTALL,
)


#: The first words of a statement that writes rows.
INSERTS: Final = ("insert", "import")


class Marks(NamedTuple):
    """What a statement's text says of its question marks."""

    in_all: int
    table: bool  #: one stands for the name of the table, `insert into ? …`
    tags: int  #: in TAGS (…)
    values: int  #: in VALUES (…)
    literals: int = 0  #: items in VALUES (…) that are none
    verb: str = ""  #: the statement's first word


def find_marks(sql: str) -> Marks:
    """Count the question marks of a statement, clause by clause.

    Raises
    ------
    ProgrammingError
        An INSERT has literals in its TAGS, which the driver would lose without a word.
    """
    tokens = list(_tokens(sql))
    in_all = sum(token == "?" for token in tokens)
    if not tokens or tokens[0] not in INSERTS:
        return Marks(in_all, False, 0, 0, 0, tokens[0] if tokens else "")
    using = _find(tokens, "using")
    tags = _items(tokens, _find(tokens, "tags", using)) if using is not None else []
    if any(item != ["?"] for item in tags):
        shown = ", ".join(" ".join(item) for item in tags)
        raise ProgrammingError(
            f"tags ({shown}) has literals, which a prepared statement loses: put a ? for each and bind its value"
        )
    values = _items(tokens, _find(tokens, "values"))
    table = tokens[2:3] == ["?"] or tokens[3:5] == [".", "?"]
    n_values = sum(item == ["?"] for item in values)
    return Marks(in_all, table, len(tags), n_values, len(values) - n_values, tokens[0])


def name_to_marks(sql: str) -> tuple[str, list[str]]:
    """The statement with a question mark for each ``:name``, and the names in order.

    Raises
    ------
    ProgrammingError
        It has question marks beside them.
    """
    pieces: list[str] = []
    names: list[str] = []
    has_marks = False
    for match in _TOKEN.finditer(sql):
        if match.lastgroup == "name" and pieces and pieces[-1] == ":" and not match[0].startswith("`"):
            names.append(match[0])
            pieces[-1] = "?"
        else:
            has_marks |= match.lastgroup == "mark"
            pieces.append(match[0])
    if names and has_marks:
        raise ProgrammingError(f"the statement has question marks beside :{names[0]}: use the one or the other")
    return "".join(pieces), names


def _tokens(sql: str) -> Iterator[str]:
    """Tokens without blanks and comments; keywords and plain names in lower case."""
    for match in _TOKEN.finditer(sql):
        if match.lastgroup == "name":
            yield match[0] if match[0].startswith("`") else match[0].lower()
        elif match.lastgroup != "blank":
            yield match[0]


def _find(tokens: list[str], keyword: str, start: int | None = 0) -> int | None:
    """Where a keyword stands outside of brackets; TAGS and VALUES before one."""
    depth = 0
    for at in range(start or 0, len(tokens)):
        depth += (tokens[at] == "(") - (tokens[at] == ")")
        if depth == 0 and tokens[at] == keyword and (keyword == "using" or tokens[at + 1 : at + 2] == ["("]):
            return at
    return None


def _items(tokens: list[str], keyword: int | None) -> list[list[str]]:
    """The items, as lists of tokens, of the list in brackets behind a keyword."""
    if keyword is None:
        return []
    items: list[list[str]] = [[]]
    depth = 0
    for token in tokens[keyword + 1 :]:
        depth += (token == "(") - (token == ")")
        if depth == 0:
            break
        if depth == 1 and token == ",":
            items.append([])
        elif depth > 1 or token != "(":
            items[-1].append(token)
    return [item for item in items if item]
