/* A result: what was answered, the Arrow stream of its rows, the block that was made last.
 *
 * A function that changes a result is called between `result_enter` and `result_leave`; those that read what was told at
 * its birth are called at any time.
 * Pointers that are given out live until the next fetch of the same result, or its end. */
#ifndef TAOSNATIVE_EMBEDDED_RESULT_H
#define TAOSNATIVE_EMBEDDED_RESULT_H

#include <stdio.h>

#include "taosnative/atomic.h"
#include "codes.h"
#include "encode.h"

enum { RESULT_BLOCK_ROWS = 4096, RESULT_MESSAGE = 512 };

typedef struct result {
    int64_t n_holders;          /* guarded by the registry's lock */
    void *token;                /* what callers know it by */
    void *owner;                /* its connection, a Python object: touched with the GIL */
    void *source;               /* the Python object that gave the stream: it is interrupted as long as it lives */
    bool is_lent;               /* belongs to a statement: taos_free_result leaves it */
    const int64_t *kills;       /* of its connection; another number than at birth: killed */
    int64_t kills_at_birth;
    volatile int is_stopped;
    int64_t is_fetching; /* set and cleared by result_enter and result_leave */

    int32_t code;
    char message[RESULT_MESSAGE];
    int precision;
    int64_t n_affected;

    int n_columns;
    TAOS_FIELD *fields;
    TAOS_FIELD_E *fields_e;
    encode_column *columns;

    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    int64_t batch_at;

    encode_block block;
    int *lengths;  /* of the columns or of the row that was fetched last */
    void **values; /* of the row, or where the columns' data begin */
    void **starts;
    bool has_lengths;
    int row_at; /* of the block, next */
} result;

static inline void result_fail(result *self, uint32_t code, const char *message)
{
    self->code = (int32_t)code;
    snprintf(self->message, sizeof self->message, "%s", message);
}

/* Room for columns; false without memory, and then the result is to be freed all the same. */
static inline bool result_make_columns(result *self, int n_columns)
{
    size_t n = (size_t)n_columns;
    self->fields = (TAOS_FIELD *)calloc(n, sizeof *self->fields);
    self->fields_e = (TAOS_FIELD_E *)calloc(n, sizeof *self->fields_e);
    self->columns = (encode_column *)calloc(n, sizeof *self->columns);
    self->block.starts = (size_t *)calloc(n + 1, sizeof *self->block.starts);
    self->lengths = (int *)calloc(n, sizeof *self->lengths);
    self->values = (void **)calloc(n, sizeof *self->values);
    self->starts = (void **)calloc(n, sizeof *self->starts);
    self->block.columns = self->columns;
    if (self->fields == NULL || self->fields_e == NULL || self->columns == NULL || self->block.starts == NULL ||
        self->lengths == NULL || self->values == NULL || self->starts == NULL)
        return false;
    self->n_columns = self->block.n_columns = n_columns;
    return true;
}

/* Free all but the stream and the owner, which need the GIL. */
static inline void result_free(result *self)
{
    if (self->batch.release != NULL) self->batch.release(&self->batch);
    free(self->fields);
    free(self->fields_e);
    free(self->columns);
    free(self->block.starts);
    free(self->block.memory);
    free(self->lengths);
    free(self->values);
    free(self->starts);
    free(self);
}

static inline result *result_new(void)
{
    result *self = (result *)calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->n_holders = 1;
    return self;
}

/* Whether no other thread is fetching; never waits, since who waits may hold what the other needs. */
static inline bool result_enter(result *self) { return ATOMIC_SWAP(&self->is_fetching, 1) == 0; }

static inline void result_leave(result *self) { ATOMIC_SWAP(&self->is_fetching, 0); }

/* ---- fetching ---------------------------------------------------------------------- */

static inline bool result_is_killed(const result *self)
{
    return self->kills != NULL && *self->kills != self->kills_at_birth;
}

static inline void result_fail_stream(result *self, bool is_query)
{
    const char *text = self->stream.get_last_error(&self->stream);
    bool is_interrupt = text != NULL && strstr(text, "INTERRUPT") != NULL;
    if (!is_interrupt && !result_is_killed(self))
        result_fail(self, CODE_APP_ERROR, text != NULL ? text : "the rows cannot be read");
    else if (is_query)
        result_fail(self, CODE_QUERY_KILLED, "Query killed");
    else
        result_fail(self, CODE_NO_JOB, "Job no longer exist");
}

/* See that there is a row to encode. False at the end, and where `code` says so. */
static inline bool result_load(result *self, bool is_query)
{
    while (self->batch.release == NULL || self->batch_at >= self->batch.length) {
        if (self->batch.release != NULL) self->batch.release(&self->batch);
        if (self->stream.release == NULL) return false;
        if (self->stream.get_next(&self->stream, &self->batch) != 0) {
            self->batch.release = NULL;
            result_fail_stream(self, is_query);
            return false;
        }
        if (self->batch.release == NULL) return false;
        self->batch_at = 0;
        if (self->batch.n_children != self->n_columns) {
            result_fail(self, CODE_APP_ERROR, "the rows do not have the columns that were told");
            return false;
        }
    }
    return true;
}

static inline void result_fail_encoding(result *self, encode_status status, int column)
{
    char text[RESULT_MESSAGE];
    static const uint32_t codes[] = {0, CODE_NO_MEMORY, CODE_TOO_LONG, CODE_SYNTAX};
    static const char *const texts[] = {"", "Out of memory", "Value too long for column/tag", "not UTF-8 in NCHAR column"};
    snprintf(text, sizeof text, "%s: %s", texts[status], self->fields[column].name);
    result_fail(self, codes[status], text);
}

/* Whether the next block needs the stream: `result_load` then comes first. */
static inline bool result_needs_load(const result *self)
{
    bool is_over = self->code != 0 || self->is_stopped || self->stream.release == NULL;
    return !is_over && (self->batch.release == NULL || self->batch_at >= self->batch.length);
}

/* Make the next block of what is loaded; the number of its rows, 0 at the end and where `code` says what went wrong. */
static inline int result_next_block(result *self, bool for_rows)
{
    int column = 0;
    self->block.n_rows = 0;
    self->row_at = 0;
    if (self->code != 0) return 0;
    if (self->is_stopped || result_is_killed(self)) {
        result_fail(self, CODE_NO_JOB, "Job no longer exist");
        return 0;
    }
    int64_t left = self->batch.release != NULL ? self->batch.length - self->batch_at : 0;
    if (left <= 0) return 0;
    int n_rows = left < RESULT_BLOCK_ROWS ? (int)left : RESULT_BLOCK_ROWS;
    encode_status status = encode_rows(&self->block, &self->batch, self->batch_at, n_rows, for_rows, &column);
    if (status != ENCODE_OK) {
        self->block.n_rows = 0;
        result_fail_encoding(self, status, column);
        return 0;
    }
    self->batch_at += self->block.n_rows;
    return self->block.n_rows;
}

#endif
