from libc.stdint cimport uint8_t


cdef extern from "taosnative/memory.h":
    ctypedef struct taosnative_memory:
        uint8_t *bytes
        size_t capacity

    ctypedef struct taosnative_memory_functions:
        int (*reserve)(taosnative_memory *memory, size_t n_bytes) noexcept nogil
        int (*move)(taosnative_memory *memory, size_t capacity) noexcept nogil
        void (*free)(taosnative_memory *memory) noexcept nogil


cdef class Memory:
    cdef taosnative_memory _memory
    cdef Py_ssize_t _n_items
    cdef Py_ssize_t _item_size
    cdef bint _has_objects

    @staticmethod
    cdef Memory take(taosnative_memory *memory_ptr, Py_ssize_t n_items, bint has_objects)


cdef int reserve(taosnative_memory *memory_ptr, size_t n_bytes) noexcept nogil
cdef void release(taosnative_memory *memory_ptr, Py_ssize_t n_objects) noexcept
cdef const taosnative_memory_functions *memory_functions() noexcept nogil
