from libc.stdint cimport uint8_t, uint64_t

from taosnative.columns._block cimport taosnative_block, taosnative_fault, taosnative_layout, taosnative_segment
from taosnative.columns._memory cimport taosnative_memory

# Makes the object of a value that is not NULL.  `errors` is a codec's handler.
ctypedef object (*Maker)(const uint8_t *value_ptr, Py_ssize_t n_bytes, const char *errors,
                         const taosnative_segment *segment)


cdef struct Column:
    taosnative_layout layout
    Maker make  # NULL: the column holds values, not objects
    uint64_t blank  # stands in `values` where a row is NULL
    bint is_bool
    bint has_mask
    bint refuses_null
    bint is_skipped  # it is checked, and nothing of it is kept
    taosnative_memory values
    taosnative_memory mask
    taosnative_segment segment  # of the block that is being decoded


cdef class Sink:
    cdef int add(self, const char *block_ptr, Py_ssize_t n_bytes, int n_rows) except -1


cdef int set_layout(taosnative_layout *layout, field) except -1
cdef object refusal(fields, const taosnative_fault *fault, Py_ssize_t first_row)


cdef class Decoder(Sink):
    cdef readonly object fields
    cdef object _dtypes
    cdef bytes _errors
    cdef Column *_columns
    cdef int _n_columns
    cdef Py_ssize_t _n_rows
    cdef bint _is_busy

    cdef int _enter(self) except -1
    cdef int _add_values(self, taosnative_block *block, taosnative_fault *fault) noexcept nogil
    cdef int _add_objects(self, Py_ssize_t n_rows) except -1
    cdef int _fill(self, int i, Py_ssize_t n_rows, Py_ssize_t *n_filled) except -1
    cdef int _refuse(self, taosnative_fault *fault) except -1
    cdef _text_error(self, int i, Py_ssize_t row, error)
    cdef tuple _take(self, int i)
    cdef void _drop(self) noexcept
