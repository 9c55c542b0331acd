"""Memory that grows, and then lies under a numpy array without having been copied.

`mapping.h`, which knows where it comes from, is included by this module alone.
"""

cimport cython
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF


cdef extern from "taosnative/mapping.h" nogil:
    int taosnative_memory_reserve(taosnative_memory *memory, size_t n_bytes)
    int taosnative_memory_move(taosnative_memory *memory, size_t capacity)
    void taosnative_memory_free(taosnative_memory *memory)
    const taosnative_memory_functions taosnative_mapped_memory

# struct's names of what lies in memory
cdef char *BYTES = b"B"
cdef char *OBJECTS = b"O"


@cython.final
@cython.no_gc
cdef class Memory:
    """Memory that lives as long as an array lies over it; read it through the buffer protocol.

    It is bytes (`np.frombuffer`), or pointers to objects (`np.asarray`), of which it owns a reference each.
    """

    @staticmethod
    cdef Memory take(taosnative_memory *memory_ptr, Py_ssize_t n_items, bint has_objects):
        """Take memory, and the references in it, from who filled it, and give back what is more than `n_items` need."""
        cdef Memory self = Memory.__new__(Memory)
        self._memory = memory_ptr[0]
        self._n_items = n_items
        self._item_size = sizeof(PyObject *) if has_objects else 1
        self._has_objects = has_objects
        memory_ptr[0].bytes = NULL
        memory_ptr[0].capacity = 0
        # Where it cannot shrink it stays as large as it is, which harms nobody.
        taosnative_memory_move(&self._memory, n_items * self._item_size)
        return self

    @property
    def n_bytes(self):
        """Bytes that are held, which can be up to 64 KiB more than are used."""
        return self._memory.capacity

    def __getbuffer__(self, Py_buffer *view, int flags):
        if self._has_objects and not flags & PyBUF_FORMAT:
            raise BufferError("this memory holds pointers to objects and is not to be read as bytes")
        view.buf = self._memory.bytes
        view.obj = self
        view.itemsize = self._item_size
        view.len = self._n_items * self._item_size
        view.readonly = False
        view.format = (OBJECTS if self._has_objects else BYTES) if flags & PyBUF_FORMAT else <char *> NULL
        view.ndim = 1
        view.shape = &self._n_items if flags & PyBUF_ND else NULL
        view.strides = &self._item_size if flags & PyBUF_STRIDES == PyBUF_STRIDES else NULL
        view.suboffsets = NULL
        view.internal = NULL

    def __dealloc__(self):
        release(&self._memory, self._n_items if self._has_objects else 0)


cdef int reserve(taosnative_memory *memory_ptr, size_t n_bytes) noexcept nogil:
    """Make room for `n_bytes` in all; 0, or -1 for want of memory."""
    return taosnative_memory_reserve(memory_ptr, n_bytes)


cdef void release(taosnative_memory *memory_ptr, Py_ssize_t n_objects) noexcept:
    """Free memory, where there is any, and drop the references that it begins with."""
    cdef PyObject **objects = <PyObject **> memory_ptr.bytes
    cdef Py_ssize_t i
    if objects is NULL:
        return
    for i in range(n_objects):
        Py_DECREF(<object> objects[i])
    taosnative_memory_free(memory_ptr)


cdef const taosnative_memory_functions *memory_functions() noexcept nogil:
    """The same for headers in C, which call them without the GIL."""
    return &taosnative_mapped_memory
