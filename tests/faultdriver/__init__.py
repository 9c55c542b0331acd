"""A driver that does what a test tells it: built by the platform's compiler, told by ctypes."""

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

from . import statements

INCLUDE = Path(__file__).parents[2] / "include"
SOURCE = Path(__file__).with_name("driver.c")
KINDS = ("connections", "results", "statements", "fields")
TOLD = ("address", "user", "password", "database", "port", "sql", "request", "config", "option")


def build(folder: Path, *left_out: str, name: str = "libtaos.so", source: Path = SOURCE) -> Path:
    """Compile the driver, without some of its functions, into a folder."""
    compiler = shutil.which("cc")
    assert compiler is not None, "the tests need a C compiler that is called cc"
    library = folder / name
    command = [compiler, "-shared", "-fPIC", "-O1", "-g", "-std=gnu11", "-Wall", "-Werror", f"-I{INCLUDE}"]
    command += [f"-D{function}=left_out_{function}" for function in left_out]
    command += ["-o", str(library), str(source)]
    command += [] if sys.platform == "darwin" else ["-pthread"]
    subprocess.run(command, check=True)
    return library


class Field(ctypes.Structure):
    """TAOS_FIELD."""

    _fields_ = (("name", ctypes.c_char * 65), ("type", ctypes.c_int8), ("bytes", ctypes.c_int32))


class FaultDriver:
    """The test's side of a driver that `build` has made."""

    def __init__(self, path):
        self.path = str(path)
        self._library = ctypes.CDLL(self.path)
        self._library.fault_told.restype = ctypes.c_char_p
        self._library.fault_wait_held.argtypes = [ctypes.c_int, ctypes.c_double]
        self._library.fault_add_block.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
        self._library.fault_answer.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64]

    def reset(self):
        self._library.fault_reset()

    def fail(self, function, code, text="", nth=1):
        """Let the nth call from now fail (-1: every one)."""
        assert self._library.fault_fail(function.encode(), nth, ctypes.c_int(code), text.encode()) == 0

    def hold(self, function):
        """Let the next call of a function wait for `let_go`."""
        assert self._library.fault_hold(function.encode()) == 0

    def wait_held(self, n=1, seconds=10.0):
        """Wait until n calls are held; without the GIL."""
        assert self._library.fault_wait_held(n, seconds), f"{n} calls should be held, and are not"

    def let_go(self):
        self._library.fault_let_go()
        assert self._library.fault_overdue() == 0, "a held call was not let go in time"

    def calls(self, function):
        n_calls = self._library.fault_calls(function.encode())
        assert n_calls >= 0, f"there is no function {function}"
        return n_calls

    def live(self, kind):
        return self._library.fault_live(KINDS.index(kind))

    def told(self, what):
        """What an argument was at the last call that had it; "(null)" for NULL."""
        return self._library.fault_told(TOLD.index(what)).decode()

    def set_version(self, text):
        self._library.fault_set_version(text.encode())

    def answer(self, fields=(), blocks=(), precision=0, affected=0):
        """What the queries from now on give: fields as (name, type code, bytes), blocks as (bytes, rows)."""
        array = (Field * max(len(fields), 1))()
        for field, (name, code, size) in zip(array, fields, strict=False):
            field.name = name if isinstance(name, bytes) else name.encode()
            field.type, field.bytes = code, size
        self._library.fault_answer(len(fields), array, precision, affected)
        for data, n_rows in blocks:
            self._library.fault_add_block(data, len(data), n_rows)

    def tell_fields(self, *fields, forgetful=False):
        """What the question marks of statements stand for: (name, type code, bytes, kind, precision, scale)."""
        statements.tell_fields(self._library, fields, forgetful=forgetful)

    def bound(self):
        """What was bound since the fields were told."""
        return statements.bound(self._library)

    def statement_sql(self):
        """The text of the statement that was prepared last."""
        self._library.fault_statement_sql.restype = ctypes.c_char_p
        return self._library.fault_statement_sql().decode()
