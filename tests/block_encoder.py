"""Writes raw blocks out of Python values, by the description of the format and without any of the decoder's code.

A column is a type, a list of values (None is NULL) and, for DECIMAL, digits and scale. A value is a bool, int or float,
an integer of ticks for TIMESTAMP, str or bytes for text, bytes, and for DECIMAL the unscaled integer.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

FIXED = {
    "BOOL": (1, "<i1"),
    "TINYINT": (2, "<i1"),
    "SMALLINT": (3, "<i2"),
    "INT": (4, "<i4"),
    "BIGINT": (5, "<i8"),
    "FLOAT": (6, "<f4"),
    "DOUBLE": (7, "<f8"),
    "TIMESTAMP": (9, "<i8"),
    "TINYINT UNSIGNED": (11, "<u1"),
    "SMALLINT UNSIGNED": (12, "<u2"),
    "INT UNSIGNED": (13, "<u4"),
    "BIGINT UNSIGNED": (14, "<u8"),
}
VARIABLE = {"VARCHAR": 8, "NCHAR": 10, "JSON": 15, "VARBINARY": 16, "BLOB": 18, "GEOMETRY": 20}
DECIMALS = {"DECIMAL": (17, 16), "DECIMAL64": (21, 8)}


@dataclass
class Column:
    """What to write; `order` is the order in which values of variable width lie, `share` lets equal ones lie once."""

    type: str
    values: list[Any]
    digits: int = 18
    scale: int = 0
    order: list[int] | None = None
    share: bool = False
    gap: bytes = b""  #: lies between values of variable width
    junk: int = 0  #: what a NULL's value is in a column of fixed width, and what the bits behind the last row are
    declared: int = field(default=0)  #: bytes that the schema tells for a variable width


def encode(columns: list[Column], *, version: int = 1, group: int = 0, tail: bytes = b"\0") -> bytes:
    """A block of these columns, which are all as long."""
    n_rows = len(columns[0].values)
    schemas, lengths, segments = zip(*(_column(column, n_rows) for column in columns), strict=True)
    body = b"".join(schemas) + np.array(lengths, "<i4").tobytes() + b"".join(segments) + tail
    head = np.array([version, 28 + len(body), n_rows, len(columns), -(2**31)], "<i4").tobytes()
    return head + np.array([group], "<u8").tobytes() + body


def _column(column: Column, n_rows: int) -> tuple[bytes, int, bytes]:
    """Schema, number of data bytes, and segment."""
    if column.type in FIXED:
        code, dtype = FIXED[column.type]
        width = np.dtype(dtype).itemsize
        junk = np.full(1, column.junk & 0x7F, "u1").repeat(width).view(dtype)[0]
        data = np.array([junk if value is None else value for value in column.values], dtype).tobytes()
        return _schema(code, width), len(data), _bitmap(column) + data
    if column.type in DECIMALS:
        code, width = DECIMALS[column.type]
        values = [column.junk if value is None else value for value in column.values]
        data = b"".join(value.to_bytes(width, "little", signed=True) for value in values)
        return _schema(code, width << 24 | column.digits << 8 | column.scale), len(data), _bitmap(column) + data
    offsets, data = _variable(column, n_rows)
    return _schema(VARIABLE[column.type], column.declared), len(data), offsets + data


def _schema(code: int, declared: int) -> bytes:
    return bytes([code]) + declared.to_bytes(4, "little")


def _bitmap(column: Column) -> bytes:
    bits = [value is None for value in column.values]
    spare = -len(bits) % 8
    return np.packbits(np.array(bits + [bool(column.junk & 1)] * spare, bool)).tobytes()


def _variable(column: Column, n_rows: int) -> tuple[bytes, bytes]:
    offsets = np.full(n_rows, -1, "<i4")
    seen: dict[bytes, int] = {}
    data = bytearray()
    for row in column.order or range(n_rows):
        value = column.values[row]
        if value is None:
            continue
        raw = value if isinstance(value, bytes) else value.encode("utf-32-le" if column.type == "NCHAR" else "utf-8")
        raw = len(raw).to_bytes(4 if column.type == "BLOB" else 2, "little") + raw
        if column.share and raw in seen:
            offsets[row] = seen[raw]
            continue
        data += column.gap
        offsets[row] = seen[raw] = len(data)
        data += raw
    return offsets.tobytes(), bytes(data)
