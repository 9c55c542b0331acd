"""Users, rights, and the care of a cluster: what one process in one place can make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .handlers import Handler, dispatch, if_exists, if_not_exists
from .names import require_stable, table_name
from .protocol import EngineError, Outcome
from .server import USER_NOT_EXIST, User
from .tokens import Reader

if TYPE_CHECKING:
    from .session import EngineSession

NOT_SUPPORTED = 0x80000100
USER_EXISTS = 0x80000350
PASSWORD_TOO_SHORT = 0x80002611
INVALID_CONNECTION_ID = 0x8000030E
CONFIG_NOT_FOUND = 0x80000122
TOPIC_NOT_EXIST = 0x800003E1
INVALID_TAG_NAME = 0x8000260E
_SHORTEST_PASSWORD = 8


def not_supported(session: EngineSession, reader: Reader) -> Outcome:
    """The refusal of what TDengine has and the engine has not."""
    raise EngineError(NOT_SUPPORTED, "Operation not supported")


def _password(reader: Reader) -> str:
    password = reader.string()
    if len(password) < _SHORTEST_PASSWORD:
        raise EngineError(PASSWORD_TOO_SHORT, "Password too short or empty")
    return password


def _create_user(session: EngineSession, reader: Reader) -> Outcome:
    name = reader.name(23)
    reader.expect("pass")
    password = _password(reader)
    user = User(password, session.now(0))
    while reader.at("sysinfo", "createdb"):
        setattr(user, reader.next().value, reader.integer())
    reader.end()
    if name in session.server.users:
        raise EngineError(USER_EXISTS, "User already exists")
    session.server.users[name] = user
    return Outcome()


def _user(session: EngineSession, name: str) -> User:
    user = session.server.users.get(name)
    if user is None:
        raise EngineError(USER_NOT_EXIST, "Invalid user")
    return user


def _alter_user(session: EngineSession, reader: Reader) -> Outcome:
    name = reader.name(23)
    if reader.accept("pass"):
        password = _password(reader)
        reader.end()
        _user(session, name).password = password
        return Outcome()
    if not reader.at("sysinfo", "createdb"):
        reader.fail()
    fact = reader.next().value
    value = reader.integer()
    reader.end()
    setattr(_user(session, name), fact, value)
    return Outcome()


def _drop_user(session: EngineSession, reader: Reader) -> Outcome:
    name = reader.name(23)
    reader.end()
    _user(session, name)
    del session.server.users[name]
    return Outcome()


def _rights(preposition: str) -> Handler:
    """GRANT and REVOKE: every user has every right here, so that only their words are checked."""

    def handle(session: EngineSession, reader: Reader) -> Outcome:
        while reader.token.kind != "end" and not reader.at(preposition):
            reader.next()
        reader.expect(preposition)
        name = reader.name(23)
        reader.end()
        _user(session, name)
        return Outcome()

    return handle


def _create_index(session: EngineSession, reader: Reader) -> Outcome:
    """An index of a tag, which DuckDB needs none for."""
    if_not_exists(reader)
    reader.name(192)
    reader.expect("on")
    name = table_name(session, reader)
    reader.expect("(")
    tag_name = reader.name()
    reader.expect(")")
    reader.end()
    table = require_stable(session, name)
    if not any(tag.name == tag_name for tag in table.tags):
        raise EngineError(INVALID_TAG_NAME, f"Invalid tag name: {tag_name}")
    return Outcome()


def _drop_index(session: EngineSession, reader: Reader) -> Outcome:
    if_exists(reader)
    reader.name(192)
    reader.end()
    return Outcome()


def _drop_topic(session: EngineSession, reader: Reader) -> Outcome:
    lenient = if_exists(reader)
    reader.name(192)
    reader.end()
    if not lenient:
        raise EngineError(TOPIC_NOT_EXIST, "Topic not exist")
    return Outcome()


def _flush(session: EngineSession, reader: Reader) -> Outcome:
    reader.expect("database")
    name = reader.name()
    reader.end()
    session.database(name)
    return Outcome()


def _reset(session: EngineSession, reader: Reader) -> Outcome:
    reader.expect("query", "cache")
    reader.end()
    return Outcome()


def _kill(session: EngineSession, reader: Reader) -> Outcome:
    reader.next()
    reader.end()
    raise EngineError(INVALID_CONNECTION_ID, "Invalid connection id")


def _update(session: EngineSession, reader: Reader) -> Outcome:
    """There is no UPDATE: a row is written again."""
    reader.fail()


def _alter_dnode(session: EngineSession, reader: Reader) -> Outcome:
    reader.integer()
    reader.string()
    raise EngineError(CONFIG_NOT_FOUND, "Config not found")


#: What TDengine makes and drops, and one process in one place has no use for, or not yet.
_ELSEWHERE = (
    *("account", "aggregate", "anode", "bnode", "dnode", "function", "mnode", "or", "qnode", "recursive", "rsma"),
    *("sma", "snode", "stream", "tsma", "view", "consumer", "connection", "encrypt_key"),
)
CREATE: dict[str, Handler] = {
    "user": _create_user,
    "index": _create_index,
    **dict.fromkeys((*_ELSEWHERE, "topic"), not_supported),
}
DROP: dict[str, Handler] = {
    "user": _drop_user,
    "index": _drop_index,
    "topic": _drop_topic,
    **dict.fromkeys(_ELSEWHERE, not_supported),
}
ALTER: dict[str, Handler] = {
    "user": _alter_user,
    "dnode": _alter_dnode,
    **dict.fromkeys(("local", "all", "cluster", "vgroup", "account"), not_supported),
}
STATEMENTS: dict[str, Handler] = {
    "grant": _rights("to"),
    "revoke": _rights("from"),
    "update": _update,
    "flush": _flush,
    "reset": _reset,
    "kill": dispatch({"query": _kill, "connection": _kill}),
    **dict.fromkeys(
        ("compact", "balance", "trim", "merge", "split", "redistribute", "restore", "pause", "resume", "sync"),
        not_supported,
    ),
}
