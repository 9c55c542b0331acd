"""A result over its driver: what its columns are, and its blocks, one after another into a sink.

A block is the driver's memory until the next fetch, so it is decoded under the same turn that fetched it. Where a
result is stopped, some drivers answer the next fetch as if the data ended; a flag of our own tells the two apart.

Where blocks are read one by one, a helper fetches the next one while the caller works on what was decoded. That begins
when two blocks were fetched: short results are not worth it.
"""

cimport cython
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.math cimport INFINITY
from libc.stdlib cimport calloc, free
from libc.string cimport memchr

from taosnative.columns._decode cimport Sink
from taosnative.driver._library cimport driver_error
from taosnative.taosc cimport TAOS_FIELD, TAOS_FIELD_E, TAOS_FIELD_NAME_SIZE, TAOS_RES, taosc_functions
from taosnative.native._handle cimport Handle
from taosnative.native._wait cimport (
    await_job,
    await_stopped_job,
    leave_job,
    needs_helper,
    start_job,
    taosnative_job,
)

from taosnative.errors import InterfaceError, NotSupportedError, OperationalError
from taosnative.native._wait import timed_out, wait_for
from taosnative.native.fields import MOST_FIELDS
from taosnative.types import BY_CODE, PRECISIONS, Field, Kind


# Fetches of a result that pay for the fetch of the next block in advance.
cdef enum:
    FETCHES_BEFORE_AHEAD = 2


cdef struct Fetch:
    taosnative_job job  # the first, so that a pointer to it is one to this
    taosc_functions *taosc
    TAOS_RES *res_ptr
    bint is_owned
    int code
    const char *text_ptr  # of the result
    int n_rows
    void *block_ptr
    PyObject *parent  # of one that was given up: kept until it comes back


cdef void _fetch(taosnative_job *job) noexcept nogil:
    cdef Fetch *fetch = <Fetch *>job
    fetch.text_ptr = NULL
    fetch.block_ptr = NULL
    fetch.n_rows = 0
    fetch.code = fetch.taosc.taos_fetch_raw_block(fetch.res_ptr, &fetch.n_rows, &fetch.block_ptr)
    if fetch.code != 0:
        fetch.text_ptr = fetch.taosc.taos_errstr(fetch.res_ptr)


cdef void _fetched_late(taosnative_job *job) noexcept nogil:
    cdef Fetch *fetch = <Fetch *>job
    if fetch.is_owned:
        fetch.taosc.taos_free_result(fetch.res_ptr)
    with gil:
        _let_go_of_parent(fetch)
    free(fetch)


cdef void _let_go_of_parent(Fetch *fetch) noexcept:
    parent = <Handle><object>fetch.parent
    (<Handle>parent).let_go_of(<size_t>fetch)
    Py_DECREF(parent)


