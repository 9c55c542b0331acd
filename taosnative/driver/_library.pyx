"""Opens a shared library and holds the table of its functions. Nothing else looks a name up in a driver.

What a driver does to the whole process is dealt with here, once: it is opened once and never closed, initialised
once and never cleaned up (it does not survive that), reads one configuration directory, and is of no use in a process
that was forked off after it was initialised.
"""

import os
import threading

from taosnative import errors

from cpython.exc cimport PyErr_CheckSignals
from libc.string cimport strlen

from taosnative.taosc cimport TAOS_OPTION_CONFIGDIR, taosc_function_info, taosc_functions


cdef extern from *:
    """
    #include "taosnative/functions.h"
    #include "taosnative/library.h"
    static const taosc_function_info taosnative_functions[] = TAOSC_FUNCTION_INFO;
    """
    const taosc_function_info taosnative_functions[]  # ends at a name that is NULL
    void *taosnative_open_library(const char *path, bint is_bare, char *message, size_t size) nogil
    void *taosnative_find_symbol(void *library, const char *name) nogil
    void taosnative_close_library(void *library) nogil
    bint taosnative_library_file(void *library, void *symbol, char *path, size_t size) nogil


# Without these a library is no driver. What else it lacks is refused when it is needed.
ESSENTIAL = (
    "taos_connect",
    "taos_close",
    "taos_query",
    "taos_errno",
    "taos_errstr",
    "taos_free_result",
    "taos_num_fields",
    "taos_fetch_fields",
    "taos_result_precision",
    "taos_affected_rows",
    "taos_fetch_raw_block",
    "taos_get_client_info",
)

cdef dict _since = {}  # name of a function -> the first release that has it
cdef dict _drivers = {}  # address of an open library -> its Driver
cdef object _lock = threading.Lock()  # of both, and of initialising
cdef int _generation = 0


cdef int fork_generation() noexcept nogil:
    return _generation


def _after_fork():
    """Know in a child that it is one; a lock that another thread held at the fork is never given back there."""
    global _generation, _lock
    _generation += 1
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _list_functions():
    """Read the list of functions into a dict: name to first release."""
    cdef Py_ssize_t i = 0
    while taosnative_functions[i].name is not NULL:
        _since[taosnative_functions[i].name.decode()] = taosnative_functions[i].since.decode()
        i += 1


_list_functions()


def functions():
    """Every function of taosc that taosnative knows, with the first release of TDengine that has it."""
    return dict(_since)


def release_number(text):
    """The numbers of a release, "3.3.5.8" as (3, 3, 5, 8), or None where there are none to compare."""
    numbers = []
    for part in text.split(".")[:4]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers) if len(numbers) > 1 else None


cdef object driver_error(int code, const char *text_ptr, bint writes=False):
    try:
        PyErr_CheckSignals()
    except BaseException as interrupt:
        return interrupt  # Ctrl-C: why the call failed, or more urgent than that
    cdef bytes text = b"" if text_ptr is NULL else text_ptr[:strlen(text_ptr)]
    if code == 0:  # it failed and left no code behind: its text is of something else
        return errors.error_from_code(-1, "", writes=writes)
    return errors.error_from_code(code, text.decode("utf-8", "replace"), writes=writes)


cdef const char *last_text(const taosc_functions *taosc, int code) noexcept nogil:
    return taosc.taos_errstr(NULL) if taosc.taos_errno(NULL) == code else NULL


