/* A lock of the platform: short, uncontended, taken without the GIL. */
#ifndef TAOSNATIVE_EMBEDDED_LOCK_H
#define TAOSNATIVE_EMBEDDED_LOCK_H

#if defined(_WIN32)
#include <windows.h>
typedef SRWLOCK lock_t;
#define LOCK_INITIAL SRWLOCK_INIT
static inline void lock_take(lock_t *lock) { AcquireSRWLockExclusive(lock); }
static inline void lock_give(lock_t *lock) { ReleaseSRWLockExclusive(lock); }
#else
#include <pthread.h>
typedef pthread_mutex_t lock_t;
#define LOCK_INITIAL PTHREAD_MUTEX_INITIALIZER
static inline void lock_take(lock_t *lock) { pthread_mutex_lock(lock); }
static inline void lock_give(lock_t *lock) { pthread_mutex_unlock(lock); }
#endif

#endif
