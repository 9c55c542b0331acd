"""Columns in memory as stmt2 reads them, and the structs that point at them.

Alone knows how a bind is laid out: values of fixed width in a row, NULLs or not; of variable width the values that are
not NULL end to end, with a length a row; a byte a row that says which are NULL. The number of binds is never passed to
the driver, so it is counted here.
"""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AsString
from libc.stdint cimport INT32_MAX, int32_t, int64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy, memset, strlen

from ..errors import InterfaceError

cdef enum:
    TYPE_BOOL = 1


@cython.no_gc
cdef class Buffer:
    """A piece of memory that stays where it is as long as this object: an object's own buffer, or one made here."""

    @staticmethod
    cdef Buffer of(object source, bint writable=False):
        """The contiguous buffer of `source`, borrowed: neither copied nor moved while this object lives."""
        cdef Buffer self = Buffer.__new__(Buffer)
        PyObject_GetBuffer(source, &self._view, PyBUF_WRITABLE if writable else PyBUF_SIMPLE)
        self._exported = True
        self.ptr = <char *> self._view.buf
        self.n_bytes = self._view.len
        return self

    @staticmethod
    cdef Buffer allocate(Py_ssize_t n_bytes):
        cdef Buffer self = Buffer.__new__(Buffer)
        self._allocated = True
        self.reserve(n_bytes)
        return self

    cdef int reserve(self, Py_ssize_t n_bytes) except -1 nogil:
        """Make it hold at least `n_bytes`; what is in it is kept. Only of memory that was made here."""
        cdef Py_ssize_t wanted = max(n_bytes, 1)
        cdef char *ptr
        if wanted <= self.n_bytes:
            return 0
        ptr = <char *> realloc(self.ptr, wanted)
        if ptr is NULL:
            with gil:
                raise MemoryError(f"{wanted} bytes for a column to bind")
        self.ptr = ptr
        self.n_bytes = wanted
        return 0

    def __dealloc__(self):
        if self._exported:
            PyBuffer_Release(&self._view)
        elif self._allocated:
            free(self.ptr)


@cython.final
cdef class Column:
    """Values of one type, ready to be bound: a slice of its rows is a bind without any copy.

    Attributes
    ----------
    type_code
        The number of the type in the C API.
    n_rows
        How many there are.
    width
        Bytes of a value; 0 where each has a length of its own.
    """

    cdef char *values_at(self, Py_ssize_t row) noexcept nogil:
        """Borrowed: valid as long as this object. `row` may be `n_rows`: the end."""
        if self.width:
            return self._values.ptr + row * self.width
        return self._values.ptr + (<int64_t *> self._offsets.ptr)[row]

    cdef bint is_null_at(self, Py_ssize_t row) noexcept nogil:
        return self._nulls is not None and self._nulls.ptr[row] != 0

    cdef Py_ssize_t n_bytes_at(self, Py_ssize_t row) noexcept nogil:
        """Bytes that the row takes among the values; a NULL of variable width takes none."""
        if self.width:
            return self.width
        return (<int64_t *> self._offsets.ptr)[row + 1] - (<int64_t *> self._offsets.ptr)[row]

    cdef void describe(self, TAOS_STMT2_BIND *bind, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
        """Point a bind at the rows from `start` to `stop`, which the caller has checked."""
        bind.buffer_type = self.type_code
        bind.buffer = self.values_at(start)
        bind.length = NULL if self.width else (<int32_t *> self._lengths.ptr) + start
        bind.is_null = NULL if self._nulls is None else self._nulls.ptr + start
        bind.num = <int> (stop - start)

    @property
    def n_bytes(self):
        """Bytes of all values."""
        return self.values_at(self.n_rows) - self._values.ptr

    @property
    def address(self):
        """Where the values begin in memory, to see whether they were copied."""
        return <size_t> self._values.ptr

    def first_null(self):
        """Row of the first NULL, or None."""
        cdef Py_ssize_t row
        for row in range(self.n_rows):
            if self.is_null_at(row):
                return row
        return None

    def is_null(self, Py_ssize_t row):
        """Whether the row is NULL."""
        self._check_row(row)
        return bool(self.is_null_at(row))

    def value(self, Py_ssize_t row):
        """The bytes of a row's value, or None."""
        self._check_row(row)
        if self.is_null_at(row):
            return None
        return (<char *> self.values_at(row))[:self.n_bytes_at(row)]

    def _check_row(self, Py_ssize_t row):
        if not 0 <= row < self.n_rows:
            raise IndexError(f"row {row} of a column of {self.n_rows}")

    def same(self, Py_ssize_t row, Py_ssize_t other):
        """Whether two rows hold the same bytes, or both NULL."""
        self._check_row(row)
        self._check_row(other)
        return bool(same_rows(self, row, other))

    def take(self, order):
        """The rows of `order` (int64), in that order, as a column of its own.

        The GIL is released.
        """
        cdef Buffer rows = Buffer.of(order)
        cdef Py_ssize_t n_rows = rows.n_bytes // sizeof(int64_t)
        cdef const int64_t *at = <const int64_t *> rows.ptr
        cdef Column taken = Column.__new__(Column)
        cdef Py_ssize_t i
        cdef Py_ssize_t n_total = self.n_rows
        taken.type_code, taken.n_rows, taken.width = self.type_code, n_rows, self.width
        for i in range(n_rows):
            if not 0 <= at[i] < n_total:
                raise IndexError(f"row {at[i]} of a column of {n_total}")
        if self._nulls is not None:
            taken._nulls = Buffer.allocate(n_rows)
        if self.width:
            taken._values = Buffer.allocate(n_rows * self.width)
            with nogil:
                take_fixed(self._values.ptr, taken._values.ptr, at, n_rows, self.width)
        else:
            take_variable(self, taken, at)
        if self._nulls is not None:
            with nogil:
                take_fixed(self._nulls.ptr, taken._nulls.ptr, at, n_rows, 1)
        return taken


cdef bint same_rows(Column column, Py_ssize_t row, Py_ssize_t other) noexcept nogil:
    cdef Py_ssize_t n_bytes
    if column.is_null_at(row) or column.is_null_at(other):
        return column.is_null_at(row) and column.is_null_at(other)
    n_bytes = column.n_bytes_at(row)
    return n_bytes == column.n_bytes_at(other) and memcmp(column.values_at(row), column.values_at(other), n_bytes) == 0


ctypedef fused word:
    unsigned char
    unsigned short
    unsigned int
    unsigned long long


cdef void take_words(const word *source, word *target, const int64_t *at, Py_ssize_t n_rows) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n_rows):
        target[i] = source[at[i]]


