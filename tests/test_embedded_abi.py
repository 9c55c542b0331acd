"""The embedded engine's C face: connections, results and errors, over sessions that answer what they are told."""

import ctypes
import struct
import subprocess
import sys
import threading
from ctypes import byref, c_bool, c_int, c_void_p
from pathlib import Path

import duckdb
import numpy as np
import pytest
import taosc_calls

from taosnative.embedded import server
from taosnative.embedded.protocol import ColumnInfo, EngineError, Outcome

lib = taosc_calls.load()
ROOT = Path(__file__).parent.parent
BOOL, INT, DOUBLE, VARCHAR, TIMESTAMP, NCHAR, FLOAT, VARBINARY, JSON = 1, 4, 7, 8, 9, 10, 6, 16, 15
APP_ERROR, INVALID_PARA, NOT_SUPPORTED, DISCONNECTED = 0x80000110, 0x80000118, 0x80000100, 0x80000213
QUERY_KILLED, NO_JOB = 0x8000022D, 0x80002506


class FakeSession:
    """Answers statements from a dict; a value is an Outcome, an exception, or a function that gives one."""

    def __init__(self, answers):
        self.answers = answers
        self.database = None
        self.timezones = []
        self.is_closed = False
        self.n_interrupts = 0

    def execute(self, sql):
        if sql.startswith("use "):
            self.database = sql[4:]
            return Outcome()
        answer = self.answers[sql]
        answer = answer() if callable(answer) else answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def validate(self, sql):
        self.execute(sql)

    def current_database(self):
        return self.database

    def use(self, database):
        self.database = database

    def set_timezone(self, name):
        self.timezones.append(name)

    def interrupt(self):
        self.n_interrupts += 1

    def close(self):
        self.is_closed = True


@pytest.fixture
def sessions(monkeypatch):
    """Sessions by address; a connection to one that is not there is refused."""
    known = {}

    def connect(address, user, password, database):
        if address not in known:
            raise EngineError(0x8000000B, "Unable to establish connection")
        known[address].arguments = (user, password, database)
        return known[address]

    monkeypatch.setattr(server, "connect", connect)
    return known


@pytest.fixture
def session(sessions):
    sessions["here"] = FakeSession({})
    return sessions["here"]


@pytest.fixture
def taos(session):
    connection = lib.taos_connect(b"here", None, None, None, 0)
    yield connection
    lib.taos_close(connection)


def columns(*types, length=10):
    return tuple(
        ColumnInfo(f"c{i}", code, {TIMESTAMP: 8, BOOL: 1, INT: 4, FLOAT: 4, DOUBLE: 8}.get(code, length))
        for i, code in enumerate(types)
    )


def query(taos, sql=b"q"):
    res = lib.taos_query(taos, sql)
    assert res
    return res


def code(res=None):
    return taosc_calls.unsigned(lib.taos_errno(res))


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


# ---- blocks --------------------------------------------------------------------------


def test_a_block_has_the_bytes_that_the_real_client_hands_out(session, taos):
    session.answers["q"] = Outcome(
        columns=(
            ColumnInfo("ts", TIMESTAMP, 8),
            ColumnInfo("b", BOOL, 1),
            ColumnInfo("i", INT, 4),
            ColumnInfo("v", VARCHAR, 10),
            ColumnInfo("n", NCHAR, 5),
            ColumnInfo("x", VARBINARY, 8),
            ColumnInfo("f", FLOAT, 4),
        ),
        rows=[
            (1700000000000, True, 1, "abc", "hé", b"\x01\x02", 1.5),
            (1700000000001, None, None, None, None, None, None),
            (1700000000002, False, -1, "", "", b"", 2.0),
        ],
    )
    expected = bytes.fromhex(
        "01000000 d0000000 03000000 07000000 00000080 0000000000000000"
        "09 08000000 01 01000000 04 04000000 08 0c000000 0a 16000000 10 0a000000 06 04000000"
        "18000000 03000000 0c000000 07000000 0c000000 06000000 0c000000"
        "00 0068e5cf8b010000 0168e5cf8b010000 0268e5cf8b010000"
        "40 010000"
        "40 01000000 00000000 ffffffff"
        "00000000 ffffffff 05000000 0300616263 0000"
        "00000000 ffffffff 0a000000 080068000000e9000000 0000"
        "00000000 ffffffff 04000000 02000102 0000"
        "40 0000c03f 00000000 00000040"
        "00"
    )
    res = query(taos)
    assert taosc_calls.raw_blocks(lib, res) == [expected]
    assert taosc_calls.fields(lib, res)[4] == ("n", "NCHAR", 5)
    lib.taos_free_result(res)


