"""What a column becomes depends on its type and on options, never on its values."""

import numpy as np
import pytest
from block_encoder import Column, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_decode import column_lists

from taosnative.batch import Batch
from taosnative.errors import DataError, InterfaceError, NotSupportedError
from taosnative.reading import ReadOptions
from taosnative.types import Field

RELAXED = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def kinds_of_arrays(batch, options):
    return [(type(array), array.dtype) for array in batch.numpy(**options).values()]


SHAPES = {
    "numpy": kinds_of_arrays,
    "arrow": lambda batch, options: batch.arrow(**options).schema,
    "df": lambda batch, options: batch.df(**options).dtypes.to_dict(),
    "pl": lambda batch, options: batch.pl(**options).schema,
}


@pytest.mark.parametrize("read", SHAPES)
@RELAXED
@given(
    column_lists(max_rows=12),
    st.fixed_dictionaries(
        {
            "nulls": st.sampled_from(["numpy", "masked", "raise"]),
            "strings": st.sampled_from(["object", "bytes", "stringdtype"]),
            "errors": st.sampled_from(["strict", "replace"]),
        }
    ),
    st.sampled_from(["ms", "us", "ns"]),
)
def test_what_a_column_becomes_is_the_same_with_any_values_and_with_none(read, columns, options, precision):
    fields = tuple(Field(f"c{i}", one.type, 8, one.digits, one.scale) for i, one in enumerate(columns))
    empty = encode([Column(one.type, [], digits=one.digits, scale=one.scale) for one in columns])
    shape = SHAPES[read]
    expected = shape(Batch(fields, precision, empty, ReadOptions()), options)
    try:
        made = shape(Batch(fields, precision, encode(columns), ReadOptions()), options)
    except DataError as error:
        assert options["nulls"] == "raise"
        assert "a NULL" in str(error)  # noqa: PT017
        return
    assert made == expected


def test_options_of_the_connection_are_those_of_a_call():
    columns = [Column("INT", [1, None]), Column("VARCHAR", ["a", None])]
    fields = tuple(Field(f"c{i}", one.type, 8) for i, one in enumerate(columns))
    by_call = Batch(fields, "ms", encode(columns), ReadOptions())
    by_connection = Batch(fields, "ms", encode(columns), ReadOptions(nulls="masked", strings="bytes"))
    for shape in SHAPES.values():
        assert shape(by_connection, {}) == shape(by_call, {"nulls": "masked", "strings": "bytes"})
    assert by_connection.numpy()["c1"].tolist() == [b"a", None]
    assert isinstance(by_connection.numpy()["c1"], np.ma.MaskedArray)


def test_text_in_numpys_own_strings():
    values = ["a", None, "漢字 of some length, more than fits in place"]
    for kind in ("VARCHAR", "NCHAR", "JSON"):
        batch = batch_of(kind, values)
        arrays = batch.numpy(strings="stringdtype")
        assert arrays["v"].dtype == np.dtypes.StringDType(na_object=None)
        assert arrays["v"].tolist() == values
        assert arrays["b"].dtype == object
        masked = batch.numpy(strings="stringdtype", nulls="masked")["v"]
        assert isinstance(masked, np.ma.MaskedArray)
        assert masked.tolist() == values


def batch_of(kind, values):
    return Batch((Field("v", kind, 8), Field("b", "BLOB", 8)), "ms", block_of(kind, values), ReadOptions())


def block_of(kind, values):
    return encode([Column(kind, values), Column("BLOB", [b"x"] * len(values))])


def test_numpys_own_strings_hold_no_escapes():
    batch = Batch(
        (Field("v", "VARCHAR", 8), Field("b", "BLOB", 8)), "ms", block_of("VARCHAR", [b"\xff"]), ReadOptions()
    )
    with pytest.raises(DataError, match="column 'v': text that is not UTF-8, whose escapes numpy"):
        batch.numpy(strings="stringdtype", errors="surrogateescape")


def test_numpys_own_strings_need_a_numpy_that_has_them(monkeypatch):
    batch = batch_of("VARCHAR", ["a"])
    monkeypatch.delattr(np.dtypes, "StringDType")
    with pytest.raises(NotSupportedError, match="needs numpy 2 or newer"):
        batch.numpy(strings="stringdtype")


@pytest.mark.parametrize("read", SHAPES)
def test_a_choice_of_strings_that_is_none_is_refused(read):
    batch = batch_of("VARCHAR", ["a"])
    with pytest.raises(InterfaceError, match="strings='text' is not known"):
        SHAPES[read](batch, {"strings": "text"})
