"""Well-known binary: whether bytes are one geometry, whole, as far as that can be told from their frame.

A driver that binds many tables at once stores what it is given, so a geometry is looked at before it is sent.
"""

from __future__ import annotations

import struct
from typing import Final

_HAS_Z: Final = 0x80000000
_HAS_M: Final = 0x40000000
_HAS_SRID: Final = 0x20000000
_POINT, _LINE, _POLYGON = 1, 2, 3
#: Type of a collection → the type that its parts must be of, 0 for any.
_COLLECTIONS: Final = {4: _POINT, 5: _LINE, 6: _POLYGON, 7: 0}
_DEEPEST: Final = 32


class _Reader:
    """Bytes, read with a position and an end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, n_bytes: int) -> bytes:
        if n_bytes > len(self.data) - self.at:
            raise ValueError(f"ends after {len(self.data)} bytes, in the middle of a geometry")
        self.at += n_bytes
        return self.data[self.at - n_bytes : self.at]

    def number(self, order: str) -> int:
        return int(struct.unpack(order + "I", self.take(4))[0])


def fault(data: bytes) -> str | None:
    """What is wrong with a geometry, as the end of a sentence ("is …", "ends …"); None where nothing is.

    ISO and extended WKB are known, with Z, M and SRID, in both byte orders.
    """
    reader = _Reader(data)
    try:
        _geometry(reader, 0, 0)
    except ValueError as error:
        return str(error)
    if reader.at != len(data):
        return f"has {len(data) - reader.at} bytes behind its geometry"
    return None


def _geometry(reader: _Reader, expected: int, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"nests collections more than {_DEEPEST} deep")
    mark = reader.take(1)[0]
    if mark not in (0, 1):
        raise ValueError(f"is not WKB: its byte order is {mark}, neither 0 nor 1")
    order = "<" if mark else ">"
    code = reader.number(order)
    if code & _HAS_SRID:
        reader.take(4)
    kind, dimensions = code & 0x1FFFFFFF, 2 + bool(code & _HAS_Z) + bool(code & _HAS_M)
    if kind >= 1000:
        dimensions += (0, 1, 1, 2)[kind // 1000] if kind < 4000 else 0
        kind %= 1000
    if expected and kind != expected:
        raise ValueError(f"is not WKB: a part of type {kind} in a collection of type {expected + 3}")
    if kind in _COLLECTIONS:
        for _ in range(reader.number(order)):
            _geometry(reader, _COLLECTIONS[kind], depth + 1)
    elif kind == _POINT:
        reader.take(8 * dimensions)
    elif kind == _LINE:
        if _points(reader, order, dimensions)[0] == 1:
            raise ValueError("has a line of one point")
    elif kind == _POLYGON:
        for _ in range(reader.number(order)):
            n_points, closed = _points(reader, order, dimensions)
            if n_points and not closed:
                raise ValueError("has a polygon whose ring does not end where it begins")
    else:
        raise ValueError(f"is not WKB: its type is {kind}")


def _points(reader: _Reader, order: str, dimensions: int) -> tuple[int, bool]:
    """Number of points of a line, and whether its last is its first."""
    n_points = reader.number(order)
    data = reader.take(n_points * 8 * dimensions)
    return n_points, data[:16] == data[len(data) - 8 * dimensions :][:16]
