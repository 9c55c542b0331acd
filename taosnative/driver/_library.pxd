from taosnative.taosc cimport taosc_functions


cdef class Driver:
    cdef taosc_functions functions  # an empty slot is a function that the driver lacks: `require` it before the call
    cdef readonly str path
    cdef void *_library
    cdef object _missing  # a set of names
    cdef str _version
    cdef str _config
    cdef int _started_in  # the generation, or -1

    cdef int _fill(self) except -1
    cdef int _leave_out_newer(self) except -1
    cdef int require(self, str name) except -1

# How often this process has come out of a fork: a handle of another generation must not be touched.
cdef int fork_generation() noexcept nogil

# The exception for a driver's error code and its text (borrowed, may be NULL). Read both on the failing thread, right
# after the failing call. `writes`: the call may have written rows.
cdef object driver_error(int code, const char *text_ptr, bint writes=*)

# The text that belongs to a code which a call on this thread has just returned, or NULL: a function may return a code
# and not keep it as the thread's last one.
cdef const char *last_text(const taosc_functions *taosc, int code) noexcept nogil
