"""The recordings are whole and their helper reads them."""

import math

import pytest
import recordings


@pytest.mark.parametrize("name", recordings.names())
def test_a_recording_is_read_whole(name):
    entries = recordings.load(name)
    assert entries
    assert all(isinstance(entry, dict) for entry in entries)


def test_every_block_is_as_long_as_its_header_says():
    blocks = [block for answer in recordings.answers() for block, _ in answer.blocks]
    blocks += [block for block, *_ in recordings.polled_blocks()]
    assert len(blocks) > 600
    assert all(int.from_bytes(block[4:8], "little") == len(block) for block in blocks)


def test_rows_are_compared_as_multisets_unless_ordered():
    left = [(1, "a"), (1, "a"), (math.nan, None)]
    assert not recordings.differences(left, left[::-1], ordered=False)
    assert recordings.differences(left, left[::-1], ordered=True)
    assert recordings.differences(left, left[1:], ordered=False) == [(("int", 1), ("str", "a"))]
    assert recordings.differences([(True,)], [(1,)], ordered=False)
    assert not recordings.differences([(1.0000001,)], [(1.0000002,)], ordered=True, digits=6)
