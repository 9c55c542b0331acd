"""Reads how to connect: a DSN, and the keyword arguments of `connect`, into one `Settings`.

    taos://user:password@host:6030/database?timezone=Asia/Shanghai
    embedded:                     a server of its own, in memory
    embedded:///path/plant.db     in a file
    embedded:///:memory:NAME      in memory, shared by name in this process

The query string takes every keyword argument of `connect`. What is reserved in a URL is percent-encoded. Of a DSN's
text only an option's name is ever repeated in an error, since the rest may hold a piece of a password.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote, unquote

from .errors import InterfaceError

Scheme = Literal["taos", "embedded"]

SCHEMES: Final[tuple[Scheme, ...]] = ("taos", "embedded")

#: What only the embedded engine understands. It stays in the address that the engine gets.
ENGINE_OPTIONS: Final[tuple[str, ...]] = ("clock",)

_MEMORY: Final = ":memory:"
_WORD: Final = re.compile(r"[a-z_]+")
_ENCODE_HINT: Final = "characters like / ? # @ : % in a user or a password must be percent-encoded ('@' is %40)"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to connect. None leaves a thing to the driver, which knows TDengine's defaults and its own `taos.cfg`."""

    scheme: Scheme | None = None  #: None: no DSN was given
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    driver: str | None = None
    config: str | None = None
    timezone: str | None = None
    charset: str | None = None
    user_ip: str | None = None
    user_app: str | None = None
    timeout: float | None = None
    connect_timeout: float = 60.0
    nulls: str = "numpy"
    strings: str = "object"
    errors: str = "strict"
    times: str = "datetime"
    #: What the driver gets as a host: the host, or a DSN of the embedded engine.
    address: str | None = None


def parse(dsn: str | None = None, **keywords: Any) -> Settings:
    """Read a DSN and keyword arguments, of which the latter win.

    Parameters
    ----------
    dsn : str, optional
        See the module's text.
    **keywords
        The keyword arguments of `connect`; None is "not given".

    Raises
    ------
    InterfaceError
        What is wrong, and how it should look. Never with a password.
    """
    if dsn is not None and not isinstance(dsn, str):
        raise InterfaceError(f"a DSN is a str, not {type(dsn).__name__}")
    given: dict[str, Any] = {} if dsn is None else _read(dsn)
    engine: dict[str, str] = given.pop("engine", {})
    path: str = given.pop("path", "")
    given |= {name: value for name, value in keywords.items() if value is not None}
    for name in given:
        if name != "scheme" and name not in OPTIONS:
            raise _unknown(name, OPTIONS)
    values = {name: value if name == "scheme" else OPTIONS[name](name, value) for name, value in given.items()}
    scheme = values.get("scheme")
    if scheme == "embedded" or (scheme is None and values.get("driver") == "embedded" and "host" not in values):
        _refuse_place(values)
        return Settings(**values | {"scheme": "embedded"}, address=_engine_address(path, engine))
    return Settings(**values, address=values.get("host"))


# ---- the text of a DSN -----------------------------------------------------------------------------------------------


def _read(dsn: str) -> dict[str, Any]:
    """The parts of a DSN, decoded, as texts: keywords of `connect`, and `scheme`, `path` and `engine`."""
    scheme, colon, rest = dsn.partition(":")
    if not colon or scheme not in SCHEMES:
        raise InterfaceError(
            "a DSN begins with taos:// or embedded: "
            "(as in taos://user:password@host:6030/database, embedded: or embedded:///path/file.db)"
        )
    if "#" in rest:
        raise InterfaceError(f"a DSN has no '#': {_ENCODE_HINT}")
    rest, _, query = rest.partition("?")
    if "@" in query and "@" not in rest:
        raise InterfaceError(f"a DSN has no '@' behind its '?': {_ENCODE_HINT}")
    parts: dict[str, Any] = {"scheme": scheme}
    authority, path = "", rest
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    elif scheme == "taos":
        raise InterfaceError("a DSN of a server begins with taos://")
    _read_authority(authority, parts)
    if scheme == "taos":
        _read_database(path, parts)
        _read_query(query, parts, ())
    else:
        parts["path"] = _decode("path", path)
        _read_query(query, parts, ENGINE_OPTIONS)
    return parts


def _read_authority(authority: str, parts: dict[str, Any]) -> None:
    userinfo, at, place = authority.rpartition("@")
    if at:
        user, colon, password = userinfo.partition(":")
        if user:
            parts["user"] = _decode("user", user)
        if colon:
            parts["password"] = _decode("password", password)
    if place.startswith("["):  # an IPv6 address has colons of its own
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if host:
        parts["host"] = _decode("host", host)
    if port:
        parts["port"] = port
        if not _is_port(port):
            raise InterfaceError(f"the port of a DSN is a number from 1 to 65535, one host a DSN ({_ENCODE_HINT})")


def _read_database(path: str, parts: dict[str, Any]) -> None:
    database = path.removeprefix("/").removesuffix("/")
    if "/" in database or "@" in database:
        raise InterfaceError(f"a DSN names one database behind the host, as in taos://host/power ({_ENCODE_HINT})")
    if database:
        parts["database"] = _decode("database", database)


