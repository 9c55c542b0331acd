/* arrow_columns: a column's segment of a block into Arrow's buffers, behind the rows that are there.
 *
 * Needs no GIL.  What it reads was taken by block.h; values of variable width are checked here, each. */
#ifndef TAOSNATIVE_ARROW_COLUMNS_H
#define TAOSNATIVE_ARROW_COLUMNS_H

#include "taosnative/block.h"
#include "taosnative/columns.h"
#include "taosnative/memory.h"
#include "taosnative/text.h"

enum { TAOSNATIVE_NO_MEMORY = -1 };

enum {
    TAOSNATIVE_ARROW_SLACK = 8,           /* bytes behind every buffer, so that bits and ends need no care */
    TAOSNATIVE_ARROW_OFFSETS = INT32_MAX  /* the most bytes that a column's offsets can tell */
};

enum taosnative_arrow_form {
    TAOSNATIVE_ARROW_NONE,    /* not wanted: its segment is skipped */
    TAOSNATIVE_ARROW_FIXED,   /* values as they lie in the block */
    TAOSNATIVE_ARROW_BITS,    /* BOOL: a bit a value */
    TAOSNATIVE_ARROW_DECIMAL, /* sixteen bytes a value */
    TAOSNATIVE_ARROW_BYTES,   /* offsets and bytes */
    TAOSNATIVE_ARROW_UTF8,    /* offsets and UTF-8, of UTF-8 */
    TAOSNATIVE_ARROW_UCS4     /* offsets and UTF-8, of UCS-4 */
};

/* What becomes of a column. */
typedef struct taosnative_arrow_column {
    taosnative_layout layout;
    int form;          /* enum taosnative_arrow_form */
    int scale;         /* of a DECIMAL, as the result tells it */
    bool replaces;     /* text that is no text becomes U+FFFD; else it is a fault */
    bool refuses_null; /* a NULL is a fault */
} taosnative_arrow_column;

/* What Arrow calls an array's buffers; `offsets` is int32. */
typedef struct taosnative_arrow_buffers {
    int64_t n_nulls;
    int64_t n_bytes; /* of `values`, where there are offsets */
    taosnative_memory validity;
    taosnative_memory offsets; /* none where the width is fixed */
    taosnative_memory values;
} taosnative_arrow_buffers;

static inline void taosnative_arrow_free(taosnative_arrow_buffers *buffers, const taosnative_memory_functions *memory) {
    memory->free(&buffers->validity);
    memory->free(&buffers->offsets);
    memory->free(&buffers->values);
}

/* ---- bits ---------------------------------------------------------------------------------------------------------- */

/* Makes room for `n` bits behind those that are there, all 0. */
static inline int taosnative_arrow_room_for_bits(taosnative_memory *bits, int64_t n_before, int64_t n,
                                                 const taosnative_memory_functions *memory) {
    const size_t first = (size_t)(n_before + 7) / 8, end = (size_t)(n_before + n) / 8 + TAOSNATIVE_ARROW_SLACK;
    if (memory->reserve(bits, end) != 0) return TAOSNATIVE_NO_MEMORY;
    memset(bits->bytes + first, 0, end - first);
    return TAOSNATIVE_SOUND;
}

/* Sets eight bits, lowest first, at any place where there are 0s. */
static inline void taosnative_arrow_put_bits(uint8_t *bits, int64_t at, unsigned eight) {
    const unsigned shifted = eight << (at & 7);
    bits[at >> 3] |= (uint8_t)shifted;
    bits[(at >> 3) + 1] |= (uint8_t)(shifted >> 8);
}

/* Eight bits in the other order. */
static inline unsigned taosnative_arrow_reverse(unsigned bits) {
    bits = (bits & 0xF0) >> 4 | (bits & 0x0F) << 4;
    bits = (bits & 0xCC) >> 2 | (bits & 0x33) << 2;
    return (bits & 0xAA) >> 1 | (bits & 0x55) << 1;
}

/* A block's bitmap (NULLs, first row highest) as Arrow's (values, first row lowest), from bit `n_before` on.  Gives the
 * number of NULLs. */
