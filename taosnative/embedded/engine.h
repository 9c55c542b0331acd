/* What _driver.pyx hands to the exported functions: an implementation of each, and how an interpreter's end is met.
 *
 * A thread that is in DuckDB when the interpreter ends is unwound there, which ends the process. So at the end no call
 * begins but those of the thread that ends, and those that have begun are waited for: calls are counted. */
#ifndef TAOSNATIVE_EMBEDDED_ENGINE_H
#define TAOSNATIVE_EMBEDDED_ENGINE_H

#include "taosnative/atomic.h"
#include "taosnative/functions.h"

#define ENGINE_MODULE "taosnative.embedded._driver"
#define ENGINE_ATTRIBUTE "engine"
#define ENGINE_CAPSULE ENGINE_MODULE "." ENGINE_ATTRIBUTE

typedef struct embedded_engine {
    taosc_functions functions; /* NULL: not supported */
    int (*fail)(uint32_t code, const char *text);
    int (*take_interrupt)(void); /* whether Ctrl-C ended a call: Python's signal is to be set again */
    int64_t n_calls; /* that have begun and not ended */
    int64_t is_ending;
    unsigned long ending_thread;
} embedded_engine;

/* Whether a call may begin; then `engine_leave` ends it. */
static inline bool engine_enter(embedded_engine *self, unsigned long thread)
{
    ATOMIC_ADD(&self->n_calls, 1); /* before the look: who ends looks in the other order */
    if (ATOMIC_ADD(&self->is_ending, 0) == 0 || self->ending_thread == thread) return true;
    ATOMIC_ADD(&self->n_calls, -1);
    return false;
}

static inline void engine_leave(embedded_engine *self) { ATOMIC_ADD(&self->n_calls, -1); }

static inline void engine_end(embedded_engine *self, unsigned long thread)
{
    self->ending_thread = thread;
    ATOMIC_SWAP(&self->is_ending, 1);
}

#endif
