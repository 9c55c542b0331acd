/* What _driver.pyx hands to the exported functions: an implementation of each, and this thread's last error. */
#ifndef TAOSNATIVE_EMBEDDED_ENGINE_H
#define TAOSNATIVE_EMBEDDED_ENGINE_H

#include "taosnative/functions.h"

#define ENGINE_MODULE "taosnative.embedded._driver"
#define ENGINE_ATTRIBUTE "engine"
#define ENGINE_CAPSULE ENGINE_MODULE "." ENGINE_ATTRIBUTE

typedef struct embedded_engine {
    taosc_functions functions; /* NULL: not supported */
    int (*fail)(uint32_t code, const char *text);
} embedded_engine;

#endif
