import platform
import struct
import sys

import pytest

import taosnative
from taosnative.driver import _library
from taosnative.driver.binary import is_cut_short, machine_of
from taosnative.errors import DriverNotFoundError


def elf(machine):
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, machine) + bytes(44)


@pytest.mark.parametrize(
    ("head", "machine"),
    [
        (elf(62), "x86_64"),
        (elf(183), "aarch64"),
        (b"\xcf\xfa\xed\xfe" + struct.pack("<I", 0x0100000C), "arm64"),
        (b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0xAA64), "ARM64"),
        (b"MZ", None),
        (b"\x7fELF", None),
        (b"", None),
        (b"#!/bin/sh", None),
    ],
)
def test_a_file_tells_what_it_was_built_for(head, machine, tmp_path):
    path = tmp_path / "library"
    path.write_bytes(head)
    assert machine_of(str(path)) == machine


@pytest.mark.skipif(sys.platform != "linux", reason="it is an ELF file")
def test_the_python_that_runs_this_was_built_for_this_machine():
    assert machine_of(_library.__file__) == platform.machine()
    assert not is_cut_short(_library.__file__)


@pytest.mark.skipif(sys.platform != "linux", reason="it is an ELF file")
@pytest.mark.parametrize("n_bytes", [63, 64, 300, 3000, 12000])
def test_a_library_that_is_cut_short_is_an_error_and_not_the_end_of_the_process(fault_library, tmp_path, n_bytes):
    path = tmp_path / "libtaos.so"
    path.write_bytes(fault_library.read_bytes()[:n_bytes])
    with pytest.raises(DriverNotFoundError, match="only a part of one"):
        taosnative.connect(driver=path)


def test_a_file_that_is_no_library_is_left_to_the_loader(tmp_path):
    path = tmp_path / "libtaos.so"
    path.write_bytes(b"text" * 100)
    assert not is_cut_short(str(path))
    assert not is_cut_short(str(tmp_path / "nothing"))
    assert not is_cut_short(str(tmp_path))
