from libc.stdint cimport int64_t, uint32_t

cdef extern from "codes.h" nogil:
    uint32_t CODE_NO_CONNECTION
    uint32_t CODE_NOT_SUPPORTED
    uint32_t CODE_NO_MEMORY
    uint32_t CODE_APP_ERROR
    uint32_t CODE_INVALID_PARA
    uint32_t CODE_INVALID_OPERATION
    uint32_t CODE_INVALID_USER
    uint32_t CODE_INVALID_PASSWORD
    uint32_t CODE_INVALID_DATABASE
    uint32_t CODE_DISCONNECTED
    uint32_t CODE_SYNTAX
    uint32_t CODE_SQL_TOO_LONG
    uint32_t CODE_INVALID_INPUT
    uint32_t CODE_STATEMENT_ORDER
    uint32_t CODE_NO_TABLE_NAME
    uint32_t CODE_QUERY_KILLED
    uint32_t CODE_BIND_NUMBER
    uint32_t CODE_NO_JOB
    uint32_t CODE_TOO_LONG
    uint32_t CODE_NAME_TWICE
    uint32_t CODE_UNKNOWN_CHARSET


cdef class Connection:
    cdef object session
    cdef int64_t n_kills
    cdef int64_t n_holders
    cdef bint is_open
    cdef readonly object timezone
    cdef void hold(self)
    cdef void let_go(self)

cdef int fail(uint32_t code, const char *text) noexcept nogil
cdef int fail_with(error) noexcept
cdef int take_interrupt() noexcept nogil
cdef int last_code() noexcept nogil
cdef char *last_text() noexcept nogil

cdef void *enlist(thing) except NULL
cdef object enlisted(const void *token, type kind)
cdef object delist(const void *token, type kind)
cdef tuple described(error)
