"""Well-known text to well-known binary, and a check of binary that came from outside."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

_TYPES = {
    "POINT": 1,
    "LINESTRING": 2,
    "POLYGON": 3,
    "MULTIPOINT": 4,
    "MULTILINESTRING": 5,
    "MULTIPOLYGON": 6,
    "GEOMETRYCOLLECTION": 7,
}
_TOKEN = re.compile(r"\s*([A-Za-z]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[(),])")
#: Deeper collections than these are refused, so that nobody exhausts the stack.
_MAX_DEPTH = 32


class _Tokens:
    def __init__(self, text: str) -> None:
        self.items: list[str] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise ValueError(f"not well-known text at {text[position:]!r}")
            self.items.append(found[1])
            position = found.end()
        self.index = 0

    def peek(self) -> str:
        return self.items[self.index] if self.index < len(self.items) else ""

    def next(self) -> str:
        token = self.peek()
        self.index += 1
        return token

    def expect(self, sign: str) -> None:
        if self.next() != sign:
            raise ValueError(f"{sign!r} expected")

    def listed(self) -> Iterator[None]:
        """Once for each item of a list in brackets."""
        self.expect("(")
        while True:
            yield
            token = self.next()
            if token == ")":
                return
            if token != ",":
                raise ValueError("',' or ')' expected")


def to_wkb(text: str) -> bytes:
    """Little-endian binary of a geometry in text; ValueError where it is none."""
    tokens = _Tokens(text)
    binary = _geometry(tokens, 0)
    if tokens.peek():
        raise ValueError(f"{tokens.peek()!r} after the geometry")
    return binary


def _geometry(tokens: _Tokens, depth: int) -> bytes:
    name = tokens.next().upper()
    if name not in _TYPES or depth > _MAX_DEPTH:
        raise ValueError(f"{name!r} is no geometry")
    header = struct.pack("<BI", 1, _TYPES[name])
    if tokens.peek().upper() == "EMPTY":
        tokens.next()
        return header + (struct.pack("<dd", float("nan"), float("nan")) if name == "POINT" else struct.pack("<I", 0))
    if name == "GEOMETRYCOLLECTION":
        parts = [_geometry(tokens, depth + 1) for _ in tokens.listed()]
        return header + struct.pack("<I", len(parts)) + b"".join(parts)
    return header + _BODIES[name](tokens)


def _coordinates(tokens: _Tokens) -> bytes:
    return struct.pack("<dd", float(tokens.next()), float(tokens.next()))


def _point(tokens: _Tokens) -> bytes:
    tokens.expect("(")
    body = _coordinates(tokens)
    tokens.expect(")")
    return body


def _line(tokens: _Tokens) -> bytes:
    points = [_coordinates(tokens) for _ in tokens.listed()]
    if len(points) == 1:
        raise ValueError("a line has two points or more")
    return struct.pack("<I", len(points)) + b"".join(points)


def _ring(tokens: _Tokens) -> bytes:
    points = [_coordinates(tokens) for _ in tokens.listed()]
    if len(points) < 4 or points[0] != points[-1]:
        raise ValueError("a ring has four points or more and is closed")
    return struct.pack("<I", len(points)) + b"".join(points)


def _polygon(tokens: _Tokens) -> bytes:
    rings = [_ring(tokens) for _ in tokens.listed()]
    return struct.pack("<I", len(rings)) + b"".join(rings)


def _multi_point(tokens: _Tokens) -> bytes:
    points = [_point(tokens) if tokens.peek() == "(" else _coordinates(tokens) for _ in tokens.listed()]
    header = struct.pack("<BI", 1, _TYPES["POINT"])
    return struct.pack("<I", len(points)) + b"".join(header + point for point in points)


def _multi(kind: str, body: Callable[[_Tokens], bytes]) -> Callable[[_Tokens], bytes]:
    header = struct.pack("<BI", 1, _TYPES[kind])

    def read(tokens: _Tokens) -> bytes:
        parts = [body(tokens) for _ in tokens.listed()]
        return struct.pack("<I", len(parts)) + b"".join(header + part for part in parts)

    return read


_BODIES: dict[str, Callable[[_Tokens], bytes]] = {
    "POINT": _point,
    "LINESTRING": _line,
    "POLYGON": _polygon,
    "MULTIPOINT": _multi_point,
    "MULTILINESTRING": _multi("LINESTRING", _line),
    "MULTIPOLYGON": _multi("POLYGON", _polygon),
}


def is_wkb(data: bytes) -> bool:
    """Whether the bytes are one whole geometry."""
    try:
        return _skip(data, 0, 0) == len(data)
    except (struct.error, ValueError):
        return False


def _skip(data: bytes, position: int, depth: int) -> int:
    """Where the geometry that begins at `position` ends."""
    if depth > _MAX_DEPTH or data[position : position + 1] not in (b"\0", b"\1"):
        raise ValueError("no byte order")
    order = "<" if data[position] else ">"
    (kind,) = struct.unpack_from(order + "I", data, position + 1)
    position += 5
    if kind == _TYPES["POINT"]:
        return _within(data, position + 16)
    if kind not in _TYPES.values():
        raise ValueError("no type")
    (count,) = struct.unpack_from(order + "I", data, position)
    position += 4
    if kind == _TYPES["LINESTRING"]:
        return _within(data, position + 16 * count)
    for _ in range(count):
        if kind == _TYPES["POLYGON"]:
            (points,) = struct.unpack_from(order + "I", data, position)
            position = _within(data, position + 4 + 16 * points)
        else:
            position = _skip(data, position, depth + 1)
    return position


def _within(data: bytes, end: int) -> int:
    if end > len(data):
        raise ValueError("cut short")
    return end
