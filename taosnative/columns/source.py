"""A caller's column, taken apart, and what it has to become."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from ..types import Field
from .refusal import refuse, refuse_column

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


class Target(NamedTuple):
    """What a column is converted to, and how strictly."""

    field: Field
    nullable: bool = True  #: False of a table's key: its first column, the time, and its second where it is one
    zone: dt.tzinfo = dt.UTC  #: of times that have none
    checked: bool = True  #: False: only laid out as the type wants it; the driver judges the values

    @property
    def name(self) -> str:
        """The column's name."""
        return self.field.name

    @property
    def limit(self) -> int | None:
        """The most bytes (NCHAR: characters) of a value; None where nobody looks."""
        return self.field.bytes if self.checked else None

    @property
    def code(self) -> int:
        """The type's number in the C API."""
        return self.field.info.code


class Source(NamedTuple):
    """A caller's column: an array of numbers, times or text, or a list of Python objects, and what is NULL in it."""

    values: Array | list[Any]
    mask: Mask | None  #: True where there is NULL
    nan_is_null: bool

    @property
    def objects(self) -> list[Any] | None:
        """The list of objects, if it is one."""
        return self.values if isinstance(self.values, list) else None

    @property
    def array(self) -> Array:
        """The array, of a source that is no list of objects."""
        assert isinstance(self.values, np.ndarray)
        return self.values

    def missing(self, missing: Mask) -> Source:
        """The same with more NULLs."""
        return self._replace(mask=missing if self.mask is None else self.mask | missing)

    def as_objects(self) -> list[Any]:
        """The values as Python objects, None where there is NULL."""
        if isinstance(self.values, list):
            return self.values
        objects: list[Any] = self.values.tolist()
        if self.mask is None:
            return objects
        return [None if masked else value for value, masked in zip(objects, self.mask.tolist(), strict=True)]


def take_apart(values: Any, target: Target) -> Source:
    """What a caller gave as a column, as a `Source`; what is no column is refused."""
    if isinstance(values, (str, bytes, bytearray, dict, set)) or not hasattr(values, "__len__"):
        refuse_column(target.name, f"a column is an array or a sequence of values, not a {type(values).__name__}")
    if isinstance(values, np.ma.MaskedArray):
        mask = None if values.mask is np.ma.nomask else np.ascontiguousarray(np.ma.getmaskarray(values))
        return _of_array(np.ma.getdata(values), mask, target, nan_is_null=False)
    if isinstance(values, np.ndarray) or hasattr(values, "__array__"):
        return _of_array(np.asarray(values), None, target, nan_is_null=target.checked)
    return Source(list(values), None, nan_is_null=target.checked)


def _of_array(array: Array, mask: Mask | None, target: Target, *, nan_is_null: bool) -> Source:
    if array.ndim != 1:
        refuse_column(target.name, f"a column has one dimension, this array has {array.ndim}: {array.shape}")
    if array.dtype.kind in "OT" or array.dtype.itemsize == 0:
        return Source(Source(array, mask, nan_is_null).as_objects(), None, nan_is_null)
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return Source(np.ascontiguousarray(array), mask, nan_is_null)


def has_nan(array: Array) -> bool:
    """Whether a NaN is in an array of floats, without a temporary array."""
    with np.errstate(invalid="ignore"):
        return bool(len(array)) and bool(np.isnan(np.minimum.reduce(array)))


def dtype_refused(array: Array, target: Target, accepted: str) -> NoReturn:
    """Refuse an array for its dtype."""
    refuse_column(target.name, f"an array of {array.dtype} is not taken by {target.field.type}: {accepted}")


def marks(mask: Mask | None) -> Array | None:
    """A byte a row, 1 where there is NULL; None where there is none."""
    return None if mask is None or not mask.any() else np.ascontiguousarray(mask).view("u1")


def refuse_first(bad: Mask, source: Source, target: Target, reason: str) -> None:
    """Refuse the first row that is bad and not NULL, if there is one."""
    if source.mask is not None:
        bad = bad & ~source.mask
    if bad.any():
        row = int(bad.argmax())
        refuse(target.name, row, source.array[row].item(), reason)
