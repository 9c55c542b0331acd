"""Results as Arrow, judged by those who read Arrow: pyarrow, polars, pandas, duckdb and nanoarrow."""

import ctypes
import gc
import shutil
import subprocess
import sys
from pathlib import Path

import arrow_columns as known
import duckdb
import nanoarrow
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import recordings
from block_encoder import Column, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_decode import column_lists
from test_hostile_blocks import BLOCK, COMPILER, FIELDS, c_case
from threads import Running

from taosnative.columns._cut import Cutter
from taosnative.columns._decode import Decoder
from taosnative.columns._export import ArrowDecoder, Stream
from taosnative.errors import DataError, InterfaceError, OperationalError
from taosnative.types import Field

RELAXED = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
ROOT = Path(__file__).parent.parent
KINDS = tuple(known.VALUES)
PATTERNS = {
    "none": [0, 1] * 4 + [0],
    "all": [None] * 9,
    "alternating": [None, 0, None, 1, None, 0, None, 1, None],
    "first": [None] + [1] * 7,
    "last of a byte": [1] * 7 + [None],
    "behind a byte": [0] * 8 + [None],
    "many": [None if i % 7 in (0, 3) else i % 2 for i in range(77)],
}


def table(decoder):
    """What was added, validated by pyarrow."""
    made = pa.Table.from_batches([pa.record_batch(batch) for batch in decoder.finish()])
    made.validate(full=True)
    return made


def decode(blocks, fields=None, precision=0, **options):
    decoder = ArrowDecoder(fields or known.fields(), precision, **options)
    for block, n_rows in blocks:
        decoder.add_bytes(block, n_rows)
    return table(decoder)


def assert_values(columns, pattern):
    """Columns, as lists in the order of KINDS, hold the values of a pattern."""
    for kind, values in zip(KINDS, columns, strict=True):
        assert list(values) == [known.expected(kind, i) for i in pattern], kind


# ---- values ----------------------------------------------------------------------------------------------------------


def test_each_type_has_its_arrow_type():
    schema = decode([known.block([0])]).schema
    expected = {
        "bool": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(),
        "tinyint unsigned": pa.uint8(), "smallint unsigned": pa.uint16(), "int unsigned": pa.uint32(),
        "bigint unsigned": pa.uint64(), "float": pa.float32(), "double": pa.float64(),
        "varchar": pa.utf8(), "nchar": pa.utf8(), "json": pa.json_(), "varbinary": pa.binary(), "blob": pa.binary(),
        "geometry": pa.binary(), "timestamp": pa.timestamp("ms", "UTC"),
        "decimal": pa.decimal128(30, 3), "decimal64": pa.decimal128(18, 2),
    }  # fmt: skip
    assert {field.name: field.type for field in schema} == expected
    assert all(field.nullable for field in schema)


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_every_type_with_every_pattern_of_nulls(pattern):
    made = decode([known.block(pattern)])
    assert_values([column.to_pylist() for column in made.columns], pattern)
    assert {column.null_count for column in made.columns} == {pattern.count(None)}


@pytest.mark.parametrize("lengths", [(1, 2), (8, 8), (7, 9, 1), (3, 13, 64, 5), (0, 5, 0)])
def test_blocks_follow_one_another_at_every_bit(lengths):
    pattern = [None if i % 5 == 2 else i % 2 for i in range(sum(lengths))]
    starts = np.cumsum([0, *lengths])
    blocks = [known.block(pattern[start : start + n]) for start, n in zip(starts, lengths, strict=False)]
    assert_values([column.to_pylist() for column in decode(blocks).columns], pattern)


