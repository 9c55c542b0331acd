from libc.stdint cimport int64_t, uint32_t

from ._state cimport Connection
from taosnative.taosc cimport TAOS_RES, taosc_functions

cdef TAOS_RES *answer(Connection connection, outcome, bint is_lent) noexcept
cdef TAOS_RES *refuse(Connection connection, error) noexcept
cdef int code_of(TAOS_RES *res) noexcept nogil
cdef int64_t affected_of(TAOS_RES *res) noexcept nogil
cdef void free_lent(TAOS_RES *res) noexcept nogil
cdef int fetch_for_callback(TAOS_RES *res, bint for_rows) noexcept nogil
cdef void fill_results(taosc_functions *table) noexcept nogil