@cython.no_gc_clear
cdef class ResultHandle(Handle):
    """The owner of a TAOS_RES, or a guest of the statement that owns it.

    Attributes
    ----------
    fields : list of Field
        The columns; empty where the statement returned no rows.
    precision : int
        What a TIMESTAMP counts: 0 ms, 1 us, 2 ns.
    affected_rows : int
        Rows written; 0 where the statement returned rows.
    timeout : float or None
        Seconds that the driver may take for a block.
    """

    @staticmethod
    cdef ResultHandle wrap(TAOS_RES *res_ptr, Handle parent, bint is_owned, object timeout):
        cdef ResultHandle self = ResultHandle.__new__(ResultHandle)
        self._res_ptr = res_ptr
        self._is_owned = is_owned
        self.timeout = timeout
        self.settle(parent.driver, None, "result")
        self._fetch = <Fetch *>calloc(1, sizeof(Fetch))
        if self._fetch is NULL:
            raise MemoryError()
        self._fetch.job.make = _fetch
        self._fetch.job.late = _fetched_late
        self._fetch.taosc = self.taosc
        self._fetch.res_ptr = res_ptr
        self._fetch.is_owned = is_owned
        self._describe()
        self.attach(parent)
        return self

    cdef void release(self) noexcept:
        cdef TAOS_RES *res_ptr = self._res_ptr
        cdef Fetch *fetch = self._fetch
        self._res_ptr = NULL
        self._fetch = NULL
        if self._is_fetching and not self._is_late:
            self._stop_fetch(fetch)
        if self._is_fetching:
            self.parent.keep_for(<size_t>fetch)
            fetch.parent = <PyObject *>self.parent
            Py_INCREF(self.parent)
            if leave_job(&fetch.job):
                return
            _let_go_of_parent(fetch)  # it came back just now
        free(fetch)
        if res_ptr is not NULL and self._is_owned:
            with nogil:
                self.taosc.taos_free_result(res_ptr)

    def __dealloc__(self):
        self.drop()

    cdef int _describe(self) except -1:
        cdef int n_fields = self.taosc.taos_num_fields(self._res_ptr)
        cdef TAOS_FIELD *field_ptr = NULL
        cdef TAOS_FIELD_E *exact_ptr = NULL
        cdef int i
        self.affected_rows = 0
        if not 0 <= n_fields <= MOST_FIELDS:
            raise InterfaceError(f"the driver tells of {n_fields} columns")
        if n_fields == 0:
            if self.taosc.taos_affected_rows64 is not NULL:
                self.affected_rows = self.taosc.taos_affected_rows64(self._res_ptr)
            else:
                self.affected_rows = self.taosc.taos_affected_rows(self._res_ptr)
            if self.affected_rows < 0:
                raise InterfaceError(f"the driver tells of {self.affected_rows} affected rows", in_doubt=True)
            self.fields = []
            return 0
        self.precision = self.taosc.taos_result_precision(self._res_ptr)
        if not 0 <= self.precision < len(PRECISIONS):
            raise InterfaceError(f"the driver tells a precision of {self.precision}, which is none of TDengine's")
        field_ptr = self.taosc.taos_fetch_fields(self._res_ptr)
        if self.taosc.taos_fetch_fields_e is not NULL:
            exact_ptr = self.taosc.taos_fetch_fields_e(self._res_ptr)
        if field_ptr is NULL:
            raise InterfaceError(f"the driver tells of {n_fields} columns, and does not describe them")
        self.fields = [
            make_field(&field_ptr[i], exact_ptr + i if exact_ptr is not NULL else NULL, i, self.precision)
            for i in range(n_fields)
        ]
        return 0

    def fetch_into(self, Sink sink not None):
        """Fetch the next block and decode it: its number of rows, or 0 at the end.

        The GIL is released while the driver works and while the block is decoded.
        """
        cdef int n_rows
        self.enter_alone()
        try:
            n_rows = self._fetch_block(sink)
            if n_rows > 0 and self._n_fetched >= FETCHES_BEFORE_AHEAD:
                self._is_fetching = start_job(&self._fetch.job)
            return n_rows
        finally:
            self.leave_alone()

    def fetch_all_into(self, Sink sink not None):
        """Fetch and decode every block that is left; a signal, a limit or a close ends it."""
        if self.timeout is None or self.timeout == INFINITY:
            self.check_open()
            try:
                wait_for(self._fetch_all, (sink,), None, "fetching the result", self._stop)
            finally:
                if self._n_given_up():
                    self._begin_close("a fetch was given up")
        else:
            while self.fetch_into(sink):
                pass

    def _fetch_all(self, Sink sink):
        """Every block in one turn."""
        self.enter_alone()
        try:
            while self._fetch_block(sink):
                self.check_open()
        finally:
            self.leave_alone()

    cdef int _fetch_block(self, Sink sink) except -1:
        """`fetch_into`, for who has the turn."""
        cdef Fetch *fetch = self._fetch
        cdef int n_rows
        if self._is_stopped:
            raise OperationalError("the result was stopped before its end")
        if not self._is_fetching and needs_helper(self.timeout):
            self._is_fetching = start_job(&fetch.job)
        if self._is_fetching:
            self._await_fetch(fetch)
        else:
            with nogil:
                _fetch(&fetch.job)
        self._n_fetched += 1
        n_rows = fetch.n_rows
        if fetch.code != 0:
            raise driver_error(fetch.code, fetch.text_ptr)
        if n_rows == 0:
            if self._is_stopped:
                raise OperationalError("the result was stopped before its end")
            return 0
        if n_rows < 0 or fetch.block_ptr is NULL:
            raise InterfaceError(f"the driver gives no block of {n_rows} rows")
        sink.add(<const char *>fetch.block_ptr, -1, n_rows)
        return n_rows

    cdef int _await_fetch(self, Fetch *fetch) except -1:
        """Wait for the fetch that a helper makes, and stop it where the wait is ended."""
        try:
            is_in_time = await_job(&fetch.job, self.timeout)
        except BaseException:
            self._stop_fetch(fetch)
            raise
        if not is_in_time:
            self._stop_fetch(fetch)
            raise timed_out("fetching the result", self.timeout)
        self._is_fetching = False
        return 0

    cdef void _stop_fetch(self, Fetch *fetch) noexcept:
        """Stop the fetch that a helper makes; it is late where it does not come back even so."""
        self._is_stopped = True
        if self.taosc.taos_stop_query is not NULL:
            with nogil:
                self.taosc.taos_stop_query(fetch.res_ptr)
        self._is_late = not await_stopped_job(&fetch.job)
        self._is_fetching = self._is_late

    def stop(self):
        """Stop the query in the server; a fetch under way in another thread ends, and no other can follow."""
        self.driver.require("taos_stop_query")
        self.check_open()
        self._stop()

    def _stop(self):
        self._is_stopped = True
        if self.taosc.taos_stop_query is NULL or self.closed:
            return
        self.enter()
        try:
            with nogil:
                self.taosc.taos_stop_query(self._res_ptr)
        finally:
            self.leave()


cdef object make_field(const TAOS_FIELD *field_ptr, const TAOS_FIELD_E *exact_ptr, int i, int precision):
    """A column as the driver describes it; a name that was cut in the middle of a character ends in U+FFFD."""
    cdef const char *end_ptr = <const char *>memchr(field_ptr.name, 0, TAOS_FIELD_NAME_SIZE)
    cdef Py_ssize_t n_bytes = TAOS_FIELD_NAME_SIZE if end_ptr is NULL else end_ptr - <const char *>field_ptr.name
    name = (<const char *>field_ptr.name)[:n_bytes].decode("utf-8", "replace")
    info = BY_CODE.get(field_ptr.type)
    if info is None:
        raise NotSupportedError(
            f"column {i} ({name!r}) is of type {field_ptr.type}, which this version of taosnative does not know"
        )
    if info.kind == Kind.DECIMAL and exact_ptr is not NULL:
        return Field(name, info.name, field_ptr.bytes, exact_ptr.precision, exact_ptr.scale)
    return Field(name, info.name, field_ptr.bytes, 3 * precision + 3 if info.name == "TIMESTAMP" else 0)
