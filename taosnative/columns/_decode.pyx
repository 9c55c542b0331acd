"""Decodes blocks to numpy: which array a column becomes, and where its values are kept until all blocks are there.

Values of fixed width go from the block straight into the memory that the arrays will lie over, which grows without
being copied; of the rest, pointers to the objects do.  What a block looks like is known to `block.h` alone.
"""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.unicode cimport PyUnicode_AsEncodedString, PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcmp

from taosnative.columns._block cimport (
    TAOSNATIVE_DECIMAL_TEXT,
    TAOSNATIVE_FAULT_BOOL,
    TAOSNATIVE_FAULT_COLUMNS,
    TAOSNATIVE_FAULT_DATA,
    TAOSNATIVE_FAULT_DECIMAL,
    TAOSNATIVE_FAULT_END,
    TAOSNATIVE_FAULT_FLAGS,
    TAOSNATIVE_FAULT_HEADER,
    TAOSNATIVE_FAULT_LENGTH,
    TAOSNATIVE_FAULT_NULL,
    TAOSNATIVE_FAULT_OFFSET,
    TAOSNATIVE_FAULT_ROOM,
    TAOSNATIVE_FAULT_ROWS,
    TAOSNATIVE_FAULT_SCALE,
    TAOSNATIVE_FAULT_TEXT,
    TAOSNATIVE_FAULT_TYPE,
    TAOSNATIVE_FAULT_UNIT,
    TAOSNATIVE_FAULT_VALUE,
    TAOSNATIVE_FAULT_VERSION,
    TAOSNATIVE_FAULT_WIDTH,
    TAOSNATIVE_SOUND,
    taosnative_block_open,
    taosnative_block_take,
    taosnative_copy,
    taosnative_decimal,
    taosnative_expand,
    taosnative_fail_at,
    taosnative_first_not_bool,
    taosnative_first_null,
    taosnative_value,
)
from taosnative.columns._memory cimport Memory, release, reserve

from decimal import Decimal

import numpy as np

from taosnative.errors import DataError, InterfaceError
from taosnative.types import BY_NAME, PRECISIONS, Kind

cdef extern from "Python.h":
    object PyUnicode_DecodeUTF32(const char *text, Py_ssize_t n_bytes, const char *errors, int *byte_order)

cdef int NO_MEMORY = -1

NULLS = ("numpy", "masked", "raise")
STRINGS = ("object", "bytes")
ERRORS = ("strict", "replace", "surrogateescape")

# How types.py's word for NULL in numpy is written into a column of values: the bits, whatever the width.
BLANKS = {("masked", 1): 0, ("masked", 2): 0, ("masked", 4): 0, ("masked", 8): 0, ("none", 8): 0, ("none", 16): 0,
          ("nan", 4): 0x7FC00000, ("nan", 8): 0x7FF8000000000000, ("nat", 8): 0x8000000000000000}

FAULTS = {
    TAOSNATIVE_FAULT_HEADER: "{found} bytes are no block, whose header alone has {expected}",
    TAOSNATIVE_FAULT_VERSION: "its version is {found}, where 1 and 2 are known",
    TAOSNATIVE_FAULT_LENGTH: "its length of {found} bytes cannot be, with a bound of {expected}",
    TAOSNATIVE_FAULT_ROWS: "it has {found} rows, where the driver tells {expected}",
    TAOSNATIVE_FAULT_COLUMNS: "it has {found} columns, where the result has {expected}",
    TAOSNATIVE_FAULT_FLAGS: "its flags {found:#x} say that it does not tell the types of its columns",
    TAOSNATIVE_FAULT_TYPE: "its type is {found}, where the result tells {expected}",
    TAOSNATIVE_FAULT_WIDTH: "its values are {found} bytes wide, where its type has {expected}",
    TAOSNATIVE_FAULT_DATA: "it has {found} bytes of data, where its rows have {expected}",
    TAOSNATIVE_FAULT_END: "its {found} bytes pass the end of the block, which has {expected} left",
    TAOSNATIVE_FAULT_OFFSET: "a value begins at {found}, where the last possible place is {expected}",
    TAOSNATIVE_FAULT_VALUE: "a value of {found} bytes passes the end of the column, which has {expected} left",
    TAOSNATIVE_FAULT_BOOL: "a BOOL is {found}",
    TAOSNATIVE_FAULT_UNIT: "the {found} bytes of an NCHAR are no multiple of {expected}",
    TAOSNATIVE_FAULT_DECIMAL: "a DECIMAL has {found} digits or places, where {expected} are possible",
    TAOSNATIVE_FAULT_SCALE: "a DECIMAL has {found} places, where the result tells {expected}",
}


