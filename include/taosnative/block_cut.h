/* block_cut: rows of some blocks as one block, for who wants batches of another size than the driver's.
 *
 * It writes what block.h reads: a column's nulls and data are gathered apart, and laid one behind the other at the end.
 * Equal neighbours that lie once in the source lie once here. */
#ifndef TAOSNATIVE_BLOCK_CUT_H
#define TAOSNATIVE_BLOCK_CUT_H

#include "taosnative/block.h"
#include "taosnative/memory.h"

enum { TAOSNATIVE_CUT_NO_MEMORY = -1 };

/* A column that is being gathered. */
typedef struct taosnative_cut {
    taosnative_memory nulls; /* as in a block: a bitmap, or offsets */
    taosnative_memory data;
    int64_t n_data;
    uint8_t scale; /* of a DECIMAL, in the first block */
} taosnative_cut;

static inline int64_t taosnative_cut_nulls(const taosnative_layout *layout, int64_t n_rows) {
    return layout->variable ? 4 * n_rows : (n_rows + 7) / 8;
}

static inline int taosnative_cut_fixed(const taosnative_layout *layout, const taosnative_segment *segment, int64_t start,
                                       int64_t stop, int64_t n_before, taosnative_cut *out,
                                       const taosnative_memory_functions *memory) {
    const size_t width = layout->width, n_bytes = (size_t)(stop - start) * width;
    const size_t first = (size_t)(n_before + 7) / 8, end = (size_t)(n_before + stop - start + 7) / 8;
    if (start == stop) return TAOSNATIVE_SOUND;
    if (memory->reserve(&out->nulls, end) != 0 || memory->reserve(&out->data, (size_t)out->n_data + n_bytes) != 0)
        return TAOSNATIVE_CUT_NO_MEMORY;
    memset(out->nulls.bytes + first, 0, end - first);
    for (int64_t row = start; row < stop; row++) {
        const int64_t at = n_before + row - start;
        if (segment->nulls[row >> 3] & 0x80u >> (row & 7)) out->nulls.bytes[at >> 3] |= (uint8_t)(0x80u >> (at & 7));
    }
    memcpy(out->data.bytes + out->n_data, segment->data + (size_t)start * width, n_bytes);
    out->n_data += (int64_t)n_bytes;
    return TAOSNATIVE_SOUND;
}

static inline int taosnative_cut_variable(const taosnative_layout *layout, const taosnative_segment *segment,
                                          int32_t column, int64_t start, int64_t stop, int64_t n_before,
                                          taosnative_cut *out, const taosnative_memory_functions *memory,
                                          taosnative_fault *fault) {
    const uint8_t *value, *last = NULL;
    int64_t n_value;
    const int32_t null = -1;
    int32_t offset = -1;
    if (memory->reserve(&out->nulls, (size_t)(n_before + stop - start) * sizeof offset) != 0)
        return TAOSNATIVE_CUT_NO_MEMORY;
    for (int64_t row = start; row < stop; row++) {
        const int64_t at = n_before + row - start;
        const int code = taosnative_value(segment, layout, column, row, &value, &n_value, fault);
        if (code != TAOSNATIVE_SOUND) return code;
        if (value != NULL && value != last) {
            const int64_t n_bytes = layout->width + n_value, end = out->n_data + n_bytes;
            if (end > INT32_MAX)
                return taosnative_fail_at(fault, TAOSNATIVE_FAULT_ROOM, column, row, segment->at, end, INT32_MAX);
            if (memory->reserve(&out->data, (size_t)end) != 0) return TAOSNATIVE_CUT_NO_MEMORY;
            memcpy(out->data.bytes + out->n_data, value - layout->width, (size_t)n_bytes);
            offset = (int32_t)out->n_data;
            out->n_data = end;
            last = value;
        }
        memcpy(out->nulls.bytes + 4 * at, value != NULL ? (const void *)&offset : (const void *)&null, sizeof offset);
    }
    return TAOSNATIVE_SOUND;
}

/* Puts the rows from `start` to `stop` of a segment behind the `n_before` that are there. */
static inline int taosnative_cut_add(const taosnative_layout *layout, const taosnative_segment *segment, int32_t column,
                                     int64_t start, int64_t stop, int64_t n_before, taosnative_cut *out,
                                     const taosnative_memory_functions *memory, taosnative_fault *fault) {
    if (n_before == 0) out->scale = segment->scale;
    if (segment->scale != out->scale)
        return taosnative_fail_at(fault, TAOSNATIVE_FAULT_SCALE, column, -1, segment->at, segment->scale, out->scale);
    return layout->variable
               ? taosnative_cut_variable(layout, segment, column, start, stop, n_before, out, memory, fault)
               : taosnative_cut_fixed(layout, segment, start, stop, n_before, out, memory);
}

/* How long the block will be; more than INT32_MAX cannot be told in one. */
static inline int64_t taosnative_cut_length(const taosnative_layout *layouts, const taosnative_cut *cuts,
                                            int32_t n_columns, int64_t n_rows) {
    int64_t length = TAOSNATIVE_BLOCK_HEADER + (int64_t)TAOSNATIVE_BLOCK_COLUMN * n_columns + 1;
    for (int32_t i = 0; i < n_columns; i++) length += taosnative_cut_nulls(&layouts[i], n_rows) + cuts[i].n_data;
    return length;
}

/* Writes the block; `header` is the first that rows came of, whose types are this one's. */
static inline void taosnative_cut_write(const uint8_t *header, const taosnative_layout *layouts,
                                        const taosnative_cut *cuts, int32_t n_columns, int64_t n_rows, uint8_t *out) {
    const int32_t length = (int32_t)taosnative_cut_length(layouts, cuts, n_columns, n_rows), rows = (int32_t)n_rows;
    const size_t types = TAOSNATIVE_BLOCK_HEADER + (size_t)TAOSNATIVE_BLOCK_TYPE * (size_t)n_columns;
    memcpy(out, header, types);
    memcpy(out + 4, &length, sizeof length);
    memcpy(out + 8, &rows, sizeof rows);
    uint8_t *at = out + types + 4 * (size_t)n_columns;
    for (int32_t i = 0; i < n_columns; i++) {
        const size_t n_nulls = (size_t)taosnative_cut_nulls(&layouts[i], n_rows);
        const int32_t n_data = (int32_t)cuts[i].n_data;
        memcpy(out + types + 4 * (size_t)i, &n_data, sizeof n_data);
        if (n_nulls > 0) memcpy(at, cuts[i].nulls.bytes, n_nulls);
        if (n_data > 0) memcpy(at + n_nulls, cuts[i].data.bytes, (size_t)n_data);
        at += n_nulls + (size_t)n_data;
    }
    *at = 0;
}

#endif
