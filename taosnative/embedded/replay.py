"""Runs the statements of a recording through taosnative on the engine, and gives what a recording would tell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .. import dsn
from ..columns._bind import BindSet, Column, fixed_column, variable_column
from ..columns._decode import Decoder
from ..driver.search import find_driver
from ..errors import Error
from ..native._connection import ConnectionHandle
from ..native._result import ResultHandle
from ..native._statement import StatementHandle
from ..types import BY_NAME, Field, Kind

#: The day on which the recordings were made, by which the engine judges what is too old.
RECORDED_ON = "2026-11-24T13:00:00Z"


class Answer(NamedTuple):
    """What came of a statement."""

    code: int = 0
    error: str = ""
    affected: int = 0
    fields: tuple[tuple[str, str, int], ...] = ()  #: name, type and bytes of each column; empty without a result set
    precision: int = 0
    rows: tuple[tuple[Any, ...], ...] = ()


def connect() -> ConnectionHandle:
    """A connection to a server of its own, on the day of the recordings."""
    settings = dsn.parse(f"embedded:?clock={RECORDED_ON}")
    driver = find_driver(settings.driver, settings.scheme)
    driver.start(settings.config)
    return ConnectionHandle.connect(driver, settings.address, 0, None, None, None)


def run(connection: ConnectionHandle, sql: str) -> Answer:
    """Run a statement and read all of its result."""
    try:
        return _read(connection.query(sql))
    except Error as refusal:
        return Answer(refusal.code or 0, told(refusal))


def told(refusal: Error) -> str:
    """The server's text."""
    return str(refusal).split("] ", 1)[-1]


def _read(result: ResultHandle) -> Answer:
    fields = tuple(result.fields)
    if not fields:
        return Answer(affected=result.affected_rows)
    decoder = Decoder(fields, result.precision, nulls="masked", strings="bytes")
    while result.fetch_into(decoder):
        pass
    columns = [_cells(field, array) for field, array in zip(fields, decoder.finish(), strict=True)]
    described = tuple((field.name, field.type, field.bytes) for field in fields)
    return Answer(fields=described, precision=result.precision, rows=tuple(zip(*columns, strict=True)))


def _cells(field: Field, array: Any) -> list[Any]:
    """A column as a recording has it: times are ticks, text that is not UTF-8 is bytes."""
    values = np.asarray(array.data).view("i8") if field.info.dtype == "M8" else array.data
    mask = np.ma.getmaskarray(array).tolist()
    as_text = _text if field.info.text else _itself
    return [None if masked else as_text(value) for value, masked in zip(values.tolist(), mask, strict=True)]


def _itself(value: Any) -> Any:
    return value


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


# Statements with marks.


def _column(recorded: dict[str, Any]) -> Column:
    """A column of a recorded bind."""
    info = BY_NAME[recorded["type"]]
    dtype = "i8" if info.dtype == "M8" else info.dtype
    values = recorded.get("values")
    if values is None:
        first, count = recorded["range"]
        return fixed_column(info.code, np.arange(first, first + count).astype(dtype))
    nulls = np.array([value is None for value in values], dtype=bool)
    if info.kind is Kind.VARIABLE:
        cells = [_cell_bytes(value) for value in values]
        lengths = np.array(list(map(len, cells)), dtype=np.int32)
        return variable_column(info.code, b"".join(cells), lengths, nulls)
    return fixed_column(info.code, np.array([0 if value is None else value for value in values], dtype), nulls)


def _cell_bytes(value: Any) -> bytes:
    if value is None:
        return b""
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else str(value).encode()


def _bind_set(bind: dict[str, Any]) -> BindSet:
    columns = [list(map(_column, columns)) for columns in bind["cols"]]
    tags = bind["tags"] and [list(map(_column, tags)) for tags in bind["tags"]]
    return BindSet.of_tables(columns, tags, bind["tbnames"] and [name.encode() for name in bind["tbnames"]])


def run_case(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a case of `stmt2`, as they would have been recorded, and the answer to its check at last."""
    connection = connect()
    for sql in case["setup"]:
        connection.query(sql)
    options = case["options"]
    statement = StatementHandle.prepare(connection, case["sql"], bool(options.get("singleStbInsert")))
    calls: list[dict[str, Any]] = [{"call": "is_insert", "insert": statement.is_insert}]
    calls.append(_called("get_fields", lambda: _described(statement)))
    for step in case["steps"]:
        if "bind" in step:
            calls.append(_called("bind", partial(_bind, statement, step)))
            if calls[-1]["code"]:
                break
        if step["execute"]:
            calls.append(_called("execute", lambda: {"affected": statement.execute()}))
            if not calls[-1]["code"] and not statement.is_insert:
                calls.append({"call": "result", "answer": _read(statement.result())})
    statement.close()
    calls.append({"call": "check", "answer": run(connection, case["check"]) if case.get("check") else None})
    connection.close()
    return calls


def _bind(statement: StatementHandle, step: dict[str, Any]) -> dict[str, Any]:
    statement.bind(_bind_set(step["bind"]), step["col_idx"])
    return {}


def _described(statement: StatementHandle) -> dict[str, Any]:
    count, fields = statement.describe()
    return {"count": count, "fields": tuple(fields)}


def _called(name: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"call": name, "code": 0, "error": "", **call()}
    except Error as refusal:
        return {"call": name, "code": refusal.code, "error": told(refusal)}
