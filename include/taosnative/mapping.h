/* mapping: memory that grows without being copied, and is kept warm for the next result.
 *
 * Large memory is mapped, and the kernel moves its pages when it must grow: what was written is never held twice, and
 * what is reserved ahead costs nothing until it is touched.  The pages of a fresh mapping cost several times what
 * it takes to fill them, so what is freed is kept, up to a limit, and handed out again, as malloc does with smaller
 * memory.  Where there is no mremap, realloc does what it can.
 *
 * The kept mappings are `static`: one module includes this header, and serves the others. */
#ifndef TAOSNATIVE_MAPPING_H
#define TAOSNATIVE_MAPPING_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "taosnative/memory.h"

#if defined(__linux__)
#include <stdatomic.h>
#include <sys/mman.h>
#endif

#if defined(MREMAP_MAYMOVE)

#define TAOSNATIVE_MAPPED ((size_t)1 << 17) /* from this capacity on, memory is mapped */
#define TAOSNATIVE_PAGE ((size_t)1 << 16)   /* a multiple of every page size */

enum { TAOSNATIVE_KEPT = 512 };                 /* mappings that are kept at most: a wide table's columns */
#define TAOSNATIVE_KEPT_BYTES ((size_t)64 << 20) /* bytes of them at most */

static struct {
    atomic_flag lock; /* who finds it taken goes to the kernel instead, so nobody waits, not even a forked child */
    size_t n_bytes;
    int n;
    taosnative_memory mappings[TAOSNATIVE_KEPT];
} taosnative_kept = {.lock = ATOMIC_FLAG_INIT};

static inline int taosnative_kept_find(int largest) {
    int found = 0;
    for (int i = 1; i < taosnative_kept.n; i++) {
        const size_t one = taosnative_kept.mappings[i].capacity, best = taosnative_kept.mappings[found].capacity;
        if (largest ? one > best : one < best) found = i;
    }
    return found;
}

static inline taosnative_memory taosnative_kept_remove(int i) {
    const taosnative_memory mapping = taosnative_kept.mappings[i];
    taosnative_kept.mappings[i] = taosnative_kept.mappings[--taosnative_kept.n];
    taosnative_kept.n_bytes -= mapping.capacity;
    return mapping;
}

/* Unmaps memory, or keeps it in the place of smaller ones. */
static inline void taosnative_unmap(taosnative_memory memory) {
    if (memory.capacity <= TAOSNATIVE_KEPT_BYTES && !atomic_flag_test_and_set(&taosnative_kept.lock)) {
        while (memory.bytes != NULL) {
            if (taosnative_kept.n < TAOSNATIVE_KEPT &&
                taosnative_kept.n_bytes + memory.capacity <= TAOSNATIVE_KEPT_BYTES) {
                taosnative_kept.mappings[taosnative_kept.n++] = memory;
                taosnative_kept.n_bytes += memory.capacity;
                memory.bytes = NULL;
            } else {
                const int smallest = taosnative_kept_find(0);
                if (taosnative_kept.mappings[smallest].capacity >= memory.capacity) break;
                const taosnative_memory evicted = taosnative_kept_remove(smallest);
                munmap(evicted.bytes, evicted.capacity);
            }
        }
        atomic_flag_clear(&taosnative_kept.lock);
    }
    if (memory.bytes != NULL) munmap(memory.bytes, memory.capacity);
}

/* Maps memory.  The largest that is kept comes first: nobody knows how far a column will grow, but the widest asks
 * first. */
static inline taosnative_memory taosnative_map(size_t capacity) {
    taosnative_memory memory = {NULL, 0};
    if (!atomic_flag_test_and_set(&taosnative_kept.lock)) {
        const int largest = taosnative_kept_find(1);
        if (taosnative_kept.n > 0 && taosnative_kept.mappings[largest].capacity >= capacity)
            memory = taosnative_kept_remove(largest);
        atomic_flag_clear(&taosnative_kept.lock);
    }
    if (memory.bytes == NULL) {
        void *bytes = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (bytes != MAP_FAILED) memory = (taosnative_memory){(uint8_t *)bytes, capacity};
    }
    return memory;
}

static inline taosnative_memory taosnative_remap(taosnative_memory memory, size_t capacity) {
    void *bytes = mremap(memory.bytes, memory.capacity, capacity, MREMAP_MAYMOVE);
    return bytes == MAP_FAILED ? (taosnative_memory){NULL, 0} : (taosnative_memory){(uint8_t *)bytes, capacity};
}

#else

#define TAOSNATIVE_MAPPED SIZE_MAX
#define TAOSNATIVE_PAGE ((size_t)1)

static inline void taosnative_unmap(taosnative_memory memory) { (void)memory; }

static inline taosnative_memory taosnative_map(size_t capacity) {
    (void)capacity;
    return (taosnative_memory){NULL, 0};
}

static inline taosnative_memory taosnative_remap(taosnative_memory memory, size_t capacity) {
    (void)memory;
    return taosnative_map(capacity);
}

#endif

static inline void taosnative_memory_free(taosnative_memory *memory) {
    if (memory->capacity >= TAOSNATIVE_MAPPED)
        taosnative_unmap(*memory);
    else
        free(memory->bytes);
    *memory = (taosnative_memory){NULL, 0};
}

/* Moves to another capacity, larger or smaller, with as much of what was written as fits.  0, or -1 for want of memory:
 * then all is as it was. */
static inline int taosnative_memory_move(taosnative_memory *memory, size_t capacity) {
    const int was_mapped = memory->capacity >= TAOSNATIVE_MAPPED, is_mapped = capacity >= TAOSNATIVE_MAPPED;
    taosnative_memory moved;
    if (is_mapped) capacity = (capacity + TAOSNATIVE_PAGE - 1) / TAOSNATIVE_PAGE * TAOSNATIVE_PAGE;
    if (capacity == 0) capacity = 1;
    if (capacity == memory->capacity) return 0;

    if (is_mapped)
        moved = was_mapped ? taosnative_remap(*memory, capacity) : taosnative_map(capacity);
    else
        moved = (taosnative_memory){was_mapped ? malloc(capacity) : realloc(memory->bytes, capacity), capacity};
    if (moved.bytes == NULL) return -1;
    if (was_mapped != is_mapped && memory->bytes != NULL) {
        memcpy(moved.bytes, memory->bytes, capacity < memory->capacity ? capacity : memory->capacity);
        taosnative_memory_free(memory);
    }
    *memory = moved;
    return 0;
}

/* Makes room for `n_bytes` in all; what is more than there was is not touched.  0, or -1 for want of memory. */
static inline int taosnative_memory_reserve(taosnative_memory *memory, size_t n_bytes) {
    if (n_bytes <= memory->capacity) return 0;
    if (n_bytes > SIZE_MAX / 4) return -1;
    /* To grow by malloc is to copy, so it is done seldom; the widest column still maps memory first. */
    const size_t capacity = (memory->capacity < TAOSNATIVE_MAPPED ? 4 : 2) * memory->capacity;
    return taosnative_memory_move(memory, n_bytes > capacity ? n_bytes : capacity);
}

static const taosnative_memory_functions taosnative_mapped_memory = {
    taosnative_memory_reserve, taosnative_memory_move, taosnative_memory_free};

#endif
