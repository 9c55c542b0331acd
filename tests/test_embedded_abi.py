"""The embedded engine's C face: connections, errors, callbacks, and the library itself."""

import ctypes
import subprocess
import sys
import threading
from ctypes import byref, c_int, c_void_p
from pathlib import Path

import duckdb
import pytest
import taosc_calls
from fake_sessions import (
    APP_ERROR,
    DISCONNECTED,
    DOUBLE,
    INT,
    INVALID_PARA,
    NO_JOB,
    NOT_SUPPORTED,
    QUERY_KILLED,
    FakeSession,
    code,
    columns,
    lib,
    query,
)

from taosnative.embedded.protocol import EngineError, Outcome

ROOT = Path(__file__).parent.parent

# ---- connections -------------------------------------------------------------------


def test_the_defaults_of_a_connection_are_taoscs(session, taos):
    assert session.arguments == ("root", "taosdata", None)
    assert lib.taos_get_client_info() == b"3.3.5.8"
    assert lib.taos_get_server_info(taos).splitlines()[0] == b"ver:3.3.5.8"


def test_what_a_connection_is_given_reaches_the_engine(sessions):
    sessions["embedded:#x"] = FakeSession({})
    taos = lib.taos_connect(b"embedded:#x", b"me", b"secret", b"`db`", 6030)
    assert sessions["embedded:#x"].arguments == ("me", "secret", "db")
    lib.taos_close(taos)
    assert sessions["embedded:#x"].is_closed


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((b"nowhere", None, None, None), 0x8000000B),
        ((b"here", b"", None, None), 0x80000207),
        ((b"here", b"u" * 24, None, None), 0x80000207),
        ((b"here", None, b"p" * 32, None), 0x80000208),
        ((b"here", None, None, b"d" * 65), 0x80000209),
    ],
)
def test_a_refused_connection_is_null_and_tells_why(session, arguments, expected):
    assert lib.taos_connect(*arguments, 0) is None
    assert code() == expected
    assert lib.taos_errstr(None)


def test_the_current_database_needs_room(session, taos):
    name, required = ctypes.create_string_buffer(8), c_int()
    assert lib.taos_select_db(taos, b"plant") == 0
    assert lib.taos_get_current_db(taos, name, 8, byref(required)) == 0
    assert name.value == b"plant"
    assert taosc_calls.unsigned(lib.taos_get_current_db(taos, name, 4, byref(required))) == INVALID_PARA
    assert (name.value, required.value) == (b"pla", 6)
    lib.taos_reset_current_db(taos)
    assert lib.taos_get_current_db(taos, name, 8, None) == 0
    assert name.value == b""
    assert taosc_calls.unsigned(lib.taos_select_db(taos, b"")) == 0x80000229


def test_options_of_a_connection(session, taos):
    options = lib.taos_options_connection
    assert options(taos, 1, b"Asia/Shanghai") == 0
    assert options(taos, 1, b"") == 0
    assert session.timezones == ["Asia/Shanghai", "UTC"]
    assert options(taos, 0, b"UTF-8") == options(taos, 3, b"app") == options(taos, 2, b"10.0.0.1") == 0
    assert taosc_calls.unsigned(options(taos, 0, b"GBK")) == 0x80FF0016
    assert taosc_calls.unsigned(options(taos, 2, b"10.0.0.300")) == INVALID_PARA
    assert taosc_calls.unsigned(options(None, 1, b"UTC")) == DISCONNECTED


def test_a_processes_timezone_is_that_of_connections_without_one(sessions):
    sessions.update(old=FakeSession({}), own=FakeSession({}), new=FakeSession({}))
    old, own = (lib.taos_connect(name, None, None, None, 0) for name in (b"old", b"own"))
    lib.taos_options_connection(own, 1, b"UTC")
    assert lib.taos_options(2, b"Europe/Berlin") == 0
    new = lib.taos_connect(b"new", None, None, None, 0)
    assert sessions["old"].timezones == sessions["new"].timezones == ["Europe/Berlin"]
    assert sessions["own"].timezones == ["UTC"]
    assert lib.taos_options(2, b"UTC") == 0
    for taos in (old, own, new):
        lib.taos_close(taos)


# ---- errors ---------------------------------------------------------------------------------


def test_a_refusal_has_the_engines_code_and_text(session, taos):
    session.answers["q"] = EngineError(0x80002603, "Table does not exist")
    res = query(taos)
    assert (code(res), lib.taos_errstr(res)) == (0x80002603, b"Table does not exist")
    assert code() == 0x80002603
    session.answers["q"] = Outcome()
    lib.taos_free_result(query(taos))
    assert code() == 0
    lib.taos_free_result(res)


