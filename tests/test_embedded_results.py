"""Results of the embedded engine by taosc's functions: raw blocks, rows, columns."""

import ctypes
import struct
import threading
from ctypes import byref, c_bool, c_int, c_void_p

import duckdb
import numpy as np
import pytest
import recordings
import taosc_calls
from fake_sessions import (
    APP_ERROR,
    BOOL,
    DOUBLE,
    FLOAT,
    INT,
    INVALID_PARA,
    JSON,
    NCHAR,
    TIMESTAMP,
    VARBINARY,
    VARCHAR,
    code,
    columns,
    lib,
    query,
)

from taosnative.embedded.protocol import ColumnInfo, Outcome
from taosnative.types import BY_CODE, Kind

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


def test_other_threads_run_while_rows_are_made(session, taos):
    stream = duckdb.connect().sql("select sum(a.i * b.i)::double from range(30000) a(i), range(10000) b(i)")
    session.answers["q"] = Outcome(columns=columns(DOUBLE), stream=stream)
    stop, n_ticks = threading.Event(), 0

    def tick():
        nonlocal n_ticks
        while not stop.is_set():
            n_ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    before = n_ticks
    res = query(taos)
    during = n_ticks - before
    stop.set()
    thread.join()
    assert taosc_calls.rows(lib, res)[0][0] > 0
    assert during > 1000


def test_two_threads_at_one_result_get_its_rows_once_or_an_error(session, taos):
    connection = duckdb.connect()
    session.answers["q"] = Outcome(columns=columns(INT), stream=connection.sql("select i::int from range(500000) r(i)"))
    res = query(taos)
    counts, codes = [], set()

    def read():
        n_rows, data = c_int(), c_void_p()
        while True:
            fetched = taosc_calls.unsigned(lib.taos_fetch_raw_block(res, byref(n_rows), byref(data)))
            codes.add(fetched)
            counts.append(n_rows.value)
            if fetched == n_rows.value == 0:
                return

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lib.taos_free_result(res)
    assert sum(counts) == 500000
    assert codes <= {0, APP_ERROR}


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


# ---- recordings ----------------------------------------------------------------------


def without_chance(block):
    """A block without what may differ: the group's number, values of NULL cells, the bits and the byte at an end."""
    data = bytearray(block)
    data[20:28], data[-1] = bytes(8), 0
    n_rows, n_columns = struct.unpack_from("<ii", data, 8)
    at = 28 + 9 * n_columns
    for i in range(n_columns):
        info = BY_CODE[data[28 + 5 * i]]
        (n_bytes,) = struct.unpack_from("<i", data, 28 + 5 * n_columns + 4 * i)
        if info.kind is Kind.FIXED:
            n_head = (n_rows + 7) // 8
            nulls = np.unpackbits(np.frombuffer(data, "u1", n_head, at), count=n_rows).astype(bool)
            values = np.frombuffer(data, "u1", n_bytes, at + n_head).reshape(n_rows, -1)
            values[nulls] = 0
            np.frombuffer(data, "u1", n_head, at)[-1] &= 0xFF << (-n_rows % 8) & 0xFF
        else:
            n_head = 4 * n_rows
        at += n_head + n_bytes
    return bytes(data)


@pytest.mark.parametrize("recording", recordings.names())
def test_recorded_rows_become_the_recorded_blocks(session, taos, recording):
    for answer in recordings.answers(recording):
        if not answer.ordered:  # rows and blocks are of two runs
            continue
        told = tuple(ColumnInfo(field.name, field.info.code, field.bytes) for field in answer.fields)
        session.answers["q"] = Outcome(columns=told, precision=answer.precision, rows=answer.rows)
        res = query(taos)
        blocks = taosc_calls.raw_blocks(lib, res)
        lib.taos_free_result(res)
        expected = [without_chance(block) for block, _ in answer.blocks]
        assert list(map(without_chance, blocks)) == expected, answer.where
