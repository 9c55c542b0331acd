"""The fault matrix: every function that the binding calls fails once, in every flow that calls it.

It is generated: the functions are read out of the binding's own text, and how often a flow calls each is counted. The
first call, the one in the middle and the last one are made to fail, or to give what no driver should. Then the
exception is the right one, nothing is left, what was written is told, and the same connection does the same work.
"""

import contextlib
import functools
import tempfile
from pathlib import Path

import fault_flows
import faultdriver
import pytest
from fault_flows import FLOWS, N_ROWS, World, called_by_the_binding
from faultdriver import FaultDriver

import taosnative
from taosnative.driver._library import ESSENTIAL
from taosnative.errors import (
    DriverNotFoundError,
    Error,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

LOST, NO_TABLE, UNKNOWN = 0x8000000B, 0x80002603, 0x80007ABC
CODES = {LOST: OperationalError, NO_TABLE: ProgrammingError, UNKNOWN: OperationalError}
NO_CODE = 0xFFFFFFFF  #: of an exception, where the driver failed and told no code
MOST = 2**31 - 1

#: Those that tell by a code, or by NULL and the code of the thread, that they failed.
FAILING = {
    "taos_init",
    "taos_options",
    "taos_options_connection",
    "taos_connect",
    "taos_select_db",
    "taos_get_current_db",
    "taos_query",
    "taos_query_with_reqid",
    "taos_fetch_raw_block",
    "taos_stmt2_init",
    "taos_stmt2_prepare",
    "taos_stmt2_is_insert",
    "taos_stmt2_get_fields",
    "taos_stmt2_bind_param",
    "taos_stmt2_exec",
}
#: The exceptions that are of another class than the code's.
OWN_CLASS = {"taos_init": OperationalError, "taos_options": InterfaceError}
GOES_ON = "the flow comes to its end"
#: What no driver should give, and what comes of it.
ODD = {
    "taos_connect": {0: OperationalError},
    "taos_get_client_info": {0: GOES_ON},
    "taos_get_server_info": {0: GOES_ON},
    "taos_get_current_db": {ord("x"): InterfaceError},
    "taos_query": {0: OperationalError},
    "taos_query_with_reqid": {0: OperationalError},
    "taos_errno": {0x80000110 - 2**32: InternalError},
    "taos_num_fields": {-1: InterfaceError, MOST: InterfaceError},
    "taos_fetch_fields": {0: InterfaceError},
    "taos_fetch_fields_e": {0: GOES_ON},
    "taos_result_precision": {-1: InterfaceError, 3: InterfaceError, MOST: InterfaceError},
    "taos_affected_rows": {-1: InterfaceError, MOST: GOES_ON},
    "taos_affected_rows64": {-1: InterfaceError, 2**62: GOES_ON},
    "taos_fetch_raw_block": {-1: InterfaceError, MOST: InterfaceError, faultdriver.NO_BLOCK: InterfaceError},
    "taos_stmt2_init": {0: OperationalError},
    "taos_stmt2_get_fields": {-1: InterfaceError, MOST: InterfaceError},
    "taos_stmt2_exec": {-1: InterfaceError, MOST: GOES_ON},
    "taos_stmt2_result": {0: InterfaceError},
}
#: Those that give nothing, or whose code nobody can make use of: the handle is gone.
SILENT = {
    "taos_close",
    "taos_kill_query",
    "taos_free_result",
    "taos_stop_query",
    "taos_stmt2_close",
    "taos_stmt2_free_fields",
}
#: Those that are called where another one has failed.
AFTER_A_FAILURE = {"taos_errno", "taos_errstr", "taos_stmt2_error"}
#: What a driver may lack: the flow then calls something else.
SUBSTITUTES = {"taos_affected_rows": ("taos_affected_rows64",)}


@functools.cache
def _folder():
    folder = tempfile.TemporaryDirectory(prefix="faults-")
    return folder, Path(folder.name)


@functools.cache
def _library(*left_out):
    """A driver for all flows but the one that needs one which nobody has opened."""
    return faultdriver.build(_folder()[1], *left_out, name=f"without-{'-'.join(left_out)}.so")


@contextlib.contextmanager
def a_world(flow, folder, *left_out):
    """A world for a flow; closed at the end, when nothing may be left."""
    library = faultdriver.build(folder, *left_out) if flow == "connect" else _library(*left_out)
    world = World(FaultDriver(library), folder)
    try:
        if flow != "connect":
            world.connect()
        yield world
    finally:
        world.close()
        assert world.fault.all_live() == {}


@functools.cache
def calls(flow, *left_out):
    """How often a flow calls each function of the binding, and what it gives."""
    with tempfile.TemporaryDirectory() as folder, a_world(flow, Path(folder), *left_out) as world:
        before = {name: world.fault.calls(name) for name in called_by_the_binding()}
        given = FLOWS[flow](world)
        return {name: world.fault.calls(name) - n for name, n in before.items()}, given


def cases(functions):
    """(flow, function, call) for each of these functions, in each flow that calls it."""
    return [
        (flow, name, nth)
        for flow in FLOWS
        for name in sorted(functions)
        for n in [calls(flow, *SUBSTITUTES.get(name, ()))[0][name]]
        for nth in sorted({1, (n + 1) // 2, n})
        if n > 0
    ]


def check_summary(error, fault, n_lost):
    """Whether an exception tells what became of an insert's rows: the driver has counted them itself."""
    summary = error.summary
    assert (summary.rows, summary.rows_in_doubt) == (fault.rows_written(), n_lost)
    assert summary.rows + summary.rows_in_doubt + summary.rows_not_sent == N_ROWS
    assert summary.batches == fault.calls("taos_stmt2_exec") - (fault.rows_lost() > 0)


def is_in_doubt(flow, function, code, fault):
    """Whether rows may have been written by the call that failed last."""
    if function == "taos_stmt2_exec":
        bound = fault.bound()
        tables = {bind.name for bind in bound if bind.call == bound[-1].call}
        return fault.rows_lost() > 0 and (code == LOST or (flow == "insert" and len(tables) > 1))
    is_query = function in {"taos_query", "taos_query_with_reqid"}
    return is_query and code == LOST and fault.told("sql").startswith(("insert", "delete"))


# ---- the functions are all here --------------------------------------------------------------------------------------


def test_every_function_that_the_binding_calls_has_its_place_here():
    assert FAILING | set(ODD) | SILENT | AFTER_A_FAILURE == called_by_the_binding()


def test_every_function_is_called_in_a_flow():
    called = {
        name for name in called_by_the_binding() for flow in FLOWS if calls(flow, *SUBSTITUTES.get(name, ()))[0][name]
    }
    assert called == called_by_the_binding() - {"taos_errstr", "taos_stmt2_error"}


# ---- the matrix ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("flow", "function", "nth"), cases(FAILING))
def test_a_call_that_fails(tmp_path, flow, function, nth, code):
    with a_world(flow, tmp_path) as world:
        world.fault.fail(function, code, "told by the test", nth=nth)
        with pytest.raises(Error) as caught:
            FLOWS[flow](world)
        error = caught.value
        assert type(error) is OWN_CLASS.get(function, CODES[code])
        assert (error.code, error.name) == (code, getattr(taosnative.errors.BY_CODE.get(code), "name", None))
        assert f"[0x{code:08X}] told by the test" in str(error)
        assert error.in_doubt is is_in_doubt(flow, function, code, world.fault)
        if flow == "insert":
            check_summary(error, world.fault, world.fault.rows_lost() if error.in_doubt else 0)
        assert FLOWS[flow](world) == calls(flow)[1]


@pytest.mark.parametrize(
    ("flow", "function", "nth", "value"),
    [(*case, value) for case in cases(ODD) for value in ODD[case[1]]],
)
def test_a_call_that_gives_what_no_driver_should(tmp_path, flow, function, nth, value):
    outcome = ODD[function][value]
    with a_world(flow, tmp_path, *SUBSTITUTES.get(function, ())) as world:
        world.fault.give(function, value, nth=nth)
        if outcome == GOES_ON:
            FLOWS[flow](world)
        else:
            with pytest.raises(outcome) as caught:
                FLOWS[flow](world)
            if flow == "insert":
                summary = caught.value.summary
                assert summary.rows + summary.rows_in_doubt + summary.rows_not_sent == N_ROWS
                assert summary.rows <= world.fault.rows_written() <= summary.rows + summary.rows_in_doubt
        if flow != "connect":
            assert FLOWS[flow](world) == calls(flow)[1]


@pytest.mark.parametrize(("flow", "function", "nth"), cases(SILENT))
def test_a_call_whose_failure_is_of_no_consequence(tmp_path, flow, function, nth):
    with a_world(flow, tmp_path) as world:
        world.fault.fail(function, LOST, "told by the test", nth=nth)
        assert FLOWS[flow](world) == calls(flow)[1]


@pytest.mark.parametrize("silent", sorted(AFTER_A_FAILURE))
@pytest.mark.parametrize(("flow", "function", "nth"), [case for case in cases(FAILING) if case[2] == 1])
def test_a_failure_of_which_nothing_more_is_told(tmp_path, flow, function, nth, silent):
    with a_world(flow, tmp_path) as world:
        world.fault.fail(function, NO_TABLE, "told by the test", nth=nth)
        world.fault.give(silent, 0, nth=-1)
        with contextlib.suppress(Error):  # without a code, a query that failed may look like one that went well
            FLOWS[flow](world)
        world.fault.give(silent, 0, nth=0)
        world.fault.fail(function, NO_TABLE, nth=0)
        assert FLOWS[flow](world) == calls(flow)[1]


@pytest.mark.parametrize("function", sorted(called_by_the_binding()))
def test_a_driver_that_lacks_a_function(tmp_path, function):
    for flow, run in FLOWS.items():
        folder = tmp_path / flow
        folder.mkdir()
        if function in ESSENTIAL:
            with pytest.raises(DriverNotFoundError, match=f"does not have {function}"):
                taosnative.connect(driver=faultdriver.build(folder, function))
            continue
        with a_world(flow, folder, function) as world:
            try:
                given = run(world)
            except NotSupportedError as error:
                assert f"does not have {function}; TDengine " in str(error)  # noqa: PT017 (or nothing is raised)
                assert calls(flow)[0][function] or function.startswith("taos_stmt2_")  # of these all are needed
            else:
                assert given == calls(flow)[1]


def test_the_flows_give_what_the_driver_was_told():
    assert calls("query")[1][0] == [3, 3, 3, 3]
    assert len(calls("stream")[1][0]) == 3 * fault_flows.N_BLOCKS
    assert calls("insert")[1] == (N_ROWS, 5, 15, 0, 0)
    assert calls("statement")[1][1] == [4, 6]
