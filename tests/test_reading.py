"""Results and batches as tables of pyarrow, pandas and polars, whole and in parts."""

import datetime
import gc
import importlib
import sys
from decimal import Decimal
from zoneinfo import ZoneInfo

import arrow_columns as known
import duckdb
import faultdriver
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from block_encoder import Column, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_decode import column_lists
from threads import Running

import taosnative
from taosnative.batch import Batch
from taosnative.columns._cut import Cutter
from taosnative.errors import DataError, InterfaceError, NotSupportedError, OperationalError
from taosnative.reading import ReadOptions
from taosnative.types import BY_NAME, Field
from taosnative.zones import zone_name

RELAXED = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
KINDS = tuple(known.VALUES)
PATTERN = [None if i % 7 in (0, 3) else i % 2 for i in range(77)]
READ = {"numpy": lambda r: r.numpy(), "rows": lambda r: r.rows(), "iterate": list, "batches": lambda r: [*r.batches()]}
READ |= {"arrow": lambda r: r.arrow(), "df": lambda r: r.df(), "pl": lambda r: r.pl(), "stream": pa.table}


@pytest.fixture(scope="module")
def new_library(tmp_path_factory):
    """A driver of a version that tells the digits of a DECIMAL."""
    library = faultdriver.build(tmp_path_factory.mktemp("new"))
    faultdriver.FaultDriver(library).set_version("3.3.8.0")
    return library


@pytest.fixture
def fault(new_library):
    driver = faultdriver.FaultDriver(new_library)
    driver.reset()
    driver.set_version("3.3.8.0")
    return driver


@pytest.fixture
def conn(fault):
    with taosnative.connect(driver=fault.path) as connection:
        yield connection


def serve(fault, *patterns, kinds=KINDS, precision=0):
    fault.answer(known.told(kinds), [known.block(pattern, kinds) for pattern in patterns], precision)


def serve_text(fault, *blocks, kind="VARCHAR"):
    encoded = [(encode([Column(kind, values)]), len(values)) for values in blocks]
    fault.answer([("v", BY_NAME[kind].code, 20)], encoded)


def rows_of(pattern, kinds=KINDS):
    return [tuple(known.expected(kind, i) for kind in kinds) for i in pattern]


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_a_result_becomes_a_table_of_pyarrow(fault, conn):
    serve(fault, PATTERN, PATTERN)
    table = conn.query("select * from t").arrow()
    table.validate(full=True)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows_of(PATTERN * 2)


def test_a_result_becomes_a_frame_of_polars(fault, conn):
    serve(fault, PATTERN, PATTERN)
    frame = conn.query("select * from t").pl()
    assert frame.rows() == rows_of(PATTERN * 2)
    assert frame.schema["timestamp"] == pl.Datetime("ms", "UTC")
    assert frame.schema["decimal"] == pl.Decimal(30, 3)


DTYPES = {
    "BOOL": "boolean", "TINYINT": "Int8", "SMALLINT": "Int16", "INT": "Int32", "BIGINT": "Int64",
    "TINYINT UNSIGNED": "UInt8", "SMALLINT UNSIGNED": "UInt16", "INT UNSIGNED": "UInt32", "BIGINT UNSIGNED": "UInt64",
    "FLOAT": "float32", "DOUBLE": "float64", "TIMESTAMP": "datetime64[ms, UTC]", "VARCHAR": "str", "NCHAR": "str",
    "JSON": "str", "VARBINARY": "object", "BLOB": "object", "GEOMETRY": "object", "DECIMAL": "object",
    "DECIMAL64": "object",
}  # fmt: skip


@pytest.mark.parametrize("pattern", [[0, 1], [None, None], [0, None], []], ids=["none", "all", "some", "empty"])
def test_a_frame_of_pandas_has_dtypes_by_type_and_never_by_data(fault, conn, pattern):
    serve(fault, *([pattern] if pattern else []))
    frame = conn.query("select * from t").df()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {k.lower(): v for k, v in DTYPES.items()}
    assert isinstance(frame.index, pd.RangeIndex)
    assert frame.columns.dtype == "str"
    assert all(frame[kind.lower()].isna().tolist() == [i is None for i in pattern] for kind in KINDS)


@pytest.mark.parametrize("storage", ["pyarrow", "python"])
def test_a_frame_of_pandas_holds_the_values(fault, conn, storage):
    serve(fault, PATTERN, PATTERN)
    with pd.option_context("mode.string_storage", storage):
        frame = conn.query("select * from t").df()
        assert frame["varchar"].dtype == "str"
    cells = frame.astype(object).to_numpy().tolist()
    assert [
        tuple(None if cell is None or cell is pd.NA or cell != cell else cell for cell in row) for row in cells
    ] == (rows_of(PATTERN * 2))


