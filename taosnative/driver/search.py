"""Finds a driver: which places are looked at, in which order, and what to tell where none has one.

A place that a user names (`driver=`, an embedded DSN, the environment) is the only one that is looked at: what was
asked for is never replaced by something else. Without one the system's own search comes first, then the folders that
TDengine's installers use. The current directory is never searched.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ..errors import DriverNotFoundError
from ._library import Driver, open_driver
from .advice import explain
from .binary import is_cut_short

logger = logging.getLogger("taosnative.driver")

ENVIRONMENT: Final = "TAOSNATIVE_DRIVER"
EMBEDDED: Final = "embedded"
_ENGINE_NEEDS: Final = ("duckdb", "sqlglot")


class System(NamedTuple):
    """Where an operating system has TDengine's client."""

    names: tuple[str, ...]  #: what its loader is asked for
    folders: tuple[str, ...]  #: where TDengine's installers put it
    searched: tuple[str, ...] = ()  #: folders looked at by us, since the loader itself looks into the current directory


SYSTEMS: Final[dict[str, System]] = {
    "linux": System(("libtaos.so", "libtaos.so.1"), ("/usr/local/taos/driver", "/usr/lib", "/usr/lib64")),
    "darwin": System(
        ("libtaos.dylib",), ("/usr/local/lib", "/usr/local/taos/driver"), ("~/lib", "/usr/local/lib", "/usr/lib")
    ),
    "win32": System(("taos.dll",), ("C:\\TDengine\\driver", "C:\\TDengine\\taos_odbc\\x64\\bin")),
}


class Place(NamedTuple):
    """One place that may have a driver."""

    name: str  #: a path, or the bare name of a library
    why: str  #: what led there, for the message


class Attempt(NamedTuple):
    """What came of a place."""

    place: Place
    said: str


def find_driver(driver: str | None = None, scheme: str | None = None) -> Driver:
    """Open the driver that a connection is to use.

    Parameters
    ----------
    driver : str, optional
        A path, the bare name of a library that the system's loader finds, or "embedded".
    scheme : str, optional
        The scheme of the DSN.

    Raises
    ------
    DriverNotFoundError
        None could be opened: every place, what the loader said there, and what to do.
    """
    attempts: list[Attempt] = []
    for place in places(driver, scheme, os.environ, sys.platform):
        try:
            if is_cut_short(place.name):  # it would end the process
                raise OSError("the file is cut short: it ends before its segments do")
            found = open_driver(place.name)
        except OSError as error:
            attempts.append(Attempt(place, str(error)))
            continue
        logger.debug("opened %s (%s)", found.path, place.why)
        return found
    raise DriverNotFoundError(_report(attempts))


def places(driver: str | None, scheme: str | None, environ: Mapping[str, str], system: str) -> Iterator[Place]:
    """The places to look at, in order."""
    if driver is not None:
        yield _named(driver, "driver=")
    elif scheme == EMBEDDED:
        yield _named(EMBEDDED, "the DSN")
    elif environ.get(ENVIRONMENT):
        yield _named(environ[ENVIRONMENT], ENVIRONMENT)
    else:
        yield from _searched(environ, SYSTEMS.get(system, SYSTEMS["linux"]))


def _named(name: str, why: str) -> Place:
    """What a user has named: a bare name is the loader's to find, any other path is taken from here."""
    if name == EMBEDDED:
        return Place(_embedded_library(), why)
    name = os.path.expanduser(name)
    return Place(name if os.path.basename(name) == name else os.path.abspath(name), why)


def _searched(environ: Mapping[str, str], system: System) -> Iterator[Place]:
    if system.searched:
        paths = f"{environ.get('DYLD_LIBRARY_PATH', '')}:{environ.get('DYLD_FALLBACK_LIBRARY_PATH', '')}".split(":")
        searched = [*filter(os.path.isabs, paths), *map(os.path.expanduser, system.searched)]
        for name in system.names:
            yield from (Place(f"{folder}/{name}", "the system's search") for folder in searched)
    else:
        yield from (Place(name, "the system's search") for name in system.names)
    separator = "\\" if system is SYSTEMS["win32"] else "/"
    for folder in system.folders:
        yield from (Place(f"{folder}{separator}{name}", "TDengine's folder") for name in system.names)


def _embedded_library() -> str:
    """The file of the embedded engine, which is imported first: its functions call into Python."""
    absent = [name for name in _ENGINE_NEEDS if importlib.util.find_spec(name) is None]
    if absent:
        raise DriverNotFoundError(
            f"the embedded engine needs {' and '.join(absent)}, which {'is' if len(absent) == 1 else 'are'} not "
            'installed: python -m pip install "taosnative[embedded]"'
        )
    try:
        module = importlib.import_module("taosnative.embedded._driver")
    except ImportError as error:
        raise DriverNotFoundError(f"the embedded engine cannot be imported: {error}") from error
    return str(module.__file__)


def _report(attempts: list[Attempt]) -> str:
    lines = ["no driver of TDengine could be opened. Looked at:"]
    advice: dict[str, None] = {}  # each once, in order
    for place, said in attempts:
        lines.append(f"  {place.name} ({place.why}): {said.removeprefix(f'{place.name}: ')}")
        advice[explain(place.name, said, platform.machine())] = None
    named = attempts[0].place.why in ("driver=", ENVIRONMENT)
    lines += [f"- {text}" for text in advice if text]
    if not named:
        lines.append(
            "- Install TDengine's client (https://docs.tdengine.com/), of the same first three numbers as the server, "
            f"or name its library by driver= or {ENVIRONMENT}. For a first look without a server: "
            'python -m pip install "taosnative[embedded]" and taosnative.connect("embedded:")'
        )
    return "\n".join(lines)
