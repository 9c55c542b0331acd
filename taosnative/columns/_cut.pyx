"""Keeps blocks that are checked, and gives them as they came or cut to another number of rows.

How a block is written is known to `block_cut.h` alone.
"""

cimport cython
from cpython.bytes cimport PyBytes_AsString, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t

from taosnative.columns._block cimport (
    TAOSNATIVE_SOUND,
    taosnative_block,
    taosnative_block_open,
    taosnative_block_take,
    taosnative_fault,
    taosnative_layout,
    taosnative_segment,
)
from taosnative.columns._decode cimport Sink, refusal, set_layout
from taosnative.columns._memory cimport memory_functions, taosnative_memory, taosnative_memory_functions

from collections import deque

from taosnative.errors import DataError


cdef extern from "taosnative/block_cut.h" nogil:
    enum:
        TAOSNATIVE_CUT_NO_MEMORY

    ctypedef struct taosnative_cut:
        taosnative_memory nulls
        taosnative_memory data

    int taosnative_cut_add(const taosnative_layout *layout, const taosnative_segment *segment, int32_t column,
                           int64_t start, int64_t stop, int64_t n_before, taosnative_cut *out,
                           const taosnative_memory_functions *memory, taosnative_fault *fault)
    int64_t taosnative_cut_length(const taosnative_layout *layouts, const taosnative_cut *cuts, int32_t n_columns,
                                  int64_t n_rows)
    void taosnative_cut_write(const uint8_t *header, const taosnative_layout *layouts, const taosnative_cut *cuts,
                              int32_t n_columns, int64_t n_rows, uint8_t *out)


@cython.final
cdef class Cutter(Sink):
    """Copies of blocks, first in, first out.

    Parameters
    ----------
    fields : sequence of Field
        The result's columns.

    Notes
    -----
    Each block that is added is copied, and its header and its segments are checked; values are when they are decoded.
    """

    cdef object _fields
    cdef taosnative_layout *_layouts
    cdef int _n_columns
    cdef object _blocks  # pairs of a block and its number of rows
    cdef Py_ssize_t _n_taken  # rows of the first block that were given
    cdef readonly Py_ssize_t n_rows  # that are there

    def __cinit__(self, fields):
        self._fields = tuple(fields)
        self._blocks = deque()
        self._n_columns = len(self._fields)
        self._layouts = <taosnative_layout *> PyMem_Calloc(self._n_columns, sizeof(taosnative_layout))
        if self._layouts is NULL:
            raise MemoryError
        for i, field in enumerate(self._fields):
            set_layout(&self._layouts[<int> i], field)

    cdef int add(self, const char *block_ptr, Py_ssize_t n_bytes, int n_rows) except -1:
        cdef taosnative_block block
        cdef taosnative_fault fault
        cdef int64_t length, rows
        cdef int code = taosnative_block_open(&block, block_ptr, n_bytes, n_rows, self._n_columns, &fault)
        if code == TAOSNATIVE_SOUND:
            length = block.n_bytes
            rows = block.n_rows
            code = self._take(&block, NULL, &fault)
        if code != TAOSNATIVE_SOUND:
            raise refusal(self._fields, &fault, self.n_rows)
        self._blocks.append((PyBytes_FromStringAndSize(block_ptr, length), rows))
        self.n_rows += rows
        return 0

    cdef int _take(self, taosnative_block *block, taosnative_segment *segments,
                   taosnative_fault *fault) noexcept nogil:
        """Take every segment, and keep those that there is room for."""
        cdef taosnative_segment segment
        cdef int i, code
        for i in range(self._n_columns):
            code = taosnative_block_take(block, i, &self._layouts[i], &segment, fault)
            if code != TAOSNATIVE_SOUND:
                return code
            if segments is not NULL:
                segments[i] = segment
        return TAOSNATIVE_SOUND

    def take(self, n_rows=None):
        """Give the next block as it came, or one of `n_rows`, of which there are so many.

        Returns
        -------
        bytes
        """
        if n_rows is None or (self._n_taken == 0 and self._blocks[0][1] == n_rows):
            block, n = self._blocks.popleft()
            self.n_rows -= n
            return block
        return self._gather(n_rows)

    cdef bytes _gather(self, int64_t n_rows):
        """A block of rows of several."""
        cdef taosnative_cut *cuts = <taosnative_cut *> PyMem_Calloc(self._n_columns, sizeof(taosnative_cut))
        cdef int64_t n_before = 0, start, stop, length
        cdef bytes made
        cdef int i
        if cuts is NULL:
            raise MemoryError
        first = self._blocks[0][0]
        try:
            while n_before < n_rows:
                block, n = self._blocks[0]
                start = self._n_taken
                stop = min(<int64_t> n, start + n_rows - n_before)
                self._cut(block, start, stop, n_before, cuts)
                n_before += stop - start
                self._n_taken = stop
                if stop == n:
                    self._blocks.popleft()
                    self._n_taken = 0
            length = taosnative_cut_length(self._layouts, cuts, self._n_columns, n_rows)
            if length > INT32_MAX:
                raise DataError(f"{n_rows} rows have more than 2 GiB, which do not fit into one batch: ask for fewer")
            made = PyBytes_FromStringAndSize(NULL, length)
            taosnative_cut_write(<const uint8_t *> PyBytes_AsString(first), self._layouts, cuts, self._n_columns,
                                 n_rows, <uint8_t *> PyBytes_AsString(made))
            self.n_rows -= n_rows
            return made
        finally:
            for i in range(self._n_columns):
                memory_functions().free(&cuts[i].nulls)
                memory_functions().free(&cuts[i].data)
            PyMem_Free(cuts)

    cdef int _cut(self, bytes data, int64_t start, int64_t stop, int64_t n_before, taosnative_cut *cuts) except -1:
        """Put rows of a block behind those that are gathered."""
        cdef const char *block_ptr = PyBytes_AsString(data)
        cdef Py_ssize_t n_bytes = len(data)
        cdef taosnative_segment *segments
        cdef taosnative_block block
        cdef taosnative_fault fault
        cdef int code, i = 0
        segments = <taosnative_segment *> PyMem_Calloc(self._n_columns, sizeof(taosnative_segment))
        if segments is NULL:
            raise MemoryError
        with nogil:
            code = taosnative_block_open(&block, block_ptr, n_bytes, -1, self._n_columns, &fault)
            if code == TAOSNATIVE_SOUND:
                code = self._take(&block, segments, &fault)
            while code == TAOSNATIVE_SOUND and i < self._n_columns:
                code = taosnative_cut_add(&self._layouts[i], &segments[i], i, start, stop, n_before, &cuts[i],
                                          memory_functions(), &fault)
                i += 1
        PyMem_Free(segments)
        if code == TAOSNATIVE_CUT_NO_MEMORY:
            raise MemoryError
        if code != TAOSNATIVE_SOUND:
            raise refusal(self._fields, &fault, 0)
        return 0

    def __dealloc__(self):
        PyMem_Free(self._layouts)
