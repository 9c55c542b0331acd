"""Columns on their way into DuckDB: bound values, numpy arrays and lists of Python values as one Arrow stream."""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBuffer_Release, PyObject_GetBuffer
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from taosnative.types import BY_CODE

from ._bound cimport VARIABLE, BoundColumn, width_of

cdef extern from "taosnative/arrow.h" nogil:
    struct ArrowArrayStream:
        void (*release)(ArrowArrayStream *)

cdef extern from "batch.h" nogil:
    ctypedef struct batch_column:
        char *name
        const char *format
        int64_t n_nulls
        uint8_t *validity
        uint8_t *values
        int64_t *offsets
        size_t n_bytes

    ctypedef struct batch:
        int64_t n_rows
        int64_t n_columns
        batch_column *columns

    batch *batch_new(int64_t n_rows, int64_t n_columns)
    void batch_let_go(batch *)
    uint8_t *batch_reserve(batch_column *, size_t n_bytes)
    bint batch_make_nullable(batch_column *, int64_t n_rows)
    void batch_set_null(batch_column *, int64_t row)
    bint batch_open_stream(batch *, ArrowArrayStream *)

cdef extern from "text.h" nogil:
    size_t ESCAPED_WIDTH "TEXT_ESCAPED_WIDTH"
    bint text_is_plain(const uint8_t *at, const uint8_t *end)
    uint8_t *text_escape(const uint8_t *at, const uint8_t *end, uint8_t *out)
    uint8_t *text_unescape(const uint8_t *at, const uint8_t *end, uint8_t *out)

cdef enum:
    BOOL = 1

cdef bytes CAPSULE_NAME = b"arrow_array_stream"
#: Of each type code: Arrow's format, and whether its bytes are text.
FORMATS = {
    1: b"b", 2: b"c", 3: b"s", 4: b"i", 5: b"l", 6: b"f", 7: b"g", 9: b"l",
    11: b"C", 12: b"S", 13: b"I", 14: b"L",
    8: b"U", 10: b"U", 15: b"U", 16: b"Z", 20: b"Z",
}
SIGNED = frozenset({2, 3, 4, 5, 9})
FLOATS = {6: "f", 7: "d"}
#: Formats of a buffer that holds values of a type as they are; those of an integer are told by width and sign.
SIGNED_FORMATS = frozenset("bhilq")
UNSIGNED_FORMATS = frozenset("BHILQ")


cdef void _release_capsule(object capsule) noexcept:
    cdef ArrowArrayStream *stream = <ArrowArrayStream *> PyCapsule_GetPointer(capsule, CAPSULE_NAME)
    if stream.release is not NULL:
        stream.release(stream)
    free(stream)


cdef class ArrowColumns:
    """Columns of equal length, as an Arrow stream of one batch that can be read any number of times."""

    cdef batch *_batch
    cdef readonly Py_ssize_t n_rows

    def __dealloc__(self):
        if self._batch is not NULL:
            batch_let_go(self._batch)

    def __arrow_c_stream__(self, requested_schema=None):
        """A capsule with the stream. The columns' memory lives until the last reader has let go."""
        cdef ArrowArrayStream *stream = <ArrowArrayStream *> calloc(1, sizeof(ArrowArrayStream))
        if stream is NULL or not batch_open_stream(self._batch, stream):
            free(stream)
            raise MemoryError
        return PyCapsule_New(stream, CAPSULE_NAME, _release_capsule)


def arrow_stream(columns):
    """Columns as one object with `__arrow_c_stream__`.

    Parameters
    ----------
    columns
        (name, type code, parts) of each; its rows are those of its parts, one part after the other. A part is a
        `BoundColumn`, a numpy array of the type's width without NULLs (of fixed types; TIMESTAMP as int64), or a list
        of Python values, where None is NULL and text is a str (as it is) or bytes (which are escaped). A cell that a
        bind does not give is NULL.

    Returns
    -------
    ArrowColumns
        bool, int8 … uint64, float, double, int64 of TIMESTAMP, large_utf8 of text, large_binary of other bytes.

    Raises
    ------
    TypeError, OverflowError
        A value that is not of the column's type, or beyond its range.
    ValueError
        Columns of unequal length.
    """
    cdef ArrowColumns self = ArrowColumns.__new__(ArrowColumns)
    cdef Py_ssize_t i
    totals = {sum(map(len, parts)) for _, _, parts in columns}
    if len(totals) != 1:
        raise ValueError(f"columns of one stream have equal numbers of rows, not {sorted(totals)}")
    self.n_rows = totals.pop()
    self._batch = batch_new(self.n_rows, len(columns))
    if self._batch is NULL:
        raise MemoryError
    for i, (name, code, parts) in enumerate(columns):
        _fill(&self._batch.columns[i], self.n_rows, name.encode(), code, parts)
    return self


