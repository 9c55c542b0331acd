"""Names in SQL: how one is quoted, and which a table may have.

TDengine takes a name without backquotes in lower case, and one in backquotes as it stands. A backquote cannot be part
of a name that is quoted: there is no escape for it.
"""

from __future__ import annotations

import re
from typing import Final

from .errors import ProgrammingError

#: Bytes that a table's name may have.
LONGEST_TABLE_NAME: Final = 192

_PART: Final = re.compile(r"`([^`]+)`|([^`.\s]+)")


def quote_name(name: str) -> str:
    """A name in backquotes, so that SQL takes it as it stands.

    Raises
    ------
    ProgrammingError
        It is empty, or has a backquote, a NUL or a line break in it.
    """
    if not name or any(character in name for character in "`\0\n\r"):
        raise ProgrammingError(f"{name!r} cannot be a name: it is empty, or has a backquote, a NUL or a line break")
    return f"`{name}`"


def split_name(text: str) -> tuple[str | None, str]:
    """The database, if any, and the table that `database.table` names, as they are stored.

    Parts without backquotes are taken in lower case, as SQL takes them.

    Raises
    ------
    ProgrammingError
        It is no name of a table.
    """
    parts: list[str] = []
    at = 0
    while (match := _PART.match(text, at)) and len(parts) < 2:
        parts.append(match[1] or match[2].lower())
        at = match.end()
        if at == len(text):
            return (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])
        if text[at] != ".":
            break
        at += 1
    raise ProgrammingError(f"{text!r} names no table: give table, database.table, or parts in `backquotes`")


def name_fault(name: str) -> str | None:
    """Why a table cannot have this name, as the end of a sentence; None where it can."""
    if _is_plain(name) and len(name) <= LONGEST_TABLE_NAME:
        return None
    if not name:
        return "is empty"
    n_bytes = len(name.encode("utf-8", "surrogatepass"))
    if n_bytes > LONGEST_TABLE_NAME:
        return f"has {n_bytes} bytes, and the name of a table has {LONGEST_TABLE_NAME} at most"
    if any("\ud800" <= character <= "\udfff" for character in name):
        return "has a lone surrogate in it, which no encoding can hold"
    for character in ".`\0\n\r":
        if character in name:
            return f"has {character!r} in it, which the name of a table cannot have"
    return None


def bound_name(name: str, database: str | None = None) -> bytes:
    """A table's name as a statement takes it, which `name_fault` has nothing against.

    A statement takes a plain name as it stands, in the case that it has; another one needs backquotes. A table of
    another database than the connection's is named with its database.
    """
    if database is not None:
        return f"{quote_name(database)}.{quote_name(name)}".encode()
    return (name if _is_plain(name) else quote_name(name)).encode()


def _is_plain(name: str) -> bool:
    return name.isascii() and name.isidentifier()
