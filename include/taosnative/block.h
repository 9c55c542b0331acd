/* block: a bounds-checked reader of taosc's raw block.
 *
 * This header alone knows how a block lies in memory.  All of it is little-endian and packed, without alignment:
 *
 *     int32 version, int32 bytes in all, int32 rows, int32 columns, int32 flags, uint64 group
 *     for each column: int8 type, int32 declared bytes
 *     for each column: int32 bytes of its data
 *     for each column, fixed width:     a bitmap of NULLs (first row highest bit), then data: a value a row
 *                      variable width:  an int32 offset a row (-1: NULL), then data: a length and bytes at each offset
 *     a byte of no meaning to us, which old versions lack
 *
 * A block is hostile until proven: nothing is read before it is known to lie inside.  Sizes are computed in int64_t,
 * where no product of what a block can say overflows.  What is wrong is told in a `taosnative_fault`. */
#ifndef TAOSNATIVE_BLOCK_H
#define TAOSNATIVE_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "taosnative reads blocks on little-endian platforms only"
#endif

enum {
    TAOSNATIVE_BLOCK_HEADER = 28, /* bytes before the columns' types */
    TAOSNATIVE_BLOCK_COLUMN = 9,  /* bytes of a column's type, declared bytes and data bytes */
    TAOSNATIVE_BLOCK_TYPE = 5     /* bytes of a column's type and declared bytes */
};

enum taosnative_fault_code {
    TAOSNATIVE_SOUND = 0,
    TAOSNATIVE_FAULT_HEADER,   /* fewer bytes than a header */
    TAOSNATIVE_FAULT_VERSION,  /* neither 1 nor 2 */
    TAOSNATIVE_FAULT_LENGTH,   /* the length that it tells is too small, or more than there is */
    TAOSNATIVE_FAULT_ROWS,     /* a negative number of rows, or another than the driver told */
    TAOSNATIVE_FAULT_COLUMNS,  /* another number of columns than the result has */
    TAOSNATIVE_FAULT_FLAGS,    /* it does not tell the columns' types */
    TAOSNATIVE_FAULT_TYPE,     /* a column is of another type than the result's */
    TAOSNATIVE_FAULT_WIDTH,    /* a column of fixed width declares another width */
    TAOSNATIVE_FAULT_DATA,     /* the number of a column's data bytes does not fit its rows */
    TAOSNATIVE_FAULT_END,      /* a column passes the end of the block */
    TAOSNATIVE_FAULT_OFFSET,   /* a value begins outside its column */
    TAOSNATIVE_FAULT_VALUE,    /* a value ends outside its column */
    TAOSNATIVE_FAULT_BOOL,     /* a BOOL is neither 0 nor 1 */
    TAOSNATIVE_FAULT_UNIT,     /* the bytes of an NCHAR are no multiple of four */
    TAOSNATIVE_FAULT_DECIMAL,  /* a DECIMAL's digits are out of range */
    TAOSNATIVE_FAULT_SCALE,    /* a DECIMAL has another scale than the result tells */
    TAOSNATIVE_FAULT_NULL,     /* no damage: a NULL where the caller wants none */
    TAOSNATIVE_FAULT_TEXT,     /* no damage: text that is none, from a byte of the value on */
    TAOSNATIVE_FAULT_ROOM      /* no damage: more bytes of a column than the caller has room for */
};

typedef struct taosnative_fault {
    int code;         /* enum taosnative_fault_code */
    int32_t column;   /* -1: the block as a whole */
    int64_t row;      /* in this block; -1: the column as a whole */
    int64_t at;       /* byte of the block */
    int64_t found;    /* the number at fault */
    int64_t expected; /* what it should be, or its bound */
} taosnative_fault;

typedef struct taosnative_block {
    const uint8_t *bytes;
    int64_t n_bytes;
    int64_t n_rows;
    int32_t n_columns;
    int64_t at; /* where the next column's segment begins */
} taosnative_block;

