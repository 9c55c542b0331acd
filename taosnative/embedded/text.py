"""How bytes that are not UTF-8 travel as str.

TDengine's VARCHAR takes any bytes; DuckDB's takes UTF-8 alone. A byte that is no part of valid UTF-8 becomes the
character U+10FF00 + byte, of the last private plane, which no text uses; a text that does use U+10FF00 … U+10FFFF has
each of these characters escaped as its four bytes, so that the way back is exact.
"""

from __future__ import annotations

import re

_FIRST = 0x10FF00
_RESERVED = re.compile("[\U0010ff00-\U0010ffff]")
_SURROGATE = re.compile("[\udc80-\udcff]")
#: How every escaped byte begins in UTF-8: texts without these bytes need no `unescape`.
ESCAPE_LEAD = b"\xf4\x8f"


def escape(data: bytes) -> str:
    """The str that stands for `data`."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = _RESERVED.sub(_escape_character, data.decode(errors="surrogateescape"))
        return _SURROGATE.sub(lambda found: chr(_FIRST + ord(found[0]) - 0xDC00), text)
    return _RESERVED.sub(_escape_character, text)


def has_escapes(text: str) -> bool:
    """Whether a text stands for other bytes than its own."""
    return _RESERVED.search(text) is not None


def unescape(text: str) -> bytes:
    """The bytes that `text` stands for."""
    if not has_escapes(text):
        return text.encode()
    return b"".join(
        bytes([ord(character) - _FIRST]) if ord(character) >= _FIRST else character.encode() for character in text
    )


def _escape_character(found: re.Match[str]) -> str:
    return "".join(chr(_FIRST + byte) for byte in found[0].encode())
