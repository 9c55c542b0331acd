"""`python -m benchmarks`: on the fault driver, on the embedded engine and, with --dsn, on a server."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.page import TITLES, page
from benchmarks.targets import DSN_VARIABLE, environment, make_library


def measure(target: str, rounds: int, only: str) -> list[dict[str, Any]]:
    """Run a target's benchmarks in a process that finds its driver by name."""
    print(f"\n== {target}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        make_library(target, Path(folder))
        outcomes = Path(folder, "outcomes.json")
        command = [sys.executable, "-m", "benchmarks.on_target", target, folder, str(outcomes)]
        command += ["--rounds", str(rounds), "--only", only]
        subprocess.run(command, check=True, env=dict(environment(Path(folder))))
        found: list[dict[str, Any]] = json.loads(outcomes.read_text())
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--dsn", help="a server to measure on as well: a database of its own is made there")
    parser.add_argument("--rounds", type=int, default=9, help="how often each side runs (default: %(default)s)")
    parser.add_argument("--only", default="", help="run the cases whose group and name have this in them")
    parser.add_argument("--json", type=Path, help="also write the outcomes to this file")
    parser.add_argument("--markdown", type=Path, help="also write them, and the method, as a page")
    parser.add_argument("--chart", type=Path, help="also draw them (.svg, .png)")
    options = parser.parse_args()
    targets = ["fault", "embedded"]
    if options.dsn:
        os.environ[DSN_VARIABLE] = options.dsn
        targets.append("server")
    outcomes = {target: measure(target, options.rounds, options.only) for target in targets}
    if options.json:
        options.json.write_text(json.dumps(outcomes, indent=2) + "\n")
    if options.chart:
        from benchmarks.chart import draw  # matplotlib is needed for this alone

        draw(outcomes, TITLES, options.chart)
    if options.markdown:
        options.markdown.write_text(page(outcomes, options.chart), encoding="utf-8")


if __name__ == "__main__":
    main()
