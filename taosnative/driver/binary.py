"""What the file of a shared library tells of itself, read without opening it as one.

A loader says too little, or too much: glibc calls a library for another processor "No such file or directory", and ends
the process with a bus error where a library is shorter than its header says, as after half a download.
"""

from __future__ import annotations

import os
import struct
from typing import Final

_ELF_MACHINES: Final[dict[int, str]] = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
_MACH_MACHINES: Final[dict[int, str]] = {0x01000007: "x86_64", 0x0100000C: "arm64"}
_PE_MACHINES: Final[dict[int, str]] = {0x014C: "x86", 0x8664: "AMD64", 0xAA64: "ARM64"}
_ELF64: Final = b"\x7fELF\x02\x01"  # of little-endian machines
_LOADED: Final = 1  # the kind of a segment that is mapped


def machine_of(path: str) -> str | None:
    """The processor that a library was built for, or None where its file does not tell."""
    head = _read(path, 0, 4096)
    if head[:4] == b"\x7fELF" and len(head) >= 20:
        return _ELF_MACHINES.get(struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)[0])
    if head[:4] == b"\xcf\xfa\xed\xfe" and len(head) >= 8:
        return _MACH_MACHINES.get(struct.unpack_from("<I", head, 4)[0])
    if head[:2] == b"MZ" and len(head) >= 64:
        at = struct.unpack_from("<I", head, 60)[0]
        if head[at : at + 4] == b"PE\0\0" and len(head) >= at + 6:
            return _PE_MACHINES.get(struct.unpack_from("<H", head, at + 4)[0])
    return None


def is_cut_short(path: str) -> bool:
    """Whether a library for Linux ends before its segments do: it must not be given to the loader."""
    head = _read(path, 0, 64)
    if head[:6] != _ELF64 or len(head) < 64:
        return False  # no such library, which the loader finds by itself
    (at,) = struct.unpack_from("<Q", head, 32)
    size_of_one, n_segments = struct.unpack_from("<HH", head, 54)
    table = _read(path, at, size_of_one * n_segments)
    if size_of_one < 56 or len(table) < size_of_one * n_segments:
        return True
    ends = [0]
    for i in range(n_segments):
        kind, offset, n_bytes = struct.unpack_from("<I4xQ16xQ", table, i * size_of_one)
        if kind == _LOADED:
            ends.append(offset + n_bytes)
    return os.path.getsize(path) < max(ends)


def _read(path: str, at: int, n_bytes: int) -> bytes:
    """Some bytes of a file; fewer, or none, where it has no more or cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(at)
            return file.read(n_bytes)
    except (OSError, OverflowError, ValueError):
        return b""
