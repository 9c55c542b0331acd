"""Columns of a batch as a view that DuckDB's SQL can read.

Fixed-width columns are numpy arrays, masked where they have NULLs; text and bytes are object arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import numpy as np

from ..types import BY_CODE, Kind
from .protocol import NONE
from .text import escape


def stage(cursor: duckdb.DuckDBPyConnection, name: str, columns: Sequence[tuple[str, int, Sequence[Any]]]) -> None:
    """Register columns (name, type code, parts) as a view; `cursor.unregister(name)` forgets it.

    A part is a BoundColumn, a numpy array without NULLs, or a list of Python values, None and `NONE`.
    """
    cursor.register(name, {column: _joined(code, parts) for column, code, parts in columns})


def _joined(code: int, parts: Sequence[Any]) -> Any:
    info = BY_CODE[code]
    if info.kind is Kind.FIXED:
        dtype = np.dtype("i8" if info.dtype == "M8" else info.dtype)
        arrays = [_fixed(part, dtype) for part in parts]
        masked = any(isinstance(array, np.ma.MaskedArray) for array in arrays)
        return np.ma.concatenate(arrays) if masked else np.concatenate(arrays)
    convert: Callable[[bytes], Any] = escape if info.text else bytes
    cells = [cell for part in parts for cell in _cells(part, convert)]
    joined = np.empty(len(cells), dtype=object)
    joined[:] = cells
    return joined


def _fixed(part: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(part, np.ndarray):
        return part
    if isinstance(part, list):
        mask = [cell is None or cell is NONE for cell in part]
        if True in mask:
            filled = [0 if missing else cell for cell, missing in zip(part, mask, strict=True)]
            return np.ma.MaskedArray(np.array(filled, dtype), mask)
        return np.array(part, dtype)
    array, states = part.array().view(dtype), part.states()
    return array if states is None else np.ma.MaskedArray(array, states != 0)


def _cells(part: Any, convert: Callable[[bytes], Any]) -> list[Any]:
    if isinstance(part, list):
        return [None if cell is NONE else cell for cell in part]
    return [None if cell is None or cell is NONE else convert(cell) for cell in part.values()]
