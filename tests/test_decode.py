"""The decoder: what each type becomes, by options and never by values."""

import gc
import math
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from block_encoder import DECIMALS, FIXED, VARIABLE, Column, encode
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from taosnative.columns._decode import ERRORS, NULLS, STRINGS, Decoder
from taosnative.errors import DataError, InterfaceError
from taosnative.types import BY_NAME, TYPES, Field, Kind

RELAXED = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

# A block as a server sent it: three rows, of which the second is NULL but for its time.
MEASURED = bytes.fromhex(
    "01000000 d0000000 03000000 07000000 00000080 0000000000000000"
    "09 08000000  01 01000000  04 04000000  08 0c000000  0a 16000000  10 0a000000  06 04000000"
    "18000000 03000000 0c000000 07000000 0c000000 06000000 0c000000"
    "00 0068e5cf8b010000 0168e5cf8b010000 0268e5cf8b010000"
    "40 01 00 00"
    "40 01000000 00000000 ffffffff"
    "00000000 ffffffff 05000000  0300 616263  0000"
    "00000000 ffffffff 0a000000  0800 68000000 e9000000  0000"
    "00000000 ffffffff 04000000  0200 0102  0000"
    "40 0000c03f 00000000 00000040"
    "00"
)
MEASURED_FIELDS = [
    Field("ts", "TIMESTAMP", 8),
    Field("b", "BOOL", 1),
    Field("i", "INT", 4),
    Field("v", "VARCHAR", 10),
    Field("n", "NCHAR", 5),
    Field("x", "VARBINARY", 8),
    Field("f", "FLOAT", 4),
]


def fields_of(columns):
    return [Field(f"c{i}", column.type, 8) for i, column in enumerate(columns)]


def decode(columns, precision=0, *, version=1, **options):
    """Arrays of columns that went through a block."""
    decoder = Decoder(fields_of(columns), precision, **options)
    decoder.add_bytes(encode(columns, version=version), len(columns[0].values))
    return decoder.finish()


# ---- values of every type -------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BYTES = st.binary(max_size=30)
SPECIAL = {
    "BOOL": st.booleans(),
    "FLOAT": st.floats(width=32),
    "DOUBLE": st.floats(),
    "TIMESTAMP": st.integers(-(2**63) + 1, 2**63 - 1),  # the smallest is numpy's NaT
    "VARCHAR": TEXT,
    "NCHAR": TEXT,
    "JSON": TEXT,
    "VARBINARY": BYTES,
    "BLOB": st.one_of(BYTES, st.just(bytes(70_000))),
    "GEOMETRY": BYTES,
    "DECIMAL": st.integers(-(2**127), 2**127 - 1),
    "DECIMAL64": st.integers(-(2**63), 2**63 - 1),
}


def values_of(type_name):
    if type_name in SPECIAL:
        return SPECIAL[type_name]
    limits = np.iinfo(FIXED[type_name][1])
    return st.integers(int(limits.min), int(limits.max))


@st.composite
def column_lists(draw, max_rows=40):
    n_rows = draw(st.integers(0, max_rows))
    columns = []
    for type_name in draw(st.lists(st.sampled_from(sorted(BY_NAME)), min_size=1, max_size=5)):
        values = draw(st.lists(st.none() | values_of(type_name), min_size=n_rows, max_size=n_rows))
        if draw(st.booleans()) and values:
            values = sorted(values, key=repr)  # neighbours that are equal
        digits = draw(st.integers(1, 38 if type_name == "DECIMAL" else 18))
        columns.append(
            Column(
                type_name,
                values,
                digits=digits,
                scale=draw(st.integers(0, digits)),
                order=draw(st.permutations(range(n_rows))),
                share=draw(st.booleans()),
                gap=draw(st.binary(max_size=3)),
                junk=draw(st.integers(0, 127)),
            )
        )
    return columns


def expected_value(column, value):
    """What Python object a value is in an object or masked column."""
    if value is not None and column.type in DECIMALS:
        sign, magnitude = int(value < 0), abs(value)
        return Decimal((sign, tuple(map(int, str(magnitude))), -column.scale))
    return value


