"""Benchmarks: ratios of what taosnative takes to what the same work takes without it, measured in the same run.

`python -m benchmarks.decode` measures reading; each module here is a command of its own. No test asserts a time.
"""
