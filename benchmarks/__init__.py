"""Benchmarks: ratios of what taosnative takes to what the same work takes without it, measured in the same run.

Each module is a command of its own: `python -m benchmarks.decode` (the speed of reading), `python -m benchmarks.peak`
(its memory). No test asserts a time.
"""
