/* The two atomic operations that are needed here, on every compiler. */
#ifndef TAOSNATIVE_ATOMIC_H
#define TAOSNATIVE_ATOMIC_H

#include <stdint.h>

#if defined(_MSC_VER)
#include <intrin.h>
#define ATOMIC_ADD(counter, by) (_InterlockedExchangeAdd64((volatile __int64 *)(counter), (by)) + (by))
#define ATOMIC_SWAP(flag, value) _InterlockedExchange64((volatile __int64 *)(flag), (value))
#else
#define ATOMIC_ADD(counter, by) __atomic_add_fetch((counter), (by), __ATOMIC_SEQ_CST)
#define ATOMIC_SWAP(flag, value) __atomic_exchange_n((flag), (value), __ATOMIC_SEQ_CST)
#endif

#endif