cdef void take_fixed(
    const char *source, char *target, const int64_t *at, Py_ssize_t n_rows, Py_ssize_t width
) noexcept nogil:
    if width == 1:
        take_words(<const unsigned char *> source, <unsigned char *> target, at, n_rows)
    elif width == 2:
        take_words(<const unsigned short *> source, <unsigned short *> target, at, n_rows)
    elif width == 4:
        take_words(<const unsigned int *> source, <unsigned int *> target, at, n_rows)
    else:
        take_words(<const unsigned long long *> source, <unsigned long long *> target, at, n_rows)


cdef int take_variable(Column source, Column taken, const int64_t *at) except -1:
    cdef Py_ssize_t i
    cdef Py_ssize_t n_rows = taken.n_rows
    cdef int64_t end = 0
    cdef int32_t *lengths
    cdef int64_t *offsets
    taken._lengths = Buffer.allocate(n_rows * sizeof(int32_t))
    taken._offsets = Buffer.allocate((n_rows + 1) * sizeof(int64_t))
    lengths = <int32_t *> taken._lengths.ptr
    offsets = <int64_t *> taken._offsets.ptr
    with nogil:
        offsets[0] = 0
        for i in range(n_rows):
            lengths[i] = <int32_t> source.n_bytes_at(at[i])
            end += lengths[i]
            offsets[i + 1] = end
    taken._values = Buffer.allocate(end)
    with nogil:
        for i in range(n_rows):
            memcpy(taken._values.ptr + offsets[i], source.values_at(at[i]), lengths[i])
    return 0


# ---- making columns ------------------------------------------------------------------------------------------------


def fixed_column(int type_code, values, nulls=None):
    """A column over an array of the type's width, where it lies.

    Parameters
    ----------
    type_code
        The number of the type in the C API.
    values
        A contiguous array in the machine's byte order; its memory is used, except for BOOL: the driver writes into
        that, so it is copied.
    nulls
        None, or a contiguous array of a byte a row: 0 where there is a value, 1 where there is NULL.
    """
    cdef Column self = Column.__new__(Column)
    cdef Buffer source = Buffer.of(values)
    cdef Buffer copy
    self.type_code = type_code
    self.width = values.itemsize
    self.n_rows = len(values)
    if self.n_rows * self.width != source.n_bytes or self.width not in (1, 2, 4, 8):
        raise InterfaceError(f"{self.n_rows} values of {self.width} bytes lie in {source.n_bytes} bytes")
    if type_code == TYPE_BOOL:
        copy = Buffer.allocate(source.n_bytes)
        memcpy(copy.ptr, source.ptr, source.n_bytes)
        source = copy
    self._values = source
    self._nulls = nulls_of(nulls, self.n_rows)
    return self


