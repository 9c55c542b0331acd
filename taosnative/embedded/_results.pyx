"""Results of the engine's statements, as taosc hands them out: fields, raw blocks, columns and rows.

Whatever needs no Python object runs without the GIL; it is taken to open, to advance and to drop a stream of DuckDB.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset

from taosnative.types import BY_CODE

from . import text
from ._arrow import FORMATS, arrow_stream
from .protocol import EngineError

from ._bound cimport width_of
from ._state cimport (
    CODE_APP_ERROR,
    CODE_INVALID_PARA,
    CODE_NO_MEMORY,
    Connection,
    described,
    fail,
    fail_with,
    last_code,
    last_text,
)
from taosnative.taosc cimport TAOS_FIELD, TAOS_FIELD_E, TAOS_RES, TAOS_ROW, c_bool, taosc_functions

cdef extern from "taosnative/arrow.h" nogil:
    struct ArrowSchema:
        const char *format
        int64_t n_children
        ArrowSchema **children
        ArrowSchema *dictionary
        void (*release)(ArrowSchema *) noexcept nogil

    struct ArrowArrayStream:
        int (*get_schema)(ArrowArrayStream *, ArrowSchema *out) noexcept nogil
        const char *(*get_last_error)(ArrowArrayStream *) noexcept nogil
        void (*release)(ArrowArrayStream *) noexcept nogil

cdef extern from "result.h" nogil:
    ctypedef enum encode_layout:
        LAYOUT_FIXED
        LAYOUT_BITS
        LAYOUT_OFFSETS32
        LAYOUT_OFFSETS64
        LAYOUT_NOTHING

    ctypedef struct encode_column:
        int8_t type
        int32_t bytes
        int width
        bint is_text
        encode_layout layout

    ctypedef struct encode_block:
        uint8_t *memory
        int n_rows

    ctypedef struct result:
        void *token
        void *owner
        void *source
        bint is_lent
        const int64_t *kills
        int64_t kills_at_birth
        int is_stopped
        int64_t is_fetching
        int32_t code
        char *message
        int precision
        int64_t n_affected
        int n_columns
        TAOS_FIELD *fields
        TAOS_FIELD_E *fields_e
        encode_column *columns
        ArrowArrayStream stream
        encode_block block
        int *lengths
        void **values
        void **starts
        bint has_lengths
        int row_at

    result *result_new()
    void result_free(result *)
    bint result_make_columns(result *, int n_columns)
    void result_fail(result *, uint32_t code, const char *message)
    bint result_enter(result *)
    void result_leave(result *)
    bint result_needs_load(const result *)
    bint result_load(result *, bint is_query)
    int result_next_block(result *, bint for_rows)

cdef extern from "rows.h" nogil:
    bint rows_are_over(const result *)
    void **rows_next(result *)
    void **rows_columns(result *)
    int rows_print(char *out, size_t size, void **row, const TAOS_FIELD *fields, int n_fields)

cdef extern from "registry.h" nogil:
    bint registry_put(result *)
    result *registry_hold(const void *token)
    void registry_drop(result *)
    result *registry_take(const void *token, bint by_owner)
    void registry_on_end(void (*destroy)(result *) noexcept nogil)

cdef extern from "told.h" nogil:
    int told_num_fields(TAOS_RES *)
    TAOS_FIELD *told_fields(TAOS_RES *)
    TAOS_FIELD_E *told_fields_e(TAOS_RES *)
    int told_precision(TAOS_RES *)
    int64_t told_affected_rows64(TAOS_RES *)
    int told_affected_rows(TAOS_RES *)
    c_bool told_is_update_query(TAOS_RES *)
    const void *told_raw_block(TAOS_RES *)
    int *told_lengths(TAOS_RES *)
    TAOS_ROW *told_result_block(TAOS_RES *)
    int told_code(TAOS_RES *)
    const char *told_message(TAOS_RES *)
    c_bool told_is_null(TAOS_RES *, int32_t row, int32_t column)
    bint told_nulls(TAOS_RES *, int column, c_bool *nulls, int *n_rows)
    int *told_offsets(TAOS_RES *, int column)

cdef enum:
    FIELD_NAME = 64  # bytes, without the NUL
    JSON = 15
    NCHAR = 10
    PRINT_UNBOUNDED = 0x7FFFFFFF

#: Of Arrow's format: how a column of variable width has its offsets, or a fixed one its values.
LAYOUTS = {
    b"u": LAYOUT_OFFSETS32,
    b"z": LAYOUT_OFFSETS32,
    b"U": LAYOUT_OFFSETS64,
    b"Z": LAYOUT_OFFSETS64,
    b"b": LAYOUT_BITS,
    b"n": LAYOUT_NOTHING,
}


# ---- making one ----------------------------------------------------------------------


cdef TAOS_RES *answer(Connection connection, outcome, bint is_lent) noexcept:
    """A result of what a statement gave, its first rows at hand; NULL without memory."""
    cdef result *made = _begin(connection, is_lent)
    if made is NULL:
        return NULL
    try:
        made.n_affected = outcome.affected
        made.precision = outcome.precision
        if outcome.columns is not None:
            _tell_columns(made, outcome.columns)
            _open_stream(made, outcome)
            with nogil:
                result_load(made, True)
    except BaseException as error:
        _fail(made, error)
    if made.code != 0:
        made.n_columns = 0
        fail(<uint32_t> made.code, made.message)
    return <TAOS_RES *> made.token


cdef TAOS_RES *refuse(Connection connection, error) noexcept:
    """A result that tells of a refusal; NULL without memory."""
    cdef result *made = _begin(connection, False)
    if made is NULL:
        return NULL
    _fail(made, error)
    fail(<uint32_t> made.code, made.message)
    return <TAOS_RES *> made.token


cdef result *_begin(Connection connection, bint is_lent) noexcept:
    """An empty result in the register. What is made anew clears the thread's last error, as taosc does."""
    cdef result *made = result_new()
    if made is NULL or not registry_put(made):
        result_free(made)
        fail(CODE_NO_MEMORY, "Out of memory")
        return NULL
    fail(0, "success")
    made.is_lent = is_lent
    if connection is not None:
        connection.hold()
        Py_INCREF(connection)
        made.owner = <void *> connection
        made.kills = &connection.n_kills
        made.kills_at_birth = connection.n_kills
    return made


