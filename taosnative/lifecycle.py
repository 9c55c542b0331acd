"""What connections, results and statements have in common: each is closed once, and says so where it was not."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, ClassVar, Generic, Self, TypeVar

from .native._handle import Handle

if TYPE_CHECKING:
    from types import TracebackType

HandleT = TypeVar("HandleT", bound=Handle)


class Closing(Generic[HandleT]):
    """A public object over one handle: a context manager that closes it.

    Dropped while it is open, it closes its handle and warns (`ResourceWarning`).
    """

    _handle: HandleT
    #: How a sentence goes on that says that it was dropped before it was …
    _ended: ClassVar[str] = "closed"

    @property
    def closed(self) -> bool:
        """Whether it was closed, by itself or with what it belongs to; a result also where it was read to its end."""
        return self._handle.closed

    def close(self) -> None:
        """Close it, and all that it was parent of; closing again does no harm.

        Waits for calls that other threads are in. A query that is not at its end is stopped.
        """
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None and not handle.closed:
            what = f"{self!r} was dropped before it was {self._ended}"
            warnings.warn(what, ResourceWarning, stacklevel=2, source=self)
            self.close()
