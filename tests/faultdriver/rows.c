/* Results by rows and by columns of pointers, as taospy reads them: text of NCHAR is UTF-8 there. */
#include "driver.h"

struct column {
    int type;
    int is_variable;
    int width;        /* of a value, or of the length before it */
    int32_t *offsets; /* of variable width */
    uint8_t *nulls;   /* of fixed width: a bitmap */
    char *data;
};

struct rows {
    int n_rows, n_columns, at;
    struct column *columns;
    void **starts; /* of each column's data */
    void **row;    /* of each column's value in the row that was fetched last */
    int *lengths;
};

static const int widths[] = {0, 1, 1, 2, 4, 8, 4, 8, 0, 8, 0, 1, 2, 4, 8, 0, 0, 16, 0, 0, 0, 8};

static int read_int(const char *at) {
    int32_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

void free_rows(TAOS_RES *res) {
    struct rows *rows = res->rows;
    res->rows = NULL;
    if (rows == NULL) return;
    for (int i = 0; i < rows->n_columns; i++) free(rows->columns[i].offsets);
    free(rows->columns);
    free(rows->starts);
    free_poisoned(rows->row, (size_t)rows->n_columns * sizeof(*rows->row));
    free_poisoned(rows->lengths, (size_t)rows->n_columns * sizeof(*rows->lengths));
    free(rows);
}

/* UCS-4 as UTF-8, where it lies: never longer. */
static void encode_text(char *value) {
    uint16_t n_bytes;
    char *to = value + 2;
    memcpy(&n_bytes, value, 2);
    for (int at = 0; at + 4 <= n_bytes; at += 4) {
        const uint32_t point = (uint32_t)read_int(value + 2 + at);
        const int n_more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
        *to++ = (char)(n_more == 0 ? point : (0xF00u >> (n_more + 1) & 0xFF) | point >> 6 * n_more);
        for (int i = n_more - 1; i >= 0; i--) *to++ = (char)(0x80 | (point >> 6 * i & 0x3F));
    }
    n_bytes = (uint16_t)(to - value - 2);
    memcpy(value, &n_bytes, 2);
}

static void open_column(struct column *column, char *schema, const char *length, char **at, int n_rows) {
    column->type = (uint8_t)schema[0];
    column->width = column->type < (int)(sizeof(widths) / sizeof(widths[0])) ? widths[column->type] : 0;
    column->is_variable = column->width == 0;
    if (column->is_variable) {
        column->width = column->type == TAOS_TYPE_BLOB || column->type == TAOS_TYPE_MEDIUMBLOB ? 4 : 2;
        column->offsets = copy_of(*at, (size_t)n_rows * 4); /* they need not be aligned in a block */
        *at += (size_t)n_rows * 4;
    } else {
        column->nulls = (uint8_t *)*at;
        *at += (n_rows + 7) / 8;
    }
    column->data = *at;
    *at += read_int(length);
    for (int row = 0; column->type == TAOS_TYPE_NCHAR && row < n_rows; row++)
        if (column->offsets[row] >= 0) encode_text(column->data + column->offsets[row]);
}

/* Take the next block, and find its columns: 0 at the end. */
static int open_rows(TAOS_RES *res) {
    struct rows *rows;
    const int n_rows = take_block(res);
    char *at, *block;
    if (n_rows == 0) return 0;
    if (!res->is_copy) res->current = copy_of(res->current, res->n_current);
    res->is_copy = 1;
    block = res->current;
    res->rows = rows = calloc(1, sizeof(*rows));
    rows->n_rows = n_rows;
    rows->n_columns = res->answer->n_fields;
    rows->columns = calloc((size_t)rows->n_columns, sizeof(*rows->columns));
    rows->starts = calloc((size_t)rows->n_columns, sizeof(*rows->starts));
    rows->row = calloc((size_t)rows->n_columns, sizeof(*rows->row));
    rows->lengths = calloc((size_t)rows->n_columns, sizeof(*rows->lengths));
    at = block + 28 + 9 * rows->n_columns;
    for (int i = 0; i < rows->n_columns; i++) {
        char *schema = block + 28 + 5 * i;
        open_column(&rows->columns[i], schema, block + 28 + 5 * rows->n_columns + 4 * i, &at, n_rows);
        rows->starts[i] = rows->columns[i].data;
        rows->lengths[i] = rows->columns[i].is_variable ? read_int(schema + 1) : rows->columns[i].width;
    }
    return n_rows;
}

static int is_null_at(const struct column *column, int row) {
    return column->is_variable ? column->offsets[row] < 0 : (column->nulls[row >> 3] & (0x80 >> (row & 7))) != 0;
}

TAOS_ROW taos_fetch_row(TAOS_RES *res) {
    struct rows *rows;
    if (res->answer == NULL || begin_fetch(FN_taos_fetch_row, res) != 0) return NULL;
    if ((res->rows == NULL || res->rows->at == res->rows->n_rows) && open_rows(res) == 0) return NULL;
    rows = res->rows;
    for (int i = 0; i < rows->n_columns; i++) {
        const struct column *column = &rows->columns[i];
        const int row = rows->at;
        uint32_t n_bytes = (uint32_t)column->width;
        char *value = column->data + (size_t)row * (size_t)column->width;
        if (column->is_variable && column->offsets[row] >= 0) {
            n_bytes = 0;
            memcpy(&n_bytes, column->data + column->offsets[row], (size_t)column->width);
            value = column->data + column->offsets[row] + column->width;
        }
        rows->row[i] = is_null_at(column, row) ? NULL : value;
        rows->lengths[i] = is_null_at(column, row) ? 0 : (int)n_bytes;
    }
    rows->at++;
    return rows->row;
}

int taos_fetch_block(TAOS_RES *res, TAOS_ROW *starts) {
    int n_rows = 0;
    if (begin_fetch(FN_taos_fetch_block, res) == 0) n_rows = open_rows(res);
    if (n_rows > 0) *starts = res->rows->starts;
    return (int)or_odd(n_rows);
}

int taos_fetch_block_s(TAOS_RES *res, int *n_rows, TAOS_ROW *starts) {
    *n_rows = 0;
    if (begin_fetch(FN_taos_fetch_block_s, res) != 0) return res->code;
    *n_rows = open_rows(res);
    if (*n_rows > 0) *starts = res->rows->starts;
    return 0;
}

int *taos_fetch_lengths(TAOS_RES *res) {
    return POINTER_OF(FN_taos_fetch_lengths, res->rows != NULL ? res->rows->lengths : NULL);
}

TAOS_ROW *taos_result_block(TAOS_RES *res) {
    return POINTER_OF(FN_taos_result_block, res->rows != NULL ? &res->rows->starts : NULL);
}

static const struct column *column_of(TAOS_RES *res, int i) {
    return res->rows != NULL && i >= 0 && i < res->rows->n_columns ? &res->rows->columns[i] : NULL;
}

int *taos_get_column_data_offset(TAOS_RES *res, int i) {
    const struct column *column = column_of(res, i);
    return POINTER_OF(FN_taos_get_column_data_offset, column != NULL ? column->offsets : NULL);
}

bool taos_is_null(TAOS_RES *res, int32_t row, int32_t col) {
    const struct column *column = column_of(res, col);
    const int is_null = column == NULL || row < 0 || row >= res->rows->n_rows || is_null_at(column, row);
    return value_of(FN_taos_is_null, is_null) != 0;
}

int taos_is_null_by_column(TAOS_RES *res, int i, bool result[], int *rows) {
    const struct column *column = column_of(res, i);
    if (begin(FN_taos_is_null_by_column) != 0) return last_code;
    if (column == NULL || *rows <= 0) return last_code = (int)0x80000118;
    if (*rows > res->rows->n_rows) *rows = res->rows->n_rows;
    for (int row = 0; row < *rows; row++) result[row] = is_null_at(column, row);
    return 0;
}
