"""How fast blocks become arrays, beside a plain memcpy of the bytes that the arrays hold.

`python -m benchmarks.decode` decodes 1,000,000 rows of (timestamp, float, int, float) from ready blocks of 4096 rows.
The floor copies as many bytes as the arrays hold, values and masks, from memory to memory by C's memcpy.

Most of what fresh memory costs is the making of its pages, so like is compared with like. Where results are freed
before the next is read, the decoder gets their memory again, and memcpy writes to memory that was written to before.
Where all results are kept, both write to memory that the system has just given.
"""

from __future__ import annotations

import ctypes
import mmap
import time
from typing import Any

import numpy as np

from benchmarks.harness import Case, main, timed
from taosnative.columns._decode import Decoder
from taosnative.types import Field

Array = np.ndarray[Any, np.dtype[Any]]

N_ROWS = 1_000_000
BLOCK_ROWS = 4096
FIELDS = [
    Field("ts", "TIMESTAMP", 8),
    Field("current", "FLOAT", 4),
    Field("voltage", "INT", 4),
    Field("phase", "FLOAT", 4),
]
DTYPES = ["<i8", "<f4", "<i4", "<f4"]


def blocks(null_share: float, n_rows: int = N_ROWS) -> list[bytes]:
    """Blocks as a driver hands them out; each value but the times is NULL with that likelihood."""
    random = np.random.default_rng(7)
    made = []
    for start in range(0, n_rows, BLOCK_ROWS):
        n = min(BLOCK_ROWS, n_rows - start)
        values = [(np.arange(start, start + n) * 1000).astype("<i8")]
        values += [(random.random(n) * 100).astype(dtype) for dtype in DTYPES[1:]]
        bitmaps = [np.packbits(random.random(n) < share) for share in [0.0] + [null_share] * 3]
        types = [bytes([field.info.code]) + field.info.width.to_bytes(4, "little") for field in FIELDS]
        lengths = [column.nbytes.to_bytes(4, "little") for column in values]
        segments = [part.tobytes() for pair in zip(bitmaps, values, strict=True) for part in pair]
        body = b"".join([*types, *lengths, *segments, b"\0"])
        made.append(np.array([1, 28 + len(body), n, len(FIELDS), -(2**31), 0, 0], "<i4").tobytes() + body)
    return made


def decode(made: list[bytes]) -> list[Array]:
    """All blocks, as a result's `numpy()` reads them."""
    decoder = Decoder(FIELDS, 0)
    for block in made:
        decoder.add_bytes(block)
    return decoder.finish()


def held(arrays: list[Array]) -> list[Array]:
    """Every plain array that the columns are made of: values, and masks."""
    masks = [np.ma.getmaskarray(array) for array in arrays if isinstance(array, np.ma.MaskedArray)]
    return [np.ma.getdata(array) for array in arrays] + masks


def copy_to_fresh(sources: list[Array]) -> float:
    """Seconds of copying each source into memory that the system has just given."""
    start = time.perf_counter()
    copies = []
    for source in sources:
        memory = mmap.mmap(-1, source.nbytes)
        ctypes.memmove(ctypes.addressof(ctypes.c_char.from_buffer(memory)), source.ctypes.data, source.nbytes)
        copies.append(memory)
    return time.perf_counter() - start


def copy_to_written(sources: list[Array], targets: list[Array]) -> float:
    """Seconds of copying each source into memory that has been written to before."""
    start = time.perf_counter()
    for source, target in zip(sources, targets, strict=True):
        ctypes.memmove(target.ctypes.data, source.ctypes.data, source.nbytes)
    return time.perf_counter() - start


def decode_beside_memcpy(name: str, null_share: float, target: float | None) -> Case:
    """Results that are freed before the next is read."""
    ready = blocks(null_share)
    sources = [array.copy() for array in held(decode(ready))]
    targets = [array.copy() for array in sources]
    return Case(
        f"decode, {name}, results freed",
        timed(lambda: decode(ready)),
        lambda: copy_to_written(sources, targets),
        "memcpy to memory written to before",
        target,
    )


def decode_beside_fresh_memcpy(name: str, null_share: float, target: float | None) -> Case:
    """Results that are all kept."""
    ready = blocks(null_share)
    sources = [array.copy() for array in held(decode(ready))]
    kept: list[list[Array]] = []
    return Case(
        f"decode, {name}, results kept",
        timed(lambda: kept.append(decode(ready))),
        lambda: copy_to_fresh(sources),
        "memcpy to fresh memory",
        target,
    )


def cases() -> list[Case]:
    """What is measured, and what it is held to."""
    return [
        decode_beside_memcpy("no NULLs", 0.0, 2.0),
        decode_beside_memcpy("1 % NULLs", 0.01, None),
        decode_beside_memcpy("half NULLs", 0.5, None),
        decode_beside_fresh_memcpy("no NULLs", 0.0, 2.0),
    ]


if __name__ == "__main__":
    main(cases, __doc__.splitlines()[0])
