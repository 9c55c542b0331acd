"""The embedded engine's driver: connections and queries by taosc's names, and the table of all its functions.

The module's own shared library exports taosc's functions (exports.c), so it is opened by path like any driver. They
find the table here, through the capsule `engine`, and import this module at their first call where nobody has.
"""

import atexit
import ipaddress
import os
import threading
import time
import zlib

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uintptr_t
from libc.string cimport memcpy, strlen

from . import text
from .protocol import EngineError

from ._results cimport answer, code_of, fetch_for_callback, fill_results, refuse
from ._state cimport (
    CODE_DISCONNECTED,
    CODE_INVALID_DATABASE,
    CODE_INVALID_INPUT,
    CODE_INVALID_PARA,
    CODE_INVALID_PASSWORD,
    CODE_INVALID_USER,
    CODE_NOT_SUPPORTED,
    CODE_SQL_TOO_LONG,
    CODE_UNKNOWN_CHARSET,
    Connection,
    delist,
    enlist,
    enlisted,
    fail,
    fail_with,
    take_interrupt,
)
from ._state import connections, count_background, start_in_background
from ._statements cimport fill_statements
from ._statements1 cimport fill_statements1
from taosnative.taosc cimport TAOS, TAOS_RES, taos_async_fn_t, taosc_functions

cdef extern from "engine.h" nogil:
    const char *ENGINE_CAPSULE
    ctypedef struct embedded_engine:
        taosc_functions functions
        int (*fail)(uint32_t code, const char *text) noexcept nogil
        int (*take_interrupt)() noexcept nogil
        int64_t n_calls

    void engine_end(embedded_engine *, unsigned long thread)

cdef extern from "names.h" nogil:
    const char *names_of_type(int type)

ctypedef int (*options_fn)(int option, const void *arg, ...) noexcept nogil
ctypedef int (*options_connection_fn)(TAOS *taos, int option, const void *arg, ...) noexcept nogil

cdef enum:
    LONGEST_SQL = 1048576
    SERVICE_OK = 2  # of taos_check_server_status

cdef enum Option:
    OPTION_LOCALE = 0
    OPTION_CHARSET = 1
    OPTION_TIMEZONE = 2
    OPTION_CONFIGDIR = 3
    OPTION_USE_ADAPTER = 5

cdef enum ConnectionOption:
    CONNECTION_CLEAR = -1
    CONNECTION_CHARSET = 0
    CONNECTION_TIMEZONE = 1
    CONNECTION_USER_IP = 2
    CONNECTION_USER_APP = 3

cdef const char *VERSION = "3.3.5.8"
cdef const char *SERVER_INFO = "ver:3.3.5.8\nbuild:taosnative embedded engine\ngitinfo:taosnative embedded engine"
cdef embedded_engine the_engine
_process_timezone = None
#: Seconds that the interpreter's end waits for calls of other threads, and between two looks.
LONGEST_END = 2.0
END_STEP = 0.005


cdef Connection _connection(const void *token):
    """The connection that a token stands for; EngineError where there is none."""
    connection = enlisted(token, Connection)
    if connection is None:
        raise EngineError(CODE_DISCONNECTED, "Disconnected from server: no such connection, or one that was closed")
    return connection


cdef str _text(const char *data):
    """What a caller gave, in the form that the engine reads; None of NULL."""
    return None if data is NULL else text.escape(<bytes> data[:strlen(data)])


# ---- the library -----------------------------------------------------------------------


cdef int _init() noexcept nogil:
    return 0


cdef void _cleanup() noexcept nogil:
    """Nothing: what is open stays usable, and a program may go on after it."""


cdef const char *_get_client_info() noexcept nogil:
    return VERSION


cdef const char *_data_type(int type) noexcept nogil:
    return names_of_type(type)


cdef const char *_err2str(int32_t code) noexcept nogil:
    """A subscription's error as text; there are no subscriptions, so it is one of these."""
    if code == 0:
        return "success"
    return "fail" if code == -1 else "Operation not supported"


