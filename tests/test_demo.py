"""`python -m taosnative demo`: the whole of it, on the embedded engine."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from taosnative.cli import flights, main


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    picture = tmp_path_factory.mktemp("demo") / "demo.png"
    command = [sys.executable, "-W", "error", "-m", "taosnative", "demo", "--plot", str(picture)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300), picture


def test_demo_loads_every_row_and_all_answers_agree(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    run, _ = demo
    assert run.returncode == 0, run.stderr
    assert "weather: 26,115 rows into 3 child tables" in run.stdout
    assert "flights: 336,776 rows into 5,725 child tables" in run.stdout
    assert run.stdout.count("both agree") == 5


def test_demo_draws_a_picture(demo: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, picture = demo
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_no_two_flights_share_a_key() -> None:
    columns = flights.flights()
    keys = Counter(zip(columns["number"].tolist(), columns["ts"].astype("i8").tolist(), strict=True))
    assert len(columns["ts"]) == len(keys) == 336_776
    assert len(set(columns["number"].tolist())) == 5_725


def test_scheduled_departures_have_their_minutes() -> None:
    columns = flights.flights()
    assert columns["ts"][0] == np.datetime64("2013-01-01T10:15", "ms")
    assert columns["dep_delay"][0] == 2
    assert int(np.ma.getmaskarray(columns["dep_delay"]).sum()) == 8_255


def test_a_database_of_ones_own_is_not_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    address = "embedded:///:memory:demo-keeps"
    import taosnative

    with taosnative.connect(address) as conn:
        conn.execute("create database mine")
        assert main(["demo", address, "--database", "mine"]) == 1
        assert "already exists" in capsys.readouterr().err
        assert "mine" in [row[0] for row in conn.query("show databases").rows()]


def test_an_unreachable_driver_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "taos://localhost", "--driver", "/nowhere/libtaos.so"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("demo: ")
    assert "/nowhere/libtaos.so" in error
