"""Results: blocks as a real server sent them, through a driver that takes their memory back; reading once; stopping."""

import gc
import os
import signal

import numpy as np
import pandas as pd
import pytest
import recordings
from threads import Running, until

import taosnative
from taosnative.columns._decode import Decoder
from taosnative.columns.rows import rows
from taosnative.errors import InterfaceError, NotSupportedError, OperationalError, ProgrammingError
from taosnative.types import BY_NAME, Field

NAMES = ("types_ms", "types_us", "types_ns", "rows_0", "rows_9", "rows_4097", "wide", "json_tags")


def serve(fault, entry):
    """Let the driver give the result of a recorded statement."""
    fields = [(field.name, BY_NAME[field.type].code, field.bytes) for field in recordings.fields(entry)]
    blocks = [(recordings.block_bytes(block), block["rows"]) for block in entry["blocks"]]
    fault.answer(fields, blocks, entry["precision"])


def recorded(name, n_blocks=None):
    """The first entry of a recording that has rows (in so many blocks)."""
    entries = [entry for entry in recordings.load(name) if entry.get("blocks")]
    return next(entry for entry in entries if n_blocks in (None, len(entry["blocks"])))


def decoded(entry):
    """The rows of a recorded statement, decoded without a driver."""
    decoder = Decoder(recordings.fields(entry), entry["precision"], nulls="masked")
    for block in entry["blocks"]:
        decoder.add_bytes(recordings.block_bytes(block), block["rows"])
    return rows(recordings.fields(entry), decoder.finish_parts(), entry["precision"], times="numpy")


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_through_a_driver_is_what_the_server_sent(fault, conn, name):
    for entry in recordings.load(name):
        if entry.get("blocks"):
            serve(fault, entry)
            result = conn.query(entry["sql"])
            assert [field[:3] for field in result.schema] == [field[:3] for field in recordings.fields(entry)]
            assert list(map(repr, result.rows(times="numpy"))) == list(map(repr, decoded(entry)))
            assert result.closed


def test_columns_are_arrays_by_name(fault, conn):
    entry = recorded("rows_4097")
    assert len(entry["blocks"]) > 1
    serve(fault, entry)
    columns = conn.query(entry["sql"]).numpy()
    assert list(columns) == [field["name"] for field in entry["fields"]]
    assert {len(column) for column in columns.values()} == {4097}
    times = columns[entry["fields"][0]["name"]]
    assert times.dtype == f"M8[{('ms', 'us', 'ns')[entry['precision']]}]"
    assert times.astype("i8").tolist() == [row[0] for row in recordings.rows(entry)]


def test_iterating_gives_the_rows_block_by_block(fault, conn):
    entry = recorded("rows_9000")
    serve(fault, entry)
    whole = conn.query(entry["sql"]).rows()
    n_fetches = fault.calls("taos_fetch_raw_block")
    result = conn.query(entry["sql"])
    iterator = iter(result)
    first = next(iterator)
    assert fault.calls("taos_fetch_raw_block") == n_fetches + 1
    assert [first, *iterator] == whole


def test_leaving_early_frees_the_result(fault, conn):
    entry = recorded("rows_9000")
    serve(fault, entry)
    n_fetches = fault.calls("taos_fetch_raw_block")
    result = conn.query(entry["sql"])
    for _ in result:
        break
    gc.collect()
    assert (result.closed, fault.live("results")) == (True, 0)
    assert fault.calls("taos_fetch_raw_block") == n_fetches + 1


@pytest.mark.parametrize("read", [lambda r: r.numpy(), lambda r: r.rows(), list], ids=["numpy", "rows", "iterate"])
def test_a_second_reading_is_refused(fault, conn, read):
    serve(fault, recorded("rows_9"))
    result = conn.query("select * from t")
    assert len(result.rows()) == 9
    with pytest.raises(InterfaceError, match="this result was read already"):
        read(result)


def test_a_statement_without_rows_has_none_to_read(fault, conn):
    fault.answer(affected=3)
    result = conn.query("insert into t values (now, 1)")
    assert (result.affected_rows, result.schema, result.closed) == (3, (), True)
    for read in (result.numpy, result.rows):
        with pytest.raises(InterfaceError, match="no columns to read"):
            read()


