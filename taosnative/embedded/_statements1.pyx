"""taosc's statements of the first version (stmt), for older programs: one table at a time, batches added one by one."""

from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, strlen

from . import text
from .protocol import BoundTable, EngineError

from ._prepared cimport Bind, Shape, Statement, check_rows, copy_column, copy_parameter, copy_tag
from ._prepared import out_of_order
from ._state cimport (
    CODE_APP_ERROR,
    CODE_BIND_NUMBER,
    CODE_DISCONNECTED,
    CODE_INVALID_PARA,
    CODE_NO_TABLE_NAME,
    Connection,
    delist,
    enlist,
    enlisted,
    fail,
    fail_with,
    last_text,
)
from taosnative.taosc cimport (
    TAOS,
    TAOS_FIELD_E,
    TAOS_MULTI_BIND,
    TAOS_RES,
    TAOS_STMT,
    TAOS_STMT_OPTIONS,
    taosc_functions,
)

cdef enum:
    FIELD_NAME = 64  # bytes, without the NUL
    WHOLE_ROW = -1

cdef enum Kind:
    COLUMN = 1
    TAG = 2


cdef class Statement1(Statement):
    """A statement, the table that it is at, and the columns that were bound since the last batch."""

    cdef str table
    cdef list tags
    cdef list columns
    cdef int n_affected
    cdef int n_affected_once


cdef Statement1 _statement(TAOS_STMT *stmt):
    statement = enlisted(stmt, Statement1)
    if statement is None:
        raise EngineError(CODE_INVALID_PARA, "Invalid parameters: no such statement, or one that was closed")
    return statement


cdef Statement1 _prepared(TAOS_STMT *stmt):
    """A statement that has its text and no error."""
    cdef Statement1 statement = _statement(stmt)
    statement.check()
    if statement.prepared is None:
        raise out_of_order()
    return statement


cdef int _failed(TAOS_STMT *stmt, error) noexcept:
    statement = enlisted(stmt, Statement1)
    return fail_with(error) if statement is None else (<Statement1> statement).stick(error)


cdef TAOS_STMT *_init(TAOS *taos) noexcept with gil:
    try:
        connection = enlisted(taos, Connection)
        if connection is None:
            raise EngineError(CODE_DISCONNECTED, "Disconnected from server: no such connection")
        return <TAOS_STMT *> enlist(Statement1(connection))
    except BaseException as error:
        fail_with(error)
        return NULL


cdef TAOS_STMT *_init_with_reqid(TAOS *taos, int64_t req_id) noexcept nogil:
    return _init(taos)


cdef TAOS_STMT *_init_with_options(TAOS *taos, TAOS_STMT_OPTIONS *options) noexcept nogil:
    return _init(taos)


cdef int _prepare(TAOS_STMT *stmt, const char *sql, unsigned long length) noexcept with gil:
    cdef Statement1 statement
    try:
        statement = _statement(stmt)
        statement.begin(sql, length)
        statement.table = statement.tags = statement.columns = None
        return 0
    except BaseException as error:
        return _failed(stmt, error)


cdef int _close(TAOS_STMT *stmt) noexcept with gil:
    try:
        statement = _statement(stmt)
        if delist(stmt, Statement1) is not None:
            (<Statement1> statement).end()
        return 0
    except BaseException as error:
        return fail_with(error)


cdef char *_errstr(TAOS_STMT *stmt) noexcept with gil:
    try:
        return _statement(stmt).error()
    except BaseException as error:
        fail_with(error)
        return last_text()


# ---- what it is --------------------------------------------------------------------------------


cdef int _is_insert(TAOS_STMT *stmt, int *insert) noexcept with gil:
    try:
        if insert is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        insert[0] = bool(_prepared(stmt).prepared.is_insert)
        return 0
    except BaseException as error:
        return _failed(stmt, error)


cdef int _num_params(TAOS_STMT *stmt, int *n_params) noexcept with gil:
    try:
        if n_params is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        n_params[0] = _prepared(stmt).shape().n_columns
        return 0
    except BaseException as error:
        return fail_with(error)


def _fields(Statement1 statement, kind):
    return [field for field in statement.prepared.fields() if field.kind == kind]


cdef int _get_param(TAOS_STMT *stmt, int index, int *type, int *n_bytes) noexcept with gil:
    try:
        if type is NULL or n_bytes is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        fields = _fields(_prepared(stmt), COLUMN)
        if not 0 <= index < len(fields):
            return fail(CODE_INVALID_PARA, "Invalid parameters: no such parameter")
        type[0] = fields[index].type
        n_bytes[0] = fields[index].bytes
        return 0
    except BaseException as error:
        return fail_with(error)


