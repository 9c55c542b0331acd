/* The block that a result made last, read by rows and by columns: what taosc has beside the raw block. */
#ifndef TAOSNATIVE_EMBEDDED_ROWS_H
#define TAOSNATIVE_EMBEDDED_ROWS_H

#include "result.h"

static inline bool rows_has_column(const result *self, int column)
{
    return column >= 0 && column < self->n_columns && self->block.n_rows > 0;
}

/* Where a column's NULLs or offsets begin, and, behind them, its data. */
static inline uint8_t *rows_segment(const result *self, int column)
{
    return self->block.memory + self->block.starts[column];
}

static inline uint8_t *rows_data(const result *self, int column)
{
    size_t n_rows = (size_t)self->block.n_rows;
    return rows_segment(self, column) + (self->columns[column].width > 0 ? (n_rows + 7) / 8 : 4 * n_rows);
}

/* The value of a cell of the block, behind its length; NULL of a NULL. */
static inline uint8_t *rows_value(const result *self, int row, int column, int *n_bytes)
{
    uint8_t *head = rows_segment(self, column);
    int width = self->columns[column].width;
    *n_bytes = 0;
    if (width > 0) {
        if (head[row >> 3] & (0x80 >> (row & 7))) return NULL;
        *n_bytes = width;
        return rows_data(self, column) + (size_t)row * (size_t)width;
    }
    int32_t offset = encode_get32(head + 4 * (size_t)row);
    if (offset < 0) return NULL;
    uint8_t *value = rows_data(self, column) + offset;
    uint16_t length;
    memcpy(&length, value, sizeof length);
    *n_bytes = length;
    return value + BLOCK_VAR_PREFIX;
}

static inline bool rows_is_null(const result *self, int row, int column)
{
    int n_bytes;
    if (!rows_has_column(self, column) || row < 0 || row >= self->block.n_rows) return true;
    return rows_value(self, row, column, &n_bytes) == NULL;
}

/* Whether the next row is not in the block that was made last. */
static inline bool rows_are_over(const result *self) { return self->row_at >= self->block.n_rows; }

/* The next row's values, one pointer a column. */
static inline void **rows_next(result *self)
{
    for (int i = 0; i < self->n_columns; i++)
        self->values[i] = rows_value(self, self->row_at, i, &self->lengths[i]);
    self->has_lengths = true;
    self->row_at++;
    return self->values;
}

/* The block's columns, one pointer to the data of each, as if all rows had been read. */
static inline void **rows_columns(result *self)
{
    for (int i = 0; i < self->n_columns; i++) {
        self->starts[i] = rows_data(self, i);
        self->lengths[i] = self->columns[i].bytes;
    }
    self->has_lengths = true;
    self->row_at = self->block.n_rows;
    return self->starts;
}

/* ---- text ------------------------------------------------------------------------- */

typedef struct rows_text {
    char *memory;
    size_t size;
    size_t used;
} rows_text;

static inline void rows_put(rows_text *text, const char *data, size_t n_bytes)
{
    size_t left = text->size - text->used - 1;
    if (n_bytes > left) n_bytes = left;
    memcpy(text->memory + text->used, data, n_bytes);
    text->used += n_bytes;
}

static inline void rows_put_hex(rows_text *text, const uint8_t *value, size_t n_bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    rows_put(text, "\\x", 2);
    for (size_t i = 0; i < n_bytes; i++) {
        char two[2] = {digits[value[i] >> 4], digits[value[i] & 15]};
        rows_put(text, two, 2);
    }
}

static inline void rows_put_variable(rows_text *text, int type, const uint8_t *value)
{
    uint16_t n_bytes;
    memcpy(&n_bytes, value - BLOCK_VAR_PREFIX, sizeof n_bytes);
    if (type == TAOS_TYPE_VARBINARY)
        rows_put_hex(text, value, n_bytes);
    else
        rows_put(text, (const char *)value, n_bytes);
}

#define ROWS_FORMAT(ctype, format, cast) \
    { \
        ctype typed; \
        memcpy(&typed, value, sizeof typed); \
        return snprintf(out, size, format, (cast)typed); \
    }

/* A number as text; -1 where the type has no such. */
static inline int rows_format(char *out, size_t size, int type, const void *value)
{
    switch (type) {
    case TAOS_TYPE_BOOL:
    case TAOS_TYPE_TINYINT: ROWS_FORMAT(int8_t, "%d", int)
    case TAOS_TYPE_UTINYINT: ROWS_FORMAT(uint8_t, "%u", unsigned)
    case TAOS_TYPE_SMALLINT: ROWS_FORMAT(int16_t, "%d", int)
    case TAOS_TYPE_USMALLINT: ROWS_FORMAT(uint16_t, "%u", unsigned)
    case TAOS_TYPE_INT: ROWS_FORMAT(int32_t, "%d", int)
    case TAOS_TYPE_UINT: ROWS_FORMAT(uint32_t, "%u", unsigned)
    case TAOS_TYPE_BIGINT:
    case TAOS_TYPE_TIMESTAMP: ROWS_FORMAT(int64_t, "%lld", long long)
    case TAOS_TYPE_UBIGINT: ROWS_FORMAT(uint64_t, "%llu", unsigned long long)
    case TAOS_TYPE_FLOAT: ROWS_FORMAT(float, "%.6g", double)
    case TAOS_TYPE_DOUBLE: ROWS_FORMAT(double, "%.15g", double)
    default: return -1;
    }
}

/* A row as text, its values one space apart, as taos_print_row has it; the number of bytes before the NUL. */
static inline int rows_print(char *out, size_t size, void **row, const TAOS_FIELD *fields, int n_fields)
{
    rows_text text = {out, size, 0};
    char number[64];
    for (int i = 0; i < n_fields; i++) {
        if (i > 0) rows_put(&text, " ", 1);
        if (row[i] == NULL) {
            rows_put(&text, "NULL", 4);
            continue;
        }
        int n_bytes = rows_format(number, sizeof number, fields[i].type, row[i]);
        if (n_bytes >= 0)
            rows_put(&text, number, (size_t)n_bytes);
        else if (fields[i].type != TAOS_TYPE_JSON) /* the client that is followed prints nothing of JSON */
            rows_put_variable(&text, fields[i].type, (const uint8_t *)row[i]);
    }
    out[text.used] = '\0';
    return (int)text.used;
}

#endif
