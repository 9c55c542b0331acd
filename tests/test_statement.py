"""Prepared statements: what they bind, what they refuse, and how they go on after a failure."""

import gc
import os
import threading

import numpy as np
import pytest

import taosnative
from taosnative.errors import DataError, InterfaceError, NotSupportedError, OperationalError, ProgrammingError

INT, FLOAT, VARCHAR, TIMESTAMP, BOOL, NCHAR = 4, 6, 8, 9, 1, 10
TIME = ("ts", TIMESTAMP, 8, "column", 0, 0)
NUMBER = ("a", INT, 4, "column", 0, 0)
TEXT = ("v", VARCHAR, 12, "column", 0, 0)
FLAG = ("b", BOOL, 1, "column", 0, 0)
NAME = ("tbname", VARCHAR, 271, "tbname", 0, 0)
TAG = ("site", VARCHAR, 22, "tag", 0, 0)
INSERT = "insert into n values (?, ?, ?)"
USING = "insert into ? using m tags (?) values (?, ?)"


@pytest.fixture
def statement(conn, fault):
    """An INSERT of a time, a number and a text."""
    fault.tell_fields(TIME, NUMBER, TEXT)
    with conn.prepare(INSERT) as made:
        yield made


@pytest.fixture
def making(conn, fault):
    """An INSERT that makes child tables."""
    fault.tell_fields(NAME, TAG, TIME, NUMBER)
    with conn.prepare(USING) as made:
        yield made


def values_of(fault, *, tags=False):
    """What was bound, by table and column: numbers as the little-endian integers that they are."""
    return [
        [int.from_bytes(v, "little") if bind.type in (INT, TIMESTAMP) and v is not None else v for v in bind.values]
        for bind in fault.bound()
        if bind.is_tag == tags
    ]


# ---- fields --------------------------------------------------------------------------------------------------------


def test_fields_tell_what_the_marks_stand_for(conn, fault):
    fault.tell_fields(NAME, TAG, TIME, ("c", NCHAR, 26, "column", 0, 0), ("d", 17, 16, "column", 10, 2))
    with conn.prepare("insert into ? using m tags (?) values (?, ?, ?)") as statement:
        assert statement.is_insert
        assert statement.n_marks == 5
        assert [tuple(field) for field in statement.fields] == [
            ("tbname", "VARCHAR", 192, 0, 0, "tbname"),
            ("site", "VARCHAR", 20, 0, 0, "tag"),
            ("ts", "TIMESTAMP", 8, 3, 0, "column"),
            ("c", "NCHAR", 6, 0, 0, "column"),
            ("d", "DECIMAL", 16, 10, 2, "column"),
        ]
    assert fault.live("fields") == 0


def test_a_query_has_marks_and_no_fields(conn, fault):
    fault.tell_fields(NUMBER, TEXT)
    with conn.prepare("select * from n where a = ? and v = ?") as statement:
        assert not statement.is_insert
        assert statement.fields == ()
        assert statement.n_marks == 2


def test_a_type_that_is_not_known_is_refused(conn, fault):
    fault.tell_fields(("x", 99, 8, "column", 0, 0))
    with conn.prepare("insert into n values (?)") as statement, pytest.raises(InterfaceError, match="'x' the type 99"):
        _ = statement.fields
    assert fault.live("fields") == 0


def test_an_error_of_the_fields_is_the_drivers_and_does_not_last(statement, fault):
    fault.fail("taos_stmt2_get_fields", 0x80002603, "Table does not exist")
    with pytest.raises(ProgrammingError) as caught:
        _ = statement.fields
    assert caught.value.code == 0x80002603
    assert len(statement.fields) == 3


# ---- binding -------------------------------------------------------------------------------------------------------


def test_columns_are_bound_where_they_lie(statement, fault):
    times = np.array([10, 20], "M8[ms]")
    numbers = np.ma.MaskedArray(np.array([1, 2], "i4"), [False, True])
    statement.bind([times, numbers, ["x", None]])
    assert statement.execute() == 2
    assert values_of(fault) == [[10, 20], [1, None], [b"x", None]]
    assert [bind.address for bind in fault.bound()][:2] == [times.ctypes.data, numbers.data.ctypes.data]


def test_columns_may_be_given_by_name(statement, fault):
    statement.bind({"v": ["x"], "ts": [5], "a": [1]})
    assert values_of(fault) == [[5], [1], [b"x"]]


def test_columns_are_checked_before_the_driver_sees_them(statement, fault):
    for columns, reason in (
        ([[1], [2**40], ["x"]], "column 'a', row 0"),
        ([[1], [1], ["12345678901"]], "column 'v', row 0"),
        ([[None], [1], ["x"]], "column 'ts', row 0"),
    ):
        with pytest.raises(DataError, match=reason):
            statement.bind(columns)
    assert fault.calls("taos_stmt2_bind_param") == 0


