from libc.stdint cimport int32_t, int64_t

from ._bound cimport BoundColumn
from ._state cimport Connection
from taosnative.taosc cimport TAOS_RES


cdef class Statement:
    cdef Connection connection
    cdef readonly object prepared
    cdef object fault
    cdef bytes message
    cdef bint is_bound
    cdef TAOS_RES *res
    cdef Shape _shape
    cdef str _sql
    cdef void begin(self, const char *sql, unsigned long length) except *
    cdef void check(self) except *
    cdef int stick(self, error) noexcept
    cdef char *error(self) noexcept
    cdef Shape shape(self)
    cdef object run(self)
    cdef void keep_answer(self, outcome) except *
    cdef void drop_answer(self) noexcept
    cdef void end(self) noexcept


cdef class Shape:
    cdef readonly int n_tags
    cdef readonly int n_columns
    cdef readonly bint has_table_mark


cdef struct Bind:
    int type
    int n_rows
    const void *buffer
    const int32_t *length
    const char *is_null
    int64_t stride

cdef BoundColumn copy_column(Bind *bind, bint takes_none)
cdef BoundColumn copy_tag(Bind *bind)
cdef BoundColumn copy_parameter(Bind *bind)
cdef int check_rows(int n_rows, int expected) except -1