static inline int64_t taosnative_arrow_validity(const uint8_t *bitmap, int64_t n_before, int64_t n_rows,
                                                uint8_t *validity) {
    int64_t n_nulls = 0;
    for (int64_t byte = 0; byte < (n_rows + 7) / 8; byte++) {
        if ((n_before & 7) == 0) { /* bytes meet bytes: those without a NULL go at once */
            const int64_t next = taosnative_next_nulls(bitmap, n_rows, byte);
            const int64_t whole = next < n_rows / 8 ? next : n_rows / 8;
            if (whole > byte) memset(validity + n_before / 8 + byte, 0xFF, (size_t)(whole - byte));
            if (whole > byte) byte = whole;
            if (byte >= (n_rows + 7) / 8) break;
        }
        const int64_t left = n_rows - 8 * byte;
        const unsigned nulls = taosnative_nulls(bitmap, n_rows, byte), all = left >= 8 ? 0xFF : 0xFFu >> (8 - left);
        taosnative_arrow_put_bits(validity, n_before + 8 * byte, all & ~taosnative_arrow_reverse(nulls));
        for (unsigned rest = nulls; rest != 0; rest &= rest - 1) n_nulls++;
    }
    return n_nulls;
}

/* BOOLs as bits.  Gives the first row whose value is neither 0 nor 1 and no NULL, or -1. */
static inline int64_t taosnative_arrow_bits(const uint8_t *bitmap, const uint8_t *values, int64_t n_before,
                                            int64_t n_rows, uint8_t *bits) {
    for (int64_t row = 0; row < n_rows; row += 8) {
        const int64_t n = n_rows - row < 8 ? n_rows - row : 8;
        uint64_t eight = 0;
        memcpy(&eight, values + row, (size_t)n);
        if (eight & ~UINT64_C(0x0101010101010101)) { /* a NULL's value is anything */
            for (int64_t i = 0; i < n; i++) {
                const unsigned is_null = bitmap[row >> 3] >> (7 - i) & 1;
                if (values[row + i] > 1 && !is_null) return row + i;
            }
            eight &= UINT64_C(0x0101010101010101);
        }
        /* Byte i has its bit carried to bit i of the highest byte. */
        taosnative_arrow_put_bits(bits, n_before + row, (unsigned)(eight * UINT64_C(0x0102040810204080) >> 56));
    }
    return -1;
}

/* ---- fixed width --------------------------------------------------------------------------------------------------- */

/* Integers of `width` bytes to sixteen, with their sign. */
static inline void taosnative_arrow_widen(const uint8_t *values, int width, int64_t n_rows, uint8_t *out) {
    for (int64_t row = 0; row < n_rows; row++) {
        const uint8_t *const value = values + row * width;
        memset(out + 16 * row, value[width - 1] & 0x80 ? 0xFF : 0, 16);
        memcpy(out + 16 * row, value, (size_t)width);
    }
}

static inline int taosnative_arrow_fixed(const taosnative_arrow_column *what, const taosnative_segment *segment,
                                         int32_t column, int64_t n_before, int64_t n_rows,
                                         taosnative_arrow_buffers *out, const taosnative_memory_functions *memory,
                                         taosnative_fault *fault) {
    const int width = what->form == TAOSNATIVE_ARROW_DECIMAL ? 16 : what->layout.width;
    out->n_nulls += taosnative_arrow_validity(segment->nulls, n_before, n_rows, out->validity.bytes);
    if (what->form == TAOSNATIVE_ARROW_BITS) {
        if (taosnative_arrow_room_for_bits(&out->values, n_before, n_rows, memory) != 0) return TAOSNATIVE_NO_MEMORY;
        const int64_t row =
            taosnative_arrow_bits(segment->nulls, segment->data, n_before, n_rows, out->values.bytes);
        return row < 0 ? TAOSNATIVE_SOUND
                       : taosnative_fail_at(fault, TAOSNATIVE_FAULT_BOOL, column, row, segment->at, segment->data[row], 1);
    }
    if (memory->reserve(&out->values, (size_t)((n_before + n_rows) * width + TAOSNATIVE_ARROW_SLACK)) != 0)
        return TAOSNATIVE_NO_MEMORY;
    uint8_t *const values = out->values.bytes + n_before * width;
    if (what->form == TAOSNATIVE_ARROW_FIXED) {
        memmove(values, segment->data, (size_t)(n_rows * width)); /* for the reason that columns.h gives */
        return TAOSNATIVE_SOUND;
    }
    if (segment->scale != what->scale)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_SCALE, column, -1, segment->at, segment->scale, what->scale);
    taosnative_arrow_widen(segment->data, what->layout.width, n_rows, values);
    return TAOSNATIVE_SOUND;
}

/* ---- variable width ------------------------------------------------------------------------------------------------ */

