/* Statements of the second version.
 *
 * A test tells what the question marks of the next statements stand for, and reads what was bound: types, addresses,
 * and a copy of what the real driver would have read.  A statement that failed repeats it at every later call; BOOL is
 * written into; as many binds are read as there are question marks. */
#include "driver.h"

struct taosnative_stmt2 {
    int is_insert;
    int interlace;
    int sticky; /* the code of the failure */
    char text[MAX_ERROR];
    int n_rows; /* bound since the last execute */
    char sql[MAX_TEXT];
    TAOS_RES *res;
};

struct bound { /* one bind of one column of one table */
    struct bound *next;
    int call; /* the number of the call of bind */
    int table;
    int is_tag;
    int column;
    int type;
    int n_rows;
    int n_bytes;
    const void *address;
    char name[256];
    char *bytes;
    int32_t *lengths;
    char *nulls;
};

static struct {
    int n_fields;
    TAOS_FIELD_ALL *fields;
} told_fields;
static struct bound *bound_first, *bound_last;
enum keeping { COPIES, POINTERS, NOTHING, READ }; /* KEEPING in statements.py */
static enum keeping keeping;
char fault_read[1 << 16]; /* exported, so that no compiler leaves out what is written there */
static int n_bind_calls;
static long long n_written, n_lost; /* rows of executes that went well, and of others */
static char told_sql[MAX_TEXT];

static const int widths[] = {0, 1, 1, 2, 4, 8, 4, 8, 0, 8, 0, 1, 2, 4, 8};

static void forget_bound(void) {
    while (bound_first != NULL) {
        struct bound *next = bound_first->next;
        free(bound_first->bytes);
        free(bound_first->lengths);
        free(bound_first->nulls);
        free(bound_first);
        bound_first = next;
    }
    bound_last = NULL;
    n_bind_calls = 0;
}

/* What the question marks of statements stand for from now on, and what is kept of what is bound. */
void fault_fields(int n_fields, const TAOS_FIELD_ALL *fields, int kept) {
    forget_bound();
    free(told_fields.fields);
    told_fields.n_fields = n_fields;
    told_fields.fields = malloc((size_t)(n_fields > 0 ? n_fields : 1) * sizeof(TAOS_FIELD_ALL));
    memcpy(told_fields.fields, fields, (size_t)n_fields * sizeof(TAOS_FIELD_ALL));
    keeping = kept;
    n_written = n_lost = 0;
}

const struct bound *fault_bound(void) { return bound_first; }

long long fault_rows_written(void) { return n_written; }

long long fault_rows_lost(void) { return n_lost; }

const char *fault_statement_sql(void) { return told_sql; }

/* The real driver makes a BOOL that is more than 1 a 1, where the caller has it. */
static void write_booleans(const TAOS_STMT2_BIND *bind) {
    unsigned char *values = bind->buffer;
    for (int row = 0; bind->buffer_type == TAOS_TYPE_BOOL && row < bind->num; row++)
        if (values[row] > 1) values[row] = 1;
}

static int width_of(const TAOS_STMT2_BIND *bind) {
    return bind->buffer_type < (int)(sizeof(widths) / sizeof(widths[0])) ? widths[bind->buffer_type] : 0;
}

static size_t bytes_of(const TAOS_STMT2_BIND *bind) {
    const int width = width_of(bind);
    size_t n_bytes = (size_t)width * (size_t)bind->num;
    for (int row = 0; width == 0 && row < bind->num; row++)
        if (bind->is_null == NULL || bind->is_null[row] == 0) n_bytes += (size_t)bind->length[row];
    return n_bytes;
}

/* Copy the values once, as any driver must at least, and forget them. */
static void read_values(const TAOS_STMT2_BIND *bind) {
    const char *values = bind->buffer;
    for (size_t left = bytes_of(bind), n; left > 0; left -= n, values += n) {
        n = left < sizeof(fault_read) ? left : sizeof(fault_read);
        memcpy(fault_read, values, n);
    }
}

static void copy_values(struct bound *bound, const TAOS_STMT2_BIND *bind) {
    bound->n_bytes = (int)bytes_of(bind);
    bound->bytes = copy_of(bind->buffer, (size_t)bound->n_bytes);
    bound->lengths = copy_of(bind->length, (size_t)bind->num * sizeof(int32_t));
    bound->nulls = copy_of(bind->is_null, (size_t)bind->num);
}

static void keep(const TAOS_STMT2_BIND *bind, const char *name, int table, int is_tag, int column) {
    struct bound *bound = calloc(1, sizeof(*bound));
    bound->call = n_bind_calls;
    bound->table = table;
    bound->is_tag = is_tag;
    bound->column = column;
    bound->type = bind->buffer_type;
    bound->n_rows = bind->num;
    bound->address = bind->buffer;
    snprintf(bound->name, sizeof(bound->name), "%s", name != NULL ? name : "");
    if (keeping == COPIES) copy_values(bound, bind);
    if (bound_last != NULL)
        bound_last->next = bound;
    else
        bound_first = bound;
    bound_last = bound;
}

static void take(const TAOS_STMT2_BIND *bind, const char *name, int table, int is_tag, int column) {
    write_booleans(bind);
    if (keeping == READ)
        read_values(bind);
    else if (keeping != NOTHING)
        keep(bind, name, table, is_tag, column);
}

