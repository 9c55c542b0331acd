/* Many threads hand jobs to helpers, wait for some and leave others, so that a compiler's sanitizers watch.
 *
 * Prints how many jobs were made, how many of them were left to their helper, how many came back. */
#include "taosnative/helpers.h"

#include <stdatomic.h>
#include <stdio.h>

enum { N_THREADS = 4, N_JOBS = 500 };

typedef struct {
    taosnative_job job;
    int *number; /* of its own, and plain: who looks at it when he may not is found out */
} work;

static atomic_int n_made, n_late, n_back;

static void make(taosnative_job *job) {
    work *self = (work *)job;
    for (int i = 0; i < *self->number % 50; i++) sched_yield();
    *self->number = -1;
    atomic_fetch_add(&n_made, 1);
}

static void end(work *self) {
    if (*self->number != -1) abort();
    free(self->number);
    free(self);
}

static void late(taosnative_job *job) {
    end((work *)job);
    atomic_fetch_add(&n_late, 1);
}

static void *use(void *seed) {
    for (int i = 0; i < N_JOBS; i++) {
        work *self = calloc(1, sizeof(*self));
        self->job.make = make;
        self->job.late = late;
        self->number = malloc(sizeof(int));
        *self->number = i + *(int *)seed;
        if (!taosnative_job_start(&self->job)) abort();
        if (i % 3 != 0 && taosnative_job_wait(&self->job, i % 2 ? 1e-6 : 10.0)) {
            end(self);
            atomic_fetch_add(&n_back, 1);
        } else if (!taosnative_job_leave(&self->job)) {
            end(self);
            atomic_fetch_add(&n_back, 1);
        }
    }
    return NULL;
}

int main(void) {
    pthread_t threads[N_THREADS];
    int seeds[N_THREADS];
    taosnative_at_fork();
    for (int i = 0; i < N_THREADS; i++) {
        seeds[i] = i;
        if (pthread_create(&threads[i], NULL, use, &seeds[i]) != 0) abort();
    }
    for (int i = 0; i < N_THREADS; i++) pthread_join(threads[i], NULL);
    while (atomic_load(&n_late) + atomic_load(&n_back) < N_THREADS * N_JOBS) sched_yield();
    printf("%d %d %d\n", atomic_load(&n_made), atomic_load(&n_late), atomic_load(&n_back));
    return 0;
}
