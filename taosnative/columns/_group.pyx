"""Rows grouped by the name that each of them carries.

Alone knows how equal names are found (a run of the same name costs a comparison, another name one look-up) and how rows
are brought together (a counting sort, which keeps their order).
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcmp, memset

from ._bind cimport Column, Buffer, same_rows

from ._pack import is_missing
from .refusal import refuse


def codes_of_objects(list names, out, str column):
    """Number names in the order in which they first come: the distinct names; `out` (int32) gets each row's number."""
    cdef Buffer memory = Buffer.of(out, True)
    cdef int32_t *codes = <int32_t *> memory.ptr
    cdef dict known = {}
    cdef list distinct = []
    cdef object last = None
    cdef int32_t code = -1
    cdef Py_ssize_t row
    cdef object name, found
    for row in range(len(names)):
        name = names[row]
        if name is not last or code < 0:
            if not isinstance(name, str):
                if is_missing(name):
                    refuse(column, row, None, "is NULL, and every row belongs to a table")
                refuse(column, row, name, f"is a {type(name).__name__}; the name of a table is a str")
            found = known.get(name)
            if found is None:
                found = len(distinct)
                known[name] = found
                distinct.append(name)
            code = found
            last = name
        codes[row] = code
    return distinct


cdef uint64_t hash_of(const char *record, Py_ssize_t width) noexcept nogil:
    """FNV's scheme, four bytes at a time: records are of numpy's `U`, whose widths are multiples of four."""
    cdef uint64_t hashed = 14695981039346656037ULL
    cdef const unsigned int *words = <const unsigned int *> record
    cdef Py_ssize_t i
    for i in range(width // 4):
        hashed = (hashed ^ words[i]) * 1099511628211ULL
    return hashed ^ (hashed >> 29)


def codes_of_array(names, out):
    """Number the names of a contiguous array of numpy's `U` dtype: rows at which each first comes; `out` as above.

    The GIL is released.
    """
    cdef Buffer source = Buffer.of(names.view("u1"))
    cdef Buffer memory = Buffer.of(out, True)
    cdef Py_ssize_t width = names.itemsize
    cdef Py_ssize_t n_rows = len(names)
    cdef Py_ssize_t n_slots = 64
    cdef Buffer slots = Buffer.allocate(n_slots * sizeof(int32_t))
    cdef Buffer first = Buffer.allocate(64 * sizeof(int64_t))
    cdef int32_t n_names = 0
    with nogil:
        memset(slots.ptr, 0xFF, n_slots * sizeof(int32_t))
        n_names = number_records(source.ptr, width, n_rows, <int32_t *> memory.ptr, slots, first, n_slots)
    return [(<int64_t *> first.ptr)[i] for i in range(n_names)]


cdef int32_t number_records(
    const char *records, Py_ssize_t width, Py_ssize_t n_rows, int32_t *codes, Buffer slots, Buffer first,
    Py_ssize_t n_slots,
) except -1 nogil:
    cdef int32_t n_names = 0
    cdef int32_t code
    cdef Py_ssize_t row, slot
    for row in range(n_rows):
        if row and memcmp(records + row * width, records + (row - 1) * width, width) == 0:
            codes[row] = codes[row - 1]
            continue
        slot = find(records, width, row, <int32_t *> slots.ptr, <int64_t *> first.ptr, n_slots)
        code = (<int32_t *> slots.ptr)[slot]
        if code < 0:
            code = n_names
            n_names += 1
            first.reserve(2 * n_names * sizeof(int64_t))
            (<int64_t *> first.ptr)[code] = row
            (<int32_t *> slots.ptr)[slot] = code
            if 2 * n_names > n_slots:
                n_slots = 4 * n_slots
                slots.reserve(n_slots * sizeof(int32_t))
                place_all(records, width, <int32_t *> slots.ptr, <int64_t *> first.ptr, n_slots, n_names)
        codes[row] = code
    return n_names


cdef Py_ssize_t find(
    const char *records, Py_ssize_t width, Py_ssize_t row, const int32_t *slots, const int64_t *first,
    Py_ssize_t n_slots,
) noexcept nogil:
    """The slot that the record has, or would have."""
    cdef const char *record = records + row * width
    cdef Py_ssize_t slot = <Py_ssize_t> (hash_of(record, width) & <uint64_t> (n_slots - 1))
    while slots[slot] >= 0 and memcmp(records + first[slots[slot]] * width, record, width) != 0:
        slot = (slot + 1) & (n_slots - 1)
    return slot


cdef void place_all(
    const char *records, Py_ssize_t width, int32_t *slots, const int64_t *first, Py_ssize_t n_slots, int32_t n_names
) noexcept nogil:
    cdef int32_t code
    memset(slots, 0xFF, n_slots * sizeof(int32_t))
    for code in range(n_names):
        slots[find(records, width, first[code], slots, first, n_slots)] = code


def sort_by_code(codes, order, starts):
    """Bring rows of one code together, in the order in which they came.

    Parameters
    ----------
    codes
        int32 of each row, from 0.
    order
        int64 of each row, to be filled: the rows, group after group.
    starts
        int64, one more than there are codes, to be filled: where each group begins in `order`; the last is the end.

    Returns
    -------
    bool
        Whether the rows lay together already, in which case `order` is left as it was. The GIL is released.
    """
    cdef Buffer code_memory = Buffer.of(codes)
    cdef Buffer order_memory = Buffer.of(order, True)
    cdef Buffer start_memory = Buffer.of(starts, True)
    cdef const int32_t *code = <const int32_t *> code_memory.ptr
    cdef int64_t *at = <int64_t *> order_memory.ptr
    cdef int64_t *start = <int64_t *> start_memory.ptr
    cdef Py_ssize_t n_rows = code_memory.n_bytes // sizeof(int32_t)
    cdef Py_ssize_t n_codes = start_memory.n_bytes // sizeof(int64_t) - 1
    cdef Buffer next_memory = Buffer.allocate(n_codes * sizeof(int64_t))
    cdef int64_t *following = <int64_t *> next_memory.ptr
    cdef Py_ssize_t row, i
    cdef bint together = True
    with nogil:
        memset(start, 0, (n_codes + 1) * sizeof(int64_t))
        for row in range(n_rows):
            if row and code[row] < code[row - 1]:
                together = False
            start[code[row] + 1] += 1
        for i in range(n_codes):
            following[i] = start[i]
            start[i + 1] += start[i]
        if not together:
            for row in range(n_rows):
                at[following[code[row]]] = row
                following[code[row]] += 1
    return bool(together)


def first_change(Column column, codes, first_rows):
    """The first row whose value is not that of its group's first row, or None.

    Parameters
    ----------
    column
        A value a row.
    codes
        int32 of each row: its group.
    first_rows
        int64 of each group: its first row. The GIL is released.
    """
    cdef Buffer code_memory = Buffer.of(codes)
    cdef Buffer first_memory = Buffer.of(first_rows)
    cdef const int32_t *code = <const int32_t *> code_memory.ptr
    cdef const int64_t *first = <const int64_t *> first_memory.ptr
    cdef Py_ssize_t n_rows = code_memory.n_bytes // sizeof(int32_t)
    cdef Py_ssize_t row
    cdef Py_ssize_t changed = -1
    if column.n_rows != n_rows:
        raise ValueError(f"{column.n_rows} values and {n_rows} codes")
    with nogil:
        for row in range(n_rows):
            if first[code[row]] != row and not same_rows(column, first[code[row]], row):
                changed = row
                break
    return None if changed < 0 else changed


def find_rising(Column times, starts, out):
    """Say of each group whether its times rise from row to row: `out` (a byte each) gets 1 where they do.

    Parameters
    ----------
    times
        A TIMESTAMP column, brought together by group.
    starts
        int64: where each group begins; the last is the end. The GIL is released.
    """
    cdef Buffer start_memory = Buffer.of(starts)
    cdef Buffer out_memory = Buffer.of(out, True)
    cdef const int64_t *start = <const int64_t *> start_memory.ptr
    cdef const int64_t *at = <const int64_t *> times.values_at(0)
    cdef Py_ssize_t n_groups = start_memory.n_bytes // sizeof(int64_t) - 1
    cdef Py_ssize_t group, row
    cdef bint rises
    if times.width != sizeof(int64_t) or out_memory.n_bytes < n_groups:
        raise ValueError("times are int64, and out has a byte for each group")
    with nogil:
        for group in range(n_groups):
            rises = True
            for row in range(start[group] + 1, start[group + 1]):
                if at[row] <= at[row - 1]:
                    rises = False
                    break
            out_memory.ptr[group] = rises
