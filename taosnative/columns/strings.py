"""Text in numpy's own strings of variable width, which came with numpy 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from taosnative.errors import DataError, NotSupportedError


def string_dtype() -> np.dtype[Any]:
    """The dtype of strings among which None is NULL.

    Raises
    ------
    NotSupportedError
        This numpy has none.
    """
    make = getattr(getattr(np, "dtypes", None), "StringDType", None)
    if make is None:
        raise NotSupportedError(f"strings='stringdtype' needs numpy 2 or newer, and this is {np.__version__}")
    dtype: np.dtype[Any] = make(na_object=None)
    return dtype


def as_strings(name: str, array: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """A column of str objects as strings of numpy's; masked where it was.

    Raises
    ------
    DataError
        There are escapes of what is no text, which numpy's strings cannot hold.
    """
    try:
        made = np.ma.getdata(array).astype(dtype)
    except UnicodeEncodeError as error:
        raise DataError(
            f"column {name!r}: text that is not UTF-8, whose escapes numpy's strings cannot hold; "
            f"read it with strings='object' or errors='replace'"
        ) from error
    is_masked = isinstance(array, np.ma.MaskedArray)
    return np.ma.MaskedArray(made, mask=np.ma.getmaskarray(array), copy=False) if is_masked else made
