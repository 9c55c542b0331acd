"""`python -m benchmarks`: every benchmark, one table."""

import itertools

from benchmarks import decode, engine, insert
from benchmarks.harness import main

main(
    lambda: list(itertools.chain(decode.cases(), insert.cases(), engine.cases())),
    "Ratios of what taosnative takes to what the same work takes without it.",
)
