"""taosc's statements of the second version (stmt2): many tables in a bind, a column at a time, callbacks."""

import threading

from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, strlen

from . import text
from .protocol import BoundTable, EngineError

from ._bound cimport BoundColumn
from ._prepared cimport Bind, Shape, Statement, check_rows, copy_column, copy_parameter, copy_tag
from ._prepared import out_of_order
from ._state cimport (
    CODE_APP_ERROR,
    CODE_DISCONNECTED,
    CODE_INVALID_PARA,
    CODE_NAME_TWICE,
    CODE_NO_TABLE_NAME,
    Connection,
    delist,
    enlist,
    enlisted,
    fail,
    fail_with,
    last_text,
)
from ._state import start_in_background
from taosnative.taosc cimport (
    TAOS,
    TAOS_FIELD_ALL,
    TAOS_RES,
    TAOS_STMT2,
    TAOS_STMT2_BIND,
    TAOS_STMT2_BINDV,
    TAOS_STMT2_OPTION,
    taos_async_fn_t,
    taosc_functions,
)

cdef enum:
    FIELD_NAME = 64  # bytes, without the NUL
    ALL_COLUMNS = -1


cdef class Statement2(Statement):
    """A statement; `running` is set while an execution with a callback is under way."""

    cdef bint is_interlaced
    cdef taos_async_fn_t callback
    cdef void *userdata
    cdef object running
    cdef object runner
    cdef list by_column
    cdef list named

    def wait(self):
        """Wait for an execution with a callback, unless this is its callback."""
        if self.running is not None and self.runner != threading.get_ident():
            self.running.wait()


cdef Statement2 _statement(TAOS_STMT2 *stmt):
    statement = enlisted(stmt, Statement2)
    if statement is None:
        raise EngineError(CODE_INVALID_PARA, "Invalid parameters: no such statement, or one that was closed")
    return statement


cdef TAOS_STMT2 *_init(TAOS *taos, TAOS_STMT2_OPTION *option) noexcept with gil:
    cdef Statement2 statement
    try:
        connection = enlisted(taos, Connection)
        if connection is None:
            raise EngineError(CODE_DISCONNECTED, "Disconnected from server: no such connection")
        statement = Statement2(connection)
        if option is not NULL:
            statement.is_interlaced = option.singleStbInsert and option.singleTableBindOnce
            statement.callback = option.asyncExecFn
            statement.userdata = option.userdata
        return <TAOS_STMT2 *> enlist(statement)
    except BaseException as error:
        fail_with(error)
        return NULL


cdef int _prepare(TAOS_STMT2 *stmt, const char *sql, unsigned long length) noexcept with gil:
    cdef Statement2 statement = None
    try:
        statement = _statement(stmt)
        statement.wait()
        statement.begin(sql, length)
        statement.by_column = None
        return 0
    except BaseException as error:
        return _failed(statement, error)


cdef int _failed(Statement2 statement, error) noexcept:
    return fail_with(error) if statement is None else statement.stick(error)


cdef int _is_insert(TAOS_STMT2 *stmt, int *insert) noexcept with gil:
    cdef Statement2 statement = None
    try:
        statement = _statement(stmt)
        statement.check()
        if insert is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        if statement.prepared is None:
            raise out_of_order()
        insert[0] = bool(statement.prepared.is_insert)
        return 0
    except BaseException as error:
        return _failed(statement, error)


cdef int _close(TAOS_STMT2 *stmt) noexcept with gil:
    cdef Statement2 statement
    try:
        statement = _statement(stmt)
        statement.wait()
        if delist(stmt, Statement2) is not None:
            statement.end()
        return 0
    except BaseException as error:
        return fail_with(error)


cdef char *_error(TAOS_STMT2 *stmt) noexcept with gil:
    try:
        return _statement(stmt).error()
    except BaseException as error:
        fail_with(error)
        return last_text()


# ---- fields --------------------------------------------------------------------------------


cdef int _get_fields(TAOS_STMT2 *stmt, int *count, TAOS_FIELD_ALL **fields) noexcept with gil:
    """Errors of this call do not stick."""
    cdef Statement2 statement
    try:
        statement = _statement(stmt)
        statement.wait()
        statement.check()
        if count is NULL:
            return fail(CODE_INVALID_PARA, "Invalid parameters")
        count[0] = 0
        if statement.prepared is None:
            raise out_of_order()
        statement.drop_answer()
        marks = statement.prepared.fields()
        if statement.prepared.is_insert and fields is not NULL:
            fields[0] = _copy_fields(marks)
        count[0] = len(marks)
        return 0
    except BaseException as error:
        return fail_with(error)