/* Question marks in the brackets behind a keyword: as many binds are read, as by the real driver. */
static int n_marks_behind(const char *sql, const char *keyword) {
    const char *at = strstr(sql, keyword);
    int n = 0;
    for (; at != NULL && *at != '\0' && *at != ')'; at++) n += *at == '?';
    return n;
}

static int stmt2_begin(TAOS_STMT2 *stmt, enum function function) {
    const int code = begin(function);
    if (stmt->sticky == 0 && code != 0) {
        stmt->sticky = code;
        snprintf(stmt->text, sizeof(stmt->text), "%s", last_text);
    }
    snprintf(last_text, sizeof(last_text), "%s", stmt->text);
    return last_code = stmt->sticky;
}

TAOS_STMT2 *taos_stmt2_init(TAOS *taos, TAOS_STMT2_OPTION *option) {
    TAOS_STMT2 *stmt;
    (void)taos;
    if (begin(FN_taos_stmt2_init) != 0 || or_odd(1) == 0) return NULL;
    stmt = calloc(1, sizeof(*stmt));
    stmt->interlace = option != NULL && option->singleStbInsert && option->singleTableBindOnce;
    tell_number(TOLD_REQUEST, option != NULL ? option->reqid : 0);
    count(STATEMENTS, 1);
    return stmt;
}

int taos_stmt2_prepare(TAOS_STMT2 *stmt, const char *sql, unsigned long length) {
    snprintf(told_sql, sizeof(told_sql), "%.*s%s", (int)length, sql, stmt->interlace ? " -- interlaced" : "");
    snprintf(stmt->sql, sizeof(stmt->sql), "%.*s", (int)length, sql);
    stmt->is_insert = strncmp(sql, "insert", 6) == 0;
    return stmt2_begin(stmt, FN_taos_stmt2_prepare);
}

int taos_stmt2_is_insert(TAOS_STMT2 *stmt, int *insert) {
    const int code = stmt2_begin(stmt, FN_taos_stmt2_is_insert);
    *insert = (int)or_odd(stmt->is_insert);
    return code;
}

int taos_stmt2_get_fields(TAOS_STMT2 *stmt, int *n_fields, TAOS_FIELD_ALL **fields) {
    int code = begin(FN_taos_stmt2_get_fields); /* not sticky on the real driver either */
    if (code != 0) return code;
    *n_fields = (int)or_odd(told_fields.n_fields);
    if (stmt->is_insert && fields != NULL) {
        *fields = copy_of(told_fields.fields, (size_t)told_fields.n_fields * sizeof(TAOS_FIELD_ALL));
        count(FIELDS, 1);
    }
    return 0;
}

void taos_stmt2_free_fields(TAOS_STMT2 *stmt, TAOS_FIELD_ALL *fields) {
    (void)stmt;
    begin(FN_taos_stmt2_free_fields);
    if (fields == NULL) return;
    free_poisoned(fields, (size_t)told_fields.n_fields * sizeof(*fields));
    count(FIELDS, -1);
}

int taos_stmt2_bind_param(TAOS_STMT2 *stmt, TAOS_STMT2_BINDV *bindv, int32_t column) {
    int n_tags = n_marks_behind(stmt->sql, " tags (");
    int n_columns = column >= 0 ? 1 : stmt->is_insert ? n_marks_behind(stmt->sql, " values (") : told_fields.n_fields;
    int code = stmt2_begin(stmt, FN_taos_stmt2_bind_param);
    if (code != 0) return code;
    for (int table = 0; table < bindv->count; table++) {
        const char *name = bindv->tbnames != NULL ? bindv->tbnames[table] : NULL;
        stmt->n_rows += n_columns > 0 ? bindv->bind_cols[table][0].num : 0;
        for (int i = 0; i < n_tags && bindv->tags != NULL; i++) take(&bindv->tags[table][i], name, table, 1, i);
        for (int i = 0; i < n_columns; i++)
            take(&bindv->bind_cols[table][i], name, table, 0, column >= 0 ? column : i);
    }
    n_bind_calls++;
    return 0;
}

int taos_stmt2_exec(TAOS_STMT2 *stmt, int *affected_rows) {
    const int code = stmt2_begin(stmt, FN_taos_stmt2_exec);
    const int n_rows = stmt->is_insert ? stmt->n_rows : 0;
    stmt->n_rows = 0;
    if (code != 0) {
        n_lost += n_rows;
        return code;
    }
    n_written += n_rows;
    if (affected_rows != NULL) *affected_rows = (int)or_odd(n_rows);
    free_result(stmt->res);
    stmt->res = stmt->is_insert ? NULL : make_result(0, answer_to(stmt->sql));
    return 0;
}

/* It belongs to the statement. */
TAOS_RES *taos_stmt2_result(TAOS_STMT2 *stmt) { return POINTER_OF(FN_taos_stmt2_result, stmt->res); }

char *taos_stmt2_error(TAOS_STMT2 *stmt) {
    (void)stmt;
    return POINTER_OF(FN_taos_stmt2_error, last_text);
}

int taos_stmt2_close(TAOS_STMT2 *stmt) {
    free_result(stmt->res);
    free_poisoned(stmt, sizeof(*stmt));
    count(STATEMENTS, -1);
    return begin(FN_taos_stmt2_close);
}
