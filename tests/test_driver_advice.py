import struct

import pytest

from taosnative.driver.advice import explain


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (
            "/x/libtaos.so: cannot enable executable stack as shared object requires: Invalid argument",
            "patchelf --clear-execstack",
        ),
        ("/x/libtaos.so: wrong ELF class: ELFCLASS32", "another kind of processor"),
        ("dlopen(/x/libtaos.dylib): tried: '/x' (mach-o file, but is an incompatible architecture)", "another kind"),
        ("error 193: %1 is not a valid Win32 application.", "another kind of processor"),
        ("/x/libtaos.so: invalid ELF header", "no library of this system"),
        ("/x/libtaos.so: file too short", "only a part of one"),
        ("libtaosnative.so: cannot open shared object file: No such file or directory", "not: libtaosnative.so"),
        ("dlopen(/x): Library not loaded: @rpath/libtaosnative.dylib", "not: @rpath/libtaosnative.dylib"),
        ("error 126: The specified module could not be found.", "needs another that is not. From 3.3.6"),
        ("/lib/libm.so.6: version `GLIBC_2.38' not found (required by /x)", "it needs GLIBC_2.38"),
        ("/x/libtaos.so: undefined symbol: GEOSGeomFromWKB", "GEOSGeomFromWKB is in none"),
        ("/x/libtaos.so: cannot open shared object file: Permission denied", "may not read the file"),
        ("it is a library, but no driver of TDengine: it does not have taos_connect", "the client's own library"),
    ],
)
def test_what_a_loader_says_is_explained(said, advice, tmp_path):
    path = tmp_path / "libtaos.so"
    path.write_bytes(b"")
    assert explain(str(path), said, "x86_64").startswith(f"{path}: ")
    assert advice in explain(str(path), said, "x86_64")


def test_a_file_that_is_not_there_needs_no_advice(tmp_path):
    said = f"{tmp_path}/libtaos.so: cannot open shared object file: No such file or directory"
    assert explain(f"{tmp_path}/libtaos.so", said, "x86_64") == ""
    assert (
        explain("libtaos.so", "libtaos.so: cannot open shared object file: No such file or directory", "x86_64") == ""
    )


ARM = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 183) + bytes(44)


def test_a_library_for_another_processor_is_told_whatever_the_loader_says(tmp_path):
    path = tmp_path / "libtaos.so"
    path.write_bytes(ARM)
    said = f"{path}: cannot open shared object file: No such file or directory"
    assert "was built for aarch64, and this Python is for x86_64" in explain(str(path), said, "x86_64")
    assert "was built for" not in explain(str(path), said, "arm64")
