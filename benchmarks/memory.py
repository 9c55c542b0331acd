"""How much memory a long result takes while it is read, beside the bytes of its rows.

Each side runs in a process of its own, which tells how far its resident memory rose at most. Linux only, since others
do not tell the peak of a moment.
"""

from __future__ import annotations

import argparse
import mmap
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.harness import Case
from benchmarks.read import MIXED, column
from benchmarks.targets import Target, open_target

N_ROWS = 3 * 4096
N_TIMES = 100
BYTES_A_ROW = 20
#: Of the bytes of all rows: what streaming is held to, and what arrays of all are held to (masks are among them).
STREAMING_TARGET = 0.25
WHOLE_TARGET = 1.3


def _ours_by_rows(target: Target, sql: str) -> int:
    return sum(1 for _ in target.conn.query(sql))


def _ours_whole(target: Target, sql: str) -> int:
    return len(target.conn.query(sql).numpy()["c0"])


def _taospy_by_blocks(target: Target, sql: str) -> int:
    return sum(n_rows for _, n_rows in target.taospy.query(sql).blocks_iter())


SIDES: dict[str, Callable[[Target, str], int]] = {
    "rows": _ours_by_rows,
    "whole": _ours_whole,
    "taospy": _taospy_by_blocks,
}


def _resident(key: str) -> int:
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def rise(target: Target, read: Callable[[Target, str], int]) -> int:
    """Bytes by which memory rises at most while a result is read."""
    columns = [column(kind, N_ROWS, name=f"c{i}") for i, kind in enumerate(MIXED)]
    read(target, target.show(columns))  # what is done once in a process is done
    sql = target.show(columns, N_TIMES)
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    before = _resident("VmRSS")
    assert read(target, sql) == N_ROWS * N_TIMES
    return max(_resident("VmHWM") - before, mmap.PAGESIZE)  # where none was needed: a ratio wants something


def cases(target: Target, folder: Path) -> Iterator[Case]:
    """What is measured; on another driver than the fault driver, what the driver keeps is counted with it."""
    if not sys.platform.startswith("linux"):
        return
    n_bytes = float(N_ROWS * N_TIMES * BYTES_A_ROW)
    work = f"{N_ROWS * N_TIMES:,} rows of 4 columns"

    def side(name: str) -> Callable[[], float]:
        command = [sys.executable, "-m", "benchmarks.memory", target.name, str(folder), name]
        return lambda: float(subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout)

    is_gate = target.name == "fault"
    beside = {} if target.taospy is None else {"taospy, block by block": side("taospy")}
    for name, key, goal, others in (
        ("row by row", "rows", STREAMING_TARGET, beside),
        ("numpy() of all rows", "whole", WHOLE_TARGET, {}),
    ):
        yield Case(
            f"peak of memory, {name}",
            side(key),
            lambda: n_bytes,
            "the bytes of the rows",
            goal if is_gate else None,
            others,
            None,
            "memory",
            work,
            "B",
            most_rounds=2,
        )


def main() -> None:
    """Tell the rise of one side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("folder", type=Path)
    parser.add_argument("side", choices=SIDES)
    options = parser.parse_args()
    target = open_target(options.target, options.folder)
    with target.conn:
        print(rise(target, SIDES[options.side]))
        target.floor.close()


if __name__ == "__main__":
    main()