cdef void _fail(result *made, error) noexcept:
    code, message = described(error)
    result_fail(made, <uint32_t> code, <bytes> message)


cdef int _tell_columns(result *made, columns) except -1:
    cdef int i
    cdef encode_column *column
    if not result_make_columns(made, len(columns)):
        raise MemoryError
    for i, (name, code, length) in enumerate(columns):
        width = width_of(code)
        if width < 0:
            raise EngineError(CODE_APP_ERROR, f"column {name} has the unknown type {code}")
        encoded = text.unescape(name)[:FIELD_NAME]
        column = &made.columns[i]
        column.type = code
        column.width = width
        column.bytes = _block_bytes(code, length)
        column.is_text = BY_CODE[code].text
        memcpy(made.fields[i].name, <const char *> <bytes> encoded, len(encoded))
        memcpy(made.fields_e[i].name, <const char *> <bytes> encoded, len(encoded))
        made.fields[i].type = made.fields_e[i].type = code
        made.fields[i].bytes = length
        made.fields_e[i].bytes = column.bytes
    return 0


def _block_bytes(code, length):
    """What a block's schema tells of a column whose field tells `length`."""
    if width_of(code) > 0:
        return length
    if code == JSON:
        return 4 * length + 4
    return (4 * length if code == NCHAR else length) + 2


cdef int _open_stream(result *made, outcome) except -1:
    source = outcome.stream
    if source is None:
        if not outcome.rows:
            return 0
        described_columns = zip(outcome.columns, zip(*outcome.rows, strict=True), strict=True)
        source = arrow_stream([(column.name, column.type, [values]) for column, values in described_columns])
    capsule = source.__arrow_c_stream__()
    cdef ArrowArrayStream *given = <ArrowArrayStream *> PyCapsule_GetPointer(capsule, b"arrow_array_stream")
    memcpy(&made.stream, given, sizeof(ArrowArrayStream))
    given.release = NULL  # the capsule has nothing to release any more
    Py_INCREF(source)
    made.source = <void *> source
    _learn_layouts(made, outcome.columns)
    return 0


