"""taosc's functions of the embedded engine through ctypes, as any C program calls them."""

import ctypes
import re
import struct
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_int64, c_ulong, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

from taosnative.embedded import library_path
from taosnative.types import BY_CODE, Kind

HEADER = Path(__file__).parent.parent / "include" / "taosnative" / "functions.h"
CALLBACK = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_int)


class Field(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char * 65), ("type", ctypes.c_int8), ("bytes", c_int32)]


class FieldAll(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char * 65),
        ("type", ctypes.c_int8),
        ("precision", ctypes.c_uint8),
        ("scale", ctypes.c_uint8),
        ("bytes", c_int32),
        ("field_type", ctypes.c_uint8),
    ]


class Bind(ctypes.Structure):
    _fields_ = [("type", c_int), ("buffer", c_void_p), ("length", c_void_p), ("is_null", c_void_p), ("num", c_int)]


class BindV(ctypes.Structure):
    _fields_ = [("count", c_int), ("tbnames", c_void_p), ("tags", c_void_p), ("bind_cols", c_void_p)]


class MultiBind(ctypes.Structure):
    _fields_ = [
        ("type", c_int),
        ("buffer", c_void_p),
        ("buffer_length", ctypes.c_size_t),
        ("length", c_void_p),
        ("is_null", c_void_p),
        ("num", c_int),
    ]


class Option(ctypes.Structure):
    _fields_ = [
        ("reqid", c_int64),
        ("singleStbInsert", ctypes.c_bool),
        ("singleTableBindOnce", ctypes.c_bool),
        ("asyncExecFn", c_void_p),
        ("userdata", c_void_p),
    ]


def declared() -> dict[str, tuple[str, list[str]]]:
    """Every function of functions.h: its result ("" is void) and its parameters."""
    text = HEADER.read_text()
    values = re.findall(r"^    VALUE\(([^,]+), (\w+), \(([^)]*)\),", text, re.MULTILINE)
    voids = [("", *found) for found in re.findall(r"^    VOID\((\w+), \(([^)]*)\),", text, re.MULTILINE)]
    return {
        name: (result, [part.strip() for part in parameters.split(",") if part.strip() not in ("void", "...")])
        for result, name, parameters in values + voids
    }


_INTEGERS = {"int": c_int, "int32_t": c_int32, "int64_t": c_int64, "unsigned long": c_ulong}


def _ctype(declaration: str) -> Any:
    if "*" in declaration or "[" in declaration or "fn_t" in declaration:
        return c_char_p if re.fullmatch(r"(const )?char \*\w*", declaration) else c_void_p
    kind = re.sub(r"\s+\w+$", "", declaration) if " " in declaration else declaration
    others = {"uint16_t": ctypes.c_uint16, "uint32_t": ctypes.c_uint32, "bool": ctypes.c_bool}
    return (_INTEGERS | others).get(kind, c_void_p)


def load(path: Path | None = None) -> ctypes.CDLL:
    """The library, its functions declared. TAOS_ROW and every handle are addresses; texts are bytes."""
    library = ctypes.CDLL(str(path or library_path()))
    for name, (result, parameters) in declared().items():
        function = getattr(library, name)
        function.argtypes = [_ctype(parameter) for parameter in parameters]
        function.restype = None if result == "" else c_void_p if result == "TAOS_ROW" else _ctype(result)
    for name in ("taos_print_row", "taos_print_row_with_size"):  # they write into their first argument
        getattr(library, name).argtypes[0] = c_void_p
    library.taos_get_current_db.argtypes = [c_void_p, c_void_p, c_int, c_void_p]
    return library


def unsigned(code: int) -> int:
    return code & 0xFFFFFFFF


def fields(library: ctypes.CDLL, res: int) -> list[tuple[str, str, int]]:
    """Name, type and bytes of each column of a result."""
    found = ctypes.cast(library.taos_fetch_fields(res), POINTER(Field))
    return [
        (found[i].name.decode(), BY_CODE[found[i].type].name, found[i].bytes)
        for i in range(library.taos_num_fields(res))
    ]