@pytest.mark.parametrize(
    ("columns", "options", "reason"),
    [
        ([[1], [1]], {}, "2 columns are given, and the statement has 3"),
        ({"ts": [1], "a": [1], "w": [1]}, {}, "the columns"),
        ([[1], [1, 2], ["x"]], {}, "column 'a' has 2 rows"),
        ([[1], [1], ["x"]], {"types": ["TIMESTAMP", "INT"]}, "2 types are given for 3"),
        ([[1], [1], ["x"]], {"tbname": "t"}, "no \\? for the table"),
        ([[1], [1], ["x"]], {"tags": [1]}, "the statement has no tags"),
        ([[1]], {"column": 3}, "column=3"),
    ],
)
def test_what_does_not_fit_the_statement_is_refused(statement, fault, columns, options, reason):
    with pytest.raises(ProgrammingError, match=reason):
        statement.bind(columns, **options)
    assert fault.calls("taos_stmt2_bind_param") == 0


def test_with_types_columns_go_as_they_are(statement, fault):
    statement.bind([[5], [1.0], ["12345678901", "y"]], ["TIMESTAMP", 5, "BINARY"])
    assert [bind.type for bind in fault.bound()] == [TIMESTAMP, 5, VARCHAR]
    assert [len(bind.values) for bind in fault.bound()] == [1, 1, 2]
    for unknown in ("TEXT", 99):
        with pytest.raises(InterfaceError, match="is no type"):
            statement.bind([[5], [1], ["x"]], ["TIMESTAMP", "INT", unknown])


def test_booleans_of_an_array_are_not_written_into(conn, fault):
    fault.tell_fields(TIME, FLAG)
    flags = np.array([True, False])
    flags.flags.writeable = False
    with conn.prepare("insert into n values (?, ?)") as statement:
        statement.bind([[1, 2], flags])
        assert fault.bound()[1].values == [b"\1", b"\0"]
        assert fault.bound()[1].address != flags.ctypes.data


def test_one_column_at_a_time(statement, fault):
    statement.bind([[1, 2]], ["TIMESTAMP"], column=0)
    statement.bind([[7, 8]], column=1)
    statement.bind([["x", None]], column=2)
    assert [(bind.column, bind.call) for bind in fault.bound()] == [(0, 0), (1, 1), (2, 2)]
    assert values_of(fault) == [[1, 2], [7, 8], [b"x", None]]


def test_tables_are_made_with_their_tags(making, fault):
    making.bind([[1], [2]], tbname="d1", tags=["north"])
    making.bind([[[3], [4]], [[5, 6], [7, 8]]], tbname=["d2", "Odd Name"], tags=[{"site": None}, ["s"]])
    assert making.execute() == 4
    assert values_of(fault, tags=True) == [[b"north"], [None], [b"s"]]
    assert values_of(fault) == [[1], [2], [3], [4], [5, 6], [7, 8]]
    assert [bind.name for bind in fault.bound() if bind.is_tag] == ["d1", "d2", "`Odd Name`"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"tags": ["n"]}, "give tbname="),
        ({"tbname": "d"}, "give tags="),
        ({"tbname": 5, "tags": ["n"]}, "the name of a table is a str"),
        ({"tbname": "d", "tags": []}, "0 tags are given"),
        ({"tbname": "d", "tags": "n"}, "the tags of a table are a sequence"),
        ({"tbname": "d", "tags": {"place": "n"}}, "the tags"),
        ({"tbname": "", "tags": ["n"]}, "is empty"),
        ({"tbname": "a.b", "tags": ["n"]}, "has '.' in it"),
        ({"tbname": "x" * 193, "tags": ["n"]}, "has 193 bytes"),
    ],
)
def test_tables_and_tags_that_do_not_fit_are_refused(making, fault, options, reason):
    with pytest.raises((ProgrammingError, TypeError), match=reason):
        making.bind([[1], [2]], **options)
    assert fault.calls("taos_stmt2_bind_param") == 0


def test_refusals_have_the_code_that_the_driver_gives(making):
    for name, code in (("", 0x8000022B), ("x" * 193, 0x80000200)):
        with pytest.raises(ProgrammingError) as caught:
            making.bind([[1], [2]], tbname=name, tags=["n"])
        assert caught.value.code == code


def test_with_types_a_name_is_in_the_drivers_spelling(making, fault):
    making.bind([[1], [2]], ["TIMESTAMP", "INT"], tbname="`a.b`.`C d`", tags=["n"], tag_types=["VARCHAR"])
    assert fault.bound()[0].name == "`a.b`.`C d`"


