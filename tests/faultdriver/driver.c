/* A driver that does what a test tells it.
 *
 * It has taosc's names, and functions of its own, `fault_…`, that a test calls by ctypes: which blocks the next results
 * hold, which call fails and how, which call waits until it is let go.  It counts calls and live handles.  A block that
 * the real driver may use again is overwritten as soon as that is so, and freed memory is overwritten, too.
 *
 * A function is left out by renaming it: cc -Dtaos_connect=left_out. */
#include "taosnative/functions.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The compiler holds every definition below to the list of functions. */
#define DECLARE_VALUE(result, name, parameters, arguments, since, group) result name parameters;
#define DECLARE_VOID(name, parameters, arguments, since, group) void name parameters;
TAOSC_FUNCTIONS(DECLARE_VALUE, DECLARE_VOID)

enum function {
#define NUMBER_VALUE(result, name, parameters, arguments, since, group) FN_##name,
#define NUMBER_VOID(name, parameters, arguments, since, group) FN_##name,
    TAOSC_FUNCTIONS(NUMBER_VALUE, NUMBER_VOID) N_FUNCTIONS
};

static const taosc_function_info functions[] = TAOSC_FUNCTION_INFO;

enum { MAX_TEXT = 4096, HOLD_SECONDS = 20 };
enum kind { CONNECTIONS, RESULTS, STATEMENTS, FIELDS, N_KINDS };

struct plan { /* what a test wants of one function */
    int n_calls;
    int fails_at; /* the call that fails, counted from now; 0 none, -1 every one */
    int code;
    char text[512];
    int holds; /* the next call waits */
};

struct block {
    struct block *next;
    int n_rows;
    size_t n_bytes;
    char data[];
};

struct answer { /* what a query gives */
    int n_fields;
    TAOS_FIELD *fields;
    int precision;
    int64_t affected;
    struct block *first, *last;
};

struct taosnative_taos {
    char database[256];
};

struct taosnative_res {
    int code;
    char text[512];
    struct answer answer;
    struct block *next;
    char *current; /* the block that was handed out last */
    size_t n_current;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct plan plans[N_FUNCTIONS];
static struct answer answer;
static int n_live[N_KINDS];
static int n_held, may_go, n_overdue;
static char version[64] = "3.3.5.8";
static char told[16][MAX_TEXT]; /* arguments of calls, by enum told */
static _Thread_local int last_code;
static _Thread_local char last_text[512];

enum told { TOLD_ADDRESS, TOLD_USER, TOLD_PASSWORD, TOLD_DATABASE, TOLD_PORT, TOLD_SQL, TOLD_REQUEST, TOLD_CONFIG, TOLD_OPTION };

static void tell(enum told which, const char *text) { snprintf(told[which], MAX_TEXT, "%s", text != NULL ? text : "(null)"); }

static void tell_number(enum told which, long long number) { snprintf(told[which], MAX_TEXT, "%lld", number); }

static struct timespec after(double seconds) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += (time_t)seconds;
    at.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (at.tv_nsec >= 1000000000L) at.tv_sec++, at.tv_nsec -= 1000000000L;
    return at;
}

/* Begin a call: count it, wait where it is to be held, give the code where it is to fail. */
static int begin(enum function function) {
    struct plan *plan = &plans[function];
    int code = 0;
    pthread_mutex_lock(&lock);
    plan->n_calls++;
    if (plan->holds) {
        struct timespec limit = after(HOLD_SECONDS);
        plan->holds = 0;
        n_held++;
        pthread_cond_broadcast(&changed);
        while (!may_go)
            if (pthread_cond_timedwait(&changed, &lock, &limit) == ETIMEDOUT) {
                n_overdue++; /* the test is stuck: what it waits for needs this call to end */
                break;
            }
        n_held--;
        pthread_cond_broadcast(&changed);
    }
    if (plan->fails_at == -1 || (plan->fails_at > 0 && --plan->fails_at == 0)) {
        code = plan->code;
        snprintf(last_text, sizeof(last_text), "%s", plan->text);
    }
    pthread_mutex_unlock(&lock);
    return last_code = code;
}

