from taosnative.columns._block cimport taosnative_memory


cdef class Memory:
    cdef taosnative_memory _memory
    cdef Py_ssize_t _n_items
    cdef Py_ssize_t _item_size
    cdef bint _has_objects

    @staticmethod
    cdef Memory take(taosnative_memory *memory_ptr, Py_ssize_t n_items, bint has_objects)


cdef void release(taosnative_memory *memory_ptr, Py_ssize_t n_objects) noexcept