@pytest.mark.parametrize(
    ("tables", "names", "tags"), [([[[1], [2]]], ["a", "b"], [["n"], ["n"]]), ([], [], []), ([[[1], [2]]], ["a"], [])]
)
def test_counts_of_tables_must_agree(making, tables, names, tags):
    with pytest.raises(ProgrammingError):
        making.bind(tables, tbname=names, tags=tags)


def test_where_the_table_is_not_known_the_marks_are_counted(conn, fault):
    fault.tell_fields(TIME, NUMBER)
    fault.fail("taos_stmt2_get_fields", 0x8000022B, "Stmt table name not set", nth=-1)
    with conn.prepare("insert into ? values (?, ?)") as statement:
        with pytest.raises(ProgrammingError) as caught:
            _ = statement.fields
        assert caught.value.code == 0x8000022B
        statement.bind([[1], [2]], ["TIMESTAMP", "INT"], tbname="m1")
        assert statement.execute() == 1
        with pytest.raises(ProgrammingError, match="3 types are given for 2"):
            statement.bind([[1], [2]], ["TIMESTAMP", "INT", "INT"], tbname="m1")


def test_literal_tags_are_refused(conn):
    with pytest.raises(ProgrammingError, match="literals"):
        conn.prepare("insert into ? using m tags (8, 'lit') values (?, ?)")


def test_interlaced_a_table_is_bound_once_before_an_execute(conn, fault):
    fault.tell_fields(NAME, TAG, TIME, NUMBER)
    with conn.prepare(USING, interlace=True) as statement:
        assert fault.statement_sql().endswith("-- interlaced")
        statement.bind([[1], [2]], tbname="d1", tags=["n"])
        with pytest.raises(ProgrammingError, match="bound twice") as caught:
            statement.bind([[2], [2]], tbname="d1", tags=["n"])
        assert caught.value.code == 0x8000267E
        with pytest.raises(ProgrammingError, match="bound twice"):
            statement.bind([[[2], [2]]] * 2, tbname=["d2", "d2"], tags=[["n"]] * 2)
        assert statement.execute() == 1
        statement.bind([[2], [2]], tbname="d1", tags=["n"])
        assert statement.execute() == 1


# ---- executing -----------------------------------------------------------------------------------------------------


def test_nothing_is_executed_before_something_is_bound(statement, fault):
    for _ in range(2):
        with pytest.raises(InterfaceError, match="nothing is bound") as caught:
            statement.execute()
        assert caught.value.code == 0x8000022A
        assert fault.calls("taos_stmt2_exec") in (0, 1)
        statement.bind([[1], [1], ["x"]])
        assert statement.execute() == 1


def test_a_statement_goes_on_after_a_failure(statement, fault):
    statement.bind([[1], [1], ["x"]])
    fault.fail("taos_stmt2_exec", 0x8000000B, "Unable to establish connection")
    with pytest.raises(OperationalError) as caught:
        statement.execute()
    assert caught.value.code == 0x8000000B
    assert caught.value.in_doubt
    with pytest.raises(InterfaceError, match="nothing is bound"):
        statement.execute()
    fault.fail("taos_stmt2_bind_param", 0x80002653, "Value too long for column/tag")
    with pytest.raises(DataError):
        statement.bind([[1], [1], ["x"]])
    statement.bind([[1], [1], ["x"]])
    assert statement.execute() == 1
    assert fault.calls("taos_stmt2_init") == 3
    assert fault.live("statements") == 1


def test_a_statement_that_cannot_be_made_again_says_so_until_it_can(statement, fault):
    fault.fail("taos_stmt2_bind_param", 0x8000000B, "gone")
    with pytest.raises(OperationalError):
        statement.bind([[1], [1], ["x"]])
    for function in ("taos_stmt2_init", "taos_stmt2_prepare"):
        fault.fail(function, 0x8000000B, "still gone")
        with pytest.raises(OperationalError, match="still gone"):
            statement.bind([[1], [1], ["x"]])
    statement.bind([[1], [1], ["x"]])
    assert statement.execute() == 1


@pytest.mark.parametrize("function", ["taos_stmt2_init", "taos_stmt2_prepare", "taos_stmt2_is_insert"])
def test_a_statement_that_cannot_be_made_leaves_nothing(conn, fault, function):
    fault.fail(function, 0x80000200, "no")
    with pytest.raises(ProgrammingError, match="no"):
        conn.prepare(INSERT)
    gc.collect()
    assert fault.live("statements") == 0


def test_a_request_id_goes_to_the_driver(conn, fault):
    conn.prepare("select 1", req_id=77).close()
    assert fault.told("request") == "77"
    for wrong in (0, 2**63, True, "7"):
        with pytest.raises(InterfaceError, match="req_id is an int"):
            conn.prepare("select 1", req_id=wrong)


