"""What to do about a library that does not open, by what the system's loader says of it and by what its file tells."""

from __future__ import annotations

import os
import re
from typing import Final

from .binary import machine_of

_SAME: Final[dict[str, str]] = {"amd64": "x86_64", "arm64": "aarch64"}

_EXECUTABLE_STACK: Final = (
    "This library asks for an executable stack, which glibc 2.41 and newer refuses to a library that is opened at run "
    "time. Take the mark from a copy of it (patchelf --clear-execstack libtaos.so), or start Python with "
    "GLIBC_TUNABLES=glibc.rtld.execstack=2"
)
_NOT_FOUND: Final = "No such file or directory"

#: What a loader says, and what that means; the first that is found in it counts.
_SAYINGS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile("executable stack"), _EXECUTABLE_STACK),
    (
        re.compile(r"version `?(GLIBC\w*_[\d.]+)'? not found"),
        "This library was built for a newer system than this one: it needs {0}. Install a client built for this system",
    ),
    (
        re.compile(r"undefined symbol: (\w+)|symbol not found[^']*'_?(\w+)'", re.IGNORECASE),
        "This library does not fit the libraries that it is opened with: {0} is in none of them",
    ),
    (
        re.compile(r"wrong ELF class|incompatible architecture|wrong architecture|error 193\b"),
        "This library is for another kind of processor or Python than this one",
    ),
    (
        re.compile(
            r"invalid ELF header|file too short|is cut short|not a mach-o file|no suitable image", re.IGNORECASE
        ),
        "This file is no library of this system, or only a part of one",
    ),
    (re.compile(r"Permission denied|error 5\b"), "This user may not read the file, or a folder above it"),
    (re.compile("it is a library, but no driver"), "Name the client's own library, libtaos"),
    (
        re.compile(r"(\S+): cannot open shared object file|Library not loaded: (\S+)|error 126\b"),
        "This library is there, and needs another that is not: {0}. From 3.3.6 on libtaos needs libtaosnative, and the "
        "libraries installed with it, in the same folder or where the system looks",
    ),
)


def explain(path: str, said: str, machine: str) -> str:
    """What to do about a library.

    Parameters
    ----------
    path : str
        The library that was asked for: a path, or a bare name.
    said : str
        The loader's words.
    machine : str
        What this Python runs on, as `platform.machine` tells it.

    Returns
    -------
    str
        Advice, or "" where the words say it all: there is no such file.
    """
    if _is_absent(path, said):
        return ""
    built_for = machine_of(path)
    if built_for is not None and _common(built_for) != _common(machine):
        return f"{path} was built for {built_for}, and this Python is for {machine}: install the client for {machine}"
    for pattern, advice in _SAYINGS:
        match = pattern.search(said)
        if match:
            words = [word for word in match.groups() if word]
            return f"{path}: {advice.format(*words) if words else advice.replace(': {0}', '')}"
    return ""


def _common(machine: str) -> str:
    return _SAME.get(machine.lower(), machine.lower())


def _is_absent(path: str, said: str) -> bool:
    """Whether the loader misses the library itself, and not one that it needs."""
    if os.path.isabs(path):
        return not os.path.exists(path)
    return (said.startswith(f"{path}: ") and _NOT_FOUND in said) or "error 126" in said
