"""Threads of a test: started, waited for, and never left hanging."""

import threading
import time
from collections.abc import Callable
from typing import Any

LIMIT = 20.0  #: seconds after which a test is stuck


class Running(threading.Thread):
    """A function that runs on a thread of its own; `join` gives what it returned or raised."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        super().__init__(daemon=True)
        self._function, self._arguments = function, arguments
        self._outcome: Any = None
        self.start()

    def run(self) -> None:
        try:
            self._outcome = self._function(*self._arguments)
        except BaseException as error:
            self._outcome = error

    def join(self, timeout: float | None = LIMIT) -> Any:
        super().join(timeout)
        assert not self.is_alive(), "a thread does not come to its end"
        return self._outcome


def until(condition: Callable[[], bool]) -> None:
    """Let other threads run until a condition holds."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "what a test waits for does not come about"
        time.sleep(0)  # gives way; no time passes by it
