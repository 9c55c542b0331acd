"""Runs the statements of a recording on the engine, and gives what a recording would tell of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..types import BY_CODE, BY_NAME, Kind
from . import server
from ._bound import bound
from .protocol import BoundTable, ColumnInfo, EngineError, Outcome, ParamField, Prepared
from .session import EngineSession
from .text import unescape

#: The day on which the recordings were made, by which the engine judges what is too old.
RECORDED_ON = "2026-11-24T13:00:00Z"

_numbers = itertools.count()
_KINDS = {1: "column", 2: "tag", 3: "query", 4: "tbname"}


class Answer(NamedTuple):
    """What came of a statement."""

    code: int = 0
    error: str = ""
    affected: int = 0
    fields: tuple[tuple[str, str, int], ...] = ()  #: name, type and bytes of each column; empty without a result set
    precision: int = 0
    rows: tuple[tuple[Any, ...], ...] = ()


def new_session() -> EngineSession:
    """A session with a server of its own, on the day of the recordings."""
    return server.connect(f"embedded:?clock={RECORDED_ON}#agreement-{next(_numbers)}", None, None, None)


def run(session: EngineSession, sql: str) -> Answer:
    """Run a statement and read all of its result."""
    try:
        return _answer(session.execute(sql))
    except EngineError as refusal:
        return Answer(refusal.code, refusal.message)


def _answer(outcome: Outcome) -> Answer:
    if outcome.columns is None:
        return Answer(affected=outcome.affected)
    rows = outcome.rows if outcome.stream is None else outcome.stream.fetch_rows()
    fields = tuple((column.name, BY_CODE[column.type].name, column.length) for column in outcome.columns)
    told = tuple(tuple(map(_told, outcome.columns, row)) for row in rows)
    return Answer(fields=fields, precision=outcome.precision, rows=told)


def _told(column: ColumnInfo, value: Any) -> Any:
    """A value as a recording has it: text that is not UTF-8 as bytes."""
    if not isinstance(value, str):
        return value
    data = unescape(value)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


# Statements with marks.


def bound_column(recorded: dict[str, Any]) -> Any:
    """A column of a recorded bind."""
    info = BY_NAME[recorded["type"]]
    values = recorded.get("values")
    if values is None:
        first, count = recorded["range"]
        dtype = "i8" if info.dtype == "M8" else info.dtype
        return bound(info.code, np.arange(first, first + count).astype(dtype).tobytes(), n_rows=count)
    states = bytes(value is None for value in values) if None in values else None
    if info.kind is Kind.VARIABLE:
        cells = [_cell_bytes(value) for value in values]
        return bound(info.code, b"".join(cells), list(map(len, cells)), states, len(values))
    dtype = "i8" if info.dtype == "M8" else info.dtype
    array = np.array([0 if value is None else value for value in values], dtype)
    return bound(info.code, array.tobytes(), None, states, len(values))


def _cell_bytes(value: Any) -> bytes:
    if value is None:
        return b""
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode()


def _bound_tables(bind: dict[str, Any]) -> list[BoundTable]:
    n_tables = max(len(bind[part] or ()) for part in ("tbnames", "tags", "cols"))
    tables = []
    for index in range(n_tables):
        parts = (bind[part] and bind[part][index] for part in ("tbnames", "tags", "cols"))
        name, tags, columns = parts
        tables.append(BoundTable(name, tags and [*map(bound_column, tags)], columns and [*map(bound_column, columns)]))
    return tables


def run_case(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a case of `stmt2`, as it would have been recorded, and the answer to its check at last."""
    session = new_session()
    for sql in case["setup"]:
        session.execute(sql)
    prepared = session.prepare(case["sql"])
    calls: list[dict[str, Any]] = [{"call": "is_insert", "insert": prepared.is_insert}]
    calls.append(_told_call("get_fields", lambda: {"fields": tuple(map(_told_field, prepared.fields()))}))
    pending: dict[str, Any] | None = None
    for step in case["steps"]:
        if "bind" in step:
            pending = _joined(pending, step["bind"], step["col_idx"])
            if step["col_idx"] >= 0 and not step["execute"]:
                calls.append({"call": "bind", "code": 0, "error": ""})
                continue
            tables = _bound_tables(pending)
            calls.append(_told_call("bind", lambda tables=tables: _bound(prepared, tables)))
            pending = None
            if calls[-1]["code"]:
                break
        if step["execute"]:
            calls.append(_told_call("execute", lambda: _executed(prepared.execute())))
    calls.append({"call": "check", "answer": run(session, case["check"]) if case.get("check") else None})
    session.close()
    return calls


def _joined(pending: dict[str, Any] | None, bind: dict[str, Any], column: int) -> dict[str, Any]:
    """A bind of one column, with those before it."""
    if column < 1 or pending is None:
        return bind
    return pending | {"cols": [left + right for left, right in zip(pending["cols"], bind["cols"], strict=True)]}


def _bound(prepared: Prepared, tables: list[BoundTable]) -> dict[str, Any]:
    prepared.bind(tables)
    return {}


def _executed(outcome: Outcome) -> dict[str, Any]:
    answer = _answer(outcome)
    return {"affected": answer.affected, "answer": answer}


def _told_field(field: ParamField) -> Sequence[Any]:
    kind = BY_CODE[field.type].name if field.type else ""
    return (field.name, kind, field.bytes, field.precision, _KINDS[field.kind])


def _told_call(name: str, call: Any) -> dict[str, Any]:
    try:
        return {"call": name, "code": 0, "error": "", **call()}
    except EngineError as refusal:
        return {"call": name, "code": refusal.code, "error": refusal.message}
