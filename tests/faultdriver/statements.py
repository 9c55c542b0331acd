"""The test's side of the fault driver's statements: what question marks stand for, and what was bound to them."""

import ctypes
from typing import NamedTuple

KIND_NUMBERS = {"column": 1, "tag": 2, "query": 3, "tbname": 4}
KEEPING = ("copies", "pointers", "nothing", "read")


class FieldAll(ctypes.Structure):
    """TAOS_FIELD_ALL."""

    _fields_ = (
        ("name", ctypes.c_char * 65),
        ("type", ctypes.c_int8),
        ("precision", ctypes.c_uint8),
        ("scale", ctypes.c_uint8),
        ("bytes", ctypes.c_int32),
        ("kind", ctypes.c_uint8),
    )


class _Bound(ctypes.Structure):
    pass


_Bound._fields_ = (
    ("next", ctypes.POINTER(_Bound)),
    *((name, ctypes.c_int) for name in ("call", "table", "is_tag", "column", "type", "n_rows", "n_bytes")),
    ("address", ctypes.c_void_p),
    ("name", ctypes.c_char * 256),
    ("bytes", ctypes.POINTER(ctypes.c_char)),
    ("lengths", ctypes.POINTER(ctypes.c_int32)),
    ("nulls", ctypes.POINTER(ctypes.c_char)),
)


class Bound(NamedTuple):
    """One bind of one column, or of one tag, of one table."""

    call: int
    table: int
    is_tag: bool
    column: int
    type: int
    address: int
    name: str
    values: list  #: bytes, or None for NULL


def tell_fields(library, fields, *, keep="copies"):
    """Say what the question marks of statements stand for: (name, type code, bytes, kind, precision, scale)."""
    array = (FieldAll * max(len(fields), 1))(
        *[
            FieldAll(name.encode(), code, precision, scale, size, KIND_NUMBERS[kind])
            for name, code, size, kind, precision, scale in fields
        ]
    )
    library.fault_fields(len(fields), array, KEEPING.index(keep))


def bound(library):
    """All that was bound since the fields were told."""
    library.fault_bound.restype = ctypes.POINTER(_Bound)
    found = []
    at = library.fault_bound()
    while at:
        found.append(_read(at.contents))
        at = at.contents.next
    return found


def _read(raw):
    data = raw.bytes[: raw.n_bytes] if raw.n_bytes else b""
    values, position = [], 0
    for row in range(raw.n_rows):
        is_null = bool(raw.nulls) and raw.nulls[row] != b"\0"
        n_bytes = (0 if is_null else raw.lengths[row]) if raw.lengths else raw.n_bytes // raw.n_rows
        values.append(None if is_null else data[position : position + n_bytes])
        position += n_bytes
    return Bound(
        raw.call, raw.table, bool(raw.is_tag), raw.column, raw.type, raw.address or 0, raw.name.decode(), values
    )