@RELAXED
@given(st.data(), column_lists(), st.integers(0, 2))
def test_arrow_holds_what_numpy_does(data, columns, precision):
    fields = [Field(f"c{i}", one.type, 8, one.digits, one.scale) for i, one in enumerate(columns)]
    n_blocks = data.draw(st.integers(1, 3))
    blocks = [(encode(columns), len(columns[0].values))] * n_blocks
    decoder = Decoder(fields, precision, nulls="masked")
    for block in blocks:
        decoder.add_bytes(*block)
    made = ArrowDecoder(fields, precision)
    for block in blocks:
        made.add_bytes(*block)
    made = pa.Table.from_batches([pa.record_batch(batch) for batch in made.finish()])
    for array, column, one in zip(decoder.finish(), made.columns, columns, strict=True):
        array = array.view("i8") if array.dtype.kind == "M" else array
        if one.type == "TIMESTAMP":
            column = column.cast(pa.int64())
        if "DECIMAL" in one.type and any(abs(v) >= 10**one.digits for v in one.values if v is not None):
            continue  # more than the column may have: pyarrow has no way to tell them
        values, mask = np.ma.getdata(array).tolist(), np.ma.getmaskarray(array).tolist()
        expected = [None if missing else value for value, missing in zip(values, mask, strict=True)]
        assert recordings.differences([(v,) for v in expected], [(v,) for v in column.to_pylist()], ordered=True) == []


@pytest.mark.parametrize("name", recordings.names())
def test_recorded_blocks_are_what_numpy_makes_of_them(name):
    for answer in recordings.answers(name):
        decoder = Decoder(answer.fields, answer.precision, nulls="masked", strings="bytes")
        for block in answer.blocks:
            decoder.add_bytes(*block)
        made = decode(answer.blocks, answer.fields, answer.precision, strings="bytes")
        for array, column in zip(decoder.finish(), made.columns, strict=True):
            array = array.view("i8") if array.dtype.kind == "M" else array
            column = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
            left, right = ([(value,) for value in one] for one in (array.tolist(), column.to_pylist()))
            assert recordings.differences(left, right, ordered=True) == [], (answer.where, answer.sql)


# ---- what the schema says --------------------------------------------------------------------------------------------


def test_metadata_keeps_what_tdengine_says_and_arrow_cannot():
    schema = decode([known.block([0])]).schema
    assert schema.field("int unsigned").metadata == {b"taosnative.type": b"INT UNSIGNED", b"taosnative.bytes": b"8"}
    decimal = schema.field("decimal").metadata
    assert (decimal[b"taosnative.precision"], decimal[b"taosnative.scale"]) == (b"30", b"3")
    geometry = schema.field("geometry").metadata
    assert geometry[b"ARROW:extension:name"] == b"geoarrow.wkb"
    assert geometry[b"ARROW:extension:metadata"] == b"{}"


@pytest.mark.parametrize("precision", [0, 1, 2])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "+08:00"])
def test_times_have_the_results_unit_and_the_zone(precision, zone):
    made = decode([known.block([0], ("TIMESTAMP",))], known.fields(("TIMESTAMP",)), precision, zone=zone)
    assert made.schema.field(0).type == pa.timestamp(("ms", "us", "ns")[precision], zone)


def test_a_decimal_of_unknown_digits_is_refused():
    with pytest.raises(InterfaceError, match="column 'd': this driver does not tell the digits"):
        ArrowDecoder([Field("d", "DECIMAL", 16)], 0)


def test_a_decimal_of_another_scale_than_the_result_tells_is_refused():
    with pytest.raises(InterfaceError, match="a DECIMAL has 3 places, where the result tells 2"):
        decode([known.block([0], ("DECIMAL",))], [Field("d", "DECIMAL", 16, 30, 2)])


# ---- options ---------------------------------------------------------------------------------------------------------

BAD_TEXT = [Field("v", "VARCHAR", 8)]


