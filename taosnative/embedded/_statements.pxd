from taosnative.taosc cimport taosc_functions

cdef void fill_statements(taosc_functions *table) noexcept nogil
