"""How fast results become numpy arrays, beside a C program's walk and memcpy of the same blocks, and beside taospy.

Each type alone, text, NULLs, wide tables, and queries that return one row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks.harness import Case, timed
from benchmarks.targets import Data, Target
from taosnative.types import BY_NAME, Field

N_ROWS = 250_000  #: of text, NULLs and rows
N_MIXED = 1_000_000
#: Of a column of numbers, but at most so many rows: with fewer bytes the fixed cost of a result would be measured, as
#: tiny queries are there for.
N_BYTES = 8_000_000
MOST_NUMBERS = 4_000_000
N_WIDE = 100
N_TINY = 200
#: What numeric columns are held to, beside the memcpy.
NUMERIC_TARGET = 1.5
#: The tables of other libraries, and what they are held to, beside numpy().
TABLES = ("arrow", "df", "pl")
TABLE_TARGET = 1.3
FIXED = [
    "BOOL", "TINYINT", "SMALLINT", "INT", "BIGINT", "TINYINT UNSIGNED", "SMALLINT UNSIGNED", "INT UNSIGNED",
    "BIGINT UNSIGNED", "FLOAT", "DOUBLE", "TIMESTAMP",
]  # fmt: skip
MIXED = ["TIMESTAMP", "FLOAT", "INT", "FLOAT"]


def numbers(kind: str, n_rows: int, seed: int = 7) -> np.ndarray[Any, Any]:
    """Values of a type of fixed width."""
    random = np.random.default_rng(seed)
    dtype = np.dtype("M8[ms]" if kind == "TIMESTAMP" else BY_NAME[kind].dtype)
    if dtype.kind == "M":
        return np.datetime64("2026-01-01", "ms") + np.arange(n_rows)
    if dtype.kind == "f":
        return random.random(n_rows).astype(dtype)
    return random.integers(0, 2 if dtype.kind == "b" else 100, n_rows).astype(dtype)


def column(kind: str, n_rows: int, *, name: str = "v", null_share: float = 0.0, seed: int = 7) -> Data:
    """A column of a type of fixed width; so many of its values are NULL."""
    values: Any = numbers(kind, n_rows, seed)
    if null_share:
        missing = np.random.default_rng(seed).random(n_rows) < null_share
        values = [None if is_missing else value for value, is_missing in zip(values.tolist(), missing, strict=True)]
    return Data(Field(name, kind, BY_NAME[kind].width), values)


def text(kind: str, values: Sequence[str]) -> Data:
    """A column of text."""
    return Data(Field("v", kind, max(map(len, values))), list(values))


def texts(n_rows: int) -> dict[str, Data]:
    """Columns of text: short, long, repeated by neighbours, and in UCS-4."""
    return {
        "VARCHAR, 6 bytes": text("VARCHAR", [f"{n:06}" for n in range(n_rows)]),
        "VARCHAR, 200 bytes": text("VARCHAR", [f"{n:0200}" for n in range(n_rows)]),
        "VARCHAR, 12 bytes, 100 equal in a row": text("VARCHAR", [f"station {n // 100:04}" for n in range(n_rows)]),
        "NCHAR, 6 characters": text("NCHAR", [f"点{n:05}"[:6] for n in range(n_rows)]),
    }


def reading(
    target: Target, name: str, columns: Sequence[Data], goal: float | None, group: str, taospy: bool = True
) -> Case:
    """All rows into numpy, beside the memcpy, the walk, and taospy's rows."""
    n_rows = len(columns[0].values)
    sql: list[str] = []

    def ours() -> object:
        arrays = target.conn.query(sql[-1]).numpy()
        assert all(len(array) == n_rows for array in arrays.values())
        return arrays

    def taospys() -> object:
        rows = target.taospy.query(sql[-1]).fetch_all()
        assert len(rows) == n_rows
        return rows

    n_masks = sum(BY_NAME[one.field.type].null == "masked" for one in columns)
    beside = {"C, a walk that touches nothing": lambda: target.floor.walk(sql[-1], n_rows)}
    if n_masks:
        beside["C, a memcpy without the masks"] = lambda: target.floor.walk(sql[-1], n_rows, copies=True)
    if target.taospy is not None and taospy:
        beside["taospy, fetch_all"] = timed(taospys)
    return Case(
        name,
        timed(ours),
        lambda: target.floor.walk(sql[-1], n_rows, copies=True, n_masks=n_masks),
        "C, a memcpy of each block and of masks",
        goal,
        beside,
        lambda: sql.append(target.show(columns)),
        group,
        f"{n_rows:,} rows",
    )


