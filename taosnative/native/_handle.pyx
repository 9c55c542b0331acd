"""The life of a handle: who owns a C pointer, who may use it, and when it is freed.

A handle holds its parent, so a connection lives as long as its results. Closing marks a handle and everything below
it, so that no new call begins; what is marked is freed as soon as no thread is in a call of it and nothing below it is
left: by the thread that closes, or by the last one that comes out of a call. No pointer is freed under a thread that
uses it, in whatever order handles are closed. In a process that was forked off, a handle from before the fork is of no
use, and nothing of it is freed.
"""

import threading
import weakref

cimport cython
from cpython.list cimport PyList_Append
from cpython.pythread cimport PyThread_get_thread_ident

from taosnative.driver._library cimport Driver, fork_generation
from taosnative.native._wait cimport is_given_up, mark_given_up

from taosnative.errors import InterfaceError

# Seconds for which a close waits before it looks again whether there is anything to wait for.
WAIT_SLICE = 0.05


@cython.no_gc_clear
cdef class Handle:
    """The owner of one pointer of a driver."""

    def __cinit__(self):
        self._generation = -1  # until `settle`

    cdef int settle(self, Driver driver, Handle parent, str kind) except -1:
        self._inside = []
        self._children = {}
        self._turn = threading.Lock()
        self._kind = kind
        self.driver = driver
        self.taosc = &driver.functions
        self._generation = fork_generation()
        return self.attach(parent) if parent is not None else 0

    cdef int attach(self, Handle parent) except -1:
        self.parent = parent
        reference = weakref.ref(self)
        with cython.critical_section(parent):
            parent._children[id(self)] = reference
            parent._n_children += 1
        if parent._is_closing:  # it was marked while this handle was made, in another thread
            self._begin_close(f"its {parent._kind} was closed")
        return 0

    cdef void release(self) noexcept:
        pass

    @property
    def closed(self):
        """Whether no call can be made any more."""
        return self._is_closing or self._generation != fork_generation()

    def close(self):
        """Free the pointer now, after everything that depends on it. Closing again does no harm.

        Waits for calls that other threads are in; the GIL is released meanwhile.
        """
        if self._generation != fork_generation():
            return
        self._begin_close("it was closed")
        if self._is_released:
            return
        gone = threading.Event()
        with cython.critical_section(self):
            if self._gone is None:
                self._gone = gone
            else:
                gone = self._gone
        # A thread that closes in the middle of a call of its own frees when it comes out. In slices, since a child
        # that the garbage collector has in hand cannot be reached from here: nobody uses it, and it frees us when it
        # goes, which may be after us.
        while self._is_busy() and not self._is_mine(PyThread_get_thread_ident()) and not gone.wait(WAIT_SLICE):
            pass

    cdef int check_open(self) except -1:
        if self._generation != fork_generation():
            raise InterfaceError(
                f"this {self._kind} was opened before this process was forked off, and cannot be used here: "
                "connect in the child, where the parent has not connected, or start processes by \"spawn\""
            )
        if self._is_closing:
            raise InterfaceError(f"this {self._kind} cannot be used: {self._reason}")
        return 0

    cdef int enter(self) except -1:
        thread = PyThread_get_thread_ident()
        cdef bint is_open
        cdef list inside = self._inside
        with cython.critical_section(self):
            is_open = not self._is_closing and self._generation == fork_generation()
            if is_open:
                PyList_Append(inside, thread)
        if not is_open:
            self.check_open()
        return 0

    cdef void leave(self) noexcept:
        self._leave(PyThread_get_thread_ident())

    cdef void _leave(self, object thread) noexcept:
        cdef Py_ssize_t i
        cdef list inside = self._inside
        with cython.critical_section(self):
            for i in range(len(inside)):
                if inside[i] == thread:
                    del inside[i]
                    break
        if self._is_closing:
            self._try_release()

    cdef void keep_for(self, object job) noexcept:
        mark_given_up(job, True)
        with cython.critical_section(self):
            PyList_Append(self._inside, job)

    cdef void let_go_of(self, object job) noexcept:
        mark_given_up(job, False)
        self._leave(job)

    cdef int enter_alone(self) except -1:
        cdef unsigned long thread = PyThread_get_thread_ident()
        if self._alone == thread:
            raise InterfaceError(f"this {self._kind} is in use further up in this thread")
        self.enter()
        try:
            self._turn.acquire()
        except BaseException:  # a signal, while another thread had its turn
            self.leave()
            raise
        self._alone = thread
        if self._is_closing:
            self.leave_alone()
            self.check_open()
        return 0

    cdef void leave_alone(self) noexcept:
        self._alone = 0
        self._turn.release()
        self.leave()

    cdef void drop(self) noexcept:
        # Nobody holds the handle any more, so no thread is in a call of it and nothing below it is left.
        if self._generation == fork_generation():
            self._is_closing = True
            self._try_release()

    cdef void _begin_close(self, str reason) noexcept:
        """Let no new call begin, here and below, and free what can be freed now; waits for nothing."""
        with cython.critical_section(self):
            if self._is_closing:
                return
            self._reason = reason
            self._is_closing = True
        for child in self._open_children():
            (<Handle>child)._begin_close(f"its {self._kind} was closed")
        self._try_release()

    cdef void _try_release(self) noexcept:
        with cython.critical_section(self):
            if self._is_releasing or len(self._inside) > 0 or self._n_children > 0:
                return
            self._is_releasing = True
        self.release()
        with cython.critical_section(self):
            self._is_released = True
            gone = self._gone
        if gone is not None:
            gone.set()
        if self.parent is not None:
            self.parent._lose_child(self)

    cdef void _lose_child(self, Handle child) noexcept:
        with cython.critical_section(self):
            self._children.pop(id(child), None)
            self._n_children -= 1
        if self._is_closing:
            self._try_release()

    cdef list _open_children(self):
        """Those that can be reached: not one that the garbage collector has in hand."""
        with cython.critical_section(self):
            references = list(self._children.values())
        return [child for reference in references if (child := reference()) is not None]

    cdef bint _is_busy(self):
        """Whether a thread is in a call of this handle or of one below it, or is freeing one."""
        if self._n_awaited() > 0 or (self._is_releasing and not self._is_released):
            return True
        for child in self._open_children():
            if (<Handle>child)._is_busy():
                return True
        return False

    cdef Py_ssize_t _n_awaited(self):
        """The calls of this handle that are under way, but for those that were given up."""
        return len(self._inside) - self._n_given_up()

    cdef Py_ssize_t _n_given_up(self):
        """The calls of this handle that nobody waits for any more, and that are under way still."""
        with cython.critical_section(self):
            threads = list(self._inside)
        return sum([is_given_up(thread) for thread in threads])

    cdef Py_ssize_t _n_in_use(self):
        """The calls under way, of this handle and below it, and the results that are open."""
        cdef Py_ssize_t n = self._n_awaited() + (self._kind == "result")
        for child in self._open_children():
            n += (<Handle>child)._n_in_use()
        return n

    cdef bint _is_mine(self, object thread):
        """Whether a thread is in a call of this handle or of one below it."""
        if thread in self._inside:
            return True
        for child in self._open_children():
            if (<Handle>child)._is_mine(thread):
                return True
        return False