def assert_column(array, column, precision):
    """An array decoded with nulls='masked' holds the column's values."""
    data = np.ma.getdata(array)
    if column.type == "TIMESTAMP":
        assert data.dtype == np.dtype(f"M8[{('ms', 'us', 'ns')[precision]}]")
        data = data.view("i8")
    assert np.ma.getmaskarray(array).tolist() == [value is None for value in column.values]
    for made, value in zip(data.tolist(), column.values, strict=True):
        if value is not None:
            expected = expected_value(column, value)
            assert type(made) is type(expected)
            assert made == expected or (math.isnan(made) and math.isnan(expected))
            assert str(made) == str(expected)  # a Decimal's zeros, a float's sign


@RELAXED
@given(column_lists(), st.integers(0, 2), st.sampled_from([1, 2]))
def test_what_was_encoded_is_decoded(columns, precision, version):
    arrays = decode(columns, precision, version=version, nulls="masked")
    for array, column in zip(arrays, columns, strict=True):
        assert_column(array, column, precision)


@RELAXED
@given(column_lists(), st.data())
def test_several_blocks_are_one_result(columns, data):
    n_rows = len(columns[0].values)
    cuts = sorted(data.draw(st.lists(st.integers(0, n_rows), max_size=4)))
    decoder = Decoder(fields_of(columns), 0, nulls="masked")
    for start, end in zip([0, *cuts], [*cuts, n_rows], strict=True):
        parts = [Column(one.type, one.values[start:end], digits=one.digits, scale=one.scale) for one in columns]
        decoder.add_bytes(encode(parts))
        assert decoder.n_rows == end
    for array, column in zip(decoder.finish(), columns, strict=True):
        assert_column(array, column, 0)


# ---- what columns are -----------------------------------------------------------------------------------------------


def kinds(arrays):
    return [(type(array), array.dtype) for array in arrays]


@RELAXED
@given(column_lists(max_rows=12), st.sampled_from(NULLS), st.sampled_from(STRINGS))
@example([Column(info.name, []) for info in TYPES], "numpy", "object")
@example([Column(info.name, [None] * 9) for info in TYPES], "numpy", "object")
def test_dtype_and_class_never_depend_on_values(columns, nulls, strings):
    decoder = Decoder(fields_of(columns), 0, nulls=nulls, strings=strings)
    empty = kinds(decoder.finish())
    if nulls == "raise" and any(value is None for column in columns for value in column.values):
        with pytest.raises(DataError, match="NULL"):
            decoder.add_bytes(encode(columns))
    else:
        decoder.add_bytes(encode(columns))
    assert kinds(decoder.finish()) == empty


def test_null_is_what_the_table_of_types_says():
    columns = [Column(info.name, [None]) for info in TYPES]
    for info, array in zip(TYPES, decode(columns), strict=True):
        assert isinstance(array, np.ma.MaskedArray) == (info.null == "masked")
        checks = {
            "masked": lambda array: array.mask[0] and array.data[0] == 0,
            "nan": lambda array: np.isnan(array[0]),
            "nat": lambda array: np.isnat(array[0]),
            "none": lambda array: array[0] is None,
        }
        assert checks[info.null](array), info


def test_lossless_nulls_mask_every_column_and_raise_masks_none():
    columns = [Column(info.name, []) for info in TYPES]
    assert all(isinstance(array, np.ma.MaskedArray) for array in decode(columns, nulls="masked"))
    assert not any(isinstance(array, np.ma.MaskedArray) for array in decode(columns, nulls="raise"))


def test_a_nan_that_is_no_null_is_told_from_one_that_is():
    (array,) = decode([Column("DOUBLE", [math.nan, None, 1.0])], nulls="masked")
    assert array.mask.tolist() == [False, True, False]


@pytest.mark.parametrize("info", TYPES, ids=lambda info: info.name)
def test_a_refused_null_names_column_and_row_of_the_whole_result(info):
    value = {"BOOL": True, "TIMESTAMP": 0}.get(info.name, b"x" if info.kind == Kind.VARIABLE else 1)
    value = "x" if info.text else value
    decoder = Decoder([Field("here", info.name, 8)], 0, nulls="raise")
    decoder.add_bytes(encode([Column(info.name, [value] * 10)]))
    with pytest.raises(DataError, match=r"column 'here', row 13: a NULL"):
        decoder.add_bytes(encode([Column(info.name, [value] * 3 + [None] * 2)]))
    (array,) = decoder.finish()
    assert len(array) == 10


def test_arrays_are_their_own_and_writable():
    columns = [Column("BIGINT", [1, 2]), Column("DOUBLE", [1.0, 2.0]), Column("VARCHAR", ["a", "b"])]
    decoder = Decoder(fields_of(columns), 0)
    decoder.add_bytes(encode(columns))
    first = decoder.finish()
    decoder.add_bytes(encode(columns))
    second = decoder.finish()
    for array in first:
        array[0] = array[1]
    assert [array.tolist()[0] for array in second] == [1, 1.0, "a"]