cdef int _check_server_status(const char *fqdn, int port, char *details, int size) noexcept nogil:
    if details is not NULL and size > 0:
        details[0] = 0
    return SERVICE_OK


cdef int _options(int option, const void *arg) noexcept with gil:
    global _process_timezone
    try:
        if arg is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        value = _text(<const char *> arg)
        if option == OPTION_CHARSET:
            _check_charset(value)
        elif option == OPTION_TIMEZONE:
            _process_timezone = value
            for connection in connections():
                if connection.timezone is None:
                    _set_timezone(connection, None)
        elif option not in (OPTION_LOCALE, OPTION_CONFIGDIR, OPTION_USE_ADAPTER):
            fail(CODE_INVALID_PARA, "Invalid parameters: no such option")
            return -1
        return 0
    except BaseException as error:
        return fail_with(error)


def _check_charset(name):
    if name is not None and name.lower().replace("-", "") not in ("utf8", ""):
        raise EngineError(CODE_UNKNOWN_CHARSET, f"the embedded engine knows the character set UTF-8, not {name!r}")


def _set_timezone(connection, name):
    """Set a connection's own zone, or, with None, the process's; one that is not known is UTC, as in taosc."""
    try:
        connection.set_timezone(name, name if name is not None else _process_timezone)
    except EngineError:
        connection.set_timezone(name, "UTC")


# ---- connections --------------------------------------------------------------------------


cdef TAOS *_connect(const char *ip, const char *user, const char *password, const char *db,
                    uint16_t port) noexcept with gil:
    try:
        name = "root" if user is NULL else _text(user)
        secret = "taosdata" if password is NULL else _text(password)
        database = (_text(db) or "").strip("'\"`") or None
        _check_length(name, 1, 23, CODE_INVALID_USER, "Invalid user name length")
        _check_length(secret, 1, 31, CODE_INVALID_PASSWORD, "Invalid password length")
        _check_length(database or "-", 1, 64, CODE_INVALID_DATABASE, "Invalid database name length")
        from .server import connect

        connection = Connection(connect("localhost" if ip is NULL else _text(ip), name, secret, database))
        if _process_timezone is not None:
            _set_timezone(connection, None)
        return <TAOS *> enlist(connection)
    except BaseException as error:
        fail_with(error)
        return NULL


def _check_length(name, least, most, code, message):
    if not least <= len(name.encode()) <= most:
        raise EngineError(code, message)


cdef void _close(TAOS *taos) noexcept with gil:
    try:
        connection = delist(taos, Connection)
        if connection is not None:
            connection.close()
    except BaseException as error:
        fail_with(error)


cdef const char *_get_server_info(TAOS *taos) noexcept with gil:
    try:
        _connection(taos)
        return SERVER_INFO
    except BaseException as error:
        fail_with(error)
        return NULL


cdef int _select_db(TAOS *taos, const char *db) noexcept with gil:
    try:
        connection = _connection(taos)
        if db is NULL or db[0] == 0:
            return fail(CODE_INVALID_INPUT, "Invalid input")
        connection.session.execute(f"use {_text(db)}")
        return 0
    except BaseException as error:
        return fail_with(error)


cdef int _get_current_db(TAOS *taos, char *database, int size, int *required) noexcept with gil:
    cdef bytes name
    cdef int n_bytes
    try:
        name = (_connection(taos).session.current_database() or "").encode()
        n_bytes = len(name)
        if database is not NULL and size > 0:
            memcpy(database, <const char *> name, min(n_bytes, size - 1))
            database[min(n_bytes, size - 1)] = 0
            if n_bytes < size:
                return 0
        if required is not NULL:
            required[0] = n_bytes + 1
        return fail(CODE_INVALID_PARA, "Invalid parameters: the buffer is too small")
    except BaseException as error:
        return fail_with(error)


cdef void _reset_current_db(TAOS *taos) noexcept with gil:
    try:
        _connection(taos).session.use(None)
    except BaseException as error:
        fail_with(error)


