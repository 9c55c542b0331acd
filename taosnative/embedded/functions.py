"""What a function of TDengine's is, and how it is found by name.

The tables of functions are in `scalars.py`, `aggregates.py` and `series.py`.

A row of a table says how many arguments the function takes, and translates a call into a typed expression of DuckDB's
or refuses it in TDengine's words.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .protocol import EngineError
from .scope import not_emulated
from .typed import NULL, Typed

if TYPE_CHECKING:
    from .expressions import Expressions

NOT_EXISTS = 0x80000374
WRONG_NUMBER = 0x80002801
WRONG_TYPE = 0x80002802
WRONG_RANGE = 0x80002811


class Kind(enum.Enum):
    """What a function makes of rows."""

    SCALAR = 0  #: a value of each
    AGGREGATE = 1  #: one value of many
    PICK = 2  #: one row of many, whose other columns may be asked for too
    ROWS = 3  #: some rows of many


@dataclass(slots=True)
class Call:
    """A call of a function, with its arguments over the rows it is given."""

    over: Expressions  #: who translated the arguments
    function: Function
    arguments: list[Typed]

    def wrong_type(self) -> EngineError:
        """The refusal of an argument's type."""
        return EngineError(WRONG_TYPE, f"Invalid parameter data type : {self.function.name}")

    def wrong_range(self) -> EngineError:
        """The refusal of an argument's value."""
        return EngineError(WRONG_RANGE, f"Invalid parameter range : {self.function.name}")

    def take(self, position: int, types: frozenset[int]) -> Typed:
        """An argument that must be of one of these types, or NULL."""
        value = self.arguments[position]
        if value.type not in types and value.type != NULL:
            raise self.wrong_type()
        return value

    def constant(self, position: int, kind: type | tuple[type, ...] = int) -> Any:
        """An argument that must be a literal."""
        value = self.arguments[position].literal
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.wrong_type()
        return value


@dataclass(frozen=True, slots=True)
class Function:
    """A row of a table of functions."""

    name: str
    kind: Kind
    least: int
    most: int
    translate: Callable[[Call], Typed]
    counts: bool = False  #: an aggregate that has a value, 0, of no rows
    order: Callable[[Call], tuple[str, str]] | None = None  #: of a PICK: DuckDB's arg_min or arg_max, and its key


FUNCTIONS: dict[str, Function] = {}

#: Functions that TDengine has and this engine has not.
NOT_EMULATED = frozenset(
    (
        "st_geomfromtext",
        "st_makepoint",
        "st_intersects",
        "st_equals",
        "st_touches",
        "st_covers",
        "st_contains",
        "st_containsproperly",
        "to_json",
        "forecast",
        "_block_dist",
    )
)


def register(*functions: Function) -> None:
    """Enter rows of a table."""
    FUNCTIONS.update((function.name, function) for function in functions)


def scalar(name: str, least: int, most: int, translate: Callable[[Call], Typed]) -> Function:
    """A row of the table of functions that give a value of each row."""
    return Function(name, Kind.SCALAR, least, most, translate)


def lookup(name: str) -> Function:
    """The function of a name."""
    function = FUNCTIONS.get(name)
    if name in NOT_EMULATED:
        raise not_emulated(name)
    if function is None:
        raise EngineError(NOT_EXISTS, "Func not exists")
    return function


def check_count(function: Function, count: int) -> None:
    """Refuse a call with too few or too many arguments."""
    if not function.least <= count <= function.most:
        raise EngineError(WRONG_NUMBER, f"Invalid number of parameters : {function.name}")
