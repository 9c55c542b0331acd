/* Arrow columns as taosc's raw block: version 1, with schema, all integers little-endian and packed.
 *
 * A column of variable width is text in the escaped form of text.h or bytes; NCHAR leaves as UCS-4, or as UTF-8 for
 * those who read rows, and a NUL behind each value.  No function needs the GIL. */
#ifndef TAOSNATIVE_EMBEDDED_ENCODE_H
#define TAOSNATIVE_EMBEDDED_ENCODE_H

#include <stdlib.h>

#include "text.h"
#include "taosnative/arrow.h"
#include "taosnative/taosc.h"

enum {
    BLOCK_VERSION = 1,
    BLOCK_HEADER = 28,
    BLOCK_SCHEMA = 5,    /* bytes a column: type and width */
    BLOCK_LENGTH = 4,    /* bytes a column: of its data */
    BLOCK_VAR_PREFIX = 2 /* bytes of the length before a variable value */
};
#define BLOCK_HAS_SCHEMA INT32_MIN
#define BLOCK_LONGEST_VALUE 65535
#define BLOCK_LARGEST ((size_t)256 << 20) /* bytes; a block of wide rows has fewer of them */

typedef enum encode_layout { LAYOUT_FIXED, LAYOUT_BITS, LAYOUT_OFFSETS32, LAYOUT_OFFSETS64, LAYOUT_NOTHING } encode_layout;

typedef enum encode_status { ENCODE_OK, ENCODE_NO_MEMORY, ENCODE_TOO_LONG, ENCODE_NOT_UTF8 } encode_status;

typedef struct encode_column {
    int8_t type;
    int32_t bytes;  /* what the block's schema tells */
    int width;      /* of a value; 0 of variable width */
    bool is_text;
    encode_layout layout; /* how Arrow has it */
} encode_column;

typedef struct encode_block {
    uint8_t *memory;
    size_t capacity;
    int n_rows;
    int n_columns;
    const encode_column *columns;
    size_t *starts; /* of each column's segment, n_columns + 1 */
} encode_block;

/* A slice of one Arrow column. */
typedef struct encode_slice {
    const struct ArrowArray *array;
    int64_t at; /* first row, offsets added */
    int n_rows;
} encode_slice;

static inline void encode_put32(uint8_t *out, int32_t value) { memcpy(out, &value, sizeof value); }