cdef class Driver:
    """A driver: an open library with taosc's functions.

    Made by `open_driver` alone; there is one for a library, however often it is opened.

    Attributes
    ----------
    path : str
        The library's file.
    version : str
        What the driver calls itself ("3.3.5.8"); "unknown" where it does not say, or does not say before `start`.
    missing : frozenset of str
        The functions that it lacks.
    """

    def __cinit__(self):
        self._library = NULL
        self._started_in = -1

    def __init__(self):
        raise TypeError("a Driver is made by open_driver")

    def __repr__(self):
        return f"<taosnative driver {self.version} at {self.path}>"

    @property
    def version(self):
        """What the driver calls itself."""
        cdef const char *text_ptr
        if self._version is None and self.functions.taos_get_client_info is not NULL:
            with nogil:
                text_ptr = self.functions.taos_get_client_info()
            if text_ptr is NULL or text_ptr[0] == 0:
                return "unknown"  # 3.3.6 and newer do not know before they are initialised
            self._version = text_ptr.decode("utf-8", "replace")
        return self._version or "unknown"

    @property
    def missing(self):
        """The functions that this driver lacks."""
        return frozenset(self._missing)

    cdef int _fill(self) except -1:
        """Look every function up."""
        cdef Py_ssize_t i = 0
        cdef void *symbol
        self._missing = set()
        while taosnative_functions[i].name is not NULL:
            symbol = taosnative_find_symbol(self._library, taosnative_functions[i].name)
            (<void **>(<char *>&self.functions + taosnative_functions[i].slot))[0] = symbol
            if symbol is NULL:
                self._missing.add(taosnative_functions[i].name.decode())
            i += 1
        return 0

    cdef int _leave_out_newer(self) except -1:
        """Empty the slots of functions that this version has in an older form: its arguments would be others."""
        cdef Py_ssize_t i = 0
        version = release_number(self.version)
        while version is not None and taosnative_functions[i].name is not NULL:
            if version < release_number(taosnative_functions[i].since.decode()):
                (<void **>(<char *>&self.functions + taosnative_functions[i].slot))[0] = NULL
                self._missing.add(taosnative_functions[i].name.decode())
            i += 1
        return 0

    cdef int require(self, str name) except -1:
        """Raise NotSupportedError where the driver lacks a function."""
        if name in self._missing:
            raise errors.NotSupportedError(
                f"the driver {self.path} (version {self.version}) does not have {name}; "
                f"TDengine {_since[name]} and newer have it"
            )
        return 0

    def start(self, str config=None):
        """Initialise the driver, at the first call; make sure that it can be used here, at every other.

        Parameters
        ----------
        config : str, optional
            The directory of `taos.cfg`. A driver reads one in the life of a process.

        Raises
        ------
        InterfaceError
            In a process that was forked off after the driver had been initialised, and where another directory was
            read before.
        OperationalError
            The driver cannot be initialised.
        """
        if config is not None:
            config = os.path.abspath(config)
        with _lock:
            if self._started_in == -1:
                _initialise(self, config)
            elif self._started_in != _generation:
                raise errors.InterfaceError(
                    f"the driver {self.path} was initialised before this process was forked off, and its threads did "
                    "not come along: a call would hang. Start processes by multiprocessing's \"spawn\" method, or "
                    "connect only after the fork"
                )
            elif config is not None and config != self._config:
                was = "its own default" if self._config is None else repr(self._config)
                raise errors.InterfaceError(
                    f"config={config!r} comes too late: the driver has read {was}, and a driver reads one "
                    "configuration in the life of a process. Give it at the first connect"
                )


cdef int _initialise(Driver driver, str config) except -1:
    cdef int code = 0
    cdef const char *text_ptr = NULL
    cdef bytes directory
    if config is not None:
        if not os.path.exists(config):
            raise errors.InterfaceError(f"config={config!r}: there is no such directory or file")
        driver.require("taos_options")
        directory = os.fsencode(config)
        code = driver.functions.taos_options(TAOS_OPTION_CONFIGDIR, <const char *>directory)
        if code != 0:
            code = driver.functions.taos_errno(NULL) or code
            error = driver_error(code, driver.functions.taos_errstr(NULL))
            raise errors.InterfaceError(
                f"{error}: config={config!r} is refused by the driver", code=error.code, name=error.name
            )
    if driver.functions.taos_init is not NULL:
        with nogil:
            code = driver.functions.taos_init()
            if code != 0:
                code = driver.functions.taos_errno(NULL) or code
                text_ptr = driver.functions.taos_errstr(NULL)
        if code != 0:
            error = driver_error(code, text_ptr)
            raise errors.OperationalError(
                f"{error}: the driver {driver.path} cannot be initialised, for as long as this process lives. It "
                "writes a log into the directory `logDir` of its taos.cfg (/var/log/taos, or C:\\TDengine\\log, by "
                "default), which must be there and writable for this user; name a directory with another taos.cfg by "
                "config=. From 3.3.6 on it also needs its library taosnative (libtaosnative) beside it",
                code=error.code,
                name=error.name,
            )
    driver._config = config
    driver._started_in = _generation
    driver._leave_out_newer()
    return 0


def open_driver(str name):
    """Open a driver, or give the one that this library was opened as before.

    Parameters
    ----------
    name : str
        An absolute path, or the bare name of a library for the system's own search.

    Raises
    ------
    OSError
        The library cannot be opened, or is no driver; the text is what the system's loader says.
    """
    cdef char message[1024]
    cdef void *library
    cdef bint is_bare = os.path.basename(name) == name
    if "\0" in name:
        raise OSError("the path has a NUL character in it")
    if not is_bare and not os.path.isabs(name):
        raise OSError("the path is not absolute")
    encoded = name.encode() if os.name == "nt" else os.fsencode(name)
    cdef const char *name_ptr = encoded
    message[0] = 0
    with nogil:
        library = taosnative_open_library(name_ptr, is_bare, message, sizeof(message))
    if library is NULL:
        raise OSError((<bytes>message).decode("utf-8", "replace").strip())
    with _lock:
        driver = _drivers.get(<size_t>library)
        if driver is None:
            driver = _make_driver(library, name)
            _drivers[<size_t>library] = driver
        return driver


cdef Driver _make_driver(void *library, str name):
    cdef char path[32768]
    cdef Driver driver = Driver.__new__(Driver)
    driver._library = library
    driver._fill()
    lacks = [essential for essential in ESSENTIAL if essential in driver._missing]
    if lacks:
        taosnative_close_library(library)
        raise OSError(f"it is a library, but no driver of TDengine: it does not have {', '.join(lacks)}")
    driver.path = name
    if taosnative_library_file(library, <void *>driver.functions.taos_connect, path, sizeof(path)):
        found = (<bytes>path).decode() if os.name == "nt" else os.fsdecode(<bytes>path)
        driver.path = os.path.realpath(found)
    return driver
