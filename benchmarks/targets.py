"""The drivers that benchmarks run on: the fault driver, the embedded engine, a server's own.

A target makes a query give the rows that a case wants: the fault driver is told the blocks, which then cost nothing;
elsewhere the rows are written into a table first. taosnative, the floors and taospy all use one file of one driver, in
one process. taospy looks for `libtaos.so` by name when it is imported, so a target's process is started with the
driver's folder in LD_LIBRARY_PATH: `python -m benchmarks` does that.
"""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import taosnative
from benchmarks.floors import Floor
from taosnative import dsn as dsn_reader
from taosnative.driver.search import find_driver
from taosnative.types import BY_NAME, Field, Kind

NAMES = ("fault", "embedded", "server")
LIBRARY = "libtaos.so"
DATABASE = "taosnative_benchmark"
BLOCK_ROWS = 4096  #: of a table scan's blocks
#: A server of yours, as `--dsn` tells it to the process of a target; a variable, since it may have a password.
DSN_VARIABLE = "TAOSNATIVE_BENCHMARK_DSN"

TESTS = Path(__file__).parents[1] / "tests"


class Data(NamedTuple):
    """A column: values, as a list or an array, where None is NULL."""

    field: Field
    values: Any

    @property
    def sql(self) -> str:
        """Its name and type for CREATE TABLE."""
        size = f"({self.field.bytes})" if BY_NAME[self.field.type].dtype == "O" else ""
        return f"{self.field.name} {self.field.type}{size}"


class Target:
    """A driver that is connected to, three times: by taosnative, by a C program, and by taospy where it is there."""

    name: str
    conn: taosnative.Connection
    floor: Floor
    taospy: Any = None
    why_no_taospy = ""

    def _import_taospy(self, **arguments: Any) -> None:
        try:
            taos = importlib.import_module("taos")
            self.taospy = taos.connect(**arguments)
        except Exception as error:  # it raises what it likes, its C library's absence among it
            self.why_no_taospy = f"{type(error).__name__}: {error}"

    def show(self, columns: Sequence[Data], n_times: int = 1) -> str:
        """Make these rows, so many times, what a statement gives, and give the statement."""
        raise NotImplementedError

    def take(self, columns: Sequence[Data], tags: Sequence[Data] = (), children: Sequence[str] = ()) -> str:
        """Make a table for such rows, a super table where there are tags, with its child tables; its name."""
        raise NotImplementedError


class FaultTarget(Target):
    """The fault driver: ready blocks at no cost, and binds that are read and dropped."""

    name = "fault"

    def __init__(self, folder: Path, *, alone: bool = False) -> None:
        sys.path.append(str(TESTS))
        faultdriver = importlib.import_module("faultdriver")
        self._blocks = importlib.import_module("block_encoder")
        self._driver = faultdriver.FaultDriver(folder / LIBRARY)
        self._driver.reset()
        self.conn = taosnative.connect(driver=folder / LIBRARY)
        if not alone:
            self.floor = Floor(folder / LIBRARY)
            self._import_taospy(host="localhost")

    def _block(self, columns: Sequence[Data], start: int, stop: int) -> tuple[bytes, int]:
        encoded = [self._blocks.Column(one.field.type, list(one.values[start:stop])) for one in columns]
        return self._blocks.encode(encoded), stop - start

    def show(self, columns: Sequence[Data], n_times: int = 1) -> str:
        """Tell the driver the blocks."""
        plain = [one._replace(values=_plain(one.values)) for one in columns]
        n_rows = len(plain[0].values)
        cuts = [*range(0, n_rows, BLOCK_ROWS), n_rows]
        blocks = [self._block(plain, start, stop) for start, stop in itertools.pairwise(cuts)]
        fields = [(one.field.name, one.field.info.code, one.field.bytes) for one in columns]
        self._driver.answer(fields, blocks, to="select *", rounds=n_times, in_place=True)
        return "select * from t"

    def take(self, columns: Sequence[Data], tags: Sequence[Data] = (), children: Sequence[str] = ()) -> str:
        """Tell the driver what to say of the table."""
        described = [*columns, *tags]
        parts = {
            "field": ("VARCHAR", [one.field.name for one in described]),
            "type": ("VARCHAR", [one.field.type for one in described]),
            "length": ("INT", [one.field.bytes for one in described]),
            "note": ("VARCHAR", [""] * len(columns) + ["TAG"] * len(tags)),
        }
        block = self._blocks.encode([self._blocks.Column(*part) for part in parts.values()])
        fields = [(name, BY_NAME[kind].code, 64) for name, (kind, _) in parts.items()]
        self._driver.answer(fields, [(block, len(described))], to="describe")
        there = self._blocks.encode([self._blocks.Column("VARCHAR", list(children))])
        self._driver.answer([("tbname", BY_NAME["VARCHAR"].code, 192)], [(there, len(children))], to="select tags")
        kinds = [("column", one) for one in columns] + [("tag", one) for one in tags]
        self._driver.tell_fields(
            *((one.field.name, one.field.info.code, _width(one.field), kind, 0, 0) for kind, one in kinds),
            keep="read",
        )
        return "t"