static inline int32_t encode_get32(const uint8_t *at)
{
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline const uint8_t *encode_validity(const encode_slice *slice)
{
    bool has = slice->array->null_count != 0 && slice->array->n_buffers > 0;
    return has ? (const uint8_t *)slice->array->buffers[0] : NULL;
}

static inline bool encode_bit(const uint8_t *bits, int64_t at) { return (bits[at >> 3] >> (at & 7)) & 1; }

/* ---- columns of fixed width --------------------------------------------------- */

static inline uint8_t encode_reversed(uint8_t byte)
{
    byte = (uint8_t)((byte & 0xF0) >> 4 | (byte & 0x0F) << 4);
    byte = (uint8_t)((byte & 0xCC) >> 2 | (byte & 0x33) << 2);
    return (uint8_t)((byte & 0xAA) >> 1 | (byte & 0x55) << 1);
}

/* Bit 1 is NULL, most significant first; Arrow's is 1 for a value, least significant first. */
static inline void encode_nulls(const encode_slice *slice, encode_layout layout, uint8_t *out)
{
    const uint8_t *validity = encode_validity(slice);
    int n_rows = slice->n_rows;
    int n_bytes = (n_rows + 7) / 8;
    if (layout != LAYOUT_NOTHING && validity == NULL) {
        memset(out, 0, (size_t)n_bytes);
        return;
    }
    int64_t last = (slice->at + n_rows - 1) >> 3;
    for (int i = 0; i < n_bytes; i++) {
        unsigned values = 0;
        if (layout != LAYOUT_NOTHING) {
            int64_t at = (slice->at + 8 * (int64_t)i) >> 3;
            int shift = (int)(slice->at & 7);
            values = validity[at] >> shift;
            if (shift > 0 && at < last) values |= (unsigned)validity[at + 1] << (8 - shift);
        }
        out[i] = encode_reversed((uint8_t)~values);
    }
    if (n_rows % 8 != 0) out[n_bytes - 1] &= (uint8_t)(0xFF << (8 - n_rows % 8));
}

static inline uint8_t *encode_fixed(const encode_column *column, const encode_slice *slice, uint8_t *out)
{
    size_t n_bytes = (size_t)slice->n_rows * (size_t)column->width;
    encode_nulls(slice, column->layout, out);
    out += (slice->n_rows + 7) / 8;
    const uint8_t *values = column->layout == LAYOUT_NOTHING ? NULL : (const uint8_t *)slice->array->buffers[1];
    if (values == NULL)
        memset(out, 0, n_bytes);
    else if (column->layout == LAYOUT_BITS)
        for (int i = 0; i < slice->n_rows; i++) out[i] = encode_bit(values, slice->at + i);
    else
        memcpy(out, values + slice->at * column->width, n_bytes);
    return out + n_bytes;
}

/* ---- columns of variable width ------------------------------------------------- */

static inline int64_t encode_offset(const encode_column *column, const encode_slice *slice, int row)
{
    const void *offsets = slice->array->buffers[1];
    if (column->layout == LAYOUT_OFFSETS64) return ((const int64_t *)offsets)[slice->at + row];
    return ((const int32_t *)offsets)[slice->at + row];
}

/* Write one value behind its length; `is_escaped` where its column may have something escaped. */
static inline encode_status encode_value(const uint8_t *at, const uint8_t *end, bool as_ucs4, bool is_escaped,
                                         uint8_t **out)
{
    uint8_t *start = *out + BLOCK_VAR_PREFIX;
    uint8_t *stop = start;
    if (as_ucs4 && is_escaped) {
        /* the bytes first, at the end of the room that four times as many have */
        uint8_t *bytes = start + (TEXT_UCS4_WIDTH - 1) * (end - at);
        uint8_t *bytes_end = text_unescape(at, end, bytes);
        stop = text_to_ucs4(bytes, bytes_end, start);
    } else if (as_ucs4) {
        stop = text_to_ucs4(at, end, start);
    } else if (is_escaped) {
        stop = text_unescape(at, end, start);
    } else {
        memcpy(start, at, (size_t)(end - at));
        stop = start + (end - at);
    }
    if (stop == NULL) return ENCODE_NOT_UTF8;
    if (stop - start > BLOCK_LONGEST_VALUE) return ENCODE_TOO_LONG;
    uint16_t n_bytes = (uint16_t)(stop - start);
    memcpy(*out, &n_bytes, sizeof n_bytes);
    *out = stop;
    return ENCODE_OK;
}

static inline encode_status encode_variable(const encode_column *column, const encode_slice *slice, bool for_rows,
                                            uint8_t **out)
{
    bool as_ucs4 = column->type == TAOS_TYPE_NCHAR && !for_rows;
    const uint8_t *validity = encode_validity(slice);
    uint8_t *offsets = *out;
    uint8_t *data = offsets + 4 * (size_t)slice->n_rows;
    *out = data;
    if (column->layout == LAYOUT_NOTHING) {
        memset(offsets, 0xFF, 4 * (size_t)slice->n_rows);
        return ENCODE_OK;
    }
    const uint8_t *bytes = (const uint8_t *)slice->array->buffers[2];
    int64_t first = encode_offset(column, slice, 0), last = encode_offset(column, slice, slice->n_rows);
    bool is_escaped = column->is_text && text_may_be_escaped(bytes + first, bytes + last);
    for (int row = 0; row < slice->n_rows; row++) {
        int64_t next = encode_offset(column, slice, row + 1);
        if (validity != NULL && !encode_bit(validity, slice->at + row)) {
            encode_put32(offsets + 4 * (size_t)row, -1);
        } else {
            encode_put32(offsets + 4 * (size_t)row, (int32_t)(*out - data));
            encode_status status = encode_value(bytes + first, bytes + next, as_ucs4, is_escaped, out);
            if (status != ENCODE_OK) return status;
            if (for_rows) *(*out)++ = 0; /* older clients read NCHAR and JSON up to a NUL */
        }
        first = next;
    }
    return ENCODE_OK;
}

/* ---- blocks ---------------------------------------------------------------------- */

/* Bytes that a column's segment takes at most. */
static inline size_t encode_room(const encode_column *column, const encode_slice *slice)
{
    size_t n_rows = (size_t)slice->n_rows;
    if (column->width > 0) return (n_rows + 7) / 8 + n_rows * (size_t)column->width;
    size_t n_bytes = 0;
    if (column->layout != LAYOUT_NOTHING)
        n_bytes = (size_t)(encode_offset(column, slice, slice->n_rows) - encode_offset(column, slice, 0));
    return n_rows * (4 + BLOCK_VAR_PREFIX + 1) + n_bytes * (column->type == TAOS_TYPE_NCHAR ? TEXT_UCS4_WIDTH : 1);
}

static inline encode_slice encode_slice_of(const struct ArrowArray *batch, int column, int64_t at, int n_rows)
{
    const struct ArrowArray *array = batch->children[column];
    encode_slice slice = {array, batch->offset + array->offset + at, n_rows};
    return slice;
}

static inline size_t encode_block_room(const encode_block *block, const struct ArrowArray *batch, int64_t at)
{
    size_t needed = BLOCK_HEADER + (size_t)block->n_columns * (BLOCK_SCHEMA + BLOCK_LENGTH) + 1;
    for (int i = 0; i < block->n_columns; i++) {
        encode_slice slice = encode_slice_of(batch, i, at, block->n_rows);
        needed += encode_room(&block->columns[i], &slice);
    }
    return needed;
}

static inline bool encode_make_room(encode_block *block, const struct ArrowArray *batch, int64_t at)
{
    size_t needed = encode_block_room(block, batch, at);
    while (needed > BLOCK_LARGEST && block->n_rows > 1) {
        block->n_rows /= 2;
        needed = encode_block_room(block, batch, at);
    }
    if (needed <= block->capacity) return true;
    uint8_t *memory = (uint8_t *)malloc(needed + needed / 4);
    if (memory == NULL) return false;
    free(block->memory);
    block->memory = memory;
    block->capacity = needed + needed / 4;
    return true;
}

static inline void encode_header(encode_block *block, size_t n_bytes)
{
    uint8_t *out = block->memory;
    encode_put32(out, BLOCK_VERSION);
    encode_put32(out + 4, (int32_t)n_bytes);
    encode_put32(out + 8, block->n_rows);
    encode_put32(out + 12, block->n_columns);
    encode_put32(out + 16, BLOCK_HAS_SCHEMA);
    memset(out + 20, 0, 8); /* the group */
    for (int i = 0; i < block->n_columns; i++) {
        const encode_column *column = &block->columns[i];
        size_t head = column->width > 0 ? ((size_t)block->n_rows + 7) / 8 : 4 * (size_t)block->n_rows;
        out[BLOCK_HEADER + BLOCK_SCHEMA * i] = (uint8_t)column->type;
        encode_put32(out + BLOCK_HEADER + BLOCK_SCHEMA * i + 1, column->bytes);
        encode_put32(out + BLOCK_HEADER + BLOCK_SCHEMA * block->n_columns + BLOCK_LENGTH * i,
                     (int32_t)(block->starts[i + 1] - block->starts[i] - head));
    }
}

/* Make the block of `n_rows` rows of the batch, or of fewer where they are wide, from row `at` on. `column` tells which
 * one failed. */
static inline encode_status encode_rows(encode_block *block, const struct ArrowArray *batch, int64_t at, int n_rows,
                                        bool for_rows, int *column)
{
    block->n_rows = n_rows;
    if (!encode_make_room(block, batch, at)) return ENCODE_NO_MEMORY;
    uint8_t *out = block->memory + BLOCK_HEADER + (size_t)block->n_columns * (BLOCK_SCHEMA + BLOCK_LENGTH);
    for (int i = 0; i < block->n_columns; i++) {
        const encode_column *described = &block->columns[i];
        encode_slice slice = encode_slice_of(batch, i, at, block->n_rows);
        encode_status status = ENCODE_OK;
        block->starts[i] = (size_t)(out - block->memory);
        if (described->width > 0)
            out = encode_fixed(described, &slice, out);
        else
            status = encode_variable(described, &slice, for_rows, &out);
        if (status != ENCODE_OK) {
            *column = i;
            return status;
        }
    }
    block->starts[block->n_columns] = (size_t)(out - block->memory);
    *out++ = 0;
    encode_header(block, (size_t)(out - block->memory));
    return ENCODE_OK;
}

#endif
