"""What PEP 249 asks of a connection: cursors, exceptions, and an honest answer about transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from . import errors
from .cursor import Cursor
from .dsn import limit_of_call
from .errors import InterfaceError, NotSupportedError
from .lifecycle import Closing
from .native._connection import ConnectionHandle
from .rows import tuple_row

if TYPE_CHECKING:
    from .columns.moments import Times
    from .connection import Connection
    from .rows import RowFactory

RowT = TypeVar("RowT")


class DatabaseApi(Closing[ConnectionHandle]):
    """The part of `Connection` that is PEP 249's."""

    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError

    @overload
    def cursor(
        self, row_factory: None = None, *, times: Times | None = None, timeout: float | None = None
    ) -> Cursor[tuple[Any, ...]]: ...

    @overload
    def cursor(
        self, row_factory: RowFactory[RowT], *, times: Times | None = None, timeout: float | None = None
    ) -> Cursor[RowT]: ...

    def cursor(
        self,
        row_factory: RowFactory[Any] | None = None,
        *,
        times: Times | None = None,
        timeout: float | None = None,
    ) -> Cursor[Any]:
        """A cursor of PEP 249, whose rows are tuples or what `row_factory` (`taosnative.rows.dict_row`, …) makes.

        What times are in them is `Result.rows`'s `times`, and `timeout` is `query`'s for what it executes.

        Raises
        ------
        InterfaceError
            The connection is closed.
        """
        self._check_open()
        return Cursor(cast("Connection", self), row_factory or tuple_row, times, limit_of_call(timeout))

    def commit(self) -> None:
        """Does nothing: TDengine has no transactions, and what a statement wrote is written.

        Raises
        ------
        InterfaceError
            The connection is closed.
        """
        self._check_open()

    def rollback(self) -> None:
        """Always an error, since TDengine has no transactions: what was written stays.

        Raises
        ------
        NotSupportedError
            Nothing can be taken back.
        InterfaceError
            The connection is closed.
        """
        self._check_open()
        raise NotSupportedError("TDengine has no transactions: what was written is written, and nothing is rolled back")

    @property
    def autocommit(self) -> bool:
        """True: each statement is committed by itself. It cannot be set to False (NotSupportedError)."""
        return True

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        if not value:
            raise NotSupportedError("TDengine has no transactions: autocommit cannot be switched off")

    def _check_open(self) -> None:
        if self.closed:
            raise InterfaceError("the connection is closed")
