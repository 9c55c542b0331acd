"""Statements of the embedded engine by taosc's functions: every recorded case of stmt2, the order of calls, stmt."""

import ctypes
import itertools
import threading
from ctypes import POINTER, byref, c_int, c_void_p

import numpy as np
import pytest
import recordings
import taosc_calls
from taosc_calls import Held, MultiBind, Option, unsigned

from taosnative.types import BY_CODE, BY_NAME

lib = taosc_calls.load()
numbers = itertools.count()
STATEMENT_ORDER, INVALID_PARA, INVALID_OPERATION, BIND_NUMBER = 0x8000022A, 0x80000118, 0x80000200, 0x80000236
INT, VARCHAR, TIMESTAMP = 4, 8, 9
KINDS = {1: "column", 2: "tag", 3: "query", 4: "tbname"}


@pytest.fixture
def plant():
    """A connection to a server of its own, on the day of the recordings, with a table."""
    address = f"embedded:?clock=2026-11-24T13:00:00Z#statements-{next(numbers)}"
    taos = lib.taos_connect(address.encode(), None, None, None, 0)
    assert taos, lib.taos_errstr(None)
    yield taos
    lib.taos_close(taos)


@pytest.fixture
def table(plant):
    for sql in ("create database d", "use d", "create table n (ts timestamp, a int, v varchar(10))"):
        execute(plant, sql)
    return plant


def execute(taos, sql):
    """Run a statement: code, affected rows, fields, rows."""
    res = lib.taos_query(taos, sql.encode())
    answer = unsigned(lib.taos_errno(res)), lib.taos_affected_rows(res), taosc_calls.fields(lib, res)
    answer = (*answer, taosc_calls.rows(lib, res))
    lib.taos_free_result(res)
    return answer


def prepared(taos, sql, option=None):
    stmt = lib.taos_stmt2_init(taos, option and byref(option))
    assert lib.taos_stmt2_prepare(stmt, sql.encode(), 0) == 0
    return stmt


def bind(stmt, *values, col_idx=-1, types=(TIMESTAMP, INT, VARCHAR)):
    held = Held()
    binds = [held.bind(code, column) for code, column in zip(types, values, strict=True)]
    return unsigned(lib.taos_stmt2_bind_param(stmt, held.bindv(None, None, [binds]), col_idx))


# ---- recordings ------------------------------------------------------------------------


def bind_of(held, column):
    info = BY_NAME[column["type"]]
    if "range" in column:
        first, count = column["range"]
        values = list(range(first, first + count))
    else:
        values = [recordings.value(value) for value in column["values"]]
    return held.bind(info.code, values)


def bindv_of(held, step):
    def binds(tables):
        return tables and [columns and [bind_of(held, column) for column in columns] for columns in tables]

    return held.bindv(step["tbnames"], binds(step["tags"]), binds(step["cols"]))


def get_fields(stmt):
    count, found = c_int(), c_void_p()
    code = unsigned(lib.taos_stmt2_get_fields(stmt, byref(count), byref(found)))
    fields = []
    if found:
        for field in ctypes.cast(found, POINTER(taosc_calls.FieldAll))[: count.value]:
            told = field.name.decode(), BY_CODE[field.type].name, field.bytes, field.precision, KINDS[field.field_type]
            fields.append(told)
        lib.taos_stmt2_free_fields(stmt, found)
    return {"call": "get_fields", "code": code, "count": count.value, "fields": fields}


def calls_of(stmt, case):
    """What each call of a case answers, in the recording's words."""
    insert, affected = c_int(), c_int()
    yield {"call": "prepare", "code": unsigned(lib.taos_stmt2_prepare(stmt, case["sql"].encode(), 0))}
    code = unsigned(lib.taos_stmt2_is_insert(stmt, byref(insert)))
    yield {"call": "is_insert", "code": code, "insert": bool(insert.value)}
    yield get_fields(stmt)
    for step in case["steps"]:
        if "bind" in step:
            held = Held()
            code = lib.taos_stmt2_bind_param(stmt, bindv_of(held, step["bind"]), step["col_idx"])
            yield {"call": "bind", "code": unsigned(code)}
            if code:
                break
        if step["execute"]:
            affected.value = 0
            code = lib.taos_stmt2_exec(stmt, byref(affected))
            yield {"call": "execute", "code": unsigned(code), "affected": affected.value}
            if code:
                break
            if not insert.value:
                res = lib.taos_stmt2_result(stmt)
                yield {"call": "result", "fields": taosc_calls.fields(lib, res), "rows": taosc_calls.rows(lib, res)}
    yield {"call": "close", "code": unsigned(lib.taos_stmt2_close(stmt))}


