/* Queries and their results, by blocks. */
#include "driver.h"

TAOS_RES *make_result(int code, struct answer *answer) {
    TAOS_RES *res = calloc(1, sizeof(*res));
    res->code = code;
    if (code != 0) snprintf(res->text, sizeof(res->text), "%s", last_text);
    res->answer = answer;
    count(RESULTS, 1);
    return res;
}

/* An odd value 0 gives no result at all. */
TAOS_RES *query(enum function function, const char *sql, long long request) {
    int code;
    tell(TOLD_SQL, sql);
    tell_number(TOLD_REQUEST, request);
    code = begin(function);
    if (or_odd(1) == 0) return NULL;
    return make_result(code, code == 0 ? answer_to(sql) : NULL);
}

TAOS_RES *taos_query(TAOS *taos, const char *sql) {
    (void)taos;
    return query(FN_taos_query, sql, 0);
}

TAOS_RES *taos_query_with_reqid(TAOS *taos, const char *sql, int64_t req_id) {
    (void)taos;
    return query(FN_taos_query_with_reqid, sql, req_id);
}

/* The real driver uses a block's memory again from the next fetch on. */
static void drop_current(TAOS_RES *res) {
    free_rows(res);
    if (res->is_copy) free_poisoned(res->current, res->n_current);
    res->current = NULL;
}

static const struct block *next_block(TAOS_RES *res) {
    const struct answer *answer = res->answer;
    if (answer == NULL || answer->n_blocks == 0 || res->is_stopped || res->round == answer->n_rounds) return NULL;
    const struct block *block = &answer->blocks[res->next++];
    if (res->next == answer->n_blocks) {
        res->next = 0;
        if (answer->n_rounds >= 0) res->round++;
    }
    return block;
}

int begin_fetch(enum function function, TAOS_RES *res) {
    res->code = begin(function);
    if (res->code != 0) snprintf(res->text, sizeof(res->text), "%s", last_text);
    return res->code;
}

int take_block(TAOS_RES *res) {
    const struct block *block = next_block(res);
    drop_current(res);
    if (block == NULL) return 0;
    res->is_copy = !res->answer->in_place;
    res->current = res->is_copy ? copy_of(block->data, block->n_bytes) : block->data;
    res->n_current = block->n_bytes;
    return block->n_rows;
}

/* An odd value is the number of rows that is told; -2**63 is a block of no address. */
int taos_fetch_raw_block(TAOS_RES *res, int *n_rows, void **data) {
    int n_taken;
    *n_rows = 0;
    if (begin_fetch(FN_taos_fetch_raw_block, res) != 0) return drop_current(res), res->code;
    n_taken = take_block(res);
    *data = or_odd(0) == INT64_MIN ? NULL : res->current;
    *n_rows = or_odd(0) == INT64_MIN ? 1 : (int)or_odd(n_taken);
    return 0;
}

const void *taos_get_raw_block(TAOS_RES *res) { return POINTER_OF(FN_taos_get_raw_block, res->current); }

static const struct answer nothing;

static const struct answer *answer_of(TAOS_RES *res) {
    return res != NULL && res->answer != NULL ? res->answer : &nothing;
}

int taos_num_fields(TAOS_RES *res) { return (int)value_of(FN_taos_num_fields, answer_of(res)->n_fields); }

int taos_field_count(TAOS_RES *res) { return (int)value_of(FN_taos_field_count, answer_of(res)->n_fields); }

TAOS_FIELD *taos_fetch_fields(TAOS_RES *res) { return POINTER_OF(FN_taos_fetch_fields, answer_of(res)->fields); }

TAOS_FIELD_E *taos_fetch_fields_e(TAOS_RES *res) { return POINTER_OF(FN_taos_fetch_fields_e, answer_of(res)->exact); }

int taos_result_precision(TAOS_RES *res) {
    return (int)value_of(FN_taos_result_precision, answer_of(res)->precision);
}

int taos_affected_rows(TAOS_RES *res) { return (int)value_of(FN_taos_affected_rows, answer_of(res)->affected); }

int64_t taos_affected_rows64(TAOS_RES *res) { return value_of(FN_taos_affected_rows64, answer_of(res)->affected); }

bool taos_is_update_query(TAOS_RES *res) {
    return value_of(FN_taos_is_update_query, answer_of(res)->n_fields == 0) != 0;
}

/* What is left looks like the end of the data, as on the real driver. */
void taos_stop_query(TAOS_RES *res) {
    begin(FN_taos_stop_query);
    res->is_stopped = 1;
}

void free_result(TAOS_RES *res) {
    if (res == NULL) return;
    drop_current(res);
    leave_answer(res->answer);
    free_poisoned(res, sizeof(*res));
    count(RESULTS, -1);
}

void taos_free_result(TAOS_RES *res) {
    begin(FN_taos_free_result);
    free_result(res);
}

int taos_errno(TAOS_RES *res) { return (int)value_of(FN_taos_errno, res != NULL ? res->code : last_code); }

const char *taos_errstr(TAOS_RES *res) {
    const int code = res != NULL ? res->code : last_code;
    return POINTER_OF(FN_taos_errstr, code == 0 ? "success" : res != NULL ? res->text : last_text);
}
