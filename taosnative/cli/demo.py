"""`python -m taosnative demo [DSN]`: real data in, the same questions to the database and to numpy, a picture out."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import connect
from ..errors import Error
from . import flights as data

if TYPE_CHECKING:
    from ..connection import Connection

DATABASE = "taosnative_demo"
#: The data is of 2013; TDengine keeps ten years unless it is told otherwise.
CREATE_DATABASE = "create database {name} precision 'ms' keep 36500"
CREATE_STABLES = {
    "weather": """create stable weather (ts timestamp, temp double, dewp double, humid double, wind_dir int,
        wind_speed double, wind_gust double, precip double, pressure double, visib double) tags (origin varchar(3))""",
    "flights": """create stable flights (ts timestamp, tailnum varchar(8), origin varchar(3), dest varchar(3),
        dep_delay int, arr_delay int, air_time int, distance int) tags (carrier varchar(2), flight int)""",
}
#: Super table → (its rows, the column that names each row's child table).
SOURCES: dict[str, tuple[Callable[[], data.Columns], str]] = {
    "weather": (data.weather, "station"),
    "flights": (data.flights, "number"),
}


class DemoError(Exception):
    """The demo cannot go on, for the reason that it says."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "dsn",
        nargs="?",
        default="embedded:",
        help="where to: taos://user:password@host:6030 for a TDengine server; the embedded engine by default",
    )
    parser.add_argument("--plot", metavar="FILE", help="draw a picture of the year into FILE (.png, .svg or .pdf)")
    parser.add_argument(
        "--database",
        default=DATABASE,
        help=f"the database to make ({DATABASE}, which is dropped first; another one must not exist)",
    )
    parser.add_argument("--driver", metavar="PATH", help="the client library to use, where it is not found by itself")


