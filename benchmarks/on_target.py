"""The benchmarks that run on any driver, on one: `python -m benchmarks` starts a process of this module for each."""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

from benchmarks import memory, read, write
from benchmarks.harness import run_all
from benchmarks.targets import open_target


def main() -> None:
    """Measure on a target, and write the outcomes to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("folder", type=Path, help="where the target's driver is")
    parser.add_argument("outcomes", type=Path)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    target = open_target(options.target, options.folder)
    if target.taospy is None:
        print(f"without taospy: {target.why_no_taospy}")
    with target.conn:
        cases = itertools.chain(read.cases(target), write.cases(target), memory.cases(target, options.folder))
        outcomes = run_all(cases, options.rounds, options.only)
        target.floor.close()
    options.outcomes.write_text(json.dumps([one.as_dict() for one in outcomes]))


if __name__ == "__main__":
    main()
