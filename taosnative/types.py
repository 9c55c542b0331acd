"""THE table of TDengine's types: what each is called, how wide it is, and what it becomes elsewhere.

What is known of a type stands once, as a row of `TYPES`; code looks it up and never compares type codes. A code that
is not in the table is an error wherever it is met, never a guess.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class Kind(enum.IntEnum):
    """How a column's values lie in a block."""

    FIXED = 0  #: a bitmap of NULLs, then values of one width
    VARIABLE = 1  #: an int32 offset a row (-1 is NULL), then values with a length before each
    DECIMAL = 2  #: FIXED, where a value is an unscaled integer and the scale stands in the block's schema


class TypeInfo(NamedTuple):
    """A row of the table of types."""

    code: int  #: the number in the C API
    name: str  #: what DESCRIBE and `Field.type` call it
    kind: Kind
    width: int  #: bytes of a value in a block; of a VARIABLE type the bytes of the length before each value
    dtype: str  #: numpy's dtype; "M8" stands for datetime64 in the precision of the result
    null: str  #: NULL in numpy by default: "masked", "nan", "nat" or "none"
    arrow: str  #: Arrow's format, with places for {unit} and {zone} of times, {digits} and {scale} of decimals
    text: bool = False  #: VARIABLE: a str in Python (else bytes)
    ucs4: bool = False  #: VARIABLE: UCS-4 in a block (else UTF-8 or bytes)
    extension: str = ""  #: Arrow's name for what the values mean, beyond their format


TYPES: Final[tuple[TypeInfo, ...]] = (
    TypeInfo(1, "BOOL", Kind.FIXED, 1, "?", "masked", "b"),
    TypeInfo(2, "TINYINT", Kind.FIXED, 1, "i1", "masked", "c"),
    TypeInfo(3, "SMALLINT", Kind.FIXED, 2, "i2", "masked", "s"),
    TypeInfo(4, "INT", Kind.FIXED, 4, "i4", "masked", "i"),
    TypeInfo(5, "BIGINT", Kind.FIXED, 8, "i8", "masked", "l"),
    TypeInfo(6, "FLOAT", Kind.FIXED, 4, "f4", "nan", "f"),
    TypeInfo(7, "DOUBLE", Kind.FIXED, 8, "f8", "nan", "g"),
    TypeInfo(8, "VARCHAR", Kind.VARIABLE, 2, "O", "none", "u", text=True),
    TypeInfo(9, "TIMESTAMP", Kind.FIXED, 8, "M8", "nat", "ts{unit}:{zone}"),
    TypeInfo(10, "NCHAR", Kind.VARIABLE, 2, "O", "none", "u", text=True, ucs4=True),
    TypeInfo(11, "TINYINT UNSIGNED", Kind.FIXED, 1, "u1", "masked", "C"),
    TypeInfo(12, "SMALLINT UNSIGNED", Kind.FIXED, 2, "u2", "masked", "S"),
    TypeInfo(13, "INT UNSIGNED", Kind.FIXED, 4, "u4", "masked", "I"),
    TypeInfo(14, "BIGINT UNSIGNED", Kind.FIXED, 8, "u8", "masked", "L"),
    TypeInfo(15, "JSON", Kind.VARIABLE, 2, "O", "none", "u", text=True, extension="arrow.json"),
    TypeInfo(16, "VARBINARY", Kind.VARIABLE, 2, "O", "none", "z"),
    TypeInfo(17, "DECIMAL", Kind.DECIMAL, 16, "O", "none", "d:{digits},{scale}"),
    TypeInfo(18, "BLOB", Kind.VARIABLE, 4, "O", "none", "z"),
    TypeInfo(20, "GEOMETRY", Kind.VARIABLE, 2, "O", "none", "z", extension="geoarrow.wkb"),
    TypeInfo(21, "DECIMAL64", Kind.DECIMAL, 8, "O", "none", "d:{digits},{scale}"),
)

BY_CODE: Final[dict[int, TypeInfo]] = {info.code: info for info in TYPES}
BY_NAME: Final[dict[str, TypeInfo]] = {info.name: info for info in TYPES}

#: What a result's precision number means: the unit of numpy's datetime64.
PRECISIONS: Final[tuple[str, str, str]] = ("ms", "us", "ns")


class Field(NamedTuple):
    """A column of a result, as the driver describes it."""

    name: str
    type: str  #: TDengine's name of the type: "INT UNSIGNED", "VARCHAR", …
    bytes: int  #: width of a value; declared length of a variable one (NCHAR: characters)
    precision: int = 0  #: DECIMAL: digits in all; TIMESTAMP: 3, 6 or 9 digits of a second
    scale: int = 0  #: DECIMAL: digits behind the point

    @property
    def info(self) -> TypeInfo:
        """The row of the table of types that this column's type is."""
        return BY_NAME[self.type]
