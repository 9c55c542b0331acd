"""SELECTs of the recordings, run by the embedded engine: code, text, columns and rows are a real server's."""

from contextlib import suppress

import pytest
from recordings import differences, fields, is_ordered, load, rows

from taosnative.embedded import server
from taosnative.embedded.protocol import EngineError
from taosnative.types import BY_CODE

#: The day of the recordings: what is too old for a database depends on it.
CLOCK = "2026-11-24T13:00:00Z"
#: Statements whose answer is another each time, hangs on how a server spreads tables, or has rows that nothing orders.
UNSTEADY = (
    "select rand()",
    "select sample(",
    "select user()",
    "select current_user()",
    "select apercentile(voltage, 50, 't-digest')",
    "select tbname, avg(voltage) from meters partition by tbname interval(30m) slimit",
    "select tbname, avg(voltage) from meters partition by tbname slimit",
    "select first(voltage), last(voltage), count(*) from meters partition by location interval(30m)",
)
FILES = ("types_ms", "types_us", "types_ns", "rows_0", "rows_1", "rows_7", "rows_8", "rows_9", "rows_100", "rows_4095",
         "rows_4096", "rows_4097", "rows_9000", "wide", "long_strings", "json_tags", "inserts", "catalog", "errors",
         "queries_plain", "queries_windows")  # fmt: skip


@pytest.fixture
def session():
    session = server.connect(f"embedded:?clock={CLOCK}#select", None, None, None)
    yield session
    session.close()


def is_select(sql):
    return sql.lower().lstrip(" (").startswith("select")


def disagreement(session, entry):
    """What differs in the answer to a SELECT, or nothing."""
    try:
        plan = session.compile(entry["sql"])
        cursor = session.server.connection.cursor()
        found = cursor.execute(plan.sql).fetchall()
    except EngineError as refusal:
        if (refusal.code, refusal.message) != (entry["code"], entry.get("error")):
            return f"{refusal.code:#x} {refusal.message}, not {entry['code']:#x} {entry.get('error')}"
        return None
    if entry["code"]:
        return f"no error {entry['code']:#x} {entry['error']}"
    columns = [(column.name, BY_CODE[column.type].name, column.length) for column in plan.columns]
    wanted = [(field.name, field.type, field.bytes) for field in fields(entry)]
    if columns != wanted:
        return f"columns {columns}, not {wanted}"
    if plan.precision != entry["precision"]:
        return f"precision {plan.precision}, not {entry['precision']}"
    ordered = is_ordered(entry["sql"])
    return differences(rows(entry), found, ordered=ordered, digits=6) or None


@pytest.mark.parametrize("name", FILES)
def test_selects_of_a_recording_agree(session, name):
    for entry in load(name):
        sql = entry["sql"]
        if not is_select(sql):
            with suppress(EngineError):
                session.execute(sql)
        elif not sql.startswith(UNSTEADY):
            assert disagreement(session, entry) is None, sql
