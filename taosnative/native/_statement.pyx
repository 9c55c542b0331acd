"""A prepared statement over its driver: prepare, describe, bind, execute, and the result of a query.

A driver's statement answers a failure to every later call, so one that has failed is freed, and made again at the next
use. The result of a query belongs to the statement: it is never freed here, and it ends at the next bind.
"""

import weakref

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memchr, memset

from taosnative.columns._bind cimport BindSet
from taosnative.driver._library cimport driver_error
from taosnative.taosc cimport (
    TAOS_FIELD_ALL,
    TAOS_FIELD_NAME_SIZE,
    TAOS_RES,
    TAOS_STMT2,
    TAOS_STMT2_OPTION,
)
from taosnative.native._connection cimport ConnectionHandle
from taosnative.native._handle cimport Handle
from taosnative.native._result cimport ResultHandle

from taosnative.errors import BY_CODE, InterfaceError
from taosnative.native._wait import wait_for
from taosnative.native.fields import MOST_FIELDS, statement_field

#: The driver's code for calls in a wrong order; some of its versions crash instead.
API_ERROR = 0x8000022A

_FUNCTIONS = (
    "taos_stmt2_init",
    "taos_stmt2_prepare",
    "taos_stmt2_is_insert",
    "taos_stmt2_get_fields",
    "taos_stmt2_free_fields",
    "taos_stmt2_bind_param",
    "taos_stmt2_exec",
    "taos_stmt2_result",
    "taos_stmt2_error",
    "taos_stmt2_close",
)


