from libc.stdint cimport int32_t, uint8_t


cdef enum:
    VARIABLE = 0
    UNKNOWN = -1

cdef int width_of(int type) noexcept nogil


cdef class BoundColumn:
    cdef readonly int type
    cdef readonly Py_ssize_t n_rows
    cdef int width
    cdef uint8_t *data
    cdef Py_ssize_t n_bytes
    cdef uint8_t *state
    cdef int32_t *length


cdef struct Source:
    int type
    Py_ssize_t n_rows
    const uint8_t *buffer
    const int32_t *length
    const char *is_null
    Py_ssize_t stride
    bint takes_none

cdef BoundColumn copy_bound(Source *source)
