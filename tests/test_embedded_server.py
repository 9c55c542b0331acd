import subprocess
import sys
import threading

import pytest
from engine import DAY, rows, run, session

from taosnative.embedded import server
from taosnative.embedded.protocol import EngineError


def refusal(call, *arguments, **named):
    with pytest.raises(EngineError) as caught:
        call(*arguments, **named)
    return caught.value


@pytest.fixture
def plant(tmp_path):
    """A file's address, and a session that has written to it."""
    address = f"embedded://{tmp_path}/plant.db?clock={DAY}"
    first = session(address)
    run(
        first,
        "create database d precision 'us' keep 100",
        "use d",
        "create stable m (ts timestamp, a int, v varchar(10)) tags (site nchar(5), no int) comment 'meters'",
        "create table n (ts timestamp, k int primary key, a double)",
        "insert into m1 using m tags ('北', 1) values (now, 1, 'a') m2 using m tags (null, 2) values (now, 2, 'b')",
        "insert into n values (now, 1, 1.5)",
        "alter table m add column b bool",
        "alter stable m drop column v",
    )
    yield address, first
    first.close()


def test_a_file_survives_its_server(plant):
    address, first = plant
    tables = "select tbname, a, b, site, no from d.m order by tbname"
    expected = rows(first, tables), rows(first, "describe d.m"), rows(first, "describe d.n")
    first.close()
    second = session(address)
    assert (rows(second, tables), rows(second, "describe d.m"), rows(second, "describe d.n")) == expected
    assert expected[0] == [("m1", 1, None, "北", 1), ("m2", 2, None, None, 2)]
    database = second.server.catalog.databases["d"]
    assert (database.precision, database.keep_minutes, database.tables["m"].comment) == (1, 100 * 1440, "meters")
    run(second, "create table d.m3 using d.m tags ('x', 3)", "insert into d.m3 values (now, 3, true)")
    assert len({child.tid for child in database.tables["m"].children.values()}) == 3
    second.close()


def test_order_of_rows_is_known_after_reopening(plant):
    address, first = plant
    run(first, "insert into d.m1 values (now - 1h, 0, null)")
    first.close()
    second = session(address)
    tables = second.server.catalog.databases["d"].tables
    assert (tables["m1"].ordered, tables["m2"].ordered) == (False, True)
    assert tables["m1"].last_key > tables["m2"].last_key - 3_600_000_000
    assert rows(second, "select a from d.m1") == [(0,), (1,)]
    second.close()


def test_sessions_of_one_file_share_a_server(plant):
    address, first = plant
    second = session(address)
    run(second, "create table d.other (ts timestamp, a int)")
    assert ("other",) in rows(first, "show d.tables")
    first.close()
    assert rows(second, "select count(*) from d.n") == [(1,)]
    second.close()


def test_another_process_is_told_that_the_file_is_in_use(plant):
    address, _ = plant
    code = f"from taosnative.embedded.server import connect\nconnect({address!r}, None, None, None)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert other.returncode != 0
    assert "plant.db is open in another process" in other.stderr


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    problem = refusal(session, f"embedded://{tmp_path}/nosuch/plant.db")
    assert problem.code == 0x8000000B
    assert "nosuch/plant.db" in problem.message


def test_servers_in_memory():
    for address, shared in (("embedded:#a1", False), ("embedded:///:memory:both", True), ("localhost", True)):
        first = session(address)
        run(first, "create database if not exists seen")
        first.close()
        second = session(address)
        assert (("seen",) in rows(second, "show databases")) is shared
        run(second, "drop database if exists seen")
        second.close()


def test_login():
    assert refusal(session, password="wrong").code == 0x80000357
    assert refusal(session, user="nobody").code == 0x80000351
    assert refusal(session, database="nosuch").code == 0x80000388
    assert refusal(session, "embedded:?nosuch=1").code == 0x80000119
    assert refusal(session, "embedded:?clock=yesterday").code == 0x80000119
    session(user="root", password="taosdata").close()


def test_users_that_were_made_may_log_in():
    address = "embedded:///:memory:users"
    root = session(address)
    run(root, "create user u1 pass 'Secret_12'")
    session(address, user="u1", password="Secret_12").close()
    run(root, "drop user u1")
    assert refusal(session, address, user="u1", password="Secret_12").code == 0x80000351
    root.close()


def test_the_clock_runs_on_from_where_it_was_set():
    opened = session()
    now = opened.now(0)
    assert 0 <= now - 1_795_525_200_000 < 60_000
    assert opened.now(2) // 1_000_000 >= now
    ((uptime,),) = rows(opened, "select uptime from information_schema.ins_cluster")
    assert 0 <= uptime < 60
    opened.close()


def test_a_closed_session_refuses():
    opened = session()
    opened.close()
    opened.close()
    assert refusal(opened.execute, "show databases").code == 0x80000213


def test_a_statement_that_fails_half_way_leaves_nothing(monkeypatch):
    opened = session()
    run(opened, "create database d", "use d", "create stable m (ts timestamp, a int) tags (k int)")

    def fail(*_):
        raise EngineError(0x80000102, "Out of memory")

    monkeypatch.setattr("taosnative.embedded.storage.write", fail)
    assert refusal(opened.execute, "insert into m1 using m tags (1) values (now, 1)").code == 0x80000102
    monkeypatch.undo()
    assert rows(opened, "show tables") == []
    assert run(opened, "insert into m1 using m tags (2) values (now, 1)") == 1
    assert rows(opened, "select k from m") == [(2,)]
    opened.close()


def test_threads_write_and_read_at_once():
    opened = session()
    run(opened, "create database d", "use d", "create stable m (ts timestamp, a int) tags (k int)")
    problems = []

    def work(number):
        try:
            for step in range(10):
                run(opened, f"insert into m{number} using m tags ({number}) values (now + {step}s, {step})")
                rows(opened, "select * from m")
        except EngineError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert rows(opened, "select count(*) from m") == [(40,)]
    opened.close()


def test_an_interrupt_stops_a_query_and_leaves_the_session_usable():
    opened = session()
    run(opened, "create database d", "use d", "create table t (ts timestamp, a int)")
    values = " ".join(f"(now + {number}a, {number})" for number in range(3000))
    run(opened, f"insert into t values {values}")
    everything = " union all ".join(["select sin(a) * cos(a) v from t"] * 100)
    codes = []

    def work():
        try:
            while True:
                rows(opened, f"select v, count(*) from ({everything}) group by v")
        except EngineError as problem:
            codes.append(problem.code)

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        opened.interrupt()
        thread.join(0.01)
    assert codes == [0x8000022D]
    assert rows(opened, "select count(*) from t") == [(3000,)]
    opened.close()


def test_every_statement_that_is_unknown_is_a_syntax_error():
    opened = session()
    assert refusal(opened.execute, "Frobnicate The 'Lot'").message == "syntax error near \"frobnicate the 'Lot'\""
    opened.close()


def test_addresses():
    parsed = server.parse_address("embedded:///tmp/a%20b.db?clock=2020-01-01")
    assert (parsed.path, parsed.lasting, parsed.options) == ("/tmp/a b.db", False, {"clock": "2020-01-01"})
