"""What an error of TDengine is called, which exception it becomes, and whether it pays to try again.

What is known of a code stands once, as a row of `CODES`. A code that is not there gets the class of its block, and
`OperationalError` at last. Nothing here knows a driver: `error_from_code` takes a number and a text.
"""

from __future__ import annotations

import errno
import os
from typing import Any, Final, NamedTuple


class Warning(Exception):  # noqa: A001 (the name is PEP 249's)
    """Something that a user should know of; PEP 249 asks for the class."""


class Error(Exception):
    """The base of every exception that taosnative raises about a database.

    Attributes
    ----------
    code : int or None
        The server's or driver's error code, unsigned, as in 0x80002603; None where taosnative itself refuses.
    name : str or None
        The symbolic name of the code ("PAR_TABLE_NOT_EXIST"); None where it is not known.
    retryable : bool
        Whether the same call may succeed on the same connection when it is tried again after a while.
    in_doubt : bool
        Whether rows may have been written although the call failed.
    summary : InsertSummary or None
        What was written, what is in doubt and what was not sent, where an insert failed on its way.
    """

    code: int | None
    name: str | None
    retryable: bool
    in_doubt: bool
    summary: Any = None

    def __init__(
        self,
        message: str = "",
        *,
        code: int | None = None,
        name: str | None = None,
        retryable: bool = False,
        in_doubt: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.retryable = retryable
        self.in_doubt = in_doubt


class InterfaceError(Error):
    """A misuse of taosnative, or trouble between it and its driver: a closed handle, a damaged block."""


class DriverNotFoundError(InterfaceError):
    """No driver could be opened; the message lists every place that was tried, and what to do."""


class DatabaseError(Error):
    """The base of what the database, or the driver for it, answers."""


class DataError(DatabaseError):
    """A value that cannot be stored or computed: too long, out of range, not of the type."""


class OperationalError(DatabaseError):
    """Trouble in the running of the database: network, load, rights to log in, a query that was killed."""


class TimedOutError(OperationalError, TimeoutError):
    """A call took longer than its `timeout`. It was stopped in the server, as far as that can be done."""


class IntegrityError(DatabaseError):
    """A row that would break the table: a NULL in its key."""


class InternalError(DatabaseError):
    """The database found itself at fault."""


class ProgrammingError(DatabaseError):
    """A statement that cannot be run: its syntax, or names that do not exist or exist already."""


class NotSupportedError(DatabaseError):
    """Something that this driver or this server does not have."""


class CodeInfo(NamedTuple):
    """A row of the table of codes."""

    code: int  #: the low 16 bits: 0x2603 is 0x80002603
    name: str  #: TDengine's symbol, without TSDB_CODE_
    error: type[Error]
    retryable: bool = False  #: worth a retry after a pause, on the same connection
    unanswered: bool = False  #: the answer may have been lost on its way: what was written is in doubt


_AGAIN: Final = True
_LOST: Final = True

CODES: Final[tuple[CodeInfo, ...]] = (
    # the network
    CodeInfo(0x000B, "RPC_NETWORK_UNAVAIL", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x0013, "TIME_UNSYNCED", OperationalError),
    CodeInfo(0x0015, "RPC_FQDN_ERROR", OperationalError, _AGAIN),
    CodeInfo(0x0018, "RPC_BROKEN_LINK", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x0019, "RPC_TIMEOUT", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x0020, "RPC_SOMENODE_NOT_CONNECTED", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x0021, "RPC_SOMENODE_BROKEN_LINK", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x0022, "RPC_MAX_SESSIONS", OperationalError, _AGAIN),
    CodeInfo(0x0023, "RPC_NETWORK_ERROR", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x0024, "RPC_NETWORK_BUSY", OperationalError, _AGAIN),
    CodeInfo(0x0026, "RPC_MODULE_QUIT", OperationalError, False, _LOST),
    # common to client and server
    CodeInfo(0x0100, "OPS_NOT_SUPPORT", NotSupportedError),
    CodeInfo(0x0102, "OUT_OF_MEMORY", OperationalError),
    CodeInfo(0x0110, "APP_ERROR", InternalError),
    CodeInfo(0x0115, "INVALID_MSG", InternalError),
    CodeInfo(0x0118, "INVALID_PARA", ProgrammingError),
    CodeInfo(0x0119, "INVALID_CFG", ProgrammingError),
    CodeInfo(0x011E, "VERSION_NOT_COMPATIBLE", OperationalError),
    CodeInfo(0x0122, "CFG_NOT_FOUND", ProgrammingError),
    CodeInfo(0x0123, "REPEAT_INIT", ProgrammingError),
    CodeInfo(0x0125, "NEED_RETRY", OperationalError, _AGAIN),
    CodeInfo(0x0127, "INVALID_TIMESTAMP", DataError),
    CodeInfo(0x012B, "NO_DISKSPACE", OperationalError, _AGAIN),
    CodeInfo(0x012C, "TIMEOUT_ERROR", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x012E, "NO_ENOUGH_DISKSPACE", OperationalError, _AGAIN),
    CodeInfo(0x0130, "APP_IS_STARTING", OperationalError, _AGAIN),
    CodeInfo(0x0131, "APP_IS_STOPPING", OperationalError, _AGAIN),
    CodeInfo(0x0134, "IP_NOT_IN_WHITE_LIST", OperationalError),
    CodeInfo(0x013D, "DECIMAL_OVERFLOW", DataError),
    # the client
    CodeInfo(0x0200, "TSC_INVALID_OPERATION", ProgrammingError),
    CodeInfo(0x0203, "TSC_INVALID_VALUE", DataError),
    CodeInfo(0x0206, "TSC_INVALID_FQDN", OperationalError),
    CodeInfo(0x0207, "TSC_INVALID_USER_LENGTH", ProgrammingError),
    CodeInfo(0x0208, "TSC_INVALID_PASS_LENGTH", ProgrammingError),
    CodeInfo(0x0209, "TSC_INVALID_DB_LENGTH", ProgrammingError),
    CodeInfo(0x020B, "TSC_INVALID_CONNECTION", OperationalError),
    CodeInfo(0x0213, "TSC_DISCONNECTED", OperationalError, False, _LOST),
    CodeInfo(0x0215, "TSC_CONN_KILLED", OperationalError, False, _LOST),
    CodeInfo(0x0216, "TSC_SQL_SYNTAX_ERROR", ProgrammingError),
    CodeInfo(0x0217, "TSC_DB_NOT_SELECTED", ProgrammingError),
    CodeInfo(0x0219, "TSC_EXCEED_SQL_LIMIT", ProgrammingError),
    CodeInfo(0x021B, "TSC_LINE_SYNTAX_ERROR", DataError),
    CodeInfo(0x021F, "TSC_INVALID_COLUMN_LENGTH", DataError),
    CodeInfo(0x0221, "TSC_INVALID_JSON", DataError),
    CodeInfo(0x0222, "TSC_INVALID_JSON_TYPE", DataError),
    CodeInfo(0x0224, "TSC_VALUE_OUT_OF_RANGE", DataError),
    CodeInfo(0x0229, "TSC_INVALID_INPUT", ProgrammingError),
    CodeInfo(0x022A, "TSC_STMT_API_ERROR", ProgrammingError),
    CodeInfo(0x022B, "TSC_STMT_TBNAME_ERROR", ProgrammingError),
    CodeInfo(0x022D, "TSC_QUERY_KILLED", OperationalError, False, _LOST),
    CodeInfo(0x022E, "TSC_NO_EXEC_NODE", OperationalError, _AGAIN),
    CodeInfo(0x022F, "TSC_NOT_STABLE_ERROR", ProgrammingError),
    CodeInfo(0x0230, "TSC_STMT_CACHE_ERROR", InternalError),
    CodeInfo(0x0236, "TSC_STMT_BIND_NUMBER_ERROR", ProgrammingError),
    CodeInfo(0x0237, "NOT_SUPPORTTED_IN_WINDOWS", NotSupportedError),
    CodeInfo(0x02FF, "TSC_INTERNAL_ERROR", InternalError),
    # management: users, databases, super tables, topics
    CodeInfo(0x0303, "MND_NO_RIGHTS", ProgrammingError),
    CodeInfo(0x030E, "MND_INVALID_CONN_ID", ProgrammingError),
    CodeInfo(0x0315, "MND_USER_DISABLED", OperationalError),
    CodeInfo(0x032C, "SDB_OBJ_CREATING", OperationalError, _AGAIN),
    CodeInfo(0x032D, "SDB_OBJ_DROPPING", OperationalError, _AGAIN),
    CodeInfo(0x0330, "MND_DNODE_ALREADY_EXIST", ProgrammingError),
    CodeInfo(0x0334, "MND_NO_ENOUGH_DNODES", OperationalError, _AGAIN),
    CodeInfo(0x0350, "MND_USER_ALREADY_EXIST", ProgrammingError),
    CodeInfo(0x0351, "MND_USER_NOT_EXIST", OperationalError),
    CodeInfo(0x0352, "MND_INVALID_USER_FORMAT", ProgrammingError),
    CodeInfo(0x0353, "MND_INVALID_PASS_FORMAT", ProgrammingError),
    CodeInfo(0x0357, "MND_AUTH_FAILURE", OperationalError),
    CodeInfo(0x0360, "MND_STB_ALREADY_EXIST", ProgrammingError),
    CodeInfo(0x0362, "MND_STB_NOT_EXIST", ProgrammingError),
    CodeInfo(0x036B, "MND_COLUMN_ALREADY_EXIST", ProgrammingError),
    CodeInfo(0x036C, "MND_COLUMN_NOT_EXIST", ProgrammingError),
    CodeInfo(0x0374, "MND_FUNC_NOT_EXIST", ProgrammingError),
    CodeInfo(0x0380, "MND_DB_NOT_SELECTED", ProgrammingError),
    CodeInfo(0x0381, "MND_DB_ALREADY_EXIST", ProgrammingError),
    CodeInfo(0x0386, "MND_DB_IN_DROPPING", OperationalError, _AGAIN),
    CodeInfo(0x0388, "MND_DB_NOT_EXIST", ProgrammingError),
    CodeInfo(0x038C, "MND_DB_RETENTION_PERIOD_ZERO", ProgrammingError),
    CodeInfo(0x0396, "MND_DB_IN_CREATING", OperationalError, _AGAIN),
    CodeInfo(0x03B6, "MND_HAS_OFFLINE_DNODE", OperationalError),
    CodeInfo(0x03C6, "MND_INVALID_SCHEMA_VER", OperationalError),
    CodeInfo(0x03D3, "MND_TRANS_CONFLICT", OperationalError, _AGAIN),
    CodeInfo(0x03E0, "MND_TOPIC_ALREADY_EXIST", ProgrammingError),
    CodeInfo(0x03E1, "MND_TOPIC_NOT_EXIST", ProgrammingError),
    CodeInfo(0x03E6, "MND_CONSUMER_NOT_EXIST", OperationalError),
    CodeInfo(0x03EA, "MND_CONSUMER_NOT_READY", OperationalError, _AGAIN),
    CodeInfo(0x03EB, "MND_TOPIC_SUBSCRIBED", ProgrammingError),
    CodeInfo(0x03EC, "MND_CGROUP_USED", ProgrammingError),
    CodeInfo(0x03EF, "MND_IN_REBALANCE", OperationalError, _AGAIN),
    # nodes and their storage
    CodeInfo(0x0408, "DNODE_OFFLINE", OperationalError, _AGAIN),
    CodeInfo(0x040A, "MNODE_NOT_FOUND", OperationalError, _AGAIN),
    CodeInfo(0x0503, "VND_INVALID_VGROUP_ID", OperationalError),
    CodeInfo(0x0520, "VND_NOT_EXIST", OperationalError, _AGAIN),
    CodeInfo(0x0522, "VND_HASH_MISMATCH", OperationalError),
    CodeInfo(0x0529, "VND_STOPPED", OperationalError, _AGAIN),
    CodeInfo(0x0531, "VND_QUERY_BUSY", OperationalError, _AGAIN),
    CodeInfo(0x0538, "VND_WRITE_DISABLED", OperationalError, _AGAIN),
    CodeInfo(0x0600, "TDB_INVALID_TABLE_ID", ProgrammingError),
    CodeInfo(0x0603, "TDB_TABLE_ALREADY_EXIST", ProgrammingError),
    CodeInfo(0x060B, "TDB_TIMESTAMP_OUT_OF_RANGE", DataError),
    CodeInfo(0x0618, "TDB_TABLE_NOT_EXIST", ProgrammingError),
    CodeInfo(0x061B, "TDB_INVALID_TABLE_SCHEMA_VER", OperationalError),
    CodeInfo(0x061D, "TDB_TABLE_IN_OTHER_STABLE", ProgrammingError),
    # running queries
    CodeInfo(0x0700, "QRY_INVALID_QHANDLE", OperationalError, _AGAIN),
    CodeInfo(0x0707, "QRY_NOT_READY", OperationalError, _AGAIN),
    CodeInfo(0x070B, "QRY_NOT_ENOUGH_BUFFER", OperationalError, _AGAIN),
    CodeInfo(0x070F, "QRY_INVALID_INPUT", ProgrammingError),
    CodeInfo(0x0720, "QRY_SCH_NOT_EXIST", OperationalError, _AGAIN),
    CodeInfo(0x0721, "QRY_TASK_NOT_EXIST", OperationalError, _AGAIN),
    CodeInfo(0x0722, "QRY_TASK_ALREADY_EXIST", OperationalError, _AGAIN),
    CodeInfo(0x0723, "QRY_TASK_CTX_NOT_EXIST", OperationalError, _AGAIN),
    CodeInfo(0x0724, "QRY_TASK_CANCELLED", OperationalError, _AGAIN),
    CodeInfo(0x0725, "QRY_TASK_DROPPED", OperationalError, _AGAIN),
    CodeInfo(0x0726, "QRY_TASK_CANCELLING", OperationalError, _AGAIN),
    CodeInfo(0x0727, "QRY_TASK_DROPPING", OperationalError, _AGAIN),
    CodeInfo(0x0728, "QRY_DUPLICATED_OPERATION", OperationalError, _AGAIN),
    CodeInfo(0x0729, "QRY_TASK_MSG_ERROR", OperationalError, _AGAIN),
    CodeInfo(0x072E, "QRY_JSON_IN_GROUP_ERROR", ProgrammingError),
    CodeInfo(0x0739, "QRY_REACH_QMEM_THRESHOLD", OperationalError, _AGAIN),
    CodeInfo(0x073A, "QRY_QUERY_MEM_EXHAUSTED", OperationalError, _AGAIN),
    CodeInfo(0x073B, "QRY_NO_FETCH_TIMEOUT", OperationalError, _AGAIN),
    # the licence, replication
    CodeInfo(0x0800, "GRANT_EXPIRED", OperationalError),
    CodeInfo(0x0803, "GRANT_TIMESERIES_LIMITED", OperationalError),
    CodeInfo(0x0903, "SYN_TIMEOUT", OperationalError, _AGAIN, _LOST),
    CodeInfo(0x090C, "SYN_NOT_LEADER", OperationalError, _AGAIN),
    CodeInfo(0x0911, "SYN_PROPOSE_NOT_READY", OperationalError, _AGAIN),
    CodeInfo(0x0914, "SYN_RESTORING", OperationalError, _AGAIN),
    CodeInfo(0x0917, "SYN_WRITE_STALL", OperationalError, _AGAIN),
    CodeInfo(0x09FF, "SYN_INTERNAL_ERROR", InternalError, _AGAIN),
    # the scheduler of queries in the client
    CodeInfo(0x2506, "SCH_JOB_NOT_EXISTS", OperationalError),
    CodeInfo(0x2507, "SCH_DATA_SRC_EP_MISS", OperationalError),
    # the parser
    CodeInfo(0x2600, "PAR_SYNTAX_ERROR", ProgrammingError),
    CodeInfo(0x2601, "PAR_INCOMPLETE_SQL", ProgrammingError),
    CodeInfo(0x2602, "PAR_INVALID_COLUMN", ProgrammingError),
    CodeInfo(0x2603, "PAR_TABLE_NOT_EXIST", ProgrammingError),
    CodeInfo(0x2604, "PAR_AMBIGUOUS_COLUMN", ProgrammingError),
    CodeInfo(0x2605, "PAR_WRONG_VALUE_TYPE", DataError),
    CodeInfo(0x2609, "PAR_WRONG_NUMBER_OF_SELECT", ProgrammingError),
    CodeInfo(0x260A, "PAR_GROUPBY_LACK_EXPRESSION", ProgrammingError),
    CodeInfo(0x260C, "PAR_NOT_SINGLE_GROUP", ProgrammingError),
    CodeInfo(0x260D, "PAR_TAGS_NOT_MATCHED", ProgrammingError),
    CodeInfo(0x260E, "PAR_INVALID_TAG_NAME", ProgrammingError),
    CodeInfo(0x2611, "PAR_PASSWD_TOO_SHORT_OR_EMPTY", ProgrammingError),
    CodeInfo(0x2615, "PAR_INTER_VALUE_TOO_SMALL", ProgrammingError),
    CodeInfo(0x2616, "PAR_DB_NOT_SPECIFIED", ProgrammingError),
    CodeInfo(0x2617, "PAR_INVALID_IDENTIFIER_NAME", ProgrammingError),
    CodeInfo(0x2619, "PAR_INVALID_DB_OPTION", ProgrammingError),
    CodeInfo(0x2627, "PAR_AGG_FUNC_NESTING", ProgrammingError),
    CodeInfo(0x2628, "PAR_INVALID_STATE_WIN_TYPE", ProgrammingError),
    CodeInfo(0x262C, "PAR_INVALID_SESSION_WIN", ProgrammingError),
    CodeInfo(0x2631, "PAR_INTER_SLIDING_TOO_BIG", ProgrammingError),
    CodeInfo(0x2633, "PAR_ONLY_ONE_JSON_TAG", ProgrammingError),
    CodeInfo(0x2634, "PAR_INCORRECT_NUM_OF_COL", ProgrammingError),
    CodeInfo(0x263B, "PAR_INVALID_FILL_TIME_RANGE", ProgrammingError),
    CodeInfo(0x263C, "PAR_DUPLICATED_COLUMN", ProgrammingError),
    CodeInfo(0x263D, "PAR_INVALID_TAGS_LENGTH", ProgrammingError),
    CodeInfo(0x263E, "PAR_INVALID_ROW_LENGTH", ProgrammingError),
    CodeInfo(0x263F, "PAR_INVALID_COLUMNS_NUM", ProgrammingError),
    CodeInfo(0x2640, "PAR_TOO_MANY_COLUMNS", ProgrammingError),
    CodeInfo(0x2641, "PAR_INVALID_FIRST_COLUMN", ProgrammingError),
    CodeInfo(0x2642, "PAR_INVALID_VAR_COLUMN_LEN", ProgrammingError),
    CodeInfo(0x2644, "PAR_PERMISSION_DENIED", ProgrammingError),
    CodeInfo(0x2649, "PAR_INVALID_ALTER_TABLE", ProgrammingError),
    CodeInfo(0x264A, "PAR_CANNOT_DROP_PRIMARY_KEY", ProgrammingError),
    CodeInfo(0x264B, "PAR_INVALID_MODIFY_COL", ProgrammingError),
    CodeInfo(0x264F, "PAR_NOT_ALLOWED_FUNC", ProgrammingError),
    CodeInfo(0x2651, "PAR_INVALID_TABLE_META", ProgrammingError),
    CodeInfo(0x2652, "PAR_INVALID_COL_JSON", ProgrammingError),
    CodeInfo(0x2653, "PAR_VALUE_TOO_LONG", DataError),
    CodeInfo(0x2658, "PAR_INVALID_WINDOW_PC", ProgrammingError),
    CodeInfo(0x265D, "PAR_INVALID_INTERP_CLAUSE", ProgrammingError),
    CodeInfo(0x265F, "PAR_ONLY_SUPPORT_SINGLE_TABLE", ProgrammingError),
    CodeInfo(0x2662, "PAR_GET_META_ERROR", OperationalError, _AGAIN),
    CodeInfo(0x2663, "PAR_NOT_UNIQUE_TABLE_ALIAS", ProgrammingError),
    CodeInfo(0x2667, "PAR_INVALID_EXPR", ProgrammingError),
    CodeInfo(0x267B, "PAR_PRIMARY_KEY_IS_NULL", IntegrityError),
    CodeInfo(0x267C, "PAR_PRIMARY_KEY_IS_NONE", IntegrityError),
    CodeInfo(0x267D, "PAR_TBNAME_ERROR", ProgrammingError),
    CodeInfo(0x267E, "PAR_TBNAME_DUPLICATED", ProgrammingError),
    CodeInfo(0x26FF, "PAR_INTERNAL_ERROR", InternalError),
    # the planner, functions
    CodeInfo(0x2701, "PLAN_EXPECTED_TS_EQUAL", ProgrammingError),
    CodeInfo(0x2801, "FUNC_FUNCTION_PARA_NUM", ProgrammingError),
    CodeInfo(0x2802, "FUNC_FUNCTION_PARA_TYPE", ProgrammingError),
    CodeInfo(0x2803, "FUNC_FUNCTION_PARA_VALUE", DataError),
    CodeInfo(0x2811, "FUNC_FUNCTION_PARA_RANGE", ProgrammingError),
    # schemaless writes
    CodeInfo(0x3000, "SML_INVALID_PROTOCOL_TYPE", ProgrammingError),
    CodeInfo(0x3001, "SML_INVALID_PRECISION_TYPE", ProgrammingError),
    CodeInfo(0x3002, "SML_INVALID_DATA", DataError),
    CodeInfo(0x3003, "SML_INVALID_DB_CONF", ProgrammingError),
    CodeInfo(0x3004, "SML_NOT_SAME_TYPE", DataError),
    CodeInfo(0x3005, "SML_INTERNAL_ERROR", InternalError),
    CodeInfo(0x3006, "SML_NOT_SUPPORT_PK", NotSupportedError),
    # subscriptions
    CodeInfo(0x4001, "TMQ_CONSUMER_MISMATCH", OperationalError),
    CodeInfo(0x4002, "TMQ_CONSUMER_CLOSED", OperationalError),
    CodeInfo(0x4003, "TMQ_CONSUMER_ERROR", OperationalError),
    CodeInfo(0x4006, "TMQ_SNAPSHOT_ERROR", ProgrammingError),
    CodeInfo(0x4007, "TMQ_VERSION_OUT_OF_RANGE", DataError),
    CodeInfo(0x4008, "TMQ_INVALID_VGID", OperationalError, _AGAIN),
    CodeInfo(0x4009, "TMQ_INVALID_TOPIC", OperationalError, _AGAIN),
    CodeInfo(0x4010, "TMQ_NEED_INITIALIZED", ProgrammingError),
    CodeInfo(0x4011, "TMQ_NO_COMMITTED", ProgrammingError),
    CodeInfo(0x4012, "TMQ_SAME_COMMITTED_VALUE", ProgrammingError),
    CodeInfo(0x4013, "TMQ_REPLAY_NEED_ONE_VGROUP", ProgrammingError),
    CodeInfo(0x4014, "TMQ_REPLAY_NOT_SUPPORT", NotSupportedError),
    CodeInfo(0x4017, "TMQ_INVALID_STATUS", ProgrammingError),
)

BY_CODE: Final[dict[int, CodeInfo]] = {0x80000000 | info.code: info for info in CODES}

#: The class of a code that is not in the table, by what stands above its low byte (0x800026 is the parser). A block
#: that is not here, the network's or a node's for instance, is trouble in the running of the database.
BLOCKS: Final[dict[int, type[Error]]] = {
    0x800003: ProgrammingError,  # management: mostly names that exist or do not, and options out of range
    0x800026: ProgrammingError,  # the parser
    0x800027: ProgrammingError,  # the planner
    0x800028: ProgrammingError,  # functions
    0x800030: DataError,  # schemaless writes
}

#: An error of the operating system, as taosc wraps it: the number of errno in the low bits.
_SYSTEM_ERROR: Final = 0x80FF0000


def error_from_code(code: int, text: str = "", *, writes: bool = False) -> Error:
    """The exception that a driver's error code becomes.

    Parameters
    ----------
    code : int
        What the driver answered, signed or unsigned; not 0.
    text : str
        The driver's text for it, which goes into the message whole. Where it is empty, the code's name takes its place.
    writes : bool
        Whether the call may have written rows. If it has, and the code says that the answer was lost on its way, the
        exception is `in_doubt`.
    """
    code &= 0xFFFFFFFF
    info = BY_CODE.get(code)
    if info is None:
        name = _system_name(code)
        message = text or (os.strerror(code & 0xFFFF) if name else "the driver gives no reason")
        return BLOCKS.get(code >> 8, OperationalError)(f"[0x{code:08X}] {message}", code=code, name=name)
    return info.error(
        f"[0x{code:08X}] {text or info.name}",
        code=code,
        name=info.name,
        retryable=info.retryable,
        in_doubt=writes and info.unanswered,
    )


def _system_name(code: int) -> str | None:
    """The name of an errno that taosc has wrapped, or None."""
    return errno.errorcode.get(code & 0xFFFF) if code & 0xFFFF0000 == _SYSTEM_ERROR else None