def test_the_measured_block():
    decoder = Decoder(MEASURED_FIELDS, 0, nulls="masked")
    decoder.add_bytes(MEASURED, 3)
    ts, *rest = (array.tolist() for array in decoder.finish())
    assert np.array(ts, "M8[ms]").view("i8").tolist() == [1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_002]
    assert rest == [
        [True, None, False],
        [1, None, -1],
        ["abc", None, ""],
        ["hé", None, ""],
        [b"\1\2", None, b""],
        [1.5, None, 2.0],
    ]


# ---- text, bytes, decimals ------------------------------------------------------------------------------------------


def test_equal_neighbours_share_one_object():
    values = ["long enough to be no constant"] * 5 + [None] + ["long enough to be no constant"] + ["other text"] * 3
    (array,) = decode([Column("VARCHAR", values)])
    assert len({id(value) for value in array if value is not None}) == 2


def test_text_as_bytes_is_utf8():
    columns = [
        Column("VARCHAR", ["é", None, b"\xff"]),
        Column("NCHAR", ["é", None, "漢"]),
        Column("JSON", ['{"a":1}'] * 3),
    ]
    v, n, j = decode(columns, strings="bytes")
    assert v.tolist() == ["é".encode(), None, b"\xff"]
    assert n.tolist() == ["é".encode(), None, "漢".encode()]
    assert j[0] == b'{"a":1}'


def test_bad_text_is_refused_by_column_and_row_and_nothing_of_its_block_stays():
    decoder = Decoder([Field("id", "INT", 4), Field("note", "VARCHAR", 9)], 0)
    decoder.add_bytes(encode([Column("INT", [1, 2]), Column("VARCHAR", ["a", "b"])]))
    with pytest.raises(DataError, match=r"column 'note', row 3: not utf-8 .*errors='replace'") as caught:
        decoder.add_bytes(encode([Column("INT", [3, 4]), Column("VARCHAR", ["c", b"a\xffb"])]))
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)
    assert [array.tolist() for array in decoder.finish()] == [[1, 2], ["a", "b"]]


def test_bad_text_is_replaced_or_escaped_where_asked():
    columns = [Column("VARCHAR", [b"a\xffb"]), Column("NCHAR", [b"\x00\xd8\x00\x00"])]
    assert decode(columns, errors="replace")[0][0] == "a\ufffdb"
    assert decode(columns, errors="replace")[1][0] == "\ufffd"
    assert decode(columns, errors="surrogateescape")[0][0].encode(errors="surrogateescape") == b"a\xffb"
    assert decode(columns, errors="surrogateescape")[1][0] == "\ud800"
    with pytest.raises(DataError, match="column 'c0', row 0: not utf-32"):
        decode([Column("NCHAR", [b"\xff\xff\xff\xff"])])


@pytest.mark.parametrize(
    ("unscaled", "scale", "text"),
    [
        (0, 0, "0"),
        (0, 3, "0.000"),
        (-5, 2, "-0.05"),
        (150, 2, "1.50"),
        (10**37, 38, "0.10000000000000000000000000000000000000"),
        (10**38 - 1, 0, "9" * 38),
        (-(2**127), 0, str(-(2**127))),
        (10**18, 9, "1000000000.000000000"),
    ],
)
def test_decimals_keep_every_digit(unscaled, scale, text):
    (array,) = decode([Column("DECIMAL", [unscaled, None], digits=38, scale=scale)])
    assert str(array[0]) == text
    assert array[1] is None


def test_a_null_literal_column_is_text_that_is_all_null():
    decoder = Decoder([Field("null", "VARCHAR", 0)], 0)
    decoder.add_bytes(encode([Column("VARCHAR", [None, None], declared=2)]))
    assert decoder.finish()[0].tolist() == [None, None]


# ---- memory ---------------------------------------------------------------------------------------------------------


