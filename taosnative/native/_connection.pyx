"""A connection over its driver: log in, run statements, ask and set what the connection knows.

Statements may run in several threads at once, as the driver allows; each call is counted, so that closing waits.
"""

import re

cimport cython
from libc.stdint cimport INT64_MAX, int64_t, uint16_t
from libc.string cimport memchr

from taosnative.driver._library cimport Driver, driver_error, last_text
from taosnative.taosc cimport TAOS, TAOS_RES
from taosnative.native._handle cimport Handle
from taosnative.native._result cimport ResultHandle

from taosnative.errors import InterfaceError
from taosnative.native._wait import wait_for

#: Bytes of UTF-8 that the driver takes as one statement.
MAX_SQL_BYTES = 1 << 20

#: Numbers for taos_options_connection, by what `connect` calls the options.
OPTIONS = {"charset": 0, "timezone": 1, "user_ip": 2, "user_app": 3}

_READS = re.compile(r"\s*(select|show|describe|desc|explain|use)\b", re.IGNORECASE)


cdef bytes c_text(str what, str text):
    """A str for a driver: UTF-8, with no NUL to end it early. The text itself is not told: it may be a secret."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        raise InterfaceError(f"{what} has a lone surrogate, which is no character: it cannot be sent") from None
    if b"\0" in encoded:
        raise InterfaceError(f"{what} has a NUL character, where the driver would stop reading")
    return encoded


cdef inline const char *or_null(bytes text) noexcept:
    if text is None:
        return NULL
    return text


@cython.no_gc_clear
cdef class ConnectionHandle(Handle):
    """The owner of a TAOS.

    Attributes
    ----------
    timeout : float or None
        Seconds that each wait for the server may take where a call does not say otherwise.
    """

    @staticmethod
    def connect(
        Driver driver not None,
        str address,
        uint16_t port,
        str user,
        str password,
        str database,
        timeout=None,
    ):
        """Log in. None, and port 0, leave a thing to the driver. The GIL is released meanwhile.

        Raises
        ------
        OperationalError, ProgrammingError
            As the server, or the way to it, answers.
        TimedOutError
            There was no answer for `timeout` seconds.
        """
        arguments = (driver, address, port, user, password, database)
        return wait_for(ConnectionHandle._log_in, arguments, timeout, "the login")

    @staticmethod
    def _log_in(Driver driver, str address, uint16_t port, str user, str password, str database):
        cdef ConnectionHandle self = ConnectionHandle.__new__(ConnectionHandle)
        cdef bytes address_text = None if address is None else c_text("the host", address)
        cdef bytes user_text = None if user is None else c_text("the user", user)
        cdef bytes password_text = None if password is None else c_text("the password", password)
        cdef bytes database_text = None if database is None else c_text("the database", database)
        cdef const char *address_ptr = or_null(address_text)
        cdef const char *user_ptr = or_null(user_text)
        cdef const char *password_ptr = or_null(password_text)
        cdef const char *database_ptr = or_null(database_text)
        cdef const char *text_ptr = NULL
        cdef int code = 0
        self.settle(driver, None, "connection")
        with nogil:
            self._taos_ptr = self.taosc.taos_connect(address_ptr, user_ptr, password_ptr, database_ptr, port)
            if self._taos_ptr is NULL:
                code = self.taosc.taos_errno(NULL)
                text_ptr = self.taosc.taos_errstr(NULL)
        if self._taos_ptr is NULL:
            raise driver_error(code, text_ptr)
        return self

    cdef void release(self) noexcept:
        cdef TAOS *taos_ptr = self._taos_ptr
        self._taos_ptr = NULL
        if taos_ptr is not NULL:
            with nogil:
                self.taosc.taos_close(taos_ptr)

    def __dealloc__(self):
        self.drop()

    def query(self, str sql not None, req_id=None, timeout=None):
        """Run a statement and give its ResultHandle. The GIL is released while the server works.

        Parameters
        ----------
        sql : str
            One statement, of at most 1 MiB of UTF-8.
        req_id : int, optional
            A number, from 1 to 2**63 - 1, that the server's logs know this request by.
        timeout : float, optional
            Seconds that the statement, and later each block of its result, may take; the connection's where not given.
        """
        cdef bytes text = c_text("the statement", sql)
        cdef bint writes = _READS.match(sql) is None
        cdef int64_t request = 0
        if len(text) > MAX_SQL_BYTES:
            raise InterfaceError(
                f"the statement has {len(text)} bytes, and the driver takes {MAX_SQL_BYTES}: "
                "use insert() to write many rows"
            )
        if req_id is not None:
            request = request_id(req_id)
            self.driver.require("taos_query_with_reqid")
        self.check_open()
        if timeout is None:
            timeout = self.timeout
        arguments = (text, request, writes, timeout)
        return wait_for(self._run, arguments, timeout, "the statement", self.stop_calls, writes)

    def _run(self, bytes text not None, int64_t request, bint writes, timeout):
        cdef const char *sql_ptr = text
        cdef const char *text_ptr = NULL
        cdef TAOS_RES *res_ptr
        cdef int code
        self.enter()
        try:
            with nogil:
                if request != 0:
                    res_ptr = self.taosc.taos_query_with_reqid(self._taos_ptr, sql_ptr, request)
                else:
                    res_ptr = self.taosc.taos_query(self._taos_ptr, sql_ptr)
                code = self.taosc.taos_errno(res_ptr)
                if code != 0 or res_ptr is NULL:
                    text_ptr = self.taosc.taos_errstr(res_ptr)
            if code != 0 or res_ptr is NULL:
                error = driver_error(code, text_ptr, writes)
                with nogil:
                    self.taosc.taos_free_result(res_ptr)
                raise error
            return ResultHandle.wrap(res_ptr, self, True, timeout)
        finally:
            self.leave()

    def kill(self):
        """Stop every statement that this connection is running, in whatever thread."""
        self.driver.require("taos_kill_query")
        self.enter()
        try:
            with nogil:
                self.taosc.taos_kill_query(self._taos_ptr)
        finally:
            self.leave()

    def stop_calls(self):
        """Stop the one call that is under way, if there is no other and no open result: all would be stopped."""
        if self.taosc.taos_kill_query is not NULL and not self.closed and self._n_in_use() == 1:
            self.kill()

    def select_db(self, str name not None):
        """Make a database the one that unqualified names are looked up in."""
        cdef bytes text = c_text("the database", name)
        cdef const char *name_ptr = text
        cdef const char *text_ptr = NULL
        cdef int code
        if not 0 < len(text) <= 66:  # 64, and a pair of backquotes
            raise InterfaceError(f"a database's name has 1 to 64 bytes, not {len(text)}")
        self.driver.require("taos_select_db")
        self.enter()
        try:
            with nogil:
                code = self.taosc.taos_select_db(self._taos_ptr, name_ptr)
                if code != 0:
                    text_ptr = last_text(self.taosc, code)
            if code != 0:
                raise driver_error(code, text_ptr)
        finally:
            self.leave()

    def current_database(self):
        """The database that unqualified names are looked up in, or None."""
        cdef char name[1024]
        cdef const char *text_ptr = NULL
        cdef int needed = 0
        cdef int code
        self.driver.require("taos_get_current_db")
        self.enter()
        try:
            name[0] = 0
            with nogil:
                code = self.taosc.taos_get_current_db(self._taos_ptr, name, sizeof(name), &needed)
                if code != 0:
                    text_ptr = last_text(self.taosc, code)
            if code != 0:
                raise driver_error(code, text_ptr)
            if memchr(name, 0, sizeof(name)) is NULL:
                raise InterfaceError("the driver gives the name of the database without an end")
            return (<bytes>name).decode("utf-8", "replace") or None
        finally:
            self.leave()

    def server_info(self):
        """What the server told of itself at the login."""
        cdef const char *text_ptr
        self.driver.require("taos_get_server_info")
        self.enter()
        try:
            with nogil:
                text_ptr = self.taosc.taos_get_server_info(self._taos_ptr)
            return "" if text_ptr is NULL else (<bytes>text_ptr).decode("utf-8", "replace")
        finally:
            self.leave()

    def client_info(self):
        """The driver's version."""
        return self.driver.version

    def set_option(self, str name not None, str value not None):
        """Set an option of this connection alone: one of `OPTIONS`.

        Raises
        ------
        NotSupportedError
            The driver has no options of a connection (they came with 3.3.5). What it could set instead would hold for
            the whole process.
        """
        cdef bytes text = c_text(name, value)
        cdef const char *value_ptr = text
        cdef const char *text_ptr = NULL
        cdef int option = OPTIONS[name]
        cdef int code
        self.driver.require("taos_options_connection")
        self.enter()
        try:
            with nogil:
                code = self.taosc.taos_options_connection(self._taos_ptr, option, value_ptr)
                if code != 0:
                    text_ptr = last_text(self.taosc, code)
            if code != 0:
                raise driver_error(code, text_ptr)
        finally:
            self.leave()


cdef int64_t request_id(object number) except -1:
    """A request id that a user gave; 0 would mean "make one up" to the driver."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise InterfaceError(f"req_id is an int, not {type(number).__name__}")
    if not 1 <= number <= INT64_MAX:
        raise InterfaceError(f"req_id is from 1 to 2**63 - 1, not {number}")
    return number
