"""Waits for calls of a driver that may take long: a signal or a time limit ends the wait, not always the call.

A signal is seen by the main thread alone, and only while it is not in the driver. So where a signal is to be heeded, or
a time limit, the call is made by a helper thread and its caller waits, in slices. A call that is not worth waiting for
any more is stopped in the server; if it does not come back even then it is given up: the helper drops what it brings,
when it brings it. Knows no handle and no function of a driver.
"""

import os
import threading

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from cpython.pythread cimport PyThread_get_thread_ident
from cpython.ref cimport Py_DECREF, Py_INCREF, PyObject
from libc.math cimport INFINITY

from taosnative.errors import TimedOutError


cdef extern from "taosnative/helpers.h" nogil:
    double taosnative_now()
    bint taosnative_job_start(taosnative_job *job)
    bint taosnative_job_wait(taosnative_job *job, double seconds)
    bint taosnative_job_leave(taosnative_job *job)
    void taosnative_at_fork()


# Seconds after which the main thread looks for signals.
cdef double SLICE = 0.05
# Seconds that a call which was stopped has to come back.
cdef double GRACE = 0.2

cdef set _given_up = set()  # threads whose call, and numbers of jobs, that were given up
cdef unsigned long _main_thread  # which is another in a child of a fork


def _remember_main_thread():
    global _main_thread
    _main_thread = threading.main_thread().ident


_remember_main_thread()
taosnative_at_fork()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_given_up.clear)
    os.register_at_fork(after_in_child=_remember_main_thread)


cdef struct Work:
    taosnative_job job  # the first, so that a pointer to it is one to this
    PyObject *call  # borrowed from who waits; a given-up call is its helper's own


cdef void _make(taosnative_job *job) noexcept nogil:
    with gil:
        (<Call><object>(<Work *>job).call).make()


cdef void _late(taosnative_job *job) noexcept nogil:
    with gil:
        _drop(<Call><object>(<Work *>job).call)


cdef void _drop(Call call) noexcept:
    call.outcome = call.error = None  # what it brought is freed here
    _given_up.discard(call.thread)
    Py_DECREF(call)


cdef bint is_given_up(object who):
    return who in _given_up


cdef void mark_given_up(object who, bint is_so) noexcept:
    if is_so:
        _given_up.add(who)
    else:
        _given_up.discard(who)


cdef bint needs_helper(object timeout):
    return (timeout is not None and timeout != INFINITY) or _main_thread == <unsigned long> PyThread_get_thread_ident()


cdef bint start_job(taosnative_job *job) noexcept:
    return taosnative_job_start(job)


cdef bint await_job(taosnative_job *job, object timeout) except -1:
    cdef double limit = taosnative_now() + (INFINITY if timeout is None else <double>timeout)
    cdef double left = limit - taosnative_now()
    cdef bint is_done
    while True:
        with nogil:
            is_done = taosnative_job_wait(job, SLICE if left > SLICE else left)
        if is_done:
            return True
        PyErr_CheckSignals()
        left = limit - taosnative_now()
        if left <= 0:
            return False


cdef bint await_stopped_job(taosnative_job *job) noexcept:
    cdef bint is_done
    with nogil:
        is_done = taosnative_job_wait(job, GRACE)
    return is_done


cdef bint leave_job(taosnative_job *job) noexcept:
    return taosnative_job_leave(job)


@cython.final
cdef class Call:
    """A call that a helper makes."""

    cdef Work work
    cdef object function
    cdef tuple arguments
    cdef object outcome
    cdef object error
    cdef object thread  # that makes it; None before it does
    cdef bint is_given_up

    cdef void make(self) noexcept:
        cdef bint is_wanted
        thread = PyThread_get_thread_ident()
        with cython.critical_section(self):
            self.thread = thread
            is_wanted = not self.is_given_up
        if is_wanted:
            try:
                self.outcome = self.function(*self.arguments)
            except BaseException as error:
                self.error = error
        self.function = self.arguments = None

    cdef int give_up(self, stop) except -1:
        """Stop a call that is under way, and leave it where it does not come back."""
        if stop is not None:
            stop()
        if await_stopped_job(&self.work.job):
            return 0
        with cython.critical_section(self):
            self.is_given_up = True
            if self.thread is not None:
                _given_up.add(self.thread)
        Py_INCREF(self)
        if not taosnative_job_leave(&self.work.job):  # it came back just now
            _drop(self)
        return 0


def timed_out(str what, timeout, bint writes=False):
    """The exception for what took longer than `timeout`."""
    doubt = ": rows may have been written" if writes else ""
    return TimedOutError(f"{what} took longer than {timeout:g} s, and was given up{doubt}", in_doubt=writes)


def wait_for(function, tuple arguments, timeout=None, str what="the call", stop=None, bint writes=False):
    """Make a call that may take long, and give what it gives.

    Parameters
    ----------
    function : callable
        What releases the GIL while it waits. It is called on this thread where no signal and no limit can end it,
        else on a helper.
    arguments : tuple
        Its arguments; kept as long as the call runs.
    timeout : float, optional
        Seconds that it may take.
    what : str
        What it is, for the message of an error: "the query".
    stop : callable, optional
        Makes a call that is under way come back, if it can.
    writes : bool
        Whether rows may have been written when it is given up.

    Raises
    ------
    TimedOutError
        It took longer than `timeout`.
    KeyboardInterrupt
        Or whatever else a signal's handler raises.
    """
    cdef Call call
    if not needs_helper(timeout):
        return function(*arguments)
    call = Call.__new__(Call)
    call.function, call.arguments = function, arguments
    call.work.job.make = _make
    call.work.job.late = _late
    call.work.call = <PyObject *>call
    if not taosnative_job_start(&call.work.job):
        return function(*arguments)  # there can be no more threads: as well as it can be done
    try:
        is_in_time = await_job(&call.work.job, timeout)
    except BaseException:
        call.give_up(stop)
        raise
    if not is_in_time:
        call.give_up(stop)
        raise timed_out(what, timeout, writes)
    if call.error is not None:
        PyErr_CheckSignals()  # Ctrl-C: why the call failed, or more urgent than that
        error, call.error = call.error, None
        raise error
    return call.outcome
