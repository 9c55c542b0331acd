"""The compiled modules of taosnative, and the switches of their build.

TAOSNATIVE_LIMITED_API=0|1   build for the Limited API of CPython 3.11 and newer (one `cp311-abi3` wheel serves them
                             all). On by default; off, and not to be had, on free-threaded CPython.
TAOSNATIVE_LINETRACE=1       a full build whose Cython lines can be traced, for coverage.
TAOSNATIVE_WERROR=1          compiler warnings are errors.
"""

import glob
import os
import sys
import sysconfig

from Cython.Build import cythonize
from setuptools import Extension, setup

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
LINETRACE = os.environ.get("TAOSNATIVE_LINETRACE") == "1"
LIMITED_API = os.environ.get("TAOSNATIVE_LIMITED_API", "0" if FREE_THREADED or LINETRACE else "1") == "1"
if LIMITED_API and (FREE_THREADED or LINETRACE):
    sys.exit("TAOSNATIVE_LIMITED_API=1 can be had neither on free-threaded CPython nor with TAOSNATIVE_LINETRACE=1")

MACROS = [("Py_LIMITED_API", "0x030B0000")] if LIMITED_API else []
if LINETRACE:
    MACROS += [("CYTHON_TRACE", "1"), ("CYTHON_TRACE_NOGIL", "1"), ("CYTHON_USE_SYS_MONITORING", "0")]

if sys.platform == "win32":
    COMPILE_ARGS = ["/O2", "/std:c11"] + (["/WX"] if os.environ.get("TAOSNATIVE_WERROR") == "1" else [])
else:
    COMPILE_ARGS = ["-O3", "-std=c11", "-fno-strict-aliasing", "-Wall", "-Wno-unused-function"]
    COMPILE_ARGS += ["-Werror"] if os.environ.get("TAOSNATIVE_WERROR") == "1" else []
LIBRARIES = ["dl"] if sys.platform.startswith("linux") else []

# The embedded engine is a driver: its module has C files of its own, which export taosc's functions.
MODULES = {
    "taosnative.driver._library": [],
    "taosnative.columns._memory": [],
    "taosnative.columns._decode": [],
    "taosnative.columns._export": [],
    "taosnative.columns._cut": [],
    "taosnative.columns._bind": [],
    "taosnative.columns._group": [],
    "taosnative.columns._pack": [],
    "taosnative.native._wait": [],
    "taosnative.native._handle": [],
    "taosnative.native._connection": [],
    "taosnative.native._result": [],
    "taosnative.native._statement": [],
    "taosnative.embedded._bound": [],
    "taosnative.embedded._arrow": [],
    "taosnative.embedded._state": [],
    "taosnative.embedded._results": [],
    "taosnative.embedded._prepared": [],
    "taosnative.embedded._statements": [],
    "taosnative.embedded._statements1": [],
    "taosnative.embedded._driver": ["taosnative/embedded/exports.c"],
}


def rests_on(name: str) -> list[str]:
    """Files whose change makes a module to be built anew, and which a source distribution must have."""
    path = name.replace(".", "/")
    headers = glob.glob("include/taosnative/*.h") + glob.glob(f"{os.path.dirname(path)}/*.h")
    return [f"{path}.pyx", *sorted(headers)]


setup(
    ext_modules=cythonize(
        [
            Extension(
                name,
                [name.replace(".", "/") + ".pyx", *c_files],
                include_dirs=["include"],
                depends=rests_on(name),
                define_macros=MACROS,
                extra_compile_args=COMPILE_ARGS,
                libraries=LIBRARIES,
                py_limited_api=LIMITED_API,
            )
            for name, c_files in MODULES.items()
        ],
        compiler_directives={
            "language_level": 3,
            "binding": True,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
            "embedsignature": True,
            "freethreading_compatible": True,
            "linetrace": LINETRACE,
        },
        include_path=["."],
        nthreads=os.cpu_count() or 1,
    ),
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED_API else {},
)