def bad(kind="VARCHAR"):
    raw = b"\0\xd8\0\0" if kind == "NCHAR" else b"ok \xff\xfe"
    return encode([Column(kind, ["fine", None, raw])]), 3


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
@pytest.mark.parametrize("kind", ["VARCHAR", "NCHAR"])
def test_text_that_is_none_is_refused_by_column_and_row(kind, errors):
    decoder = ArrowDecoder([Field("v", kind, 8)], 0, errors=errors)
    decoder.add_bytes(encode([Column(kind, ["a"])]))
    with pytest.raises(DataError, match=r"column 'v', row 3: not text.*errors='replace'"):
        decoder.add_bytes(*bad(kind))
    assert decoder.n_rows == 0


@pytest.mark.parametrize("kind", ["VARCHAR", "NCHAR"])
def test_text_that_is_none_is_replaced_as_python_does(kind):
    made = decode([bad(kind)], [Field("v", kind, 8)], errors="replace")
    array = Decoder([Field("v", kind, 8)], 0, errors="replace")
    array.add_bytes(*bad(kind))
    assert made.column(0).to_pylist() == array.finish()[0].tolist()


@RELAXED
@given(st.lists(st.binary(max_size=24), min_size=1, max_size=5))
def test_any_bytes_are_replaced_as_python_does(values):
    block = encode([Column("VARCHAR", values)])
    made = decode([(block, len(values))], BAD_TEXT, errors="replace")
    assert made.column(0).to_pylist() == [value.decode("utf-8", "replace") for value in values]


@RELAXED
@given(st.binary(max_size=12))
def test_text_is_refused_where_python_refuses_it(value):
    try:
        value.decode()
    except UnicodeDecodeError:
        with pytest.raises(DataError, match="row 0: not text"):
            decode([(encode([Column("VARCHAR", [value])]), 1)], BAD_TEXT)
    else:
        assert decode([(encode([Column("VARCHAR", [value])]), 1)], BAD_TEXT).column(0)[0].as_py() == value.decode()