cdef int _get_fields(TAOS_STMT *stmt, int kind, int *n_fields, TAOS_FIELD_E **out) noexcept with gil:
    cdef TAOS_FIELD_E *fields
    cdef bytes name
    cdef int i
    try:
        if n_fields is NULL or out is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        marks = _fields(_prepared(stmt), kind)
        fields = <TAOS_FIELD_E *> calloc(len(marks) + 1, sizeof(TAOS_FIELD_E))
        if fields is NULL:
            raise MemoryError
        for i, mark in enumerate(marks):
            name = text.unescape(mark.name)[:FIELD_NAME]
            memcpy(fields[i].name, <const char *> name, len(name))
            fields[i].type = mark.type
            fields[i].precision = mark.precision
            fields[i].bytes = mark.bytes
        n_fields[0] = len(marks)
        out[0] = fields
        return 0
    except BaseException as error:
        return fail_with(error)


cdef int _get_tag_fields(TAOS_STMT *stmt, int *n_fields, TAOS_FIELD_E **fields) noexcept nogil:
    return _get_fields(stmt, TAG, n_fields, fields)


cdef int _get_col_fields(TAOS_STMT *stmt, int *n_fields, TAOS_FIELD_E **fields) noexcept nogil:
    return _get_fields(stmt, COLUMN, n_fields, fields)


cdef void _reclaim_fields(TAOS_STMT *stmt, TAOS_FIELD_E *fields) noexcept nogil:
    free(fields)


# ---- the table -----------------------------------------------------------------------------------


cdef int _set_tbname_tags(TAOS_STMT *stmt, const char *name, TAOS_MULTI_BIND *tags) noexcept with gil:
    """Go to a table; with tags, it is made where there is none."""
    cdef Statement1 statement
    try:
        statement = _prepared(stmt)
        if name is NULL or name[0] == 0:
            raise EngineError(CODE_NO_TABLE_NAME, "Stmt table name not set")
        statement.table = text.escape(<bytes> name[:strlen(name)])
        statement.tags = None
        statement.columns = None
        return 0 if tags is NULL else _take_tags(statement, tags)
    except BaseException as error:
        return _failed(stmt, error)


cdef int _set_tbname(TAOS_STMT *stmt, const char *name) noexcept nogil:
    return _set_tbname_tags(stmt, name, NULL)


cdef int _set_tags(TAOS_STMT *stmt, TAOS_MULTI_BIND *tags) noexcept with gil:
    try:
        if tags is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        return _take_tags(_prepared(stmt), tags)
    except BaseException as error:
        return _failed(stmt, error)


cdef int _take_tags(Statement1 statement, TAOS_MULTI_BIND *tags) except -1:
    cdef Bind bind
    cdef int i
    found = []
    for i in range(statement.shape().n_tags):
        bind = _as_bind(&tags[i])
        found.append(copy_tag(&bind))
    statement.tags = found
    return 0


# ---- binding ---------------------------------------------------------------------------------------


cdef Bind _as_bind(TAOS_MULTI_BIND *given) noexcept:
    """Values of variable width lie `buffer_length` bytes apart, and a NULL has its place too."""
    cdef Bind bind
    bind.type = given.buffer_type
    bind.n_rows = given.num
    bind.buffer = given.buffer
    bind.length = given.length
    bind.is_null = given.is_null
    bind.stride = <int64_t> given.buffer_length
    return bind


cdef int _bind(TAOS_STMT *stmt, TAOS_MULTI_BIND *given, int column, int most_rows) noexcept with gil:
    cdef Statement1 statement
    try:
        statement = _prepared(stmt)
        if given is NULL:
            raise EngineError(CODE_INVALID_PARA, "Invalid parameters: nothing to bind")
        if given.num > most_rows:
            raise EngineError(CODE_BIND_NUMBER, "bind number out of range or not match")
        statement.drop_answer()
        if not statement.prepared.is_insert:
            return _bind_query(statement, given)
        return _bind_columns(statement, given, column)
    except BaseException as error:
        return _failed(stmt, error)


cdef int _bind_query(Statement1 statement, TAOS_MULTI_BIND *given) except -1:
    cdef Bind bind
    cdef int i
    columns = []
    for i in range(statement.shape().n_columns):
        bind = _as_bind(&given[i])
        columns.append(copy_parameter(&bind))
    statement.prepared.bind([BoundTable(None, None, columns)])
    statement.is_bound = True
    return 0


