"""Connections: what the driver is told, what comes back, threads, and the order in which things are closed."""

import datetime
import gc
import signal
import warnings

import pytest
from threads import Running, until

import taosnative
from taosnative.errors import InterfaceError, OperationalError, ProgrammingError
from taosnative.native._connection import MAX_SQL_BYTES

INT = [("v", 4, 4)]


class TestConnect:
    def test_the_driver_is_told_where_and_who(self, fault):
        with taosnative.connect("taos://us%40er:p%2Fw@host:6031/power", driver=fault.path):
            told = [fault.told(what) for what in ("address", "port", "user", "password", "database")]
        assert told == ["host", "6031", "us@er", "p/w", "power"]

    def test_what_is_not_given_is_left_to_the_driver(self, fault):
        with taosnative.connect(driver=fault.path):
            told = [fault.told(what) for what in ("address", "port", "user", "password", "database")]
        assert told == ["(null)", "0", "(null)", "(null)", "(null)"]

    def test_an_embedded_address_travels_as_the_host(self, fault):
        with taosnative.connect("embedded:///:memory:plant?clock=2026-11-24T12:00:00Z", driver=fault.path):
            assert fault.told("address") == "embedded:///:memory:plant?clock=2026-11-24T12%3A00%3A00Z"

    def test_a_refused_login_has_the_servers_code_and_text(self, fault):
        fault.fail("taos_connect", 0x80000357, "Authentication failure")
        with pytest.raises(OperationalError) as caught:
            taosnative.connect("taos://host:6031", driver=fault.path, password="secret")
        assert (caught.value.code, str(caught.value)) == (0x80000357, "[0x80000357] Authentication failure")
        assert not caught.value.in_doubt
        assert caught.value.__notes__ == [f"connecting to host:6031, by the driver {fault.path} (version 3.3.5.8)"]

    @pytest.mark.parametrize(
        ("keywords", "told"),
        [
            ({"timezone": "Asia/Shanghai"}, "1=Asia/Shanghai"),
            ({"charset": "utf8"}, "0=UTF-8"),
            ({"user_ip": "10.0.0.1"}, "2=10.0.0.1"),
            ({"user_app": "plant"}, "3=plant"),
        ],
    )
    def test_options_are_the_connections_own(self, fault, keywords, told):
        with taosnative.connect(driver=fault.path, **keywords):
            assert fault.told("option") == told
            assert fault.calls("taos_options") == 0

    def test_a_connection_whose_option_is_refused_is_closed(self, fault):
        fault.fail("taos_options_connection", 0x80000118, "Invalid parameters")
        with pytest.raises(ProgrammingError):
            taosnative.connect(driver=fault.path, user_ip="nowhere")
        assert fault.live("connections") == 0

    def test_a_time_zone_that_does_not_exist_is_refused_before_the_driver_takes_it_for_utc(self, fault):
        with pytest.raises(InterfaceError, match="no name of a time zone"):
            taosnative.connect(driver=fault.path, timezone="Asia/Shangri-La")
        assert fault.calls("taos_connect") == 0

    def test_the_repr_tells_the_place_and_no_password(self, fault):
        with taosnative.connect("taos://root:secret@host:6031", driver=fault.path) as connection:
            assert repr(connection) == "<taosnative.Connection to host:6031>"
        assert repr(connection) == "<taosnative.Connection to host:6031, closed>"
        with taosnative.connect("embedded:?clock=2026-11-24T12:00:00Z", driver=fault.path) as connection:
            assert repr(connection) == "<taosnative.Connection to embedded:?clock=2026-11-24T12%3A00%3A00Z>"


