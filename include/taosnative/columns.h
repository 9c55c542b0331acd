/* columns: kernels over the parts of a block that are already known to lie inside it.
 *
 * They work on whole columns and know no Python.  Sources may be unaligned; destinations are aligned. */
#ifndef TAOSNATIVE_COLUMNS_H
#define TAOSNATIVE_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Eight rows of a bitmap of NULLs, first row highest; bits behind the last row, which may be anything, are cleared. */
static inline unsigned taosnative_nulls(const uint8_t *bitmap, int64_t n_rows, int64_t byte) {
    const int64_t left = n_rows - 8 * byte;
    return left >= 8 ? bitmap[byte] : bitmap[byte] & (0xFF00u >> left & 0xFF);
}

/* The number of the first byte with a NULL, from `byte` on; behind the last byte when there is none. */
static inline int64_t taosnative_next_nulls(const uint8_t *bitmap, int64_t n_rows, int64_t byte) {
    const int64_t n_bytes = (n_rows + 7) / 8;
    uint64_t eight;
    for (; byte + 8 < n_bytes; byte += 8) {
        memcpy(&eight, bitmap + byte, sizeof eight);
        if (eight != 0) break;
    }
    while (byte < n_bytes && taosnative_nulls(bitmap, n_rows, byte) == 0) byte++;
    return byte;
}

/* The first row that is NULL, or -1. */
static inline int64_t taosnative_first_null(const uint8_t *bitmap, int64_t n_rows) {
    const int64_t byte = taosnative_next_nulls(bitmap, n_rows, 0);
    if (byte >= (n_rows + 7) / 8) return -1;
    const unsigned nulls = taosnative_nulls(bitmap, n_rows, byte);
    int64_t row = 8 * byte;
    while (!(nulls & 0x80u >> (row & 7))) row++;
    return row;
}

/* Eight rows of a bitmap as eight bytes: 1 where the row is NULL. */
static inline void taosnative_expand_eight(unsigned nulls, uint8_t mask[8]) {
    /* Each byte gets a copy of all bits and keeps its own, which adding 0x7F carries to the top. */
    uint64_t eight = nulls * UINT64_C(0x0101010101010101) & UINT64_C(0x0102040810204080);
    eight = (eight + UINT64_C(0x7F7F7F7F7F7F7F7F)) >> 7 & UINT64_C(0x0101010101010101);
    memcpy(mask, &eight, sizeof eight);
}

/* Expands a bitmap to a byte a row: 1 where the row is NULL. */
static inline void taosnative_expand(const uint8_t *bitmap, int64_t n_rows, uint8_t *mask) {
    int64_t byte = taosnative_next_nulls(bitmap, n_rows, 0);
    memset(mask, 0, (size_t)n_rows);
    for (; byte < n_rows / 8; byte = taosnative_next_nulls(bitmap, n_rows, byte + 1))
        taosnative_expand_eight(bitmap[byte], mask + 8 * byte);
    if (8 * byte < n_rows) {
        uint8_t last[8];
        taosnative_expand_eight(bitmap[byte], last);
        memcpy(mask + 8 * byte, last, (size_t)(n_rows - 8 * byte));
    }
}

/* No branch on a single row: where NULLs are many, none could be foretold. */
#define TAOSNATIVE_BLANK(type)                                                                                         \
    static inline void taosnative_blank_rows_##type(unsigned nulls, int n, type blank, type *values) {                 \
        uint8_t mask[8];                                                                                               \
        taosnative_expand_eight(nulls, mask);                                                                          \
        for (int row = 0; row < n; row++) {                                                                            \
            const type is_null = (type)(0 - (type)mask[row]);                                                          \
            values[row] = (type)((values[row] & (type)~is_null) | (blank & is_null));                                  \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static inline void taosnative_blank_##type(const uint8_t *bitmap, int64_t n_rows, type blank, type *values) {      \
        int64_t byte = taosnative_next_nulls(bitmap, n_rows, 0);                                                       \
        for (; byte < n_rows / 8; byte = taosnative_next_nulls(bitmap, n_rows, byte + 1))                              \
            taosnative_blank_rows_##type(bitmap[byte], 8, blank, values + 8 * byte);                                   \
        if (8 * byte < n_rows)                                                                                         \
            taosnative_blank_rows_##type(bitmap[byte], (int)(n_rows - 8 * byte), blank, values + 8 * byte);            \
    }
