/* Columns in memory of their own, lent to Arrow consumers: a counted batch, and its stream of that one batch.
 *
 * A batch lives until its maker and every array and stream made of it have let go; letting go needs no GIL. */
#ifndef TAOSNATIVE_EMBEDDED_BATCH_H
#define TAOSNATIVE_EMBEDDED_BATCH_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "taosnative/atomic.h"
#include "taosnative/arrow.h"

enum { BATCH_BUFFERS = 3 }; /* validity, then values, or offsets and data */

typedef struct batch_column {
    char *name;         /* malloc'ed */
    const char *format; /* static */
    int64_t n_nulls;
    uint8_t *validity; /* malloc'ed, zeroed; NULL while there is no NULL */
    uint8_t *values;   /* malloc'ed: values, bits of BOOL, or the bytes of variable values */
    int64_t *offsets;  /* malloc'ed, n_rows + 1, of variable columns */
    size_t n_bytes;    /* of `values` used, of variable columns */
    size_t capacity;
} batch_column;

typedef struct batch {
    int64_t n_holders;
    int64_t n_rows;
    int64_t n_columns;
    batch_column *columns;
} batch;

static inline batch *batch_new(int64_t n_rows, int64_t n_columns)
{
    batch *self = (batch *)calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->columns = (batch_column *)calloc((size_t)n_columns + 1, sizeof *self->columns);
    if (self->columns == NULL) {
        free(self);
        return NULL;
    }
    self->n_holders = 1;
    self->n_rows = n_rows;
    self->n_columns = n_columns;
    return self;
}

static inline void batch_let_go(batch *self)
{
    if (ATOMIC_ADD(&self->n_holders, -1) > 0) return;
    for (int64_t i = 0; i < self->n_columns; i++) {
        free(self->columns[i].name);
        free(self->columns[i].validity);
        free(self->columns[i].values);
        free(self->columns[i].offsets);
    }
    free(self->columns);
    free(self);
}

static inline batch *batch_hold(batch *self)
{
    ATOMIC_ADD(&self->n_holders, 1);
    return self;
}

/* Room for `n_bytes` more of a variable column; NULL without memory. */
static inline uint8_t *batch_reserve(batch_column *column, size_t n_bytes)
{
    size_t needed = column->n_bytes + n_bytes;
    if (needed > column->capacity || column->values == NULL) {
        size_t capacity = needed + needed / 2 + 64;
        uint8_t *values = (uint8_t *)realloc(column->values, capacity);
        if (values == NULL) return NULL;
        column->values = values;
        column->capacity = capacity;
    }
    return column->values + column->n_bytes;
}

/* Mark rows [0, n_rows) as values and the column as one that has NULLs. False without memory. */
static inline bool batch_make_nullable(batch_column *column, int64_t n_rows)
{
    if (column->validity != NULL) return true;
    size_t n_bytes = (size_t)(n_rows + 7) / 8 + 1;
    column->validity = (uint8_t *)malloc(n_bytes);
    if (column->validity == NULL) return false;
    memset(column->validity, 0xFF, n_bytes);
    return true;
}

static inline void batch_set_null(batch_column *column, int64_t row)
{
    column->validity[row >> 3] &= (uint8_t)~(1u << (row & 7));
    column->n_nulls++;
}

/* ---- the schema ------------------------------------------------------------ */

static void batch_release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *child = schema->children[i];
        if (child->release != NULL) child->release(child);
        free(child);
    }
    free(schema->children);
    batch_let_go((batch *)schema->private_data);
    schema->release = NULL;
}

static int batch_fill_schema(batch *self, struct ArrowSchema *out)
{
    memset(out, 0, sizeof *out);
    out->format = "+s";
    out->name = "";
    out->private_data = batch_hold(self);
    out->release = batch_release_schema;
    out->children = (struct ArrowSchema **)calloc((size_t)self->n_columns + 1, sizeof *out->children);
    for (int64_t i = 0; out->children != NULL && i < self->n_columns; i++) {
        struct ArrowSchema *child = (struct ArrowSchema *)calloc(1, sizeof *child);
        if (child == NULL) break;
        child->format = self->columns[i].format;
        child->name = self->columns[i].name;
        child->flags = ARROW_FLAG_NULLABLE;
        child->private_data = batch_hold(self);
        child->release = batch_release_schema;
        out->children[out->n_children++] = child;
    }
    if (out->n_children == self->n_columns && out->children != NULL) return 0;
    out->release(out);
    return ENOMEM;
}

/* ---- the array ------------------------------------------------------------- */

static void batch_release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        struct ArrowArray *child = array->children[i];
        if (child->release != NULL) child->release(child);
        free(child);
    }
    free(array->children);
    free((void *)array->buffers);
    batch_let_go((batch *)array->private_data);
    array->release = NULL;
}

static bool batch_start_array(batch *self, struct ArrowArray *out)
{
    memset(out, 0, sizeof *out);
    out->length = self->n_rows;
    out->private_data = batch_hold(self);
    out->release = batch_release_array;
    out->buffers = (const void **)calloc(BATCH_BUFFERS, sizeof *out->buffers);
    return out->buffers != NULL;
}

static bool batch_fill_column(batch *self, batch_column *column, struct ArrowArray *out)
{
    if (!batch_start_array(self, out)) return false;
    out->null_count = column->n_nulls;
    out->buffers[0] = column->validity;
    out->buffers[1] = column->offsets != NULL ? (const void *)column->offsets : column->values;
    out->buffers[2] = column->values;
    out->n_buffers = column->offsets != NULL ? 3 : 2;
    return true;
}

static int batch_fill_array(batch *self, struct ArrowArray *out)
{
    bool ok = batch_start_array(self, out);
    out->n_buffers = 1;
    out->children = (struct ArrowArray **)calloc((size_t)self->n_columns + 1, sizeof *out->children);
    for (int64_t i = 0; ok && out->children != NULL && i < self->n_columns; i++) {
        struct ArrowArray *child = (struct ArrowArray *)calloc(1, sizeof *child);
        if (child == NULL) break;
        out->children[out->n_children++] = child;
        ok = batch_fill_column(self, &self->columns[i], child);
    }
    if (ok && out->children != NULL && out->n_children == self->n_columns) return 0;
    out->release(out);
    return ENOMEM;
}

/* ---- the stream ------------------------------------------------------------ */

typedef struct batch_stream {
    batch *source;
    bool is_read;
} batch_stream;

static int batch_stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    return batch_fill_schema(((batch_stream *)stream->private_data)->source, out);
}

static int batch_stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    batch_stream *self = (batch_stream *)stream->private_data;
    if (self->is_read) {
        memset(out, 0, sizeof *out);
        return 0;
    }
    self->is_read = true;
    return batch_fill_array(self->source, out);
}

static const char *batch_stream_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "no memory";
}

static void batch_stream_release(struct ArrowArrayStream *stream)
{
    batch_let_go(((batch_stream *)stream->private_data)->source);
    free(stream->private_data);
    stream->release = NULL;
}

/* A stream of the batch; false without memory. */
static inline bool batch_open_stream(batch *self, struct ArrowArrayStream *out)
{
    batch_stream *reader = (batch_stream *)calloc(1, sizeof *reader);
    if (reader == NULL) return false;
    reader->source = batch_hold(self);
    out->get_schema = batch_stream_schema;
    out->get_next = batch_stream_next;
    out->get_last_error = batch_stream_error;
    out->release = batch_stream_release;
    out->private_data = reader;
    return true;
}

#endif
