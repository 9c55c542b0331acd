"""How much memory decoding takes at its peak, beside the bytes of the arrays that it returns.

`python -m benchmarks.peak` decodes in a process of its own each time, from blocks that are there before, and reads how
far its resident memory rose at most. It is held to 1.3. Linux only, since others do not tell the peak of a moment.
"""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from benchmarks.decode import blocks, decode, held

def resident(key):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))

ready = blocks(float(sys.argv[1]), int(sys.argv[2]))
decode(ready[:1])
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")
before = resident("VmRSS")
arrays = decode(ready)
print((resident("VmHWM") - before) / sum(part.nbytes for part in held(arrays)))
"""


def peak_ratio(null_share: float, n_rows: int) -> float:
    """Peak of resident memory while decoding `n_rows`, to the bytes of the arrays."""
    command = [sys.executable, "-c", PROGRAM, str(null_share), str(n_rows)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    for n_rows in (300_000, 600_000, 1_000_000, 1_100_000, 3_000_000):
        for null_share in (0.0, 0.5):
            ratio = peak_ratio(null_share, n_rows)
            print(f"{n_rows:9,} rows, {null_share:3.0%} NULL: {ratio:.2f}  {'reached' if ratio < 1.3 else 'MISSED'}")
