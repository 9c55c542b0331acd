"""What PEP 249 has a module offer beside its classes: type objects, constructors, and a column's description."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final, NamedTuple

from .types import BY_CODE, TYPES, Field, Kind, TypeInfo


class TypeCode(int):
    """TDengine's number of a type, as `Column.type_code` has it; it equals one of the type objects.

    A number and no name: what knows none of TDengine's types, but reads names (polars does), would take a TIMESTAMP for
    another database's, which has microseconds and no zone.
    """

    @property
    def name(self) -> str:
        """What `Field.type` calls the type: "INT UNSIGNED"."""
        return BY_CODE[self].name

    def __repr__(self) -> str:
        return f"<TypeCode {self.name}: {int(self)}>"


class TypeObject:
    """A family of TDengine's types: it equals the code of each, as `Column.type_code` has it.

    Examples
    --------
    >>> cursor.execute("select ts, current from meters")
    >>> [column.name for column in cursor.description if column.type_code == taosnative.NUMBER]
    ['current']
    """

    def __init__(self, name: str, types: Iterable[TypeInfo]) -> None:
        self.name = name
        self.types = frozenset(info.code for info in types)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypeObject):
            return self.name == other.name
        return other in self.types if isinstance(other, int) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # what equals many codes cannot share the hash of each

    def __repr__(self) -> str:
        return f"taosnative.{self.name}"


STRING: Final = TypeObject("STRING", (info for info in TYPES if info.text))
BINARY: Final = TypeObject("BINARY", (info for info in TYPES if info.kind is Kind.VARIABLE and not info.text))
NUMBER: Final = TypeObject(
    "NUMBER", (info for info in TYPES if info.kind is Kind.DECIMAL or (info.kind is Kind.FIXED and info.dtype != "M8"))
)
DATETIME: Final = TypeObject("DATETIME", (info for info in TYPES if info.dtype == "M8"))
ROWID: Final = TypeObject("ROWID", ())  #: TDengine has none: a row's key is its time

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> datetime.date:  # noqa: N802 (the name is PEP 249's)
    """The local date of a number of seconds since 1970 in UTC."""
    return datetime.date.fromtimestamp(ticks)


def TimeFromTicks(ticks: float) -> datetime.time:  # noqa: N802 (the name is PEP 249's)
    """The local time of day of a number of seconds since 1970 in UTC."""
    return datetime.datetime.fromtimestamp(ticks).time()


def TimestampFromTicks(ticks: float) -> datetime.datetime:  # noqa: N802 (the name is PEP 249's)
    """The instant of a number of seconds since 1970 in UTC, with this computer's offset from UTC.

    It has an offset so that it stays that instant: a connection takes a time without one for one of its own zone.
    """
    return datetime.datetime.fromtimestamp(ticks, datetime.UTC).astimezone()


class Column(NamedTuple):
    """What `Cursor.description` tells of a column."""

    name: str
    type_code: TypeCode  #: equals one of the type objects
    display_size: int | None
    internal_size: int  #: bytes of a value; the declared length of a variable one (NCHAR: characters)
    precision: int | None  #: DECIMAL: digits in all; TIMESTAMP: digits of a second
    scale: int | None  #: DECIMAL: digits behind the point
    null_ok: bool | None  #: None: TDengine does not tell


def described(field: Field) -> Column:
    """A column of a result as PEP 249 describes one."""
    scale = field.scale if field.info.kind is Kind.DECIMAL else None
    return Column(field.name, TypeCode(field.info.code), None, field.bytes, field.precision or None, scale, None)