def recorded_call(call):
    """A recorded call without its text, its fields and rows as the helpers give them."""
    told = {key: value for key, value in call.items() if key != "error"}
    if call["call"] == "get_fields":
        names = ("name", "type", "bytes", "precision", "kind")
        told["fields"] = [tuple(field[name] for name in names) for field in call["fields"]]
    elif call["call"] == "result":
        told["fields"] = [(field["name"], field["type"], field["bytes"]) for field in call["fields"]]
        told["rows"] = recordings.rows(call)
    return told


@pytest.mark.parametrize("case", recordings.load("stmt2"), ids=lambda case: case["name"])
def test_a_recorded_case_goes_as_on_the_real_server(plant, case):
    for sql in case["setup"]:
        assert execute(plant, sql)[0] == 0
    option = Option(0, case["options"].get("singleStbInsert", False), case["options"].get("singleTableBindOnce", False))
    stmt = lib.taos_stmt2_init(plant, byref(option))
    calls = list(calls_of(stmt, case))
    recorded = list(map(recorded_call, case["calls"]))
    if "crash" in case:
        assert calls[: len(recorded)] == recorded
        assert calls[len(recorded)]["code"] in (STATEMENT_ORDER, INVALID_OPERATION)
    else:
        assert calls == recorded
    if case.get("after"):
        code, _, fields, rows = execute(plant, case["after"]["sql"])
        assert code == 0
        assert fields == [(field["name"], field["type"], field["bytes"]) for field in case["after"]["fields"]]
        ordered = recordings.is_ordered(case["after"]["sql"])
        assert not recordings.differences(recordings.rows(case["after"]), rows, ordered=ordered, digits=6)


# ---- the order of calls ---------------------------------------------------------------------


def test_errors_stick_even_to_prepare(table):
    stmt = prepared(table, "insert into n values (?, ?, ?)")
    assert bind(stmt, [1], [1, 2], ["a"]) == INVALID_OPERATION
    assert lib.taos_stmt2_error(stmt) == b"row number in each bind param should be the same"
    assert bind(stmt, [1], [1], ["a"]) == INVALID_OPERATION
    assert unsigned(lib.taos_stmt2_prepare(stmt, b"insert into n values (?, ?, ?)", 0)) == INVALID_OPERATION
    assert lib.taos_stmt2_close(stmt) == 0


def test_a_bind_is_executed_once(table):
    stmt = prepared(table, "insert into n values (?, ?, ?)")
    assert bind(stmt, [1_600_000_000_000], [1], ["a"]) == 0
    affected = c_int()
    assert (lib.taos_stmt2_exec(stmt, byref(affected)), affected.value) == (0, 1)
    assert unsigned(lib.taos_stmt2_exec(stmt, None)) == STATEMENT_ORDER
    lib.taos_stmt2_close(stmt)


@pytest.mark.parametrize("function", ["taos_stmt2_exec", "taos_stmt2_is_insert"])
def test_nothing_goes_before_prepare(table, function):
    stmt = lib.taos_stmt2_init(table, None)
    assert unsigned(getattr(lib, function)(stmt, byref(c_int()))) == STATEMENT_ORDER
    lib.taos_stmt2_close(stmt)


def test_a_closed_statement_is_known(table):
    stmt = prepared(table, "select 1")
    assert lib.taos_stmt2_close(stmt) == 0
    assert unsigned(lib.taos_stmt2_close(stmt)) == INVALID_PARA
    assert unsigned(lib.taos_stmt2_exec(stmt, None)) == INVALID_PARA
    assert lib.taos_stmt2_result(stmt) is None
    assert lib.taos_stmt2_error(stmt)


def test_binds_that_crash_the_real_driver_get_a_code(table):
    stmt = prepared(table, "insert into n (ts, v) values (?, ?)")
    assert unsigned(lib.taos_stmt2_bind_param(stmt, None, -1)) == INVALID_PARA
    lib.taos_stmt2_close(stmt)
    held = Held()
    no_lengths = held.bind(VARCHAR, ["a"])
    no_lengths.length = None
    no_values = held.bind(TIMESTAMP, [1])
    no_values.buffer = None
    stamp, text = held.bind(TIMESTAMP, [1]), held.bind(VARCHAR, ["a"])
    for binds in ([stamp, no_lengths], [no_values, text]):
        stmt = prepared(table, "insert into n (ts, v) values (?, ?)")
        assert unsigned(lib.taos_stmt2_bind_param(stmt, held.bindv(None, None, [binds]), -1)) == INVALID_PARA
        lib.taos_stmt2_close(stmt)


