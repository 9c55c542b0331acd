"""Values for the question marks of a statement: which types of Python are taken, and what each is bound as.

Alone knows how a value is bound where TDengine tells no type, as in every query. There a TIMESTAMP would have to be
counted in a precision that nobody knows before the query has run; so a time goes as text with a zone, which the server
reads in the precision of the column beside it, and what it needs is compared with that precision afterwards.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

import numpy as np

from .columns._bind import Column
from .columns._pack import is_missing
from .columns.convert import convert
from .columns.source import Target
from .columns.times import placed
from .errors import DataError, NotSupportedError, ProgrammingError
from .marks import INSERTS, Marks, name_to_marks
from .types import BY_NAME, PRECISIONS, Field

#: Values in order, or by their names.
Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]
#: What a statement begins with whose question marks TDengine binds values to.
_BOUND: Final = frozenset({"select", "explain", "(", *INSERTS})
#: Digits behind the second of a time in each precision.
_DIGITS: Final = {"ms": 3, "us": 6, "ns": 9}
#: The first and the last whole second of 64 bits of nanoseconds.
_FIRST_IN_NS: Final = "1677-09-21T00:12:44"
_LAST_IN_NS: Final = "2262-04-11T23:47:16"


class Parameter(NamedTuple):
    """A value as it is bound."""

    type: str  #: TDengine's name of the type
    value: Any  #: what `convert` takes for it
    digits: int | None = None  #: of a time: how many digits of a second it has


def positional(sql: str, parameters: Any) -> tuple[str, Any]:
    """A statement and its parameters, with question marks and a sequence where they were ``:name`` and a mapping.

    Raises
    ------
    ProgrammingError
        The mapping has no value for a name, or the statement has no names.
    """
    if not isinstance(parameters, Mapping):
        return sql, parameters
    marked, names = name_to_marks(sql)
    if parameters and not names:
        raise ProgrammingError(
            "parameters are a mapping, and the statement has no names, such as :name, for its values"
        )
    return marked, in_order(names, parameters)


def in_order(names: Sequence[str], parameters: Any) -> Any:
    """The values of a mapping in the order of the names; a sequence as it is."""
    if not isinstance(parameters, Mapping):
        return parameters
    for name in names:
        if name not in parameters:
            raise ProgrammingError(f"the statement has :{name}, and the parameters have no {name!r}")
    return [parameters[name] for name in names]


def check_row(parameters: Any, marks: Marks) -> list[Any]:
    """The values of one execution, seen to be as many as a statement that can be bound has question marks.

    Raises
    ------
    ProgrammingError
        They are no sequence, or too few or too many; an INSERT has literals beside its question marks, or several rows.
    NotSupportedError
        The statement is of a kind that TDengine binds no values to.
    """
    if type(parameters) not in (tuple, list) and not _is_row(parameters):  # those are almost all, and there may be many
        kind = type(parameters).__name__
        raise ProgrammingError(f"parameters are a sequence, one value for each ?, such as [value], not a {kind}")
    row = list(parameters)
    if len(row) != marks.in_all:
        raise ProgrammingError(f"the statement has {marks.in_all} question marks, and {len(row)} parameters are given")
    if row and marks.verb not in _BOUND:
        raise NotSupportedError(
            f"TDengine binds values to the question marks of SELECT and INSERT, not to those of {marks.verb.upper()}"
        )
    if row and marks.verb in INSERTS:
        _check_insert(marks)
    return row


def _is_row(parameters: Any) -> bool:
    if isinstance(parameters, np.ndarray):
        return parameters.ndim == 1
    return isinstance(parameters, Sequence) and not isinstance(parameters, (str, bytes, bytearray, memoryview))


def _check_insert(marks: Marks) -> None:
    if marks.literals:
        raise ProgrammingError(
            f"values (…) has {marks.literals} literals beside question marks, which TDengine does not bind: "
            "put a ? for each value"
        )
    if marks.in_all != marks.table + marks.tags + marks.values:
        raise ProgrammingError(
            "an INSERT with question marks is bound as one row of one table: put no more than one (…) behind VALUES"
        )


def query_columns(values: Sequence[Any], zone: dt.tzinfo) -> tuple[list[Column], list[Parameter]]:
    """The columns of one value that a query's question marks are bound to, and the times among them.

    Parameters
    ----------
    values
        A value for each question mark.
    zone
        The connection's time zone, of times that have none.

    Raises
    ------
    DataError
        A value is of no type that can be bound, or cannot be bound exactly; says which.
    """
    bound = [_parameter(value, i, zone) for i, value in enumerate(values)]
    columns = [
        convert([parameter.value], Target(Field(str(i), parameter.type, BY_NAME[parameter.type].width), checked=False))
        for i, parameter in enumerate(bound)
    ]
    return columns, [parameter for parameter in bound if parameter.digits is not None]


def without_decimals(values: list[Any], field: Field) -> list[Any]:
    """Values for a column of numbers that takes no Decimals, with the number that each Decimal is.

    Raises
    ------
    DataError
        A Decimal is no number that the column's type holds.
    """
    made = _OF_DECIMALS.get(field.info.dtype[0])
    if made is None or not any(issubclass(kind, decimal.Decimal) for kind in set(map(type, values))):
        return values
    return [made(value, field.name) if isinstance(value, decimal.Decimal) else value for value in values]


def _whole(value: decimal.Decimal, name: str) -> int:
    if not value.is_finite() or value != int(value):
        raise DataError(f"column {name!r}: {value!r:.60} is no whole number")
    return int(value)


def _nearest(value: decimal.Decimal, name: str) -> float:
    if not value.is_finite() or decimal.Decimal(repr(float(value))) != value:
        raise DataError(f"column {name!r}: {value!r:.60} is none of the numbers that a DOUBLE holds")
    return float(value)


#: Kind of a column's dtype → what makes one of its numbers of a Decimal.
_OF_DECIMALS: Final[dict[str, Callable[[decimal.Decimal, str], Any]]] = {"i": _whole, "u": _whole, "f": _nearest}


def check_precision(times: Sequence[Parameter], precision: str) -> None:
    """Refuse times that the precision of what was queried does not hold: the server has cut, or wrapped, them."""
    for time in times:
        if time.digits is not None and time.digits > _DIGITS[precision]:
            finer = next(unit for unit in PRECISIONS if _DIGITS[unit] == time.digits)
            raise DataError(
                f"a parameter is a time in {finer}, and what is queried has times in {precision}, to which the server "
                f"cut it: give it in {precision}"
            )
        if precision == "ns" and not _FIRST_IN_NS <= time.value <= _LAST_IN_NS:
            raise DataError(
                f"a parameter is the time {time.value}, and what is queried has times in ns, which are from "
                f"{_FIRST_IN_NS} to {_LAST_IN_NS}"
            )


def _parameter(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    if isinstance(value, float) or not is_missing(value):
        for kind in type(value).__mro__:
            if (made := _TAKEN.get(kind)) is not None:
                return made(value, i, zone)
        _refuse(value, i, f"is a {type(value).__name__}, which no type of TDengine stands for")
    return Parameter("INT", None)  # any type but that of NULL itself, which the driver does not take


def _refuse(value: Any, i: int, reason: str) -> NoReturn:
    raise DataError(f"parameter {i}: {value!r:.60} {reason}")


def _bool(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    return Parameter("BOOL", bool(value))


def _int(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    number = int(value)
    if not -(2**63) < number < 2**64:
        _refuse(value, i, "is beyond BIGINT and BIGINT UNSIGNED")
    return Parameter("BIGINT" if number < 2**63 else "BIGINT UNSIGNED", number)


def _float(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    number = float(value)
    if not math.isfinite(number):
        _refuse(value, i, "is no number that a query compares with: None is NULL")
    return Parameter("DOUBLE", number)


def _decimal(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    if not value.is_finite():
        _refuse(value, i, "is no number that a query compares with: None is NULL")
    number = float(value)
    if decimal.Decimal(repr(number)) != value:
        _refuse(value, i, "has more digits than a DOUBLE, which is what TDengine takes it for")
    return Parameter("DOUBLE", number)


def _text(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    if "\0" in value:
        _refuse(value, i, "has a NUL character, where the driver would stop reading")
    return Parameter("VARCHAR", str(value))


def _binary(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    return Parameter("VARBINARY", bytes(value))


def _duration(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    _refuse(value, i, "is a duration, which no type of TDengine stands for: give a number in the unit of its column")


def _time(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    try:
        moment = value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value  # pandas' Timestamp
        instant = moment.astimezone(dt.UTC) if moment.tzinfo is not None else placed(moment, i, f"parameter {i}", zone)
    except (OverflowError, NotImplementedError):
        _refuse(value, i, "is not in the years 1 to 9999 in UTC: give a numpy.datetime64")
    fraction = instant.microsecond * 1000 + getattr(value, "nanosecond", 0)
    return _told(instant.replace(microsecond=0, tzinfo=None).isoformat(), f"{fraction:09}")


def _date(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    return _time(dt.datetime(value.year, value.month, value.day), i, zone)


def _datetime64(value: Any, i: int, zone: dt.tzinfo) -> Parameter:
    unit, _ = np.datetime_data(value.dtype)
    if unit in ("ps", "fs", "as", "generic"):
        _refuse(value, i, f"is a datetime64[{unit}], and TDengine's times are in {', '.join(PRECISIONS)}")
    seconds, _, fraction = str(value.astype("M8[s]") if unit in "YMWDhm" else value).partition(".")
    if len(seconds) != len("2026-01-01T00:00:00"):
        _refuse(value, i, "is not in the years 0 to 9999")
    return _told(seconds, fraction)


def _told(seconds: str, fraction: str) -> Parameter:
    """A time in UTC as text, with no more digits than it needs: 0, 3, 6 or 9."""
    needed = fraction.rstrip("0")
    digits = -(-len(needed) // 3) * 3
    return Parameter("VARCHAR", f"{seconds}{'.' if digits else ''}{needed.ljust(digits, '0')}Z", digits)


#: THE table: type of Python → what makes a parameter of it. A value is looked up by its type, then by what that is of.
_TAKEN: Final[dict[type, Callable[[Any, int, dt.tzinfo], Parameter]]] = {
    bool: _bool,
    np.bool_: _bool,
    int: _int,
    np.integer: _int,
    np.timedelta64: _duration,  # numpy's is an integer
    dt.timedelta: _duration,
    float: _float,
    np.float32: _float,
    np.float16: _float,
    str: _text,
    bytes: _binary,
    bytearray: _binary,
    memoryview: _binary,
    decimal.Decimal: _decimal,
    dt.datetime: _time,
    dt.date: _date,
    np.datetime64: _datetime64,
}