/* What a column must be. */
typedef struct taosnative_layout {
    uint8_t type;   /* taosc's code */
    bool variable;  /* else of fixed width */
    bool decimal;   /* the declared bytes are scale, digits, 0, width */
    uint8_t width;  /* bytes of a value; of the length before each where `variable` */
    uint8_t unit;   /* bytes that a value's length must be a multiple of, where `variable`: 4 in UCS-4, else 1 */
} taosnative_layout;

/* A column's part of a block.  Borrowed: it lives as long as the block. */
typedef struct taosnative_segment {
    const uint8_t *nulls; /* the bitmap, or the offsets where the layout is variable */
    const uint8_t *data;
    int64_t n_data;
    int64_t at;       /* byte of the block where `nulls` begins */
    uint8_t digits;   /* of a DECIMAL */
    uint8_t scale;    /* of a DECIMAL */
} taosnative_segment;

static inline int32_t taosnative_i32(const uint8_t *at) {
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t taosnative_length(const uint8_t *at, int width) {
    uint32_t value = 0;
    memcpy(&value, at, (size_t)width);
    return value;
}

static inline int taosnative_fail(taosnative_fault *fault, int code, int64_t at, int64_t found, int64_t expected) {
    *fault = (taosnative_fault){.code = code, .column = -1, .row = -1, .at = at, .found = found, .expected = expected};
    return code;
}

static inline int taosnative_fail_at(taosnative_fault *fault, int code, int32_t column, int64_t row, int64_t at,
                                     int64_t found, int64_t expected) {
    taosnative_fail(fault, code, at, found, expected);
    fault->column = column;
    fault->row = row;
    return code;
}

/* Reads the header.  `n_bytes` is how much memory there is, or negative where only the block itself knows (28 bytes are
 * then trusted to be there); `n_rows` is what the driver said, or negative. */
static inline int taosnative_block_open(taosnative_block *block, const void *bytes, int64_t n_bytes, int64_t n_rows,
                                        int32_t n_columns, taosnative_fault *fault) {
    const uint8_t *header = (const uint8_t *)bytes;
    if (header == NULL || (n_bytes >= 0 && n_bytes < TAOSNATIVE_BLOCK_HEADER))
        return taosnative_fail(fault, TAOSNATIVE_FAULT_HEADER, 0, header == NULL ? 0 : n_bytes,
                               TAOSNATIVE_BLOCK_HEADER);

    const int32_t version = taosnative_i32(header);
    const int64_t length = taosnative_i32(header + 4);
    const int64_t rows = taosnative_i32(header + 8);
    const int32_t columns = taosnative_i32(header + 12);
    const int32_t flags = taosnative_i32(header + 16);
    const int64_t segments = TAOSNATIVE_BLOCK_HEADER + (int64_t)TAOSNATIVE_BLOCK_COLUMN * n_columns;

    if (version != 1 && version != 2) return taosnative_fail(fault, TAOSNATIVE_FAULT_VERSION, 0, version, 2);
    if (n_bytes >= 0 && length > n_bytes) return taosnative_fail(fault, TAOSNATIVE_FAULT_LENGTH, 4, length, n_bytes);
    if (rows < 0 || (n_rows >= 0 && rows != n_rows))
        return taosnative_fail(fault, TAOSNATIVE_FAULT_ROWS, 8, rows, n_rows);
    if (columns != n_columns) return taosnative_fail(fault, TAOSNATIVE_FAULT_COLUMNS, 12, columns, n_columns);
    if (flags >= 0) return taosnative_fail(fault, TAOSNATIVE_FAULT_FLAGS, 16, flags, INT32_MIN);
    if (length < segments) return taosnative_fail(fault, TAOSNATIVE_FAULT_LENGTH, 4, length, segments);

    *block = (taosnative_block){
        .bytes = header, .n_bytes = length, .n_rows = rows, .n_columns = columns, .at = segments};
    return TAOSNATIVE_SOUND;
}

static inline int taosnative_check_decimal(const taosnative_layout *layout, int32_t column, int64_t at, uint32_t word,
                                           taosnative_segment *segment, taosnative_fault *fault) {
    const int most = layout->width == 16 ? 38 : 18;
    segment->scale = (uint8_t)(word & 0xFF);
    segment->digits = (uint8_t)(word >> 8 & 0xFF);
    if (word >> 24 != layout->width)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_WIDTH, column, -1, at, word >> 24, layout->width);
    if (segment->digits < 1 || segment->digits > most)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_DECIMAL, column, -1, at, segment->digits, most);
    if (segment->scale > segment->digits)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_DECIMAL, column, -1, at, segment->scale, segment->digits);
    return TAOSNATIVE_SOUND;
}