def variable_column(int type_code, values, lengths, nulls=None):
    """A column over bytes that lie end to end, where they lie.

    Parameters
    ----------
    type_code
        The number of the type in the C API.
    values
        The bytes of all values that are not NULL.
    lengths
        A contiguous int32 array: the bytes of each row; 0 where there is NULL.
    nulls
        None, or a contiguous array of a byte a row: 0 where there is a value, 1 where there is NULL.
    """
    cdef Column self = Column.__new__(Column)
    cdef int32_t *at
    cdef int64_t *offsets
    cdef int64_t end = 0
    cdef Py_ssize_t row
    self.type_code = type_code
    self._values = Buffer.of(values)
    self._lengths = Buffer.of(lengths)
    self.n_rows = self._lengths.n_bytes // sizeof(int32_t)
    self._nulls = nulls_of(nulls, self.n_rows)
    self._offsets = Buffer.allocate((self.n_rows + 1) * sizeof(int64_t))
    at = <int32_t *> self._lengths.ptr
    offsets = <int64_t *> self._offsets.ptr
    offsets[0] = 0
    for row in range(self.n_rows):
        if at[row] < 0 or (at[row] and self.is_null_at(row)):
            raise InterfaceError(f"row {row} has a length of {at[row]}")
        end += at[row]
        offsets[row + 1] = end
    if end > self._values.n_bytes:
        raise InterfaceError(f"values of {end} bytes lie in {self._values.n_bytes} bytes")
    return self


cdef Buffer nulls_of(object nulls, Py_ssize_t n_rows):
    cdef Buffer memory
    if nulls is None:
        return None
    memory = Buffer.of(nulls)
    if memory.n_bytes != n_rows:
        raise InterfaceError(f"{memory.n_bytes} NULL marks for {n_rows} rows")
    return memory


# ---- binds ---------------------------------------------------------------------------------------------------------