cdef object make_bytes(const uint8_t *value_ptr, Py_ssize_t n_bytes, const char *errors,
                       const taosnative_segment *segment):
    return PyBytes_FromStringAndSize(<const char *> value_ptr, n_bytes)


cdef object make_text(const uint8_t *value_ptr, Py_ssize_t n_bytes, const char *errors,
                      const taosnative_segment *segment):
    return PyUnicode_DecodeUTF8(<const char *> value_ptr, n_bytes, errors)


cdef object make_wide_text(const uint8_t *value_ptr, Py_ssize_t n_bytes, const char *errors,
                           const taosnative_segment *segment):
    cdef int little_endian = -1
    if errors[0] == c"s" and errors[1] == c"u":  # UCS-4 has no bytes to escape: a lone surrogate stays what it is
        errors = b"surrogatepass"
    return PyUnicode_DecodeUTF32(<const char *> value_ptr, n_bytes, errors, &little_endian)


cdef object make_wide_bytes(const uint8_t *value_ptr, Py_ssize_t n_bytes, const char *errors,
                            const taosnative_segment *segment):
    return PyUnicode_AsEncodedString(make_wide_text(value_ptr, n_bytes, b"surrogateescape", segment), b"utf-8",
                                     b"surrogatepass")


cdef object make_decimal(const uint8_t *value_ptr, Py_ssize_t n_bytes, const char *errors,
                         const taosnative_segment *segment):
    cdef char text[TAOSNATIVE_DECIMAL_TEXT]
    cdef int n_chars = taosnative_decimal(value_ptr, <int> n_bytes, segment.scale, text)
    return Decimal(PyUnicode_DecodeUTF8(text, n_chars, NULL))


cdef Maker maker(info, bint as_bytes) except? NULL:
    """What makes the objects of a type; NULL for a type that needs none."""
    if info.kind == Kind.DECIMAL:
        return make_decimal
    if info.kind == Kind.FIXED:
        return NULL
    if info.ucs4:
        return make_wide_bytes if as_bytes else make_wide_text
    return make_text if info.text and not as_bytes else make_bytes


cdef int set_layout(taosnative_layout *layout, field) except -1:
    """Tell what a column must be in a block."""
    if field.type not in BY_NAME:
        raise InterfaceError(f"column {field.name!r} is of type {field.type!r}, which is not known")
    info = field.info
    layout[0] = taosnative_layout(
        type=info.code,
        variable=info.kind == Kind.VARIABLE,
        decimal=info.kind == Kind.DECIMAL,
        width=info.width,
        unit=4 if info.ucs4 else 1,
    )
    return 0


cdef int describe(Column *column, field, nulls, bint as_bytes) except -1:
    """Settle what a column of a result becomes."""
    set_layout(&column.layout, field)
    info = field.info
    column.make = maker(info, as_bytes)
    column.blank = 0 if column.make is not NULL else BLANKS[info.null, info.width]
    column.is_bool = info.dtype == "?"
    column.has_mask = nulls == "masked" or (nulls == "numpy" and info.null == "masked")
    column.refuses_null = nulls == "raise"
    return 0


def one_of(name, value, known):
    if value not in known:
        raise InterfaceError(f"{name}={value!r} is not known: it is one of {', '.join(map(repr, known))}")
    return value


