/* memory: a piece of memory that has one owner; where it comes from and how it grows is known to mapping.h alone. */
#ifndef TAOSNATIVE_MEMORY_H
#define TAOSNATIVE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

typedef struct taosnative_memory {
    uint8_t *bytes;  /* aligned for any type; NULL where there is none */
    size_t capacity; /* bytes, which also tells mapping.h where they came from */
} taosnative_memory;

/* What mapping.h does, for who cannot include it.  None of it needs the GIL. */
typedef struct taosnative_memory_functions {
    int (*reserve)(taosnative_memory *memory, size_t n_bytes); /* room for so many bytes in all; 0, or -1 */
    int (*move)(taosnative_memory *memory, size_t capacity);   /* to another capacity, larger or smaller; 0, or -1 */
    void (*free)(taosnative_memory *memory);
} taosnative_memory_functions;

#endif