cdef TAOS_FIELD_ALL *_copy_fields(marks) except NULL:
    cdef TAOS_FIELD_ALL *fields = <TAOS_FIELD_ALL *> calloc(len(marks) + 1, sizeof(TAOS_FIELD_ALL))
    cdef bytes name
    cdef int i
    if fields is NULL:
        raise MemoryError
    for i, mark in enumerate(marks):
        name = text.unescape(mark.name)[:FIELD_NAME]
        memcpy(fields[i].name, <const char *> name, len(name))
        fields[i].type = mark.type
        fields[i].precision = mark.precision
        fields[i].bytes = mark.bytes
        fields[i].field_type = mark.kind
    return fields


cdef void _free_fields(TAOS_STMT2 *stmt, TAOS_FIELD_ALL *fields) noexcept nogil:
    free(fields)


# ---- binding --------------------------------------------------------------------------------


cdef int _bind_param(TAOS_STMT2 *stmt, TAOS_STMT2_BINDV *bindv, int32_t col_idx) noexcept with gil:
    cdef Statement2 statement = None
    try:
        statement = _statement(stmt)
        statement.wait()
        statement.check()
        statement.drop_answer()
        if bindv is NULL or bindv.count < 0:
            raise EngineError(CODE_INVALID_PARA, "Invalid parameters: nothing to bind")
        if statement.prepared is None:
            raise out_of_order()
        if not statement.prepared.is_insert:
            return _bind_query(statement, bindv)
        if col_idx != ALL_COLUMNS:
            return _bind_one_column(statement, bindv, col_idx)
        return _bind_tables(statement, bindv)
    except BaseException as error:
        return _failed(statement, error)


cdef Bind _as_bind(TAOS_STMT2_BIND *given) noexcept:
    cdef Bind bind
    bind.type = given.buffer_type
    bind.n_rows = given.num
    bind.buffer = given.buffer
    bind.length = given.length
    bind.is_null = given.is_null
    bind.stride = 0
    return bind


cdef int _bind_query(Statement2 statement, TAOS_STMT2_BINDV *bindv) except -1:
    cdef Shape shape = statement.shape()
    cdef Bind bind
    cdef int i
    cdef list columns = []
    if bindv.count == 0 or bindv.bind_cols is NULL or bindv.bind_cols[0] is NULL:
        raise EngineError(CODE_INVALID_PARA, "Invalid parameters: nothing to bind")
    for i in range(shape.n_columns):
        bind = _as_bind(&bindv.bind_cols[0][i])
        columns.append(copy_parameter(&bind))
    statement.prepared.bind([BoundTable(None, None, columns)])
    statement.is_bound = True
    return 0


cdef int _bind_tables(Statement2 statement, TAOS_STMT2_BINDV *bindv) except -1:
    cdef Shape shape = statement.shape()
    cdef int i
    cdef list tables = []
    cdef bint is_once = statement.is_interlaced and shape.has_table_mark and shape.n_tags == 0
    names = set()
    twice = None
    for i in range(bindv.count):
        name, tags = _name_and_tags(shape, bindv, i)
        if is_once and name is not None and name in names:
            twice = name
            break
        names.add(name)
        tables.append(BoundTable(name, tags, _columns(shape.n_columns, bindv, i)))
    if tables:
        statement.prepared.bind(tables)
        statement.is_bound = True
    if twice is not None:  # does not stick: what comes before it is bound and can be executed
        return fail(CODE_NAME_TWICE, "Table name duplicated")
    return 0


cdef tuple _name_and_tags(Shape shape, TAOS_STMT2_BINDV *bindv, int i):
    """What goes with a table's columns; None for what the statement has no `?` for or the bind does not tell."""
    cdef Bind bind
    cdef int k
    name = None
    tags = None
    if shape.has_table_mark and bindv.tbnames is not NULL and bindv.tbnames[i] is not NULL:
        name = text.escape(<bytes> bindv.tbnames[i][:strlen(bindv.tbnames[i])])
        if name == "":
            raise EngineError(CODE_NO_TABLE_NAME, "Stmt table name not set")
    if shape.n_tags > 0 and bindv.tags is not NULL and bindv.tags[i] is not NULL:
        tags = []
        for k in range(shape.n_tags):
            bind = _as_bind(&bindv.tags[i][k])
            tags.append(copy_tag(&bind))
    return name, tags


