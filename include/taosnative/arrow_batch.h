/* arrow_batch: a block's columns in Arrow's buffers, and what Arrow's consumers get of them.
 *
 * A batch lives until its maker and every array made of it have let go, which needs no GIL. */
#ifndef TAOSNATIVE_ARROW_BATCH_H
#define TAOSNATIVE_ARROW_BATCH_H

#include <errno.h>
#include <stdlib.h>

#include "taosnative/arrow.h"
#include "taosnative/arrow_columns.h"
#include "taosnative/atomic.h"

typedef struct taosnative_arrow_batch {
    int64_t n_holders;
    int64_t n_rows;
    int64_t n_columns;
    const taosnative_memory_functions *memory;
    taosnative_arrow_buffers columns[];
} taosnative_arrow_batch;

static inline taosnative_arrow_batch *taosnative_arrow_batch_new(int64_t n_columns,
                                                                 const taosnative_memory_functions *memory) {
    taosnative_arrow_batch *self = (taosnative_arrow_batch *)calloc(
        1, sizeof *self + (size_t)n_columns * sizeof(taosnative_arrow_buffers));
    if (self == NULL) return NULL;
    self->n_holders = 1;
    self->n_columns = n_columns;
    self->memory = memory;
    return self;
}

static inline void taosnative_arrow_batch_let_go(taosnative_arrow_batch *self) {
    if (self == NULL || ATOMIC_ADD(&self->n_holders, -1) > 0) return;
    for (int64_t i = 0; i < self->n_columns; i++) taosnative_arrow_free(&self->columns[i], self->memory);
    free(self);
}

/* Gives back what was reserved and is not needed, now that no row will follow. */
static inline void taosnative_arrow_batch_fit(taosnative_arrow_batch *self, const taosnative_arrow_column *columns) {
    const size_t n = (size_t)self->n_rows, slack = TAOSNATIVE_ARROW_SLACK;
    for (int64_t i = 0; i < self->n_columns; i++) {
        taosnative_arrow_buffers *const out = &self->columns[i];
        const int form = columns[i].form;
        size_t n_values = n * (form == TAOSNATIVE_ARROW_DECIMAL ? 16 : columns[i].layout.width);
        if (columns[i].layout.variable) n_values = (size_t)out->n_bytes;
        if (form == TAOSNATIVE_ARROW_BITS) n_values = n / 8 + 1;
        /* Where memory cannot shrink it stays as large as it is, which harms nobody. */
        if (out->validity.bytes != NULL) self->memory->move(&out->validity, n / 8 + slack);
        if (out->offsets.bytes != NULL) self->memory->move(&out->offsets, (n + 1) * sizeof(int32_t));
        if (out->values.bytes != NULL) self->memory->move(&out->values, n_values + slack);
    }
}

/* ---- arrays -------------------------------------------------------------------------------------------------------- */

static inline void taosnative_arrow_release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_children; i++) {
        struct ArrowArray *const child = array->children[i];
        if (child->release != NULL) child->release(child);
        free(child);
    }
    free(array->children);
    free((void *)array->buffers);
    taosnative_arrow_batch_let_go((taosnative_arrow_batch *)array->private_data);
    array->release = NULL;
}

static inline int taosnative_arrow_begin_array(taosnative_arrow_batch *self, int64_t n_buffers,
                                               struct ArrowArray *out) {
    *out = (struct ArrowArray){.length = self->n_rows, .n_buffers = n_buffers};
    out->buffers = (const void **)calloc((size_t)n_buffers, sizeof *out->buffers);
    if (out->buffers == NULL) return ENOMEM;
    ATOMIC_ADD(&self->n_holders, 1);
    out->private_data = self;
    out->release = taosnative_arrow_release_array;
    return 0;
}

/* A column of a batch, which has no rows or buffers for them. */
static inline int taosnative_arrow_column_array(taosnative_arrow_batch *self, int64_t i, bool variable,
                                                struct ArrowArray *out) {
    static const int32_t no_offsets[2] = {0, 0};
    const taosnative_arrow_buffers *const column = &self->columns[i];
    const void *const offsets = column->offsets.bytes == NULL ? (const void *)no_offsets : column->offsets.bytes;
    const void *const values = column->values.bytes == NULL ? (const void *)no_offsets : column->values.bytes;
    if (taosnative_arrow_begin_array(self, variable ? 3 : 2, out) != 0) return ENOMEM;
    out->null_count = column->n_nulls;
    out->buffers[0] = column->n_nulls == 0 ? NULL : column->validity.bytes;
    out->buffers[1] = variable ? offsets : values;
    if (variable) out->buffers[2] = values;
    return 0;
}

