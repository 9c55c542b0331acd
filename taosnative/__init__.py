"""A Cython-accelerated native binding to taosc, the C client of TDengine.

`connect` is where everything begins. The module is a PEP 249 module; importing it opens no driver.
"""

from . import errors
from .connection import Connection, connect
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
    Warning,  # noqa: A004 (the name is PEP 249's)
)
from .ingest import InsertSummary
from .result import Result
from .statement import Statement, StatementField
from .types import Field

__version__ = "0.1.0"

apilevel = "2.0"
threadsafety = 2  #: threads may share the module and connections
paramstyle = "qmark"

__all__ = [
    "Connection",
    "DataError",
    "DatabaseError",
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
    "Warning",
    "apilevel",
    "connect",
    "errors",
    "paramstyle",
    "threadsafety",
]