def test_a_fault_of_the_engine_is_an_error_too(session, taos, caplog):
    session.answers["q"] = ZeroDivisionError("of all things")
    res = query(taos)
    assert (code(res), lib.taos_errstr(res)) == (APP_ERROR, b"ZeroDivisionError: of all things")
    assert "the embedded engine failed" in caplog.text


def query_until_interrupted(taos):
    """The interpreter raises between two of its steps."""
    query(taos)
    for _ in range(1000):
        pass


def test_ctrl_c_ends_the_statement_and_reaches_the_program(session, taos):
    session.answers["q"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        query_until_interrupted(taos)


def test_the_last_error_is_the_threads_own(session, taos):
    seen = []
    lib.taos_connect(b"nowhere", None, None, None, 0)
    thread = threading.Thread(target=lambda: seen.append(code()))
    thread.start()
    thread.join()
    assert seen == [0]
    assert code() == 0x8000000B


def test_a_closed_handle_is_known_for_what_it_is(session, taos):
    session.answers["q"] = Outcome()
    res = query(taos)
    lib.taos_free_result(res)
    lib.taos_free_result(res)
    assert code(res) == INVALID_PARA
    assert lib.taos_fetch_row(res) is None
    lib.taos_close(taos)
    lib.taos_close(taos)
    assert lib.taos_query(taos, b"q") is None
    assert code() == DISCONNECTED


def test_a_result_outlives_its_connection(session, taos):
    session.answers["q"] = Outcome(columns=columns(INT), rows=[(1,)])
    res = query(taos)
    lib.taos_close(taos)
    assert taosc_calls.rows(lib, res) == [(1,)]
    assert not session.is_closed
    lib.taos_free_result(res)
    assert session.is_closed


def test_sql_is_cut_nowhere(session, taos):
    assert lib.taos_query(taos, b"x" * 1048577) is None
    assert code() == 0x80000219
    assert lib.taos_query(taos, None) is None


def test_a_stopped_result_gives_no_more(session, taos):
    session.answers["q"] = lambda: Outcome(columns=columns(INT), rows=[(i,) for i in range(5000)])
    res = query(taos)
    lib.taos_fetch_row(res)
    lib.taos_stop_query(res)
    n_rows, data = c_int(), c_void_p()
    assert taosc_calls.unsigned(lib.taos_fetch_raw_block(res, byref(n_rows), byref(data))) == NO_JOB
    killed = query(taos)
    lib.taos_kill_query(taos)
    assert taosc_calls.unsigned(lib.taos_fetch_raw_block(killed, byref(n_rows), byref(data))) == NO_JOB
    assert session.n_interrupts == 1
    after = query(taos)
    assert lib.taos_fetch_raw_block(after, byref(n_rows), byref(data)) == 0


def test_a_running_query_is_killed_from_another_thread(session, taos):
    cursor = duckdb.connect()

    class Forever:
        def __arrow_c_stream__(self, requested_schema=None):
            try:
                numbers = "range(10000000) a(i), range(10000000) b(i)"
                return cursor.sql(f"select sum(a.i * b.i)::double from {numbers}").__arrow_c_stream__()
            except duckdb.InterruptException as error:
                raise EngineError(QUERY_KILLED, str(error)) from error

    session.interrupt = cursor.interrupt
    session.answers["q"] = Outcome(columns=columns(DOUBLE), stream=Forever())
    codes = []
    thread = threading.Thread(target=lambda: codes.append(code(query(taos))))
    thread.start()
    while thread.is_alive():
        lib.taos_kill_query(taos)
        thread.join(0.01)
    assert codes == [QUERY_KILLED]


# ---- callbacks ---------------------------------------------------------------------------------


def test_a_query_with_a_callback_comes_from_another_thread(session, taos):
    session.answers["q"] = Outcome(columns=columns(INT), rows=[(i,) for i in range(5000)])
    done, seen = threading.Event(), []

    @taosc_calls.CALLBACK
    def on_rows(param, res, n_rows):
        seen.append(n_rows)
        if n_rows == 0:
            lib.taos_free_result(res)
            done.set()
        else:
            assert [bool(lib.taos_fetch_row(res)) for _ in range(n_rows)] == [True] * n_rows
            lib.taos_fetch_rows_a(res, on_rows, param)

    @taosc_calls.CALLBACK
    def on_query(param, res, code):
        seen.append((param, code, threading.current_thread() is threading.main_thread()))
        lib.taos_fetch_rows_a(res, on_rows, param)

    lib.taos_query_a(taos, b"q", on_query, 77)
    assert done.wait(10)
    assert seen == [(77, 0, False), 4096, 904, 0]


def test_a_query_with_a_callback_tells_its_error(taos):
    done, seen = threading.Event(), []

    @taosc_calls.CALLBACK
    def on_query(param, res, code):
        seen.append((res, taosc_calls.unsigned(code)))
        done.set()

    lib.taos_query_a(None, b"q", on_query, None)
    assert done.wait(10)
    assert seen == [(None, DISCONNECTED)]


# ---- the library ---------------------------------------------------------------------------------


def test_functions_that_are_not_there_say_so(taos):
    assert lib.tmq_conf_new() is None
    assert code() == NOT_SUPPORTED
    assert taosc_calls.unsigned(lib.tmq_commit_sync(None, None)) == NOT_SUPPORTED
    assert lib.taos_schemaless_insert(taos, None, 0, 1, 0) is None


def run(program, *arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_first_call_imports_the_engine_through_the_library_or_a_copy_of_it(tmp_path):
    copy = tmp_path / "other_name.so"
    copy.write_bytes(Path(lib._name).read_bytes())
    link = tmp_path / "libtaos.so"
    link.symlink_to(lib._name)
    program = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
assert "taosnative.embedded._driver" not in sys.modules
library.taos_connect.restype = ctypes.c_void_p
taos = library.taos_connect(b"embedded:", None, None, None, 0)
assert taos and "taosnative.embedded._driver" in sys.modules
import taosnative.embedded
same = ctypes.CDLL(str(taosnative.embedded.library_path()))
same.taos_get_server_info.restype = ctypes.c_char_p
print(same.taos_get_server_info(ctypes.c_void_p(taos)).split()[0].decode())
"""
    for path in (lib._name, copy, link):
        done = run(program, path)
        assert (done.stdout, done.stderr, done.returncode) == ("ver:3.3.5.8\n", "", 0)


def test_no_function_crashes_on_nothing_or_on_foreign_pointers():
    program = """
import sys
sys.path.insert(0, "tests")
import ctypes, taosc_calls
library = taosc_calls.load()
for name, (_, parameters) in taosc_calls.declared().items():
    function = getattr(library, name)
    if name not in ("taos_print_row", "taos_print_row_with_size", "taos_stmt2_free_fields", "taos_stmt_reclaim_fields"):
        handle = 0x7FFF12345670 if parameters and parameters[0].split(" ")[0] in (
            "TAOS", "TAOS_RES", "TAOS_STMT", "TAOS_STMT2") else None
        function(*[handle if i == 0 and handle else None if t in (ctypes.c_char_p, ctypes.c_void_p) else t()
                   for i, t in enumerate(function.argtypes)])
    function(*[None if t in (ctypes.c_char_p, ctypes.c_void_p) else t() for t in function.argtypes])
print("survived")
"""
    done = run(program)
    assert (done.stdout, done.returncode) == ("survived\n", 0), done.stderr


def test_calls_while_the_interpreter_ends_do_not_crash():
    program = """
import sys
sys.path.insert(0, "tests")
import threading, taosc_calls
library = taosc_calls.load()
taos = library.taos_connect(b"embedded:", None, None, None, 0)
def work():
    while True:
        library.taos_free_result(library.taos_query(taos, b"select 1"))
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
again = taosc_calls.CALLBACK(lambda param, res, code: library.taos_query_a(taos, b"select 1", again, None))
library.taos_query_a(taos, b"select 1", again, None)
started = [library.taos_query(taos, b"select 1") for _ in range(20)]
"""
    done = run(program)
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_call_with_the_gil_held_works_too(session, taos):
    holding = ctypes.PyDLL(lib._name)
    holding.taos_query.restype = holding.taos_fetch_row.restype = c_void_p
    connection = duckdb.connect()
    session.answers["q"] = lambda: Outcome(
        columns=columns(INT), stream=connection.cursor().sql("select i::int from range(300000) r(i)")
    )
    res = c_void_p(holding.taos_query(c_void_p(taos), b"q"))
    n_rows = 0
    while holding.taos_fetch_row(res):
        n_rows += 1
    assert n_rows == 300000
    holding.taos_free_result(res)