static void count(enum kind kind, int change) {
    pthread_mutex_lock(&lock);
    n_live[kind] += change;
    pthread_mutex_unlock(&lock);
}

static void poison(void *memory, size_t n_bytes) {
    if (memory != NULL) memset(memory, 0xA5, n_bytes);
}

/* ---- what a test calls ---------------------------------------------------------------------------------------------- */

static int find(const char *name) {
    int i = 0;
    while (functions[i].name != NULL && strcmp(functions[i].name, name) != 0) i++;
    return functions[i].name != NULL ? i : -1;
}

static void forget_answer(void) {
    struct block *block = answer.first;
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(answer.fields);
    memset(&answer, 0, sizeof(answer));
}

/* Back to the beginning; no result may be live. */
void fault_reset(void) {
    memset(plans, 0, sizeof(plans));
    memset(told, 0, sizeof(told));
    forget_answer();
    may_go = n_overdue = 0;
    snprintf(version, sizeof(version), "3.3.5.8");
}

int fault_fail(const char *function, int nth, int code, const char *text) {
    int i = find(function);
    if (i < 0) return -1;
    plans[i].fails_at = nth;
    plans[i].code = code;
    snprintf(plans[i].text, sizeof(plans[i].text), "%s", text);
    return 0;
}

int fault_hold(const char *function) {
    int i = find(function);
    if (i < 0) return -1;
    may_go = 0;
    plans[i].holds = 1;
    return 0;
}

/* Wait until `n` calls are held; 0 where that does not come about. */
int fault_wait_held(int n, double seconds) {
    struct timespec limit = after(seconds);
    int is_held;
    pthread_mutex_lock(&lock);
    while (n_held != n)
        if (pthread_cond_timedwait(&changed, &lock, &limit) == ETIMEDOUT) break;
    is_held = n_held == n;
    pthread_mutex_unlock(&lock);
    return is_held;
}