def test_integers_of_a_frame_compute_without_becoming_floats(fault, conn):
    serve(fault, [1, None], kinds=("BIGINT",))
    total = conn.query("select * from t").df()["bigint"].sum()
    assert (total, type(total)) == (2**63 - 1, np.int64)


def test_frames_without_a_null_have_numpys_dtypes_where_nulls_are_refused(fault, conn):
    serve(fault, [0, 1], kinds=("BOOL", "INT", "VARCHAR"))
    frame = conn.query("select * from t").df(nulls="raise")
    assert [str(dtype) for dtype in frame.dtypes] == ["bool", "int32", "str"]


@pytest.mark.parametrize("read", ["df", "arrow", "pl", "numpy"])
def test_a_null_is_an_error_where_nulls_are_refused(fault, conn, read):
    serve(fault, [0, None], kinds=("VARCHAR",))
    with pytest.raises(DataError, match="column 'varchar', row 1: a NULL"):
        getattr(conn.query("select * from t"), read)(nulls="raise")


@pytest.mark.parametrize("read", ["df", "arrow", "pl"])
def test_bytes_are_bytes_everywhere(fault, conn, read):
    serve(fault, [1], kinds=("VARCHAR", "NCHAR"))
    made = getattr(conn.query("select * from t"), read)(strings="bytes")
    assert [made[name][0] for name in ("varchar", "nchar")] == (
        [pa.scalar(b"meter \xe6\xbc\xa2"), pa.scalar("漢字 🎉".encode())]
        if read == "arrow"
        else [b"meter \xe6\xbc\xa2", "漢字 🎉".encode()]
    )


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", ZoneInfo("Europe/Berlin"), datetime.timezone(-datetime.timedelta(hours=9.5))]
)
def test_times_are_shown_in_the_zone_of_a_call(fault, conn, zone):
    serve(fault, [0], kinds=("TIMESTAMP",))
    offset = "-09:30" if isinstance(zone, datetime.timezone) else "+01:00"
    query = conn.query
    told = [
        query("select * from t").df(timezone=zone)["timestamp"][0].isoformat(),
        query("select * from t").arrow(timezone=zone)["timestamp"][0].as_py().isoformat(),
        query("select * from t").rows(timezone=zone)[0][0].isoformat(),
        next(iter(query("select * from t").batches())).rows(timezone=zone)[0][0].isoformat(),
    ]
    assert [text[-6:] for text in told] == [offset] * 4
    assert {datetime.datetime.fromisoformat(text).timestamp() for text in told} == {1_700_000_000.123}


def test_times_are_shown_in_the_connections_zone(fault):
    serve(fault, [0], kinds=("TIMESTAMP",), precision=2)
    with taosnative.connect(driver=fault.path, timezone="Asia/Shanghai") as connection:
        assert str(connection.query("select * from t").df().dtypes.iloc[0]) == "datetime64[ns, Asia/Shanghai]"
        assert pa.table(connection.query("select * from t")).schema[0].type == pa.timestamp("ns", "Asia/Shanghai")
        assert connection.query("select * from t").pl().schema["timestamp"] == pl.Datetime("ns", "Asia/Shanghai")


def test_a_zone_that_nobody_knows_is_refused(fault, conn):
    serve(fault, [0])
    with conn.query("select * from t") as result, pytest.raises(InterfaceError, match="'Mars' is no name of a time"):
        result.arrow(timezone="Mars")

    class Own(datetime.tzinfo):
        def utcoffset(self, when):
            return None

    with pytest.raises(InterfaceError, match="has no name that Arrow knows"):
        zone_name(Own())


def test_two_columns_of_one_name_are_refused_where_they_cannot_be(fault, conn):
    fault.answer([("v", 4, 4), ("v", 4, 4)], [(encode([Column("INT", [1]), Column("INT", [2])]), 1)])
    with conn.query("select * from t") as result, pytest.raises(InterfaceError, match="'v', and a polars DataFrame"):
        result.pl()
    frame = conn.query("select * from t").df()
    assert frame.columns.tolist() == ["v", "v"]
    assert frame.to_numpy().tolist() == [[1, 2]]
    assert conn.query("select * from t").arrow().column_names == ["v", "v"]


