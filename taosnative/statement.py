"""A prepared statement: columns of values are bound to its question marks, and it is executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .columns._bind import BindSet, Column
from .columns.convert import convert
from .columns.source import Target
from .dsn import seconds
from .errors import BY_CODE as ERRORS
from .errors import DataError, Error, InterfaceError, ProgrammingError
from .lifecycle import Closing
from .marks import find_marks
from .names import LONGEST_TABLE_NAME, bound_name, name_fault
from .native._statement import StatementHandle
from .native.fields import StatementField
from .parameters import Parameter, check_precision, check_row, query_columns
from .reading import ReadOptions
from .result import Result
from .tables import tables_of_rows
from .types import BY_CODE, BY_NAME, Field

if TYPE_CHECKING:
    from .native._connection import ConnectionHandle

__all__ = ["Statement", "StatementField"]

#: Codes that the driver gives for what is refused here before it gets there.
_INVALID_OPERATION: Final = 0x80000200
_NAME_NOT_SET: Final = 0x8000022B
_NAME_TWICE: Final = 0x8000267E
_ALIASES: Final = {"BINARY": "VARCHAR"}


def _misused(message: str, code: int) -> ProgrammingError:
    return ProgrammingError(message, code=code, name=ERRORS[code].name)


class Statement(Closing[StatementHandle]):
    """A prepared statement; made by `Connection.prepare`. A context manager that closes it.

    After an error it can be used again at once: what was bound and not executed is lost. One thread uses it at a time;
    another one waits.

    Parameters
    ----------
    connection : ConnectionHandle
        What it runs on.
    sql : str
        One statement with a ``?`` for each value. In an INSERT the name of the table may be one, and every tag must be.
    interlace : bool
        The driver's mode for rows of many child tables of one super table: every column is bound, in the table's
        order, and a table once before an execute.
    req_id : int, optional
        A number from 1 to 2**63 - 1 that the logs of server and driver know its requests by.
    read : ReadOptions, optional
        How a query's result is read; its time zone is that of times that are bound without one, too.

    Raises
    ------
    ProgrammingError
        There are literals in TAGS (…): the driver would lose them without a word.
    NotSupportedError
        The driver has no statements of this kind: they came with 3.3.5.0.
    """

    def __init__(
        self,
        connection: ConnectionHandle,
        sql: str,
        *,
        interlace: bool = False,
        req_id: int | None = None,
        timeout: float | None = None,
        read: ReadOptions | None = None,
    ) -> None:
        self._marks = find_marks(sql)
        if req_id is not None and (type(req_id) is not int or not 1 <= req_id < 2**63):
            raise InterfaceError(f"req_id is an int from 1 to 2**63 - 1, not {req_id!r}")
        self._handle = StatementHandle.prepare(connection, sql, interlace, req_id or 0, timeout)
        self._read = read or ReadOptions()
        self._described: tuple[int, tuple[StatementField, ...]] | None = None
        self._names_bound: set[bytes] = set()
        self._times: list[Parameter] = []  # those that are bound to a query

    @property
    def is_insert(self) -> bool:
        """Whether it writes rows; else it is a query or another statement."""
        return self._handle.is_insert

    @property
    def fields(self) -> tuple[StatementField, ...]:
        """What the question marks stand for, in their order; empty of a query, of which nothing is known.

        Raises
        ------
        ProgrammingError
            As the server answers: the statement cannot be understood, or has no such table. `code` is 0x8000022B where
            the table is not known before it is bound (``insert into ? values …``).
        """
        return self._describe()[1]

    @property
    def n_marks(self) -> int:
        """Number of question marks, the one for the name of the table included."""
        return self._describe()[0]

    def bind(
        self,
        columns: Any,
        types: Sequence[str | int] | None = None,
        *,
        tbname: str | Sequence[str] | None = None,
        tags: Any = None,
        tag_types: Sequence[str | int] | None = None,
        column: int | None = None,
    ) -> None:
        """Bind columns of values: they are copied by the driver, and written by the next `execute`.

        Parameters
        ----------
        columns : sequence or mapping
            A column (array or sequence) for each question mark that is one, in their order; or by name, where `types`
            is not given. For several tables, a sequence of such, one for each table.
        types : sequence of str or int, optional
            The types of the columns, by name ("INT UNSIGNED") or by number. With them, columns go as they are: only
            the driver judges what they hold. Without, they are converted to what the table wants, and checked, as
            `Connection.insert` does; a query's, each of one value, are bound by the types of Python that they are of,
            as the parameters of `Connection.query`.
        tbname : str or sequence of str, optional
            The table, or the tables, where the statement has a question mark for it. A name is taken as it stands,
            in the case that it has; with `types` in the driver's own spelling, which has backquotes and databases.
        tags : sequence or mapping, optional
            The table's tags, in their order or by name; for several tables a sequence of such.
        tag_types : sequence of str or int, optional
            The types of the tags, as `types`. Without, tags are converted and checked.
        column : int, optional
            Bind this column alone, of which `columns`, and `types`, are then lists of one. Columns are to be bound in
            their order.

        Raises
        ------
        DataError
            A value does not fit: says column, row and value.
        ProgrammingError
            The number of columns, rows, tags or tables does not fit the statement, or the server refuses what is bound.
        InterfaceError
            The statement or its connection is closed.

        Notes
        -----
        The memory of an array is used as it lies where dtype, byte order and layout fit, except for BOOL. The GIL is
        released while the driver copies it. At most 32,767 rows of a table can be bound at a time.
        """
        several = not isinstance(tbname, str) and hasattr(tbname, "__iter__")
        names = None if tbname is None else list(tbname) if several else [tbname]
        tables = list(columns) if several else [columns]
        rows_of_tags = None if tags is None else list(tags) if several else [tags]
        n_columns, n_tags = self._expected()
        self._check_tables(names, tables, rows_of_tags, n_tags)
        if not self.is_insert and types is None:
            self._bind_query(columns, n_columns, column)
            return
        self._times = []
        if column is not None and not 0 <= column < n_columns:
            raise ProgrammingError(f"column={column}, and the statement has {n_columns}")
        targets = self._targets("column", types, n_columns if column is None else 1)
        if column is not None and types is None:
            targets = targets[column : column + 1]
        bound = [self._columns(table, targets, "column") for table in tables]
        if types is None:
            self._check_rows(bound, targets)
        bound_tags = None
        if rows_of_tags is not None:
            tag_targets = self._targets("tag", tag_types, n_tags)
            bound_tags = [self._columns(_as_columns(row), tag_targets, "tag") for row in rows_of_tags]
        bound_names = None if names is None else [self._name(name, as_it_is=types is not None) for name in names]
        self._bind_once(bound_names)
        self._handle.bind(BindSet.of_tables(bound, bound_tags, bound_names), -1 if column is None else column)
        self._names_bound.update(bound_names or ())

    def execute(self, *, timeout: float | None = None) -> int:
        """Run the statement with what is bound, and give the number of rows written; 0 of a query.

        Parameters
        ----------
        timeout : float, optional
            Seconds that it may take; inf is without a limit. That of `Connection.prepare` where it is not given.

        Raises
        ------
        InterfaceError
            It is an INSERT, and nothing is bound since the last time.
        DatabaseError
            As the server answers; `in_doubt` says whether rows may have been written.
        TimedOutError
            It took longer than `timeout`. Whatever was bound is lost; an INSERT's rows may have been written.

        Notes
        -----
        Rows of one table that share a key count once. The GIL is released while the server works.
        """
        limit = None if timeout is None else seconds("timeout", timeout)
        try:
            return self._handle.execute(limit)
        finally:
            self._names_bound.clear()

    def result(self) -> Result:
        """The result of a query that was executed. It ends where it is not read before the next bind or execute.

        Raises
        ------
        InterfaceError
            There is none.
        DataError
            A time was bound that the precision of what was queried does not hold: the server has cut it.
        """
        result = Result(self._handle.result(), self._read)
        if result.schema:
            try:
                check_precision(self._times, result.precision)
            except BaseException:
                result.close()
                raise
        return result

    def __repr__(self) -> str:
        kind = "insert" if self._handle.is_insert else "query"
        return f"<taosnative.Statement {kind}{', closed' if self.closed else ''}>"

    def bind_row(self, row: Sequence[Any]) -> None:
        """Bind one value for each question mark, in order: the table's name, its tags, its columns.

        Parameters and errors are those of `Connection.query`.
        """
        if self.is_insert:
            self.bind_rows([row])
        else:
            row = check_row(row, self._marks)
            self._bind_query([[value] for value in row], len(row), None)

    def bind_rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Bind rows of an INSERT, each with a value for each question mark, in order; errors are those of `bind`.

        Rows of one table are bound in the order that they are in, of which the last wins where times are equal.
        """
        checked = [check_row(row, self._marks) for row in rows]
        for tables in tables_of_rows(checked, self._row_fields()):
            try:
                if tables[0].name is None:
                    self.bind(tables[0].columns, tags=tables[0].tags)
                else:
                    tags = None if tables[0].tags is None else [table.tags for table in tables]
                    self.bind([one.columns for one in tables], tbname=[str(one.name) for one in tables], tags=tags)
            except DataError as error:
                if len(checked) > 1:
                    error.add_note("a row's number counts, from 0, the rows of one table that are bound together")
                raise

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _describe(self) -> tuple[int, tuple[StatementField, ...]]:
        if self._described is None:
            n_marks, fields = self._handle.describe()
            self._described = n_marks, tuple(fields)
        return self._described

    def _row_fields(self) -> Sequence[StatementField]:
        """What each question mark of an INSERT stands for, in order."""
        try:
            return self.fields
        except Error as error:
            if error.code != _NAME_NOT_SET:
                raise
        raise _misused(
            "the types of the columns are not known before the table is: write its name, or insert into ? using …, or "
            "insert into a super table with tbname among the columns",
            _NAME_NOT_SET,
        )

    def _expected(self) -> tuple[int, int]:
        """How many binds the driver will read for a table: columns, tags."""
        try:
            n_marks, fields = self._describe()
        except Error as error:
            if error.code != _NAME_NOT_SET:
                raise
            return self._marks.values, self._marks.tags
        if not self._handle.is_insert:
            return n_marks, 0
        return sum(field.kind == "column" for field in fields), sum(field.kind == "tag" for field in fields)

    def _takes_name(self) -> bool:
        if self._described is None:
            return self._marks.table
        return any(field.kind == "tbname" for field in self._described[1])

    def _check_tables(
        self, names: list[Any] | None, tables: list[Any], rows_of_tags: list[Any] | None, n_tags: int
    ) -> None:
        if self._takes_name() and names is None:
            raise _misused("the statement has a ? for the table: give tbname=", _NAME_NOT_SET)
        if names is not None and not self._takes_name():
            raise ProgrammingError("the statement has no ? for the table, and tbname= is given")
        if names is not None and len(names) != len(tables):
            raise ProgrammingError(f"{len(names)} names of tables, and columns for {len(tables)}")
        if not tables:
            raise ProgrammingError("there is no table to bind")
        if n_tags and rows_of_tags is None:
            raise ProgrammingError(f"the statement has {n_tags} tags: give tags=")
        if rows_of_tags is not None and not n_tags:
            raise ProgrammingError("the statement has no tags, and tags= is given")
        if rows_of_tags is not None and len(rows_of_tags) != len(tables):
            raise ProgrammingError(f"tags for {len(rows_of_tags)} tables, and columns for {len(tables)}")

    def _targets(self, kind: str, types: Sequence[str | int] | None, n_expected: int) -> list[Target]:
        """What the columns, or the tags, are to become."""
        if types is not None:
            if len(types) != n_expected:
                raise ProgrammingError(f"{len(types)} types are given for {n_expected} {kind}s")
            return [_as_it_is(name, i) for i, name in enumerate(types)]
        fields = [field for field in self.fields if field.kind == kind]
        times = [field for field in fields if field.type == "TIMESTAMP"]
        key = times[0] if kind == "column" and len(times) == 1 else None
        return [Target(field.field, nullable=field is not key, zone=self._read.timezone) for field in fields]

    def _bind_query(self, columns: Any, n_expected: int, column: int | None) -> None:
        """Bind one value for each question mark of a query, by their types."""
        if column is not None or isinstance(columns, Mapping):
            raise ProgrammingError("a query's question marks have no names: give a column of one value for each")
        if len(columns) != n_expected:
            raise ProgrammingError(f"{len(columns)} columns are given, and the statement has {n_expected}")
        if any(isinstance(values, (str, bytes)) or len(values) != 1 for values in columns):
            raise ProgrammingError("a question mark of a query takes a column of one value")
        bound, times = query_columns([values[0] for values in columns], self._read.timezone)
        self._handle.bind(BindSet.of_tables([bound]))
        self._times = times

    def _columns(self, given: Any, targets: list[Target], kind: str) -> list[Column]:
        if isinstance(given, Mapping):
            names = [target.name for target in targets]
            if set(given) != set(names):
                raise ProgrammingError(f"the statement has the {kind}s {names}, and {list(given)} are given")
            given = [given[name] for name in names]
        if len(given) != len(targets):
            raise ProgrammingError(f"{len(given)} {kind}s are given, and the statement has {len(targets)}")
        return [convert(values, target) for values, target in zip(given, targets, strict=True)]

    def _check_rows(self, bound: list[list[Column]], targets: list[Target]) -> None:
        for columns in bound:
            for column, target in zip(columns, targets, strict=True):
                if column.n_rows != columns[0].n_rows:
                    raise _misused(
                        f"column {target.name!r} has {column.n_rows} rows, column {targets[0].name!r} has "
                        f"{columns[0].n_rows}",
                        _INVALID_OPERATION,
                    )

    def _name(self, name: Any, *, as_it_is: bool) -> bytes:
        if not isinstance(name, str):
            raise ProgrammingError(f"the name of a table is a str, not {name!r}")
        if as_it_is:
            return name.encode()
        if (fault := name_fault(name)) is not None:
            code = _INVALID_OPERATION if name and len(name.encode()) > LONGEST_TABLE_NAME else _NAME_NOT_SET
            raise _misused(f"the name {name!r} {fault}", code)
        return bound_name(name)

    def _bind_once(self, names: list[bytes] | None) -> None:
        """Refuse what makes a table unreadable on the server: to bind it twice before one execute, interlaced."""
        if not self._handle.interlace or names is None:
            return
        twice = self._names_bound.intersection(names) or {name for name in names if names.count(name) > 1}
        if twice:
            raise _misused(
                f"{min(twice).decode()!r} is bound twice before one execute, which interlace=True does not allow",
                _NAME_TWICE,
            )


def _as_columns(row: Any) -> Any:
    """A row of tags as columns of one value."""
    if isinstance(row, Mapping):
        return {name: [value] for name, value in row.items()}
    if isinstance(row, (str, bytes)) or not hasattr(row, "__iter__"):
        raise ProgrammingError(f"the tags of a table are a sequence or a mapping, not {row!r}")
    return [[value] for value in row]


def _as_it_is(name: str | int, i: int) -> Target:
    """What a column of a given type is laid out as, unchecked."""
    found = BY_CODE.get(name) if isinstance(name, int) else BY_NAME.get(_ALIASES.get(name.upper(), name.upper()))
    if found is None:
        raise InterfaceError(f"{name!r} is no type of TDengine that can be bound")
    return Target(Field(str(i), found.name, found.width), checked=False)
