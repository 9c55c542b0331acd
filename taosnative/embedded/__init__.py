"""The embedded engine: a driver of our own with taosc's C functions, doing its work in DuckDB.

It serves people who have no server: first steps, notebooks, tests. A client opens it as it opens TDengine's own driver,
so everything between the client and the driver is the same as with a server, and so are the answers: those that
TDengine 3.3.5.8 gives. What it does not emulate it refuses with TDengine's own error code.

It is no server: one process has a file open, and nobody else reaches it. It is no cluster, and it is not for production
data.

The driver's half (`_driver` and the compiled modules around it) has the C functions and knows no SQL; the engine's half
has the SQL and no pointer; `protocol` is all that they share.
"""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["library_path", "link"]

#: What TDengine's client library is called, by platform; on Linux if not told.
_LIBRARY_NAMES = {"win32": "taos.dll", "darwin": "libtaos.dylib"}


def library_path() -> Path:
    """Where the shared library is that exports taosc's functions, to be opened like any driver.

    Opening it imports nothing; the first call imports the engine into the interpreter of the process.
    """
    spec = find_spec("taosnative.embedded._driver")
    if spec is None or spec.origin is None:
        raise ImportError("taosnative.embedded._driver was not built: python setup.py build_ext --inplace")
    return Path(spec.origin)


def link(folder: Path) -> Path:
    """Put the engine into a folder under the name of TDengine's client library, and return where it is.

    A client that runs in a Python process finds it there (`LD_LIBRARY_PATH` on Linux, `DYLD_LIBRARY_PATH` on macOS,
    `PATH` on Windows) and needs no change. It is a symbolic link, or a copy where links cannot be had.

    Parameters
    ----------
    folder
        Where the library goes; it is made if need be. A library of that name that is there already is replaced if it
        is a link.

    Raises
    ------
    FileExistsError
        A file of that name is there, perhaps TDengine's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.resolve() / _LIBRARY_NAMES.get(sys.platform, "libtaos.so")
    if path.is_symlink():
        path.unlink()
    if path.exists():
        raise FileExistsError(f"{path} exists; it is left as it is, remove it first or take another folder")
    if sys.platform == "win32":
        shutil.copyfile(library_path(), path)
    else:
        os.symlink(library_path().resolve(), path)
    return path