@pytest.mark.parametrize("read", ["arrow", "df", "pl"])
def test_text_that_is_none_is_an_error_or_replaced(fault, conn, read):
    serve_text(fault, ["a"], ["b", b"\xff"])
    with pytest.raises(DataError, match="column 'v', row 2: not text"):
        getattr(conn.query("select * from t"), read)()
    made = getattr(conn.query("select * from t"), read)(errors="replace")["v"]
    assert (made.to_pylist() if read == "arrow" else list(made)) == ["a", "b", "\ufffd"]


def test_escapes_reach_a_frame_whose_strings_are_pythons(fault, conn):
    serve_text(fault, [b"\xff"])
    with pd.option_context("mode.string_storage", "python"):
        frame = conn.query("select * from t").df(errors="surrogateescape")
        assert frame["v"].tolist() == ["\udcff"]


@pytest.mark.parametrize(
    ("read", "library", "extra"),
    [("arrow", "pyarrow", "arrow"), ("df", "pandas", "pandas"), ("pl", "polars", "polars")],
)
def test_a_library_that_is_missing_is_named_with_what_to_install(fault, conn, monkeypatch, read, library, extra):
    serve(fault, [0])
    monkeypatch.setitem(sys.modules, library, None)
    with conn.query("select * from t") as result:
        with pytest.raises(NotSupportedError, match=rf'{read}\(\) needs {library}: .*install "taosnative\[{extra}\]"'):
            getattr(result, read)()
        assert len(result.rows()) == 1  # it is not read yet


def test_reading_needs_no_library_but_numpy():
    loaded = "import sys, taosnative; print([m for m in ('pyarrow', 'pandas', 'polars', 'duckdb') if m in sys.modules])"
    subprocess = importlib.import_module("subprocess")
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"


# ---- batches ---------------------------------------------------------------------------------------------------------


def test_batches_are_the_drivers_blocks(fault, conn):
    serve(fault, [0, 1, None], [1], [None] * 9)
    batches = list(conn.query("select * from t").batches())
    assert [len(batch) for batch in batches] == [3, 1, 9]
    assert repr(batches[2]) == f"<taosnative.Batch of 9 rows, {len(KINDS)} columns>"
    assert [field.type for field in batches[0].schema] == list(KINDS)


@pytest.mark.parametrize("n", [1, 2, 8, 9, 10, 76, 77, 78, 150, 154, 1000])
def test_batches_of_so_many_rows(fault, conn, n):
    serve(fault, PATTERN, PATTERN)
    batches = list(conn.query("select * from t").batches(n))
    total = 2 * len(PATTERN)
    assert [len(batch) for batch in batches] == [min(n, total - start) for start in range(0, total, n)]
    assert [row for batch in batches for row in batch.rows()] == rows_of(PATTERN * 2)
    tables = pa.concat_tables([pa.table(batch) for batch in batches])
    assert [tuple(row.values()) for row in tables.to_pylist()] == rows_of(PATTERN * 2)


def test_a_batch_is_read_as_often_as_wanted_and_outlives_its_result(fault, conn):
    serve(fault, PATTERN)
    (batch,) = conn.query("select * from t").batches()
    conn.close()
    for _ in range(2):
        assert batch.rows() == rows_of(PATTERN)
        assert batch.numpy()["int"].tolist() == [row[KINDS.index("INT")] for row in rows_of(PATTERN)]
        assert batch.df().shape == batch.pl().shape == batch.arrow().shape == (len(PATTERN), len(KINDS))
        assert pa.record_batch(batch).num_rows == pl.DataFrame(batch).height == len(PATTERN)
        assert duckdb.sql("select count(*) from batch").fetchall() == [(len(PATTERN),)]


@pytest.mark.parametrize("rows", [0, -1, 1.5, "9", True])
def test_a_number_of_rows_that_is_none_is_refused(fault, conn, rows):
    serve(fault, [0])
    with conn.query("select * from t") as result, pytest.raises(InterfaceError, match="rows is a number from 1 on"):
        result.batches(rows)


def test_leaving_batches_early_stops_the_query(fault, conn):
    serve(fault, [0], [1], [0])
    result = conn.query("select * from t")
    for batch in result.batches():
        assert len(batch) == 1
        break
    gc.collect()
    assert result.closed
    assert fault.calls("taos_fetch_raw_block") == 1


