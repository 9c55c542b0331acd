/* What a test tells the driver, by ctypes: the functions `fault_…`. */
#include "driver.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

static const taosc_function_info functions[] = TAOSC_FUNCTION_INFO;

enum { HOLD_SECONDS = 20 };

struct plan { /* what a test wants of one function */
    atomic_int n_calls;
    atomic_int is_told; /* else nothing below is looked at */
    int fails_at;       /* the call that fails, counted from now; 0 none, -1 every one */
    int code;
    char text[MAX_ERROR];
    int odd_at; /* the call that gives an odd value, counted likewise */
    long long odd;
    int holds_at; /* the call that waits */
    double seconds; /* that every call sleeps */
};

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
_Thread_local int last_code;
_Thread_local char last_text[MAX_ERROR];
char version[64] = "3.3.5.8";

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct plan plans[N_FUNCTIONS];
static atomic_int n_live[N_KINDS];
static int n_held, may_go, n_overdue;
static char told[N_TOLD][MAX_TEXT];
static _Thread_local int is_odd; /* of this thread's last call */
static _Thread_local long long odd;

void tell(enum told which, const char *text) { snprintf(told[which], MAX_TEXT, "%s", text != NULL ? text : "(null)"); }

void tell_number(enum told which, long long number) { snprintf(told[which], MAX_TEXT, "%lld", number); }

void count(enum kind kind, int change) { atomic_fetch_add(&n_live[kind], change); }

void poison(void *memory, size_t n_bytes) {
    if (memory != NULL) memset(memory, 0xA5, n_bytes);
}

void free_poisoned(void *memory, size_t n_bytes) {
    poison(memory, n_bytes);
    free(memory);
}

void *copy_of(const void *memory, size_t n_bytes) {
    void *copy = memory != NULL ? malloc(n_bytes > 0 ? n_bytes : 1) : NULL;
    if (copy != NULL) memcpy(copy, memory, n_bytes);
    return copy;
}

/* ---- what happens at a call ------------------------------------------------------------------------------------------ */

static struct timespec after(double seconds) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += (time_t)seconds;
    at.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (at.tv_nsec >= 1000000000L) at.tv_sec++, at.tv_nsec -= 1000000000L;
    return at;
}

static void doze(double seconds) {
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

/* Wait until the test lets go; the lock is held. */
static void wait_for_the_test(void) {
    struct timespec limit = after(HOLD_SECONDS);
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

static int is_now(int *at) { return *at == -1 || (*at > 0 && --*at == 0); }

/* Count a call, and do what a test wants of it; the code that it fails with. */
static int look(enum function function) {
    struct plan *plan = &plans[function];
    double seconds;
    int code = 0;
    is_odd = 0;
    atomic_fetch_add_explicit(&plan->n_calls, 1, memory_order_relaxed);
    if (!atomic_load_explicit(&plan->is_told, memory_order_acquire)) return 0;
    pthread_mutex_lock(&lock);
    seconds = plan->seconds;
    if (is_now(&plan->holds_at)) wait_for_the_test();
    if (is_now(&plan->fails_at)) {
        code = plan->code;
        snprintf(last_text, sizeof(last_text), "%s", plan->text);
    }
    if (is_now(&plan->odd_at)) {
        is_odd = 1;
        odd = plan->odd;
    }
    pthread_mutex_unlock(&lock);
    if (seconds > 0) doze(seconds);
    return code;
}

int begin(enum function function) { return last_code = look(function); }

long long or_odd(long long normal) { return is_odd ? odd : normal; }

long long value_of(enum function function, long long normal) {
    look(function);
    return or_odd(normal);
}

/* ---- what a test calls ----------------------------------------------------------------------------------------------- */

static struct plan *find(const char *name) {
    int i = 0;
    while (functions[i].name != NULL && strcmp(functions[i].name, name) != 0) i++;
    return functions[i].name != NULL ? &plans[i] : NULL;
}

/* Lock a function's plan for changes; NULL where there is no such function. */
static struct plan *open_plan(const char *name) {
    struct plan *plan = find(name);
    if (plan != NULL) pthread_mutex_lock(&lock);
    return plan;
}

static int close_plan(struct plan *plan) {
    atomic_store_explicit(&plan->is_told, 1, memory_order_release);
    pthread_mutex_unlock(&lock);
    return 0;
}

/* Back to the beginning, but for what is live. */
void fault_reset_script(void) {
    pthread_mutex_lock(&lock);
    memset(plans, 0, sizeof(plans));
    memset(told, 0, sizeof(told));
    may_go = n_overdue = 0;
    snprintf(version, sizeof(version), "3.3.5.8");
    pthread_mutex_unlock(&lock);
}

int fault_fail(const char *function, int nth, int code, const char *text) {
    struct plan *plan = open_plan(function);
    if (plan == NULL) return -1;
    plan->fails_at = nth;
    plan->code = code;
    snprintf(plan->text, sizeof(plan->text), "%s", text);
    return close_plan(plan);
}

int fault_give(const char *function, int nth, long long value) {
    struct plan *plan = open_plan(function);
    if (plan == NULL) return -1;
    plan->odd_at = nth;
    plan->odd = value;
    return close_plan(plan);
}

int fault_sleep(const char *function, double seconds) {
    struct plan *plan = open_plan(function);
    if (plan == NULL) return -1;
    plan->seconds = seconds;
    return close_plan(plan);
}

int fault_hold(const char *function, int nth) {
    struct plan *plan = open_plan(function);
    if (plan == NULL) return -1;
    may_go = 0;
    plan->holds_at = nth;
    return close_plan(plan);
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
    struct plan *plan = find(function);
    return plan != NULL ? atomic_load(&plan->n_calls) : -1;
}

int fault_live(int kind) { return kind >= 0 && kind < N_KINDS ? atomic_load(&n_live[kind]) : -1; }

void fault_forget_live(void) {
    for (int kind = 0; kind < N_KINDS; kind++) atomic_store(&n_live[kind], 0);
}

const char *fault_told(int which) { return which >= 0 && which < N_TOLD ? told[which] : ""; }

void fault_set_version(const char *text) { snprintf(version, sizeof(version), "%s", text); }
