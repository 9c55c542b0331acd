"""What `conn.insert` adds to the driver's own calls.

`python -m benchmarks.insert` writes 1,000,000 rows of (timestamp, float, int, float): by `conn.insert` from numpy
arrays, and, as the floor, by the same calls of the same driver with binds that were made before. The driver is the
embedded engine, or the one of the DSN in TAOSNATIVE_BENCHMARK_DSN.

The last case is the binding alone, over a driver that does nothing, beside a memcpy of the same columns: what it takes
in milliseconds is what it adds to any driver.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import taosnative
from benchmarks.harness import Case, main
from taosnative.columns._bind import BindSet
from taosnative.columns.convert import convert
from taosnative.columns.source import Target
from taosnative.connection import Connection
from taosnative.ingest.batches import MOST_ROWS_OF_A_TABLE
from taosnative.native._statement import StatementHandle
from taosnative.types import Field

N_ROWS = 1_000_000
#: Where to: a server of yours by TAOSNATIVE_BENCHMARK_DSN.
DSN = os.environ.get("TAOSNATIVE_BENCHMARK_DSN", "embedded:")
DATABASE = "taosnative_benchmark"
FIELDS = [
    Field("ts", "TIMESTAMP", 8, 3),
    Field("current", "FLOAT", 4),
    Field("voltage", "INT", 4),
    Field("phase", "FLOAT", 4),
]
Columns = dict[str, np.ndarray[Any, np.dtype[Any]]]


def columns() -> Columns:
    """Rows as a caller has them."""
    random = np.random.default_rng(7)
    return {
        "ts": np.datetime64("2026-01-01", "ms") + np.arange(N_ROWS),
        "current": random.random(N_ROWS).astype("f4"),
        "voltage": random.integers(200, 240, N_ROWS).astype("i4"),
        "phase": random.random(N_ROWS).astype("f4"),
    }


def fresh_tables(connection: Connection) -> Iterator[str]:
    """A new table each time, so that every round writes new rows."""
    for number in itertools.count():
        connection.execute(f"create table t{number} (ts timestamp, current float, voltage int, phase float)")
        yield f"t{number}"
        connection.execute(f"drop table t{number}")


def by_insert(connection: Connection, tables: Iterator[str], data: Columns) -> float:
    """Seconds that `conn.insert` takes."""
    table = next(tables)
    started = time.perf_counter()
    connection.insert(table, data)
    return time.perf_counter() - started


def by_calls(connection: Connection, tables: Iterator[str], data: Columns) -> float:
    """Seconds that the driver's calls take with binds that are there already."""
    table = next(tables)
    converted = [convert(data[field.name], Target(field)) for field in FIELDS]
    starts = np.arange(0, N_ROWS, MOST_ROWS_OF_A_TABLE)
    stops = np.minimum(starts + MOST_ROWS_OF_A_TABLE, N_ROWS)
    binds = [
        BindSet.of_groups(converted, None, starts[i : i + 1], stops[i : i + 1], None, None) for i in range(len(starts))
    ]
    sql = f"insert into {table} (ts, current, voltage, phase) values (?, ?, ?, ?)"
    started = time.perf_counter()
    statement = StatementHandle.prepare(connection._handle, sql)
    for bind in binds:
        statement.bind(bind)
        statement.execute()
    statement.close()
    return time.perf_counter() - started


def connect() -> Connection:
    """A connection to an empty database."""
    connection = taosnative.connect(DSN)
    connection.execute(f"drop database if exists {DATABASE}")
    connection.execute(f"create database {DATABASE} precision 'ms' keep 36500")
    connection.select_db(DATABASE)
    return connection


def connect_to_nothing() -> Connection:
    """A connection to a driver that does nothing, which describes one table."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    import faultdriver
    from block_encoder import Column, encode

    folder = tempfile.mkdtemp()
    driver = faultdriver.FaultDriver(faultdriver.build(Path(folder)))
    names = [field.name for field in FIELDS]
    described = [
        Column("VARCHAR", names),
        Column("VARCHAR", names),
        Column("INT", [4] * 4),
        Column("VARCHAR", [""] * 4),
    ]
    driver.answer([("field", 8, 64), ("type", 8, 16), ("length", 4, 4), ("note", 8, 12)], [(encode(described), 4)])
    driver.tell_fields(*((f.name, f.info.code, f.bytes, "column", 0, 0) for f in FIELDS), forgetful=True)
    return taosnative.connect(driver=driver.path)


def copy(data: Columns, copies: Columns) -> float:
    """Seconds that a copy of the columns takes."""
    started = time.perf_counter()
    for name, column in data.items():
        np.copyto(copies[name], column)
    return time.perf_counter() - started


def cases() -> list[Case]:
    """What is measured."""
    connection = connect()
    tables = fresh_tables(connection)
    data = columns()
    nothing = connect_to_nothing()
    copies = {name: column.copy() for name, column in data.items()}
    return [
        Case(
            "insert 1,000,000 rows",
            lambda: by_insert(connection, tables, data),
            lambda: by_calls(connection, tables, data),
            f"the driver's own calls ({DSN.partition(':')[0]})",
            1.05,
        ),
        Case(
            "the binding alone, 1,000,000 rows",
            lambda: by_insert(nothing, itertools.repeat("t"), data),
            lambda: copy(data, copies),
            "a memcpy of the columns",
        ),
    ]


if __name__ == "__main__":
    main(cases, __doc__.splitlines()[0])
