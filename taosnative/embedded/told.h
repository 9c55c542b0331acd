/* What a result tells of itself and of its current block, by token: the functions of taosc that only read.
 *
 * Of no result they tell what taosc tells of NULL: no fields, no rows, nothing but NULLs. */
#ifndef TAOSNATIVE_EMBEDDED_TOLD_H
#define TAOSNATIVE_EMBEDDED_TOLD_H

#include "registry.h"
#include "rows.h"

/* A function that answers `told`, an expression on `self`, or `otherwise` where there is no result. */
#define TOLD(type, name, told, otherwise) \
    static type name(TAOS_RES *res) \
    { \
        result *self = registry_hold(res); \
        if (self == NULL) return otherwise; \
        type answer = (told); \
        registry_drop(self); \
        return answer; \
    }

TOLD(int, told_num_fields, self->n_columns, 0)
TOLD(TAOS_FIELD *, told_fields, self->n_columns > 0 ? self->fields : NULL, NULL)
TOLD(TAOS_FIELD_E *, told_fields_e, self->n_columns > 0 ? self->fields_e : NULL, NULL)
TOLD(int, told_precision, self->precision, 0)
TOLD(int64_t, told_affected_rows64, self->n_columns > 0 ? self->block.n_rows : self->n_affected, 0)
TOLD(int, told_affected_rows, (int)(self->n_columns > 0 ? self->block.n_rows : self->n_affected), 0)
TOLD(bool, told_is_update_query, self->n_columns == 0, true)
TOLD(const void *, told_raw_block, self->block.memory, NULL)
TOLD(int *, told_lengths, self->has_lengths ? self->lengths : NULL, NULL)
TOLD(TAOS_ROW *, told_result_block, self->n_columns > 0 ? &self->starts : NULL, NULL)
TOLD(int, told_code, self->code, (int)CODE_INVALID_PARA)
TOLD(const char *, told_message, self->code != 0 ? self->message : "success", "Invalid parameters: no such result")

static bool told_is_null(TAOS_RES *res, int32_t row, int32_t column)
{
    result *self = registry_hold(res);
    if (self == NULL) return true;
    bool is_null = rows_is_null(self, row, column);
    registry_drop(self);
    return is_null;
}

/* False where there is no such result, no block of it or no such column. */
static bool told_nulls(TAOS_RES *res, int column, bool *nulls, int *n_rows)
{
    result *self = registry_hold(res);
    if (self == NULL) return false;
    bool is_known = rows_has_column(self, column);
    if (is_known) {
        if (*n_rows > self->block.n_rows) *n_rows = self->block.n_rows;
        for (int row = 0; row < *n_rows; row++) nulls[row] = rows_is_null(self, row, column);
    }
    registry_drop(self);
    return is_known;
}

static int *told_offsets(TAOS_RES *res, int column)
{
    result *self = registry_hold(res);
    if (self == NULL) return NULL;
    bool is_variable = rows_has_column(self, column) && self->columns[column].width == 0;
    int *offsets = is_variable ? (int *)(void *)rows_segment(self, column) : NULL;
    registry_drop(self);
    return offsets;
}

#endif
