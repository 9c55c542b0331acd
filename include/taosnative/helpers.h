/* Helper threads: each makes one call at a time for a thread that waits with a time limit, and may leave.
 *
 * Helpers are kept in a pool and end when nobody had work for them for a while. Hand-over and answer are looked for by a
 * short spin before a thread sleeps, since waking one takes longer than a small call. A caller that leaves gives its job
 * to the helper, which calls `late` when the call comes back after all. In a child of a fork there are no helpers of
 * before; what they had is left alone. */
#ifndef TAOSNATIVE_HELPERS_H
#define TAOSNATIVE_HELPERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
typedef SRWLOCK taosnative_mutex;
typedef CONDITION_VARIABLE taosnative_condition;
#define TAOSNATIVE_MUTEX SRWLOCK_INIT
#define taosnative_lock(mutex) AcquireSRWLockExclusive(mutex)
#define taosnative_unlock(mutex) ReleaseSRWLockExclusive(mutex)
#define taosnative_wake(condition) WakeAllConditionVariable(condition)
#define taosnative_load(number) InterlockedCompareExchange((number), 0, 0)
#define taosnative_store(number, value) InterlockedExchange((number), (value))
#define taosnative_relax() YieldProcessor()
typedef volatile LONG taosnative_state;

static double taosnative_now(void) {
    LARGE_INTEGER ticks, rate;
    QueryPerformanceFrequency(&rate);
    QueryPerformanceCounter(&ticks);
    return (double)ticks.QuadPart / (double)rate.QuadPart;
}

static void taosnative_init(taosnative_mutex *mutex, taosnative_condition *condition) {
    InitializeSRWLock(mutex);
    InitializeConditionVariable(condition);
}

static void taosnative_sleep(taosnative_condition *condition, taosnative_mutex *mutex, double seconds) {
    SleepConditionVariableSRW(condition, mutex, (DWORD)(seconds * 1000) + 1, 0);
}
#else
#include <pthread.h>
#include <signal.h>
#include <time.h>
typedef pthread_mutex_t taosnative_mutex;
typedef pthread_cond_t taosnative_condition;
#define TAOSNATIVE_MUTEX PTHREAD_MUTEX_INITIALIZER
#define taosnative_lock(mutex) pthread_mutex_lock(mutex)
#define taosnative_unlock(mutex) pthread_mutex_unlock(mutex)
#define taosnative_wake(condition) pthread_cond_broadcast(condition)
#define taosnative_load(number) __atomic_load_n((number), __ATOMIC_SEQ_CST)
#define taosnative_store(number, value) __atomic_store_n((number), (value), __ATOMIC_SEQ_CST)
#if defined(__x86_64__) || defined(__i386__)
#define taosnative_relax() __builtin_ia32_pause()
#else
#define taosnative_relax() __asm__ volatile("" ::: "memory")
#endif
typedef int taosnative_state;

static double taosnative_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void taosnative_init(taosnative_mutex *mutex, taosnative_condition *condition) {
    pthread_mutex_init(mutex, NULL);
    pthread_cond_init(condition, NULL);
}

/* By the wall clock, which macOS has alone: when it is set, a wait ends early or late, and the caller looks again. */
static void taosnative_sleep(taosnative_condition *condition, taosnative_mutex *mutex, double seconds) {
    struct timespec at;
    long nanoseconds = (long)(seconds * 1e9);
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += (time_t)(nanoseconds / 1000000000L);
    at.tv_nsec += nanoseconds % 1000000000L;
    if (at.tv_nsec >= 1000000000L) at.tv_sec++, at.tv_nsec -= 1000000000L;
    pthread_cond_timedwait(condition, mutex, &at);
}
#endif

#define TAOSNATIVE_SPIN 20e-6      /* seconds; a wake-up takes about as long */
#define TAOSNATIVE_IDLE_SPIN 50e-6 /* of a helper, for the next of many small calls */
#define TAOSNATIVE_STACK (8 << 20) /* bytes, of which those that are not used cost nothing */
#define TAOSNATIVE_IDLE 10.0       /* seconds without work after which a helper ends */

enum { TAOSNATIVE_UNDER_WAY, TAOSNATIVE_DONE, TAOSNATIVE_LEFT };

typedef struct taosnative_job {
    void (*make)(struct taosnative_job *); /* on the helper, without the GIL */
    void (*late)(struct taosnative_job *); /* on the helper, where the caller has left: the job is its own then */
    struct taosnative_helper *helper;
    taosnative_state state; /* changes under the helper's lock */
} taosnative_job;

typedef struct taosnative_helper {
    taosnative_mutex mutex;
    taosnative_condition changed;
    taosnative_job *job;
    taosnative_state has_job;
    struct taosnative_helper *next; /* in the pool */
} taosnative_helper;

static taosnative_mutex taosnative_pool_mutex = TAOSNATIVE_MUTEX;
static taosnative_helper *taosnative_pool;

static void taosnative_spin(taosnative_state *state, int until, double seconds) {
    double limit = taosnative_now() + seconds;
    do
        for (int i = 0; i < 16; i++) {
            if (taosnative_load(state) == until) return;
            taosnative_relax();
        }
    while (taosnative_now() < limit);
}

static void taosnative_give_back(taosnative_helper *self) {
    taosnative_lock(&taosnative_pool_mutex);
    self->next = taosnative_pool;
    taosnative_pool = self;
    taosnative_unlock(&taosnative_pool_mutex);
}