cdef int _validate_sql(TAOS *taos, const char *sql) noexcept with gil:
    try:
        connection = _connection(taos)
        if sql is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        connection.session.validate(_text(sql))
        return 0
    except BaseException as error:
        return fail_with(error)


cdef void _kill_query(TAOS *taos) noexcept with gil:
    try:
        _connection(taos).kill()
    except BaseException as error:
        fail_with(error)


cdef int _load_table_info(TAOS *taos, const char *names) noexcept with gil:
    """There is nothing to load; each table is looked for."""
    try:
        connection = _connection(taos)
        for name in (_text(names) or "").split(","):
            if name.strip():
                connection.session.validate(f"describe {name.strip()}")
        return 0
    except BaseException as error:
        return fail_with(error)


cdef int _set_conn_mode(TAOS *taos, int mode, int value) noexcept with gil:
    try:
        _connection(taos)
        return 0 if value == 0 else fail(CODE_NOT_SUPPORTED, "Operation not supported")
    except BaseException as error:
        return fail_with(error)


cdef int _get_tables_vg_id(TAOS *taos, const char *db, const char **tables, int n_tables,
                           int *vg_id) noexcept with gil:
    """A number for each name, the same for the same name; here is but one place where all tables are."""
    cdef int i
    try:
        connection = _connection(taos)
        if db is NULL or tables is NULL or vg_id is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        connection.session.validate(f"use `{_text(db)}`")
        for i in range(n_tables):
            if tables[i] is NULL:
                return fail(CODE_INVALID_PARA, "Invalid parameters")
            vg_id[i] = 2 + zlib.crc32(tables[i]) % 2
        return 0
    except BaseException as error:
        return fail_with(error)


cdef int _get_table_vg_id(TAOS *taos, const char *db, const char *table, int *vg_id) noexcept nogil:
    return _get_tables_vg_id(taos, db, &table, 1, vg_id)


cdef int _options_connection(TAOS *taos, int option, const void *arg) noexcept with gil:
    try:
        connection = _connection(taos)
        value = _text(<const char *> arg)
        if option == CONNECTION_CHARSET:
            _check_charset(value)
        elif option == CONNECTION_TIMEZONE:
            _set_timezone(connection, "UTC" if value == "" else value)
        elif option == CONNECTION_USER_IP:
            ipaddress.IPv4Address("0.0.0.0" if value is None else value)
        elif option == CONNECTION_CLEAR:
            _set_timezone(connection, None)
        elif option != CONNECTION_USER_APP:
            return fail(CODE_INVALID_PARA, "Invalid parameters: no such option")
        return 0
    except ValueError:
        return fail(CODE_INVALID_PARA, "Invalid parameters: no IPv4 address")
    except BaseException as error:
        return fail_with(error)


# ---- queries ------------------------------------------------------------------------------


cdef TAOS_RES *_query(TAOS *taos, const char *sql) noexcept with gil:
    cdef Connection connection = None
    try:
        connection = _connection(taos)
        if sql is NULL:
            raise EngineError(CODE_INVALID_PARA, "Invalid parameters")
        if strlen(sql) > LONGEST_SQL:
            raise EngineError(CODE_SQL_TOO_LONG, f"SQL statement too long: more than {LONGEST_SQL} bytes")
    except BaseException as error:
        fail_with(error)
        return NULL
    try:
        outcome = connection.session.execute(_text(sql))
    except BaseException as error:
        return refuse(connection, error)
    return answer(connection, outcome, False)


cdef TAOS_RES *_query_with_reqid(TAOS *taos, const char *sql, int64_t req_id) noexcept nogil:
    return _query(taos, sql)


def _query_and_tell(uintptr_t taos, bytes sql, uintptr_t fp, uintptr_t param):
    cdef const char *statement = NULL
    cdef TAOS_RES *res
    cdef int code
    if sql is not None:
        statement = sql
    with nogil:
        res = _query(<TAOS *> taos, statement)
        code = code_of(res)
        (<taos_async_fn_t> fp)(<void *> param, res, code)


