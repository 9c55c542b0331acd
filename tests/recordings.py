"""Reads what a real server answered: `recorded/`, whose README tells the format."""

import base64
import gzip
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from taosnative.types import Field

FOLDER = Path(__file__).parent / "recorded"


def names() -> list[str]:
    """Names of all recordings: `types_ms`, `rows_9000`, …"""
    return sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))


@cache
def load(name: str) -> list[dict[str, Any]]:
    """All entries of a recording, in the order in which they happened; not to be changed."""
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def block_bytes(block: dict[str, Any]) -> bytes:
    """Bytes of a raw block, header and all."""
    return zlib.decompress(base64.b64decode(block["zlib"]))


def fields(entry: dict[str, Any]) -> list[Field]:
    """Columns of an entry's result."""
    return [Field(field["name"], field["type"], field["bytes"]) for field in entry["fields"]]


def value(recorded: Any) -> Any:
    """The Python value of a recorded one: {"hex": …} is bytes, {"float": …} a float, all else itself."""
    if isinstance(recorded, dict):
        ((kind, text),) = recorded.items()
        return {"hex": bytes.fromhex, "float": float}[kind](text)
    return recorded


def rows(entry: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of an entry, as Python values; TIMESTAMP is an integer."""
    return [tuple(map(value, row)) for row in entry["rows"]]


def is_ordered(sql: str) -> bool:
    """Whether the statement itself says in which order its rows come."""
    return re.search(r"\border\s+by\b", sql, re.IGNORECASE) is not None


def key(cell: Any, digits: int | None = None) -> tuple[str, Any]:
    """What is equal where two cells are: NaN is NaN, 1 is not True, floats agree to `digits` significant digits."""
    if isinstance(cell, float):
        if math.isnan(cell):
            return "float", "nan"
        return "float", cell if digits is None else float(f"{cell:.{digits}g}")
    return type(cell).__name__, cell


def differences(
    expected: list[tuple[Any, ...]], actual: list[tuple[Any, ...]], *, ordered: bool, digits: int | None = None
) -> list[tuple[Any, ...]]:
    """Rows that one side lacks, or, where `ordered`, has in another place; none where the two agree."""
    left = [tuple(key(cell, digits) for cell in row) for row in expected]
    right = [tuple(key(cell, digits) for cell in row) for row in actual]
    if ordered:
        pairs = zip(left, right, strict=False)
        longer = max(left, right, key=len)[min(len(left), len(right)) :]
        return [one for one, other in pairs if one != other] + longer
    return [
        row
        for row, n in ((Counter(left) - Counter(right)) + (Counter(right) - Counter(left))).items()
        for _ in range(n)
    ]


class Answer(NamedTuple):
    """A result that was recorded both as rows and as blocks."""

    where: str  #: recording and line
    sql: str
    fields: list[Field]
    precision: int
    blocks: list[tuple[bytes, int]]  #: bytes and number of rows
    rows: list[tuple[Any, ...]]
    ordered: bool


def answers(*only: str) -> Iterator[Answer]:
    """Every result that has blocks, of the recordings named (of all when none is)."""
    for name in only or names():
        for number, entry in enumerate(load(name), 1):
            if "blocks" in entry:
                sql = entry["sql"]
                blocks = [(block_bytes(block), block["rows"]) for block in entry["blocks"]]
                where = f"{name}:{number}"
                yield Answer(where, sql, fields(entry), entry["precision"], blocks, rows(entry), is_ordered(sql))


def polled_blocks() -> Iterator[tuple[bytes, int, list[Field], int]]:
    """Blocks that a subscription gave: bytes, rows, fields, precision."""
    for entry in load("tmq"):
        if entry["step"] == "poll" and entry["message"]:
            for block in entry["message"].get("blocks", ()):
                yield block_bytes(block), block["rows"], fields(block), block["precision"]
