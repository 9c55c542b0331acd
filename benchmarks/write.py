"""How fast columns go in, beside a C program that binds the same columns in place by stmt2, and beside taospy.

Plain and wide tables, text, and a long frame of many child tables.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.floors import MOST_ROWS_OF_A_TABLE, FloorColumn, Insert
from benchmarks.harness import Case, timed
from benchmarks.read import MIXED, column, text
from benchmarks.targets import Data, Target
from taosnative.types import BY_NAME, Field

N_ROWS = 250_000
N_PLAIN = 1_000_000
N_WIDE = 40
#: What plain columns are held to, beside the C program: where the driver does its work, and where it only copies.
PLAIN_TARGET = 1.05
COPIED_TARGET = 1.5
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


def one_table(target: Target, name: str, columns: Sequence[Data], goal: float | None, taospy: bool = False) -> Case:
    """Rows of one table, into a new one each time."""
    data, bound = named(columns), [in_place(one) for one in columns]
    marks = ", ".join("?" * len(columns))

    def ours() -> float:
        table = target.take(columns)
        return timed(lambda: target.conn.insert(table, data))()

    def floor() -> float:
        return target.floor.insert(Insert(f"insert into {target.take(columns)} values ({marks})", bound))

    n_rows = len(columns[0].values)
    beside = {}
    if target.taospy is not None and taospy:
        lists = as_lists(columns)
        beside["taospy, stmt2 from lists"] = lambda: by_taospy(target, target.take(columns), lists)
    return Case(name, ours, floor, "C, columns bound in place", goal, beside, None, "inserts", f"{n_rows:,} rows")


def as_lists(columns: Sequence[Data]) -> list[list[Any]]:
    """Columns as taospy takes them; making them is not counted."""
    plain = [one.values.astype("i8") if one.field.type == "TIMESTAMP" else np.asarray(one.values) for one in columns]
    return [values.tolist() for values in plain]


def by_taospy(target: Target, table: str, columns: Sequence[list[Any]]) -> float:
    """Seconds in which taospy binds and executes, as many rows at a time as a bind takes."""
    start = time.perf_counter()
    statement = target.taospy.statement2(f"insert into {table} values ({', '.join('?' * len(columns))})")
    n_rows = 0
    for first in range(0, len(columns[0]), MOST_ROWS_OF_A_TABLE):
        statement.bind_param(None, None, [[one[first : first + MOST_ROWS_OF_A_TABLE] for one in columns]])
        n_rows += statement.execute()
    statement.close()
    assert n_rows == len(columns[0])
    return time.perf_counter() - start


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
    """What is measured. The fault driver copies the values once, which is the least that any driver does."""
    goal = COPIED_TARGET if target.name == "fault" else PLAIN_TARGET
    plain = [column(kind, N_PLAIN, name=f"c{i}") for i, kind in enumerate(MIXED)]
    yield one_table(target, "TIMESTAMP, FLOAT, INT, FLOAT", plain, goal)
    few = [one._replace(values=one.values[:N_ROWS]) for one in plain]
    yield one_table(target, "TIMESTAMP, FLOAT, INT, FLOAT, fewer rows", few, None, taospy=True)
    wide = [few[0], *(column("DOUBLE", N_ROWS, name=f"d{i}", seed=i) for i in range(N_WIDE))]
    wide = [one._replace(values=one.values[: N_ROWS // 5]) for one in wide]
    yield one_table(target, f"TIMESTAMP and {N_WIDE} DOUBLE", wide, goal)
    for kind, width in (("VARCHAR", 12), ("NCHAR", 12)):
        words = text(kind, [f"{n % 1000:0{width}}" for n in range(N_ROWS)])
        yield one_table(target, f"TIMESTAMP and {kind} of {width}", [few[0], words], None, taospy=True)
    for n_tables, n_each in TABLES:
        yield many_tables(target, n_tables, n_each)
