from taosnative.driver._library cimport Driver
from taosnative.taosc cimport taosc_functions


cdef class Handle:
    cdef Driver driver
    cdef taosc_functions *taosc  # the driver's functions; never freed
    cdef readonly Handle parent
    cdef object __weakref__
    cdef str _kind  # "connection", "result": what messages call it
    cdef str _reason  # why it is closed
    cdef int _generation
    cdef list _inside  # the threads that are in a call of this handle
    cdef object _turn  # the lock of calls that must be alone
    cdef unsigned long _alone  # the thread that has it, or 0
    cdef bint _is_closing
    cdef bint _is_releasing  # one thread does it
    cdef bint _is_released
    cdef dict _children  # id -> weak reference
    cdef int _n_children  # that are not released yet
    cdef object _gone  # an event, where a thread waits for the release

    # Make a new handle a driver's, from where on it is freed when it goes, and a parent's, where there is one.
    cdef int settle(self, Driver driver, Handle parent, str kind) except -1
    # Hang it on a parent, which closes it first: from here on another thread may do so.
    cdef int attach(self, Handle parent) except -1
    # Free the C pointer: overridden. Called once, when no thread is in a call and every child is released.
    cdef void release(self) noexcept

    cdef int check_open(self) except -1
    # Around every call of the driver with this handle's pointer:  enter(); try: … finally: leave()
    cdef int enter(self) except -1
    cdef void leave(self) noexcept
    # The same where calls must come one after another: another thread waits for its turn.
    cdef int enter_alone(self) except -1
    cdef void leave_alone(self) noexcept
    # Stay as it is, even when it is closed, until a job that was given up comes back. The job is known by a number.
    cdef void keep_for(self, object job) noexcept
    cdef void let_go_of(self, object job) noexcept
    # For __dealloc__ of the class that holds the pointer.
    cdef void drop(self) noexcept

    cdef void _leave(self, object thread) noexcept
    cdef void _begin_close(self, str reason) noexcept
    cdef void _try_release(self) noexcept
    cdef void _lose_child(self, Handle child) noexcept
    cdef list _open_children(self)
    cdef bint _is_busy(self)
    cdef Py_ssize_t _n_given_up(self)
    cdef Py_ssize_t _n_awaited(self)
    cdef Py_ssize_t _n_in_use(self)
    cdef bint _is_mine(self, object thread)