def tables_of(target: Target, name: str, columns: Sequence[Data], method: str, goal: float | None) -> Case:
    """A table of another library, beside numpy arrays of the same result."""
    n_rows = len(columns[0].values)
    sql: list[str] = []

    def ours() -> object:
        table = getattr(target.conn.query(sql[-1]), method)()
        assert len(table) == n_rows
        return table

    return Case(
        f"{method}(), {name}",
        timed(ours),
        timed(lambda: target.conn.query(sql[-1]).numpy()),
        "taosnative, numpy()",
        goal,
        {},
        lambda: sql.append(target.show(columns)),
        "tables",
        f"{n_rows:,} rows",
    )


def rows_of(target: Target) -> Case:
    """The same as tuples of Python values, as taospy gives them."""
    columns = [column(kind, N_ROWS, name=f"c{i}") for i, kind in enumerate(MIXED)]
    sql: list[str] = []
    beside = {}
    if target.taospy is not None:
        beside["taospy, fetch_all"] = timed(lambda: target.taospy.query(sql[-1]).fetch_all())
    return Case(
        "rows of Python values",
        timed(lambda: target.conn.query(sql[-1]).rows()),
        lambda: target.floor.walk(sql[-1], N_ROWS, copies=True),
        "C, a memcpy of each block",
        None,
        beside,
        lambda: sql.append(target.show(columns)),
        "rows",
        f"{N_ROWS:,} rows of 4 columns",
    )


def each(work: Callable[[], object]) -> Callable[[], float]:
    """A run that gives the seconds of one of many."""

    def run() -> float:
        start = time.perf_counter()
        for _ in range(N_TINY):
            work()
        return (time.perf_counter() - start) / N_TINY

    return run


def on_a_thread(run: Callable[[], float]) -> Callable[[], float]:
    """The same on a thread that no signal comes to, so that no call is handed over."""

    def elsewhere() -> float:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run).result()

    return elsewhere


def tiny(target: Target) -> Case:
    """A query of one row, the time until its values are there."""
    columns = [column(kind, 1, name=f"c{i}") for i, kind in enumerate(MIXED)]
    sql: list[str] = []

    def ours() -> None:
        assert len(target.conn.query(sql[-1]).rows()) == 1

    def taospys() -> None:
        assert len(target.taospy.query(sql[-1]).fetch_all()) == 1

    beside = {
        "numpy() instead of rows()": each(lambda: target.conn.query(sql[-1]).numpy()),
        "on another thread than the main one": on_a_thread(each(ours)),
    }
    if target.taospy is not None:
        beside["taospy, fetch_all"] = each(taospys)
    return Case(
        "a query of one row",
        each(ours),
        lambda: target.floor.walk(sql[-1], 1, n_times=N_TINY) / N_TINY,
        "C, query, fetch and free",
        None if target.name == "fault" else NUMERIC_TARGET,
        beside,
        lambda: sql.append(target.show(columns)),
        "tiny queries",
        "one row of 4 columns",
    )


def cases(target: Target) -> Iterator[Case]:
    """What is measured: our code is what counts where blocks cost nothing, so the targets hold there."""
    goal = NUMERIC_TARGET if target.name == "fault" else None
    for kind in FIXED:
        n_rows = min(N_BYTES // BY_NAME[kind].width, MOST_NUMBERS)
        yield reading(target, kind, [column(kind, n_rows)], goal, "numbers")
    mixed = [column(kind, N_MIXED, name=f"c{i}") for i, kind in enumerate(MIXED)]
    yield reading(target, "TIMESTAMP, FLOAT, INT, FLOAT", mixed, goal, "numbers")
    for name, one in texts(N_ROWS).items():
        yield reading(target, name, [one], None, "text", taospy=one.field.type != "NCHAR" or target.name != "fault")
    for share in (0.1, 0.9):
        columns = [column(kind, N_ROWS, name=f"c{i}", null_share=share * (i > 0)) for i, kind in enumerate(MIXED)]
        yield reading(target, f"TIMESTAMP, FLOAT, INT, FLOAT, {share:.0%} NULL", columns, None, "NULLs")
    wide = [column("TIMESTAMP", N_ROWS // 10, name="ts")]
    wide += [column("DOUBLE", N_ROWS // 10, name=f"c{i}", seed=i) for i in range(N_WIDE)]
    yield reading(target, f"TIMESTAMP and {N_WIDE} DOUBLE", wide, goal, "wide tables")
    for method in TABLES:
        yield tables_of(target, "TIMESTAMP, FLOAT, INT, FLOAT", mixed, method, TABLE_TARGET if goal else None)
        for name, one in texts(N_ROWS).items():
            yield tables_of(target, name, [one], method, None)
    yield rows_of(target)
    yield tiny(target)
