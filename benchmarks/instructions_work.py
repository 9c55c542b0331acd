"""The work whose instructions are counted: small, and the same each time.

`instructions` runs it under valgrind. Each piece runs once before it is counted, so that nothing is counted that is
done once in a process; its name is printed when it was. It runs on another thread than the main one, where no call is
handed to a helper: how often one looks whether another is done is no count that is the same each time.
"""

from __future__ import annotations

import argparse
import ctypes
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.read import FIXED, MIXED, column, texts
from benchmarks.targets import Data, FaultTarget
from benchmarks.write import named
from taosnative.types import Field

N_ROWS = 10_000  #: three blocks
N_TIMES = 20  #: for what takes no rows
Work = Iterator[tuple[str, Callable[[], object]]]


def mixed(null_share: float = 0.0) -> list[Data]:
    """Four columns, the first of times."""
    return [column(kind, N_ROWS, name=f"c{i}", null_share=null_share * (i > 0)) for i, kind in enumerate(MIXED)]


def reading(target: FaultTarget) -> Work:
    """Results into arrays and rows."""
    fixed = [column(kind, N_ROWS, name=f"c{i}") for i, kind in enumerate(FIXED)]
    some_null = mixed(0.3)
    shown = {"numbers": fixed, "numbers, 30 % NULL": some_null} | {name: [one] for name, one in texts(N_ROWS).items()}
    for name, columns in shown.items():
        sql = target.show(columns)
        yield f"numpy(): {name}", lambda sql=sql: target.conn.query(sql).numpy()  # type: ignore[misc]
    sql = target.show(some_null)
    yield "numpy(nulls='masked')", lambda: target.conn.query(sql).numpy(nulls="masked")
    yield "rows()", lambda: target.conn.query(sql).rows()
    sql = target.show([column(kind, 1, name=f"c{i}") for i, kind in enumerate(MIXED)])
    yield "queries of one row", lambda: [target.conn.query(sql).numpy() for _ in range(N_TIMES)]


def writing(target: FaultTarget) -> Work:
    """Columns into tables."""
    words = next(iter(texts(N_ROWS).values()))
    numbers, some_null = mixed(), mixed(0.3)
    lists = [one._replace(values=one.values.tolist()) for one in numbers]
    shown = {"arrays": numbers, "lists": lists, "lists, 30 % NULL": some_null, "VARCHAR": [numbers[0], words]}
    for name, columns in shown.items():
        table, data = target.take(columns), named(columns)
        yield f"insert: {name}", lambda table=table, data=data: target.conn.insert(table, data)  # type: ignore[misc]
    tables = [f"d{i}" for i in range(100)]
    target.take(numbers, [Data(Field("k", "INT", 4), [])], tables)
    long = named(numbers) | {"device": np.random.default_rng(7).permutation(np.repeat(tables, N_ROWS // 100))}
    yield "insert: 100 tables, shuffled", lambda: target.conn.insert("t", long, tbname="device")
    target.take(numbers)
    few = [one.values[:1] for one in numbers]
    yield "prepare, bind and execute", lambda: [prepared(target, few) for _ in range(N_TIMES)]


def prepared(target: FaultTarget, columns: list[object]) -> None:
    """A statement of one row."""
    with target.conn.prepare("insert into t values (?, ?, ?, ?)") as statement:
        statement.bind(columns)
        statement.execute()


def run_all(target: FaultTarget, marks: ctypes.CDLL) -> None:
    """Do all of it, between marks."""
    for part in (reading, writing):
        for name, work in part(target):
            work()
            marks.begin()
            work()
            marks.end()
            print(name, flush=True)


def main() -> None:
    """Do all of it, between marks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("driver", type=Path, help="the fault driver's library")
    parser.add_argument("marks", type=Path, help="the library of the marks")
    options = parser.parse_args()
    marks = ctypes.CDLL(str(options.marks))
    target = FaultTarget(options.driver.parent, alone=True)
    with target.conn, ThreadPoolExecutor(1) as pool:
        pool.submit(run_all, target, marks).result()


if __name__ == "__main__":
    main()
