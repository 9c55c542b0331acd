"""Values bound to a `?`: how they lie in a caller's memory, and the copy of them that the engine may keep.

A copy is compact: of fixed width one slot a row, of variable width the bytes of the rows that have a value, end to end.
"""

from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdint cimport int32_t, uint8_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

import numpy

from taosnative.types import TYPES, Kind

from .protocol import NONE

cdef enum:
    N_TYPES = 32
    BOOL = 1

cdef enum State:
    VALUE = 0
    NULL_VALUE = 1
    NOT_GIVEN = 2

cdef signed char WIDTHS[N_TYPES]
DTYPES = {}


def _learn_types():
    """The widths of the types that a value can be bound as; an IndexError-free table for code without the GIL."""
    for code in range(N_TYPES):
        WIDTHS[code] = UNKNOWN
    for info in TYPES:
        if info.kind is Kind.DECIMAL or info.name == "BLOB":
            continue  # not in the release that the engine answers as
        WIDTHS[<int>info.code] = VARIABLE if info.kind is Kind.VARIABLE else info.width
        DTYPES[info.code] = numpy.dtype({"?": "u1", "M8": "i8"}.get(info.dtype, info.dtype))


_learn_types()


cdef int width_of(int type) noexcept nogil:
    """Bytes of a value; VARIABLE; UNKNOWN where no column has such a type."""
    return WIDTHS[type] if 0 <= type < N_TYPES else UNKNOWN


cdef class _View:
    """Memory of a bound column, for numpy."""

    cdef BoundColumn owner
    cdef void *memory
    cdef Py_ssize_t n_bytes

    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, self.memory, self.n_bytes, 0, flags)


cdef object _array(BoundColumn owner, void *memory, object dtype):
    cdef _View view = _View.__new__(_View)
    view.owner = owner
    view.memory = memory
    view.n_bytes = owner.n_rows * dtype.itemsize
    return numpy.frombuffer(view, dtype=dtype)


cdef class BoundColumn:
    """A copy of what was bound to one `?`; see `protocol.BoundColumn`."""

    def __dealloc__(self):
        free(self.data)
        free(self.state)
        free(self.length)

    def __len__(self):
        return self.n_rows

    def values(self):
        """The values as bool, int, float, bytes (every variable type), None for NULL and `NONE` for not given."""
        cdef Py_ssize_t row
        if self.width == VARIABLE:
            found = _bytes(self)
        else:
            found = self.array().astype(bool).tolist() if self.type == BOOL else self.array().tolist()
        if self.state is NULL:
            return found
        return [
            value if self.state[row] == VALUE else None if self.state[row] == NULL_VALUE else NONE
            for row, value in enumerate(found)
        ]

    def array(self):
        """A fixed-width column's values as a numpy array that shares its memory (BOOL as uint8)."""
        if self.width == VARIABLE:
            raise TypeError("a column of variable width has no array of values")
        return _array(self, self.data, DTYPES[self.type])

    def states(self):
        """A uint8 numpy array: 0 value, 1 NULL, 2 not given; or None where every row has a value."""
        return None if self.state is NULL else _array(self, self.state, numpy.dtype("u1"))

    def lengths(self):
        """A variable column's byte lengths as an int32 numpy array (0 where there is no value)."""
        if self.width != VARIABLE:
            raise TypeError("a column of fixed width has no lengths")
        return _array(self, self.length, numpy.dtype("i4"))


cdef list _bytes(BoundColumn self):
    cdef Py_ssize_t row, at = 0
    cdef list found = []
    for row in range(self.n_rows):
        found.append(self.data[at:at + self.length[row]])
        at += self.length[row]
    return found


cdef void *_memory(Py_ssize_t n_bytes) except NULL:
    cdef void *memory = calloc(n_bytes + 1, 1)
    if memory is NULL:
        raise MemoryError
    return memory


