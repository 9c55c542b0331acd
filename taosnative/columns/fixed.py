"""Columns of fixed width: integers, booleans, floats and times, each exact, from arrays and from Python objects."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from . import times
from ._bind import Column, fixed_column
from ._pack import unpack_floats, unpack_integers
from .refusal import refuse_column
from .source import Array, Mask, Source, Target, dtype_refused, has_nan, marks, refuse_first

#: Digits of a second → numpy's unit.
_UNITS: Final = {3: "ms", 6: "us", 9: "ns"}
_INTEGERS: Final = "an integer column takes integers, booleans and floats that are whole numbers"
_FLOATS: Final = "a FLOAT or DOUBLE column takes floats, and integers that it holds exactly"
_BOOLEANS: Final = "a BOOL column takes booleans, and the integers 0 and 1"


def integers(source: Source, target: Target) -> Column:
    """A column of integers of any width."""
    wanted = np.dtype(target.field.info.dtype)
    source = _integer_source(source, target, unsigned=wanted.kind == "u")
    array = source.array
    if array.dtype != wanted:
        if array.dtype.kind == "f":
            source = _whole_floats(source, target, wanted)
        elif not np.can_cast(array.dtype, wanted):
            _check_range(source, target, wanted)
        with np.errstate(invalid="ignore"):  # what is masked may be anything
            array = source.array.astype(wanted)
    return fixed_column(target.code, array, marks(source.mask))


def _integer_source(source: Source, target: Target, *, unsigned: bool, accepted: str = _INTEGERS) -> Source:
    """The source as an array of numbers: objects are taken out one by one."""
    if source.objects is not None:
        out = np.empty(len(source.objects), "u8" if unsigned else "i8")
        nulls = np.zeros(len(source.objects), "?")
        n_nulls = unpack_integers(
            source.objects, out, nulls.view("u1"), target.name, unsigned, source.nan_is_null, accepted
        )
        return Source(out, nulls if n_nulls else None, nan_is_null=False)
    if source.array.dtype.kind not in "iubf":
        dtype_refused(source.array, target, accepted)
    return source


def _check_range(source: Source, target: Target, wanted: np.dtype[Any]) -> None:
    own, limits = np.iinfo(source.array.dtype), np.iinfo(wanted)
    reason = f"is not within {limits.min} … {limits.max}, what {target.field.type} holds"
    if own.min < limits.min:
        refuse_first(source.array < source.array.dtype.type(limits.min), source, target, reason)
    if own.max > limits.max:
        refuse_first(source.array > source.array.dtype.type(limits.max), source, target, reason)


def _whole_floats(source: Source, target: Target, wanted: np.dtype[Any]) -> Source:
    if source.nan_is_null and has_nan(source.array):
        source = source.missing(np.isnan(source.array))
    limits = np.iinfo(wanted)
    numbers = source.array.astype("f8") if source.array.dtype.itemsize < 8 else source.array
    refuse_first(~(numbers == np.trunc(numbers)), source, target, "is no whole number")
    reason = f"is not within {limits.min} … {limits.max}, what {target.field.type} holds"
    refuse_first(~((numbers >= float(limits.min)) & (numbers < float(limits.max + 1))), source, target, reason)
    return source


def booleans(source: Source, target: Target) -> Column:
    """A BOOL column."""
    if source.objects is None and source.array.dtype.kind == "f":
        dtype_refused(source.array, target, _BOOLEANS)
    source = _integer_source(source, target, unsigned=False, accepted=_BOOLEANS)
    array = source.array
    if array.dtype.kind != "b":
        refuse_first((array != 0) & (array != 1), source, target, f"is neither 0 nor 1; {_BOOLEANS}")
        array = array.astype("?")
    return fixed_column(target.code, array.view("u1"), marks(source.mask))


# ---- floats --------------------------------------------------------------------------------------------------------


def floats(source: Source, target: Target) -> Column:
    """A FLOAT or DOUBLE column; what a FLOAT cannot hold of a float64 is rounded to the nearest."""
    wanted = np.dtype(target.field.info.dtype)
    if source.objects is not None:
        out = np.empty(len(source.objects), "f8")
        nulls = np.zeros(len(source.objects), "?")
        n_nulls = unpack_floats(source.objects, out, nulls.view("u1"), target.name, source.nan_is_null, _FLOATS)
        source = Source(out, nulls if n_nulls else None, nan_is_null=False)
    array = source.array
    if array.dtype.kind not in "iuf":
        dtype_refused(array, target, _FLOATS)
    if source.nan_is_null and array.dtype.kind == "f" and has_nan(array):
        source = source.missing(np.isnan(array))
    if array.dtype != wanted:
        with np.errstate(over="ignore", invalid="ignore"):
            converted = array.astype(wanted)
        if array.dtype.kind == "f":
            beyond = np.isinf(converted) & ~np.isinf(array)
            refuse_first(beyond, source, target, f"is beyond what {target.field.type} holds")
        else:
            refuse_first(_inexact(array, converted), source, target, f"cannot be held exactly by {target.field.type}")
        array = converted
    return fixed_column(target.code, array, marks(source.mask))


def _inexact(integers: Array, floats: Array) -> Mask:
    """Where a float is not the integer that it was made from."""
    limit = float(np.iinfo(integers.dtype).max + 1)
    with np.errstate(invalid="ignore"):
        exact: Mask = (floats < limit) & (floats.astype(integers.dtype) == integers)
    return ~exact


# ---- times ---------------------------------------------------------------------------------------------------------


def times_column(source: Source, target: Target) -> Column:
    """A TIMESTAMP column. It goes unchecked as ticks alone, since the precision is not known then."""
    unit = _UNITS[target.field.precision] if target.checked else None
    if source.objects is not None:
        objects = source.objects
        if unit is not None:
            objects = times.ticks_of_objects(objects, unit, target.name, target.zone)
        source = _integer_source(source._replace(values=objects), target, unsigned=False, accepted=times.ACCEPTED)
    array = source.array
    if array.dtype.kind == "M":
        if unit is None:
            refuse_column(target.name, "datetime64 cannot go as it is: give integers, in the database's precision")
        array, mask = times.ticks_of_array(array, unit, target.name, source.mask)
        source = source._replace(values=array, mask=mask)
    elif array.dtype.kind not in "iu":
        dtype_refused(array, target, times.ACCEPTED)
    elif not np.can_cast(array.dtype, np.int64):
        _check_range(source, target, np.dtype(np.int64))
    return fixed_column(target.code, np.ascontiguousarray(array, dtype="i8"), marks(source.mask))
