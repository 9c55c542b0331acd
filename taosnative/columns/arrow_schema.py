"""What Arrow is told of a result's columns: format, extension, and TDengine's own words as metadata."""

from __future__ import annotations

import struct
from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from taosnative.errors import InterfaceError
from taosnative.types import PRECISIONS, Field, Kind

#: What an extension says of itself beyond its name.
_EXTENSION_METADATA: Final = {"arrow.json": "", "geoarrow.wkb": "{}"}


class Child(NamedTuple):
    """A column as Arrow's C data interface describes it."""

    name: bytes
    format: bytes
    metadata: bytes  #: pairs as the interface encodes them


def children(
    fields: Sequence[Field], precision: int, zone: str, *, as_bytes: bool = False, only: Container[int] | None = None
) -> list[Child]:
    """Describe the columns that are wanted.

    Parameters
    ----------
    fields : sequence of Field
        The result's columns.
    precision : int
        Of its times: 0 ms, 1 us, 2 ns.
    zone : str
        In which times are to be shown; what is stored is UTC.
    as_bytes : bool
        Text is bytes.
    only : container of int, optional
        Numbers of the columns that are wanted.

    Raises
    ------
    InterfaceError
        The driver does not tell how many digits a DECIMAL has.
    """
    return [_child(field, precision, zone, as_bytes) for i, field in enumerate(fields) if only is None or i in only]


def _child(field: Field, precision: int, zone: str, as_bytes: bool) -> Child:
    info = field.info
    if info.kind is Kind.DECIMAL and not field.precision:
        raise InterfaceError(
            f"column {field.name!r}: this driver does not tell the digits of a DECIMAL, which Arrow must know; "
            f"read it with numpy() or rows()"
        )
    undecoded = as_bytes and info.text
    form = info.arrow.format(unit=PRECISIONS[precision][0], zone=zone, digits=field.precision, scale=field.scale)
    pairs = {"taosnative.type": field.type, "taosnative.bytes": str(field.bytes)}
    if field.precision:
        pairs["taosnative.precision"] = str(field.precision)
    if info.kind is Kind.DECIMAL:
        pairs["taosnative.scale"] = str(field.scale)
    if info.extension and not undecoded:
        pairs["ARROW:extension:name"] = info.extension
        pairs["ARROW:extension:metadata"] = _EXTENSION_METADATA[info.extension]
    return Child(field.name.encode(), b"z" if undecoded else form.encode(), _encode(pairs))


def _encode(pairs: dict[str, str]) -> bytes:
    """Key-value pairs as the C data interface has them: a count, and a length before each text."""
    texts = [text.encode() for pair in pairs.items() for text in pair]
    return struct.pack("=i", len(pairs)) + b"".join(struct.pack("=i", len(text)) + text for text in texts)