@pytest.mark.parametrize("n_rows", [0, 1, 7, 8, 9, 4095, 4096, 4097, 9000])
def test_blocks_have_4096_rows_at_most_and_nulls_where_they_are(session, taos, n_rows):
    source = [(i, None if i % 3 == 0 else i, None if i % 5 == 0 else str(i)) for i in range(n_rows)]
    session.answers["q"] = lambda: Outcome(columns=columns(TIMESTAMP, INT, VARCHAR), rows=source)
    sizes = [struct.unpack_from("<i", block, 8)[0] for block in taosc_calls.raw_blocks(lib, query(taos))]
    assert sizes == [4096] * (n_rows // 4096) + [n_rows % 4096] * (n_rows % 4096 > 0)
    assert taosc_calls.rows(lib, query(taos)) == source


def test_a_stream_of_duckdb_with_batches_of_its_own_is_read_as_it_comes(session, taos):
    connection = duckdb.connect()
    session.answers["q"] = lambda: Outcome(
        columns=columns(INT, BOOL, VARCHAR, DOUBLE),
        stream=connection.cursor().sql(
            "select i::int, case when i % 7 > 0 then i % 2 = 1 end, case when i % 11 > 0 then 'v' || i end, "
            "case when i % 13 > 0 then i / 2 end from range(200000) r(i) where i % 3 > 0"
        ),
    )
    expected = [
        (
            i,
            i % 2 == 1 if i % 7 else None,
            f"v{i}" if i % 11 else None,
            i / 2 if i % 13 else None,
        )
        for i in range(200000)
        if i % 3
    ]
    assert taosc_calls.rows(lib, query(taos)) == expected


@pytest.mark.parametrize("data", [b"\xff", b"caf\xe9", "\U0010ff41".encode(), b"\xf4\x8f\xbc", b"a\x00b"])
def test_any_bytes_come_back_as_they_are(session, taos, data):
    session.answers["q"] = lambda: Outcome(columns=columns(VARCHAR), rows=[(data,), ("plain",)])
    block = taosc_calls.raw_blocks(lib, query(taos))[0]
    assert block[28 + 9 + 8 :] == struct.pack("<H", len(data)) + data + b"\x05\x00plain\x00"


def test_nchar_is_ucs4_in_blocks_and_utf8_in_rows(session, taos):
    texts = ["héllo", "汉字", "😀", "\U0010ff41", ""]
    escaped = [(text.encode(),) for text in texts]
    session.answers["q"] = lambda: Outcome(columns=columns(NCHAR), rows=escaped)
    block = taosc_calls.raw_blocks(lib, query(taos))[0]
    data = block[28 + 9 + 4 * len(texts) :]
    for text in texts:
        encoded = text.encode("utf-32-le")
        assert data.startswith(struct.pack("<H", len(encoded)) + encoded)
        data = data[2 + len(encoded) :]
    assert taosc_calls.rows(lib, query(taos)) == [(text,) for text in texts]


def test_a_value_that_no_block_holds_is_an_error_of_the_fetch(session, taos):
    session.answers["q"] = Outcome(columns=columns(VARCHAR), rows=[("x" * 65536,)])
    res = query(taos)
    n_rows, data = c_int(), c_void_p()
    fetched = lib.taos_fetch_raw_block(res, byref(n_rows), byref(data))
    assert (taosc_calls.unsigned(fetched), n_rows.value, code(res)) == (0x80002653, 0, 0x80002653)
    assert lib.taos_errstr(res) == b"Value too long for column/tag: c0"


def test_columns_that_came_as_another_type_are_refused(session, taos):
    session.answers["q"] = Outcome(columns=columns(INT), stream=duckdb.connect().sql("select 1::bigint"))
    res = query(taos)
    assert code(res) == APP_ERROR
    assert b"column c0" in lib.taos_errstr(res)
    assert lib.taos_num_fields(res) == 0


def test_an_error_of_the_stream_is_the_querys(session, taos):
    stream = duckdb.connect().sql("select error('no such thing')::int")
    session.answers["q"] = Outcome(columns=columns(INT), stream=stream)
    res = query(taos)
    assert code(res) == APP_ERROR
    assert b"no such thing" in lib.taos_errstr(res)


# ---- rows and columns ------------------------------------------------------------------


@pytest.fixture
def res(session, taos):
    session.answers["q"] = Outcome(
        columns=columns(TIMESTAMP, BOOL, VARCHAR, NCHAR, DOUBLE, VARBINARY, JSON),
        precision=1,
        rows=[
            (1, True, "ab", "é", 0.1, b"\xab", "{}"),
            (2, None, None, None, None, None, None),
        ],
    )
    result = query(taos)
    yield result
    lib.taos_free_result(result)


def test_lengths_are_of_the_row_or_of_the_columns(res):
    lengths = lib.taos_fetch_lengths
    assert lengths(res) is None
    lib.taos_fetch_row(res)
    assert (c_int * 7).from_address(lengths(res))[:] == [8, 1, 2, 2, 8, 1, 2]
    lib.taos_fetch_row(res)
    assert (c_int * 7).from_address(lengths(res))[:] == [8, 0, 0, 0, 0, 0, 0]
    assert lib.taos_fetch_row(res) is None
    assert code(res) == 0


def test_a_block_is_read_by_columns(res):
    block = c_void_p()
    assert lib.taos_fetch_block(res, byref(block)) == 2
    starts = (c_void_p * 7).from_address(block.value)
    assert ctypes.cast(lib.taos_result_block(res), ctypes.POINTER(c_void_p))[0] == block.value
    assert np.frombuffer(ctypes.string_at(starts[0], 16), "i8").tolist() == [1, 2]
    offsets = (c_int * 2).from_address(lib.taos_get_column_data_offset(res, 3))
    assert offsets[:] == [0, -1]
    assert ctypes.string_at(starts[3], 5) == b"\x02\x00\xc3\xa9\x00"
    assert lib.taos_get_column_data_offset(res, 0) is None
    assert (c_int * 7).from_address(lib.taos_fetch_lengths(res))[:5] == [8, 1, 12, 42, 8]
    assert lib.taos_fetch_block(res, byref(block)) == 0


def test_nulls_of_the_current_block(res):
    assert lib.taos_is_null(res, 0, 0)
    lib.taos_fetch_row(res)
    assert [lib.taos_is_null(res, row, 1) for row in (-1, 0, 1, 2)] == [True, False, True, True]
    nulls, n_rows = (c_bool * 9)(), c_int(9)
    assert lib.taos_is_null_by_column(res, 2, nulls, byref(n_rows)) == 0
    assert (n_rows.value, nulls[:2]) == (2, [False, True])
    assert taosc_calls.unsigned(lib.taos_is_null_by_column(res, 7, nulls, byref(n_rows))) == INVALID_PARA


def test_rows_are_printed(res):
    text = ctypes.create_string_buffer(100)
    fields = lib.taos_fetch_fields(res)
    n_bytes = lib.taos_print_row_with_size(text, 100, lib.taos_fetch_row(res), fields, 7)
    assert text.value == "1 1 ab é 0.1 \\xAB ".encode()
    assert n_bytes == len(text.value)
    row = lib.taos_fetch_row(res)
    assert lib.taos_print_row_with_size(text, 9, row, fields, 7) == 8
    assert text.value == b"2 NULL N"
    assert lib.taos_print_row(text, row, fields, 2) == 6


def test_what_a_result_tells_of_itself(session, taos, res):
    assert lib.taos_result_precision(res) == 1
    assert not lib.taos_is_update_query(res)
    session.answers["w"] = Outcome(affected=3_000_000_000)
    written = query(taos, b"w")
    assert lib.taos_affected_rows64(written) == 3_000_000_000
    assert lib.taos_is_update_query(written)
    assert lib.taos_fetch_fields(written) is None
    n_rows, data = c_int(7), c_void_p()
    assert lib.taos_fetch_raw_block(written, byref(n_rows), byref(data)) == n_rows.value == 0


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
