"""Damaged blocks: they are refused with the place of the damage, or decode, and nothing outside them is ever read."""

import shutil
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import recordings
from block_encoder import Column, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taosnative.columns._decode import Decoder
from taosnative.errors import DataError, InterfaceError
from taosnative.types import Field, Kind

RELAXED = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
ROOT = Path(__file__).parent.parent

COLUMNS = [
    Column("TIMESTAMP", list(range(9))),
    Column("BOOL", [True, None, False] * 3),
    Column("SMALLINT", [None, -7, 7] * 3),
    Column("VARCHAR", ["a", None, "text"] * 3),
    Column("NCHAR", ["漢", "", None] * 3),
    Column("BLOB", [b"\0", None, b"bytes"] * 3),
    Column("DECIMAL", [1, None, -(10**20)] * 3, digits=30, scale=3),
    Column("DOUBLE", [1.5, None, -2.0] * 3),
]
FIELDS = [Field(f"c{i}", column.type, 8) for i, column in enumerate(COLUMNS)]
BLOCK = encode(COLUMNS)
N = len(COLUMNS)
TYPES_AT, LENGTHS_AT, SEGMENTS_AT = 28, 28 + 5 * N, 28 + 9 * N


def int32(value):
    return struct.pack("<i", value)


def put(at, raw):
    return BLOCK[:at] + raw + BLOCK[at + len(raw) :]


def segment_at(column):
    """Where a column's segment begins."""
    lengths = np.frombuffer(BLOCK, "<i4", N, LENGTHS_AT)
    ahead = [4 * 9 if one.type in ("VARCHAR", "NCHAR", "BLOB") else 2 for one in COLUMNS]
    return SEGMENTS_AT + sum(ahead[i] + int(lengths[i]) for i in range(column))


def decode(block, n_rows=None, **options):
    decoder = Decoder(FIELDS, 0, **options)
    decoder.add_bytes(block, n_rows)
    return decoder.finish()


