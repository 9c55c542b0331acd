"""Sessions of the embedded engine for tests, below the C functions."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from taosnative.embedded import server
from taosnative.embedded._bound import bound
from taosnative.types import BY_NAME, Kind

DAY = "2026-11-24T13:00:00Z"
_numbers = itertools.count()


def session(address: str | None = None, **login: Any) -> Any:
    """A session; with a server of its own unless told."""
    address = address or f"embedded:?clock={DAY}#test-{next(_numbers)}"
    return server.connect(address, login.get("user"), login.get("password"), login.get("database"))


def rows(session: Any, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    outcome = session.execute(sql)
    return outcome.rows if outcome.stream is None else outcome.stream.fetch_rows()


def run(session: Any, *statements: str) -> int:
    """Run statements; the rows that the last one wrote."""
    affected = 0
    for sql in statements:
        affected = session.execute(sql).affected
    return affected


def column(type_name: str, values: Sequence[Any], not_given: Sequence[int] = ()) -> Any:
    """A bound column: None is NULL, positions in `not_given` are not given."""
    info = BY_NAME[type_name]
    states = bytes(2 if number in not_given else value is None for number, value in enumerate(values))
    if info.kind is Kind.VARIABLE:
        cells = [b"" if value is None else value.encode() if isinstance(value, str) else value for value in values]
        return bound(info.code, b"".join(cells), list(map(len, cells)), states, len(values))
    dtype = "i8" if info.dtype == "M8" else info.dtype
    array = np.array([0 if value is None else value for value in values], dtype)
    return bound(info.code, array.tobytes(), None, states, len(values))
