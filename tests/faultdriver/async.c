/* Answers that come by a callback: on a thread of the driver's own, or on the caller's before the call returns. */
#include "driver.h"

struct task {
    int (*work)(TAOS_RES *res); /* what the callback is given as its third argument */
    TAOS_RES *res;
    taos_async_fn_t callback;
    void *param;
};

static int is_on_callers_thread;

/* 1: on the caller's thread from now on; 0: on threads of the driver's own. */
void fault_answer_on_callers_thread(int is_so) { is_on_callers_thread = is_so; }

static void run(struct task task) { task.callback(task.param, task.res, task.work(task.res)); }

static void *run_on_thread(void *argument) {
    const struct task task = *(struct task *)argument;
    free(argument);
    run(task);
    count(THREADS, -1);
    return NULL;
}

static void start(struct task task) {
    pthread_t thread;
    if (is_on_callers_thread) {
        run(task);
        return;
    }
    count(THREADS, 1);
    if (pthread_create(&thread, NULL, run_on_thread, copy_of(&task, sizeof(task))) != 0) abort();
    pthread_detach(thread);
}

static int code_of(TAOS_RES *res) { return res != NULL ? res->code : last_code; }

static void query_later(enum function function, const char *sql, long long request, taos_async_fn_t fp, void *param) {
    start((struct task){code_of, query(function, sql, request), fp, param});
}

void taos_query_a(TAOS *taos, const char *sql, taos_async_fn_t fp, void *param) {
    (void)taos;
    query_later(FN_taos_query_a, sql, 0, fp, param);
}

void taos_query_a_with_reqid(TAOS *taos, const char *sql, taos_async_fn_t fp, void *param, int64_t req_id) {
    (void)taos;
    query_later(FN_taos_query_a_with_reqid, sql, req_id, fp, param);
}

static int fetch_raw(TAOS_RES *res) {
    return begin_fetch(FN_taos_fetch_raw_block_a, res) == 0 ? take_block(res) : res->code;
}

static int fetch_rows(TAOS_RES *res) {
    TAOS_ROW starts;
    const int n_rows = taos_fetch_block(res, &starts);
    return res->code == 0 ? n_rows : res->code;
}

void taos_fetch_raw_block_a(TAOS_RES *res, taos_async_fn_t fp, void *param) {
    start((struct task){fetch_raw, res, fp, param});
}

void taos_fetch_rows_a(TAOS_RES *res, taos_async_fn_t fp, void *param) {
    begin(FN_taos_fetch_rows_a);
    start((struct task){fetch_rows, res, fp, param});
}
