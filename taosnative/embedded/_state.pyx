"""What outlives a call: connections, the tokens that callers know things by, each thread's last error, own threads.

A caller gets no address of ours but a token, which is never given twice: what was closed is known for what it is.
"""

import logging
import threading

from libc.stdint cimport int64_t, uint32_t, uintptr_t

from .protocol import EngineError

cdef extern from "taosnative/atomic.h" nogil:
    int64_t ATOMIC_ADD(int64_t *counter, int64_t by)
    int64_t ATOMIC_SWAP(int64_t *flag, int64_t value)

cdef extern from "last_error.h" nogil:
    int last_error_set(uint32_t code, const char *text)
    int last_error_code()
    char *last_error_text()

cdef enum:
    # Tokens of results end in the index of a slot; no slot has this one.
    TOKEN_BITS = 24
    TOKEN_END = 0xFFFFFF

LOGGER = logging.getLogger(__name__)
_things = {}
cdef int64_t n_tokens = 0
cdef int64_t n_background = 0
cdef int64_t is_interrupted = 0


cdef int fail(uint32_t code, const char *text) noexcept nogil:
    """Make it this thread's last error; returns the code as taosc's functions do."""
    return last_error_set(code, text)


cdef int last_code() noexcept nogil:
    return last_error_code()


cdef char *last_text() noexcept nogil:
    """Lives until this thread's next call."""
    return last_error_text()


cdef tuple described(error):
    """An exception's code and, as bytes, its text."""
    if isinstance(error, EngineError):
        return error.code, error.message.encode("utf-8", "replace")
    if isinstance(error, KeyboardInterrupt):
        ATOMIC_SWAP(&is_interrupted, 1)  # a driver cannot raise: the program gets it when the call has left Python
        return CODE_QUERY_KILLED, b"Query killed"
    if isinstance(error, MemoryError):
        return CODE_NO_MEMORY, b"Out of memory"
    LOGGER.error("the embedded engine failed", exc_info=error)
    return CODE_APP_ERROR, f"{type(error).__name__}: {error}".encode("utf-8", "replace")


cdef int take_interrupt() noexcept nogil:
    """Whether a Ctrl-C ended a call since this was asked last."""
    return is_interrupted and ATOMIC_SWAP(&is_interrupted, 0)


cdef int fail_with(error) noexcept:
    """Make an exception this thread's last error."""
    code, text = described(error)
    return last_error_set(<uint32_t> code, <bytes> text)


# ---- tokens -----------------------------------------------------------------------


cdef void *enlist(thing) except NULL:
    """A token for a connection or a statement; the list keeps it alive."""
    cdef uintptr_t token = <uintptr_t> ATOMIC_ADD(&n_tokens, 1) << TOKEN_BITS | TOKEN_END
    _things[token] = thing
    return <void *> token


cdef object enlisted(const void *token, type kind):
    """The thing that a token stands for, or None."""
    thing = _things.get(<uintptr_t> token)
    return thing if isinstance(thing, kind) else None


cdef object delist(const void *token, type kind):
    """The same, which the token stands for no longer."""
    thing = enlisted(token, kind)
    if thing is not None:
        thing = _things.pop(<uintptr_t> token, None)
    return thing


def connections():
    """Every open connection."""
    return [thing for thing in list(_things.values()) if isinstance(thing, Connection)]


# ---- threads of the engine's own -------------------------------------------------------


def start_in_background(function, *arguments):
    """Run a function on a thread of the engine's own, as taosc does for callbacks."""
    thread = threading.Thread(target=_run_counted, args=(function, arguments), name="taosnative-embedded", daemon=True)
    ATOMIC_ADD(&n_background, 1)
    try:
        thread.start()
    except BaseException:
        ATOMIC_ADD(&n_background, -1)
        raise


def _run_counted(function, arguments):
    try:
        function(*arguments)
    finally:
        ATOMIC_ADD(&n_background, -1)


def count_background():
    """How many such threads are running: at the interpreter's end they are waited for."""
    return n_background


# ---- connections --------------------------------------------------------------------


cdef class Connection:
    """A session of the engine, which ends when its connection and all results and statements of it are gone."""

    def __init__(self, session):
        self.session = session
        self.n_holders = 1
        self.is_open = True

    cdef void hold(self):
        ATOMIC_ADD(&self.n_holders, 1)

    cdef void let_go(self):
        if ATOMIC_ADD(&self.n_holders, -1) > 0:
            return
        try:
            self.session.close()
        except BaseException as error:
            described(error)

    def close(self):
        """Let go of the connection itself."""
        if self.is_open:
            self.is_open = False
            self.let_go()

    def kill(self):
        """Stop what the session runs, and every result that was not read to its end."""
        self.n_kills += 1
        self.session.interrupt()

    def set_timezone(self, own, effective):
        """Keep the zone of this connection, None being the process's, and set what applies."""
        self.session.set_timezone(effective)
        self.timezone = own
