/* The floors: the least that work with a driver can take, in plain C.
 *
 * Compiled when benchmarks run, and loaded into their process, it opens the same driver as taosnative does and makes the
 * same calls: a walk of a result's blocks that touches nothing, the same with one memcpy of their bytes, many small
 * queries, and inserts by stmt2 whose columns are bound where they lie.  Each gives nanoseconds, or -1 and a text. */
#define _POSIX_C_SOURCE 199309L
#include "taosnative/functions.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct floor {
    taosc_functions taosc;
    TAOS *taos;
    char *copy; /* where blocks are copied to: kept, so that its pages are made once */
    size_t n_copy;
    char text[512];
};

struct column { /* a column to be bound */
    int type;
    int width; /* bytes of a value; 0: `lengths` tells them */
    char *values;
    int32_t *lengths;
    int64_t *starts; /* of variable width: where each row begins */
};

struct work { /* an insert */
    const char *sql;
    int interlaced;
    int n_columns;
    const struct column *columns;
    char **names; /* of child tables; NULL: one table, which the statement names */
    int64_t n_tables;
    int64_t rows_a_table;
    int64_t rows_a_bind; /* of one table */
    int64_t tables_a_bind;
};

static int64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static int64_t fail(struct floor *floor, const char *what, const char *text) {
    snprintf(floor->text, sizeof(floor->text), "%s: %s", what, text != NULL ? text : "no reason given");
    return -1;
}

const char *floor_text(const struct floor *floor) { return floor->text; }

/* A connection, over a table of functions of its own; where `floor_text` tells something, there is none. */
struct floor *floor_open(const char *path, const char *host, const char *user, const char *password, const char *database,
                         int port) {
    static const taosc_function_info functions[] = TAOSC_FUNCTION_INFO;
    struct floor *floor = calloc(1, sizeof(*floor));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (floor == NULL) return NULL;
    if (library == NULL) {
        fail(floor, "dlopen", dlerror());
        return floor;
    }
    for (int i = 0; functions[i].name != NULL; i++)
        *(void **)((char *)&floor->taosc + functions[i].slot) = dlsym(library, functions[i].name);
    floor->taos = floor->taosc.taos_connect(host, user, password, database, (uint16_t)port);
    if (floor->taos == NULL) fail(floor, "taos_connect", floor->taosc.taos_errstr(NULL));
    return floor;
}

void floor_close(struct floor *floor) {
    if (floor->taos != NULL) floor->taosc.taos_close(floor->taos);
    free(floor->copy);
    free(floor);
}

static int keep(struct floor *floor, size_t at, const char *block, size_t n_bytes, size_t n_zeros) {
    if (at + n_bytes + n_zeros > floor->n_copy) {
        size_t n = 2 * (at + n_bytes + n_zeros);
        char *copy = realloc(floor->copy, n);
        if (copy == NULL) return -1;
        floor->copy = copy;
        floor->n_copy = n;
    }
    memcpy(floor->copy + at, block, n_bytes);
    memset(floor->copy + at + n_bytes, 0, n_zeros);
    return 0;
}

/* Run a query `n_times`, and walk through its blocks; `copies`: each block is copied, behind the one before, and followed
 * by as many bytes, one a row, as `n_masks` masks of NULLs have. */
int64_t floor_walk(struct floor *floor, const char *sql, int n_times, int copies, int n_masks, int64_t *n_rows) {
    const int64_t started = now();
    *n_rows = 0;
    for (int i = 0; i < n_times; i++) {
        TAOS_RES *res = floor->taosc.taos_query(floor->taos, sql);
        size_t at = 0;
        int code = floor->taosc.taos_errno(res);
        while (code == 0) {
            void *block = NULL;
            int n = 0;
            int32_t n_bytes;
            code = floor->taosc.taos_fetch_raw_block(res, &n, &block);
            if (code != 0 || n == 0) break;
            *n_rows += n;
            if (!copies) continue;
            memcpy(&n_bytes, (const char *)block + 4, sizeof(n_bytes));
            code = keep(floor, at, block, (size_t)n_bytes, (size_t)n_masks * (size_t)n);
            at += (size_t)n_bytes + (size_t)n_masks * (size_t)n;
        }
        if (code != 0) fail(floor, sql, floor->taosc.taos_errstr(res));
        floor->taosc.taos_free_result(res);
        if (code != 0) return -1;
    }
    return now() - started;
}

static void bind_rows(const struct work *work, int64_t first, int64_t n_rows, TAOS_STMT2_BIND *binds) {
    for (int i = 0; i < work->n_columns; i++) {
        const struct column *column = &work->columns[i];
        binds[i].buffer_type = column->type;
        binds[i].buffer = column->values + (column->starts != NULL ? column->starts[first] : first * column->width);
        binds[i].length = column->lengths != NULL ? column->lengths + first : NULL;
        binds[i].is_null = NULL;
        binds[i].num = (int)n_rows;
    }
}

static int send_rows(struct floor *floor, TAOS_STMT2 *stmt, const struct work *work, int64_t table, int64_t n_tables,
                     int64_t first, int64_t n_rows, TAOS_STMT2_BIND *binds, TAOS_STMT2_BIND **bind_cols, int64_t *sent) {
    TAOS_STMT2_BINDV bindv = {(int)n_tables, work->names != NULL ? work->names + table : NULL, NULL, bind_cols};
    int affected = 0, code;
    for (int64_t i = 0; i < n_tables; i++) {
        bind_cols[i] = binds + i * work->n_columns;
        bind_rows(work, (table + i) * work->rows_a_table + first, n_rows, bind_cols[i]);
    }
    code = floor->taosc.taos_stmt2_bind_param(stmt, &bindv, -1);
    if (code == 0) code = floor->taosc.taos_stmt2_exec(stmt, &affected);
    *sent += affected;
    return code;
}

/* Insert all rows, `rows_a_bind` of `tables_a_bind` tables at a time. */
int64_t floor_insert(struct floor *floor, const struct work *work, int64_t *n_rows) {
    const int64_t started = now();
    TAOS_STMT2_OPTION option = {0, work->interlaced != 0, work->interlaced != 0, NULL, NULL};
    TAOS_STMT2_BIND *binds = calloc((size_t)(work->tables_a_bind * work->n_columns), sizeof(*binds));
    TAOS_STMT2_BIND **bind_cols = calloc((size_t)work->tables_a_bind, sizeof(*bind_cols));
    TAOS_STMT2 *stmt = floor->taosc.taos_stmt2_init(floor->taos, &option);
    int code = floor->taosc.taos_stmt2_prepare(stmt, work->sql, strlen(work->sql));
    *n_rows = 0;
    for (int64_t table = 0; code == 0 && table < work->n_tables; table += work->tables_a_bind) {
        int64_t left = work->n_tables - table;
        int64_t n_tables = left < work->tables_a_bind ? left : work->tables_a_bind;
        for (int64_t first = 0; code == 0 && first < work->rows_a_table; first += work->rows_a_bind) {
            int64_t rest = work->rows_a_table - first;
            int64_t n = rest < work->rows_a_bind ? rest : work->rows_a_bind;
            code = send_rows(floor, stmt, work, table, n_tables, first, n, binds, bind_cols, n_rows);
        }
    }
    if (code != 0) fail(floor, work->sql, floor->taosc.taos_stmt2_error(stmt));
    floor->taosc.taos_stmt2_close(stmt);
    free(binds);
    free(bind_cols);
    return code != 0 ? -1 : now() - started;
}
