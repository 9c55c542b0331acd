"""What a statement's handler is, and how one is chosen by words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .protocol import Outcome
from .tokens import Reader

if TYPE_CHECKING:
    from .session import EngineSession

#: Runs a statement whose tokens have been read up to what the handler is for.
Handler = Callable[["EngineSession", Reader], Outcome]


def dispatch(handlers: dict[str, Handler]) -> Handler:
    """A handler that chooses another by the word that comes next."""

    def chosen(session: EngineSession, reader: Reader) -> Outcome:
        word = reader.token.value if reader.token.kind == "id" else ""
        if word not in handlers:
            reader.fail()
        reader.next()
        return handlers[word](session, reader)

    return chosen


def after_keyword(handler: Handler) -> Handler:
    """The handler of a statement whose first word is to be skipped."""

    def skipped(session: EngineSession, reader: Reader) -> Outcome:
        reader.next()
        return handler(session, reader)

    return skipped


def if_not_exists(reader: Reader) -> bool:
    """Take `if not exists`."""
    if reader.accept("if"):
        reader.expect("not", "exists")
        return True
    return False


def if_exists(reader: Reader) -> bool:
    """Take `if exists`."""
    if reader.accept("if"):
        reader.expect("exists")
        return True
    return False