@cython.no_gc_clear
cdef class StatementHandle(Handle):
    """The owner of a TAOS_STMT2.

    Attributes
    ----------
    is_insert : bool
        Whether it is an INSERT, as the driver takes it.
    interlace : bool
        Whether it is in the driver's mode for many tables of few rows.
    timeout : float or None
        Seconds that each wait for the server may take.
    """

    @staticmethod
    def prepare(
        ConnectionHandle connection not None,
        str sql not None,
        bint interlace=False,
        int64_t request=0,
        timeout=None,
    ):
        """Prepare a statement on a connection. The GIL is released while the driver works.

        Parameters
        ----------
        connection : ConnectionHandle
            It closes its statements when it is closed.
        sql : str
            The statement, with a ? for each value.
        interlace : bool
            For rows of many child tables of one super table, each table once before an execute.
        request : int
            A number that the server's logs know its requests by; 0: the driver makes one up.
        timeout : float, optional
            Seconds that each wait for the server may take; the connection's where it is not given.
        """
        cdef StatementHandle self = StatementHandle.__new__(StatementHandle)
        for name in _FUNCTIONS:
            connection.driver.require(name)
        if "\0" in sql:
            raise InterfaceError("the statement has a NUL character, where the driver would stop reading")
        self._sql = sql.encode()
        self._connection = connection
        self._request = request
        self.interlace = interlace
        self.timeout = connection.timeout if timeout is None else timeout
        self.settle(connection.driver, connection, "statement")
        self._wait_for(self._prepare, "preparing the statement", self.timeout)
        return self

    cdef object _wait_for(self, function, str what, timeout, bint writes=False):
        self.check_open()
        try:
            return wait_for(function, (), timeout, what, self._connection.stop_calls, writes)
        finally:
            if self._n_given_up():
                self._begin_close("a call of it was given up")

    def _prepare(self):
        self.enter_alone()
        try:
            self._make()
        finally:
            self.leave_alone()

    cdef int _make(self) except -1:
        cdef TAOS_STMT2_OPTION option
        cdef const char *sql_ptr = self._sql
        cdef const char *text_ptr = NULL
        cdef unsigned long n_bytes = len(self._sql)
        cdef int insert = 0
        cdef int code = 0
        if self._stmt_ptr is not NULL:
            return 0
        memset(&option, 0, sizeof(option))
        option.reqid = self._request
        option.singleStbInsert = option.singleTableBindOnce = self.interlace
        with nogil:
            self._stmt_ptr = self.taosc.taos_stmt2_init(self._connection._taos_ptr, &option)
            if self._stmt_ptr is NULL:
                code = self.taosc.taos_errno(NULL)
                text_ptr = self.taosc.taos_errstr(NULL)
        if self._stmt_ptr is NULL:
            raise driver_error(code, text_ptr)
        with nogil:
            code = self.taosc.taos_stmt2_prepare(self._stmt_ptr, sql_ptr, n_bytes)
            if code == 0:
                code = self.taosc.taos_stmt2_is_insert(self._stmt_ptr, &insert)
        if code != 0:
            error = self._error(code)
            self._unmake()
            raise error
        self.is_insert = insert != 0
        return 0

    cdef void _unmake(self) noexcept:
        cdef TAOS_STMT2 *stmt_ptr = self._stmt_ptr
        self._stmt_ptr = NULL
        self._n_bound = 0
        if stmt_ptr is not NULL:
            with nogil:
                self.taosc.taos_stmt2_close(stmt_ptr)

    cdef int _end_result(self) except -1:
        result = None if self._result is None else self._result()
        cdef Py_ssize_t n_given_up = self._n_given_up()
        if result is not None:
            result.close()
            n_given_up = self._n_given_up() + (<Handle>result)._n_given_up()
        self._result = None
        if n_given_up > 0:  # what comes next would meet it in the driver
            self._begin_close("a fetch of its result was given up")
        return self.check_open()

    cdef object _error(self, int code, bint writes=False):
        return driver_error(code, self.taosc.taos_stmt2_error(self._stmt_ptr), writes)

    cdef void release(self) noexcept:
        self._unmake()

    def __dealloc__(self):
        self.drop()

    def describe(self):
        """Ask what the question marks stand for: how many there are, and a list of StatementField.

        The list is empty for a query, of whose marks nothing is known. The GIL is released while the driver works.
        """
        return self._wait_for(self._describe, "describing the statement", self.timeout)

    def _describe(self):
        cdef TAOS_FIELD_ALL *fields_ptr = NULL  # a query leaves it as it is
        cdef int n_fields = 0
        cdef int code
        self.enter_alone()
        try:
            self._end_result()
            self._make()
            with nogil:
                code = self.taosc.taos_stmt2_get_fields(self._stmt_ptr, &n_fields, &fields_ptr)
            if code != 0:
                raise self._error(code)
            try:
                if not 0 <= n_fields <= MOST_FIELDS:
                    raise InterfaceError(f"the driver tells of {n_fields} fields")
                if fields_ptr is NULL:
                    return n_fields, []
                return n_fields, [describe_field(&fields_ptr[i]) for i in range(n_fields)]
            finally:
                if fields_ptr is not NULL:
                    self.taosc.taos_stmt2_free_fields(self._stmt_ptr, fields_ptr)
        finally:
            self.leave_alone()

    def bind(self, BindSet binds not None, int32_t column=-1):
        """Bind values, which the driver copies. The GIL is released while it works.

        Where it fails, whatever was bound since the last execute is lost with it.

        Parameters
        ----------
        binds : BindSet
            As many columns and tags as the statement has: the driver reads so many, and is not told how many there are.
        column : int
            The one column that `binds` has; -1: it has all.
        """
        cdef int code
        self.enter_alone()
        try:
            self._end_result()
            self._make()
            with nogil:
                code = self.taosc.taos_stmt2_bind_param(self._stmt_ptr, &binds.bindv, column)
            if code != 0:
                error = self._error(code)
                self._unmake()
                raise error
            self._n_bound += 1
        finally:
            self.leave_alone()

    def execute(self, timeout=None):
        """Run the statement with what is bound: the rows written, 0 of a query. The GIL is released while it runs.

        Raises
        ------
        InterfaceError
            It is an INSERT, and nothing is bound.
        TimedOutError
            It took longer than `timeout`, or than the statement's where that is not given.
        """
        limit = self.timeout if timeout is None else timeout
        return self._wait_for(self._execute, "the statement", limit, self.is_insert)

    def _execute(self):
        cdef int n_rows = 0
        cdef int code
        self.enter_alone()
        try:
            if self.is_insert and self._n_bound == 0:
                name = BY_CODE[API_ERROR].name
                raise InterfaceError("nothing is bound since the last execute", code=API_ERROR, name=name)
            self._end_result()
            self._make()
            with nogil:
                code = self.taosc.taos_stmt2_exec(self._stmt_ptr, &n_rows)
            if code != 0:
                error = self._error(code, self.is_insert)
                self._unmake()
                raise error
            self._n_bound = 0
            if n_rows < 0:
                raise InterfaceError(f"the driver tells of {n_rows} rows written", in_doubt=True)
            return n_rows
        finally:
            self.leave_alone()

    def result(self):
        """The ResultHandle of a query that was executed. It ends at the next bind, describe, execute or close.

        Raises
        ------
        InterfaceError
            There is none.
        """
        cdef TAOS_RES *res_ptr = NULL
        self.enter_alone()
        try:
            result = None if self._result is None else self._result()
            if result is not None and not result.closed:
                return result
            if self._stmt_ptr is not NULL and not self.is_insert:
                with nogil:
                    res_ptr = self.taosc.taos_stmt2_result(self._stmt_ptr)
            if res_ptr is NULL:
                raise InterfaceError("there is no result: the statement is no query, or it was not executed")
            result = ResultHandle.wrap(res_ptr, self, False, self.timeout)
            self._result = weakref.ref(result)
            return result
        finally:
            self.leave_alone()


cdef object describe_field(const TAOS_FIELD_ALL *field_ptr):
    cdef const char *end_ptr = <const char *> memchr(field_ptr.name, 0, TAOS_FIELD_NAME_SIZE)
    cdef Py_ssize_t n_bytes = TAOS_FIELD_NAME_SIZE if end_ptr is NULL else end_ptr - <const char *> field_ptr.name
    name = (<const char *> field_ptr.name)[:n_bytes].decode("utf-8", "replace")
    return statement_field(
        name, field_ptr.type, field_ptr.bytes, field_ptr.precision, field_ptr.scale, field_ptr.field_type
    )
