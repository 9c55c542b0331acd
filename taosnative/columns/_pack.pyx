"""Python objects and numpy's text into the memory of columns.

Alone knows how a value that has no width of its own is laid out end to end, and how numbers come out of Python objects
without being rounded or cut on the way. What does not fit is refused with its row.
"""

cimport cython
from cpython.bytes cimport PyBytes_AsString
from cpython.float cimport PyFloat_AsDouble
from cpython.long cimport PyLong_AsLongLong, PyLong_AsUnsignedLongLong
from libc.math cimport isnan
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from ._bind cimport Column, Buffer

from .refusal import INVALID_SYNTAX, VALUE_TOO_LONG, refuse

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *n_bytes) except NULL
    Py_ssize_t PyUnicode_GetLength(object text) except -1


cpdef bint is_missing(object value):
    """Whether a Python object stands for NULL: None, a NaN, a NaT, pandas' NA, numpy's `masked`."""
    if value is None:
        return True
    if isinstance(value, float):
        return value != value
    name = type(value).__name__
    return name in ("NAType", "NaTType", "MaskedConstant") or (name == "datetime64" and value != value)


cdef Py_ssize_t count_characters(const unsigned char *text, Py_ssize_t n_bytes) noexcept nogil:
    """Code points of UTF-8 text; -1 where it is none: cut short, overlong, a surrogate, or past U+10FFFF."""
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t n_characters = 0
    cdef Py_ssize_t n_more
    cdef uint32_t point
    while i < n_bytes:
        point = text[i]
        i += 1
        n_characters += 1
        if point < 0x80:
            continue
        if 0xC2 <= point < 0xE0:
            n_more = 1
            point &= 0x1F
        elif 0xE0 <= point < 0xF0:
            n_more = 2
            point &= 0x0F
        elif 0xF0 <= point < 0xF5:
            n_more = 3
            point &= 0x07
        else:
            return -1
        if n_bytes - i < n_more:
            return -1
        for _ in range(n_more):
            if text[i] & 0xC0 != 0x80:
                return -1
            point = (point << 6) | (text[i] & 0x3F)
            i += 1
        if n_more == 2 and (point < 0x800 or 0xD800 <= point < 0xE000):
            return -1
        if n_more == 3 and not 0x10000 <= point < 0x110000:
            return -1
    return n_characters


@cython.final
cdef class Packer:
    """Appends values to a column of variable width, each checked against the column's limit."""

    cdef object source
    cdef str name
    cdef Py_ssize_t limit
    cdef bint in_characters
    cdef Column column
    cdef int64_t end
    cdef int32_t *lengths
    cdef int64_t *offsets
    cdef char *nulls

    def __cinit__(self, int type_code, source, str name, limit, bint in_characters):
        cdef Py_ssize_t n_rows = len(source)
        self.source = source
        self.name = name
        self.limit = -1 if limit is None else limit
        self.in_characters = in_characters and limit is not None
        self.column = Column.__new__(Column)
        self.column.type_code, self.column.n_rows = type_code, n_rows
        self.column._values = Buffer.allocate(n_rows * 8)
        self.column._lengths = Buffer.allocate(n_rows * sizeof(int32_t))
        self.column._offsets = Buffer.allocate((n_rows + 1) * sizeof(int64_t))
        self.lengths = <int32_t *> self.column._lengths.ptr
        self.offsets = <int64_t *> self.column._offsets.ptr
        self.offsets[0] = 0

    cdef int refuse_at(self, Py_ssize_t row, Py_ssize_t length) except -1:
        value = self.source[row]
        value = value.item() if hasattr(value, "item") else value
        if length < 0:
            refuse(self.name, row, value, "is not UTF-8 text, and an NCHAR column takes no other", INVALID_SYNTAX)
        unit = "characters" if self.in_characters else "bytes"
        reason = f"has {length} {unit}, and the column takes {self.limit} at most"
        refuse(self.name, row, value, reason, VALUE_TOO_LONG)

    cdef int null(self, Py_ssize_t row) except -1:
        if self.nulls is NULL:
            self.column._nulls = Buffer.allocate(self.column.n_rows)
            self.nulls = self.column._nulls.ptr
            memset(self.nulls, 0, self.column.n_rows)
        self.nulls[row] = 1
        self.lengths[row] = 0
        self.offsets[row + 1] = self.end
        return 0

    cdef int append(self, Py_ssize_t row, const char *value, Py_ssize_t n_bytes) except -1:
        cdef Py_ssize_t length = n_bytes
        if self.in_characters:
            length = count_characters(<const unsigned char *> value, n_bytes)
        if length < 0 or 0 <= self.limit < length or n_bytes > INT32_MAX:
            self.refuse_at(row, length)
        if self.end + n_bytes > self.column._values.n_bytes:
            self.column._values.reserve(max(self.end + n_bytes, 2 * self.column._values.n_bytes))
        memcpy(self.column._values.ptr + self.end, value, n_bytes)
        self.end += n_bytes
        self.lengths[row] = <int32_t> n_bytes
        self.offsets[row + 1] = self.end
        return 0