class TestStatements:
    def test_execute_gives_the_rows_written_in_64_bits(self, fault, conn):
        fault.answer(affected=5_000_000_000)
        assert conn.execute("insert into t values (now, 'é')") == 5_000_000_000
        assert fault.told("sql") == "insert into t values (now, 'é')"
        assert fault.live("results") == 0

    def test_execute_drops_rows(self, fault, conn):
        fault.answer(INT)
        assert conn.execute("select v from t") == 0
        assert fault.live("results") == 0

    def test_a_request_id_reaches_the_driver(self, fault, conn):
        conn.execute("insert into t values (now, 1)", req_id=2**63 - 1)
        assert fault.told("request") == str(2**63 - 1)

    @pytest.mark.parametrize("req_id", [0, -1, 2**63, True, 1.0, "7"])
    def test_a_request_id_that_is_none_is_refused(self, fault, conn, req_id):
        with pytest.raises(InterfaceError, match="req_id is"):
            conn.query("select 1", req_id=req_id)
        assert fault.calls("taos_query") == 0

    def test_a_refused_statement_has_the_servers_code_and_text(self, fault, conn):
        fault.fail("taos_query", 0x80002603, "Fail to get table info, error: Table does not exist")
        with pytest.raises(ProgrammingError) as caught:
            conn.query("select * from nope")
        assert caught.value.code == 0x80002603
        assert str(caught.value) == "[0x80002603] Fail to get table info, error: Table does not exist"
        assert fault.live("results") == 0

    @pytest.mark.parametrize(
        ("sql", "in_doubt"),
        [
            ("insert into t values (now, 1)", True),
            (" SELECT 1", False),
            ("show tables", False),
            ("delete from t", True),
        ],
    )
    def test_a_lost_answer_leaves_a_write_in_doubt(self, fault, conn, sql, in_doubt):
        fault.fail("taos_query", 0x8000000B, "Unable to establish connection")
        with pytest.raises(OperationalError) as caught:
            conn.execute(sql)
        assert (caught.value.in_doubt, caught.value.retryable) == (in_doubt, True)

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("select '\0'", "the statement has a NUL"),
            ("select '\ud800'", "lone surrogate"),
            ("x" * (MAX_SQL_BYTES + 1), "has 1048577 bytes, and the driver takes 1048576"),
            ("é" * (MAX_SQL_BYTES // 2) + "x", "has 1048577 bytes"),
        ],
    )
    def test_a_statement_that_cannot_be_sent_is_refused(self, fault, conn, sql, said):
        with pytest.raises(InterfaceError) as caught:
            conn.query(sql)
        assert said in str(caught.value)
        assert len(str(caught.value)) < 200
        assert fault.calls("taos_query") == 0

    def test_a_statement_of_the_full_length_is_sent(self, fault, conn):
        conn.execute("x" * MAX_SQL_BYTES)
        assert fault.calls("taos_query") == 1

    def test_the_database_is_asked_and_set(self, fault, conn):
        assert conn.database is None
        conn.select_db("power")
        assert conn.database == "power"
        fault.fail("taos_select_db", 0x80000388, "Database not exist")
        with pytest.raises(ProgrammingError, match="Database not exist"):
            conn.select_db("nope")
        for name in ("", "x" * 67):
            with pytest.raises(InterfaceError, match="1 to 64 bytes"):
                conn.select_db(name)

    def test_server_and_client_tell_their_versions(self, fault, conn):
        assert (conn.server_info.splitlines()[0], conn.client_info) == ("ver:3.3.5.8", "3.3.5.8")

    def test_a_code_without_its_own_text_is_told_by_its_name(self, fault, conn):
        fault.fail("taos_get_current_db", 0x80000118, "")
        with pytest.raises(ProgrammingError, match="INVALID_PARA"):
            _ = conn.database

    def test_kill_reaches_the_driver(self, fault, conn):
        conn.kill()
        assert fault.calls("taos_kill_query") == 1


class TestThreads:
    @pytest.mark.parametrize("function", ["taos_query", "taos_select_db", "taos_get_current_db", "taos_kill_query"])
    def test_python_runs_while_the_driver_works(self, fault, conn, function):
        calls = {
            "taos_query": lambda: conn.execute("insert into t values (now, 1)"),
            "taos_select_db": lambda: conn.select_db("power"),
            "taos_get_current_db": lambda: conn.database,
            "taos_kill_query": conn.kill,
        }
        fault.hold(function)
        running = Running(calls[function])
        fault.wait_held()
        n_ticks = sum(1 for _ in range(1000))  # with the GIL, while the call is under way
        assert n_ticks == 1000
        assert running.is_alive()
        fault.let_go()
        assert not isinstance(running.join(), BaseException)

    def test_python_runs_while_a_connect_waits(self, fault):
        fault.hold("taos_connect")
        running = Running(lambda: taosnative.connect(driver=fault.path))
        fault.wait_held()
        fault.let_go()
        running.join().close()

    def test_statements_of_several_threads_run_at_once(self, fault, conn):
        running = []
        for n in (1, 2, 3):
            fault.hold("taos_query")
            running.append(Running(conn.execute, "insert into t values (now, 1)"))
            fault.wait_held(n)
        fault.let_go()
        assert [thread.join() for thread in running] == [0, 0, 0]

    def test_closing_waits_for_a_call_in_another_thread(self, fault, conn):
        fault.hold("taos_query")
        querying = Running(conn.execute, "insert into t values (now, 1)")
        fault.wait_held()
        closing = Running(conn.close)
        until(lambda: conn.closed)
        assert (closing.is_alive(), fault.live("connections")) == (True, 1)
        with pytest.raises(InterfaceError, match="it was closed"):
            conn.execute("insert into t values (now, 1)")
        fault.let_go()
        assert querying.join() == 0
        assert closing.join() is None
        assert fault.live("connections") == 0

    def test_closing_in_many_threads_closes_once(self, fault):
        connection = taosnative.connect(driver=fault.path)
        threads = [Running(connection.close) for _ in range(8)]
        assert [thread.join() for thread in threads] == [None] * 8
        assert fault.calls("taos_close") == 1

    def test_the_error_of_a_thread_is_its_own(self, fault, conn):
        fault.fail("taos_query", 0x80002600, "syntax error")
        fault.hold("taos_query")
        failing = Running(conn.execute, "selec 1")
        fault.wait_held()
        assert conn.database is None  # another call, on another thread, in between
        fault.let_go()
        assert failing.join().code == 0x80002600

    @pytest.mark.interrupts
    def test_ctrl_c_that_ended_a_call_is_a_keyboard_interrupt(self, fault, conn):
        def press():
            fault.wait_held()
            signal.raise_signal(signal.SIGINT)
            fault.let_go()

        fault.fail("taos_query", 0x8000022D, "Query killed")
        fault.hold("taos_query")
        pressing = Running(press)
        with pytest.raises(KeyboardInterrupt):
            conn.query("select * from t")
        pressing.join()
        assert conn.execute("insert into t values (now, 1)") == 0