class EngineTarget(Target):
    """A driver that keeps rows: the embedded engine, or that of a server."""

    _numbers = itertools.count()

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        library = folder / LIBRARY
        settings = dsn_reader.parse(os.environ[DSN_VARIABLE] if name == "server" else "taos://localhost/?timezone=UTC")
        where = {
            "host": settings.address,
            "port": settings.port or 0,
            "user": settings.user,
            "password": settings.password,
        }
        self.conn = taosnative.connect(driver=library, **(where | {"port": settings.port}))
        self.conn.execute(f"drop database if exists {DATABASE}")
        self.conn.execute(f"create database {DATABASE} precision 'ms' keep 36500")
        self.conn.select_db(DATABASE)
        self.floor = Floor(library, **where, database=DATABASE)
        given = {key: value for key, value in where.items() if value}
        self._import_taospy(**given, database=DATABASE)

    def show(self, columns: Sequence[Data], n_times: int = 1) -> str:
        """Write a table of these rows, with times before them where they have none."""
        names = ", ".join(one.field.name for one in columns)
        times = np.datetime64("2026-01-01", "ms") + np.arange(len(columns[0].values))
        if columns[0].field.type != "TIMESTAMP" or len(columns) == 1:
            columns = [Data(Field("ts", "TIMESTAMP", 8), times), *columns]
        table = self.take(columns)
        data = {one.field.name: one.values for one in columns}
        for _ in range(n_times):
            self.conn.insert(table, data)
            if n_times > 1:
                data[columns[0].field.name] = data[columns[0].field.name] + np.timedelta64(len(times), "ms")
        return f"select {names} from {table}"

    def take(self, columns: Sequence[Data], tags: Sequence[Data] = (), children: Sequence[str] = ()) -> str:
        """Make a table; each child table has a row, whose tags are 0."""
        table = f"t{next(self._numbers)}"
        kind = "stable" if tags else "table"
        behind = f" tags ({', '.join(one.sql for one in tags)})" if tags else ""
        self.conn.execute(f"create {kind} {table} ({', '.join(one.sql for one in columns)}){behind}")
        if children:
            first: dict[str, Any] = {one.field.name: one.values[: len(children)] for one in columns}
            first |= {one.field.name: np.zeros(len(children), "i4") for one in tags}
            self.conn.insert(table, first | {"device": list(children)}, tbname="device")
        return table


def _width(field: Field) -> int:
    """What a statement tells as the bytes of a column: a value's length, and UCS-4, are counted."""
    if field.info.kind is not Kind.VARIABLE:
        return field.bytes
    return field.bytes * (4 if field.info.ucs4 else 1) + field.info.width


def _plain(values: Any) -> list[Any]:
    """Values as the encoder of blocks takes them."""
    if not isinstance(values, np.ndarray):
        return list(values)
    plain: list[Any] = values.astype("i8").tolist() if values.dtype.kind == "M" else values.tolist()
    return plain


def make_library(name: str, folder: Path) -> None:
    """Put a target's driver into a folder, under the name that taospy looks for."""
    if name == "fault":
        sys.path.append(str(TESTS))
        importlib.import_module("faultdriver").build(folder)
    elif name == "embedded":
        importlib.import_module("taosnative.embedded").link(folder)
    else:
        settings = dsn_reader.parse(os.environ[DSN_VARIABLE])
        (folder / LIBRARY).symlink_to(Path(find_driver(settings.driver, settings.scheme).path).resolve())


def open_target(name: str, folder: Path) -> Target:
    """Connect to a target whose driver is in a folder."""
    return FaultTarget(folder) if name == "fault" else EngineTarget(name, folder)


def environment(folder: Path) -> Mapping[str, str]:
    """What a target's process is started with."""
    paths = [str(folder), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(paths)}
