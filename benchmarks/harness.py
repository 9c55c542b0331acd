"""A small frame for benchmarks: it interleaves what is compared, and prints ratios with their spread.

Two things that are compared run one after the other, round by round, so that what else the machine does meets both
alike; a ratio is taken in each round, and the median of the ratios is told with their quartiles.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """What is compared: each `run` does the work once and gives the seconds it took, of what it alone wants counted."""

    name: str
    run: Callable[[], float]
    floor: Callable[[], float]  #: the least that the work can take
    floor_name: str
    target: float | None = None  #: the ratio that `run` is held to; None: informational


@dataclass(frozen=True)
class Outcome:
    """A ratio, and what it is of."""

    name: str
    floor_name: str
    seconds: float  #: median
    floor_seconds: float  #: median
    ratio: float  #: median over the rounds
    low: float  #: first quartile
    high: float  #: third quartile
    target: float | None

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is within its target; None where there is none."""
        return None if self.target is None else self.ratio <= self.target


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """A `run` that counts all of `work`, but not the freeing of what it gives back."""

    def run() -> float:
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        del result
        return seconds

    return run


def measure(case: Case, rounds: int) -> Outcome:
    """Run both sides `rounds` times in turn, after one round that is not counted."""
    pairs = [(case.run(), case.floor()) for _ in range(rounds + 1)][1:]
    ratios = [seconds / floor for seconds, floor in pairs]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    seconds, floor_seconds = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Outcome(case.name, case.floor_name, seconds, floor_seconds, ratio, low, high, case.target)


def table(outcomes: Sequence[Outcome]) -> str:
    """Outcomes as text, one a line."""
    lines = [f"{'':44} {'ms':>9} {'floor ms':>9} {'ratio':>6} {'quartiles':>13}  target"]
    for one in outcomes:
        target = "" if one.target is None else f"{one.target:.2f} {'reached' if one.reached else 'MISSED'}"
        spread = f"{one.low:.2f} – {one.high:.2f}"
        times = f"{one.seconds * 1e3:9.2f} {one.floor_seconds * 1e3:9.2f}"
        lines.append(f"{one.name:44} {times} {one.ratio:6.2f} {spread:>13}  {target}")
        lines.append(f"    beside {one.floor_name}")
    return "\n".join(lines)


def main(cases: Callable[[], Sequence[Case]], description: str) -> None:
    """The command of a benchmark: it measures its cases, prints a table, and writes JSON where it is asked to."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=15, help="how often each side runs (default: %(default)s)")
    parser.add_argument("--only", default="", help="run the cases whose name has this in it")
    parser.add_argument("--json", type=Path, help="also write the outcomes to this file")
    options = parser.parse_args()
    outcomes = [measure(case, options.rounds) for case in cases() if options.only in case.name]
    print(table(outcomes))
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in outcomes], indent=2) + "\n")