cdef list _columns(int n_columns, TAOS_STMT2_BINDV *bindv, int i):
    cdef Bind bind
    cdef int k, n_rows = -1
    cdef list columns
    if bindv.bind_cols is NULL or bindv.bind_cols[i] is NULL:
        return None
    columns = []
    for k in range(n_columns):
        bind = _as_bind(&bindv.bind_cols[i][k])
        check_rows(bind.n_rows, n_rows)
        n_rows = bind.n_rows
        columns.append(copy_column(&bind, True))
    return columns


cdef int _bind_one_column(Statement2 statement, TAOS_STMT2_BINDV *bindv, int32_t col_idx) except -1:
    """Keep a column of each table; with the last of them the tables are bound."""
    cdef Shape shape = statement.shape()
    cdef Bind bind
    cdef int i, n_rows
    if statement.is_interlaced and shape.has_table_mark and shape.n_tags == 0:
        raise out_of_order()
    if col_idx == 0:
        statement.named = [_name_and_tags(shape, bindv, i) for i in range(bindv.count)]
        statement.by_column = [[] for _ in range(bindv.count)]
    if statement.by_column is None or len(statement.by_column) != bindv.count or bindv.bind_cols is NULL:
        raise EngineError(CODE_APP_ERROR, "bind column index not in sequence")
    for i in range(bindv.count):
        columns = statement.by_column[i]
        if len(columns) != col_idx or bindv.bind_cols[i] is NULL:
            raise EngineError(CODE_APP_ERROR, "bind column index not in sequence")
        bind = _as_bind(bindv.bind_cols[i])
        n_rows = (<BoundColumn> columns[0]).n_rows if columns else -1
        check_rows(bind.n_rows, n_rows)
        columns.append(copy_column(&bind, True))
    if col_idx + 1 == shape.n_columns:
        named = zip(statement.named, statement.by_column, strict=True)
        statement.prepared.bind([BoundTable(name, tags, columns) for (name, tags), columns in named])
        statement.by_column = None
        statement.is_bound = True
    return 0


# ---- executing ---------------------------------------------------------------------------------


cdef int _exec(TAOS_STMT2 *stmt, int *affected_rows) noexcept with gil:
    cdef Statement2 statement = None
    try:
        statement = _statement(stmt)
        statement.wait()
        statement.check()
        if statement.by_column is not None:
            raise out_of_order("Stmt API usage error: columns are missing")
        if statement.callback is not NULL:
            statement.running = threading.Event()
            start_in_background(_run_and_tell, statement)
            return 0
        outcome = statement.run()
        if affected_rows is not NULL:
            affected_rows[0] = outcome.affected
        if not statement.prepared.is_insert:
            statement.keep_answer(outcome)
        return 0
    except BaseException as error:
        return _failed(statement, error)


def _run_and_tell(Statement2 statement):
    """Execute, and call back; the callback is over when the statement may be used again."""
    cdef int code = 0
    cdef TAOS_RES *res
    statement.runner = threading.get_ident()
    try:
        statement.keep_answer(statement.run())
    except BaseException as error:
        code = statement.stick(error)
    res = statement.res
    with nogil:
        statement.callback(statement.userdata, res, code)
    statement.runner = None
    statement.running.set()


cdef TAOS_RES *_result(TAOS_STMT2 *stmt) noexcept with gil:
    cdef Statement2 statement
    try:
        statement = _statement(stmt)
        statement.wait()
        statement.check()
        if statement.res is NULL or statement.prepared.is_insert:
            raise out_of_order()
        return statement.res
    except BaseException as error:
        fail_with(error)
        return NULL


cdef void fill_statements(taosc_functions *table) noexcept nogil:
    """Put the functions on statements into the driver's table."""
    table.taos_stmt2_init = _init
    table.taos_stmt2_prepare = _prepare
    table.taos_stmt2_bind_param = _bind_param
    table.taos_stmt2_exec = _exec
    table.taos_stmt2_close = _close
    table.taos_stmt2_is_insert = _is_insert
    table.taos_stmt2_get_fields = _get_fields
    table.taos_stmt2_free_fields = _free_fields
    table.taos_stmt2_result = _result
    table.taos_stmt2_error = _error
