"""What Cython must know of the C headers that read blocks: `block.h` and `columns.h`."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t


cdef extern from "taosnative/block.h" nogil:
    enum:
        TAOSNATIVE_SOUND
        TAOSNATIVE_FAULT_HEADER
        TAOSNATIVE_FAULT_VERSION
        TAOSNATIVE_FAULT_LENGTH
        TAOSNATIVE_FAULT_ROWS
        TAOSNATIVE_FAULT_COLUMNS
        TAOSNATIVE_FAULT_FLAGS
        TAOSNATIVE_FAULT_TYPE
        TAOSNATIVE_FAULT_WIDTH
        TAOSNATIVE_FAULT_DATA
        TAOSNATIVE_FAULT_END
        TAOSNATIVE_FAULT_OFFSET
        TAOSNATIVE_FAULT_VALUE
        TAOSNATIVE_FAULT_BOOL
        TAOSNATIVE_FAULT_UNIT
        TAOSNATIVE_FAULT_DECIMAL
        TAOSNATIVE_FAULT_SCALE
        TAOSNATIVE_FAULT_NULL
        TAOSNATIVE_FAULT_TEXT
        TAOSNATIVE_FAULT_ROOM

    ctypedef struct taosnative_fault:
        int code
        int32_t column
        int64_t row
        int64_t at
        int64_t found
        int64_t expected

    ctypedef struct taosnative_block:
        int64_t n_bytes
        int64_t n_rows

    ctypedef struct taosnative_layout:
        uint8_t type
        bint variable
        bint decimal
        uint8_t width
        uint8_t unit

    ctypedef struct taosnative_segment:
        const uint8_t *nulls
        const uint8_t *data
        int64_t at
        uint8_t scale

    int taosnative_block_open(taosnative_block *block, const void *block_ptr, int64_t n_bytes, int64_t n_rows,
                              int32_t n_columns, taosnative_fault *fault)
    int taosnative_block_take(taosnative_block *block, int32_t column, const taosnative_layout *layout,
                              taosnative_segment *segment, taosnative_fault *fault)
    int taosnative_value(const taosnative_segment *segment, const taosnative_layout *layout, int32_t column,
                         int64_t row, const uint8_t **value_ptr, int64_t *n_bytes, taosnative_fault *fault)
    int taosnative_fail_at(taosnative_fault *fault, int code, int32_t column, int64_t row, int64_t at,
                           int64_t found, int64_t expected)


cdef extern from "taosnative/columns.h" nogil:
    enum:
        TAOSNATIVE_DECIMAL_TEXT

    int64_t taosnative_first_null(const uint8_t *bitmap, int64_t n_rows)
    int64_t taosnative_first_not_bool(const uint8_t *values, int64_t n_rows)
    void taosnative_expand(const uint8_t *bitmap, int64_t n_rows, uint8_t *mask)
    void taosnative_copy(const uint8_t *bitmap, const uint8_t *data, int64_t n_rows, int width, uint64_t blank,
                         void *values)
    int taosnative_decimal(const uint8_t *value, int width, int scale, char *text)