@cython.final
cdef class BindSet:
    """The binds of one call, for one table or for many, and all memory that they point at.

    Attributes
    ----------
    n_tables, n_columns, n_tags
        What was counted: every table has as many columns and as many tags.
    """

    cdef int _allocate(self, Py_ssize_t n_tables, Py_ssize_t n_columns, Py_ssize_t n_tags, bint named) except -1:
        cdef Py_ssize_t i
        if not 0 < n_tables <= INT32_MAX:
            raise InterfaceError(f"a bind for {n_tables} tables")
        self.n_tables, self.n_columns, self.n_tags = n_tables, n_columns, n_tags
        self.bindv.count = <int> n_tables
        self._columns = Buffer.allocate(n_tables * sizeof(TAOS_STMT2_BIND *))
        self._column_binds = Buffer.allocate(n_tables * n_columns * sizeof(TAOS_STMT2_BIND))
        memset(self._column_binds.ptr, 0, n_tables * n_columns * sizeof(TAOS_STMT2_BIND))
        self.bindv.bind_cols = <TAOS_STMT2_BIND **> self._columns.ptr
        for i in range(n_tables):
            self.bindv.bind_cols[i] = (<TAOS_STMT2_BIND *> self._column_binds.ptr) + i * n_columns
        if named:
            self._names = Buffer.allocate(n_tables * sizeof(char *))
            memset(self._names.ptr, 0, n_tables * sizeof(char *))
            self.bindv.tbnames = <char **> self._names.ptr
        if n_tags:
            self._tags = Buffer.allocate(n_tables * sizeof(TAOS_STMT2_BIND *))
            self._tag_binds = Buffer.allocate(n_tables * n_tags * sizeof(TAOS_STMT2_BIND))
            memset(self._tag_binds.ptr, 0, n_tables * n_tags * sizeof(TAOS_STMT2_BIND))
            self.bindv.tags = <TAOS_STMT2_BIND **> self._tags.ptr
            for i in range(n_tables):
                self.bindv.tags[i] = (<TAOS_STMT2_BIND *> self._tag_binds.ptr) + i * n_tags
        return 0

    cdef int _place_names(self, list names) except -1:
        cdef Py_ssize_t i
        cdef bytes name
        if len(names) != self.n_tables:
            raise InterfaceError(f"{len(names)} names for {self.n_tables} tables")
        for i in range(self.n_tables):
            name = names[i]
            if len(name) != <Py_ssize_t> strlen(name):
                raise InterfaceError(f"the name {name!r} of a table has a NUL in it")
            self.bindv.tbnames[i] = PyBytes_AsString(name)
        return 0

    @staticmethod
    def of_tables(list columns, list tags=None, list names=None):
        """Whole columns of each table.

        Parameters
        ----------
        columns
            A list of `Column` for each table.
        tags
            None, or a list of `Column`, of a row each, for each table.
        names
            None, or the name of each table as bytes.
        """
        cdef BindSet self = BindSet.__new__(BindSet)
        cdef Py_ssize_t i, j
        cdef Column column
        cdef list table
        self._held = (columns, tags, names)
        self._allocate(len(columns), len(columns[0]) if columns else 0, len(tags[0]) if tags else 0, names is not None)
        for i in range(self.n_tables):
            table = columns[i]
            if len(table) != self.n_columns:
                raise InterfaceError(f"table {i} has {len(table)} columns, the first one {self.n_columns}")
            for j in range(self.n_columns):
                column = table[j]
                if column.n_rows > INT32_MAX:
                    raise InterfaceError(f"a bind of {column.n_rows} rows")
                column.describe(&self.bindv.bind_cols[i][j], 0, column.n_rows)
        if tags is not None:
            if len(tags) != self.n_tables:
                raise InterfaceError(f"tags of {len(tags)} tables for {self.n_tables} tables")
            for i in range(self.n_tables):
                table = tags[i]
                if len(table) != self.n_tags:
                    raise InterfaceError(f"table {i} has {len(table)} tags, the first one {self.n_tags}")
                for j in range(self.n_tags):
                    column = table[j]
                    if column.n_rows != 1:
                        raise InterfaceError(f"tag {j} of table {i} has {column.n_rows} values, not one")
                    column.describe(&self.bindv.tags[i][j], 0, 1)
        if names is not None:
            self._place_names(names)
        return self

    @staticmethod
    def of_groups(list columns, list names, starts, stops, list tags=None, tag_rows=None):
        """Slices of columns that hold the rows of many tables, table after table.

        Parameters
        ----------
        columns
            A `Column` for each column of the tables.
        names
            The name of each table as bytes; None where the statement names the one table.
        starts, stops
            int64, of each table: the first of its rows in `columns`, and the row behind its last.
        tags
            None, or a `Column` for each tag.
        tag_rows
            int64, of each table: its row in `tags`.
        """
        cdef BindSet self = BindSet.__new__(BindSet)
        cdef Buffer first = Buffer.of(starts)
        cdef Buffer end = Buffer.of(stops)
        cdef Buffer tag_row = None if tag_rows is None else Buffer.of(tag_rows)
        cdef Py_ssize_t n_tables = first.n_bytes // sizeof(int64_t)
        cdef Py_ssize_t j
        cdef Column column
        if end.n_bytes != first.n_bytes or (tags and (tag_row is None or tag_row.n_bytes != first.n_bytes)):
            raise InterfaceError("starts, stops and rows of tags are not of equal length")
        self._held = (columns, tags, names)
        self._allocate(n_tables, len(columns), len(tags) if tags else 0, names is not None)
        for j in range(self.n_columns):
            column = columns[j]
            slice_groups(self, j, column, <const int64_t *> first.ptr, <const int64_t *> end.ptr)
        for j in range(self.n_tags):
            column = tags[j]
            pick_tags(self, j, column, <const int64_t *> tag_row.ptr)
        if names is not None:
            self._place_names(names)
        return self

    def bind_of(self, Py_ssize_t table, Py_ssize_t column, bint tag=False):
        """What the driver is given for a column (or a tag): type, address, rows, NULL marks and lengths."""
        cdef TAOS_STMT2_BIND *bind
        if not 0 <= table < self.n_tables or not 0 <= column < (self.n_tags if tag else self.n_columns):
            raise IndexError(f"column {column} of table {table}")
        bind = &(self.bindv.tags if tag else self.bindv.bind_cols)[table][column]
        return {
            "type": bind.buffer_type,
            "address": <size_t> bind.buffer,
            "rows": bind.num,
            "nulls": None if bind.is_null is NULL else bind.is_null[:bind.num],
            "lengths": None if bind.length is NULL else [bind.length[i] for i in range(bind.num)],
        }


cdef int slice_groups(
    BindSet binds, Py_ssize_t j, Column column, const int64_t *starts, const int64_t *stops
) except -1:
    cdef Py_ssize_t i
    for i in range(binds.n_tables):
        if not 0 <= starts[i] <= stops[i] <= column.n_rows or stops[i] - starts[i] > INT32_MAX:
            raise InterfaceError(f"rows {starts[i]} to {stops[i]} of a column of {column.n_rows}")
        column.describe(&binds.bindv.bind_cols[i][j], starts[i], stops[i])
    return 0


cdef int pick_tags(BindSet binds, Py_ssize_t j, Column column, const int64_t *rows) except -1:
    cdef Py_ssize_t i
    for i in range(binds.n_tables):
        if not 0 <= rows[i] < column.n_rows:
            raise InterfaceError(f"row {rows[i]} of a tag of {column.n_rows} rows")
        column.describe(&binds.bindv.tags[i][j], rows[i], rows[i] + 1)
    return 0
