"""The benchmarks run: on the fault driver and on the embedded engine, with every side that they compare."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import instructions

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="drivers are found by LD_LIBRARY_PATH")
def test_benchmarks_measure_every_side_and_write_their_outcomes(tmp_path):
    outcomes, page, chart = tmp_path / "outcomes.json", tmp_path / "page.md", tmp_path / "chart.svg"
    command = [sys.executable, "-m", "benchmarks", "--rounds", "2", "--only", "10% NULL"]
    command += ["--json", str(outcomes), "--markdown", str(page), "--chart", str(chart)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    for target, (one,) in json.loads(outcomes.read_text()).items():
        assert one["taken"] > 0, target
        assert one["floor"] > 0, target
        assert [side["name"] for side in one["beside"]] == [
            "C, a walk that touches nothing",
            "C, a memcpy without the masks",
            "taospy, fetch_all",
        ]
    assert page.read_text(encoding="utf-8").count("10% NULL") == 2
    assert "(chart.svg)" in page.read_text(encoding="utf-8")
    assert "10% NULL" in chart.read_text(encoding="utf-8")


PROFILE = """
ob=(1) /usr/lib/libc.so.6
fn=(7) malloc
0 40
cob=(2) {package}/columns/_decode.abi3.so
cfn=(9) f
calls=3 0
0 5000

ob=(2)
fn=(9)
0 20
+3 7
cob=(1)
cfn=(7)
calls=2 0
* 40
"""


def test_instructions_are_those_of_our_own_functions_without_what_they_call():
    costs = instructions.self_costs(PROFILE.format(package=instructions.PACKAGE).splitlines())
    assert instructions.ours(costs) == {"taosnative.columns._decode": 27}


def test_growth_of_more_than_a_tenth_is_told_and_less_is_not():
    kept = {"read": {"a": 100_000, "b": 100_000, "c": 9}}
    assert instructions.grown(kept, {"read": {"a": 110_000, "b": 50_000, "c": 9_999}}) == []
    found = {"read": {"a": 110_001}, "write": {"a": 20_000}}
    assert instructions.grown(kept, found) == [
        "read: a: 100,000 → 110,001 instructions (+10%)",
        "write: a: 0 → 20,000 instructions (new)",
    ]
