"""A small frame for benchmarks: it interleaves what is compared, and takes ratios with their spread.

Things that are compared run one after the other, round by round, so that what else the machine does meets all alike; a
ratio is taken in each round, and the median of the ratios is told with their quartiles. A side that is slow stops when
it has had its time: it has fewer rounds then, and no other side waits for it.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

Run = Callable[[], float]

#: Seconds after which a side that is not the floor stops, if it has run three times.
ENOUGH_SECONDS = 3.0
ENOUGH_ROUNDS = 3


@dataclass(frozen=True)
class Case:
    """What is compared: each run does the work once and gives what it took, of what it alone wants counted."""

    name: str
    run: Run
    floor: Run  #: the least that the work can take
    floor_name: str
    target: float | None = None  #: the ratio that `run` is held to: a gate; None: informational
    beside: Mapping[str, Run] = field(default_factory=dict)  #: others that do the same work
    set_up: Callable[[], object] | None = None  #: once, before all rounds
    group: str = ""
    work: str = ""  #: what one run does
    unit: str = "s"  #: of what a run gives: "s", or "B" for bytes
    most_rounds: int | None = None  #: where fewer than of others are enough


@dataclass(frozen=True)
class Spread:
    """A median and its quartiles."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of some values, one at least."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))


@dataclass(frozen=True)
class Beside:
    """Another that does the same work: what it takes, and its ratio to us."""

    name: str
    taken: float
    ratio: Spread
    n_rounds: int


@dataclass(frozen=True)
class Outcome:
    """A ratio, and what it is of."""

    name: str
    group: str
    work: str
    unit: str
    taken: float  #: median
    floor: float  #: median
    floor_name: str
    ratio: Spread  #: of what we take to what the floor takes
    n_rounds: int
    target: float | None
    beside: tuple[Beside, ...]

    @property
    def kind(self) -> str:
        """Whether it is a gate, where our code dominates and a target holds it, or informational."""
        return "informational" if self.target is None else "gate"

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is within its target; None where there is none."""
        return None if self.target is None else self.ratio.median <= self.target

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self) | {"kind": self.kind, "reached": self.reached}


def timed(work: Callable[[], object]) -> Run:
    """A run that counts all of `work`, but not the freeing of what it gives back."""

    def run() -> float:
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        del result
        return seconds

    return run


def measure(case: Case, rounds: int) -> Outcome:
    """Run all sides in turn, `rounds` times, after one round that is not counted."""
    rounds = min(rounds, case.most_rounds or rounds)
    if case.set_up is not None:
        case.set_up()
    sides = {"": case.run, case.floor_name: case.floor, **case.beside}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, run in sides.items():
            has_enough = sum(taken[name]) > ENOUGH_SECONDS and len(taken[name]) >= ENOUGH_ROUNDS
            if name in case.beside and (has_enough or (number > 0 and taken[name] and len(taken[name]) < number)):
                continue
            gc.collect()
            one = run()
            if number > 0:
                taken[name].append(one)
    ours, floor = taken[""], taken[case.floor_name]
    beside = tuple(
        Beside(
            name,
            statistics.median(taken[name]),
            Spread.of([their / our for their, our in zip(taken[name], ours, strict=False)]),
            len(taken[name]),
        )
        for name in case.beside
    )
    return Outcome(
        case.name,
        case.group,
        case.work,
        case.unit,
        statistics.median(ours),
        statistics.median(floor),
        case.floor_name,
        Spread.of([our / least for our, least in zip(ours, floor, strict=True)]),
        rounds,
        case.target,
        beside,
    )


def told(amount: float, unit: str) -> str:
    """An amount with its unit, in three digits."""
    scales = {"s": [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")], "B": [(2.0**20, "MiB"), (2.0**10, "KiB")]}
    factor, name = next((scale for scale in scales[unit] if amount >= scale[0]), scales[unit][-1])
    return f"{amount / factor:.3g} {name}" if amount / factor < 1000 else f"{amount / factor:.0f} {name}"


def lines(one: Outcome) -> list[str]:
    """An outcome as text."""
    target = "" if one.target is None else f"{one.target:.2f} {'reached' if one.reached else 'MISSED'}"
    spread = f"{one.ratio.low:.2f} – {one.ratio.high:.2f}"
    amounts = f"{told(one.taken, one.unit):>9} {told(one.floor, one.unit):>9}"
    found = [
        f"{one.name:44} {amounts} {one.ratio.median:6.2f} {spread:>13}  {target}",
        f"    beside {one.floor_name}",
    ]
    found += [
        f"    {side.name}: {told(side.taken, one.unit)}, {side.ratio.median:.3g} times ours" for side in one.beside
    ]
    return found


def run_all(cases: Iterable[Case], rounds: int, only: str = "") -> list[Outcome]:
    """Measure case after case, and print each outcome when it is there."""
    print(f"{'':44} {'ours':>9} {'floor':>9} {'ratio':>6} {'quartiles':>13}  target")
    outcomes = []
    for case in cases:
        if only in f"{case.group}: {case.name}":
            outcomes.append(measure(case, rounds))
            print("\n".join(lines(outcomes[-1])), flush=True)
    return outcomes


def main(cases: Callable[[], Iterable[Case]], description: str) -> None:
    """The command of one module: it measures its cases, prints a table, and writes JSON where it is asked to."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=15, help="how often each side runs (default: %(default)s)")
    parser.add_argument("--only", default="", help="run the cases whose name has this in it")
    parser.add_argument("--json", type=Path, help="also write the outcomes to this file")
    options = parser.parse_args()
    outcomes = run_all(cases(), options.rounds, options.only)
    if options.json:
        options.json.write_text(json.dumps([one.as_dict() for one in outcomes], indent=2) + "\n")