def test_large_results_hold_no_more_than_their_values():
    n_rows = 300_000
    columns = [Column("BIGINT", range(n_rows)), Column("TINYINT", [1] * n_rows), Column("VARCHAR", ["x"] * n_rows)]
    for array in decode(columns):
        for part in [np.ma.getdata(array), *([array.mask] if np.ma.isMA(array) else [])]:
            memory = part
            while not hasattr(memory, "n_bytes"):
                memory = memory.obj if isinstance(memory, memoryview) else memory.base
            assert part.nbytes <= memory.n_bytes < part.nbytes + 2**16


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak of a moment")
@pytest.mark.parametrize("n_rows", [270_000, 500_000])
def test_the_peak_of_memory_is_little_more_than_the_arrays(n_rows):
    program = f"from benchmarks.peak import peak_ratio; print(peak_ratio(0.5, {n_rows}))"
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True)
    assert float(result.stdout) < 1.3


def test_1_000_columns_and_more():
    columns = [Column("INT", [i, None]) for i in range(4000)] + [Column("NCHAR", ["x", None])] * 96
    arrays = decode(columns)
    assert [array.data[0] for array in arrays[:4000]] == list(range(4000))
    assert all(array.mask.tolist() == [False, True] for array in arrays[:4000])
    assert all(array.tolist() == ["x", None] for array in arrays[4000:])


def test_100_000_rows_a_block():
    ticks = np.arange(100_000)
    columns = [Column("TIMESTAMP", ticks), Column("INT", ticks), Column("NCHAR", ["漢字"] * 100_000)]
    decoder = Decoder(fields_of(columns), 2)
    for _ in range(3):
        decoder.add_bytes(encode(columns))
    ts, numbers, text = decoder.finish()
    assert (ts.view("i8").reshape(3, -1) == ticks).all()
    assert (numbers.data.reshape(3, -1) == ticks).all()
    assert set(text) == {"漢字"}


def test_memory_that_comes_back_shows_nothing_of_the_last_result():
    n_rows = 200_000
    for value in (1, 2, None):
        (array,) = decode([Column("BIGINT", [value] * n_rows)])
        assert array.mask.all() == (value is None)
        assert (array.data == (value or 0)).all()
        del array


def test_objects_are_freed_with_their_array():
    text = "a text that is counted"
    for finish in (True, False):
        decoder = Decoder([Field("v", "VARCHAR", 9)], 0)
        decoder.add_bytes(encode([Column("VARCHAR", [text] * 3)]))
        if finish:
            value = decoder.finish()[0][0]
            gc.collect()
            assert sys.getrefcount(value) == 2
        del decoder


# ---- misuse ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "known"), [("nulls", NULLS), ("strings", STRINGS), ("errors", ERRORS), ("precision", (0, 1, 2))]
)
def test_an_unknown_option_is_refused_with_those_that_are_known(option, known):
    arguments = {"precision": 0, option: 7 if option == "precision" else "nonsense"}
    with pytest.raises(InterfaceError, match=option) as caught:
        Decoder([Field("a", "INT", 4)], **arguments)
    assert all(repr(one) in str(caught.value) for one in known)


def test_an_unknown_type_is_refused():
    with pytest.raises(InterfaceError, match=r"column 'm' is of type 'MEDIUMBLOB'"):
        Decoder([Field("m", "MEDIUMBLOB", 4)], 0)
    with pytest.raises(InterfaceError, match="without columns"):
        Decoder([], 0)


def test_a_decoder_in_use_refuses_another_thread():
    """A thread that meets another inside gets an error, and the result is that of the calls that went through."""
    columns = [Column("BIGINT", range(200_000))]
    block = encode(columns)
    decoder = Decoder(fields_of(columns), 0)
    refused = []

    def add():
        for _ in range(10):
            try:
                decoder.add_bytes(block)
            except InterfaceError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert decoder.n_rows == 200_000 * (40 - len(refused))
    assert set(refused) <= {"this decoder is in use by another thread"}
    (array,) = decoder.finish()
    assert (array.reshape(-1, 200_000) == np.arange(200_000)).all()


def test_other_threads_run_while_a_block_is_copied():
    """No thread is made to give way here, so another runs only where the decoder lets it."""
    block = encode([Column("BIGINT", np.arange(500_000))])
    decoder = Decoder([Field("i", "BIGINT", 8)], 0)
    gate, ran = threading.Lock(), threading.Event()
    gate.acquire()

    def other():
        with gate:
            ran.set()

    thread = threading.Thread(target=other)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        gate.release()
        for _ in range(100):
            decoder.add_bytes(block)
            if ran.is_set():
                break
        has_run = ran.is_set()
    finally:
        sys.setswitchinterval(interval)
    thread.join()
    assert has_run


def test_every_type_has_an_encoder():
    assert {*FIXED, *VARIABLE, *DECIMALS} == set(BY_NAME)