cdef class Sink:
    """What takes the blocks of a result, one after another."""

    cdef int add(self, const char *block_ptr, Py_ssize_t n_bytes, int n_rows) except -1:
        """Add a block, which is not needed afterwards. Called with the GIL, which it may release.

        `n_bytes` negative: as many as the block itself says. `n_rows` negative: likewise.
        """
        raise NotImplementedError

    def add_bytes(self, block, n_rows=None):
        """Add a block that lies in a bytes-like object.

        Parameters
        ----------
        block : bytes-like
            The block, header and all; bytes behind its end are not read.
        n_rows : int, optional
            Rows that it must have.

        Raises
        ------
        InterfaceError
            The block is damaged; the message says where. The sink is as it was before.
        DataError
            There is a NULL, or text that is no text, where the options want none. The sink is as it was before.
        """
        cdef Py_buffer view
        cdef int expected = -1 if n_rows is None else n_rows
        PyObject_GetBuffer(block, &view, PyBUF_SIMPLE)
        try:
            self.add(<const char *> view.buf, view.len, expected)
        finally:
            PyBuffer_Release(&view)


@cython.final
cdef class Tee(Sink):
    """Two sinks that take the same blocks."""

    cdef Sink _first
    cdef Sink _second

    def __cinit__(self, Sink first not None, Sink second not None):
        self._first = first
        self._second = second

    cdef int add(self, const char *block_ptr, Py_ssize_t n_bytes, int n_rows) except -1:
        self._first.add(block_ptr, n_bytes, n_rows)
        return self._second.add(block_ptr, n_bytes, n_rows)


cdef object refusal(fields, const taosnative_fault *fault, Py_ssize_t first_row):
    """The error that a fault is, where the block begins with a row of that number."""
    name = "" if fault.column < 0 else fields[fault.column].name
    row = first_row + fault.row
    if fault.code == TAOSNATIVE_FAULT_NULL:
        return DataError(f"column {name!r}, row {row}: a NULL, which nulls='raise' refuses")
    if fault.code == TAOSNATIVE_FAULT_TEXT:
        what = f"not text, from its byte {fault.found} on; read it with strings='bytes' or errors='replace'"
        return DataError(f"column {name!r}, row {row}: {what}")
    if fault.code == TAOSNATIVE_FAULT_ROOM:
        what = "2 GiB of one column do not fit into one batch; read fewer rows at a time, by batches(rows=…)"
        return DataError(f"column {name!r}, row {row}: {what}")
    where = [] if fault.column < 0 else [f"column {fault.column} ({name!r})"]
    where += [] if fault.row < 0 else [f"row {row}"]
    where.append(f"byte {fault.at}")
    what = FAULTS[fault.code].format(found=fault.found, expected=fault.expected)
    return InterfaceError(f"damaged block: {', '.join(where)}: {what}")


