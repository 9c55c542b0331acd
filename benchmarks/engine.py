"""How fast the embedded engine takes rows and gives them back, beside DuckDB alone with the same rows.

`python -m benchmarks.engine` writes 1,000,000 rows of (timestamp, float, int, float) by stmt2, as `Connection.insert`
does it, and reads them by `select *` into numpy. The floors are DuckDB's own: an insert from numpy arrays, and
`fetchnumpy` of the same table.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import duckdb
import numpy as np

import taosnative
from benchmarks.harness import Case, main

N_ROWS = 1_000_000
DDL = "create table t{n} (ts timestamp, current float, voltage int, phase float)"


def columns() -> dict[str, np.ndarray]:
    """What is written."""
    random = np.random.default_rng(7)
    return {
        "ts": np.datetime64("2026-01-01", "ms") + np.arange(N_ROWS),
        "current": random.random(N_ROWS, dtype="f4"),
        "voltage": random.integers(100, 300, N_ROWS, dtype="i4"),
        "phase": random.random(N_ROWS, dtype="f4"),
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def writing(conn: taosnative.Connection, alone: duckdb.DuckDBPyConnection) -> Case:
    """Rows into a new table, each round."""
    rows = columns()
    plain = rows | {"ts": rows["ts"].astype("i8")}
    numbers = itertools.count()

    def ours() -> float:
        table = DDL.format(n=next(numbers))
        conn.execute(table)
        return _seconds(lambda: conn.insert(table.split()[2], rows))

    def floor() -> float:
        name = f"f{next(numbers)}"
        alone.execute(f"create table {name} (ts bigint, current float, voltage int, phase float)").fetchall()
        alone.register("source", plain)
        return _seconds(lambda: alone.execute(f"insert into {name} select * from source").fetchall())

    return Case("1,000,000 rows in, by stmt2", ours, floor, "DuckDB, insert from numpy")


def reading(conn: taosnative.Connection, alone: duckdb.DuckDBPyConnection) -> Case:
    """All rows of a table into numpy."""
    rows = columns()
    conn.execute("create table read_back (ts timestamp, current float, voltage int, phase float)")
    conn.insert("read_back", rows)
    alone.register("source", rows | {"ts": rows["ts"].astype("i8")})
    alone.execute("create table read_back as select * from source").fetchall()

    def ours() -> float:
        return _seconds(lambda: conn.query("select * from read_back").numpy())

    def floor() -> float:
        return _seconds(lambda: alone.execute("select * from read_back").fetchnumpy())

    return Case("1,000,000 rows out, by select *", ours, floor, "DuckDB, fetchnumpy")


def cases() -> list[Case]:
    """What is measured; the engine is held to seconds, not to ratios: under 2 s in, under 1 s out, on two cores."""
    conn = taosnative.connect("embedded:")
    conn.execute("create database benchmark precision 'ms' keep 36500")
    conn.select_db("benchmark")
    alone = duckdb.connect()
    return [writing(conn, alone), reading(conn, alone)]


if __name__ == "__main__":
    main(cases, __doc__.splitlines()[0])