def raw_blocks(library: ctypes.CDLL, res: int) -> list[bytes]:
    """Every block of a result, as long as its header says."""
    n_rows, data, found = c_int(), c_void_p(), []
    while library.taos_fetch_raw_block(res, byref(n_rows), byref(data)) == 0 and n_rows.value > 0:
        block = ctypes.string_at(data, struct.unpack("<i", ctypes.string_at(data.value + 4, 4))[0])
        assert struct.unpack_from("<i", block, 8) == (n_rows.value,)
        found.append(block)
    return found


def rows(library: ctypes.CDLL, res: int) -> list[tuple[Any, ...]]:
    """Every row of a result, by taos_fetch_row: text that is UTF-8 as str, other bytes as bytes."""
    types = [BY_CODE[field.type] for field in _raw_fields(library, res)]
    found = []
    while row := library.taos_fetch_row(res):
        values = ctypes.cast(row, POINTER(c_void_p))
        lengths = ctypes.cast(library.taos_fetch_lengths(res), POINTER(c_int))
        found.append(tuple(_value(info, values[i], lengths[i]) for i, info in enumerate(types)))
    return found


def _raw_fields(library: ctypes.CDLL, res: int) -> list[Field]:
    found = ctypes.cast(library.taos_fetch_fields(res), POINTER(Field))
    return [found[i] for i in range(library.taos_num_fields(res))]


def _value(info: Any, address: int | None, n_bytes: int) -> Any:
    if address is None:
        return None
    data = ctypes.string_at(address, n_bytes)
    if info.kind is Kind.VARIABLE:
        assert struct.unpack("<H", ctypes.string_at(address - 2, 2))[0] == n_bytes
        return _text(data) if info.text else data
    return np.frombuffer(data, {"M8": "i8"}.get(info.dtype, info.dtype))[0].item()


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


class Held:
    """C structs of a bind, and all that they point to."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def keep(self, value: Any) -> int:
        self.kept.append(value)
        return ctypes.addressof(value)

    def buffer(self, data: bytes) -> int:
        return self.keep(ctypes.create_string_buffer(data, len(data) + 1))

    def bind(self, code: int, values: list[Any], states: bytes | None = None) -> Bind:
        """A column of stmt2: None is NULL; text and bytes end to end, without the NULLs."""
        info = BY_CODE[code]
        states = bytes(value is None for value in values) if states is None else states
        is_null = self.buffer(states) if any(states) else None
        if info.kind is Kind.VARIABLE:
            parts = [b"" if v is None else v.encode() if isinstance(v, str) else v for v in values]
            length = self.buffer(np.array([len(part) for part in parts], "i4").tobytes())
            return Bind(code, self.buffer(b"".join(parts)), length, is_null, len(values))
        dtype = {"M8": "i8"}.get(info.dtype, info.dtype)
        array = np.array([0 if value is None else value for value in values], dtype)
        return Bind(code, self.buffer(array.tobytes()), None, is_null, len(values))

    def bindv(self, tbnames: Any, tags: Any, columns: Any) -> Any:
        """TAOS_STMT2_BINDV of lists with an entry a table, each None or its binds."""
        count = max(len(part) for part in (tbnames, tags, columns) if part is not None)
        names = None if tbnames is None else (c_char_p * count)(*[None if n is None else n.encode() for n in tbnames])
        value = BindV(
            count,
            None if names is None else self.keep(names),
            self._arrays(tags, count),
            self._arrays(columns, count),
        )
        self.kept.append(value)
        return byref(value)

    def _arrays(self, tables: Any, count: int) -> int | None:
        if tables is None:
            return None
        pointers = [None if binds is None else self.keep((Bind * len(binds))(*binds)) for binds in tables]
        return self.keep((c_void_p * count)(*pointers))
