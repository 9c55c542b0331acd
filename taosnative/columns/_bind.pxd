"""What other compiled rooms may use of columns on their way in: `Column` and `BindSet`."""

from libc.stdint cimport int32_t, int64_t

from taosnative.taosc cimport TAOS_STMT2_BIND, TAOS_STMT2_BINDV


cdef class Buffer:
    cdef char *ptr
    cdef Py_ssize_t n_bytes
    cdef bint _allocated
    cdef bint _exported
    cdef Py_buffer _view

    @staticmethod
    cdef Buffer of(object source, bint writable=*)

    @staticmethod
    cdef Buffer allocate(Py_ssize_t n_bytes)

    cdef int reserve(self, Py_ssize_t n_bytes) except -1 nogil


cdef class Column:
    cdef readonly int type_code
    cdef readonly Py_ssize_t n_rows
    cdef readonly Py_ssize_t width
    cdef Buffer _values
    cdef Buffer _lengths
    cdef Buffer _offsets
    cdef Buffer _nulls

    cdef char *values_at(self, Py_ssize_t row) noexcept nogil
    cdef bint is_null_at(self, Py_ssize_t row) noexcept nogil
    cdef Py_ssize_t n_bytes_at(self, Py_ssize_t row) noexcept nogil
    cdef void describe(self, TAOS_STMT2_BIND *bind, Py_ssize_t start, Py_ssize_t stop) noexcept nogil


cdef class BindSet:
    cdef TAOS_STMT2_BINDV bindv
    cdef readonly Py_ssize_t n_tables
    cdef readonly Py_ssize_t n_columns
    cdef readonly Py_ssize_t n_tags
    cdef object _held
    cdef Buffer _names
    cdef Buffer _tags
    cdef Buffer _tag_binds
    cdef Buffer _columns
    cdef Buffer _column_binds

    cdef int _allocate(self, Py_ssize_t n_tables, Py_ssize_t n_columns, Py_ssize_t n_tags, bint named) except -1
    cdef int _place_names(self, list names) except -1


cdef bint same_rows(Column column, Py_ssize_t row, Py_ssize_t other) noexcept nogil