def pack_objects(int type_code, list values, str name, limit, bint in_characters, str accepted):
    """A column of str (as UTF-8) and bytes (as they are); None, NaN and NA are NULL.

    Parameters
    ----------
    type_code
        The number of the type in the C API.
    values
        The objects.
    name
        The column's name, for messages.
    limit
        The most that a value may have, in bytes or in characters; None: no limit, and nothing is checked.
    in_characters
        Characters count, and bytes must be UTF-8.
    accepted
        What the column takes, for messages.
    """
    cdef Packer packer = Packer(type_code, values, name, limit, in_characters)
    cdef Py_ssize_t row = 0
    try:
        for row in range(packer.column.n_rows):
            pack_object(packer, row, values[row], accepted)
    except UnicodeEncodeError:
        refuse(name, row, values[row], "has a lone surrogate, which UTF-8 cannot hold", INVALID_SYNTAX)
    return packer.column


cdef int pack_object(Packer packer, Py_ssize_t row, object value, str accepted) except -1:
    cdef Py_ssize_t n_bytes = 0
    cdef const char *text
    if isinstance(value, str):
        text = PyUnicode_AsUTF8AndSize(value, &n_bytes)
        return packer.append(row, text, n_bytes)
    if isinstance(value, bytes):
        return packer.append(row, PyBytes_AsString(value), len(value))
    if not is_missing(value):
        refuse(packer.name, row, value, f"is a {type(value).__name__}; {accepted}")
    return packer.null(row)


cdef Py_ssize_t encode(const uint32_t *points, Py_ssize_t n_points, unsigned char *text) noexcept nogil:
    """UTF-8 of code points: bytes written, or -1 where a point is none. `text` holds 4 bytes a point."""
    cdef Py_ssize_t i
    cdef Py_ssize_t n = 0
    cdef uint32_t point
    for i in range(n_points):
        point = points[i]
        if point < 0x80:
            text[n] = <unsigned char> point
            n += 1
        elif point < 0x800:
            text[n] = <unsigned char> (0xC0 | (point >> 6))
            text[n + 1] = <unsigned char> (0x80 | (point & 0x3F))
            n += 2
        elif point < 0x10000:
            if 0xD800 <= point < 0xE000:
                return -1
            text[n] = <unsigned char> (0xE0 | (point >> 12))
            text[n + 1] = <unsigned char> (0x80 | ((point >> 6) & 0x3F))
            text[n + 2] = <unsigned char> (0x80 | (point & 0x3F))
            n += 3
        elif point < 0x110000:
            text[n] = <unsigned char> (0xF0 | (point >> 18))
            text[n + 1] = <unsigned char> (0x80 | ((point >> 12) & 0x3F))
            text[n + 2] = <unsigned char> (0x80 | ((point >> 6) & 0x3F))
            text[n + 3] = <unsigned char> (0x80 | (point & 0x3F))
            n += 4
        else:
            return -1
    return n


def pack_str_array(int type_code, values, nulls, str name, limit, bint in_characters):
    """A column of a contiguous array of numpy's `U` dtype, in the machine's byte order; `nulls` as a byte a row."""
    cdef Packer packer = Packer(type_code, values, name, limit, in_characters)
    cdef Buffer source = Buffer.of(values.view("u1"))
    cdef Buffer marks = None if nulls is None else Buffer.of(nulls)
    cdef Py_ssize_t n_points = values.itemsize // 4
    cdef Buffer scratch = Buffer.allocate(4 * n_points)
    cdef const uint32_t *points = <const uint32_t *> source.ptr
    cdef Py_ssize_t row, n_used, n_bytes
    for row in range(packer.column.n_rows):
        if marks is not None and marks.ptr[row]:
            packer.null(row)
            continue
        n_used = n_points
        while n_used and points[row * n_points + n_used - 1] == 0:
            n_used -= 1
        n_bytes = encode(points + row * n_points, n_used, <unsigned char *> scratch.ptr)
        if n_bytes < 0:
            refuse(name, row, str(values[row]), "has a lone surrogate, which UTF-8 cannot hold", INVALID_SYNTAX)
        packer.append(row, scratch.ptr, n_bytes)
    return packer.column