def test_two_columns_of_one_name_are_refused_as_a_dict_and_can_still_be_read_as_rows(fault, conn):
    entry = recorded("rows_9")
    serve(fault, {**entry, "fields": [{**field, "name": "same"} for field in entry["fields"]]})
    result = conn.query("select * from t")
    with pytest.raises(InterfaceError, match="more than one column is called 'same'"):
        result.numpy()
    assert len(result.rows()) == 9


def test_the_schema_tells_types_and_the_precision_of_times(fault, conn):
    fault.answer([("ts", 9, 8), ("v", 14, 8), ("s", 10, 20)], precision=1)
    with conn.query("select * from t") as result:
        assert result.precision == "us"
        assert result.schema == (
            Field("ts", "TIMESTAMP", 8, 6),
            Field("v", "BIGINT UNSIGNED", 8),
            Field("s", "NCHAR", 20),
        )


def test_a_name_that_fills_its_room_is_read_to_its_end(fault, conn):
    fault.answer([("x" * 64, 4, 4), ("é" * 32, 4, 4), (b"x" * 63 + "é".encode()[:1], 4, 4)])
    with conn.query("select * from t") as result:
        assert [field.name for field in result.schema] == ["x" * 64, "é" * 32, "x" * 63 + "\ufffd"]


def test_a_type_that_is_not_known_is_an_error_and_frees_the_result(fault, conn):
    fault.answer([("v", 99, 4)])
    with pytest.raises(NotSupportedError, match=r"column 0 \('v'\) is of type 99"):
        conn.query("select v from t")
    assert fault.live("results") == 0


def test_a_precision_that_is_none_is_an_error(fault, conn):
    fault.answer([("v", 4, 4)], precision=7)
    with pytest.raises(InterfaceError, match="a precision of 7"):
        conn.query("select v from t")
    assert fault.live("results") == 0


def test_a_fetch_that_fails_raises_and_closes_the_result(fault, conn):
    serve(fault, recorded("rows_9000"))
    fault.fail("taos_fetch_raw_block", 0x80000018, "Conn is broken", nth=2)
    result = conn.query("select * from t")
    with pytest.raises(OperationalError) as caught:
        result.numpy()
    assert (caught.value.code, caught.value.in_doubt) == (0x80000018, False)
    assert (result.closed, fault.live("results")) == (True, 0)


def test_a_damaged_block_raises_and_closes_the_result(fault, conn):
    entry = recorded("rows_9")
    serve(fault, entry)
    (block,) = (recordings.block_bytes(block) for block in entry["blocks"])
    damaged = block[:4] + (40).to_bytes(4, "little") + block[8:]
    fields = [(field.name, BY_NAME[field.type].code, field.bytes) for field in recordings.fields(entry)]
    fault.answer(fields, [(damaged, 9)], entry["precision"])
    result = conn.query("select * from t")
    with pytest.raises(InterfaceError):
        result.rows()
    assert result.closed


def test_options_of_the_connection_hold_for_its_results_and_those_of_a_call_win(fault):
    entry = recorded("rows_9")
    serve(fault, entry)
    with taosnative.connect(driver=fault.path, nulls="masked") as connection:
        masked = connection.query("select * from t").numpy()
        plain = connection.query("select * from t").numpy(nulls="numpy")
    with taosnative.connect(driver=fault.path, times="numpy") as connection:
        (time, *_), *_ = connection.query("select * from t")
        (other, *_), *_ = connection.query("select * from t").rows(times="pandas")
        result = connection.query("select * from t")
        with pytest.raises(InterfaceError, match="times is one of datetime, numpy, pandas, not 'text'"):
            result.rows(times="text")
    assert (type(time), type(other)) == (np.datetime64, pd.Timestamp)
    assert result.closed
    assert all(isinstance(column, np.ma.MaskedArray) for column in masked.values())
    assert not isinstance(plain[entry["fields"][0]["name"]], np.ma.MaskedArray)


