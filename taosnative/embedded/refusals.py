"""DuckDB's errors as TDengine's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from .protocol import EngineError

QUERY_KILLED = 0x8000022D
OUT_OF_MEMORY = 0x80000102
INTERNAL_ERROR = 0x800026FF


@contextmanager
def translated() -> Iterator[None]:
    """What DuckDB refuses inside is an EngineError outside."""
    try:
        yield
    except duckdb.InterruptException:
        raise EngineError(QUERY_KILLED, "Query killed") from None
    except duckdb.OutOfMemoryException as problem:
        raise EngineError(OUT_OF_MEMORY, f"Out of memory: {problem}") from problem
    except RuntimeError as problem:
        if str(problem) != "Query interrupted":
            raise
        raise KeyboardInterrupt from None  # DuckDB looks for signals while it runs, and swallows what it finds
    except duckdb.Error as problem:
        raise EngineError(INTERNAL_ERROR, f"Internal error: {problem}") from problem