def test_bytes_are_binary_with_no_extension():
    made = decode([known.block([1])], strings="bytes")
    assert {made.schema.field(name).type for name in ("varchar", "nchar", "json")} == {pa.binary()}
    assert made.column("nchar").to_pylist() == ["漢字 🎉".encode()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_null_is_refused_where_none_is_wanted(kind):
    with pytest.raises(DataError, match="row 10: a NULL, which nulls='raise' refuses"):
        decode([known.block([0] * 10 + [None], (kind,))], known.fields((kind,)), nulls="raise")


def test_columns_that_are_not_wanted_are_left_out():
    made = decode([known.block([1, None])], only={3, 7})
    assert made.column_names == ["int", "varchar"]
    assert made.column("varchar").to_pylist() == ["meter 漢", None]


def test_long_text_begins_another_batch():
    block = encode([Column("VARCHAR", ["x" * 100] * 10)])
    decoder = ArrowDecoder(BAD_TEXT, 0, most_bytes=2500)
    for _ in range(7):
        decoder.add_bytes(block)
    assert [len(batch) for batch in decoder.finish()] == [30, 30, 10]
    assert [len(batch) for batch in decoder.finish()] == [0]


# ---- hostile blocks --------------------------------------------------------------------------------------------------


@RELAXED
@given(st.lists(st.tuples(st.integers(0, len(BLOCK) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes_are_refused_or_decode(changes):
    block = bytearray(BLOCK)
    for at, value in changes:
        block[at] = value
    fields = [Field(one.name, one.type, 8, 30, 3) for one in FIELDS]
    cutter = Cutter(fields)
    try:
        cutter.add_bytes(block)
        cut = cutter.take(4) + cutter.take(5)
    except InterfaceError as error:
        assert "damaged block" in str(error)  # noqa: PT017 (either may happen)
        cut = b""
    try:
        made = ArrowDecoder(fields, 0)
        made.add_bytes(block)
        assert cut
        assert len(made.finish()[0]) == 9
    except (InterfaceError, DataError) as error:
        assert "damaged block" in str(error) or "not text" in str(error)  # noqa: PT017


def test_a_block_cut_anywhere_is_refused():
    fields = [Field(one.name, one.type, 8, 30, 3) for one in FIELDS]
    for end in range(len(BLOCK)):
        with pytest.raises(InterfaceError, match="damaged block"):
            ArrowDecoder(fields, 0).add_bytes(BLOCK[:end])
        with pytest.raises(InterfaceError, match="damaged block"):
            Cutter(fields).add_bytes(BLOCK[:end])


@pytest.mark.skipif(COMPILER is None or sys.platform == "win32", reason="no C compiler with sanitizers")
def test_sanitizers_find_nothing_in_the_kernels(tmp_path):
    cases = [c_case(BLOCK, FIELDS), c_case(known.block(PATTERNS["many"])[0], known.fields())]
    for answer in recordings.answers("types_ms", "json_tags", "rows_9"):
        cases += [c_case(block, answer.fields) for block, _ in answer.blocks if len(block) < 3000]
    (tmp_path / "cases").write_bytes(b"".join(cases))
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fno-sanitize-recover=all"]
    flags += ["-fsanitize=address,undefined", f"-I{ROOT / 'include'}"]
    source, program = Path(__file__).parent / "arrow_blocks.c", tmp_path / "arrow_blocks"
    subprocess.run([shutil.which(COMPILER), *flags, str(source), "-o", str(program)], check=True)
    result = subprocess.run([program, tmp_path / "cases"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    n_whole, n_changed = map(int, result.stdout.split())
    assert n_whole == len(cases)
    assert 0 < n_changed < 200 * len(cases)


# ---- capsules and their ends -----------------------------------------------------------------------------------------


def test_arrays_outlive_all_that_they_came_of():
    decoder = ArrowDecoder(known.fields(), 0)
    decoder.add_bytes(*known.block(PATTERNS["many"]))
    (batch,) = decoder.finish()
    made = [pa.record_batch(batch), pl.DataFrame(batch), nanoarrow.c_array(batch)]
    del decoder, batch
    gc.collect()
    for one in made[:2]:
        assert one["int"].to_pylist() if isinstance(one, pa.RecordBatch) else one["int"].to_list()
    assert_values([column.to_pylist() for column in made[0].columns], PATTERNS["many"])


def test_capsules_that_nobody_takes_are_freed():
    decoder = ArrowDecoder(known.fields(), 0)
    decoder.add_bytes(*known.block([0, 1]))
    (batch,) = decoder.finish()
    for _ in range(100):
        batch.__arrow_c_array__()
        batch.__arrow_c_schema__()
        Stream(ArrowDecoder(known.fields(), 0), lambda _: 0, lambda: None).__arrow_c_stream__()


class ArrowArray(ctypes.Structure):
    """The array of the C data interface."""


ArrowArray._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
    *((name, ctypes.c_void_p) for name in ("buffers", "children", "dictionary")),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


def test_an_array_is_released_without_the_gil():
    """`PyDLL` calls would hold it; a `CDLL` call has let go of it, and a release that needed it would crash."""
    decoder = ArrowDecoder(known.fields(), 0)
    decoder.add_bytes(*known.block(PATTERNS["many"]))
    (batch,) = decoder.finish()
    _, capsule = batch.__arrow_c_array__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    array = ArrowArray.from_address(pointer(capsule, b"arrow_array"))
    release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(array.release)
    assert array.n_children == len(KINDS)
    assert Running(lambda: release(ctypes.addressof(array))).join() is None
    assert not array.release


def stream_of(blocks, closed, rows=None, fields=None):
    left = list(blocks)

    def fetch(decoder):
        if not left:
            return 0
        block, n_rows = left.pop(0)
        if isinstance(block, BaseException):
            raise block
        decoder.add_bytes(block, n_rows)
        return n_rows

    return Stream(ArrowDecoder(fields or known.fields(), 0), fetch, lambda: closed.append(1), rows)


def test_a_stream_gathers_blocks_into_batches():
    blocks = [known.block([0, None, 1])] * 7
    reader = pa.RecordBatchReader.from_stream(stream_of(blocks, [], rows=6))
    assert [batch.num_rows for batch in reader] == [6, 6, 6, 3]


def test_a_stream_without_rows_has_its_schema():
    closed = []
    made = pa.table(stream_of([], closed))
    assert (made.num_rows, made.num_columns) == (0, len(KINDS))
    assert closed


def test_a_stream_that_is_dropped_half_way_is_closed():
    closed = []
    reader = pa.RecordBatchReader.from_stream(stream_of([known.block([0])] * 5, closed, rows=1))
    assert reader.read_next_batch().num_rows == 1
    assert closed == []
    del reader
    gc.collect()
    assert closed == [1]


def test_a_stream_that_is_released_on_another_thread_is_closed():
    closed = []
    readers = [pa.RecordBatchReader.from_stream(stream_of([known.block([0])] * 5, closed, rows=1))]
    Running(readers.clear).join()
    assert closed == [1]


def test_a_capsule_of_a_stream_that_nobody_takes_closes_it():
    closed = []
    stream = stream_of([known.block([0])], closed)
    capsule = stream.__arrow_c_stream__()
    with pytest.raises(InterfaceError, match="this stream was taken before"):
        stream.__arrow_c_stream__()
    del capsule
    assert closed == [1]


def test_an_error_of_a_fetch_reaches_the_consumer_with_its_text_and_stays():
    stream = stream_of([known.block([0]), (OperationalError("it broke", code=1), 0)], [])
    reader = pa.RecordBatchReader.from_stream(stream)
    for _ in range(2):
        with pytest.raises(OSError, match="OperationalError: it broke"):
            reader.read_next_batch()
    assert isinstance(stream.error, OperationalError)


def test_memory_that_is_wanting_is_told_as_such():
    stream = stream_of([(MemoryError(), 0)], [])
    with pytest.raises(MemoryError):
        pa.RecordBatchReader.from_stream(stream).read_next_batch()


# ---- other readers of Arrow ------------------------------------------------------------------------------------------

PATTERN = PATTERNS["many"]


def test_polars_reads_a_stream():
    frame = pl.DataFrame(stream_of([known.block(PATTERN)] * 2, [], rows=10))
    assert_values([column.to_list() for column in frame.iter_columns()], PATTERN * 2)


def test_pandas_reads_a_stream():
    kinds = tuple(kind for kind in KINDS if kind != "JSON")  # pandas knows no extensions
    blocks = [known.block(PATTERN, kinds)]
    frame = pd.DataFrame.from_arrow(stream_of(blocks, [], fields=known.fields(kinds)))
    assert len(frame) == len(PATTERN)
    assert frame["varchar"].isna().tolist() == [i is None for i in PATTERN]


def test_duckdb_reads_a_stream():
    stream = stream_of([known.block(PATTERN)] * 3, [], rows=100)
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        database.register("r", stream)
        rows = database.execute('select "int", "decimal", "nchar", epoch_ms("timestamp") from r').fetchall()
    expected = [
        (
            *(known.expected(kind, i) for kind in ("INT", "DECIMAL", "NCHAR")),
            None if i is None else known.VALUES["TIMESTAMP"][i],
        )
        for i in PATTERN * 3
    ]
    assert rows == expected


def test_nanoarrow_reads_a_stream():
    kinds = tuple(kind for kind in KINDS if known.field(kind).info.extension == "" and kind not in known.DECIMALS)
    # It warns of extensions, and its Python reads a negative decimal as a large one.
    array = nanoarrow.ArrayStream(stream_of([known.block(PATTERN, kinds)], [], fields=known.fields(kinds))).read_all()
    columns = [list(array.child(i).iter_py()) for i in range(len(kinds))]
    for kind, values in zip(kinds, columns, strict=True):
        assert values == [known.expected(kind, i) for i in PATTERN], kind