class TestStopping:
    def test_a_stopped_result_is_not_taken_for_one_that_ended(self, fault, conn):
        serve(fault, recorded("rows_9000"))
        result = conn.query("select * from t")
        iterator = iter(result)
        next(iterator)
        result.stop()
        with pytest.raises(OperationalError, match="stopped before its end"):
            list(iterator)

    def test_it_is_stopped_from_another_thread_while_a_fetch_is_under_way(self, fault, conn):
        serve(fault, recorded("rows_9000"))
        result = conn.query("select * from t")
        fault.hold("taos_fetch_raw_block")
        reader = Running(result.rows)
        fault.wait_held()
        result.stop()
        fault.let_go()
        assert repr(reader.join()) == "OperationalError('the result was stopped before its end')"

    @pytest.mark.parametrize("read", ["rows", "numpy"])
    def test_closing_a_connection_waits_for_a_fetch_under_way(self, fault, conn, read):
        serve(fault, recorded("rows_9000"))
        result = conn.query("select * from t")
        fault.hold("taos_fetch_raw_block")
        reader = Running(getattr(result, read))
        fault.wait_held()
        closer = Running(conn.close)
        until(lambda: result.closed)
        assert (fault.live("results"), fault.live("connections")) == (1, 1)
        fault.let_go()
        assert str(reader.join()) == "this result cannot be used: its connection was closed"
        assert closer.join() is None
        assert (fault.live("results"), fault.live("connections")) == (0, 0)

    @pytest.mark.skipif(os.name == "nt", reason="a signal ends the process there")
    @pytest.mark.interrupts
    def test_a_signal_is_heeded_between_two_blocks(self, fault, conn):
        serve(fault, recorded("rows_9000"))
        result = conn.query("select * from t")
        fault.hold("taos_fetch_raw_block")

        def send():
            fault.wait_held()
            os.kill(os.getpid(), signal.SIGINT)
            until(lambda: fault.calls("taos_stop_query") == 1)
            fault.let_go()

        sender = Running(send)
        with pytest.raises(KeyboardInterrupt):
            result.numpy()
        assert sender.join() is None
        assert fault.calls("taos_fetch_raw_block") == 1
        assert (result.closed, fault.live("results")) == (True, 0)

    def test_two_threads_that_read_one_result_take_turns(self, fault, conn):
        serve(fault, recorded("rows_9000"))
        handle = conn._handle.query("select * from t")

        def read():
            decoder = Decoder(handle.fields, handle.precision)
            return sum(iter(lambda: handle.fetch_into(decoder), 0))

        fault.hold("taos_fetch_raw_block")
        readers = [Running(read) for _ in range(2)]
        fault.wait_held()
        fault.let_go()
        assert sum(reader.join() for reader in readers) == 9000
        handle.close()


class TestDropping:
    def test_a_result_that_is_dropped_unread_warns_and_is_freed(self, fault, conn):
        fault.answer([("v", 4, 4)])
        result = conn.query("select v from t")
        with pytest.warns(ResourceWarning, match=r"Result columns \(v\)> was dropped"):
            del result
        assert fault.live("results") == 0

    def test_one_that_was_read_does_not_warn(self, fault, conn):
        fault.answer([("v", 4, 4)])
        assert conn.query("select v from t").rows() == []
        assert fault.live("results") == 0

    def test_closing_twice_does_no_harm(self, fault, conn):
        fault.answer([("v", 4, 4)])
        result = conn.query("select v from t")
        result.close()
        result.close()
        assert fault.calls("taos_free_result") == 1
        with pytest.raises(InterfaceError, match="this result cannot be used: it was closed"):
            result.numpy()
        with pytest.raises(InterfaceError, match="it was closed"):
            result.stop()

    def test_the_repr_tells_the_columns_or_the_rows_written(self, fault, conn):
        fault.answer([(f"c{i}", 4, 4) for i in range(9)])
        with conn.query("select * from t") as result:
            assert repr(result) == "<taosnative.Result columns (c0, c1, c2, c3, c4, c5, c6, c7, …)>"
        fault.answer(affected=3)
        assert repr(conn.query("insert into t values (now, 1)")) == "<taosnative.Result 3 affected rows>"

    def test_an_error_of_the_statement_leaves_nothing_behind(self, fault, conn):
        fault.fail("taos_query", 0x80002600, "syntax error", nth=-1)
        for _ in range(5):
            with pytest.raises(ProgrammingError):
                conn.query("selec 1")
        assert fault.live("results") == 0