/* Writes a value where there is room: its bytes, or, negative, -1 - the place of what is no text. */
static inline int64_t taosnative_arrow_write(const taosnative_arrow_column *what, const uint8_t *value, int64_t n_value,
                                             uint8_t *out) {
    if (what->form == TAOSNATIVE_ARROW_UTF8) return taosnative_utf8_of_utf8(value, n_value, what->replaces, out);
    if (what->form == TAOSNATIVE_ARROW_UCS4) return taosnative_utf8_of_ucs4(value, n_value, what->replaces, out);
    memcpy(out, value, (size_t)n_value);
    return n_value;
}

static inline int taosnative_arrow_variable(const taosnative_arrow_column *what, const taosnative_segment *segment,
                                            int32_t column, int64_t n_before, int64_t n_rows,
                                            taosnative_arrow_buffers *out, const taosnative_memory_functions *memory,
                                            taosnative_fault *fault) {
    const int growth = what->form == TAOSNATIVE_ARROW_UTF8 && what->replaces ? TAOSNATIVE_UTF8_GROWTH : 1;
    const uint8_t *value;
    int64_t n_value;
    if (memory->reserve(&out->offsets, ((size_t)(n_before + n_rows) + 1) * sizeof(int32_t)) != 0 ||
        memory->reserve(&out->values, (size_t)(out->n_bytes + segment->n_data) + TAOSNATIVE_ARROW_SLACK) != 0)
        return TAOSNATIVE_NO_MEMORY;
    int32_t *const offsets = (int32_t *)out->offsets.bytes + n_before;
    offsets[0] = (int32_t)out->n_bytes;
    for (int64_t row = 0; row < n_rows; row++) {
        int code = taosnative_value(segment, &what->layout, column, row, &value, &n_value, fault);
        if (code != TAOSNATIVE_SOUND) return code;
        if (value == NULL) {
            out->n_nulls++;
        } else {
            const int64_t most = out->n_bytes + n_value * growth; /* values may overlap, and be more than the data */
            if (most > (int64_t)out->values.capacity && memory->reserve(&out->values, (size_t)most) != 0)
                return TAOSNATIVE_NO_MEMORY;
            const int64_t n = taosnative_arrow_write(what, value, n_value, out->values.bytes + out->n_bytes);
            if (n < 0)
                return taosnative_fail_at(fault, TAOSNATIVE_FAULT_TEXT, column, row, segment->at + 4 * row, -1 - n, 0);
            if (out->n_bytes + n > TAOSNATIVE_ARROW_OFFSETS)
                return taosnative_fail_at(fault, TAOSNATIVE_FAULT_ROOM, column, row, segment->at, out->n_bytes + n,
                                          TAOSNATIVE_ARROW_OFFSETS);
            out->n_bytes += n;
            out->validity.bytes[(n_before + row) >> 3] |= (uint8_t)(1u << ((n_before + row) & 7));
        }
        offsets[row + 1] = (int32_t)out->n_bytes;
    }
    return TAOSNATIVE_SOUND;
}

/* The first row of a segment that is NULL, or -1. */
static inline int64_t taosnative_arrow_first_null(const taosnative_layout *layout, const taosnative_segment *segment,
                                                  int64_t n_rows) {
    if (!layout->variable) return taosnative_first_null(segment->nulls, n_rows);
    for (int64_t row = 0; row < n_rows; row++)
        if (taosnative_i32(segment->nulls + 4 * row) == -1) return row;
    return -1;
}

/* Puts a segment's rows behind the `n_before` that are there.  Gives a fault's code, or TAOSNATIVE_NO_MEMORY: then the
 * buffers are to be freed. */
static inline int taosnative_arrow_decode(const taosnative_arrow_column *what, const taosnative_segment *segment,
                                          int32_t column, int64_t n_before, int64_t n_rows,
                                          taosnative_arrow_buffers *out, const taosnative_memory_functions *memory,
                                          taosnative_fault *fault) {
    if (what->refuses_null) {
        const int64_t row = taosnative_arrow_first_null(&what->layout, segment, n_rows);
        if (row >= 0) return taosnative_fail_at(fault, TAOSNATIVE_FAULT_NULL, column, row, segment->at, 0, 0);
    }
    if (taosnative_arrow_room_for_bits(&out->validity, n_before, n_rows, memory) != 0) return TAOSNATIVE_NO_MEMORY;
    return (what->layout.variable ? taosnative_arrow_variable : taosnative_arrow_fixed)(
        what, segment, column, n_before, n_rows, out, memory, fault);
}

#endif