@RELAXED
@given(st.lists(column_lists(max_rows=20), min_size=1, max_size=1), st.integers(1, 30), st.integers(1, 3))
def test_cut_blocks_hold_the_same_rows(lists, n, n_blocks):
    (columns,) = lists
    n_rows = len(columns[0].values)
    fields = tuple(Field(f"c{i}", one.type, 8, one.digits, one.scale) for i, one in enumerate(columns))
    block = encode(columns)
    cutter = Cutter(fields)
    for _ in range(n_blocks):
        cutter.add_bytes(block)
    whole = Batch(fields, "ms", block, ReadOptions(times="numpy")).rows() * n_blocks
    cut = []
    while cutter.n_rows:
        size = min(n, cutter.n_rows)
        batch = Batch(fields, "ms", cutter.take(size), ReadOptions(times="numpy"))
        assert len(batch) == size
        cut += batch.rows()
    assert str(cut) == str(whole)  # str: a NaN is a NaN
    assert len(cut) == n_rows * n_blocks


# ---- streams of a result ---------------------------------------------------------------------------------------------


def test_duckdb_reads_a_result_by_its_name(fault, conn):
    serve(fault, PATTERN, PATTERN)
    result = conn.query("select * from t")
    assert duckdb.sql('select count(*), count("int"), max("int") from result').fetchall() == [
        (2 * len(PATTERN), 2 * (len(PATTERN) - PATTERN.count(None)), 2**31 - 1)
    ]
    assert result.closed


def test_a_reader_that_is_dropped_half_way_stops_the_query(fault, conn):
    serve(fault, *([[0] * 40_000] * 4), kinds=("INT",))
    reader = pa.RecordBatchReader.from_stream(conn.query("select * from t"))
    assert reader.read_next_batch().num_rows == 80_000
    assert fault.live("results") == 1
    del reader
    gc.collect()
    assert fault.live("results") == 0
    assert fault.calls("taos_fetch_raw_block") in (2, 3)  # of 5: the third is made in advance


def test_a_reader_that_is_dropped_on_another_thread_stops_the_query(fault, conn):
    serve(fault, [0], [1])
    readers = [pa.RecordBatchReader.from_stream(conn.query("select * from t"))]
    assert Running(readers.clear).join() is None
    assert fault.live("results") == 0


def test_a_capsule_that_nobody_takes_closes_the_result_and_warns_of_nothing(fault, conn):
    serve(fault, [0])
    conn.query("select * from t").__arrow_c_stream__()
    gc.collect()
    assert fault.live("results") == 0


def test_the_schema_is_told_without_reading(fault, conn):
    serve(fault, [0])
    result = conn.query("select * from t")
    assert pa.schema(result).names == [kind.lower() for kind in KINDS]
    assert fault.calls("taos_fetch_raw_block") == 0
    assert len(result.rows()) == 1


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_a_second_reading_is_refused(fault, conn, read):
    serve(fault, [0])
    result = conn.query("select * from t")
    pa.table(result)
    with pytest.raises(InterfaceError, match="this result was read already"):
        read(result)


@pytest.mark.parametrize("read", ["arrow", "df", "pl"])
def test_an_error_of_the_server_is_raised_as_it_is(fault, conn, read):
    serve(fault, [0], [1])
    fault.fail("taos_fetch_raw_block", 0x80000018, "Conn is broken", nth=2)
    result = conn.query("select * from t")
    with pytest.raises(OperationalError, match="Conn is broken") as caught:
        getattr(result, read)()
    assert caught.value.code == 0x80000018
    assert result.closed


@pytest.mark.parametrize("read", ["arrow", "df", "pl"])
def test_a_cancelled_result_raises(fault, conn, read):
    serve(fault, [0], [1])
    result = conn.query("select * from t")
    result.cancel()
    with pytest.raises(OperationalError, match="stopped before its end"):
        getattr(result, read)()


def test_a_result_without_columns_has_nothing_to_read(fault, conn):
    fault.answer(affected=3)
    for read in ("arrow", "df", "pl", "__arrow_c_stream__"):
        with pytest.raises(InterfaceError, match="no columns to read"):
            getattr(conn.query("insert into t values (now, 1)"), read)()


@pytest.mark.parametrize("read", ["arrow", "df", "pl", "rows"])
def test_an_empty_result_has_its_columns(fault, conn, read):
    serve(fault)
    made = getattr(conn.query("select * from t"), read)()
    assert len(made) == 0
    if read != "rows":
        assert made.shape == (0, len(KINDS))


def test_a_decimal_is_exact_everywhere(fault, conn):
    serve(fault, [0], kinds=("DECIMAL",))
    query = conn.query
    expected = Decimal(10**25).scaleb(-3)
    assert query("select 1").df()["decimal"][0] == expected
    assert query("select 1").pl()["decimal"][0] == expected
    assert query("select 1").arrow()["decimal"][0].as_py() == expected