def pack_bytes_array(int type_code, values, nulls, str name, limit, bint in_characters, bint stripped):
    """A column of a contiguous array of numpy's `S` dtype (trailing zeros `stripped`) or `V` dtype (whole)."""
    cdef Packer packer = Packer(type_code, values, name, limit, in_characters)
    cdef Buffer source = Buffer.of(values.view("u1"))
    cdef Buffer marks = None if nulls is None else Buffer.of(nulls)
    cdef Py_ssize_t width = values.itemsize
    cdef Py_ssize_t row, n_used
    for row in range(packer.column.n_rows):
        if marks is not None and marks.ptr[row]:
            packer.null(row)
            continue
        n_used = width
        while stripped and n_used and source.ptr[row * width + n_used - 1] == 0:
            n_used -= 1
        packer.append(row, source.ptr + row * width, n_used)
    return packer.column


# ---- numbers out of objects ----------------------------------------------------------------------------------------


def unpack_integers(list values, out, nulls, str name, bint unsigned, bint nan_is_null, str accepted):
    """Fill `out` (int64, or uint64 where `unsigned`) from Python objects, and `nulls` (a byte a row); count the NULLs.

    Integers, booleans and floats that are whole numbers are taken; `accepted` says so in messages.
    """
    cdef Buffer numbers = Buffer.of(out, True)
    cdef Buffer marks = Buffer.of(nulls, True)
    cdef int64_t *signed_out = <int64_t *> numbers.ptr
    cdef uint64_t *unsigned_out = <uint64_t *> numbers.ptr
    cdef Py_ssize_t n_nulls = 0
    cdef Py_ssize_t row
    cdef object value, number
    for row in range(len(values)):
        value = values[row]
        if type(value) is not int and is_missing(value) and (nan_is_null or value is None):
            marks.ptr[row] = 1
            signed_out[row] = 0
            n_nulls += 1
            continue
        number = as_integer(value)
        if number is None:
            if is_real(value):
                refuse(name, row, value, "is no whole number")
            refuse(name, row, value, f"is a {type(value).__name__}; {accepted}")
        try:
            if unsigned:
                unsigned_out[row] = PyLong_AsUnsignedLongLong(number)
            else:
                signed_out[row] = PyLong_AsLongLong(number)
        except OverflowError:
            refuse(name, row, value, f"is beyond what 64 bits with{'out' if unsigned else ''} a sign hold")
    return n_nulls


cdef object as_integer(object value):
    """The integer that an object is, exactly; None where it is none."""
    if type(value) is int:
        return value
    if is_boolean(value):
        return int(value)
    if hasattr(value, "__index__"):
        return value.__index__()
    if is_real(value) and value.is_integer():
        return int(value)
    return None


cdef bint is_boolean(object value):
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


cdef bint is_real(object value):
    """Whether it is an integer or a binary float, of Python or of numpy: a fraction is neither."""
    if is_boolean(value):
        return False
    return hasattr(value, "__index__") or (hasattr(value, "is_integer") and not hasattr(value, "numerator"))


def unpack_floats(list values, out, nulls, str name, bint nan_is_null, str accepted):
    """Fill `out` (float64) from Python objects, and `nulls` (a byte a row); count the NULLs.

    Floats are taken, and integers that a float64 holds exactly; `accepted` says so in messages.
    """
    cdef Buffer numbers = Buffer.of(out, True)
    cdef Buffer marks = Buffer.of(nulls, True)
    cdef double *floats = <double *> numbers.ptr
    cdef Py_ssize_t n_nulls = 0
    cdef Py_ssize_t row
    cdef object value
    for row in range(len(values)):
        value = values[row]
        if type(value) is float:
            floats[row] = PyFloat_AsDouble(value)
        elif value is None or (nan_is_null and is_missing(value)):
            marks.ptr[row] = 1
            floats[row] = 0
            n_nulls += 1
            continue
        elif not is_real(value):
            refuse(name, row, value, f"is a {type(value).__name__}; {accepted}")
        else:
            try:
                floats[row] = float(value)
            except OverflowError:
                refuse(name, row, value, "is beyond what a float can hold")
            if hasattr(value, "__index__") and int(floats[row]) != value:
                refuse(name, row, value, "cannot be held exactly by a float64")
        if nan_is_null and isnan(floats[row]):
            marks.ptr[row] = 1
            floats[row] = 0
            n_nulls += 1
    return n_nulls
