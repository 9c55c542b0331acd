/* The last error of each thread: what taos_errno(NULL) and taos_errstr(NULL) tell. */
#ifndef TAOSNATIVE_EMBEDDED_LAST_ERROR_H
#define TAOSNATIVE_EMBEDDED_LAST_ERROR_H

#include <stdint.h>
#include <stdio.h>

#if defined(_MSC_VER)
#define LAST_ERROR_THREAD __declspec(thread)
#else
#define LAST_ERROR_THREAD _Thread_local
#endif

enum { LAST_ERROR_TEXT = 512 };

static LAST_ERROR_THREAD struct {
    int32_t code;
    char text[LAST_ERROR_TEXT];
} last_error;

/* Returns the code, as the functions of taosc give it. */
static inline int last_error_set(uint32_t code, const char *text)
{
    last_error.code = (int32_t)code;
    snprintf(last_error.text, sizeof last_error.text, "%s", text);
    return last_error.code;
}

static inline int last_error_code(void) { return last_error.code; }

static inline char *last_error_text(void)
{
    if (last_error.code == 0) snprintf(last_error.text, sizeof last_error.text, "success");
    return last_error.text;
}

#endif