cdef void _query_a(TAOS *taos, const char *sql, taos_async_fn_t fp, void *param) noexcept with gil:
    try:
        if fp is NULL:
            raise EngineError(CODE_INVALID_PARA, "Invalid parameters: no callback")
        statement = None if sql is NULL else <bytes> sql
        start_in_background(_query_and_tell, <uintptr_t> taos, statement, <uintptr_t> fp, <uintptr_t> param)
    except BaseException as error:
        fail_with(error)


cdef void _query_a_with_reqid(TAOS *taos, const char *sql, taos_async_fn_t fp, void *param,
                              int64_t req_id) noexcept nogil:
    _query_a(taos, sql, fp, param)


def _fetch_and_tell(uintptr_t res, bint for_rows, uintptr_t fp, uintptr_t param):
    cdef int n_rows
    with nogil:
        n_rows = fetch_for_callback(<TAOS_RES *> res, for_rows)
        (<taos_async_fn_t> fp)(<void *> param, <TAOS_RES *> res, n_rows)


cdef void _fetch_a(TAOS_RES *res, bint for_rows, taos_async_fn_t fp, void *param) noexcept with gil:
    try:
        if fp is NULL:
            raise EngineError(CODE_INVALID_PARA, "Invalid parameters: no callback")
        start_in_background(_fetch_and_tell, <uintptr_t> res, for_rows, <uintptr_t> fp, <uintptr_t> param)
    except BaseException as error:
        fail_with(error)


cdef void _fetch_rows_a(TAOS_RES *res, taos_async_fn_t fp, void *param) noexcept nogil:
    _fetch_a(res, True, fp, param)


cdef void _fetch_raw_block_a(TAOS_RES *res, taos_async_fn_t fp, void *param) noexcept nogil:
    _fetch_a(res, False, fp, param)


# ---- the table -------------------------------------------------------------------------------


cdef void _fill_driver(taosc_functions *table) noexcept nogil:
    table.taos_init = _init
    table.taos_cleanup = _cleanup
    table.taos_options = <options_fn> _options
    table.taos_options_connection = <options_connection_fn> _options_connection
    table.taos_connect = _connect
    table.taos_close = _close
    table.taos_get_server_info = _get_server_info
    table.taos_get_client_info = _get_client_info
    table.taos_select_db = _select_db
    table.taos_get_current_db = _get_current_db
    table.taos_reset_current_db = _reset_current_db
    table.taos_validate_sql = _validate_sql
    table.taos_kill_query = _kill_query
    table.taos_load_table_info = _load_table_info
    table.taos_set_conn_mode = _set_conn_mode
    table.taos_get_table_vgId = _get_table_vg_id
    table.taos_get_tables_vgId = _get_tables_vg_id
    table.taos_check_server_status = _check_server_status
    table.taos_data_type = _data_type
    table.taos_query = _query
    table.taos_query_with_reqid = _query_with_reqid
    table.taos_query_a = _query_a
    table.taos_query_a_with_reqid = _query_a_with_reqid
    table.taos_fetch_rows_a = _fetch_rows_a
    table.taos_fetch_raw_block_a = _fetch_raw_block_a
    table.tmq_err2str = _err2str


# ---- the end of the interpreter ------------------------------------------------------------------


def _finish():
    """Let no other thread begin a call, stop what runs, and wait, not for ever, until every call has ended."""
    engine_end(&the_engine, threading.get_ident())
    for connection in connections():
        try:
            connection.kill()
        except Exception as error:
            fail_with(error)
    deadline = time.monotonic() + LONGEST_END
    while the_engine.n_calls + count_background() > 0 and time.monotonic() < deadline:
        time.sleep(END_STEP)


def _forget_calls():
    """In a forked child no other thread lives to end its call."""
    the_engine.n_calls = 0


_fill_driver(&the_engine.functions)
fill_results(&the_engine.functions)
fill_statements(&the_engine.functions)
fill_statements1(&the_engine.functions)
the_engine.fail = fail
the_engine.take_interrupt = take_interrupt
engine = PyCapsule_New(&the_engine, ENGINE_CAPSULE, NULL)
atexit.register(_finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_calls)