cdef int _copy_states(BoundColumn self, Source *source) except -1:
    """Keep the states where not every row has a value. Returns 1 where no row has one."""
    cdef Py_ssize_t row, n_empty = 0
    if source.is_null is NULL:
        return 0
    self.state = <uint8_t *> _memory(source.n_rows)
    for row in range(source.n_rows):
        if source.is_null[row] == 0:
            continue
        n_empty += 1
        self.state[row] = NOT_GIVEN if source.takes_none and source.is_null[row] != 1 else NULL_VALUE
    if n_empty == 0:
        free(self.state)
        self.state = NULL
    return n_empty == source.n_rows


cdef int _copy_fixed(BoundColumn self, Source *source) except -1:
    cdef Py_ssize_t row
    self.n_bytes = self.n_rows * self.width
    self.data = <uint8_t *> _memory(self.n_bytes)
    if source.buffer is NULL:
        return 0
    memcpy(self.data, source.buffer, self.n_bytes)
    if self.type == BOOL:
        for row in range(self.n_rows):
            self.data[row] = self.data[row] != 0
    return 0


cdef int _copy_variable(BoundColumn self, Source *source) except -1:
    """Values end to end without the empty rows (stride 0), or one every `stride` bytes."""
    cdef Py_ssize_t row, at = 0, start
    cdef int32_t n_bytes
    self.length = <int32_t *> _memory(self.n_rows * sizeof(int32_t))
    for row in range(self.n_rows):
        if self.state is not NULL and self.state[row] != VALUE:
            continue
        n_bytes = source.length[row]
        if n_bytes < 0 or 0 < source.stride < n_bytes:
            raise ValueError(f"row {row} of a bound column has the length {n_bytes}")
        self.length[row] = n_bytes
        self.n_bytes += n_bytes
    self.data = <uint8_t *> _memory(self.n_bytes)
    if source.buffer is NULL:
        return 0
    for row in range(self.n_rows):
        start = row * source.stride if source.stride > 0 else at
        memcpy(self.data + at, source.buffer + start, self.length[row])
        at += self.length[row]
    return 0


cdef BoundColumn copy_bound(Source *source):
    """Copy what a bind tells. ValueError where it cannot be read: no memory for values, no lengths, a negative one."""
    cdef BoundColumn self = BoundColumn.__new__(BoundColumn)
    cdef bint is_empty
    self.type = source.type
    self.n_rows = source.n_rows
    self.width = width_of(source.type)
    is_empty = _copy_states(self, source)
    if self.width == UNKNOWN:
        if not is_empty:
            raise ValueError(f"no column has the type {source.type}")
        self.width = VARIABLE
    if not is_empty and self.width == VARIABLE and source.length is NULL:
        raise ValueError("a bound column of variable width has no lengths")
    if not is_empty and self.width != VARIABLE and source.buffer is NULL:
        raise ValueError("a bound column has no values")
    if self.width == VARIABLE:
        _copy_variable(self, source)
        if self.n_bytes > 0 and source.buffer is NULL:
            raise ValueError("a bound column has no values")
    else:
        _copy_fixed(self, source)
    return self


def bound(int type, bytes values, lengths=None, bytes states=None, n_rows=None):
    """A bound column made of bytes: values as `TAOS_STMT2_BIND` has them, a length a row, a state a row."""
    cdef Source source
    cdef bytes held = None if lengths is None else numpy.array(lengths, dtype="i4").tobytes()
    if n_rows is None:
        n_rows = len(lengths) if lengths is not None else len(states or b"") or len(values) // width_of(type)
    source.type = type
    source.n_rows = n_rows
    source.buffer = NULL
    source.length = NULL
    source.is_null = NULL
    if values is not None:
        source.buffer = <const uint8_t *> <const char *> values
    if held is not None:
        source.length = <const int32_t *> <const char *> held
    if states is not None:
        source.is_null = states
    source.stride = 0
    source.takes_none = True
    return copy_bound(&source)
