from taosnative.taosc cimport taosc_functions

cdef void fill_statements1(taosc_functions *table) noexcept nogil