cdef int _fill(batch_column *column, Py_ssize_t n_rows, bytes name, int code, parts) except -1:
    cdef int width = width_of(code)
    cdef bytes arrow_format = FORMATS[code]
    cdef Py_ssize_t at = 0
    column.name = <char *> malloc(len(name) + 1)
    if column.name is NULL:
        raise MemoryError
    memcpy(column.name, <const char *> name, len(name) + 1)
    column.format = arrow_format  # kept by FORMATS
    if width == VARIABLE:
        column.offsets = <int64_t *> calloc(n_rows + 1, sizeof(int64_t))
    else:
        column.values = <uint8_t *> calloc((n_rows + 7) // 8 + 1 if code == BOOL else n_rows * width + 1, 1)
    if batch_reserve(column, 0) is NULL if width == VARIABLE else column.values is NULL:
        raise MemoryError
    for part in parts:
        if isinstance(part, BoundColumn):
            _add_bound(column, n_rows, at, width, code, part)
        elif isinstance(part, list | tuple):
            _add_values(column, n_rows, at, width, code, part)
        else:
            _add_array(column, at, width, code, part)
        at += len(part)
    return 0


# ---- bound columns --------------------------------------------------------------


cdef int _add_bound(batch_column *column, Py_ssize_t n_rows, Py_ssize_t at, int width, int code,
                    BoundColumn part) except -1:
    cdef Py_ssize_t row
    cdef bint is_text
    if part.state is not NULL:
        if not batch_make_nullable(column, n_rows):
            raise MemoryError
        for row in range(part.n_rows):
            if part.state[row] != 0:
                batch_set_null(column, at + row)
    if part.type != code:
        if part.state is not NULL and part.n_rows == 1:  # a NULL may be bound as any type
            if width == VARIABLE:
                column.offsets[at + 1] = column.n_bytes
            return 0
        raise TypeError(f"a bound column of type {part.type} is not one of type {code}")
    if width != VARIABLE:
        with nogil:
            _put_fixed(column, at, part.n_rows, width, code, part.data)
        return 0
    is_text = BY_CODE[code].text
    with nogil:
        row = _put_variable(column, at, part, is_text)
    if row < 0:
        raise MemoryError
    return 0


cdef void _put_fixed(batch_column *column, Py_ssize_t at, Py_ssize_t n_rows, int width, int code,
                     const uint8_t *values) noexcept nogil:
    cdef Py_ssize_t row
    if code != BOOL:
        memcpy(column.values + at * width, values, n_rows * width)
        return
    for row in range(n_rows):
        if values[row]:
            column.values[(at + row) >> 3] |= <uint8_t> (1 << ((at + row) & 7))


cdef Py_ssize_t _put_variable(batch_column *column, Py_ssize_t at, BoundColumn part, bint is_text) noexcept nogil:
    """All values at once where they need no escaping, which is nearly always. -1 without memory."""
    cdef Py_ssize_t row
    cdef const uint8_t *value = part.data
    cdef bint as_it_is = not is_text or _each_is_plain(part)
    cdef size_t room = part.n_bytes if as_it_is else part.n_bytes * ESCAPED_WIDTH
    cdef uint8_t *out = batch_reserve(column, room)
    cdef uint8_t *start = out
    if out is NULL:
        return -1
    if as_it_is:
        memcpy(out, value, part.n_bytes)
    for row in range(part.n_rows):
        if as_it_is:
            out += part.length[row]
        else:
            out = text_escape(value, value + part.length[row], out)
            value += part.length[row]
        column.offsets[at + row + 1] = column.n_bytes + (out - start)
    column.n_bytes += out - start
    return 0


cdef bint _each_is_plain(BoundColumn part) noexcept nogil:
    """Of each value by itself: two halves of a character in two rows are not UTF-8."""
    cdef Py_ssize_t row
    cdef const uint8_t *value = part.data
    for row in range(part.n_rows):
        if not text_is_plain(value, value + part.length[row]):
            return False
        value += part.length[row]
    return True


# ---- numpy arrays ------------------------------------------------------------------


cdef int _add_array(batch_column *column, Py_ssize_t at, int width, int code, part) except -1:
    cdef Py_buffer view
    if width == VARIABLE:
        raise TypeError(f"values of type {code} come as a list or a bound column, not as {type(part).__name__}")
    PyObject_GetBuffer(part, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
    try:
        text = view.format.decode() if view.format is not NULL else "B"
        if view.ndim != 1 or view.itemsize != width or not _fits(code, text.lstrip('@=<')):
            raise TypeError(f"an array of {view.ndim} dimensions and format {text!r} does not hold type {code}")
        _put_fixed(column, at, view.len // width, width, code, <const uint8_t *> view.buf)
    finally:
        PyBuffer_Release(&view)
    return 0


def _fits(code, kind):
    if code == BOOL:
        return kind in ("?", "B")
    if code in FLOATS:
        return kind == FLOATS[code]
    return kind in (SIGNED_FORMATS if code in SIGNED else UNSIGNED_FORMATS)


# ---- Python values ------------------------------------------------------------------


cdef int _add_values(batch_column *column, Py_ssize_t n_rows, Py_ssize_t at, int width, int code, part) except -1:
    cdef bint is_text = BY_CODE[code].text
    for row, value in enumerate(part):
        if value is None:
            if not batch_make_nullable(column, n_rows):
                raise MemoryError
            batch_set_null(column, at + row)
        if width == VARIABLE:
            if value is not None:
                _add_bytes(column, value, is_text)
            column.offsets[at + row + 1] = column.n_bytes
        elif value is not None:
            _add_number(column, at + row, width, code, value)
    return 0


cdef int _add_bytes(batch_column *column, value, bint is_text) except -1:
    cdef bytes data = value.encode() if isinstance(value, str) and is_text else value
    cdef const uint8_t *start = data
    cdef const uint8_t *end = start + len(data)
    cdef bint as_it_is = not is_text or isinstance(value, str) or text_is_plain(start, end)
    cdef uint8_t *out = batch_reserve(column, len(data) if as_it_is else len(data) * ESCAPED_WIDTH)
    if out is NULL:
        raise MemoryError
    if as_it_is:
        memcpy(out, start, len(data))
        column.n_bytes += len(data)
    else:
        column.n_bytes += text_escape(start, end, out) - out
    return 0


cdef int _add_number(batch_column *column, Py_ssize_t row, int width, int code, value) except -1:
    """Store a number, little end first as everything here is."""
    cdef int64_t signed_value, limit
    cdef uint64_t unsigned_value
    cdef double double_value
    cdef float float_value
    cdef uint8_t *out = column.values + row * width
    if code == BOOL:
        if value:
            column.values[row >> 3] |= <uint8_t> (1 << (row & 7))
    elif code in FLOATS:
        double_value = value
        float_value = <float> double_value
        memcpy(out, &double_value if width == 8 else <const void *> &float_value, width)
    elif code in SIGNED:
        signed_value = value
        limit = <int64_t> 1 << (8 * width - 1) if width < 8 else 0
        if limit > 0 and not -limit <= signed_value < limit:
            raise OverflowError(f"{value} is beyond the range of type {code}")
        memcpy(out, &signed_value, width)
    else:
        unsigned_value = value
        if width < 8 and unsigned_value >= <uint64_t> 1 << (8 * width):
            raise OverflowError(f"{value} is beyond the range of type {code}")
        memcpy(out, &unsigned_value, width)
    return 0


# ---- escaping, for tests and for who has bytes ---------------------------------------


def escape_bytes(bytes data):
    """What `text.escape` gives, in UTF-8."""
    cdef const uint8_t *start = data
    cdef uint8_t *out = <uint8_t *> malloc(len(data) * ESCAPED_WIDTH + 1)
    if out is NULL:
        raise MemoryError
    try:
        return out[:text_escape(start, start + len(data), out) - out]
    finally:
        free(out)


def unescape_bytes(bytes data):
    """What `text.unescape` gives, of a text in UTF-8."""
    cdef const uint8_t *start = data
    cdef uint8_t *out = <uint8_t *> malloc(len(data) + 1)
    if out is NULL:
        raise MemoryError
    try:
        return out[:text_unescape(start, start + len(data), out) - out]
    finally:
        free(out)
