/* driver: what the rooms of the fault driver share.
 *
 * script.c      what a test tells it: which call fails, waits, sleeps or gives an odd value; what is counted
 * answers.c     the fields and blocks that queries give
 * connections.c queries.c rows.c async.c statements.c consumers.c     taosc's functions
 * stubs.c       those of them that it has in name only
 *
 * Freed memory is overwritten before it is freed, and so is a block as soon as the real driver may use it again. */
#ifndef FAULTDRIVER_DRIVER_H
#define FAULTDRIVER_DRIVER_H

#include "taosnative/functions.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The compiler holds every definition to the list of functions. */
#define DECLARE_VALUE(result, name, parameters, arguments, since, group) result name parameters;
#define DECLARE_VOID(name, parameters, arguments, since, group) void name parameters;
TAOSC_FUNCTIONS(DECLARE_VALUE, DECLARE_VOID)

enum function {
#define NUMBER_VALUE(result, name, parameters, arguments, since, group) FN_##name,
#define NUMBER_VOID(name, parameters, arguments, since, group) FN_##name,
    TAOSC_FUNCTIONS(NUMBER_VALUE, NUMBER_VOID) N_FUNCTIONS
};

enum { MAX_TEXT = 4096, MAX_ERROR = 512 };

/* ---- script.c ------------------------------------------------------------------------------------------------------ */

/* What is counted while it lives; KINDS in __init__.py. */
enum kind { CONNECTIONS, RESULTS, STATEMENTS, FIELDS, CONSUMERS, CONFS, LISTS, THREADS, N_KINDS };

/* What an argument was at the last call that had it; TOLD in __init__.py. */
enum told {
    TOLD_ADDRESS,
    TOLD_USER,
    TOLD_PASSWORD,
    TOLD_DATABASE,
    TOLD_PORT,
    TOLD_SQL,
    TOLD_REQUEST,
    TOLD_CONFIG,
    TOLD_OPTION,
    N_TOLD
};

extern pthread_mutex_t lock; /* of all that is not a handle's own */
extern _Thread_local int last_code;
extern _Thread_local char last_text[MAX_ERROR];
extern char version[64];

/* Begin a call that may fail: count it, wait and sleep where it is told so; the code where it is to fail, or 0. */
int begin(enum function function);

/* Begin a call that leaves the last error as it is, and give its value, or the odd one that a test wants. */
long long value_of(enum function function, long long normal);

/* Of a call that has begun on this thread: a value of it, or the odd one that a test wants. */
long long or_odd(long long normal);

#define POINTER_OF(function, pointer) ((void *)(intptr_t)value_of(function, (intptr_t)(pointer)))

void tell(enum told which, const char *text);
void tell_number(enum told which, long long number);
void count(enum kind kind, int change);
void poison(void *memory, size_t n_bytes);
void free_poisoned(void *memory, size_t n_bytes);
void *copy_of(const void *memory, size_t n_bytes);

/* ---- answers.c ----------------------------------------------------------------------------------------------------- */

struct block {
    int n_rows;
    size_t n_bytes;
    char *data;
};

struct answer { /* what a statement gives; it lives as long as a result or the test has it */
    int n_users;
    char prefix[256]; /* of the statements that get it */
    int n_fields;
    TAOS_FIELD *fields;
    TAOS_FIELD_E *exact;
    int precision;
    long long affected;
    int n_blocks;
    struct block *blocks;
    int n_rounds;  /* how often the blocks are handed out; -1: without an end */
    int in_place;  /* the blocks themselves are handed out, not copies */
};

struct answer *answer_to(const char *sql); /* taken: to be left */
void leave_answer(struct answer *answer);

/* ---- queries.c, rows.c --------------------------------------------------------------------------------------------- */

struct rows; /* a block that is read by row or by column */

struct taosnative_res {
    int code;
    char text[MAX_ERROR];
    struct answer *answer;
    int next, round; /* the block that comes next */
    int is_stopped;
    char topic[256]; /* of a consumer's message */
    char *current;   /* the block that was handed out last */
    size_t n_current;
    int is_copy;
    struct rows *rows;
};

TAOS_RES *make_result(int code, struct answer *answer);
TAOS_RES *query(enum function function, const char *sql, long long request);
int begin_fetch(enum function function, TAOS_RES *res); /* its code */
int take_block(TAOS_RES *res);                          /* the next one becomes the current one: its rows, 0 at the end */
void free_result(TAOS_RES *res);
void free_rows(TAOS_RES *res);

#endif
