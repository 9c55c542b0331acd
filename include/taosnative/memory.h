/* memory: a piece of memory that has one owner; where it comes from and how it grows is known to mapping.h alone. */
#ifndef TAOSNATIVE_MEMORY_H
#define TAOSNATIVE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

typedef struct taosnative_memory {
    uint8_t *bytes;  /* aligned for any type; NULL where there is none */
    size_t capacity; /* bytes, which also tells mapping.h where they came from */
} taosnative_memory;

#endif
