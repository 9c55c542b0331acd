"""taospy, TDengine's own client for Python, unmodified on the embedded engine, which `link` puts where it looks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="clients look for libtaos.so on Linux")

PROLOGUE = """
import datetime
import taos

connection = taos.connect(host="localhost")
connection.execute("create database plant precision 'us'")
connection.select_db("plant")
connection.execute(
    "create stable m (ts timestamp, a int, f double, v varchar(20), n nchar(10), b bool, x varbinary(10))"
    " tags (k int, s nchar(8))"
)
T = [1700000000000000, 1700000001000000, 1700000002000000]
AT = [datetime.datetime.fromtimestamp(t / 1e6) for t in T]
"""
INSERT = """
assert connection.execute(
    f"insert into m1 using m tags (1, 'eins') values ({T[0]}, 1, 1.5, 'abc', '汉字', true, '\\\\x0102')"
    f" ({T[1]}, null, null, null, null, null, null)"
) == 2
ROWS = [(AT[0], 1, 1.5, "abc", "汉字", True, b"\\x01\\x02", 1, "eins"), (AT[1], *[None] * 6, 1, "eins")]
"""
PROGRAMS = {
    "connect": """
assert connection.client_info == "3.3.5.8"
assert connection.server_info.startswith("ver:3.3.5.8")
""",
    "query": INSERT + """
result = connection.query("select * from m order by ts")
assert [field.name for field in result.fields] == ["ts", "a", "f", "v", "n", "b", "x", "k", "s"]
assert result.fetch_all() == ROWS
assert list(connection.query("select * from m order by ts")) == ROWS
rows = connection.query("select * from m order by ts").rows_iter()
assert [row.as_tuple() for row in rows] == ROWS
assert connection.query("select a, n from m order by ts").fetch_all_into_dict()[0] == {"a": 1, "n": "汉字"}
printed = [str(row) for row in connection.query("select a, v, n from m order by ts").rows_iter()]
assert printed == ["1 abc 汉字", "NULL NULL NULL"], printed
""",
    "cursor": INSERT + """
cursor = connection.cursor()
cursor.execute("select a, v from m order by ts")
assert [column[0] for column in cursor.description] == ["a", "v"]
assert cursor.fetchall() == [(1, "abc"), (None, None)]
assert cursor.execute(f"insert into m1 (ts, a) values ({T[2]}, 3)") == 1
cursor.execute("select a from m order by ts")
assert [row for row in cursor] == [(1,), (None,), (3,)]
""",
    "errors": """
for sql, code in (("select nope from m", 0x2602), ("selec 1", 0x2600), ("select * from missing", 0x2603)):
    try:
        connection.query(sql)
    except taos.ProgrammingError as error:
        assert error.errno & 0xFFFF == code, (sql, hex(error.errno))
    else:
        raise AssertionError(sql)
""",
    "stmt2": """
statement = connection.statement2("insert into ? using m tags (?, ?) values (?, ?, ?, ?, ?, ?, ?)")
values = [T, [1, None, 3], [0.5, None, 2.5], ["x", None, ""], ["é", None, "汉"], [True, None, False], [b"1", None, b""]]
statement.bind_param(["m2", "m3"], [[2, "zwei"], [3, None]], [values, values])
statement.execute()
assert statement.affected_rows == 6
statement.close()
found = connection.query("select * from m where tbname = 'm3' order by ts").fetch_all()
assert found == [row + (3, None) for row in zip(AT, *values[1:])], found
statement = connection.statement2("select a, n from m where a = ? and k = ?")
statement.bind_param(None, None, [[3], [2]])
statement.execute()
assert statement.result().fetch_all() == [(3, "汉")]
statement.close()
""",
    "stmt": """
statement = connection.statement("insert into ? using m tags (?, ?) values (?, ?, ?, ?, ?, ?, ?)")
tags = taos.new_bind_params(2)
tags[0].int(9)
tags[1].nchar("neun")
statement.set_tbname_tags("m9", tags)
binds = taos.new_multi_binds(7)
binds[0].timestamp(T)
binds[1].int([1, None, 3])
binds[2].double([1.0, None, 2.0])
binds[3].binary(["abc", None, "z"])
binds[4].nchar(["涛思", None, ""])
binds[5].bool([True, None, False])
binds[6].varbinary([b"a", None, b"bc"])
statement.bind_param_batch(binds)
statement.execute()
assert statement.affected_rows == 3
statement.close()
expected = [(AT[0], "abc", "涛思", True), (AT[1], None, None, None), (AT[2], "z", "", False)]
assert connection.query("select ts, v, n, b from m9 order by ts").fetch_all() == expected
statement = connection.statement("select a from m where v = ?")
binds = taos.new_bind_params(1)
binds[0].binary("z")
statement.bind_param(binds)
statement.execute()
assert statement.use_result().fetch_all() == [(3,)]
statement.close()
""",
    "callbacks": INSERT + """
import threading
from ctypes import c_void_p

done, seen = threading.Event(), []

def on_rows(param, result, n_rows):
    result = taos.TaosResult(c_void_p(result), close_after=n_rows == 0)
    if n_rows == 0:
        done.set()
        return
    seen.extend(row.as_tuple() for row in result.rows_iter(n_rows))
    result.fetch_rows_a(on_rows, param)

def on_query(param, result, code):
    assert code == 0
    taos.TaosResult(c_void_p(result)).fetch_rows_a(on_rows, param)

connection.query_a("select * from m order by ts", on_query, c_void_p(1))
assert done.wait(20)
assert seen == ROWS, seen
""",
    "with_the_binding": INSERT + """
import taosnative

with taosnative.connect("embedded:") as own:  # a server of its own
    assert own.query("select 1").rows() == [(1,)]
assert connection.query("select count(*) from m").fetch_all() == [(2,)]
""",
}  # fmt: skip


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """A folder with libtaos.so."""
    folder = tmp_path_factory.mktemp("linked") / "lib"
    command = [sys.executable, "-W", "error", "-m", "taosnative.embedded", "link", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert str(folder) in done.stdout
    return folder


@pytest.mark.parametrize("name", PROGRAMS)
def test_taospy_works_as_on_a_server(linked, name):
    environment = os.environ | {"LD_LIBRARY_PATH": str(linked), "PYTHONPATH": str(ROOT), "TZ": "UTC"}
    program = PROLOGUE + PROGRAMS[name] + "\nconnection.close()\nprint('done')\n"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stderr, done.stdout, done.returncode) == ("", "done\n", 0)


def test_link_replaces_its_own_link_and_no_file(linked, tmp_path):
    command = [sys.executable, "-m", "taosnative.embedded", "link"]
    again = subprocess.run([*command, linked], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert again.returncode == 0
    (tmp_path / "libtaos.so").write_bytes(b"TDengine's own")
    refused = subprocess.run([*command, tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "is left as it is" in refused.stderr
    assert (tmp_path / "libtaos.so").read_bytes() == b"TDengine's own"
