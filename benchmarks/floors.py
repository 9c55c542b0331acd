"""The floors in C (`floors.c`), compiled on the spot and called in this process without the GIL."""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SOURCE = Path(__file__).with_name("floors.c")
INCLUDE = Path(__file__).parents[1] / "include"
MOST_ROWS_OF_A_TABLE = 32767  #: that one bind takes
ROWS_A_BIND = 100_000  #: of all tables of one bind


class FloorColumn(NamedTuple):
    """A column as stmt2 takes it; `lengths` of one of variable width, whose values lie end to end."""

    type: int
    values: np.ndarray[Any, Any]
    lengths: np.ndarray[Any, Any] | None = None


class _Column(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("width", ctypes.c_int),
        ("values", ctypes.c_void_p),
        ("lengths", ctypes.c_void_p),
        ("starts", ctypes.c_void_p),
    )


class _Work(ctypes.Structure):
    _fields_ = (
        ("sql", ctypes.c_char_p),
        ("interlaced", ctypes.c_int),
        ("n_columns", ctypes.c_int),
        ("columns", ctypes.POINTER(_Column)),
        ("names", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("n_tables", "rows_a_table", "rows_a_bind", "tables_a_bind")),
    )


def compile_c(source: Path, library: Path, *flags: str) -> Path:
    """Compile a shared library by the platform's compiler, against taosnative's headers."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("the floors are programs in C: a compiler that is called cc is needed")
    command = [compiler, "-shared", "-fPIC", "-O3", "-std=gnu11", "-Wall", "-Werror", f"-I{INCLUDE}", *flags]
    subprocess.run([*command, "-o", str(library), str(source), "-ldl"], check=True)
    return library


@functools.cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(compile_c(SOURCE, Path(tempfile.mkdtemp()) / "floors.so")))
    library.floor_open.restype = ctypes.c_void_p
    library.floor_open.argtypes = [ctypes.c_char_p] * 5 + [ctypes.c_int]
    library.floor_text.restype = ctypes.c_char_p
    library.floor_text.argtypes = library.floor_close.argtypes = [ctypes.c_void_p]
    library.floor_walk.restype = library.floor_insert.restype = ctypes.c_int64
    int_ptr = ctypes.POINTER(ctypes.c_int64)
    library.floor_walk.argtypes = [ctypes.c_void_p, ctypes.c_char_p, *[ctypes.c_int] * 3, int_ptr]
    library.floor_insert.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Work), int_ptr]
    return library


class Insert:
    """An insert by stmt2 that is ready to be run: it keeps what it points at."""

    def __init__(
        self,
        sql: str,
        columns: Sequence[FloorColumn],
        *,
        names: Sequence[bytes] | None = None,
        interlaced: bool = False,
    ) -> None:
        self.n_rows = len(columns[0].values if columns[0].lengths is None else columns[0].lengths)
        rows_a_table = self.n_rows // (1 if names is None else len(names))
        rows_a_bind = min(rows_a_table, MOST_ROWS_OF_A_TABLE)
        self._kept: list[Any] = [*columns]
        self._names = None if names is None else (ctypes.c_char_p * len(names))(*names)
        self.work = _Work(
            sql.encode(),
            interlaced,
            len(columns),
            (_Column * len(columns))(*map(self._column, columns)),
            None if self._names is None else ctypes.addressof(self._names),
            1 if names is None else len(names),
            rows_a_table,
            rows_a_bind,
            max(1, ROWS_A_BIND // rows_a_bind) if names is not None else 1,
        )

    def _column(self, column: FloorColumn) -> _Column:
        if column.lengths is None:
            return _Column(column.type, column.values.itemsize, column.values.ctypes.data, None, None)
        starts = np.concatenate([[0], np.cumsum(column.lengths, dtype="i8")])
        self._kept.append(starts)
        return _Column(column.type, 0, column.values.ctypes.data, column.lengths.ctypes.data, starts.ctypes.data)


class Floor:
    """A connection of a C program. Each method gives the seconds that the work took in C."""

    def __init__(
        self,
        driver: Path,
        host: str | None = None,
        port: int = 0,
        user: str | None = None,
        password: str | None = None,
        database: str | None = None,
    ) -> None:
        texts = [None if text is None else text.encode() for text in (host, user, password, database)]
        self._floor = _library().floor_open(str(driver).encode(), *texts, port)
        self._check(0 if not _library().floor_text(self._floor) else -1)

    def _check(self, nanoseconds: int) -> float:
        if nanoseconds < 0:
            raise RuntimeError(_library().floor_text(self._floor).decode())
        return nanoseconds / 1e9

    def walk(self, sql: str, n_rows: int, *, copies: bool = False, n_masks: int = 0, n_times: int = 1) -> float:
        """A query and a walk of its blocks, which have so many rows in all.

        `copies`: with a memcpy of each block, and as many bytes of zeros as `n_masks` masks of its rows have.
        """
        found = ctypes.c_int64()
        walked = _library().floor_walk(self._floor, sql.encode(), n_times, copies, n_masks, ctypes.byref(found))
        seconds = self._check(walked)
        assert found.value == n_rows * n_times, f"{found.value} rows came of {n_rows * n_times}"
        return seconds

    def insert(self, work: Insert) -> float:
        """All rows in."""
        found = ctypes.c_int64()
        seconds = self._check(_library().floor_insert(self._floor, ctypes.byref(work.work), ctypes.byref(found)))
        assert found.value == work.n_rows, f"{found.value} rows went in of {work.n_rows}"
        return seconds

    def close(self) -> None:
        """Log out."""
        _library().floor_close(self._floor)
