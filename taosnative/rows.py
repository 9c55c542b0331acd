"""Row factories: what a row of `Cursor` and of `Result.rows` is, other than a tuple.

A factory is called once for a result, with its columns, and gives what makes a row of a tuple of values. Whatever
cannot be right for any row, such as two columns of one name in a dict, it refuses there, before the first row.
"""

from __future__ import annotations

import dataclasses
import keyword
import re
from collections import Counter, namedtuple
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from .errors import InterfaceError
from .types import Field

RowT = TypeVar("RowT")

Values: TypeAlias = tuple[Any, ...]
#: Makes a row of its values.
RowMaker: TypeAlias = Callable[[Values], RowT]
#: Makes what makes the rows of a result that has these columns.
RowFactory: TypeAlias = Callable[[Sequence[Field]], RowMaker[RowT]]


def tuple_row(fields: Sequence[Field]) -> RowMaker[Values]:
    """Rows as tuples, the default."""
    return tuple


def dict_row(fields: Sequence[Field]) -> RowMaker[dict[str, Any]]:
    """Rows as dicts, by the columns' names.

    Raises
    ------
    InterfaceError
        Two columns have one name.
    """
    names = _names(fields)
    return lambda values: dict(zip(names, values, strict=True))


def namedtuple_row(fields: Sequence[Field]) -> RowMaker[Any]:
    """Rows as named tuples.

    What a name of Python cannot have becomes an underscore, and a name that then begins with a digit or an underscore,
    or is a keyword, gets an "f" before it: ``count(*)`` is ``count___`` and ``_wstart`` is ``f_wstart``.

    Raises
    ------
    InterfaceError
        Two columns have one name.
    """
    names = [re.sub(r"\W", "_", name) for name in _names(fields)]
    names = [f"f{name}" if re.match(r"[\d_]", name) or keyword.iskeyword(name) else name for name in names]
    _check_once(names)
    make: RowMaker[Any] = namedtuple("Row", names)._make  # type: ignore[attr-defined]
    return make


def class_row(cls: type[RowT]) -> RowFactory[RowT]:
    """Rows as objects of a class, a dataclass for one, that takes the columns as keyword arguments.

    Raises
    ------
    InterfaceError
        By the factory: two columns have one name, or a dataclass has no such field, or one that no column gives.
    """

    def factory(fields: Sequence[Field]) -> RowMaker[RowT]:
        names = _names(fields)
        if dataclasses.is_dataclass(cls):
            _check_fields(cls, names)
        return lambda values: cls(**dict(zip(names, values, strict=True)))

    return factory


def args_row(function: Callable[..., RowT]) -> RowFactory[RowT]:
    """Rows as what a function gives of their values, as positional arguments."""
    return lambda fields: lambda values: function(*values)


def kwargs_row(function: Callable[..., RowT]) -> RowFactory[RowT]:
    """Rows as what a function gives of their values, as keyword arguments by the columns' names."""

    def factory(fields: Sequence[Field]) -> RowMaker[RowT]:
        names = _names(fields)
        return lambda values: function(**dict(zip(names, values, strict=True)))

    return factory


def scalar_row(fields: Sequence[Field]) -> RowMaker[Any]:
    """Rows as the value of the one column that there is.

    Raises
    ------
    InterfaceError
        There are more columns.
    """
    if len(fields) != 1:
        raise InterfaceError(f"scalar_row is for one column, and the result has {len(fields)}")
    return lambda values: values[0]


def _names(fields: Sequence[Field]) -> list[str]:
    names = [field.name for field in fields]
    _check_once(names)
    return names


def _check_once(names: list[str]) -> None:
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise InterfaceError(f"more than one column is called {twice[0]!r}: use an alias, or rows as tuples")


def _check_fields(cls: Any, names: list[str]) -> None:
    known = {field.name: field for field in dataclasses.fields(cls) if field.init}
    missing = dataclasses.MISSING
    needed = [name for name, one in known.items() if one.default is missing and one.default_factory is missing]
    if unknown := [name for name in names if name not in known]:
        raise InterfaceError(f"{cls.__name__} has no field {unknown[0]!r}, which the result has: use an alias")
    if lacking := [name for name in needed if name not in names]:
        raise InterfaceError(f"{cls.__name__} has a field {lacking[0]!r}, and the result has no such column")
