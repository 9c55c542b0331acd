"""The fault driver itself: what a test tells it is what it does, and taospy can read through it."""

import ctypes
import subprocess
import sys
import time
from threading import Event

import faultdriver
import numpy as np
import pytest
from block_encoder import Column, encode

import taosnative
from taosnative.driver._library import functions
from taosnative.errors import OperationalError

INT, VARCHAR, BOOL, TIMESTAMP, NCHAR = 4, 8, 1, 9, 10
CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
READ_BY_TAOSPY = """
import ctypes, sys
import taos
connection = taos.connect(host="here")
query = connection.query("select * from t")
assert query.fetch_all() == [(1, "x", "汉字é😀", True), (None, None, None, None)]
result = connection.query("select * from t")
assert [row.as_tuple() for row in result.rows_iter()] == [(1, "x", "汉字é😀", True), (None, None, None, None)]
result.close(), query.close(), connection.close()
assert fault.all_live() == {}, fault.all_live()
"""


def int_block(*values):
    return encode([Column("INT", list(values))]), len(values)


@pytest.fixture
def raw(fault):
    """The driver's functions, called without the binding."""
    library = ctypes.CDLL(fault.path)
    pointers = ("taos_connect", "taos_query", "tmq_conf_new", "tmq_list_new", "tmq_consumer_new", "tmq_consumer_poll")
    for name in pointers:
        getattr(library, name).restype = ctypes.c_void_p
    return library


def test_every_function_of_the_list_is_there(fault):
    library = ctypes.CDLL(fault.path)
    assert [name for name in functions() if not hasattr(library, name)] == []


def test_what_is_left_out_is_not_found_and_the_rest_is(tmp_path):
    library = ctypes.CDLL(str(faultdriver.build(tmp_path, "taos_query_a", "tmq_list_new")))
    assert [name for name in functions() if not hasattr(library, name)] == ["taos_query_a", "tmq_list_new"]


def test_a_function_that_is_there_in_name_only_says_so(fault, raw):
    assert raw.taos_stmt_execute(None) & 0xFFFFFFFF == 0x80000100
    fault.fail("taos_stmt_execute", 0x80000110)
    assert raw.taos_stmt_execute(None) & 0xFFFFFFFF == 0x80000110
    assert fault.calls("taos_stmt_execute") == 2


class TestAnswers:
    def test_blocks_are_handed_out_as_often_as_told(self, fault, conn):
        fault.answer([("v", INT, 4)], [int_block(1, 2), int_block(3)], rounds=3)
        assert conn.query("select v from t").numpy()["v"].tolist() == [1, 2, 3] * 3

    def test_blocks_without_an_end_are_handed_out_until_they_are_stopped(self, fault, conn):
        fault.answer([("v", INT, 4)], [int_block(*range(100))], rounds=-1, in_place=True)
        with conn.query("select v from t") as result:
            rows = iter(result)
            assert [next(rows)[0] for _ in range(1000)] == list(range(100)) * 10
            result.stop()
            with pytest.raises(OperationalError, match="stopped"):
                list(rows)

    @pytest.mark.parametrize("in_place", [True, False])
    def test_a_block_is_overwritten_when_the_next_is_fetched_unless_it_is_in_place(self, fault, raw, in_place):
        (first, _), (second, _) = int_block(7), int_block(8)
        fault.answer([("v", INT, 4)], [(first, 1), (second, 1)], in_place=in_place)
        raw.taos_fetch_raw_block.argtypes = [ctypes.c_void_p] * 3
        raw.taos_free_result.argtypes = [ctypes.c_void_p]
        res = raw.taos_query(None, b"q")
        block, rows = ctypes.c_void_p(), ctypes.c_int()
        raw.taos_fetch_raw_block(res, ctypes.byref(rows), ctypes.byref(block))
        at = block.value
        assert ctypes.string_at(at, len(first)) == first
        raw.taos_fetch_raw_block(res, ctypes.byref(rows), ctypes.byref(block))
        assert ctypes.string_at(block.value, len(second)) == second
        assert (ctypes.string_at(at, len(first)) == first) is in_place
        raw.taos_free_result(res)

    def test_statements_get_the_answer_for_their_beginning(self, fault, conn):
        fault.answer(affected=1)
        fault.answer(affected=2, to="insert")
        assert (conn.execute("insert into t values (now, 1)"), conn.execute("delete from t")) == (2, 1)

    def test_an_answer_may_change_while_a_result_has_it(self, fault, conn):
        fault.answer([("v", INT, 4)], [int_block(1)])
        result = conn.query("select v from t")
        fault.answer([("w", INT, 4)], [int_block(2)])
        assert (result.rows(), conn.query("select w from t").rows()) == ([(1,)], [(2,)])