def test_columns_one_at_a_time_come_in_order(table):
    stmt = prepared(table, "insert into n values (?, ?, ?)")
    assert bind(stmt, [1_600_000_000_000], col_idx=0, types=[TIMESTAMP]) == 0
    assert unsigned(lib.taos_stmt2_exec(stmt, None)) == STATEMENT_ORDER
    lib.taos_stmt2_close(stmt)
    stmt = prepared(table, "insert into n values (?, ?, ?)")
    assert bind(stmt, [1], col_idx=1, types=[INT]) == 0x80000110
    lib.taos_stmt2_close(stmt)


def test_what_was_bound_is_a_copy_and_the_callers_memory_is_left_alone(plant):
    for sql in ("create database d", "use d", "create table b (ts timestamp, f bool)"):
        execute(plant, sql)
    stmt = prepared(plant, "insert into b values (?, ?)")
    held = Held()
    stamps, flags = np.array([1_600_000_000_000, 1_600_000_000_001]), np.array([7, 0], "u1")
    binds = [held.bind(TIMESTAMP, [0, 0]), held.bind(1, [0, 0])]
    binds[0].buffer, binds[1].buffer = stamps.ctypes.data, flags.ctypes.data
    assert lib.taos_stmt2_bind_param(stmt, held.bindv(None, None, [binds]), -1) == 0
    assert flags.tolist() == [7, 0]
    stamps[:] = flags[:] = 0
    assert lib.taos_stmt2_exec(stmt, None) == 0
    lib.taos_stmt2_close(stmt)
    assert execute(plant, "select * from b")[3] == [(1_600_000_000_000, True), (1_600_000_000_001, False)]


def test_none_keeps_what_is_there(table):
    execute(table, "insert into n values (1600000000000, 1, 'old')")
    stmt = prepared(table, "insert into n values (?, ?, ?)")
    held = Held()
    binds = [
        held.bind(TIMESTAMP, [1_600_000_000_000]),
        held.bind(INT, [5], states=b"\x02"),
        held.bind(VARCHAR, [None]),
    ]
    assert lib.taos_stmt2_bind_param(stmt, held.bindv(None, None, [binds]), -1) == 0
    assert lib.taos_stmt2_exec(stmt, None) == 0
    lib.taos_stmt2_close(stmt)
    assert execute(table, "select * from n")[3] == [(1_600_000_000_000, 1, None)]


def test_a_statements_result_is_its_own(table):
    execute(table, "insert into n values (1600000000000, 1, 'x')")
    stmt = prepared(table, "select a from n where a = ?")
    assert bind(stmt, [1], types=[INT]) == lib.taos_stmt2_exec(stmt, None) == 0
    res = lib.taos_stmt2_result(stmt)
    lib.taos_free_result(res)  # not the caller's to free
    assert taosc_calls.rows(lib, res) == [(1,)]
    assert bind(stmt, [2], types=[INT]) == 0
    assert unsigned(lib.taos_errno(res)) == INVALID_PARA
    lib.taos_stmt2_close(stmt)


def test_one_table_twice_in_an_interlaced_bind_is_told_and_does_not_stick(plant):
    for sql in ("create database d", "use d", "create table m (ts timestamp, a int) tags (k int)"):
        execute(plant, sql)
    execute(plant, "create table m1 using m tags (1) m2 using m tags (2)")
    option = Option(0, True, True)
    stmt = prepared(plant, "insert into ? values (?, ?)", option)
    held = Held()
    tables = [[held.bind(TIMESTAMP, [1_600_000_000_000 + i]), held.bind(INT, [i])] for i in range(3)]
    code = lib.taos_stmt2_bind_param(stmt, held.bindv(["m1", "m2", "m1"], None, tables), -1)
    assert unsigned(code) == 0x8000267E
    affected = c_int()
    assert (lib.taos_stmt2_exec(stmt, byref(affected)), affected.value) == (0, 2)
    lib.taos_stmt2_close(stmt)