DAMAGE = {
    "no bytes": (b"", None, r"byte 0: 0 bytes are no block"),
    "half a header": (BLOCK[:20], None, r"20 bytes are no block"),
    "version 3": (put(0, int32(3)), None, r"byte 0: its version is 3"),
    "longer than it is": (put(4, int32(len(BLOCK) + 1)), None, rf"byte 4: its length of {len(BLOCK) + 1} bytes"),
    "shorter than its header": (put(4, int32(30)), None, r"byte 4: its length of 30 bytes"),
    "negative length": (put(4, int32(-1)), None, r"byte 4: its length of -1 bytes"),
    "negative rows": (put(8, int32(-5)), None, r"byte 8: it has -5 rows"),
    "rows that the driver denies": (BLOCK, 8, r"byte 8: it has 9 rows, where the driver tells 8"),
    "too many rows": (put(8, int32(2**31 - 1)), None, r"column 0 \('c0'\), byte \d+: it has 72 bytes of data"),
    "no columns": (put(12, int32(0)), None, r"byte 12: it has 0 columns, where the result has 8"),
    "too many columns": (put(12, int32(2**31 - 1)), None, r"byte 12: it has 2147483647 columns"),
    "no schema": (put(16, int32(0)), None, r"byte 16: its flags 0x0 say that it does not tell"),
    "another type": (
        put(TYPES_AT, b"\5"),
        None,
        r"column 0 \('c0'\), byte 28: its type is 5, where the result tells 9",
    ),
    "another width": (put(TYPES_AT + 6, int32(2)), None, r"column 1 \('c1'\), byte 34: its values are 2 bytes wide"),
    "digits of no decimal": (put(TYPES_AT + 31, b"\3\x27\0\x10"), None, r"column 6 .*a DECIMAL has 39 digits"),
    "more places than digits": (
        put(TYPES_AT + 31, b"\5\4\0\x10"),
        None,
        r"column 6 .*a DECIMAL has 5 digits or places",
    ),
    "width of no decimal": (put(TYPES_AT + 31, b"\3\4\0\x08"), None, r"column 6 .*its values are 8 bytes wide"),
    "too little data": (
        put(LENGTHS_AT, int32(71)),
        None,
        r"column 0 .*it has 71 bytes of data, where its rows have 72",
    ),
    "negative data": (put(LENGTHS_AT + 12, int32(-1)), None, r"column 3 .*it has -1 bytes of data"),
    "data behind the end": (put(LENGTHS_AT + 12, int32(2**31 - 1)), None, r"column 3 .*pass the end of the block"),
    "a BOOL of 2": (put(segment_at(1) + 2, b"\2"), None, r"column 1 \('c1'\), row 0, byte \d+: a BOOL is 2"),
    "an offset of -2": (
        put(segment_at(3), int32(-2)),
        None,
        r"column 3 \('c3'\), row 0, byte \d+: a value begins at -2",
    ),
    "an offset behind": (
        put(segment_at(3) + 8, int32(10**6)),
        None,
        r"column 3 .*, row 2, .*a value begins at 1000000",
    ),
    "a value behind": (
        put(segment_at(3) + 36, b"\xff\xff"),
        None,
        r"column 3 .*, row 0, .*a value of 65535 bytes passes",
    ),
    "a BLOB behind": (put(segment_at(5) + 36, b"\xff" * 4), None, r"column 5 .*, row 0, .*a value of 4294967295 bytes"),
    "half a character": (
        put(segment_at(4) + 36, b"\3\0"),
        None,
        r"column 4 .*, row 0, .*the 3 bytes of an NCHAR are no",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_told_with_its_place(damage):
    block, n_rows, message = DAMAGE[damage]
    with pytest.raises(InterfaceError, match=r"damaged block: .*" + message):
        decode(block, n_rows)


def test_the_row_of_damage_counts_over_the_whole_result():
    decoder = Decoder(FIELDS, 0)
    decoder.add_bytes(BLOCK)
    with pytest.raises(InterfaceError, match=r"column 3 \('c3'\), row 11, "):
        decoder.add_bytes(DAMAGE["an offset behind"][0])
    assert decoder.n_rows == 9
    assert [len(array) for array in decoder.finish()] == [9] * N


def test_a_block_cut_anywhere_is_refused():
    for end in range(len(BLOCK)):
        with pytest.raises(InterfaceError, match="damaged block"):
            decode(BLOCK[:end])


def test_a_block_that_admits_to_be_cut_is_refused():
    for end in range(28, len(BLOCK) - 1):
        with pytest.raises(InterfaceError, match="damaged block"):
            decode(put(4, int32(end))[:end])


def test_a_block_of_an_old_version_has_no_last_byte():
    assert [len(array) for array in decode(encode(COLUMNS, tail=b""))] == [9] * N


@RELAXED
@given(st.lists(st.tuples(st.integers(0, len(BLOCK) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes_are_refused_or_decode(changes):
    block = bytearray(BLOCK)
    for at, value in changes:
        block[at] = value
    refusal = ""
    arrays = []
    try:
        arrays = decode(block)
    except (InterfaceError, DataError) as error:
        refusal = str(error)
    assert "damaged block" in refusal or "not utf-" in refusal or {len(array) for array in arrays} == {9}


@RELAXED
@given(st.binary(max_size=400), st.booleans())
def test_bytes_at_random_are_refused(raw, has_header):
    with pytest.raises(InterfaceError, match="damaged block"):
        decode(BLOCK[:28] + raw if has_header else raw)


GUARDED = """
    import ctypes, mmap, sys
    from taosnative.columns._decode import Decoder
    from taosnative.errors import DataError, InterfaceError
    import test_hostile_blocks as hostile

    page = mmap.PAGESIZE
    n_bytes = -(-len(hostile.BLOCK) // page) * page
    memory = mmap.mmap(-1, n_bytes + page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mprotect(ctypes.c_void_p(start + n_bytes), ctypes.c_size_t(page), 0) == 0

    def read(block):
        ctypes.memmove(start + n_bytes - len(block), block, len(block))
        view = (ctypes.c_char * len(block)).from_address(start + n_bytes - len(block))
        try:
            hostile.decode(view)
        except (InterfaceError, DataError):
            return 1
        return 0

    import random
    random.seed(3)
    refused = sum(read(hostile.BLOCK[:end]) for end in range(len(hostile.BLOCK)))
    for _ in range(20_000):
        block = bytearray(hostile.BLOCK)
        for _ in range(random.randint(1, 3)):
            block[random.randrange(len(block))] = random.randrange(256)
        refused += read(bytes(block))
    assert read(hostile.BLOCK) == 0
    if "over" in sys.argv:
        ctypes.string_at(start + n_bytes - 1, 2)
    print(refused)
"""


def guarded(*arguments):
    command = [sys.executable, "-c", textwrap.dedent(GUARDED), *arguments]
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    return subprocess.run(command, env=path, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="mprotect is POSIX's")
def test_nothing_behind_a_block_is_read():
    """Blocks end where a page begins that nobody may read."""
    result = guarded()
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > len(BLOCK) + 5_000
    assert guarded("over").returncode < 0, "the page is not guarded"


def c_case(block, fields):
    """A case for blocks.c."""
    layouts = [(field.info.code, field.info.kind, field.info.width, 4 if field.info.ucs4 else 1) for field in fields]
    kinds = {Kind.FIXED: 0, Kind.VARIABLE: 1, Kind.DECIMAL: 2}
    packed = b"".join(bytes([code, kinds[kind], width, unit]) for code, kind, width, unit in layouts)
    return int32(len(fields)) + packed + int32(len(block)) + block


COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@pytest.mark.skipif(COMPILER is None or sys.platform == "win32", reason="no C compiler with sanitizers")
def test_sanitizers_find_nothing_in_the_reader(tmp_path):
    """Recorded blocks, cut at each of their bytes and changed at random, read by C under ASan and UBSan."""
    cases = [c_case(BLOCK, FIELDS)]
    for answer in recordings.answers("types_ms", "json_tags", "rows_8", "rows_9"):
        cases += [c_case(block, answer.fields) for block, _ in answer.blocks if len(block) < 3000]
    (tmp_path / "cases").write_bytes(b"".join(cases))
    flags = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fno-sanitize-recover=all"]
    flags += ["-fsanitize=address,undefined", f"-I{ROOT / 'include'}"]
    source, program = Path(__file__).parent / "blocks.c", tmp_path / "blocks"
    subprocess.run([COMPILER, *flags, str(source), "-o", str(program)], check=True)
    result = subprocess.run([program, tmp_path / "cases"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    n_whole, n_cut, n_changed = map(int, result.stdout.split())
    assert n_whole == len(cases)
    assert n_cut == 0
    assert 0 < n_changed < 200 * len(cases)
