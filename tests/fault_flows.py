"""What a program does with a driver, step by step, so that each step can be made to fail: flows of the fault matrix.

A flow works on a World, gives what it has read or written, and may be run again after it was broken off: what it finds
open in its world it goes on to use.
"""

import re
from pathlib import Path

import numpy as np
from block_encoder import Column, encode

import taosnative

PACKAGE = Path(__file__).parents[1] / "taosnative"
INT, VARCHAR, TIMESTAMP, DECIMAL = 4, 8, 9, 17
#: A block of the table that is read, and its rows.
BLOCK = encode(
    [
        Column("TIMESTAMP", [1, 2, 3]),
        Column("INT", [7, None, 9]),
        Column("VARCHAR", ["x", None, "z"]),
        Column("DECIMAL", [100, 250, None], digits=10, scale=2),
    ]
)
FIELDS = [("ts", TIMESTAMP, 8), ("a", INT, 4), ("v", VARCHAR, 10), ("d", DECIMAL, 16, 10, 2)]
TIME, NUMBER = ("ts", TIMESTAMP, 8, "column", 0, 0), ("a", INT, 4, "column", 0, 0)
NAME, TAG = ("tbname", VARCHAR, 271, "tbname", 0, 0), ("site", VARCHAR, 22, "tag", 0, 0)
N_BLOCKS = 7
#: Child tables of the insert, and rows of each: made by it; there with few rows; there with many.
TABLES = {**{f"n{i}": 2 for i in range(5)}, **{f"s{i}": 3 for i in range(5)}, **{f"p{i}": 33 for i in range(2)}}
N_ROWS = sum(TABLES.values())


class World:
    """A driver, told what there is to read and to write; a connection, and what a flow has open over it."""

    def __init__(self, fault, folder):
        self.fault, self.folder = fault, folder
        self.conn = None
        self._statements = {}
        fault.reset()
        fault.set_version("3.3.6.0")
        self._tell()

    def _tell(self):
        """Say what statements give."""
        fault = self.fault
        fault.answer(affected=3)
        fault.answer(FIELDS, [(BLOCK, 3)] * 2, to="select ts")
        fault.answer(FIELDS, [(BLOCK, 3)] * N_BLOCKS, to="select *")
        described = encode(
            [
                Column("VARCHAR", ["ts", "a", "site"]),
                Column("VARCHAR", ["TIMESTAMP", "INT", "VARCHAR"]),
                Column("INT", [8, 4, 20]),
                Column("VARCHAR", ["", "", "TAG"]),
            ]
        )
        headers = [("field", VARCHAR, 64), ("type", VARCHAR, 16), ("length", INT, 4), ("note", VARCHAR, 12)]
        fault.answer(headers, [(described, 3)], to="describe")
        there = [name for name in TABLES if not name.startswith("n")]
        block = encode([Column("VARCHAR", there), Column("VARCHAR", ["north"] * len(there))])
        fault.answer([("tbname", VARCHAR, 192), ("site", VARCHAR, 20)], [(block, len(there))], to="select tags")

    def connect(self):
        """Open the connection that flows work on."""
        self.conn = taosnative.connect(driver=self.fault.path)

    def statement(self, sql):
        """The statement of this text; made where it was not."""
        if sql not in self._statements:
            self._statements[sql] = self.conn.prepare(sql)
        return self._statements[sql]

    def close(self):
        for statement in self._statements.values():
            statement.close()
        if self.conn is not None:
            self.conn.close()


def connect(world):
    """Log in with options, and ask and set what a connection knows. It needs a driver that nobody has opened."""
    with taosnative.connect(
        driver=world.fault.path, config=world.folder, timezone="Asia/Shanghai", user_app="plant", charset="UTF-8"
    ) as conn:
        conn.select_db("power")
        conn.select_db("plant")
        conn.kill()
        return conn.database, conn.server_info.splitlines(), conn.client_info, conn.database


def query(world):
    """Run statements that write, and read short results."""
    conn = world.conn
    written = [
        conn.execute("insert into t values (now, 1)"),
        conn.execute("delete from t", req_id=5),
        conn.execute("insert into t values (now, 2)", req_id=6),
        conn.execute("insert into t values (now, 3)"),
    ]
    arrays = conn.query("select ts, a from t").numpy(nulls="masked")
    return written, [column.tolist() for column in arrays.values()], conn.query("select ts from t", req_id=7).rows()


def stream(world):
    """Read a long result block by block to its end, and another one for a while."""
    rows = list(world.conn.query("select * from t"))
    with world.conn.query("select * from t") as result:
        iterator = iter(result)
        first = [next(iterator) for _ in range(2)]
        result.stop()
    return rows, first


def insert(world):
    """Write rows of many tables, of which some are made, in all three forms and in many requests."""
    world.fault.tell_fields(NAME, TAG, TIME, NUMBER)
    names = np.repeat(list(TABLES), list(TABLES.values()))
    columns = {"ts": np.arange(N_ROWS).view("M8[ms]"), "a": np.arange(N_ROWS, dtype="i4"), "device": names}
    summary = world.conn.insert("m", columns, tbname="device", tags={"site": "north"}, batch_rows=8)
    return summary.rows, summary.tables_created, summary.batches, summary.rows_in_doubt, summary.rows_not_sent


def statement(world):
    """Bind and execute an INSERT twice, and a query twice, by statements that stay open."""
    world.fault.tell_fields(TIME, NUMBER)
    inserting = world.statement("insert into n values (?, ?)")
    fields = [field.name for field in inserting.fields]
    written = []
    for n in (2, 3):
        inserting.bind([np.arange(n).view("M8[ms]"), np.arange(n, dtype="i4")])
        inserting.bind([np.arange(n).view("M8[ms]"), np.arange(n, dtype="i4")])
        written.append(inserting.execute())
    asking = world.statement("select ts from n where ts > ? and a = ?")
    read = []
    for n in (1, 2):
        asking.bind([[n], [n]], ["TIMESTAMP", "INT"])
        asking.execute()
        read.append(asking.result().rows())
    return fields, written, read


FLOWS = {flow.__name__: flow for flow in (connect, query, stream, insert, statement)}


def called_by_the_binding():
    """Every function of taosc that the compiled modules call, read out of their text."""
    sources = [path for path in PACKAGE.rglob("*.pyx") if "embedded" not in path.parts]
    calls = re.compile(r"(?:taosc|functions)\.((?:taos|tmq)_\w+)\(")
    return {name for path in sources for name in calls.findall(path.read_text())}