cdef int _bind_columns(Statement1 statement, TAOS_MULTI_BIND *given, int column) except -1:
    cdef Shape shape = statement.shape()
    cdef Bind bind
    cdef int i, n_rows
    if column <= 0 or statement.columns is None:
        statement.columns = []
    if 0 <= column != len(statement.columns):
        raise EngineError(CODE_APP_ERROR, "bind column index not in sequence")
    for i in range(shape.n_columns if column == WHOLE_ROW else 1):
        bind = _as_bind(&given[i])
        n_rows = statement.columns[0].n_rows if statement.columns else -1
        check_rows(bind.n_rows, n_rows)
        statement.columns.append(copy_column(&bind, False))
    return 0


cdef int _bind_param(TAOS_STMT *stmt, TAOS_MULTI_BIND *bind) noexcept nogil:
    return _bind(stmt, bind, WHOLE_ROW, 1)


cdef int _bind_param_batch(TAOS_STMT *stmt, TAOS_MULTI_BIND *bind) noexcept nogil:
    return _bind(stmt, bind, WHOLE_ROW, 0x7FFFFFFF)


cdef int _bind_single_param_batch(TAOS_STMT *stmt, TAOS_MULTI_BIND *bind, int column) noexcept nogil:
    if column < 0:
        return fail(CODE_INVALID_PARA, "Invalid parameters")
    return _bind(stmt, bind, column, 0x7FFFFFFF)


# ---- executing ---------------------------------------------------------------------------------------


cdef int _add_batch(TAOS_STMT *stmt) noexcept with gil:
    """Hand the columns that were bound to the engine; of a query everything is bound already."""
    cdef Statement1 statement
    try:
        statement = _prepared(stmt)
        if not statement.prepared.is_insert:
            return 0
        if statement.columns is None or len(statement.columns) != statement.shape().n_columns:
            raise out_of_order("Stmt API usage error: columns are missing")
        table = statement.table if statement.shape().has_table_mark else None
        statement.prepared.bind([BoundTable(table, statement.tags, statement.columns)])
        statement.columns = None
        statement.is_bound = True
        return 0
    except BaseException as error:
        return _failed(stmt, error)


cdef int _execute(TAOS_STMT *stmt) noexcept with gil:
    cdef Statement1 statement
    try:
        statement = _prepared(stmt)
        outcome = statement.run()
        statement.n_affected_once = outcome.affected
        statement.n_affected += outcome.affected
        if not statement.prepared.is_insert:
            statement.keep_answer(outcome)
        return 0
    except BaseException as error:
        return _failed(stmt, error)


cdef TAOS_RES *_use_result(TAOS_STMT *stmt) noexcept with gil:
    cdef Statement1 statement
    try:
        statement = _prepared(stmt)
        if statement.res is NULL:
            raise out_of_order()
        return statement.res
    except BaseException as error:
        fail_with(error)
        return NULL


cdef int _affected_rows(TAOS_STMT *stmt) noexcept with gil:
    try:
        return _statement(stmt).n_affected
    except BaseException as error:
        return fail_with(error)


cdef int _affected_rows_once(TAOS_STMT *stmt) noexcept with gil:
    try:
        return _statement(stmt).n_affected_once
    except BaseException as error:
        return fail_with(error)


cdef void fill_statements1(taosc_functions *table) noexcept nogil:
    """Put the functions on statements into the driver's table."""
    table.taos_stmt_init = _init
    table.taos_stmt_init_with_reqid = _init_with_reqid
    table.taos_stmt_init_with_options = _init_with_options
    table.taos_stmt_prepare = _prepare
    table.taos_stmt_set_tbname = _set_tbname
    table.taos_stmt_set_sub_tbname = _set_tbname
    table.taos_stmt_set_tags = _set_tags
    table.taos_stmt_set_tbname_tags = _set_tbname_tags
    table.taos_stmt_get_tag_fields = _get_tag_fields
    table.taos_stmt_get_col_fields = _get_col_fields
    table.taos_stmt_reclaim_fields = _reclaim_fields
    table.taos_stmt_is_insert = _is_insert
    table.taos_stmt_num_params = _num_params
    table.taos_stmt_get_param = _get_param
    table.taos_stmt_bind_param = _bind_param
    table.taos_stmt_bind_param_batch = _bind_param_batch
    table.taos_stmt_bind_single_param_batch = _bind_single_param_batch
    table.taos_stmt_add_batch = _add_batch
    table.taos_stmt_execute = _execute
    table.taos_stmt_close = _close
    table.taos_stmt_use_result = _use_result
    table.taos_stmt_errstr = _errstr
    table.taos_stmt_affected_rows = _affected_rows
    table.taos_stmt_affected_rows_once = _affected_rows_once
