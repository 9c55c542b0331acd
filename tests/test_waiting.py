"""Waits for the server that a signal or a time limit ends."""

import contextlib
import gc
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import fault_flows
import faultdriver
import numpy as np
import pytest
from block_encoder import Column, encode
from fault_flows import BLOCK, FIELDS, NUMBER, TIME
from threads import Running, until

import taosnative
from taosnative import TimedOutError

ROOT = Path(__file__).parent.parent
SQL = "insert into n values (?, ?)"
COLUMNS = {"ts": np.arange(3).view("M8[ms]"), "a": np.arange(3, dtype="i4")}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A driver of this module's own: a World gives it another version."""
    return faultdriver.build(tmp_path_factory.mktemp("faultdriver"))


@pytest.fixture
def world(library, tmp_path):
    """A driver that has something to read and to write, and a connection."""
    fault = faultdriver.FaultDriver(library)
    with contextlib.closing(fault_flows.World(fault, str(tmp_path))) as world:
        world.connect()
        fault.tell_fields(TIME, NUMBER)
        yield world


def execute_statement(world, **limit):
    with world.conn.prepare(SQL) as statement:
        statement.bind([COLUMNS["ts"], COLUMNS["a"]])
        statement.execute(**limit)


def read_numpy(world, **limit):
    world.conn.query("select * from t", **limit).numpy()


def read_rows(world, **limit):
    for _ in world.conn.query("select * from t", **limit):
        pass


#: What waits, by name: the function of the driver that it waits for, what it does, whether it may have written.
WAITS = {
    "connect": ("taos_connect", lambda world, timeout=None: connect(world, timeout), False),
    "query": ("taos_query", lambda world, **limit: world.conn.query("select * from t", **limit), False),
    "execute": ("taos_query", lambda world, **limit: world.conn.execute("insert into t values (1, 2)", **limit), True),
    "numpy": ("taos_fetch_raw_block", read_numpy, False),
    "rows": ("taos_fetch_raw_block", read_rows, False),
    "prepare": ("taos_stmt2_prepare", lambda world, **limit: world.conn.prepare(SQL, **limit), False),
    "fields": ("taos_stmt2_get_fields", lambda world, **limit: fields(world, **limit), False),
    "statement": ("taos_stmt2_exec", execute_statement, True),
    "insert": ("taos_stmt2_exec", lambda world, **limit: world.conn.insert("n", COLUMNS, **limit), True),
}


def connect(world, timeout):
    taosnative.connect(driver=world.fault.path, connect_timeout=timeout).close()


def fields(world, **limit):
    with world.conn.prepare(SQL, **limit) as statement:
        return statement.fields


def describe_plain(fault):
    """What an insert asks about its table: one without tags."""
    columns = [("VARCHAR", ["ts", "a"]), ("VARCHAR", ["TIMESTAMP", "INT"]), ("INT", [8, 4]), ("VARCHAR", ["", ""])]
    described = encode([Column(*column) for column in columns])
    headers = [("field", 8, 64), ("type", 8, 16), ("length", 4, 4), ("note", 8, 12)]
    fault.answer(headers, [(described, 2)], to="describe")


def hold(world, name):
    """Let the call that `name` waits for be held."""
    function = WAITS[name][0]
    if name == "insert":
        describe_plain(world.fault)
    world.fault.hold(function)


def press_when_held(fault):
    """Ctrl-C, as soon as a call is held."""

    def press():
        fault.wait_held()
        os.kill(os.getpid(), signal.SIGINT)

    return Running(press)


def check_usable(world, is_login=False):
    """The connection works while the call that was given up is under way, closes, and is freed after it."""
    assert world.conn.execute("insert into t values (now, 1)") == 3
    world.conn.close()
    assert world.conn.closed
    assert is_login or world.fault.all_live() != {}  # nothing is freed under the call
    world.fault.let_go()
    until(lambda: world.fault.all_live() == {})