def run(options: argparse.Namespace) -> int:
    """Run the demo; 1 where an answer of the database and of numpy differ, or where it cannot go on."""
    started = time.perf_counter()
    try:
        with connect(options.dsn, driver=options.driver) as conn:
            print(f"connected: client {conn.client_info}, server {conn.server_info.splitlines()[0]}")
            _make_database(conn, options.database)
            for stable in SOURCES:
                _load(conn, stable)
            agree = _ask_twice(conn)
            if options.plot:
                _plot(conn, options.plot)
    except (DemoError, Error, ModuleNotFoundError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(f"done in {time.perf_counter() - started:.1f} s")
    return 0 if agree else 1


def _make_database(conn: Connection, name: str) -> None:
    if name == DATABASE:
        conn.execute(f"drop database if exists {name}")
    conn.execute(CREATE_DATABASE.format(name=name))
    conn.select_db(name)
    for statement in CREATE_STABLES.values():
        conn.execute(statement)


def _load(conn: Connection, stable: str) -> None:
    read, tbname = SOURCES[stable]
    columns = read()
    expected = len(columns["ts"])
    summary = conn.insert(stable, columns, tbname=tbname, progress=True)
    (found,) = conn.query(f"select count(*) from {stable}").numpy().values()
    print(
        f"{stable}: {summary.rows:,} rows into {summary.tables:,} child tables in {summary.seconds:.2f} s: "
        f"{summary.rows / summary.seconds:,.0f} rows a second; {int(found[0]):,} rows are there"
    )
    if int(found[0]) != expected or summary.rows != expected:
        raise DemoError(f"{expected:,} rows of {stable} were sent, and the database counts {int(found[0]):,}")


# ---- the same question twice ----------------------------------------------------------------------------------------


class Question(NamedTuple):
    """A question to the database, and the same to columns that were fetched from it."""

    title: str
    sql: str  #: its answer in rows of a key, if any, and numbers
    columns: str  #: what numpy needs to answer it
    numpy: Callable[[dict[str, Any]], list[tuple[Any, ...]]]


def _by(keys: Any, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of (key, number of rows, mean of each value that is not NULL), in the order of the keys."""
    names, groups = np.unique(keys, return_inverse=True)
    counts = np.bincount(groups)
    means = []
    for value in values:
        there = ~np.ma.getmaskarray(np.ma.masked_invalid(value))
        numbers = np.ma.getdata(value)[there]
        means.append(np.bincount(groups[there], numbers, len(names)) / np.bincount(groups[there], minlength=len(names)))
    return list(zip(names.tolist(), counts.tolist(), *(mean.tolist() for mean in means), strict=True))


def _extremes(columns: dict[str, Any]) -> list[tuple[Any, ...]]:
    delay = columns["dep_delay"]
    return [(int(delay.count()), int(delay.min()), int(delay.max()), int(delay.sum()))]


def _busiest_hours(columns: dict[str, Any]) -> list[tuple[Any, ...]]:
    hours, counts = np.unique(columns["ts"].astype("M8[h]").astype("M8[ms]"), return_counts=True)
    busiest = np.lexsort((hours, -counts))[:5]
    return list(zip(hours[busiest].astype("i8").tolist(), counts[busiest].tolist(), strict=True))


QUESTIONS = (
    Question(
        "weather by airport: hours, mean temperature (F), mean wind gust where there was one",
        "select origin, count(*), avg(temp), avg(wind_gust) from weather group by origin order by origin",
        "select origin, temp, wind_gust from weather",
        lambda columns: _by(columns["origin"].astype(str), columns["temp"], columns["wind_gust"]),
    ),
    Question(
        "flights by carrier: how many, mean delay at departure and at arrival (minutes)",
        "select carrier, count(*), avg(dep_delay), avg(arr_delay) from flights group by carrier order by carrier",
        "select carrier, dep_delay, arr_delay from flights",
        lambda columns: _by(columns["carrier"].astype(str), columns["dep_delay"], columns["arr_delay"]),
    ),
    Question(
        "delays at departure: how many are known, the least, the greatest, all together (minutes)",
        "select count(dep_delay), min(dep_delay), max(dep_delay), sum(dep_delay) from flights",
        "select dep_delay from flights",
        _extremes,
    ),
    Question(
        "flights over 1000 miles, by origin: how many, mean time in the air (minutes)",
        "select origin, count(*), avg(air_time) from flights where distance > 1000 group by origin order by origin",
        "select origin, distance, air_time from flights",
        lambda columns: _by(
            columns["origin"][columns["distance"] > 1000].astype(str),
            columns["air_time"][columns["distance"] > 1000],
        ),
    ),
    Question(
        "the five busiest hours (UTC), and the flights that were to leave in each",
        """select started, departures
        from (select _wstart as started, count(*) as departures from flights interval(1h))
        order by departures desc, started limit 5""",
        "select ts from flights",
        _busiest_hours,
    ),
)


def _ask_twice(conn: Connection) -> bool:
    agree = True
    for question in QUESTIONS:
        started = time.perf_counter()
        in_sql = _plain_rows(conn.query(question.sql).numpy())
        between = time.perf_counter()
        in_numpy = question.numpy(conn.query(question.columns).numpy())
        ended = time.perf_counter()
        same = _same(in_sql, in_numpy)
        agree = agree and same
        print(f"\n{question.title}")
        for row in in_numpy[:5]:
            print("   ", *(_shown(value) for value in row))
        if len(in_numpy) > 5:
            print(f"    … {len(in_numpy) - 5} more")
        verdict = "both agree" if same else f"THEY DIFFER: {in_sql} in SQL, {in_numpy} in numpy"
        print(f"    SQL {between - started:.3f} s, fetch and numpy {ended - between:.3f} s: {verdict}")
    print()
    return agree


def _plain_rows(columns: dict[str, Any]) -> list[tuple[Any, ...]]:
    lists = [(column.astype("i8") if column.dtype.kind == "M" else column).tolist() for column in columns.values()]
    return list(zip(*lists, strict=True))


def _same(left: list[tuple[Any, ...]], right: list[tuple[Any, ...]]) -> bool:
    return len(left) == len(right) and all(
        a == b or (isinstance(a, float) and isinstance(b, float) and bool(np.isclose(a, b, rtol=1e-9, atol=0)))
        for row, other in zip(left, right, strict=True)
        for a, b in zip(row, other, strict=True)
    )


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:10.2f}"
    if isinstance(value, int) and value > 10**12:
        return str(np.datetime64(value, "ms").astype("M8[h]"))
    return f"{value:>8,}" if isinstance(value, int) else f"{value:<4}"


# ---- the picture ----------------------------------------------------------------------------------------------------


def _daily_mean(times: Any, values: Any) -> tuple[Any, Any]:
    days = _by(times.astype("M8[D]"), values)
    return np.array([day for day, *_ in days], dtype="M8[D]"), np.array([mean for *_, mean in days])


def _plot(conn: Connection, file: str) -> None:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise DemoError("the picture needs matplotlib: pip install 'taosnative[demo]'") from error
    hours = conn.query("select ts, temp, precip, origin from weather where origin = 'JFK'").numpy()
    departures = conn.query("select ts, dep_delay from flights").numpy()
    figure = Figure(figsize=(11, 7), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    order = np.argsort(hours["ts"])
    above.plot(hours["ts"][order], hours["temp"][order], color="tab:red", alpha=0.25, linewidth=0.6, label="hourly")
    above.plot(*_daily_mean(hours["ts"], hours["temp"]), color="tab:red", linewidth=1.6, label="mean of the day")
    above.set_ylabel("temperature at JFK (F)")
    above.set_title(f"New York 2013: {len(hours['ts']):,} hours of weather at JFK, {len(departures['ts']):,} flights")
    above.legend(frameon=False)
    below.plot(*_daily_mean(departures["ts"], departures["dep_delay"]), color="tab:blue", linewidth=1.2)
    below.set_ylabel("mean delay at departure (minutes)", color="tab:blue")
    rain = below.twinx()
    rain.bar(*_daily_mean(hours["ts"], hours["precip"]), color="tab:gray", alpha=0.4, width=1.0)
    rain.set_ylabel("mean rain at JFK (inches an hour)", color="tab:gray")
    figure.savefig(file, dpi=120)
    print(f"the picture is in {file}")
