"""What the two halves of the embedded engine say to each other.

The compiled modules have taosc's C functions: handles, raw blocks, bind structs, error numbers; no SQL. The engine
(everything else in this package) knows SQL, tables and DuckDB, and no pointer. This module is all that they share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class EngineError(Exception):
    """A refusal, with TDengine's own error code.

    `code` is unsigned, as in 0x80002603; `message` is the whole text that `taos_errstr` is to give.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code & 0xFFFFFFFF
        self.message = message


class ColumnInfo(NamedTuple):
    """A column of a result set."""

    name: str  #: as taos_fetch_fields tells it, at most 64 bytes of UTF-8
    type: int  #: a type code of `taosnative.types`
    length: int  #: what `taos_fetch_fields` tells as `bytes`: width, declared bytes, or characters of NCHAR


@dataclass(slots=True)
class Outcome:
    """What a statement gave: a number of rows written, or a result set.

    A result set has its rows in one of two forms. `stream` is an object with `__arrow_c_stream__` whose columns stand
    in the order of `columns` as bool, int8 … uint64, float, double, int64 (TIMESTAMP, in ticks of `precision`), utf8
    (VARCHAR, NCHAR, JSON; bytes that are not UTF-8 in the escaped form of `text.py`) or binary. `rows` is a list of
    tuples of bool, int, float, str, bytes and None.
    """

    affected: int = 0
    columns: tuple[ColumnInfo, ...] | None = None  #: None: no result set
    precision: int = 0  #: 0 ms, 1 us, 2 ns
    stream: Any = None
    rows: list[tuple[Any, ...]] = field(default_factory=list)


class ParamField(NamedTuple):
    """A `?` of a statement, as `taos_stmt2_get_fields` tells it."""

    name: str
    type: int
    bytes: int  #: internal width: the two bytes of a length included, four bytes a character of NCHAR
    precision: int  #: of time: 0, 1 or 2
    kind: int  #: 1 column, 2 tag, 3 query, 4 tbname


class BoundColumn(Protocol):
    """Values bound to one `?`: a copy that the engine may keep. Implemented in `_bound.pyx`."""

    type: int  #: TAOS_STMT2_BIND.buffer_type
    n_rows: int

    def values(self) -> list[Any]:
        """The values as bool, int, float, bytes (every variable type), None for NULL and `NONE` for not given."""

    def array(self) -> Any:
        """A fixed-width column's values as a numpy array that shares its memory (BOOL as uint8)."""

    def states(self) -> Any:
        """A uint8 numpy array: 0 value, 1 NULL, 2 not given; or None where every row has a value."""

    def lengths(self) -> Any:
        """A variable column's byte lengths as an int32 numpy array (0 where there is no value)."""


class BoundTable(NamedTuple):
    """What one bind gives one table."""

    tbname: str | None
    tags: Sequence[BoundColumn] | None
    columns: Sequence[BoundColumn] | None


class _None:
    """The mark of a cell that a bind does not mention."""

    def __repr__(self) -> str:
        return "NONE"


#: A cell that is not given: a new row has NULL there, an existing row keeps what it has.
NONE = _None()


class Prepared(Protocol):
    """A statement with `?`, made by `Session.prepare`. Errors are `EngineError`."""

    is_insert: bool

    def fields(self) -> list[ParamField]:
        """Every `?`, in the order of the text. A query's have kind 3 and type 0."""

    def bind(self, tables: Sequence[BoundTable]) -> None:
        """Check and keep values for the next `execute`; a query has one table whose columns have one row each."""

    def execute(self) -> Outcome:
        """Write what was bound (`affected` is of this call), or run the query."""

    def close(self) -> None:
        """Forget what was bound."""


class Session(Protocol):
    """A connection. Calls may come from several threads; the session serialises what it must."""

    def execute(self, sql: str) -> Outcome:
        """Run a statement."""

    def validate(self, sql: str) -> None:
        """Raise what `execute` would raise for this text before it ran."""

    def prepare(self, sql: str) -> Prepared:
        """A statement with `?`; the text is read at the first `fields` or `bind`."""

    def current_database(self) -> str | None:
        """The database that unqualified names are looked up in."""

    def use(self, database: str | None) -> None:
        """Change it; None forgets it."""

    def set_timezone(self, name: str | None) -> None:
        """The zone of time literals without one; None is the server's default (UTC)."""

    def interrupt(self) -> None:
        """Stop what the connection is running, from another thread; it then raises EngineError 0x8000022D."""

    def close(self) -> None:
        """Release what the session holds of its server."""
