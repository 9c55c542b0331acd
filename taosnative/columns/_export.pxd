from libc.stdint cimport int32_t, int64_t

from taosnative.columns._block cimport taosnative_block, taosnative_fault, taosnative_layout, taosnative_segment
from taosnative.columns._decode cimport Sink
from taosnative.columns._memory cimport taosnative_memory_functions


cdef extern from "taosnative/arrow.h" nogil:
    struct ArrowSchema:
        pass

    struct ArrowArray:
        void (*release)(ArrowArray *) noexcept nogil

    struct ArrowArrayStream:
        int (*get_schema)(ArrowArrayStream *, ArrowSchema *out) noexcept nogil
        int (*get_next)(ArrowArrayStream *, ArrowArray *out) noexcept nogil
        const char *(*get_last_error)(ArrowArrayStream *) noexcept nogil
        void (*release)(ArrowArrayStream *) noexcept nogil
        void *private_data


cdef extern from "taosnative/arrow_columns.h" nogil:
    enum:
        TAOSNATIVE_NO_MEMORY
        TAOSNATIVE_ARROW_NONE
        TAOSNATIVE_ARROW_FIXED
        TAOSNATIVE_ARROW_BITS
        TAOSNATIVE_ARROW_DECIMAL
        TAOSNATIVE_ARROW_BYTES
        TAOSNATIVE_ARROW_UTF8
        TAOSNATIVE_ARROW_UCS4

    ctypedef struct taosnative_arrow_column:
        taosnative_layout layout
        int form
        int scale
        bint replaces
        bint refuses_null

    ctypedef struct taosnative_arrow_buffers:
        int64_t n_bytes

    int taosnative_arrow_decode(const taosnative_arrow_column *what, const taosnative_segment *segment, int32_t column,
                                int64_t n_before, int64_t n_rows, taosnative_arrow_buffers *out,
                                const taosnative_memory_functions *memory, taosnative_fault *fault)


cdef extern from "taosnative/arrow_batch.h" nogil:
    ctypedef struct taosnative_arrow_batch:
        int64_t n_rows
        const taosnative_memory_functions *memory
        taosnative_arrow_buffers *columns

    taosnative_arrow_batch *taosnative_arrow_batch_new(int64_t n_columns, const taosnative_memory_functions *memory)
    void taosnative_arrow_batch_let_go(taosnative_arrow_batch *batch)
    void taosnative_arrow_batch_fit(taosnative_arrow_batch *batch, const taosnative_arrow_column *columns)
    int taosnative_arrow_batch_array(taosnative_arrow_batch *batch, const taosnative_arrow_column *columns,
                                     ArrowArray *out)
    int taosnative_arrow_schema(const char *format, const char *name, const char *metadata, int64_t n_metadata,
                                int64_t n_children, ArrowSchema *out)
    int taosnative_arrow_add_child(ArrowSchema *schema, const char *format, const char *name, const char *metadata,
                                   int64_t n_metadata)
    void taosnative_arrow_drop_schema(ArrowSchema *schema)
    void taosnative_arrow_drop_array(ArrowArray *array)
    void taosnative_arrow_drop_stream(ArrowArrayStream *stream)


cdef class ArrowDecoder(Sink):
    cdef readonly object fields
    cdef readonly list children  # of the schema: the columns that are wanted
    cdef taosnative_arrow_column *_columns
    cdef taosnative_segment *_segments  # of the block that is being decoded
    cdef taosnative_arrow_batch *_batch  # that is being filled; NULL: none
    cdef int _n_columns
    cdef list _full
    cdef Py_ssize_t _n_before  # rows of what was taken or is full
    cdef int64_t _most_bytes
    cdef bint _is_busy

    cdef int _set_columns(self, precision, nulls, strings, errors, only) except -1
    cdef int _enter(self) except -1
    cdef int _decode(self, taosnative_block *block, taosnative_fault *fault) noexcept nogil
    cdef int _cut(self) except -1
    cdef int describe(self, ArrowSchema *out) except -1
