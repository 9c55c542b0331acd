"""Telling how far an insert is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

Report = Callable[[int, int], Any]


class _Bar(AbstractContextManager["Report"]):
    """A bar of tqdm's, where it is installed; else nothing is shown."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: Any = None

    def __enter__(self) -> Report:
        try:
            from tqdm.auto import tqdm
        except ModuleNotFoundError:
            return lambda done, total: None
        self._bar = tqdm(desc=self._title, unit=" rows", unit_scale=True)
        return self._show

    def _show(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def reporting(progress: Report | bool | None, title: str) -> AbstractContextManager[Report]:
    """A context that gives what is to be called with the rows done and the rows in all.

    Parameters
    ----------
    progress
        A callable; True: a bar, where tqdm is installed; None or False: nothing.
    title
        What a bar is called.
    """
    if callable(progress):
        return nullcontext(progress)
    return _Bar(title) if progress else nullcontext(lambda done, total: None)