/* A batch as a struct array with a child for each column that is wanted.  0, or ENOMEM: then there is nothing to
 * release. */
static inline int taosnative_arrow_batch_array(taosnative_arrow_batch *self, const taosnative_arrow_column *columns,
                                               struct ArrowArray *out) {
    bool failed = taosnative_arrow_begin_array(self, 1, out) != 0;
    if (failed) return ENOMEM;
    out->children = (struct ArrowArray **)calloc((size_t)self->n_columns + 1, sizeof *out->children);
    failed = out->children == NULL;
    for (int64_t i = 0; !failed && i < self->n_columns; i++) {
        if (columns[i].form == TAOSNATIVE_ARROW_NONE) continue;
        struct ArrowArray *const child = (struct ArrowArray *)calloc(1, sizeof *child);
        failed = child == NULL || taosnative_arrow_column_array(self, i, columns[i].layout.variable, child) != 0;
        if (failed)
            free(child);
        else
            out->children[out->n_children++] = child;
    }
    if (failed) out->release(out);
    return failed ? ENOMEM : 0;
}

/* ---- schemas ------------------------------------------------------------------------------------------------------- */

static inline void taosnative_arrow_release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *const child = schema->children[i];
        if (child->release != NULL) child->release(child);
        free(child);
    }
    free(schema->children);
    free(schema->private_data);
    schema->release = NULL;
}

/* A schema with copies of its strings, and room for children, which the caller adds.  0, or ENOMEM. */
static inline int taosnative_arrow_schema(const char *format, const char *name, const char *metadata,
                                          int64_t n_metadata, int64_t n_children, struct ArrowSchema *out) {
    const size_t n_format = strlen(format) + 1, n_name = strlen(name) + 1;
    char *const strings = (char *)malloc(n_format + n_name + (size_t)n_metadata);
    struct ArrowSchema **const children = (struct ArrowSchema **)calloc((size_t)n_children + 1, sizeof *children);
    if (strings == NULL || children == NULL) {
        free(strings);
        free(children);
        return ENOMEM;
    }
    memcpy(strings, format, n_format);
    memcpy(strings + n_format, name, n_name);
    if (n_metadata > 0) memcpy(strings + n_format + n_name, metadata, (size_t)n_metadata);
    *out = (struct ArrowSchema){.format = strings, .name = strings + n_format, .children = children};
    out->metadata = n_metadata > 0 ? strings + n_format + n_name : NULL;
    out->flags = n_children == 0 ? ARROW_FLAG_NULLABLE : 0;
    out->private_data = strings;
    out->release = taosnative_arrow_release_schema;
    return 0;
}

/* Adds a child to a schema that has room for it.  0, or ENOMEM. */
static inline int taosnative_arrow_add_child(struct ArrowSchema *schema, const char *format, const char *name,
                                             const char *metadata, int64_t n_metadata) {
    struct ArrowSchema *const child = (struct ArrowSchema *)calloc(1, sizeof *child);
    if (child == NULL) return ENOMEM;
    schema->children[schema->n_children++] = child;
    return taosnative_arrow_schema(format, name, metadata, n_metadata, 0, child);
}

/* ---- capsules ------------------------------------------------------------------------------------------------------ */

/* For the end of a capsule, whose struct belongs to it: a consumer that took it has cleared `release`. */
#define TAOSNATIVE_ARROW_DROP(name, type)                                                                              \
    static inline void taosnative_arrow_drop_##name(struct type *self) {                                               \
        if (self == NULL) return;                                                                                      \
        if (self->release != NULL) self->release(self);                                                                \
        free(self);                                                                                                    \
    }
TAOSNATIVE_ARROW_DROP(schema, ArrowSchema)
TAOSNATIVE_ARROW_DROP(array, ArrowArray)
TAOSNATIVE_ARROW_DROP(stream, ArrowArrayStream)
#undef TAOSNATIVE_ARROW_DROP

#endif