cdef int _learn_layouts(result *made, columns) except -1:
    """See that the stream has the columns that were told, as the types that they have in Arrow."""
    cdef ArrowSchema schema
    cdef int i, code
    memset(&schema, 0, sizeof(schema))
    with nogil:
        code = made.stream.get_schema(&made.stream, &schema)
    if code != 0:
        raise EngineError(CODE_APP_ERROR, (<bytes> made.stream.get_last_error(&made.stream)).decode(errors="replace"))
    try:
        if schema.n_children != made.n_columns:
            raise EngineError(CODE_APP_ERROR, f"{made.n_columns} columns were told, {schema.n_children} came")
        for i in range(made.n_columns):
            made.columns[i].layout = _layout(columns[i], schema.children[i].format,
                                             schema.children[i].dictionary is not NULL)
    finally:
        schema.release(&schema)
    return 0


def _layout(column, arrow_format, is_dictionary):
    expected = FORMATS[column.type]
    if is_dictionary or arrow_format not in (expected, expected.lower() if expected in b"UZ" else expected, b"n"):
        raise EngineError(CODE_APP_ERROR, f"column {column.name} of type {column.type} came as Arrow's "
                                          f"{arrow_format.decode(errors='replace')!r}")
    return LAYOUTS.get(arrow_format, LAYOUT_FIXED)


# ---- ending one -----------------------------------------------------------------------


cdef void _destroy(result *held) noexcept with gil:
    cdef Connection connection
    if held.stream.release is not NULL:
        held.stream.release(&held.stream)
    if held.source is not NULL:
        Py_DECREF(<object> held.source)
    if held.owner is not NULL:
        connection = <Connection> held.owner
        Py_DECREF(connection)
        connection.let_go()
    result_free(held)


cdef void free_lent(TAOS_RES *res) noexcept nogil:
    """Free a statement's result, as the statement that owns it."""
    _free(registry_take(res, True))


cdef void _free(result *taken) noexcept nogil:
    if taken is not NULL:
        taken.is_stopped = True  # a fetch that another thread is in ends with its block
        registry_drop(taken)


cdef void _free_result(TAOS_RES *res) noexcept nogil:
    _free(registry_take(res, False))


cdef void _stop_query(TAOS_RES *res) noexcept nogil:
    cdef result *held = registry_hold(res)
    if held is NULL:
        return
    held.is_stopped = True
    if held.is_fetching:
        _interrupt(held)
    registry_drop(held)


cdef void _interrupt(result *held) noexcept with gil:
    try:
        if held.owner is not NULL:
            (<Connection> held.owner).session.interrupt()
    except BaseException as error:
        fail_with(error)


# ---- fetching ---------------------------------------------------------------------------


cdef void _load(result *held) noexcept with gil:
    """Have the stream's next batch. Callers may hold the GIL or not: taken and released, it is free in both cases."""
    with nogil:
        result_load(held, False)


cdef int _next_block(result *held, bint for_rows) noexcept nogil:
    if result_needs_load(held):
        _load(held)
    return result_next_block(held, for_rows)


cdef int _finish(result *held) noexcept nogil:
    """Leave a fetch; the result's code, which is also the thread's when there is one."""
    cdef int code = held.code
    if code != 0:
        fail(<uint32_t> code, held.message)
    result_leave(held)
    registry_drop(held)
    return code


cdef result *_enter(TAOS_RES *res) noexcept nogil:
    """A result to fetch from; NULL where there is none or another thread is at it, which the last error tells."""
    cdef result *held = registry_hold(res)
    if held is NULL:
        if res is not NULL:
            fail(CODE_INVALID_PARA, "Invalid parameters: no such result, or one that was freed")
        return NULL
    if result_enter(held):
        return held
    fail(CODE_APP_ERROR, "the result is being read by another thread")
    registry_drop(held)
    return NULL


cdef int _fetch_raw_block(TAOS_RES *res, int *n_rows, void **data) noexcept nogil:
    cdef result *held
    if n_rows is NULL or data is NULL:
        return fail(CODE_INVALID_PARA, "Invalid parameters")
    n_rows[0] = 0
    held = _enter(res)
    if held is NULL:
        return 0 if res is NULL else last_code()
    n_rows[0] = _next_block(held, False)
    data[0] = held.block.memory
    return _finish(held)