void fault_let_go(void) {
    pthread_mutex_lock(&lock);
    may_go = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

int fault_overdue(void) { return n_overdue; }

int fault_calls(const char *function) {
    int i = find(function);
    return i < 0 ? -1 : plans[i].n_calls;
}

int fault_live(int kind) { return kind >= 0 && kind < N_KINDS ? n_live[kind] : -1; }

const char *fault_told(int which) { return which >= 0 && which < 16 ? told[which] : ""; }

void fault_set_version(const char *text) { snprintf(version, sizeof(version), "%s", text); }

/* What the queries from now on give; blocks are added one by one. */
void fault_answer(int n_fields, const TAOS_FIELD *fields, int precision, int64_t affected) {
    forget_answer();
    answer.n_fields = n_fields;
    answer.precision = precision;
    answer.affected = affected;
    if (n_fields > 0) {
        answer.fields = malloc((size_t)n_fields * sizeof(TAOS_FIELD));
        memcpy(answer.fields, fields, (size_t)n_fields * sizeof(TAOS_FIELD));
    }
}

void fault_add_block(const char *data, size_t n_bytes, int n_rows) {
    struct block *block = malloc(sizeof(struct block) + n_bytes);
    block->next = NULL;
    block->n_rows = n_rows;
    block->n_bytes = n_bytes;
    memcpy(block->data, data, n_bytes);
    if (answer.last != NULL)
        answer.last->next = block;
    else
        answer.first = block;
    answer.last = block;
}

/* ---- the library and its connections ---------------------------------------------------------------------------------- */

int taos_init(void) { return begin(FN_taos_init); }

int taos_options(int option, const void *arg, ...) {
    if (option == TAOS_OPTION_CONFIGDIR) tell(TOLD_CONFIG, arg);
    return begin(FN_taos_options);
}

int taos_options_connection(TAOS *taos, int option, const void *arg, ...) {
    (void)taos;
    snprintf(told[TOLD_OPTION], MAX_TEXT, "%d=%s", option, (const char *)arg);
    return begin(FN_taos_options_connection);
}

TAOS *taos_connect(const char *ip, const char *user, const char *pass, const char *db, uint16_t port) {
    TAOS *taos;
    tell(TOLD_ADDRESS, ip);
    tell(TOLD_USER, user);
    tell(TOLD_PASSWORD, pass);
    tell(TOLD_DATABASE, db);
    tell_number(TOLD_PORT, port);
    if (begin(FN_taos_connect) != 0) return NULL;
    taos = calloc(1, sizeof(*taos));
    snprintf(taos->database, sizeof(taos->database), "%s", db != NULL ? db : "");
    count(CONNECTIONS, 1);
    return taos;
}

void taos_close(TAOS *taos) {
    begin(FN_taos_close);
    if (taos == NULL) return;
    poison(taos, sizeof(*taos));
    free(taos);
    count(CONNECTIONS, -1);
}

const char *taos_get_server_info(TAOS *taos) {
    begin(FN_taos_get_server_info);
    return taos != NULL ? "ver:3.3.5.8\nbuild:fault" : NULL;
}

const char *taos_get_client_info(void) { return version; }

int taos_select_db(TAOS *taos, const char *db) {
    if (begin(FN_taos_select_db) == 0) snprintf(taos->database, sizeof(taos->database), "%s", db);
    return last_code;
}

int taos_get_current_db(TAOS *taos, char *database, int len, int *required) {
    (void)required;
    if (begin(FN_taos_get_current_db) == 0) snprintf(database, (size_t)len, "%s", taos->database);
    return last_code;
}

void taos_kill_query(TAOS *taos) {
    (void)taos;
    begin(FN_taos_kill_query);
}

/* ---- queries and their results ------------------------------------------------------------------------------------------ */

static TAOS_RES *query(enum function function, TAOS *taos, const char *sql, int64_t request) {
    TAOS_RES *res = calloc(1, sizeof(*res));
    (void)taos;
    tell(TOLD_SQL, sql);
    tell_number(TOLD_REQUEST, request);
    res->code = begin(function);
    snprintf(res->text, sizeof(res->text), "%s", last_text);
    if (res->code == 0) res->answer = answer;
    res->next = res->answer.first;
    count(RESULTS, 1);
    return res;
}

TAOS_RES *taos_query(TAOS *taos, const char *sql) { return query(FN_taos_query, taos, sql, 0); }

TAOS_RES *taos_query_with_reqid(TAOS *taos, const char *sql, int64_t req_id) {
    return query(FN_taos_query_with_reqid, taos, sql, req_id);
}

int taos_fetch_raw_block(TAOS_RES *res, int *n_rows, void **data) {
    struct block *block;
    *n_rows = 0;
    poison(res->current, res->n_current); /* the real driver uses this memory again from here on */
    free(res->current);
    res->current = NULL;
    res->code = begin(FN_taos_fetch_raw_block);
    if (res->code != 0) {
        snprintf(res->text, sizeof(res->text), "%s", last_text);
        return res->code;
    }
    block = res->next;
    if (block == NULL) return 0;
    res->next = block->next;
    res->current = malloc(block->n_bytes);
    res->n_current = block->n_bytes;
    memcpy(res->current, block->data, block->n_bytes);
    *n_rows = block->n_rows;
    *data = res->current;
    return 0;
}

int taos_num_fields(TAOS_RES *res) { return res->answer.n_fields; }

TAOS_FIELD *taos_fetch_fields(TAOS_RES *res) { return res->answer.fields; }

int taos_result_precision(TAOS_RES *res) { return res->answer.precision; }

int taos_affected_rows(TAOS_RES *res) { return (int)res->answer.affected; }

int64_t taos_affected_rows64(TAOS_RES *res) { return res->answer.affected; }

void taos_stop_query(TAOS_RES *res) {
    begin(FN_taos_stop_query);
    res->next = NULL; /* what is left looks like the end of the data, as on the real driver */
}

void taos_free_result(TAOS_RES *res) {
    begin(FN_taos_free_result);
    if (res == NULL) return;
    poison(res->current, res->n_current);
    free(res->current);
    poison(res, sizeof(*res));
    free(res);
    count(RESULTS, -1);
}

int taos_errno(TAOS_RES *res) { return res != NULL ? res->code : last_code; }

const char *taos_errstr(TAOS_RES *res) {
    if (res != NULL) return res->code != 0 ? res->text : "success";
    return last_code != 0 ? last_text : "success";
}

#include "statements.h"
