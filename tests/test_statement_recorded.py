"""Statements behave as on a real server: every case that was recorded there, call by call."""

import pytest
import recordings

import taosnative
from taosnative.errors import Error, InterfaceError, ProgrammingError

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

#: The day of the recordings: how old a time may be depends on it.
DSN = "embedded:?clock=2026-11-24T13:00:00Z"
CASES = {case["name"]: case for case in recordings.load("stmt2")}
#: Refused before any call, since the real driver loses the tags without a word.
REFUSED = {"literal_tags"}


@pytest.fixture
def conn():
    with taosnative.connect(DSN) as connection:
        yield connection


def code_of(call):
    """What a call gives, and its code: 0 where it succeeds."""
    try:
        return call(), 0
    except Error as error:
        if error.code is None:  # refused by taosnative, where the driver was to be asked
            raise
        return None, error.code


def values(column):
    if "range" in column:
        first, count = column["range"]
        return list(range(first, first + count))
    return [recordings.value(one) for one in column["values"]]


def bind(statement, step):
    """Bind a recorded step, as it is."""
    tables, names, tags = (step["bind"][part] for part in ("cols", "tbnames", "tags"))
    columns = [[values(column) for column in table] for table in tables]
    rows = None if tags is None else [[values(tag)[0] for tag in row] for row in tags]
    options = {
        "tbname": names,
        "tags": rows if rows is None or names is not None else rows[0],
        "tag_types": None if tags is None else [tag["type"] for tag in tags[0]],
        "column": None if step["col_idx"] < 0 else step["col_idx"],
    }
    types = [column["type"] for column in tables[0]]
    statement.bind(columns if names is not None else columns[0], types, **options)


def declared(field):
    """Bytes of a recorded field as `Field` tells them: without the length before each value, NCHAR in characters."""
    if field["kind"] == "tbname":
        return 192
    if field["type"] in ("VARCHAR", "VARBINARY", "GEOMETRY"):
        return field["bytes"] - 2
    return (field["bytes"] - 2) // 4 if field["type"] in ("NCHAR", "JSON") else field["bytes"]


def check_fields(statement, call):
    fields, code = code_of(lambda: statement.fields)
    assert code == call["code"]
    if code == 0:
        assert statement.n_marks == call["count"]
        assert [(field.name, field.type, field.bytes, field.kind) for field in fields] == [
            (field["name"], field["type"], declared(field), field["kind"]) for field in call["fields"]
        ]


def check_rows(result, recorded):
    assert [(field.name, field.type, field.bytes) for field in result.schema] == [
        (field["name"], field["type"], field["bytes"]) for field in recorded["fields"]
    ]
    expected = [tuple(map(recordings.value, row)) for row in recorded["rows"]]
    assert plain(result) == expected


def plain(result):
    """Rows of a result as they were recorded: times as numbers, text that is not UTF-8 as bytes."""
    if not result.schema:
        return []
    columns = result.numpy(nulls="masked", strings="bytes")
    lists = []
    for field, column in zip(result.schema, columns.values(), strict=True):
        cells = (column.astype("i8") if field.type == "TIMESTAMP" else column).tolist()
        lists.append([as_recorded(cell) if field.info.text else cell for cell in cells])
    return list(zip(*lists, strict=True))


def as_recorded(cell):
    if cell is None:
        return None
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell


def run_calls(statement, case):
    """Replay a case; what each call gives is compared with what it gave on the real server."""
    steps = iter(case["steps"])
    step = None
    for call in case["calls"]:
        kind = call["call"]
        if kind == "is_insert":
            assert statement.is_insert == call["insert"]
        elif kind == "get_fields":
            check_fields(statement, call)
        elif kind == "bind":
            step = next(steps)
            assert code_of(lambda step=step: bind(statement, step))[1] == call["code"]
        elif kind == "execute":
            affected, code = code_of(statement.execute)
            assert code == call["code"]
            assert code or affected == call["affected"]
        elif kind == "result" and call["fields"]:
            check_rows(statement.result(), call)
    if case.get("crash"):
        n_before = sum(call["call"] == "execute" for call in case["calls"])
        assert n_before == 0
        with pytest.raises(InterfaceError, match="nothing is bound"):
            statement.execute()


@pytest.mark.parametrize("name", [name for name in CASES if name not in REFUSED])
def test_a_statement_behaves_as_recorded(conn, name):
    case = CASES[name]
    for sql in case["setup"]:
        conn.execute(sql)
    interlace = bool(case["options"])
    with conn.prepare(case["sql"], interlace=interlace) as statement:
        run_calls(statement, case)
        after = case.get("after")
        if after is not None:
            with conn.query(after["sql"]) as result:
                check_rows(result, after)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_the_real_driver_loses_is_refused(conn, name):
    case = CASES[name]
    for sql in case["setup"]:
        conn.execute(sql)
    with pytest.raises(ProgrammingError, match="literals"):
        conn.prepare(case["sql"])


def test_all_cases_are_here():
    assert len(CASES) == 67
    assert set(CASES) >= REFUSED
