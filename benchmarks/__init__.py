"""Benchmarks: ratios of what taosnative takes to what the same work takes without it, measured in the same run.

`python -m benchmarks` measures on the fault driver, on the embedded engine and, with --dsn, on a server, beside C and
taospy. Commands of their own are `benchmarks.decode` (blocks to arrays, beside memcpy), `benchmarks.peak` (its memory),
`benchmarks.engine` (beside DuckDB alone) and `benchmarks.instructions` (the guard). No test asserts a time.
"""
