"""Columns of every type for tests of Arrow and frames: what they are in a block, and what they are to become."""

import datetime
from decimal import Decimal

from block_encoder import Column, encode

from taosnative.types import BY_NAME, Field

POINT = bytes.fromhex("0101000000000000000000f03f0000000000000040")

#: Two values of each type, as a block's encoder takes them.
VALUES = {
    "BOOL": (True, False),
    "TINYINT": (-128, 127),
    "SMALLINT": (-32768, 32767),
    "INT": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "FLOAT": (1.5, -0.25),
    "DOUBLE": (1e300, -2.5),
    "VARCHAR": ("", "meter 漢"),
    "TIMESTAMP": (1_700_000_000_123, -1),
    "NCHAR": ("é", "漢字 🎉"),
    "TINYINT UNSIGNED": (0, 255),
    "SMALLINT UNSIGNED": (1, 65535),
    "INT UNSIGNED": (1, 2**32 - 1),
    "BIGINT UNSIGNED": (1, 2**64 - 1),
    "JSON": ('{"a": 1}', "null"),
    "VARBINARY": (b"", b"\x00\xff"),
    "DECIMAL": (10**25, -1),
    "BLOB": (b"a", b"\x00" * 9),
    "GEOMETRY": (POINT, POINT),
    "DECIMAL64": (123, -(10**17)),
}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
DECIMALS = {"DECIMAL": (30, 3), "DECIMAL64": (18, 2)}


def field(kind, name=None):
    return Field(name or kind.lower(), kind, 8, *DECIMALS.get(kind, ()))


def fields(kinds=tuple(VALUES)):
    return [field(kind) for kind in kinds]


def told(kinds=tuple(VALUES)):
    """The same as the fault driver tells them."""
    return [(one.name, BY_NAME[one.type].code, one.bytes, *DECIMALS.get(one.type, ())) for one in fields(kinds)]


def column(kind, values):
    digits, scale = DECIMALS.get(kind, (18, 0))
    return Column(kind, list(values), digits=digits, scale=scale, junk=5)


def block(pattern, kinds=tuple(VALUES)):
    """A block whose rows are 0 or 1 for the two values of each type, or None."""
    columns = [column(kind, [None if i is None else VALUES[kind][i] for i in pattern]) for kind in kinds]
    return encode(columns), len(pattern)


def expected(kind, i):
    """The Python value that a row of a block is."""
    if i is None:
        return None
    value = VALUES[kind][i]
    if kind == "TIMESTAMP":
        return EPOCH + datetime.timedelta(milliseconds=value)
    return Decimal(value).scaleb(-DECIMALS[kind][1]) if kind in DECIMALS else value
