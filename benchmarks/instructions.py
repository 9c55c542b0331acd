"""The guard: how many instructions taosnative's own functions take for work that is the same each time.

`python -m benchmarks.instructions` runs the work of `instructions_work` over the fault driver under valgrind's
callgrind, sums what it counted in our shared objects alone (no interpreter, no numpy, no libc, no driver), and compares
it with `instructions.json`, which is kept in the repository. It fails where a count has grown by more than 10 %: make
the code cheaper again, or, where the growth is worth it, run it with `--write` and commit the file with the change.

Instructions are no time, but they are the same at every run, whatever else the machine does. They depend on the
compiler and on the kind of the build, so they are compared only where those are the ones of the file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import taosnative
from benchmarks.floors import compile_c
from benchmarks.targets import LIBRARY, make_library
from taosnative.columns import _decode

ROOT = Path(__file__).parents[1]
PACKAGE = Path(taosnative.__file__).parent
KEPT = Path(__file__).with_suffix(".json")
MARKS = Path(__file__).with_suffix(".c")
#: How much a count may grow, and how few instructions are not looked at.
MOST_GROWTH = 0.10
FEWEST = 10_000

#: Lines of a profile: `ob=(3) /path` names an object, `ob=(3)` names it again; costs follow, those of a call after
#: `calls=`. An object may first be named where it is called: `cob=(4) /path`.
_OBJECT = re.compile(r"(c?)ob=\((\d+)\)(?: (.*))?")
_COST = re.compile(r"[+*\-\d]\S* (\d+)")

Counts = dict[str, dict[str, int]]


def build_kind() -> str:
    """What counts depend on: processor, compiler, and the kind of the build."""
    told = subprocess.run(["cc", "-dumpfullversion", "-dumpversion"], capture_output=True, text=True, check=True).stdout
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    limited = "Limited API" if ".abi3." in str(_decode.__file__) else f"CPython {sysconfig.get_python_version()}"
    return f"{platform.machine()}, {compiler} {told.split('.')[0]}, {limited}"


def self_costs(lines: Iterable[str]) -> Counter[str]:
    """Instructions by object, without those of what was called."""
    names: dict[str, str] = {}
    costs: Counter[str] = Counter()
    here, is_call = "", False
    for line in lines:
        if found := _OBJECT.match(line):
            is_called, number, name = found.groups()
            named = names.setdefault(number, name or "")
            here = here if is_called else named
        elif line.startswith("calls="):
            is_call = True
        elif found := _COST.match(line):
            if not is_call:
                costs[here] += int(found[1])
            is_call = False
    return costs


def ours(costs: Mapping[str, int]) -> dict[str, int]:
    """Of our objects, by module."""
    return {
        ".".join(Path(path).relative_to(PACKAGE.parent).with_name(Path(path).name.partition(".")[0]).parts): n
        for path, n in sorted(costs.items())
        if Path(path).is_relative_to(PACKAGE)
    }


def count() -> Counts:
    """Run all work under callgrind: instructions by case and module."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_library("fault", folder)
        marks = compile_c(MARKS, folder / "marks.so")
        profile = folder / "profile"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", "--dump-line=no"]
        command += ["--zero-before=instructions_begin", "--dump-before=instructions_end"]
        command += [sys.executable, "-m", "benchmarks.instructions_work", str(folder / LIBRARY), str(marks)]
        made = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            sys.exit(f"the work failed under valgrind:\n{made.stdout}{made.stderr[-4000:]}")
        cases = made.stdout.split("\n")[:-1]
        profiles = [folder / f"profile.{number + 1}" for number in range(len(cases))]
        return {case: ours(self_costs(one.read_text().splitlines())) for case, one in zip(cases, profiles, strict=True)}


def grown(kept: Counts, found: Counts) -> list[str]:
    """What has grown by too much, or is not in the file, in words."""
    complaints = []
    for case, modules in found.items():
        for module, n in modules.items():
            before = kept.get(case, {}).get(module, 0)
            if n > max(before * (1 + MOST_GROWTH), FEWEST):
                by = f"{n / before - 1:+.0%}" if before else "new"
                complaints.append(f"{case}: {module}: {before:,} → {n:,} instructions ({by})")
    return complaints


def table(kept: Counts, found: Counts) -> str:
    """A line a case, with the change of its sum."""
    lines = []
    for case, modules in found.items():
        n, before = sum(modules.values()), sum(kept.get(case, {}).values())
        lines.append(f"{case:44} {n:14,} {f'{n / before - 1:+.1%}' if before else 'new':>8}")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what was counted")
    options = parser.parse_args()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {"build": None, "counts": {}}
    if shutil.which("valgrind") is None:
        print("instructions are not counted: there is no valgrind here")
        return
    build = build_kind()
    if not options.write and kept["build"] != build:
        print(f"instructions are not compared: they were counted for {kept['build']}, and this is {build}")
        return
    found = count()
    if not all(found.values()):
        sys.exit(f"nothing of {PACKAGE} was seen to run")
    print(table(kept["counts"], found))
    if options.write:
        KEPT.write_text(json.dumps({"build": build, "counts": found}, indent=2) + "\n")
    elif complaints := grown(kept["counts"], found):
        sys.exit("\n".join([*complaints, "see benchmarks/instructions.py for what to do"]))


if __name__ == "__main__":
    main()