def test_a_nul_in_the_text_is_refused(conn):
    with pytest.raises(InterfaceError, match="NUL"):
        conn.prepare("select 1\0")


def test_a_driver_without_statements_is_told(tmp_path):
    import faultdriver

    path = faultdriver.build(tmp_path, "taos_stmt2_bind_param")
    with (
        taosnative.connect(driver=path) as conn,
        pytest.raises(NotSupportedError, match=r"taos_stmt2_bind_param.*3\.3\.5"),
    ):
        conn.prepare(INSERT)


# ---- queries -------------------------------------------------------------------------------------------------------


@pytest.fixture
def query(conn, fault):
    """A query of a number."""
    fault.tell_fields(NUMBER)
    fault.answer([("a", INT, 4)])
    with conn.prepare("select a from n where a = ?") as made:
        yield made


def test_a_query_is_bound_executed_and_read(query, fault):
    query.bind([[1]], ["INT"])
    assert query.execute() == 0
    assert values_of(fault) == [[1]]
    result = query.result()
    assert [field.name for field in result.schema] == ["a"]
    assert result.rows() == []


def test_a_query_is_bound_by_the_types_of_its_values(query, fault):
    query.bind([["1"]])
    assert [bind.type for bind in fault.bound()] == [VARCHAR]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([[1, 2]], "of one value"),
        (["a"], "of one value"),
        ([[1], [2]], "2 columns are given"),
        ({"a": [1]}, "no names"),
    ],
)
def test_a_query_takes_one_value_for_each_mark(query, columns, message):
    with pytest.raises(ProgrammingError, match=message):
        query.bind(columns)


def test_a_result_ends_at_the_next_call_of_its_statement(query):
    for again in (lambda: query.bind([[1]], ["INT"]), query.execute, query.close):
        query.bind([[1]], ["INT"])
        query.execute()
        result = query.result()
        again()
        assert result.closed
        with pytest.raises(InterfaceError):
            result.rows()


def test_the_results_memory_is_the_statements(query, fault):
    query.bind([[1]], ["INT"])
    query.execute()
    query.result().close()
    assert fault.live("results") == 1
    query.close()
    assert fault.live("results") == 0


def test_there_is_no_result_before_an_execute_nor_of_an_insert(query, statement):
    for made in (query, statement):
        with pytest.raises(InterfaceError, match="there is no result"):
            made.result()


# ---- life ----------------------------------------------------------------------------------------------------------


def test_a_closed_statement_is_refused_and_closes_again(statement, fault):
    statement.close()
    statement.close()
    assert statement.closed
    assert "closed" in repr(statement)
    for call in (lambda: statement.bind([]), statement.execute, statement.result, lambda: statement.fields):
        with pytest.raises(InterfaceError, match="closed"):
            call()
    assert fault.live("statements") == 0


def test_closing_the_connection_closes_its_statements(conn, fault, statement):
    conn.close()
    assert statement.closed
    assert fault.live("statements") == 0
    with pytest.raises(InterfaceError, match="closed"):
        statement.execute()


def test_a_statement_that_is_dropped_open_warns_and_is_freed(conn, fault):
    statement = conn.prepare(INSERT)
    with pytest.warns(ResourceWarning, match="dropped before it was closed"):  # noqa: PT031
        del statement
        gc.collect()
    assert fault.live("statements") == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_statement_is_of_no_use_after_a_fork(statement):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            statement.bind([[1], [1], ["x"]])
            os.write(write, b"bound")
        except InterfaceError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    assert b"forked" in os.read(read, 1000)
    os.close(read)


@pytest.mark.parametrize("function", ["taos_stmt2_bind_param", "taos_stmt2_exec", "taos_stmt2_get_fields"])
def test_other_threads_run_while_the_driver_works(statement, fault, function):
    if function != "taos_stmt2_get_fields":
        statement.bind([[1], [1], ["x"]])
    fault.hold(function)

    def call():
        if function != "taos_stmt2_exec":
            statement.bind([[2], [1], ["x"]])
        statement.execute()

    worker = threading.Thread(target=call)
    worker.start()
    fault.wait_held()  # this thread runs, so the worker does not have the GIL
    fault.let_go()
    worker.join()


def test_two_threads_take_turns(statement, fault):
    statement.bind([[1], [1], ["x"]])
    fault.hold("taos_stmt2_exec")
    worker = threading.Thread(target=statement.execute)
    worker.start()
    fault.wait_held()
    other = threading.Thread(target=statement.bind, args=([[2], [1], ["x"]],))
    other.start()
    n_before = fault.calls("taos_stmt2_bind_param")
    fault.let_go()
    worker.join()
    other.join()
    assert fault.calls("taos_stmt2_bind_param") == n_before + 1