/* Whether a helper was still in the pool, and is out of it now. */
static bool taosnative_take_out(taosnative_helper *self) {
    taosnative_helper **at = &taosnative_pool;
    taosnative_lock(&taosnative_pool_mutex);
    while (*at != NULL && *at != self) at = &(*at)->next;
    const bool is_found = *at == self;
    if (is_found) *at = self->next;
    taosnative_unlock(&taosnative_pool_mutex);
    return is_found;
}

/* Wait for a job; false where none came for so long that the helper is to end. */
static bool taosnative_await_job(taosnative_helper *self) {
    double limit = taosnative_now() + TAOSNATIVE_IDLE;
    taosnative_spin(&self->has_job, 1, TAOSNATIVE_IDLE_SPIN);
    taosnative_lock(&self->mutex);
    while (!taosnative_load(&self->has_job)) {
        double left = limit - taosnative_now();
        if (left > 0)
            taosnative_sleep(&self->changed, &self->mutex, left);
        else if (taosnative_take_out(self))
            break;
        else
            limit += 1.0; /* a caller has it in hand, and its job is about to come */
    }
    taosnative_unlock(&self->mutex);
    return taosnative_load(&self->has_job) != 0;
}

static void taosnative_work(taosnative_helper *self) {
    while (taosnative_await_job(self)) {
        taosnative_job *job = self->job;
        taosnative_store(&self->has_job, 0);
        job->make(job);
        taosnative_lock(&self->mutex);
        const bool is_left = job->state == TAOSNATIVE_LEFT;
        if (!is_left) taosnative_store(&job->state, TAOSNATIVE_DONE); /* the caller's from here on */
        taosnative_wake(&self->changed);
        taosnative_unlock(&self->mutex);
        if (is_left) {
            job->late(job);
            taosnative_give_back(self);
        }
    }
#if !defined(_WIN32)
    pthread_mutex_destroy(&self->mutex);
    pthread_cond_destroy(&self->changed);
#endif
    free(self);
}

#if defined(_WIN32)
static DWORD WINAPI taosnative_main(void *self) {
    taosnative_work(self);
    return 0;
}

static bool taosnative_begin_thread(taosnative_helper *self) {
    HANDLE thread = CreateThread(NULL, 0, taosnative_main, self, 0, NULL);
    if (thread != NULL) CloseHandle(thread);
    return thread != NULL;
}

static void taosnative_at_fork(void) {}
#else
static void *taosnative_main(void *self) {
    taosnative_work(self);
    return NULL;
}

/* Signals are for the program's own threads: a helper takes none. Its stack is a main thread's, since some systems give
 * other threads one that a driver which runs Python does not get along with. */
static bool taosnative_begin_thread(taosnative_helper *self) {
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setstacksize(&attributes, TAOSNATIVE_STACK);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool is_begun = pthread_create(&thread, &attributes, taosnative_main, self) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return is_begun;
}

static void taosnative_before_fork(void) { taosnative_lock(&taosnative_pool_mutex); }

static void taosnative_in_parent(void) { taosnative_unlock(&taosnative_pool_mutex); }

static void taosnative_in_child(void) {
    taosnative_pool = NULL;
    taosnative_unlock(&taosnative_pool_mutex);
}

static void taosnative_at_fork(void) {
    pthread_atfork(taosnative_before_fork, taosnative_in_parent, taosnative_in_child);
}
#endif

static taosnative_helper *taosnative_new_helper(void) {
    taosnative_helper *self = calloc(1, sizeof(*self));
    if (self == NULL) return NULL;
    taosnative_init(&self->mutex, &self->changed);
    if (taosnative_begin_thread(self)) return self;
    free(self);
    return NULL;
}

/* Begin a job on a helper; false where there can be no more threads. Then `taosnative_job_wait` until it is true, or
 * `taosnative_job_leave`. */
static bool taosnative_job_start(taosnative_job *job) {
    taosnative_lock(&taosnative_pool_mutex);
    taosnative_helper *helper = taosnative_pool;
    if (helper != NULL) taosnative_pool = helper->next;
    taosnative_unlock(&taosnative_pool_mutex);
    if (helper == NULL) helper = taosnative_new_helper();
    if (helper == NULL) return false;
    job->helper = helper;
    job->state = TAOSNATIVE_UNDER_WAY;
    taosnative_lock(&helper->mutex);
    helper->job = job;
    taosnative_store(&helper->has_job, 1);
    taosnative_wake(&helper->changed);
    taosnative_unlock(&helper->mutex);
    return true;
}

/* Whether the call came back within so many seconds. Its helper is given back then. */
static bool taosnative_job_wait(taosnative_job *job, double seconds) {
    taosnative_helper *helper = job->helper;
    const double limit = taosnative_now() + seconds;
    double left;
    taosnative_spin(&job->state, TAOSNATIVE_DONE, seconds < TAOSNATIVE_SPIN ? seconds : TAOSNATIVE_SPIN);
    taosnative_lock(&helper->mutex); /* which the helper has until it is done with the job */
    while (job->state != TAOSNATIVE_DONE && (left = limit - taosnative_now()) > 0)
        taosnative_sleep(&helper->changed, &helper->mutex, left);
    const bool is_done = job->state == TAOSNATIVE_DONE;
    taosnative_unlock(&helper->mutex);
    if (is_done) taosnative_give_back(helper);
    return is_done;
}

/* Leave a job to its helper; false where it came back just now, and is the caller's. */
static bool taosnative_job_leave(taosnative_job *job) {
    taosnative_helper *helper = job->helper;
    taosnative_lock(&helper->mutex);
    const bool is_left = job->state != TAOSNATIVE_DONE;
    if (is_left) taosnative_store(&job->state, TAOSNATIVE_LEFT);
    taosnative_unlock(&helper->mutex);
    if (!is_left) taosnative_give_back(helper);
    return is_left;
}

#endif
