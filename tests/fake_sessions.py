"""Sessions that answer what they are told, behind the embedded engine's C face: fixtures for tests of that face."""

import pytest
import taosc_calls

from taosnative.embedded import server
from taosnative.embedded.protocol import ColumnInfo, EngineError, Outcome

lib = taosc_calls.load()
BOOL, INT, FLOAT, DOUBLE, VARCHAR, TIMESTAMP, NCHAR, JSON, VARBINARY = 1, 4, 6, 7, 8, 9, 10, 15, 16
APP_ERROR, INVALID_PARA, NOT_SUPPORTED, DISCONNECTED = 0x80000110, 0x80000118, 0x80000100, 0x80000213
QUERY_KILLED, NO_JOB = 0x8000022D, 0x80002506


class FakeSession:
    """Answers statements from a dict; a value is an Outcome, an exception, or a function that gives one."""

    def __init__(self, answers):
        self.answers = answers
        self.database = None
        self.timezones = []
        self.is_closed = False
        self.n_interrupts = 0

    def execute(self, sql):
        if sql.startswith("use "):
            self.database = sql[4:]
            return Outcome()
        answer = self.answers[sql]
        answer = answer() if callable(answer) else answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def validate(self, sql):
        self.execute(sql)

    def current_database(self):
        return self.database

    def use(self, database):
        self.database = database

    def set_timezone(self, name):
        self.timezones.append(name)

    def interrupt(self):
        self.n_interrupts += 1

    def close(self):
        self.is_closed = True


@pytest.fixture
def sessions(monkeypatch):
    """Sessions by address; a connection to one that is not there is refused."""
    known = {}

    def connect(address, user, password, database):
        if address not in known:
            raise EngineError(0x8000000B, "Unable to establish connection")
        known[address].arguments = (user, password, database)
        return known[address]

    monkeypatch.setattr(server, "connect", connect)
    return known


@pytest.fixture
def session(sessions):
    sessions["here"] = FakeSession({})
    return sessions["here"]


@pytest.fixture
def taos(session):
    connection = lib.taos_connect(b"here", None, None, None, 0)
    yield connection
    lib.taos_close(connection)


def columns(*types, length=10):
    return tuple(
        ColumnInfo(f"c{i}", code, {TIMESTAMP: 8, BOOL: 1, INT: 4, FLOAT: 4, DOUBLE: 8}.get(code, length))
        for i, code in enumerate(types)
    )


def query(taos, sql=b"q"):
    res = lib.taos_query(taos, sql)
    assert res
    return res


def code(res=None):
    return taosc_calls.unsigned(lib.taos_errno(res))
