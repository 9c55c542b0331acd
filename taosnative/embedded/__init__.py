"""The embedded engine: a driver of our own with taosc's C functions, doing its work in DuckDB.

It serves people who have no server: first steps, notebooks, tests. A client opens it as it opens TDengine's own driver,
so everything between the client and the driver is the same as with a server, and so are the answers: those that
TDengine 3.3.5.8 gives. What it does not emulate it refuses with TDengine's own error code.

It is no server: one process has a file open, and nobody else reaches it. It is no cluster, and it is not for production
data.

The driver's half (`_driver` and the compiled modules around it) has the C functions and knows no SQL; the engine's half
has the SQL and no pointer; `protocol` is all that they share.
"""

from pathlib import Path

__all__ = ["library_path"]


def library_path() -> Path:
    """Where the shared library is that exports taosc's functions, to be opened like any driver.

    Opening it imports nothing; the first call imports the engine into the interpreter of the process.
    """
    from importlib.util import find_spec

    spec = find_spec("taosnative.embedded._driver")
    if spec is None or spec.origin is None:
        raise ImportError("taosnative.embedded._driver was not built: python setup.py build_ext --inplace")
    return Path(spec.origin)
