"""Options of a database: what they are called, what they take, and what they are when nothing is said."""

from __future__ import annotations

from typing import NamedTuple

from .protocol import EngineError
from .tokens import Reader, error

INVALID_OPTION = 0x80002619

_MINUTES = {"m": 1, "h": 60, "d": 1440}


class Option(NamedTuple):
    """An option of CREATE DATABASE."""

    default: str  #: as SHOW CREATE DATABASE writes it
    low: int = 0
    high: int = 0
    words: tuple[str, ...] = ()  #: what a text may say
    unit: str = ""  #: of a duration that has none
    alterable: bool = True


#: In the order in which SHOW CREATE DATABASE writes them.
OPTIONS = {
    "buffer": Option("256", 3, 16384),
    "cachesize": Option("1", 1, 65536),
    "cachemodel": Option("'none'", words=("none", "last_row", "last_value", "both")),
    "comp": Option("2", 0, 2, alterable=False),
    "duration": Option("10d", 60, 525600 * 10, unit="d", alterable=False),
    "wal_fsync_period": Option("3000", 0, 180000),
    "maxrows": Option("4096", 200, 10000, alterable=False),
    "minrows": Option("100", 10, 1000),
    "stt_trigger": Option("2", 1, 16),
    "keep": Option("3650d,3650d,3650d", 1440, 365000 * 1440, unit="d"),
    "pages": Option("256", 64, 2**31 - 1),
    "pagesize": Option("4", 1, 16384, alterable=False),
    "precision": Option("'ms'", words=("ms", "us", "ns"), alterable=False),
    "replica": Option("1", 1, 3),
    "wal_level": Option("1", 0, 2),
    "vgroups": Option("2", 1, 1024, alterable=False),
    "single_stable": Option("0", 0, 1, alterable=False),
    "table_prefix": Option("0", -191, 191, alterable=False),
    "table_suffix": Option("0", -191, 191, alterable=False),
    "tsdb_pagesize": Option("4", 1, 16384, alterable=False),
    "wal_retention_period": Option("3600", -1, 2**31 - 1),
    "wal_retention_size": Option("0", -1, 2**63 - 1),
    "keep_time_offset": Option("0", 0, 23),
    "encrypt_algorithm": Option("'none'", words=("none", "sm4"), alterable=False),
    "s3_chunkpages": Option("131072", 4096, 1024 * 1024, alterable=False),
    "s3_keeplocal": Option("525600m", 1440, 365000 * 1440, unit="d"),
    "s3_compact": Option("1", 0, 1),
    "compact_interval": Option("0d", 0, 10 * 525600, unit="d"),
    "compact_time_range": Option("0d,0d"),
    "compact_time_offset": Option("0h", 0, 23, unit="h"),
}
#: Taken, and of no consequence.
_IGNORED = frozenset(("strict", "schemaless", "wal_roll_period", "wal_segment_size", "retentions"))


def read_options(reader: Reader, *, altering: bool = False) -> dict[str, str]:
    """Take the options that follow, each once or more; the last of a name counts."""
    chosen: dict[str, str] = {}
    while reader.token.kind == "id":
        name = reader.token.value
        if name in _IGNORED and not altering:
            reader.next()
            reader.next()
            continue
        option = OPTIONS.get(name)
        if option is None or (altering and not option.alterable):
            reader.fail()
        reader.next()
        chosen[name] = _read(reader, name, option)
    return chosen


def _read(reader: Reader, name: str, option: Option) -> str:
    if option.words:
        word = reader.string()
        if word.lower() not in option.words:
            raise error(INVALID_OPTION, f"Invalid option {name}: {word}")
        return f"'{word.lower()}'"
    if name == "keep":
        return _read_keep(reader, option)
    if option.unit:
        return _read_duration(reader, name, option)
    sign = -1 if reader.accept("-") else 1
    value = reader.integer() * sign
    _check(name, value, option, str(value))
    return str(value)


def _check(name: str, value: int, option: Option, text: str) -> None:
    if option.high and not option.low <= value <= option.high:
        raise error(INVALID_OPTION, f"Invalid option {name}: {text}, valid range: [{option.low}, {option.high}]")


def _read_duration(reader: Reader, name: str, option: Option) -> str:
    token = reader.next()
    text = token.value
    unit = text[-1:] if not text.isdigit() else option.unit
    digits = text if text.isdigit() else text[:-1]
    if token.kind != "number" or not digits.isdigit() or unit not in _MINUTES:
        reader.fail(token)
    if option.unit == "d":
        _check(name, int(digits) * _MINUTES[unit], option, text)
    return digits + unit


def _read_keep(reader: Reader, option: Option) -> str:
    spans = [_read_duration(reader, "keep", option)]
    while reader.accept(","):
        spans.append(_read_duration(reader, "keep", option))
    if len(spans) > 3:
        raise EngineError(INVALID_OPTION, "Invalid number of keep options")
    spans += spans[-1:] * (3 - len(spans))
    return ",".join(spans)


def keep_minutes(options: dict[str, str]) -> int:
    """How long a database keeps rows, by the last of its three spans."""
    last = options.get("keep", OPTIONS["keep"].default).rsplit(",", 1)[-1]
    return int(last[:-1]) * _MINUTES[last[-1]]
