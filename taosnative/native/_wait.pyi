from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

def wait_for(
    function: Callable[..., T],
    arguments: tuple[Any, ...],
    timeout: float | None = None,
    what: str = "the call",
    stop: Callable[[], Any] | None = None,
    writes: bool = False,
) -> T: ...