def test_an_execution_with_a_callback(table):
    seen, told = [], threading.Event()

    @taosc_calls.CALLBACK
    def on_executed(userdata, res, code):
        seen.append((userdata, code, lib.taos_affected_rows(res), threading.current_thread().name))
        told.set()

    option = Option(0, False, False, ctypes.cast(on_executed, c_void_p), 5)
    stmt = prepared(table, "insert into n values (?, ?, ?)", option)
    affected = c_int(-7)
    assert bind(stmt, [1_600_000_000_000, 1_600_000_000_001], [1, 2], ["a", None]) == 0
    assert (lib.taos_stmt2_exec(stmt, byref(affected)), affected.value) == (0, -7)
    assert told.wait(10)
    assert bind(stmt, [1_600_000_000_002], [3], ["c"]) == 0
    assert lib.taos_stmt2_exec(stmt, None) == lib.taos_stmt2_close(stmt) == 0
    assert [told[:3] for told in seen] == [(5, 0, 2), (5, 0, 1)]
    assert {name for *_, name in seen} == {"taosnative-embedded"}
    assert execute(table, "select count(*) from n")[3] == [(3,)]


# ---- stmt, the first version ---------------------------------------------------------------------


def multi_binds(held, *columns):
    """Columns of stmt: values a fixed number of bytes apart, NULLs too."""
    binds = []
    for code, values in columns:
        if code == VARCHAR:
            data = [(value or "").encode() for value in values]
            width = max(map(len, data)) + 3
            buffer = held.buffer(b"".join(item.ljust(width, b"#") for item in data))
            length = held.buffer(np.array(list(map(len, data)), "i4").tobytes())
        else:
            width, length = BY_CODE[code].width, None
            dtype = {4: "i4", 8: "i8"}[width]
            buffer = held.buffer(np.array([value or 0 for value in values], dtype).tobytes())
        is_null = held.buffer(bytes(value is None for value in values))
        binds.append(MultiBind(code, buffer, width, length, is_null, len(values)))
    return held.keep((MultiBind * len(binds))(*binds))


def test_the_first_version_of_statements_inserts_and_asks(plant):
    for sql in ("create database d", "use d", "create table m (ts timestamp, a int, v varchar(9)) tags (k int)"):
        execute(plant, sql)
    held, number = Held(), c_int()
    stmt = lib.taos_stmt_init(plant)
    assert lib.taos_stmt_prepare(stmt, b"insert into ? using m tags (?) values (?, ?, ?)", 0) == 0
    assert lib.taos_stmt_is_insert(stmt, byref(number)) == 0
    assert number.value == 1
    assert lib.taos_stmt_num_params(stmt, byref(number)) == 0
    assert number.value == 3
    for name, first in (("m1", 0), ("m2", 10)):
        assert lib.taos_stmt_set_tbname_tags(stmt, name.encode(), multi_binds(held, (INT, [first]))) == 0
        columns = (TIMESTAMP, [1_600_000_000_000, 1_600_000_000_001]), (INT, [first, None]), (VARCHAR, [None, name])
        assert lib.taos_stmt_bind_param_batch(stmt, multi_binds(held, *columns)) == 0
        assert lib.taos_stmt_add_batch(stmt) == 0
        assert lib.taos_stmt_execute(stmt) == 0
        assert lib.taos_stmt_affected_rows_once(stmt) == 2
    assert lib.taos_stmt_affected_rows(stmt) == 4
    assert unsigned(lib.taos_stmt_execute(stmt)) == STATEMENT_ORDER
    assert lib.taos_stmt_errstr(stmt)
    assert lib.taos_stmt_close(stmt) == 0
    assert execute(plant, "select tbname, a, v, k from m order by tbname, ts")[3] == [
        ("m1", 0, None, 0),
        ("m1", None, "m1", 0),
        ("m2", 10, None, 10),
        ("m2", None, "m2", 10),
    ]
    stmt = lib.taos_stmt_init(plant)
    assert lib.taos_stmt_prepare(stmt, b"select v from m where a = ?", 0) == 0
    assert lib.taos_stmt_bind_param(stmt, multi_binds(held, (INT, [10]))) == 0
    assert lib.taos_stmt_add_batch(stmt) == lib.taos_stmt_execute(stmt) == 0
    assert taosc_calls.rows(lib, lib.taos_stmt_use_result(stmt)) == [(None,)]
    assert lib.taos_stmt_close(stmt) == 0


def test_the_first_version_takes_one_row_where_it_says_one(table):
    stmt = lib.taos_stmt_init(table)
    held = Held()
    assert lib.taos_stmt_prepare(stmt, b"insert into n (ts, a) values (?, ?)", 0) == 0
    two = multi_binds(held, (TIMESTAMP, [1, 2]), (INT, [1, 2]))
    assert unsigned(lib.taos_stmt_bind_param(stmt, two)) == BIND_NUMBER
    assert lib.taos_stmt_close(stmt) == 0