cdef int _fetch_block_s(TAOS_RES *res, int *n_rows, TAOS_ROW *rows) noexcept nogil:
    cdef result *held
    if n_rows is NULL or rows is NULL:
        return fail(CODE_INVALID_PARA, "Invalid parameters")
    n_rows[0] = 0
    held = _enter(res)
    if held is NULL:
        return 0 if res is NULL else last_code()
    if not held.is_stopped:
        n_rows[0] = _next_block(held, True)
    if n_rows[0] > 0:
        rows[0] = rows_columns(held)
    return _finish(held)


cdef int _fetch_block(TAOS_RES *res, TAOS_ROW *rows) noexcept nogil:
    cdef int n_rows = 0
    _fetch_block_s(res, &n_rows, rows)
    return n_rows


cdef TAOS_ROW _fetch_row(TAOS_RES *res) noexcept nogil:
    cdef result *held = _enter(res)
    cdef TAOS_ROW row = NULL
    if held is NULL:
        return NULL
    if not rows_are_over(held) or (not held.is_stopped and _next_block(held, True) > 0):
        row = rows_next(held)
    _finish(held)
    return row


cdef int fetch_for_callback(TAOS_RES *res, bint for_rows) noexcept nogil:
    """Make the next block for rows to be read of it; how many, 0 at the end, or an error's code."""
    cdef result *held = _enter(res)
    cdef int n_rows, code
    if held is NULL:
        return <int> CODE_INVALID_PARA if res is NULL else last_code()
    n_rows = _next_block(held, for_rows)
    code = _finish(held)
    return code if code != 0 else n_rows


# ---- what a result tells ------------------------------------------------------------------


cdef int code_of(TAOS_RES *res) noexcept nogil:
    return last_code() if res is NULL else told_code(res)


cdef int64_t affected_of(TAOS_RES *res) noexcept nogil:
    return told_affected_rows64(res)


cdef const char *_errstr(TAOS_RES *res) noexcept nogil:
    if res is NULL:
        return last_text()
    return told_message(res)


cdef int _is_null_by_column(TAOS_RES *res, int column, c_bool *nulls, int *n_rows) noexcept nogil:
    if nulls is NULL or n_rows is NULL or n_rows[0] <= 0:
        return fail(CODE_INVALID_PARA, "Invalid parameters")
    if not told_nulls(res, column, nulls, n_rows):
        return fail(CODE_INVALID_PARA, "Invalid parameters: no such result, block or column")
    return 0


cdef int _print_row_with_size(char *out, uint32_t size, TAOS_ROW row, TAOS_FIELD *fields, int n_fields) noexcept nogil:
    if out is NULL or size == 0:
        return 0
    if row is NULL or fields is NULL:
        out[0] = 0
        return 0
    return rows_print(out, size, row, fields, n_fields)


cdef int _print_row(char *out, TAOS_ROW row, TAOS_FIELD *fields, int n_fields) noexcept nogil:
    return _print_row_with_size(out, PRINT_UNBOUNDED, row, fields, n_fields)


cdef void fill_results(taosc_functions *table) noexcept nogil:
    """Put the functions on results into the driver's table."""
    table.taos_fetch_row = _fetch_row
    table.taos_fetch_block = _fetch_block
    table.taos_fetch_block_s = _fetch_block_s
    table.taos_fetch_raw_block = _fetch_raw_block
    table.taos_get_raw_block = told_raw_block
    table.taos_fetch_lengths = told_lengths
    table.taos_result_block = told_result_block
    table.taos_num_fields = told_num_fields
    table.taos_field_count = told_num_fields
    table.taos_fetch_fields = told_fields
    table.taos_fetch_fields_e = told_fields_e
    table.taos_result_precision = told_precision
    table.taos_affected_rows = told_affected_rows
    table.taos_affected_rows64 = told_affected_rows64
    table.taos_is_update_query = told_is_update_query
    table.taos_is_null = told_is_null
    table.taos_is_null_by_column = _is_null_by_column
    table.taos_get_column_data_offset = told_offsets
    table.taos_print_row = _print_row
    table.taos_print_row_with_size = _print_row_with_size
    table.taos_stop_query = _stop_query
    table.taos_free_result = _free_result
    table.taos_errno = code_of
    table.taos_errstr = _errstr


registry_on_end(_destroy)