class TestCalls:
    def test_the_nth_call_fails_and_no_other(self, fault, conn):
        fault.fail("taos_select_db", 0x80000388, "Database not exist", nth=2)
        conn.select_db("a")
        with pytest.raises(taosnative.ProgrammingError):
            conn.select_db("b")
        conn.select_db("c")
        assert conn.database == "c"

    def test_a_call_takes_as_long_as_told(self, fault, conn):
        fault.sleep("taos_query", 0.02)
        started = time.monotonic()
        conn.execute("insert into t values (now, 1)")
        assert time.monotonic() - started >= 0.02

    def test_the_version_is_what_it_is_told(self, fault, conn):
        fault.set_version("3.4.0.0")
        library = ctypes.CDLL(fault.path)
        library.taos_get_client_info.restype = ctypes.c_char_p
        assert library.taos_get_client_info() == b"3.4.0.0"

    def test_a_callback_comes_on_a_thread_of_the_drivers_or_on_the_callers(self, fault, raw):
        seen, called = [], Event()

        def callback(param, res, code):
            seen.append((ctypes.c_int(code).value & 0xFFFFFFFF, called.is_set()))
            raw.taos_free_result(ctypes.c_void_p(res))
            called.set()

        pointer = CALLBACK(callback)
        fault.fail("taos_query_a", 0x80002600, nth=2)
        raw.taos_query_a(None, b"q", pointer, None)
        assert called.wait(20)
        fault.answer_on_callers_thread()
        called.clear()
        raw.taos_query_a(None, b"q", pointer, None)
        assert (called.is_set(), seen) == (True, [(0, False), (0x80002600, False)])

    def test_consumers_and_what_they_are_made_of_are_counted(self, fault, raw):
        fault.answer([("v", INT, 4)], [int_block(1)], to="topic")
        pointer = ctypes.c_void_p
        conf, topics = pointer(raw.tmq_conf_new()), pointer(raw.tmq_list_new())
        raw.tmq_list_append(topics, b"topic")
        consumer = pointer(raw.tmq_consumer_new(conf, None, 0))
        assert raw.tmq_subscribe(consumer, topics) == 0
        message = pointer(raw.tmq_consumer_poll(consumer, ctypes.c_int64(0)))
        assert fault.all_live() == {"results": 1, "consumers": 1, "confs": 1, "lists": 1}
        raw.taos_free_result(message)
        raw.tmq_consumer_close(consumer), raw.tmq_list_destroy(topics), raw.tmq_conf_destroy(conf)
        assert fault.all_live() == {}


class TestBinds:
    def test_a_bool_that_is_more_than_1_is_made_1_where_it_lies(self, fault, conn):
        fault.tell_fields(("ts", TIMESTAMP, 8, "column", 0, 0), ("b", BOOL, 1, "column", 0, 0))
        flags = np.array([2, 0], "u1")
        with conn.prepare("insert into t values (?, ?)") as statement:
            statement.bind([[1, 2], flags.view("?")])
            assert statement.execute() == 2
        assert [bind.values for bind in fault.bound()][1] == [b"\1", b"\0"]
        assert flags[0] == 2  # the binding has copied them

    @pytest.mark.parametrize(("keep", "n_kept"), [("copies", 1), ("pointers", 1), ("nothing", 0), ("read", 0)])
    def test_binds_are_kept_as_told(self, fault, conn, keep, n_kept):
        fault.tell_fields(("ts", TIMESTAMP, 8, "column", 0, 0), keep=keep)
        times = np.array([1, 2], "M8[ms]")
        with conn.prepare("insert into t values (?)") as statement:
            statement.bind([times])
            statement.execute()
        assert [bind.address for bind in fault.bound()] == [times.ctypes.data] * n_kept
        assert (b"".join(fault.bound()[0].values) == times.tobytes() if n_kept else True) is (keep != "pointers")
        assert (fault.rows_written(), fault.rows_lost()) == (2, 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="taospy looks for libtaos.so on Linux")
def test_taospy_imports_it_and_reads_through_it(fault_library):
    pytest.importorskip("pytz")
    fields = [("v", INT, 4), ("s", VARCHAR, 10), ("n", NCHAR, 10), ("b", BOOL, 1)]
    columns = [("INT", [1, None]), ("VARCHAR", ["x", None]), ("NCHAR", ["汉字é😀", None]), ("BOOL", [True, None])]
    block = encode([Column(name, values) for name, values in columns])
    told = f"import faultdriver; fault = faultdriver.FaultDriver({str(fault_library)!r})\n"
    told += f"fault.answer({fields!r}, [({block!r}, 2)])\n{READ_BY_TAOSPY}"
    environ = {"LD_LIBRARY_PATH": str(fault_library.parent), "PYTHONPATH": str(faultdriver.FOLDER.parent)}
    done = subprocess.run([sys.executable, "-c", told], env=environ, capture_output=True, text=True, timeout=60)
    assert (done.stderr, done.returncode) == ("", 0)