class TestClosing:
    def test_closing_twice_does_no_harm(self, fault):
        connection = taosnative.connect(driver=fault.path)
        connection.close()
        connection.close()
        assert (connection.closed, fault.calls("taos_close")) == (True, 1)

    @pytest.mark.parametrize(
        "use",
        [
            lambda conn: conn.execute("insert into t values (now, 1)"),
            lambda conn: conn.database,
            lambda conn: conn.server_info,
            lambda conn: conn.select_db("power"),
            lambda conn: conn.kill(),
        ],
    )
    def test_use_after_close_is_refused(self, fault, conn, use):
        conn.close()
        with pytest.raises(InterfaceError, match="this connection cannot be used: it was closed"):
            use(conn)

    def test_closing_a_connection_closes_its_results_first(self, fault, conn):
        fault.answer(INT)
        results = [conn.query("select v from t") for _ in range(3)]
        conn.close()
        assert [result.closed for result in results] == [True] * 3
        assert (fault.live("results"), fault.live("connections")) == (0, 0)
        with pytest.raises(InterfaceError, match="this result cannot be used: its connection was closed"):
            results[0].rows()

    def test_a_connection_lives_as_long_as_its_results(self, fault):
        fault.answer(INT)
        result = taosnative.connect(driver=fault.path).query("select v from t")
        gc.collect()
        assert (result.closed, fault.live("connections")) == (False, 1)
        assert result.rows() == []
        with pytest.warns(ResourceWarning, match="Connection .* was dropped before it was closed"):
            del result
        assert (fault.live("results"), fault.live("connections")) == (0, 0)

    def test_a_dropped_connection_warns_and_is_closed(self, fault):
        connection = taosnative.connect(driver=fault.path)
        with pytest.warns(ResourceWarning, match="Connection to the driver's default server> was dropped"):
            del connection
        assert fault.live("connections") == 0

    def test_a_closed_one_does_not_warn(self, fault):
        connection = taosnative.connect(driver=fault.path)
        connection.close()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            del connection
            gc.collect()

    def test_a_handle_in_a_cycle_is_freed(self, fault):
        fault.answer(INT)
        connection = taosnative.connect(driver=fault.path)
        result = connection.query("select v from t")
        connection.me, result.me = (connection, result), (connection, result)  # type: ignore[attr-defined]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del connection, result
            gc.collect()
        assert (fault.live("results"), fault.live("connections")) == (0, 0)

    def test_a_connection_is_closed_by_its_context_even_where_that_fails(self, fault):
        with pytest.raises(ZeroDivisionError), taosnative.connect(driver=fault.path) as connection:
            raise ZeroDivisionError
        assert connection.closed


def test_the_module_is_one_of_pep_249():
    assert (taosnative.apilevel, taosnative.threadsafety, taosnative.paramstyle) == ("2.0", 2, "qmark")
    for name in ("Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError"):
        assert getattr(taosnative, name) is getattr(taosnative.errors, name)
    assert sorted(taosnative.__all__) == sorted(set(taosnative.__all__))


def test_rows_are_told_in_the_connections_time_zone(fault):
    with taosnative.connect(driver=fault.path, timezone="Asia/Shanghai") as connection:
        zone = connection._options.timezone
    assert datetime.datetime(2026, 1, 1, tzinfo=zone).utcoffset() == datetime.timedelta(hours=8)