@cython.final
cdef class Decoder(Sink):
    """Arrays out of blocks: make it for a result's fields, add its blocks, and finish.

    Parameters
    ----------
    fields : sequence of Field
        The result's columns.
    precision : int
        Of its times: 0 ms, 1 us, 2 ns.
    nulls : {"numpy", "masked", "raise"}
        What NULL becomes. "numpy": NaN in FLOAT and DOUBLE, NaT in TIMESTAMP, None where there are objects, and BOOL
        and the integers are MaskedArrays. "masked": every column is a MaskedArray, with the same beneath its mask (and
        0 beneath that of BOOL and the integers), which alone tells a NULL from a NaN. "raise": no column is masked, and
        a NULL raises DataError.
    strings : {"object", "bytes"}
        What VARCHAR, NCHAR and JSON become: str, or bytes in UTF-8, which a VARCHAR's are as they came.
    errors : {"strict", "replace", "surrogateescape"}
        What becomes of text that is no text: a DataError that names column and row, or what Python's codecs do. An
        NCHAR with lone surrogates keeps them with "surrogateescape".
    only : container of int, optional
        The columns that are wanted, by their number; of the others nothing is kept.

    Notes
    -----
    dtype and class of a column depend on its type and on these options, never on its values. One thread uses a
    decoder at a time; another gets an InterfaceError. Equal neighbours share one object. A TIMESTAMP of -2**63 is
    numpy's NaT, and only nulls="masked" tells it from NULL. Of the memory of arrays that are freed, up to 64 MiB is
    kept for the next ones (Linux).
    """

    def __cinit__(self, fields, int precision, *, nulls="numpy", strings="object", errors="strict",
                  only=None):
        one_of("nulls", nulls, NULLS)
        one_of("strings", strings, STRINGS)
        self._errors = one_of("errors", errors, ERRORS).encode()
        one_of("precision", precision, range(len(PRECISIONS)))
        self.fields = tuple(fields)
        if not self.fields:
            raise InterfaceError("a result without columns has nothing to decode")
        self._columns = <Column *> PyMem_Calloc(len(self.fields), sizeof(Column))
        if self._columns is NULL:
            raise MemoryError
        self._n_columns = len(self.fields)
        self._dtypes = []
        firsts = {}  # of each type, the first column: a wide table has few types
        for i, field in enumerate(self.fields):
            first = firsts.setdefault(field.type, i)
            if first == i:
                describe(&self._columns[i], field, nulls, strings == "bytes")
                dtype = f"M8[{PRECISIONS[precision]}]" if field.info.dtype == "M8" else field.info.dtype
                self._dtypes.append(np.dtype(dtype))
            else:
                self._columns[i] = self._columns[first]
                self._dtypes.append(self._dtypes[first])
            self._columns[i].is_skipped = only is not None and i not in only

    @property
    def n_rows(self):
        """Rows that were added since the start, or since the last `finish`."""
        return self._n_rows

    cdef int add(self, const char *block_ptr, Py_ssize_t n_bytes, int n_rows) except -1:
        """Add a block, which is not needed afterwards. Called with the GIL, which it releases while it copies.

        `n_bytes` negative: as many as the block itself says. `n_rows` negative: likewise.
        """
        cdef taosnative_block block
        cdef taosnative_fault fault
        cdef int code
        self._enter()
        try:
            with nogil:
                code = taosnative_block_open(&block, block_ptr, n_bytes, n_rows, self._n_columns, &fault)
                if code == TAOSNATIVE_SOUND:
                    code = self._add_values(&block, &fault)
            if code == NO_MEMORY:
                raise MemoryError
            if code != TAOSNATIVE_SOUND:
                self._refuse(&fault)
            self._add_objects(block.n_rows)
            self._n_rows += block.n_rows
        finally:
            self._is_busy = False
        return 0

    cdef int _enter(self) except -1:
        with cython.critical_section(self):
            if self._is_busy:
                raise InterfaceError("this decoder is in use by another thread")
            self._is_busy = True
        return 0

    cdef int _add_values(self, taosnative_block *block, taosnative_fault *fault) noexcept nogil:
        """Take every segment, and copy what needs no Python behind the rows that are there."""
        cdef Column *column
        cdef uint8_t *values
        cdef int64_t row, n_rows = block.n_rows, end = self._n_rows + block.n_rows
        cdef int code, i, width
        for i in range(self._n_columns):
            column = &self._columns[i]
            code = taosnative_block_take(block, i, &column.layout, &column.segment, fault)
            if code != TAOSNATIVE_SOUND:
                return code
            if column.is_skipped:
                continue
            if column.has_mask and reserve(&column.mask, end) != 0:
                return NO_MEMORY
            width = column.layout.width if column.make is NULL else sizeof(PyObject *)
            if reserve(&column.values, end * width) != 0:
                return NO_MEMORY
            if column.make is not NULL:
                continue
            values = column.values.bytes + self._n_rows * width
            taosnative_copy(column.segment.nulls, column.segment.data, n_rows, width, column.blank, values)
            if column.has_mask:
                taosnative_expand(column.segment.nulls, n_rows, column.mask.bytes + self._n_rows)
            elif column.refuses_null:
                row = taosnative_first_null(column.segment.nulls, n_rows)
                if row >= 0:
                    return taosnative_fail_at(fault, TAOSNATIVE_FAULT_NULL, i, row, column.segment.at, 0, 0)
            if column.is_bool:
                row = taosnative_first_not_bool(values, n_rows)
                if row >= 0:
                    return taosnative_fail_at(fault, TAOSNATIVE_FAULT_BOOL, i, row, column.segment.at, values[row], 1)
        return TAOSNATIVE_SOUND

    cdef int _add_objects(self, Py_ssize_t n_rows) except -1:
        """Make the objects of a block whose segments are taken; on an error none of them stays."""
        cdef int i = 0, j
        cdef Py_ssize_t n_filled = 0, row
        try:
            for i in range(self._n_columns):
                n_filled = 0
                if self._columns[i].make is not NULL and not self._columns[i].is_skipped:
                    self._fill(i, n_rows, &n_filled)
        except BaseException:
            for j in range(i + 1):
                if self._columns[j].make is not NULL and not self._columns[j].is_skipped:
                    for row in range(n_filled if j == i else n_rows):
                        Py_DECREF(<object> (<PyObject **> self._columns[j].values.bytes)[self._n_rows + row])
            raise
        return 0

    cdef int _fill(self, int i, Py_ssize_t n_rows, Py_ssize_t *n_filled) except -1:
        """Make a column's objects, and count them while they are made."""
        cdef Column *column = &self._columns[i]
        cdef PyObject **objects = (<PyObject **> column.values.bytes) + self._n_rows
        cdef const char *errors = self._errors
        cdef const uint8_t *value_ptr
        cdef const uint8_t *last_ptr = NULL
        cdef int64_t n_bytes, n_last = -1
        cdef taosnative_fault fault
        cdef object value = None
        cdef Py_ssize_t row
        for row in range(n_rows):
            if taosnative_value(&column.segment, &column.layout, i, row, &value_ptr, &n_bytes, &fault) != 0:
                self._refuse(&fault)
            if column.has_mask:
                column.mask.bytes[self._n_rows + row] = value_ptr is NULL
            if value_ptr is NULL:
                if column.refuses_null:
                    taosnative_fail_at(&fault, TAOSNATIVE_FAULT_NULL, i, row, column.segment.at, 0, 0)
                    self._refuse(&fault)
                Py_INCREF(None)
                objects[row] = <PyObject *> None
            else:
                if n_bytes != n_last or (value_ptr != last_ptr and memcmp(value_ptr, last_ptr, n_bytes) != 0):
                    try:
                        value = column.make(value_ptr, n_bytes, errors, &column.segment)
                    except UnicodeDecodeError as error:
                        raise self._text_error(i, row, error) from error
                    last_ptr = value_ptr
                    n_last = n_bytes
                Py_INCREF(value)
                objects[row] = <PyObject *> value
            n_filled[0] = row + 1
        return 0

    cdef int _refuse(self, taosnative_fault *fault) except -1:
        """Raise what a fault is."""
        raise refusal(self.fields, fault, self._n_rows)

    cdef _text_error(self, int i, Py_ssize_t row, error):
        return DataError(
            f"column {self.fields[i].name!r}, row {self._n_rows + row}: not {error.encoding} ({error.reason} at "
            f"its byte {error.start}); read it with strings='bytes', errors='replace' or errors='surrogateescape'"
        )

    def finish(self):
        """Give the columns, and start anew with none.

        Returns
        -------
        list of numpy.ndarray or numpy.ma.MaskedArray
            An array of `n_rows` a field that is wanted; writable, and its own.
        """
        return [
            array if mask is None else np.ma.MaskedArray(array, mask=mask, copy=False)
            for array, mask in self.finish_parts()
        ]

    def finish_parts(self):
        """Give the columns as pairs of values and mask, and start anew; of a column without a mask that is None."""
        self._enter()
        try:
            return [self._take(i) for i in range(self._n_columns) if not self._columns[i].is_skipped]
        finally:
            self._drop()
            self._is_busy = False

    cdef tuple _take(self, int i):
        cdef Column *column = &self._columns[i]
        cdef Py_ssize_t n_rows = self._n_rows
        dtype = self._dtypes[i]
        if column.make is not NULL:
            array = np.asarray(Memory.take(&column.values, n_rows, True))
        else:
            array = np.frombuffer(Memory.take(&column.values, n_rows * column.layout.width, False), dtype)
        if not column.has_mask:
            return array, None
        return array, np.frombuffer(Memory.take(&column.mask, n_rows, False), np.bool_)

    cdef void _drop(self) noexcept:
        """Forget all rows."""
        cdef Column *column
        cdef int i
        for i in range(self._n_columns):
            column = &self._columns[i]
            release(&column.values, 0 if column.make is NULL or column.is_skipped else self._n_rows)
            release(&column.mask, 0)
        self._n_rows = 0

    def __dealloc__(self):
        self._drop()
        PyMem_Free(self._columns)
