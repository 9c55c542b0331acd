"""Definitions of columns and tags in CREATE and ALTER: types, lengths, encodings, and what may not stand together."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import BY_CODE, Kind
from .catalog import Column
from .protocol import EngineError
from .tokens import Reader, error

FIRST_COLUMN = 0x80002641
COLUMNS_NUMBER = 0x8000263F
TOO_MANY_COLUMNS = 0x80002640
DUPLICATED_COLUMN = 0x8000263C
INVALID_LENGTH = 0x80002642
TAGS_NUMBER = 0x80002643
ROW_LENGTH = 0x8000263E
TAGS_LENGTH = 0x8000263D
ONE_JSON_TAG = 0x80002633
JSON_COLUMN = 0x80002652

MAX_COLUMNS = 4096
MAX_TAGS = 128
MAX_ROW_BYTES = 65531
MAX_TAG_BYTES = 16384

_WORDS = {
    "bool": 1,
    "tinyint": 2,
    "smallint": 3,
    "int": 4,
    "integer": 4,
    "bigint": 5,
    "float": 6,
    "double": 7,
    "varchar": 8,
    "binary": 8,
    "timestamp": 9,
    "nchar": 10,
    "json": 15,
    "varbinary": 16,
    "geometry": 20,
}
#: What a word means with `unsigned` behind it.
_UNSIGNED = {"tinyint": 11, "smallint": 12, "int": 13, "integer": 13, "bigint": 14}
#: Types declared with a length, and the greatest.
_GREATEST = {8: 65517, 10: 16379, 16: 65517, 20: 65517}
_JSON_LENGTH = 4095

#: What DESCRIBE tells of a column that says nothing of it: encode, compress; the level is "medium".
_ENCODINGS = {
    9: ("delta-i", "lz4"),
    1: ("bit-packing", "zstd"),
    **dict.fromkeys((2, 3, 11, 12), ("simple8b", "zlib")),
    **dict.fromkeys((4, 5, 13, 14), ("simple8b", "lz4")),
    **dict.fromkeys((6, 7), ("delta-d", "lz4")),
    **dict.fromkeys((8, 10, 16), ("disabled", "zstd")),
    20: ("disabled", "lz4"),
}
DISABLED = ("disabled", "disabled", "disabled")


def width(column: Column) -> int:
    """Bytes that a value may take inside TDengine: the two of a length included, four a character of NCHAR."""
    info = BY_CODE[column.type]
    if info.kind is not Kind.VARIABLE:
        return info.width
    if column.type == 15:
        return MAX_TAG_BYTES
    return column.length * (4 if info.ucs4 else 1) + info.width


def type_text(column: Column) -> str:
    """The type as a definition writes it: VARCHAR(20)."""
    name = BY_CODE[column.type].name
    return f"{name}({column.length})" if column.type in _GREATEST else name


def read_type(reader: Reader) -> tuple[int, int]:
    """Take a type: its code and its length."""
    token = reader.token
    if token.kind != "id" or token.value not in _WORDS:
        reader.fail()
    reader.next()
    code = _WORDS[token.value]
    if token.value in _UNSIGNED and reader.accept("unsigned"):
        code = _UNSIGNED[token.value]
    if code in _GREATEST:
        reader.expect("(")
        length = reader.integer()
        reader.expect(")")
        return code, length
    return code, _JSON_LENGTH if code == 15 else BY_CODE[code].width


def read_column(reader: Reader, *, is_tag: bool = False) -> Column:
    """Take a column's name, type and options."""
    column = Column(reader.name(), *read_type(reader), physical="")
    column.encode, column.compress, column.level = (
        DISABLED if is_tag else (*_ENCODINGS.get(column.type, ("", "")), "medium")
    )
    while not is_tag:
        if reader.accept("primary", "key"):
            column.is_key = True
        elif reader.at("encode", "compress", "level"):
            setattr(column, reader.next().value, reader.string().lower())
        else:
            break
    if reader.accept("comment"):
        reader.string()
    return column


def read_columns(reader: Reader, *, is_tag: bool = False) -> list[Column]:
    """Take a list of definitions in brackets."""
    reader.expect("(")
    columns = [read_column(reader, is_tag=is_tag)]
    while reader.accept(","):
        columns.append(read_column(reader, is_tag=is_tag))
    reader.expect(")")
    return columns


def _check_length(column: Column) -> None:
    """Refuse a length that its type does not have."""
    if column.type in _GREATEST and not 1 <= column.length <= _GREATEST[column.type]:
        raise EngineError(INVALID_LENGTH, "Invalid column length for var length type")


def check_table(columns: Sequence[Column], tags: Sequence[Column]) -> None:
    """Refuse a table that cannot be."""
    if columns[0].type != 9:
        raise EngineError(FIRST_COLUMN, "First column must be timestamp")
    if len(columns) < 2:
        raise EngineError(COLUMNS_NUMBER, "Illegal number of columns")
    if len(columns) > MAX_COLUMNS:
        raise EngineError(TOO_MANY_COLUMNS, "Too many columns")
    if len(tags) > MAX_TAGS:
        raise EngineError(TAGS_NUMBER, "Invalid number of tag columns")
    names: set[str] = set()
    for column in (*tags, *columns):
        if column.name in names:
            raise EngineError(DUPLICATED_COLUMN, "Duplicated column names")
        names.add(column.name)
    if len(tags) > 1 and any(tag.type == 15 for tag in tags):
        raise EngineError(ONE_JSON_TAG, "Only one tag if there is a json tag")
    if any(column.type == 15 for column in columns):
        raise EngineError(JSON_COLUMN, "Only tag can be json type")
    for column in (*tags, *columns):
        _check_length(column)
    _check_widths(columns, tags)


def _check_widths(columns: Sequence[Column], tags: Sequence[Column]) -> None:
    """Refuse rows or tags that would be too wide."""
    if sum(map(width, columns)) > MAX_ROW_BYTES:
        raise error(ROW_LENGTH, f"Row length exceeds max length {MAX_ROW_BYTES} bytes")
    if sum(map(width, tags)) > MAX_TAG_BYTES:
        raise error(TAGS_LENGTH, f"Tags length exceeds max length {MAX_TAG_BYTES} bytes")


def number(columns: Sequence[Column], prefix: str, first: int = 0) -> None:
    """Give columns their names in DuckDB."""
    for index, column in enumerate(columns, first):
        column.physical = f"{prefix}{index}"