def run(code, timeout=120):
    """What a program in a process of its own prints."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    command = [sys.executable, "-W", "ignore", "-c", code]
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(os.name == "nt", reason="a signal ends the process there")
@pytest.mark.parametrize("name", WAITS)
@pytest.mark.interrupts
def test_ctrl_c_ends_a_wait_and_leaves_the_connection_usable(world, name):
    hold(world, name)
    pressing = press_when_held(world.fault)
    with pytest.raises(KeyboardInterrupt) as caught:
        WAITS[name][1](world)
    assert pressing.join() is None
    if name == "insert":
        assert (caught.value.summary.rows, caught.value.summary.rows_in_doubt) == (0, 3)
    check_usable(world, name == "connect")


@pytest.mark.parametrize("name", WAITS)
def test_a_time_limit_ends_a_wait_and_leaves_the_connection_usable(world, name):
    hold(world, name)
    with pytest.raises(TimedOutError, match=r"took longer than 0\.02 s") as caught:
        WAITS[name][1](world, timeout=0.02)
    error = caught.value
    assert isinstance(error, taosnative.OperationalError)
    assert isinstance(error, TimeoutError)
    assert (error.in_doubt, "rows may have been written" in str(error)) == (WAITS[name][2], WAITS[name][2])
    if name == "insert":
        assert (error.summary.rows, error.summary.rows_in_doubt) == (0, 3)
    check_usable(world, name == "connect")


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_in_time_is_as_one_without_a_limit(world, name):
    if name == "insert":
        describe_plain(world.fault)
    made = WAITS[name][1](world, timeout=60)
    if hasattr(made, "close"):
        made.close()


@pytest.mark.parametrize("name", ["execute", "statement", "rows"])
def test_a_time_limit_holds_in_any_thread(world, name):
    hold(world, name)
    waiting = Running(lambda: WAITS[name][1](world, timeout=0.02))
    assert type(waiting.join()) is TimedOutError
    check_usable(world)


class TestStopping:
    def test_a_query_that_comes_back_when_it_is_killed_is_freed_at_once(self, world):
        fault = world.fault

        def let_go_when_killed():
            until(lambda: fault.calls("taos_kill_query") == 1)
            fault.let_go()

        fault.fail("taos_query", 0x8000022D, "Query killed")
        fault.hold("taos_query")
        letting = Running(let_go_when_killed)
        with pytest.raises(TimedOutError):
            world.conn.query("select * from t", timeout=0.02)
        assert letting.join() is None
        assert fault.live("results") == 0

    def test_a_fetch_is_stopped_and_its_result_freed(self, world):
        fault = world.fault

        def let_go_when_stopped():
            until(lambda: fault.calls("taos_stop_query") == 1)
            fault.let_go()

        fault.hold("taos_fetch_raw_block")
        letting = Running(let_go_when_stopped)
        result = world.conn.query("select * from t", timeout=0.02)
        with pytest.raises(TimedOutError, match="fetching the result"):
            result.numpy()
        assert letting.join() is None
        assert (result.closed, fault.live("results"), fault.calls("taos_kill_query")) == (True, 0, 0)

    @pytest.mark.parametrize("other", ["a call", "a result"])
    def test_what_others_run_on_the_connection_is_not_stopped_with_it(self, world, other):
        fault = world.fault
        fault.hold("taos_query", -1)
        if other == "a call":
            waiting = Running(world.conn.execute, "insert into t values (1, 2)")
            fault.wait_held()
        else:
            fault.let_go()
            result = world.conn.query("select * from t")
            fault.hold("taos_query", -1)
        with pytest.raises(TimedOutError):
            world.conn.execute("insert into t values (1, 2)", timeout=0.02)
        assert fault.calls("taos_kill_query") == 0
        fault.let_go()
        if other == "a call":
            assert waiting.join() == 3
        else:
            assert len(result.rows()) == 3 * fault_flows.N_BLOCKS

    def test_what_was_given_up_can_be_used_no_more(self, world):
        world.fault.hold("taos_stmt2_exec")
        statement = world.statement(SQL)
        statement.bind([COLUMNS["ts"], COLUMNS["a"]])
        with pytest.raises(TimedOutError):
            statement.execute(timeout=0.02)
        with pytest.raises(taosnative.InterfaceError, match="cannot be used: a call of it was given up"):
            statement.execute()
        check_usable(world)


class TestReadingAhead:
    def test_the_next_block_is_fetched_while_one_is_read(self, world):
        result = world.conn.query("select * from t")
        batches = result.row_batches()
        next(batches)
        assert world.fault.calls("taos_fetch_raw_block") == 1  # short results are not worth it
        next(batches)
        until(lambda: world.fault.calls("taos_fetch_raw_block") == 3)
        assert sum(map(len, batches)) == 3 * (fault_flows.N_BLOCKS - 2)
        assert (result.closed, world.fault.live("results")) == (True, 0)

    @pytest.mark.parametrize("way", ["break", "close", "error", "collected", "stop", "connection"])
    @pytest.mark.filterwarnings("ignore:.*was dropped before:ResourceWarning")
    def test_leaving_early_ends_the_fetch_that_is_under_way(self, world, way):
        fault = world.fault
        fault.hold("taos_fetch_raw_block", 3)
        result = world.conn.query("select * from t")
        batches = result.row_batches()
        next(batches), next(batches)
        fault.wait_held()

        def let_go_when_stopped():
            until(lambda: fault.calls("taos_stop_query") == 1)
            fault.let_go()

        letting = Running(let_go_when_stopped)
        if way == "break":
            batches.close()
        elif way == "close":
            result.close()
        elif way == "error":
            with pytest.raises(ZeroDivisionError):
                batches.throw(ZeroDivisionError)
        elif way == "collected":
            del result, batches
            gc.collect()
        elif way == "connection":
            world.conn.close()
        else:
            result.stop()
            letting.join()
            with pytest.raises(taosnative.OperationalError, match="stopped before its end"):
                next(batches)
        assert letting.join() is None
        assert fault.live("results") == 0

    def test_a_fetch_that_does_not_come_back_keeps_its_result_and_its_connection(self, world):
        fault = world.fault
        fault.hold("taos_fetch_raw_block", 3)
        with world.conn.query("select * from t") as result:
            batches = result.row_batches()
            next(batches), next(batches)
            fault.wait_held()
        assert result.closed
        world.conn.close()
        assert (fault.live("results"), fault.live("connections")) == (1, 1)
        fault.let_go()
        until(lambda: fault.all_live() == {})

    @pytest.mark.skipif(os.name == "nt", reason="a signal ends the process there")
    @pytest.mark.interrupts
    def test_ctrl_c_ends_the_wait_for_a_block_in_advance(self, world):
        world.fault.hold("taos_fetch_raw_block", 3)
        pressing = press_when_held(world.fault)
        with pytest.raises(KeyboardInterrupt):
            read_rows(world)
        assert pressing.join() is None
        check_usable(world)

    def test_an_error_of_a_block_in_advance_comes_in_its_turn(self, world):
        world.fault.fail("taos_fetch_raw_block", 0x8000000B, "broken", nth=3)
        batches = world.conn.query("select * from t").row_batches()
        assert [len(next(batches)) for _ in range(2)] == [3, 3]
        with pytest.raises(taosnative.OperationalError, match="broken"):
            next(batches)

    def test_fifty_million_rows_stream_in_bounded_memory(self, library):
        code = f"""if True:
            import resource
            import faultdriver, taosnative
            from block_encoder import Column, encode
            from taosnative.columns._decode import Decoder
            n = 25_000
            fault = faultdriver.FaultDriver({str(library)!r})
            block = encode([Column("TIMESTAMP", range(n)), Column("INT", range(n))])
            fault.answer([("ts", 9, 8), ("a", 4, 4)], [(block, n)], rounds=2_000)
            conn = taosnative.connect(driver=fault.path)
            handle = conn._handle.query("select * from t")
            n_rows = before = 0
            while True:
                decoder = Decoder(handle.fields, handle.precision)
                n_fetched = handle.fetch_into(decoder)
                if n_fetched == 0:
                    break
                decoder.finish()
                n_rows += n_fetched
                if n_rows == 100 * n:
                    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(n_rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
            handle.close()
            conn.close()
        """
        n_rows, growth = map(int, run(code).split())
        assert n_rows == 50_000_000
        assert growth < 8 * 1024  # KiB; the rows are 600 MB


@pytest.mark.parametrize("read", ["numpy", "rows"])
@pytest.mark.parametrize("timeout", [None, 0.02])
def test_a_statement_is_not_used_beside_a_fetch_of_its_result(world, read, timeout):
    if timeout is None and os.name == "nt":
        pytest.skip("a signal ends the process there")
    statement = world.conn.prepare("select * from t where ts > ? and a = ?", timeout=timeout)
    statement.bind([[1], [1]], ["TIMESTAMP", "INT"])
    statement.execute()
    result = statement.result()
    world.fault.hold("taos_fetch_raw_block", 3)
    if timeout is None:
        pressing = press_when_held(world.fault)
        with pytest.raises(KeyboardInterrupt):
            getattr(result, read)()
        pressing.join()
    else:
        with pytest.raises(TimedOutError):
            getattr(result, read)()
    with pytest.raises(taosnative.InterfaceError, match="a fetch of its result was given up"):
        statement.bind([[1], [1]], ["TIMESTAMP", "INT"])
    assert world.fault.calls("taos_stmt2_bind_param") == 1
    check_usable(world)


def test_a_connections_limit_holds_where_a_call_has_none(fault):
    fault.answer(FIELDS, [(BLOCK, 3)])
    with taosnative.connect(f"taos:///?timeout=0.02&driver={fault.path}") as conn:
        fault.hold("taos_query")
        with pytest.raises(TimedOutError):
            conn.execute("insert into t values (now, 1)")
        fault.let_go()
        until(lambda: fault.live("results") == 0)
        fault.hold("taos_query")
        letting = Running(lambda: (fault.wait_held(), fault.let_go()))
        assert conn.query("select * from t", timeout=float("inf")).numpy()["a"].tolist() == [7, None, 9]
        letting.join()


@pytest.mark.parametrize("timeout", [0, -1, True, "soon"])
def test_a_limit_that_is_none_is_refused(world, timeout):
    for name in ("query", "execute", "prepare", "statement", "insert"):
        with pytest.raises(taosnative.InterfaceError, match="timeout is a number of seconds above 0"):
            WAITS[name][1](world, timeout=timeout)


@pytest.mark.skipif(os.name == "nt", reason="a signal ends the process there")
def test_a_handler_that_raises_nothing_does_not_end_a_wait(world):
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: (seen.append(1), world.fault.let_go()))
    try:
        hold(world, "execute")
        pressing = press_when_held(world.fault)
        assert WAITS["execute"][1](world) == 3
        assert (pressing.join(), seen) == (None, [1])
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_of_a_fork_has_helpers_of_its_own(world, tmp_path):
    library = faultdriver.build(tmp_path, name="libchild.so")
    world.conn.execute("insert into t values (now, 1)")  # a helper is there, and idle
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        code = 1
        with contextlib.suppress(BaseException), taosnative.connect(driver=library) as conn:
            code = conn.execute("insert into t values (now, 1)", timeout=10)
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("thread", ["main", "other"])
def test_the_interpreter_ends_with_a_call_under_way(fault_library, thread):
    code = f"""if True:
        import threading, faultdriver, taosnative
        fault = faultdriver.FaultDriver({str(fault_library)!r})
        conn = taosnative.connect(driver=fault.path)
        fault.hold("taos_query")
        if {thread!r} == "main":
            try:
                conn.query("select 1", timeout=0.02)
            except taosnative.TimedOutError:
                print("timed out")
        else:
            threading.Thread(target=conn.query, args=("select 1",), kwargs=dict(timeout=60), daemon=True).start()
            fault.wait_held()
            print("held")
    """
    assert run(code, timeout=15) in ("timed out\n", "held\n")


COMPILER = shutil.which("cc")


@pytest.mark.skipif(COMPILER is None or sys.platform == "win32", reason="no C compiler with sanitizers")
@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_sanitizers_find_nothing_in_the_helpers(tmp_path, sanitizer):
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror", "-pthread"]
    flags += [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", f"-I{ROOT / 'include'}"]
    program = tmp_path / "helpers"
    subprocess.run([COMPILER, *flags, str(ROOT / "tests" / "helpers.c"), "-o", str(program)], check=True)
    done = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    n_made, n_late, n_back = map(int, done.stdout.split())
    assert n_made == n_late + n_back
    assert n_late > 0
    assert n_back > 0
