/* memory: memory that grows without being copied.
 *
 * Large memory is mapped, and the kernel moves its pages when it must grow: what was written is never held twice, and what
 * is reserved ahead costs nothing until it is touched.  Where there is no mremap, realloc does what it can.  Nothing
 * else knows which of the two a piece of memory is. */
#ifndef TAOSNATIVE_MEMORY_H
#define TAOSNATIVE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(MREMAP_MAYMOVE)
#define TAOSNATIVE_MAPPED ((size_t)1 << 16) /* from this capacity on, memory is mapped; a multiple of every page size */
#else
#define TAOSNATIVE_MAPPED SIZE_MAX
#endif

typedef struct taosnative_memory {
    uint8_t *bytes;  /* aligned for any type; NULL where there is none */
    size_t capacity; /* decides whether it is mapped */
} taosnative_memory;

#if defined(MREMAP_MAYMOVE)
static inline uint8_t *taosnative_map(size_t capacity) {
    void *bytes = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return bytes == MAP_FAILED ? NULL : (uint8_t *)bytes;
}

static inline uint8_t *taosnative_remap(uint8_t *bytes, size_t capacity, size_t new_capacity) {
    void *moved = mremap(bytes, capacity, new_capacity, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : (uint8_t *)moved;
}

static inline void taosnative_unmap(uint8_t *bytes, size_t capacity) { munmap(bytes, capacity); }
#else
static inline uint8_t *taosnative_map(size_t capacity) { (void)capacity; return NULL; }
static inline uint8_t *taosnative_remap(uint8_t *bytes, size_t capacity, size_t new_capacity) {
    (void)bytes; (void)capacity; (void)new_capacity; return NULL;
}
static inline void taosnative_unmap(uint8_t *bytes, size_t capacity) { (void)bytes; (void)capacity; }
#endif

static inline void taosnative_memory_free(taosnative_memory *memory) {
    if (memory->capacity >= TAOSNATIVE_MAPPED)
        taosnative_unmap(memory->bytes, memory->capacity);
    else
        free(memory->bytes);
    *memory = (taosnative_memory){NULL, 0};
}

/* Moves to another capacity, larger or smaller, with as much of what was written as fits.  0, or -1 for want of memory:
 * then all is as it was. */
static inline int taosnative_memory_move(taosnative_memory *memory, size_t capacity) {
    const int was_mapped = memory->capacity >= TAOSNATIVE_MAPPED, is_mapped = capacity >= TAOSNATIVE_MAPPED;
    uint8_t *bytes;
    if (is_mapped) capacity = (capacity + TAOSNATIVE_MAPPED - 1) & ~(TAOSNATIVE_MAPPED - 1);
    if (capacity == memory->capacity) return 0;
    if (was_mapped != is_mapped) {
        bytes = is_mapped ? taosnative_map(capacity) : (uint8_t *)malloc(capacity ? capacity : 1);
        if (bytes == NULL) return -1;
        if (memory->bytes != NULL) memcpy(bytes, memory->bytes, capacity < memory->capacity ? capacity : memory->capacity);
        taosnative_memory_free(memory);
    } else {
        bytes = is_mapped ? taosnative_remap(memory->bytes, memory->capacity, capacity)
                          : (uint8_t *)realloc(memory->bytes, capacity ? capacity : 1);
        if (bytes == NULL) return -1;
    }
    *memory = (taosnative_memory){bytes, capacity};
    return 0;
}

/* Makes room for `n_bytes` in all; what is more than there was is not touched.  0, or -1 for want of memory. */
static inline int taosnative_memory_reserve(taosnative_memory *memory, size_t n_bytes) {
    if (n_bytes <= memory->capacity) return 0;
    if (n_bytes > SIZE_MAX / 4) return -1;
    return taosnative_memory_move(memory, n_bytes > 2 * memory->capacity ? n_bytes : 2 * memory->capacity);
}

#endif
