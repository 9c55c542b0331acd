"""What both versions of taosc's statements share: the order of calls, the error that sticks, what a `?` takes.

Which types, lengths and tables a statement accepts is the engine's to say; here is what the bind structs can say alone.
"""

import re

from libc.stdint cimport uint8_t
from libc.string cimport strlen

from . import text
from .protocol import EngineError, Outcome

from ._bound cimport UNKNOWN, BoundColumn, Source, copy_bound, width_of
from ._results cimport answer, code_of, free_lent
from ._state cimport (
    CODE_APP_ERROR,
    CODE_BIND_NUMBER,
    CODE_INVALID_OPERATION,
    CODE_INVALID_PARA,
    CODE_NO_TABLE_NAME,
    CODE_STATEMENT_ORDER,
    Connection,
    described,
    fail,
    last_text,
)

cdef enum:
    MOST_ROWS = 32767

cdef enum Kind:
    COLUMN = 1
    TAG = 2
    TABLE_NAME = 4

MARK_OR_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|(\?)", re.DOTALL)


def out_of_order(message="Stmt API usage error"):
    """The error of calls that come in the wrong order."""
    return EngineError(CODE_STATEMENT_ORDER, message)


cdef class Shape:
    """How many `?` of each kind a statement has."""


cdef class Statement:
    """A statement under taosc's name. Most errors stick to it: every later call gives the first again."""

    def __init__(self, Connection connection):
        self.connection = connection
        connection.hold()

    cdef void begin(self, const char *sql, unsigned long length) except *:
        """Take another text; it is read at the first call that needs to know it."""
        self.check()
        if sql is NULL:
            raise EngineError(CODE_INVALID_PARA, "Invalid parameters: no SQL")
        self.drop_answer()
        if self.prepared is not None:
            self.prepared.close()
        self._sql = text.escape(<bytes> sql[:length if length > 0 else strlen(sql)])
        self.prepared = self.connection.session.prepare(self._sql)
        self.is_bound = False
        self._shape = None

    cdef void check(self) except *:
        if self.fault is not None:
            raise self.fault

    cdef int stick(self, error) noexcept:
        """Let an error stick and make it the thread's last; returns its code."""
        code, message = described(error)
        if self.fault is None:
            self.fault = EngineError(code, message.decode("utf-8", "replace"))
        return fail(code, <bytes> message)

    cdef char *error(self) noexcept:
        """The text of what stuck, or of this thread's last error."""
        if self.fault is None:
            return last_text()
        self.message = self.fault.message.encode("utf-8", "replace")
        return self.message

    cdef Shape shape(self):
        """How many `?` there are; of a table that is not named yet only the text can tell."""
        cdef Shape shape
        if self.prepared is None:
            raise out_of_order()
        if self._shape is not None:
            return self._shape
        shape = Shape.__new__(Shape)
        try:
            kinds = [field.kind for field in self.prepared.fields()]
            shape.has_table_mark = TABLE_NAME in kinds
            shape.n_tags = kinds.count(TAG)
            shape.n_columns = len(kinds) - shape.n_tags - shape.has_table_mark
        except EngineError as error:
            if error.code != CODE_NO_TABLE_NAME:
                raise
            shape.has_table_mark = True
            shape.n_columns = sum(mark != "" for mark in MARK_OR_QUOTED.findall(self._sql)) - 1
        self._shape = shape
        return shape

    cdef object run(self):
        """Execute what was bound."""
        if self.prepared is None:
            raise out_of_order()
        if self.prepared.is_insert:
            if not self.is_bound:
                raise out_of_order()
            self.is_bound = False
        elif not self.is_bound and self.shape().n_columns > 0:
            return Outcome()  # what taosc gives for a query whose marks have no values
        return self.prepared.execute()

    cdef void keep_answer(self, outcome) except *:
        """Have a result of what was executed, which is this statement's own."""
        self.drop_answer()
        self.res = answer(self.connection, outcome, True)
        if self.res is NULL:
            raise MemoryError
        code = code_of(self.res)
        if code != 0:
            raise EngineError(code, last_text().decode("utf-8", "replace"))

    cdef void drop_answer(self) noexcept:
        free_lent(self.res)
        self.res = NULL

    cdef void end(self) noexcept:
        """Let go of everything."""
        self.drop_answer()
        try:
            if self.prepared is not None:
                self.prepared.close()
        except BaseException as error:
            described(error)
        self.prepared = None
        self.connection.let_go()


# ---- binds ------------------------------------------------------------------------------


cdef BoundColumn _copy(Bind *bind, bint takes_none, Py_ssize_t n_rows):
    cdef Source source
    source.type = bind.type
    source.n_rows = n_rows
    source.buffer = <const uint8_t *> bind.buffer
    source.length = bind.length
    source.is_null = bind.is_null
    source.stride = bind.stride
    source.takes_none = takes_none
    try:
        return copy_bound(&source)
    except ValueError as error:
        raise EngineError(CODE_INVALID_PARA, f"Invalid parameters: {error}") from None


cdef int check_rows(int n_rows, int expected) except -1:
    """See that a column has as many rows as its table's first, or, being the first, as many as a bind takes."""
    if expected < 0 and not 1 <= n_rows <= MOST_ROWS:
        raise EngineError(CODE_BIND_NUMBER, "bind number out of range or not match")
    if 0 <= expected != n_rows:
        raise EngineError(CODE_INVALID_OPERATION, "row number in each bind param should be the same")
    return 0


cdef BoundColumn copy_column(Bind *bind, bint takes_none):
    """A column's rows."""
    if width_of(bind.type) == UNKNOWN and not (bind.n_rows == 1 and bind.is_null is not NULL and bind.is_null[0]):
        raise EngineError(CODE_INVALID_OPERATION, "column type mis-match with buffer type")
    return _copy(bind, takes_none, bind.n_rows)


cdef BoundColumn copy_tag(Bind *bind):
    """A tag's value: the first row, whatever the number of rows says."""
    return _copy(bind, False, 1)


cdef BoundColumn copy_parameter(Bind *bind):
    """The value of a `?` in a query."""
    if bind.n_rows != 1:
        raise EngineError(CODE_BIND_NUMBER, "bind number out of range or not match")
    if width_of(bind.type) == UNKNOWN:
        raise EngineError(CODE_APP_ERROR, f"a query has no parameter of type {bind.type}")
    if bind.is_null is not NULL and bind.is_null[0] != 1:
        bind.is_null = NULL
    return _copy(bind, False, 1)
