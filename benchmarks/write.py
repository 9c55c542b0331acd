"""How fast columns go in, beside a C program that binds the same columns in place by stmt2.

Plain, long and stringly tables, and many child tables of few rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.floors import FloorColumn, Insert
from benchmarks.harness import Case, timed
from benchmarks.read import MIXED, column, text
from benchmarks.targets import Data, Target
from taosnative.types import BY_NAME, Field

N_ROWS = 250_000
N_LONG = 40
#: What plain columns are held to, beside the C program, where the driver does its work.
PLAIN_TARGET = 1.05
TABLES = ((100, 1000), (1000, 10))


def in_place(data: Data) -> FloorColumn:
    """A column as the C program binds it."""
    code = BY_NAME[data.field.type].code
    if isinstance(data.values, np.ndarray):
        return FloorColumn(code, data.values)
    encoded = [value.encode() for value in data.values]
    return FloorColumn(code, np.frombuffer(b"".join(encoded), "u1"), np.array(list(map(len, encoded)), "i4"))


def named(columns: Sequence[Data]) -> dict[str, Any]:
    """Columns by their names."""
    return {one.field.name: one.values for one in columns}


def one_table(target: Target, name: str, columns: Sequence[Data], goal: float | None) -> Case:
    """Rows of one table, into a new one each time."""
    data, bound = named(columns), [in_place(one) for one in columns]
    marks = ", ".join("?" * len(columns))

    def ours() -> float:
        table = target.take(columns)
        return timed(lambda: target.conn.insert(table, data))()

    def floor() -> float:
        return target.floor.insert(Insert(f"insert into {target.take(columns)} values ({marks})", bound))

    n_rows = len(columns[0].values)
    return Case(name, ours, floor, "C, columns bound in place", goal, {}, None, "inserts", f"{n_rows:,} rows")


def many_tables(target: Target, n_tables: int, n_each: int) -> Case:
    """Rows of many child tables, which are there already."""
    columns = [column(kind, n_tables * n_each, name=f"c{i}") for i, kind in enumerate(MIXED)]
    site = Data(Field("k", "INT", 4), [])
    names = [f"d{n_tables}_{i}" for i in range(n_tables)]
    bound = [in_place(one) for one in columns]
    data = named(columns) | {"device": np.repeat(names, n_each)}
    marks = ", ".join("?" * len(columns))
    tables: list[str] = []
    later = itertools.count(1)

    def set_up() -> None:
        tables.append(target.take(columns, [site], names))

    def shifted() -> None:
        """Later times than those that are there."""
        columns[0].values[:] += np.timedelta64(next(later) * n_tables * n_each, "ms")

    def ours() -> float:
        shifted()
        return timed(lambda: target.conn.insert(tables[-1], data, tbname="device"))()

    def floor() -> float:
        shifted()
        encoded = [name.encode() for name in names]
        return target.floor.insert(Insert(f"insert into ? values ({marks})", bound, names=encoded))

    work = f"{n_tables * n_each:,} rows"
    name = f"{n_tables} tables of {n_each} rows"
    return Case(name, ours, floor, "C, plain form, bound in place", None, {}, set_up, "inserts", work)


def cases(target: Target) -> Iterator[Case]:
    """What is measured. The fault driver drops what is bound unread: there our part stands alone, in seconds."""
    goal = None if target.name == "fault" else PLAIN_TARGET
    plain = [column(kind, N_ROWS, name=f"c{i}") for i, kind in enumerate(MIXED)]
    yield one_table(target, "TIMESTAMP, FLOAT, INT, FLOAT", plain, goal)
    long = [plain[0], *(column("DOUBLE", N_ROWS, name=f"d{i}", seed=i) for i in range(N_LONG))]
    long = [one._replace(values=one.values[: N_ROWS // 5]) for one in long]
    yield one_table(target, f"TIMESTAMP and {N_LONG} DOUBLE", long, goal)
    for kind, width in (("VARCHAR", 12), ("NCHAR", 12)):
        words = text(kind, [f"{n % 1000:0{width}}" for n in range(N_ROWS)])
        yield one_table(target, f"TIMESTAMP and {kind} of {width}", [plain[0], words], None)
    for n_tables, n_each in TABLES:
        yield many_tables(target, n_tables, n_each)