TAOSNATIVE_BLANK(uint8_t)
TAOSNATIVE_BLANK(uint16_t)
TAOSNATIVE_BLANK(uint32_t)
TAOSNATIVE_BLANK(uint64_t)
#undef TAOSNATIVE_BLANK

/* Copies a column of fixed width (1, 2, 4 or 8 bytes) and writes `blank` where a row is NULL, since a block has
 * anything there. */
static inline void taosnative_copy(const uint8_t *bitmap, const uint8_t *data, int64_t n_rows, int width,
                                   uint64_t blank, void *values) {
    /* libc knows the fastest way on each processor and calls it here; of a memcpy compilers make string instructions of
     * their own, which are slow at the odd addresses that a block has. */
    memmove(values, data, (size_t)(n_rows * width));
    switch (width) {
        case 1: taosnative_blank_uint8_t(bitmap, n_rows, (uint8_t)blank, (uint8_t *)values); break;
        case 2: taosnative_blank_uint16_t(bitmap, n_rows, (uint16_t)blank, (uint16_t *)values); break;
        case 4: taosnative_blank_uint32_t(bitmap, n_rows, (uint32_t)blank, (uint32_t *)values); break;
        case 8: taosnative_blank_uint64_t(bitmap, n_rows, blank, (uint64_t *)values); break;
    }
}

/* The first byte that is neither 0 nor 1, or -1. */
static inline int64_t taosnative_first_not_bool(const uint8_t *values, int64_t n_rows) {
    uint8_t bits = 0;
    for (int64_t row = 0; row < n_rows; row++) bits |= values[row];
    if (bits <= 1) return -1;
    int64_t row = 0;
    while (values[row] <= 1) row++;
    return row;
}

enum { TAOSNATIVE_DECIMAL_TEXT = 64 }; /* bytes that hold any DECIMAL as text */

/* Writes an integer of 8 or 16 bytes, two's complement, with its point `scale` (0 to 38) digits from the right; gives
 * the number of bytes written, with no NUL. */
static inline int taosnative_decimal(const uint8_t *value, int width, int scale, char text[TAOSNATIVE_DECIMAL_TEXT]) {
    uint32_t limbs[4]; /* the magnitude, lowest first */
    const bool negative = (value[width - 1] & 0x80) != 0;
    memset(limbs, negative ? 0xFF : 0, sizeof limbs);
    memcpy(limbs, value, (size_t)width);
    uint64_t carry = 1;
    for (int i = 0; negative && i < 4; i++) {
        carry += (uint32_t)~limbs[i];
        limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }

    char digits[TAOSNATIVE_DECIMAL_TEXT]; /* lowest first */
    int n_digits = 0;
    while (limbs[0] | limbs[1] | limbs[2] | limbs[3]) {
        uint64_t remainder = 0;
        for (int i = 3; i >= 0; i--) {
            remainder = remainder << 32 | limbs[i];
            limbs[i] = (uint32_t)(remainder / 1000000000);
            remainder %= 1000000000;
        }
        for (int i = 0; i < 9; i++, remainder /= 10) digits[n_digits++] = (char)('0' + remainder % 10);
    }
    while (n_digits > scale + 1 && digits[n_digits - 1] == '0') n_digits--;
    while (n_digits < scale + 1) digits[n_digits++] = '0';

    char *out = text;
    if (negative) *out++ = '-';
    while (n_digits > 0) {
        *out++ = digits[--n_digits];
        if (n_digits == scale && scale > 0) *out++ = '.';
    }
    return (int)(out - text);
}

#endif
