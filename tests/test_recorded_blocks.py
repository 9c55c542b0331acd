"""Every block that a real server gave decodes to the rows that its own client read."""

import datetime

import numpy as np
import pytest
import recordings

from taosnative.columns._decode import Decoder

# The real server does not answer these alike twice, and their blocks are of another run than their rows.
UNREPEATABLE = ("rand()", "sample(", "'t-digest'", "slimit")


def decode(fields, precision, blocks, **options):
    decoder = Decoder(fields, precision, **options)
    for block, n_rows in blocks:
        decoder.add_bytes(block, n_rows)
    return decoder.finish()


def recorded_rows(arrays):
    """Rows as the recordings have them: times as integers, text that is not UTF-8 as bytes."""

    def plain(cell):
        if isinstance(cell, str) and not cell.isascii():
            raw = cell.encode(errors="surrogateescape")
            return cell if raw.decode(errors="replace") == cell else raw
        return cell

    columns = [(array.view("i8") if array.dtype.kind == "M" else array).tolist() for array in arrays]
    return [tuple(map(plain, row)) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("name", recordings.names())
def test_blocks_decode_to_their_rows(name):
    for answer in recordings.answers(name):
        arrays = decode(answer.fields, answer.precision, answer.blocks, nulls="masked", errors="surrogateescape")
        rows = recorded_rows(arrays)
        if any(word in answer.sql for word in UNREPEATABLE):
            assert arrays
            continue
        assert not recordings.differences(answer.rows, rows, ordered=answer.ordered), (answer.where, answer.sql)


def test_all_answers_are_there():
    assert sum(1 for _ in recordings.answers()) == 699


def test_blocks_of_a_subscription_decode():
    blocks = list(recordings.polled_blocks())
    assert len(blocks) >= 30
    for block, n_rows, fields, precision in blocks:
        arrays = decode(fields, precision, [(block, n_rows)])
        assert [len(array) for array in arrays] == [n_rows] * len(fields)


@pytest.mark.parametrize(("name", "unit"), [("types_ms", "ms"), ("types_us", "us"), ("types_ns", "ns")])
def test_times_have_the_unit_of_the_result(name, unit):
    answer = next(recordings.answers(name))
    arrays = decode(answer.fields, answer.precision, answer.blocks)
    times = [array for array, field in zip(arrays, answer.fields, strict=True) if field.type == "TIMESTAMP"]
    assert times
    assert all(array.dtype == np.dtype(f"M8[{unit}]") for array in times)
    assert times[0][0].astype("M8[us]").item().replace(tzinfo=datetime.UTC).timestamp() == 1_700_000_000


def test_a_long_result_is_one_run_of_arrays():
    answer = next(answer for answer in recordings.answers("rows_9000") if len(answer.blocks) > 1)
    arrays = decode(answer.fields, answer.precision, answer.blocks)
    assert {len(array) for array in arrays} == {9000}
    assert all(array.flags.c_contiguous and array.flags.writeable for array in arrays)
