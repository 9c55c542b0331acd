"""A driver that does what a test tells it: built by the platform's compiler, told by ctypes.

`build` makes a library; `FaultDriver` is the test's side of it. Each library has a state of its own, so that drivers
live side by side. A library that a `FaultDriver` was made for is to have nothing live at the end of its test: a fixture
in conftest.py sees to it.
"""

import atexit
import ctypes
import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import statements

FOLDER = Path(__file__).parent
INCLUDE = FOLDER.parents[1] / "include"
FLAGS = ("-fPIC", "-O2", "-g", "-std=gnu11", "-Wall", "-Werror", f"-I{INCLUDE}")
KINDS = ("connections", "results", "statements", "fields", "consumers", "confs", "lists", "threads")
TOLD = ("address", "user", "password", "database", "port", "sql", "request", "config", "option")
NO_BLOCK = -(2**63)  #: as an odd value of taos_fetch_raw_block: rows, and no memory that they are in

used: list["FaultDriver"] = []  #: in the test that runs


def _compiler() -> str:
    compiler = shutil.which("cc")
    assert compiler is not None, "the tests need a C compiler that is called cc"
    return compiler


@functools.cache
def _objects() -> list[str]:
    """Compile every room of the driver, once in the life of this process."""
    folder = tempfile.mkdtemp(prefix="faultdriver-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    objects = [str(Path(folder, source.stem).with_suffix(".o")) for source in sorted(FOLDER.glob("*.c"))]
    compiling = [
        subprocess.Popen([_compiler(), *FLAGS, "-c", "-o", made, str(FOLDER / Path(made).with_suffix(".c").name)])
        for made in objects
    ]
    assert [process.wait() for process in compiling] == [0] * len(objects)
    return objects


def _leave_out(folder: Path, functions: tuple[str, ...]) -> list[str]:
    """What keeps the linker from exporting functions."""
    if sys.platform == "darwin":
        return [f"-Wl,-unexported_symbol,_{function}" for function in functions]
    script = folder / "left_out.map"
    script.write_text(f"{{ global: *; local: {' '.join(f'{function};' for function in functions)} }};")
    return [f"-Wl,--version-script={script}"] if functions else []


def build(folder: Path, *left_out: str, name: str = "libtaos.so") -> Path:
    """Make the driver, without some of its functions, in a folder: a library of its own, quickly."""
    library = folder / name
    command = [_compiler(), "-shared", "-pthread", "-o", str(library), *_objects(), *_leave_out(folder, left_out)]
    subprocess.run(command, check=True)
    return library


class Field(ctypes.Structure):
    """TAOS_FIELD."""

    _fields_ = (("name", ctypes.c_char * 65), ("type", ctypes.c_int8), ("bytes", ctypes.c_int32))


class FieldE(ctypes.Structure):
    """TAOS_FIELD_E."""

    _fields_ = (
        ("name", ctypes.c_char * 65),
        ("type", ctypes.c_int8),
        ("precision", ctypes.c_uint8),
        ("scale", ctypes.c_uint8),
        ("bytes", ctypes.c_int32),
    )


class FaultDriver:
    """The test's side of a driver that `build` has made."""

    def __init__(self, path):
        self.path = str(path)
        self._library = library = ctypes.CDLL(self.path)
        library.fault_told.restype = ctypes.c_char_p
        library.fault_wait_held.argtypes = [ctypes.c_int, ctypes.c_double]
        library.fault_give.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_longlong]
        library.fault_sleep.argtypes = [ctypes.c_char_p, ctypes.c_double]
        library.fault_answer.restype = ctypes.c_void_p
        library.fault_answer.argtypes = [
            *(ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p),
            *(ctypes.c_int, ctypes.c_longlong, ctypes.c_int, ctypes.c_int),
        ]
        library.fault_add_block.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
        library.fault_tell_answer.argtypes = [ctypes.c_void_p]
        library.fault_rows_written.restype = library.fault_rows_lost.restype = ctypes.c_longlong
        used.append(self)

    def reset(self):
        """Forget all that was told."""
        self._library.fault_reset_script()
        self._library.fault_forget_answers()
        self._library.fault_answer_on_callers_thread(0)
        self.tell_fields()

    # ---- what calls do: `nth` counts calls of the function from now on, -1 is every one ---------------------------

    def fail(self, function, code, text="", nth=1):
        """Let a call fail with a code and a text."""
        assert self._library.fault_fail(function.encode(), nth, ctypes.c_int(code), text.encode()) == 0

    def give(self, function, value, nth=1):
        """Let a call succeed and give an odd value: its result; a count that it writes; 0 for no handle at all."""
        assert self._library.fault_give(function.encode(), nth, value) == 0

    def sleep(self, function, seconds):
        """Let every call of a function take so long."""
        assert self._library.fault_sleep(function.encode(), seconds) == 0

    def hold(self, function, nth=1):
        """Let a call wait for `let_go`."""
        assert self._library.fault_hold(function.encode(), nth) == 0

    def wait_held(self, n=1, seconds=10.0):
        """Wait until n calls are held; without the GIL."""
        assert self._library.fault_wait_held(n, seconds), f"{n} calls should be held, and are not"

    def let_go(self):
        """Let held calls go on."""
        self._library.fault_let_go()
        assert self._library.fault_overdue() == 0, "a held call was not let go in time"

    def answer_on_callers_thread(self, is_so=True):
        """Call callbacks before the call returns that they belong to; else on threads of the driver's own."""
        self._library.fault_answer_on_callers_thread(is_so)

    def set_version(self, text):
        """What the driver says that it is."""
        self._library.fault_set_version(text.encode())

    # ---- what was called ------------------------------------------------------------------------------------------

    def calls(self, function):
        """How often a function was called."""
        n_calls = self._library.fault_calls(function.encode())
        assert n_calls >= 0, f"there is no function {function}"
        return n_calls

    def live(self, kind):
        """How many of one of KINDS there are."""
        return self._library.fault_live(KINDS.index(kind))

    def all_live(self):
        """The KINDS that there are any of."""
        return {kind: n for kind in KINDS if (n := self.live(kind)) != 0}

    def forget_live(self):
        """Count anew: what one test has left is not the fault of the next."""
        self._library.fault_forget_live()

    def told(self, what):
        """What an argument was at the last call that had it; "(null)" for NULL."""
        return self._library.fault_told(TOLD.index(what)).decode()

    # ---- what statements give, and what is bound -------------------------------------------------------------------

    def answer(self, fields=(), blocks=(), precision=0, affected=0, *, to="", rounds=1, in_place=False):
        """What statements that begin with `to` give from now on.

        Fields are (name, type code, bytes) and may have precision and scale behind, for taos_fetch_fields_e; blocks are
        (bytes, rows). The blocks are handed out `rounds` times, -1 is without an end. `in_place` costs nothing: the
        blocks themselves are handed out. Else each is a copy, which is overwritten as soon as the real driver may.
        """
        plain, exact = (Field * max(len(fields), 1))(), (FieldE * max(len(fields), 1))()
        for i, (name, code, size, *more) in enumerate(fields):
            encoded = name if isinstance(name, bytes) else name.encode()
            plain[i] = Field(encoded, code, size)
            exact[i] = FieldE(encoded, code, *(more or (0, 0)), size)
        numbers = (precision, affected, rounds, in_place)
        answer = self._library.fault_answer(to.encode(), len(fields), plain, exact, *numbers)
        for data, n_rows in blocks:
            self._library.fault_add_block(answer, data, len(data), n_rows)
        self._library.fault_tell_answer(answer)

    def tell_fields(self, *fields, forgetful=False, keep="copies"):
        """What the question marks of statements stand for: (name, type code, bytes, kind, precision, scale).

        Of what is bound, "copies", "pointers" alone, or "nothing" is kept; "read": nothing, but it is read.
        """
        statements.tell_fields(self._library, fields, keep="nothing" if forgetful else keep)

    def bound(self):
        """What was bound since the fields were told."""
        return statements.bound(self._library)

    def rows_written(self):
        """Rows that executes of statements have written since the fields were told."""
        return self._library.fault_rows_written()

    def rows_lost(self):
        """Rows that were bound for executes which failed."""
        return self._library.fault_rows_lost()

    def statement_sql(self):
        """The text of the statement that was prepared last."""
        self._library.fault_statement_sql.restype = ctypes.c_char_p
        return self._library.fault_statement_sql().decode()
