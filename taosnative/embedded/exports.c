/* taosc's names, exported: see _driver.pyx. */
#include "taosnative/functions.h"
typedef int taosnative_exports_to_be_written;