def _read_query(query: str, parts: dict[str, Any], engine_options: tuple[str, ...]) -> None:
    engine: dict[str, str] = {}
    seen: set[str] = set()
    for pair in query.split("&") if query else ():
        name, equals, value = pair.partition("=")
        if name not in OPTIONS and name not in engine_options:
            raise _unknown(name, (*OPTIONS, *engine_options))
        if not equals:
            raise InterfaceError(f"the option {name!r} of a DSN has no value: {name}=…")
        if name in seen:
            raise InterfaceError(f"the option {name!r} is twice in a DSN")
        seen.add(name)
        (engine if name in engine_options else parts)[name] = _decode(name, value)
    parts["engine"] = engine


def _unknown(name: str, known: Mapping[str, Any] | tuple[str, ...]) -> InterfaceError:
    said = repr(name) if _WORD.fullmatch(name) else "one that is no word"
    return InterfaceError(f"unknown option: {said}. There are {', '.join(sorted(known))}")


def _decode(what: str, text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise InterfaceError(
            f"the {what} of a DSN has a '%' with no two hexadecimal digits behind it ('%' itself is %25)"
        )
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InterfaceError(f"the {what} of a DSN is not UTF-8 when its percent signs are decoded") from None


# ---- the embedded engine ---------------------------------------------------------------------------------------------


def _refuse_place(values: dict[str, Any]) -> None:
    for name in ("host", "port"):
        if name in values:
            raise InterfaceError(
                f"the embedded engine has no {name}: embedded: for memory, embedded:///path/file.db for a file"
            )


def _engine_address(path: str, options: dict[str, str]) -> str:
    """What the engine is told: its file or its name in memory, and its own options."""
    query = "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items()) if options else ""
    name = path.removeprefix("/")
    if not path:
        return f"embedded:{query}#{os.getpid()}.{next(_numbers)}"
    if name.startswith(_MEMORY):
        if name == _MEMORY:
            raise InterfaceError("embedded:///:memory:NAME needs a name; embedded: alone is a server of its own")
        return f"embedded:///{_MEMORY}{quote(name.removeprefix(_MEMORY), safe='')}{query}"
    if os.name == "nt" and re.match(r"[A-Za-z]:", name):
        path = name
    if path.endswith("/"):
        raise InterfaceError("embedded:///path/file.db names a file, not a folder")
    return f"embedded:///{quote(os.path.abspath(path).replace(os.sep, '/').lstrip('/'), safe='/:')}{query}"


# ---- keyword arguments -----------------------------------------------------------------------------------------------


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InterfaceError(f"{name} is a str, not {type(value).__name__}")
    if "\0" in value:
        raise InterfaceError(f"{name} has a NUL character, where the driver would stop reading")
    return value


def _text_or_none(name: str, value: Any) -> str | None:
    return _text(name, value) or None


def _path(name: str, value: Any) -> str | None:
    return _text_or_none(name, os.fsdecode(value) if isinstance(value, os.PathLike) else value)


def _port(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InterfaceError(f"{name} is an int, not {type(value).__name__}")
    if not _is_port(str(value)):
        raise InterfaceError(f"{name} is from 1 to 65535")
    return int(value)


def _charset(name: str, value: Any) -> str:
    if _text(name, value).upper().replace("-", "") != "UTF8":
        raise InterfaceError(f"{name} can be UTF-8 alone: every text that taosnative sends and reads is in it")
    return "UTF-8"


def _user_app(name: str, value: Any) -> str:
    text = _text(name, value)
    if len(text.encode()) > 23:
        raise InterfaceError(f"{name} has at most 23 bytes, of which the server would drop the rest")
    return text


def seconds(name: str, value: Any) -> float:
    """A time limit: a number above 0, of which inf is none."""
    try:
        if isinstance(value, bool) or not (number := float(value)) > 0:
            raise ValueError
    except (TypeError, ValueError):
        raise InterfaceError(f"{name} is a number of seconds above 0 (inf for no limit)") from None
    return number


def limit_of_call(timeout: float | None) -> float | None:
    """A time limit of a call, checked; None is "not given"."""
    return None if timeout is None else seconds("timeout", timeout)


def _one_of(*choices: str) -> Callable[[str, Any], str]:
    def convert(name: str, value: Any) -> str:
        if value not in choices:
            raise InterfaceError(f"{name} is one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return convert


#: The keyword arguments of `connect`, and how each is read and checked.
OPTIONS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "host": _text_or_none,
    "port": _port,
    "user": _text,
    "password": _text,
    "database": _text_or_none,
    "driver": _path,
    "config": _path,
    "timezone": _text_or_none,
    "charset": _charset,
    "user_ip": _text,
    "user_app": _user_app,
    "timeout": seconds,
    "connect_timeout": seconds,
    "nulls": _one_of("numpy", "masked", "raise"),
    "strings": _one_of("object", "bytes", "stringdtype"),
    "errors": _one_of("strict", "replace", "surrogateescape"),
    "times": _one_of("datetime", "numpy", "pandas"),
}
