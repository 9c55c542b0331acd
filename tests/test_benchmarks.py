"""The benchmarks run: on the fault driver and on the embedded engine, with every side that they compare."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="drivers are found by LD_LIBRARY_PATH")
def test_benchmarks_measure_every_side_and_write_their_outcomes(tmp_path):
    outcomes, page = tmp_path / "outcomes.json", tmp_path / "page.md"
    command = [sys.executable, "-m", "benchmarks", "--rounds", "2", "--only", "10% NULL"]
    command += ["--json", str(outcomes), "--markdown", str(page)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    for target, (one,) in json.loads(outcomes.read_text()).items():
        assert one["taken"] > 0, target
        assert one["floor"] > 0, target
        assert [side["name"] for side in one["beside"]] == ["C, a walk that touches nothing", "taospy, fetch_all"]
    assert page.read_text(encoding="utf-8").count("10% NULL") == 2
