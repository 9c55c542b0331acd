"""How far the engine agrees with a real server: replays recordings, and tells where the answers differ.

A statement agrees when error code, number of rows written, columns and rows do; rows are compared as a multiset unless
the statement orders them, floats to six digits.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from ..native.fields import KINDS, StatementField, statement_field
from ..types import BY_NAME
from .replay import Answer, connect, run, run_case

_DIGITS = 1e-6
#: Statements whose rows depend on the server's age, address, numbers or chance: their columns are compared alone.
_PASSING = re.compile(
    r"^show\s+((user\s+)?databases|(\w+\.)?(vgroups|alive)|dnodes|mnodes|connections|cluster|indexes|users)"
    r"|\brand\s*\(|\bsample\s*\(|t-digest",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\border\s+by\s+((?:(?!\border\s+by\b|\bs?limit\b)[^)])*)(?:\bs?limit\b[^)]*)?$", re.IGNORECASE)
_DIRECTION = re.compile(r"(\s+(asc|desc))?(\s+nulls\s+(first|last))?$", re.IGNORECASE)
#: Where no order says which groups it keeps, the real server's choice is one of many.
_SOME_GROUPS = re.compile(r"\bslimit\b", re.IGNORECASE)


class Difference(NamedTuple):
    """A statement that the engine answers in another way."""

    where: str  #: file and line
    sql: str
    why: str


class Agreement(NamedTuple):
    """How a recording went."""

    name: str
    n_statements: int
    differences: tuple[Difference, ...]

    @property
    def n_agreed(self) -> int:
        """How many statements agree."""
        return self.n_statements - len(self.differences)


def replay_folder(folder: Path, only: Sequence[str] = ()) -> Iterator[Agreement]:
    """Replay every recording of a folder (`NAME.jsonl` or `NAME.jsonl.gz`) that has statements or cases of `stmt2`."""
    files = {path.name.split(".", 1)[0]: path for path in sorted(folder.glob("*.jsonl*"))}
    for name, path in files.items():
        if (not only or name in only) and name not in ("schemaless", "tmq"):
            entries = _load(path)
            differences = tuple(_cases(name, entries) if name == "stmt2" else _statements(name, entries))
            yield Agreement(name, len(entries), differences)


def _load(path: Path) -> list[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _statements(name: str, entries: Sequence[dict[str, Any]]) -> Iterator[Difference]:
    connection = connect()
    for number, entry in enumerate(entries, 1):
        try:
            why = compare(entry, run(connection, entry["sql"]))
        except Exception as crash:
            why = f"{type(crash).__name__}: {crash}"
        if why:
            yield Difference(f"{name}:{number}", entry["sql"], why)
    connection.close()


def _fields(entry: dict[str, Any]) -> tuple[tuple[str, str, int], ...]:
    return tuple((field["name"], field["type"], field["bytes"]) for field in entry.get("fields", ()))


def compare(entry: dict[str, Any], answer: Answer) -> str | None:
    """What differs between what was recorded and what came, or None."""
    why = _unlike_refusal(entry["code"], entry.get("error", ""), answer.code, answer.error)
    if why or entry["code"]:
        return why
    if answer.affected != entry.get("affected", 0):
        return f"{answer.affected} rows affected, not {entry['affected']}"
    if answer.fields != _fields(entry):
        return f"fields {_first_unlike(answer.fields, _fields(entry))}"
    if answer.fields and answer.precision != entry["precision"]:
        return f"precision {answer.precision}, not {entry['precision']}"
    return _compare_rows(entry, answer)


def _unlike_refusal(code: int, text: str, actual_code: int, actual_text: str) -> str | None:
    # "success" is what the real driver has to say of a few refusals, and nothing that a user can be told.
    if actual_code == code and (actual_text == text or text == "success"):
        return None
    return f"code {actual_code:#x} ({actual_text}), not {code:#x} ({text})"


def _first_unlike(actual: Sequence[Any], expected: Sequence[Any]) -> str:
    if len(actual) != len(expected):
        return f"{len(actual)}, not {len(expected)}"
    number, (one, other) = next(
        (n, pair) for n, pair in enumerate(zip(actual, expected, strict=True)) if pair[0] != pair[1]
    )
    return f"{number}: {one!r}, not {other!r}"


def _compare_rows(entry: dict[str, Any], answer: Answer) -> str | None:
    sql = entry["sql"]
    expected = [tuple(map(_recorded, row)) for row in entry.get("rows", ())]
    actual = list(answer.rows)
    if _PASSING.search(sql):
        return None
    if len(expected) != len(actual):
        return f"{len(actual)} rows, not {len(expected)}"
    order = _order(sql, answer.fields)
    if order is None and _SOME_GROUPS.search(sql):
        return None
    if order:
        for number, (one, other) in enumerate(zip(actual, expected, strict=True)):
            if not all(_equal(one[column], other[column]) for column in order):
                return f"row {number}: {_short(one)}, not {_short(other)}, in order"
    actual.sort(key=_sort_key)
    expected.sort(key=_sort_key)
    for one, other in zip(actual, expected, strict=True):
        if len(one) != len(other) or not all(map(_equal, one, other)):
            return f"a row is {_short(one)}, not {_short(other)}"
    return None


def _order(sql: str, fields: Sequence[tuple[str, str, int]]) -> list[int] | None:
    """The columns of its result that a statement orders its rows by, as far as they come; None without order.

    Rows that are equal in these may come in any order.
    """
    found = _ORDER.search(sql)
    if found is None:
        return None
    names = [name for name, *_ in fields]
    items = [_DIRECTION.sub("", item.strip()).strip() for item in found[1].split(",")]
    return [names.index(item) for item in takewhile(names.__contains__, items)]


def _short(row: Sequence[Any]) -> str:
    text = repr(row)
    return text if len(text) <= 300 else text[:300] + "…"


def _recorded(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return bytes.fromhex(text) if kind == "hex" else float(text)
    return value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return (
            one == other
            or (math.isnan(one) and math.isnan(other))
            or math.isclose(one, other, rel_tol=_DIGITS, abs_tol=1e-12)
        )
    # Bytes that happen to be UTF-8 are recorded as bytes.
    if isinstance(one, str) and isinstance(other, bytes):
        return one.encode() == other
    return type(one) is type(other) and one == other


def _sort_key(row: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(type(cell).__name__, _rounded(cell)) for cell in row]


def _rounded(cell: Any) -> Any:
    if isinstance(cell, float):
        return float(f"{cell:.5g}") if math.isfinite(cell) else float("inf")
    return 0 if cell is None else cell


# stmt2.


def _cases(name: str, cases: Sequence[dict[str, Any]]) -> Iterator[Difference]:
    for number, case in enumerate(cases, 1):
        try:
            why = compare_case(case, run_case(case))
        except Exception as crash:
            why = f"{type(crash).__name__}: {crash}"
        if why:
            yield Difference(f"{name}:{number}", f"{case['name']}: {case['sql']}", why)


def compare_case(case: dict[str, Any], calls: Sequence[dict[str, Any]]) -> str | None:
    """What differs between the calls that were recorded and those that were made, or None.

    The call that made the real driver crash is to be refused.
    """
    made = iter(calls)
    for recorded in case["calls"]:
        check = _CALLS.get(recorded["call"])
        if check is not None:
            call = next(made)
            if call["call"] != recorded["call"]:
                return f"{call['call']} was called, not {recorded['call']}"
            why = check(recorded, call)
            if why:
                return f"{recorded['call']}: {why}"
    if case.get("crash"):
        refused = next(made)
        return (
            None if refused.get("code") else f"{refused['call']} was not refused, which ends the real driver's process"
        )
    after = next(made)["answer"]
    if case.get("check") and case.get("after"):
        why = compare({"sql": case["check"], **case["after"]}, after)
        return why and f"check: {why}"
    return None


def _same_code(recorded: dict[str, Any], call: dict[str, Any]) -> str | None:
    return _unlike_refusal(recorded["code"], recorded.get("error", ""), call["code"], call["error"])


def _same_fields(recorded: dict[str, Any], call: dict[str, Any]) -> str | None:
    why = _same_code(recorded, call)
    if why or recorded["code"]:
        return why
    if call["count"] != recorded["count"]:
        return f"{call['count']} fields, not {recorded['count']}"
    fields = tuple(map(_recorded_field, recorded["fields"]))
    return None if not fields or fields == call["fields"] else _first_unlike(call["fields"], fields)


def _recorded_field(field: dict[str, Any]) -> StatementField:
    kind = next(number for number, word in KINDS.items() if word == field["kind"])
    code = BY_NAME[field["type"]].code
    return statement_field(field["name"], code, field["bytes"], field["precision"], field["scale"], kind)


def _same_affected(recorded: dict[str, Any], call: dict[str, Any]) -> str | None:
    why = _same_code(recorded, call)
    if why or recorded["code"] or call["affected"] == recorded["affected"]:
        return why
    return f"{call['affected']} rows affected, not {recorded['affected']}"


def _same_result(recorded: dict[str, Any], call: dict[str, Any]) -> str | None:
    entry = {"code": 0, "precision": call["answer"].precision, "sql": "", **recorded}
    return compare(entry, call["answer"]._replace(affected=0))


_CALLS: dict[str, Callable[[dict[str, Any], dict[str, Any]], str | None]] = {
    "is_insert": lambda recorded, call: None if call["insert"] == recorded["insert"] else "the other answer",
    "get_fields": _same_fields,
    "bind": _same_code,
    "execute": _same_affected,
    "result": _same_result,
}


def report(folder: Path, only: Sequence[str] = ()) -> Iterator[str]:
    """Lines that tell, file by file, how many statements agree and which do not."""
    n_agreed = n_statements = 0
    for agreement in replay_folder(folder, only):
        n_agreed += agreement.n_agreed
        n_statements += agreement.n_statements
        yield f"{agreement.name}: {agreement.n_agreed} of {agreement.n_statements}"
        for difference in agreement.differences:
            yield f"    {difference.where}  {' '.join(difference.sql.split())[:160]}"
            yield f"        {difference.why}"
    yield f"in all: {n_agreed} of {n_statements}"
