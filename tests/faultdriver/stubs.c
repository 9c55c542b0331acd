/* The functions that the driver has in name only, so that programs which look for all of them find them: they are
 * counted, can be told to fail, and else answer that they are not supported.  They are weak: a function that another
 * room has replaces its stub. */
#include "driver.h"

static long long stub(enum function function, int is_pointer) {
    if (begin(function) == 0) {
        last_code = (int)0x80000100;
        snprintf(last_text, sizeof(last_text), "Operation not supported: the fault driver has this in name only");
    }
    return is_pointer ? or_odd(0) : or_odd(last_code);
}

#define IS_POINTER(result) _Generic((result *)0, int *: 0, int64_t *: 0, bool *: 0, default: 1)
#define STUB_VALUE(result, name, parameters, arguments, since, group) \
    __attribute__((weak)) result name parameters { return (result)stub(FN_##name, IS_POINTER(result)); }
#define STUB_VOID(name, parameters, arguments, since, group) \
    __attribute__((weak)) void name parameters { stub(FN_##name, 1); }
TAOSC_FUNCTIONS(STUB_VALUE, STUB_VOID)
