/* What queries give: a test tells fields and blocks for the statements that begin in some way. */
#include "driver.h"

enum { MAX_ANSWERS = 16 };

static struct answer *answers[MAX_ANSWERS]; /* the first that fits is taken; the last told comes first */
static int n_answers;

void leave_answer(struct answer *answer) {
    int n_users;
    if (answer == NULL) return;
    pthread_mutex_lock(&lock);
    n_users = --answer->n_users;
    pthread_mutex_unlock(&lock);
    if (n_users > 0) return;
    for (int i = 0; i < answer->n_blocks; i++) free_poisoned(answer->blocks[i].data, answer->blocks[i].n_bytes);
    free(answer->blocks);
    free_poisoned(answer->fields, (size_t)answer->n_fields * sizeof(*answer->fields));
    free_poisoned(answer->exact, (size_t)answer->n_fields * sizeof(*answer->exact));
    free(answer);
}

struct answer *answer_to(const char *sql) {
    struct answer *found = NULL;
    pthread_mutex_lock(&lock);
    for (int i = n_answers - 1; i >= 0 && found == NULL; i--)
        if (strncmp(sql, answers[i]->prefix, strlen(answers[i]->prefix)) == 0) found = answers[i];
    if (found != NULL) found->n_users++;
    pthread_mutex_unlock(&lock);
    return found;
}

/* ---- what a test calls ----------------------------------------------------------------------------------------------- */

void fault_forget_answers(void) {
    while (n_answers > 0) {
        struct answer *answer;
        pthread_mutex_lock(&lock);
        answer = answers[--n_answers];
        pthread_mutex_unlock(&lock);
        leave_answer(answer);
    }
}

static void add_answer(struct answer *answer) {
    struct answer *replaced = NULL;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < n_answers && replaced == NULL; i++)
        if (strcmp(answers[i]->prefix, answer->prefix) == 0) {
            replaced = answers[i];
            answers[i] = answer;
        }
    if (replaced == NULL && n_answers < MAX_ANSWERS) answers[n_answers++] = answer;
    pthread_mutex_unlock(&lock);
    leave_answer(replaced);
}

/* What statements that begin with `prefix` give from now on: blocks are added to it, and then it is told.  `exact` is
 * what taos_fetch_fields_e gives. */
struct answer *fault_answer(const char *prefix, int n_fields, const TAOS_FIELD *fields, const TAOS_FIELD_E *exact,
                            int precision, long long affected, int n_rounds, int in_place) {
    struct answer *answer = calloc(1, sizeof(*answer));
    answer->n_users = 1;
    snprintf(answer->prefix, sizeof(answer->prefix), "%s", prefix);
    answer->n_fields = n_fields;
    if (n_fields > 0) {
        answer->fields = copy_of(fields, (size_t)n_fields * sizeof(*fields));
        answer->exact = copy_of(exact, (size_t)n_fields * sizeof(*exact));
    }
    answer->precision = precision;
    answer->affected = affected;
    answer->n_rounds = n_rounds;
    answer->in_place = in_place;
    return answer;
}

void fault_add_block(struct answer *answer, const char *data, size_t n_bytes, int n_rows) {
    answer->blocks = realloc(answer->blocks, (size_t)(answer->n_blocks + 1) * sizeof(*answer->blocks));
    answer->blocks[answer->n_blocks++] = (struct block){n_rows, n_bytes, copy_of(data, n_bytes)};
}

void fault_tell_answer(struct answer *answer) { add_answer(answer); }
