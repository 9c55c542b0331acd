from taosnative.columns._decode cimport Sink
from taosnative.taosc cimport TAOS_RES
from taosnative.native._handle cimport Handle


cdef struct Fetch


cdef class ResultHandle(Handle):
    cdef TAOS_RES *_res_ptr
    cdef bint _is_owned
    cdef bint _is_stopped
    cdef Fetch *_fetch  # what the next block is fetched by
    cdef bint _is_fetching  # a helper is at it
    cdef bint _is_late  # it was stopped, and did not come back for it
    cdef int _n_fetched
    cdef readonly list fields
    cdef readonly int precision
    cdef readonly object affected_rows
    cdef readonly object timeout  # None, or seconds

    # A result of `parent` (a connection, or the statement that owns it: then `is_owned` is false and the result is not
    # freed here). The pointer is taken: where this raises, it has been freed if it is owned.
    @staticmethod
    cdef ResultHandle wrap(TAOS_RES *res_ptr, Handle parent, bint is_owned, object timeout)

    cdef int _describe(self) except -1
    cdef int _fetch_block(self, Sink sink) except -1
    cdef int _await_fetch(self, Fetch *fetch) except -1
    cdef void _stop_fetch(self, Fetch *fetch) noexcept
