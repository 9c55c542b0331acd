from collections.abc import Callable
from typing import Any, TypeVar

from taosnative.errors import TimedOutError

T = TypeVar("T")

def timed_out(what: str, timeout: float, writes: bool = False) -> TimedOutError: ...
def wait_for(
    function: Callable[..., T],
    arguments: tuple[Any, ...],
    timeout: float | None = None,
    what: str = "the call",
    stop: Callable[[], Any] | None = None,
    writes: bool = False,
) -> T: ...
