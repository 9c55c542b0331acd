"""A value in a query: DuckDB's expression for it, and the type that TDengine gives it.

Knows what each of TDengine's types is in DuckDB, and how a value of one becomes a value of another in a comparison or
in a sum. What `cast` does is in `casts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

BOOL, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE = 1, 2, 3, 4, 5, 6, 7
VARCHAR, TIMESTAMP, NCHAR = 8, 9, 10
UTINYINT, USMALLINT, UINT, UBIGINT, JSON, VARBINARY, GEOMETRY = 11, 12, 13, 14, 15, 16, 20
#: The type of a bare NULL; a result column of it is a VARCHAR of no bytes.
NULL: Final = 0

SIGNED = frozenset((TINYINT, SMALLINT, INT, BIGINT))
UNSIGNED = frozenset((UTINYINT, USMALLINT, UINT, UBIGINT))
INTEGERS = SIGNED | UNSIGNED
REALS = frozenset((FLOAT, DOUBLE))
NUMBERS = INTEGERS | REALS
TEXTS = frozenset((VARCHAR, NCHAR))
BINARIES = frozenset((VARBINARY, GEOMETRY))

#: What DuckDB calls a type's values.
DUCKDB: Final[dict[int, str]] = {
    NULL: "VARCHAR",
    BOOL: "BOOLEAN",
    TINYINT: "TINYINT",
    SMALLINT: "SMALLINT",
    INT: "INTEGER",
    BIGINT: "BIGINT",
    FLOAT: "FLOAT",
    DOUBLE: "DOUBLE",
    VARCHAR: "VARCHAR",
    TIMESTAMP: "BIGINT",
    NCHAR: "VARCHAR",
    UTINYINT: "UTINYINT",
    USMALLINT: "USMALLINT",
    UINT: "UINTEGER",
    UBIGINT: "UBIGINT",
    JSON: "VARCHAR",
    VARBINARY: "BLOB",
    GEOMETRY: "BLOB",
}
#: Bytes of a value of fixed width.
WIDTH: Final[dict[int, int]] = {
    BOOL: 1,
    TINYINT: 1,
    SMALLINT: 2,
    INT: 4,
    BIGINT: 8,
    FLOAT: 4,
    DOUBLE: 8,
    TIMESTAMP: 8,
    UTINYINT: 1,
    USMALLINT: 2,
    UINT: 4,
    UBIGINT: 8,
}


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression of DuckDB's with TDengine's type."""

    sql: str
    type: int
    length: int  #: width, or declared bytes (characters of NCHAR)
    literal: Any = None  #: the value of a literal: bool, int, float, str
    unit: str | None = None  #: of a duration: the letter; `literal` is then the count
    exact: bool = False  #: DuckDB's type of `sql` is the right one, so no cast is needed
    predicate: bool = False  #: a comparison, which in SQL may be NULL and in TDengine is false then
    raw: str | None = None  #: of a text literal: what stands between its quotes
    shown: str | None = None  #: what a result column has in place of `sql`

    @property
    def output(self) -> str:
        """The expression as a result column."""
        if self.shown is not None:
            return self.shown
        value = f"coalesce({self.sql}, false)" if self.predicate else self.sql
        return value if self.exact else f"CAST({value} AS {DUCKDB[self.type]})"


def fixed(sql: str, code: int) -> Typed:
    """An expression of a type of fixed width."""
    return Typed(sql, code, WIDTH[code])


def quote(text: str) -> str:
    """A text as DuckDB's literal."""
    return "'" + text.replace("'", "''") + "'"


def text_number(sql: str) -> str:
    """The number that a text begins with, as C's strtod reads it; 0 where it begins with none, NULL of NULL."""
    found = rf"regexp_extract({sql}, '^\s*([-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?))', 1)"
    return f"(CASE WHEN {sql} IS NOT NULL THEN coalesce(try_cast({found} AS DOUBLE), 0) END)"


def number(value: Typed) -> str:
    """A value as a DOUBLE."""
    if value.type in TEXTS:
        return text_number(value.sql)
    if value.type == BOOL:
        return f"(({value.output})::TINYINT)::DOUBLE"
    return f"({value.sql})::DOUBLE"


def condition(value: Typed) -> str:
    """A value where a condition is due: a number is true unless it is 0."""
    if value.type == BOOL:
        return value.sql
    if value.type == NULL:
        return "NULL"
    return f"({number(value)} <> 0)"