/* Takes the segment of the next column, which is number `column`: call it for each, in order. */
static inline int taosnative_block_take(taosnative_block *block, int32_t column, const taosnative_layout *layout,
                                        taosnative_segment *segment, taosnative_fault *fault) {
    const int64_t types_at = TAOSNATIVE_BLOCK_HEADER, a_type = TAOSNATIVE_BLOCK_TYPE;
    const int64_t type_at = types_at + a_type * column;
    const int64_t length_at = types_at + a_type * block->n_columns + 4 * (int64_t)column;
    const uint8_t type = block->bytes[type_at];
    const int32_t declared = taosnative_i32(block->bytes + type_at + 1);
    const int64_t n_data = taosnative_i32(block->bytes + length_at);
    const int64_t n_nulls = layout->variable ? 4 * block->n_rows : (block->n_rows + 7) / 8;

    *segment = (taosnative_segment){.at = block->at, .n_data = n_data};
    if (type != layout->type)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_TYPE, column, -1, type_at, type, layout->type);
    if (layout->decimal) {
        const int code = taosnative_check_decimal(layout, column, type_at + 1, (uint32_t)declared, segment, fault);
        if (code != TAOSNATIVE_SOUND) return code;
    } else if (!layout->variable && declared != layout->width) {
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_WIDTH, column, -1, type_at + 1, declared, layout->width);
    }
    if (n_data < 0 || (!layout->variable && n_data != block->n_rows * layout->width))
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_DATA, column, -1, length_at, n_data,
                                  layout->variable ? 0 : block->n_rows * layout->width);
    if (n_nulls + n_data > block->n_bytes - block->at)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_END, column, -1, block->at, n_nulls + n_data,
                                  block->n_bytes - block->at);

    segment->nulls = block->bytes + block->at;
    segment->data = segment->nulls + n_nulls;
    block->at += n_nulls + n_data;
    return TAOSNATIVE_SOUND;
}

/* Finds the value of a row: its first byte and their number, or NULL and -1 where it is NULL. */
static inline int taosnative_value(const taosnative_segment *segment, const taosnative_layout *layout, int32_t column,
                                   int64_t row, const uint8_t **value, int64_t *n_value, taosnative_fault *fault) {
    *value = NULL;
    *n_value = -1;
    if (!layout->variable) {
        if (segment->nulls[row >> 3] & 0x80u >> (row & 7)) return TAOSNATIVE_SOUND;
        *value = segment->data + row * layout->width;
        *n_value = layout->width;
        return TAOSNATIVE_SOUND;
    }
    const int64_t offset = taosnative_i32(segment->nulls + 4 * row);
    if (offset == -1) return TAOSNATIVE_SOUND;
    if (offset < 0 || offset > segment->n_data - layout->width)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_OFFSET, column, row, segment->at + 4 * row, offset,
                                  segment->n_data - layout->width);

    const uint8_t *const at = segment->data + offset;
    const int64_t length = taosnative_length(at, layout->width);
    const int64_t room = segment->n_data - layout->width - offset;
    const int64_t value_at = segment->at + (segment->data - segment->nulls) + offset;
    if (length > room) return taosnative_fail_at(fault, TAOSNATIVE_FAULT_VALUE, column, row, value_at, length, room);
    if (length % layout->unit != 0)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_UNIT, column, row, value_at, length, layout->unit);
    *value = at + layout->width;
    *n_value = length;
    return TAOSNATIVE_SOUND;
}

#endif
