"""Outcomes as a page of the documentation: the method in words, and a table for each driver."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import told

TITLES = {
    "fault": "On a driver whose blocks cost nothing",
    "embedded": "On the embedded engine",
    "server": "On a server",
}
METHOD = """# Performance

What taosnative takes, as a ratio to the least that the same work can take: a C program, compiled on the spot, that
makes the same calls of the same driver in the same process. Beside it, where it can do the work at all, stands taospy
from PyPI, on the same driver, too. This command writes this page, and `--dsn taos://…` adds a server of yours:

    python -m benchmarks --markdown docs/performance.md --chart docs/performance.svg

- All sides run in turn, round by round; a ratio is taken in each round. The tables have medians, and the quartiles of
  the ratio.
- Reading: the floor is a query and a walk of its blocks by `taos_fetch_raw_block` with one memcpy of each block, and a
  memset of a byte a row for each column whose array has a mask of NULLs.
- Writing: the floor is a loop of stmt2 with the columns bound where they lie, into a new table each time.
- The driver whose blocks cost nothing copies what is bound once, to a place that is in the processor's cache, and does
  no more: the least that any driver does. What `insert` takes beyond it is a DESCRIBE and a prepare, a pass over each
  column that looks for NaN and NaT, and a few calls for each request of 32,767 rows; text is copied to where stmt2
  wants it.
- On the main thread each call that waits for the driver is handed to a helper and back, so that Ctrl-C can end it: some
  30 µs a call where a processor is free, several times that where none is; and a result that is read whole is decoded
  by the helper, whose processor has none of it in its cache. Columns of numbers and inserts miss their ratio for it on
  the driver whose blocks cost nothing. A query of one row is measured on another thread, too, where nothing is handed
  over.
- A query of one row makes a result, a decoder and an array a column in Python, where C makes nothing: some 30 µs, and
  several times that where other work has emptied the processor's caches, as a round of taospy does before each of ours.
- taospy's stmt2 gets lists that are there before; taosnative gets numpy arrays, and lists where there is text.
- Memory is how far a process of its own rises while it reads, beside the bytes of the rows that it reads.
- A case is held to a ratio where our code dominates and the floor does all of the work (a gate); else it is
  informational. No test asserts a time.
"""


def _row(one: Mapping[str, Any]) -> str:
    ratio, unit = one["ratio"], one["unit"]
    held = "" if one["target"] is None else f"{one['target']:.2f}, {'reached' if one['reached'] else 'missed'}"
    taospy = [f"{side['ratio']['median']:.3g}" for side in one["beside"] if side["name"].startswith("taospy")]
    spread = f"{ratio['median']:.2f} ({ratio['low']:.2f} – {ratio['high']:.2f})"
    cells = [one["group"], one["name"], one["work"], told(one["taken"], unit), told(one["floor"], unit), spread, held]
    return f"| {' | '.join([*cells, *(taospy or [''])])} |"


def page(outcomes: Mapping[str, Sequence[Mapping[str, Any]]], chart: Path | None = None) -> str:
    """The whole page, with a chart that lies beside it."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    versions = f"CPython {platform.python_version()}, numpy {np.__version__}"
    parts = [METHOD, f"Measured on {machine}, with {versions}.\n"]
    if chart is not None:
        parts.append(f"![Times as long as the C program, by case and driver]({chart.name})\n")
    for target, found in outcomes.items():
        head = "| | case | work | taosnative | floor | ratio | held to | taospy, times ours |"
        parts.append("\n".join([f"## {TITLES[target]}\n", head, "| --- " * 8 + "|", *map(_row, found), ""]))
    return "\n".join(parts)
