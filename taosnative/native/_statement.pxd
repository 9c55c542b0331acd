from libc.stdint cimport int64_t

from taosnative.taosc cimport TAOS_STMT2
from taosnative.native._connection cimport ConnectionHandle
from taosnative.native._handle cimport Handle


cdef class StatementHandle(Handle):
    cdef TAOS_STMT2 *_stmt_ptr
    cdef ConnectionHandle _connection
    cdef object _result  # a weak reference, since the result holds the statement
    cdef bytes _sql
    cdef int64_t _request
    cdef Py_ssize_t _n_bound  # calls of bind since the last execute
    cdef readonly bint interlace
    cdef readonly object timeout  # None, or seconds
    cdef readonly bint is_insert

    cdef object _wait_for(self, object function, str what, object timeout, bint writes=*)
    # Make the driver's statement, if there is none: a first one, or one in place of one that failed.
    cdef int _make(self) except -1
    # Free the driver's statement after a failure, which it would answer to every later call.
    cdef void _unmake(self) noexcept
    # Close the result of the last execute, which the next call takes away.
    cdef int _end_result(self) except -1
    # The exception for a code of the statement, whose text is read here: no other call may come before.
    cdef object _error(self, int code, bint writes=*)
