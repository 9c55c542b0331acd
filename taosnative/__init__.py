"""A Cython-accelerated native binding to taosc, the C client of TDengine.

`connect` is where everything begins. The module is a PEP 249 module; importing it opens no driver.
"""

from . import errors, rows
from .batch import Batch
from .connection import Connection, connect
from .cursor import Cursor
from .errors import (
    DatabaseError,
    DataError,
    DriverNotFoundError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    TimedOutError,
    Warning,  # noqa: A004 (the name is PEP 249's)
)
from .ingest import InsertSummary
from .result import Result
from .statement import Statement, StatementField
from .typeobjects import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Column,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
    TypeCode,
    TypeObject,
)
from .types import Field

__version__ = "0.1.0"

apilevel = "2.0"
threadsafety = 2  #: threads may share the module and connections
paramstyle = "qmark"

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "Batch",
    "Binary",
    "Column",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "DriverNotFoundError",
    "Error",
    "Field",
    "InsertSummary",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Result",
    "Statement",
    "StatementField",
    "Time",
    "TimeFromTicks",
    "TimedOutError",
    "Timestamp",
    "TimestampFromTicks",
    "TypeCode",
    "TypeObject",
    "Warning",
    "apilevel",
    "connect",
    "errors",
    "paramstyle",
    "rows",
    "threadsafety",
]
