"""What a statement's question marks stand for, as its driver tells it."""

from __future__ import annotations

from typing import Final, NamedTuple

from ..errors import InterfaceError
from ..names import LONGEST_TABLE_NAME
from ..types import BY_CODE, Field, Kind

#: `kind` of a field: the driver's number → our word.
KINDS: Final = {1: "column", 2: "tag", 3: "query", 4: "tbname"}


#: More columns than any TDengine has (its limit is 4096): a driver that tells of more is not to be followed.
MOST_FIELDS: Final = 32767


class StatementField(NamedTuple):
    """What a question mark of a prepared INSERT stands for."""

    name: str
    type: str  #: TDengine's name of the type: "INT UNSIGNED", "VARCHAR", …
    bytes: int  #: width of a value; the most bytes of a variable one (NCHAR: characters)
    precision: int  #: DECIMAL: digits in all; TIMESTAMP: 3, 6 or 9 digits of a second
    scale: int  #: DECIMAL: digits behind the point
    kind: str  #: "column", "tag" or "tbname", the name of the table

    @property
    def field(self) -> Field:
        """The same without its kind."""
        return Field(self.name, self.type, self.bytes, self.precision, self.scale)


def statement_field(name: str, code: int, n_bytes: int, precision: int, scale: int, kind: int) -> StatementField:
    """A field as the driver describes it, whose `n_bytes` is the width that it stores.

    Raises
    ------
    InterfaceError
        The type or the kind is not known.
    """
    info = BY_CODE.get(code)
    if info is None or kind not in KINDS:
        raise InterfaceError(f"the driver gives {name!r} the type {code} and the kind {kind}, which are not known")
    if kind == 4:
        n_bytes = LONGEST_TABLE_NAME
    elif info.kind is Kind.VARIABLE:
        # NCHAR and JSON are stored four bytes a character
        n_bytes = (n_bytes - info.width) // (4 if info.ucs4 or info.name == "JSON" else 1)
    if info.name == "TIMESTAMP":
        precision = 3 * (precision + 1)
    return StatementField(name, info.name, n_bytes, precision, scale, KINDS[kind])
