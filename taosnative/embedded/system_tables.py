"""The tables of `information_schema` and `performance_schema`: their columns, and their rows out of the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..types import BY_CODE
from .catalog import ChildTable, Database, NormalTable, SuperTable, Table
from .definitions import type_text, width
from .options import OPTIONS
from .physical import DUCKDB_TYPES
from .protocol import ColumnInfo, EngineError
from .typed import quote

if TYPE_CHECKING:
    from .session import EngineSession

TABLE_NOT_EXIST = 0x80002603
_TYPES = {"b": 1, "i1": 2, "i2": 3, "i4": 4, "i8": 5, "v": 8, "ts": 9, "u4": 13, "u8": 14}

Row = tuple[Any, ...]


class SystemTable(NamedTuple):
    """A table that the server makes up."""

    columns: tuple[ColumnInfo, ...]
    rows: Callable[[EngineSession], Sequence[Row]]
    parts: Callable[[EngineSession], list[str]] = lambda session: []  #: rows that DuckDB's tables have: its SELECTs


def columns(text: str) -> tuple[ColumnInfo, ...]:
    """Columns in short: `name:v64 age:i4` is a VARCHAR(64) and an INT."""
    infos = []
    for word in text.split():
        name, kind = word.split(":")
        letters = kind if kind in _TYPES else kind[0]
        code = _TYPES[letters]
        infos.append(ColumnInfo(name, code, int(kind[1:]) if letters == "v" else BY_CODE[code].width))
    return tuple(infos)


def _databases(session: EngineSession) -> Iterator[Database]:
    return iter(session.server.catalog.databases.values())


def _tables(session: EngineSession) -> Iterator[Table]:
    for database in _databases(session):
        yield from database.tables.values()


def vgroup(database: Database) -> int:
    """The number of a database's vgroup: the engine keeps all of it in one."""
    return database.uid + 1


def unquoted(option: str) -> str:
    """An option without the quotes that SHOW CREATE DATABASE writes around it."""
    return option.strip("'")


def _database_row(database: Database) -> Row:
    given = {name: unquoted(database.options.get(name, option.default)) for name, option in OPTIONS.items()}
    whole = {name: int(text) for name, text in given.items() if text.lstrip("-").isdigit()}
    n_tables = sum(not isinstance(table, SuperTable) for table in database.tables.values())
    return (
        *(database.name, database.created_ms, database.vgroups, n_tables, whole["replica"], "on"),
        *(given["duration"], given["keep"], whole["buffer"], whole["pagesize"], whole["pages"]),
        *(whole["minrows"], whole["maxrows"], whole["comp"], given["precision"], "ready", None),
        *(whole["single_stable"] == 1, given["cachemodel"], whole["cachesize"], whole["wal_level"]),
        *(whole["wal_fsync_period"], whole["wal_retention_period"], whole["wal_retention_size"]),
        *(whole["stt_trigger"], whole["table_prefix"], whole["table_suffix"], whole["tsdb_pagesize"]),
    )


def _normal_rows(session: EngineSession) -> list[Row]:
    tables = [table for table in _tables(session) if isinstance(table, NormalTable)]
    return [
        (
            *(table.name, table.database.name, table.created_ms, len(table.columns), None),
            *(table.uid << 32, vgroup(table.database), 0, table.comment, "NORMAL_TABLE"),
        )
        for table in tables
    ]


def _parents(session: EngineSession) -> list[SuperTable]:
    return [table for table in _tables(session) if isinstance(table, SuperTable)]


def _child_part(parent: SuperTable) -> str:
    database = parent.database
    return (
        f"select name, {quote(database.name)}, created_ms, {len(parent.columns)}, {quote(parent.name)},"
        f" tid + {parent.uid << 32}, {vgroup(database)}, 0, comment, 'CHILD_TABLE' from {parent.tags_table}"
    )


def _stable_row(table: SuperTable) -> Row:
    counts = (len(table.columns), len(table.tags))
    return (
        *(table.name, table.database.name, table.created_ms, *counts, table.created_ms),
        *(table.comment, "5000a,5000a", "-1a,-1a", None),
    )


_TABLE_KINDS = ((SuperTable, "SUPER_TABLE"), (ChildTable, "CHILD_TABLE"), (NormalTable, "NORMAL_TABLE"))


def _column_rows(session: EngineSession) -> list[Row]:
    rows = []
    for table in _tables(session):
        kind = next(name for kind, name in _TABLE_KINDS if isinstance(table, kind))
        start = (table.name, table.database.name, kind)
        rows += [(*start, column.name, type_text(column), width(column), None, None, None) for column in table.columns]
    return rows


def tag_values(session: EngineSession, parent: SuperTable) -> dict[str, Row]:
    """The tags of each child of a super table."""
    names = ", ".join(["name", *(tag.physical for tag in parent.tags)])
    rows = session.server.writer.execute(f"select {names} from {parent.tags_table} order by tid").fetchall()
    return {name: tuple(values) for name, *values in rows}


#: A tag's value as `ins_tags` tells it, in DuckDB's SQL.
_TAG_TEXTS = {
    6: "printf('%.5f', {})",
    7: "printf('%.9f', {})",
    16: "'\\x' || hex({})",
    20: "'\\x' || hex({})",
}


def tag_parts(parent: SuperTable) -> list[str]:
    """A SELECT for each tag of a super table, of a row a child."""
    parts = []
    for tag in parent.tags:
        text = _TAG_TEXTS.get(tag.type, "cast({} as varchar)").format(tag.physical)
        facts = ", ".join(map(quote, (parent.database.name, parent.name, tag.name, type_text(tag))))
        parts.append(f"select name, {facts}, {text} from {parent.tags_table}")
    return parts


def tag_rows(session: EngineSession, parent: SuperTable, only: str | None = None) -> list[Row]:
    """A row for each tag of each child, or of one."""
    where = "" if only is None else f" where name = {quote(only)}"
    sql = " union all ".join(f"({part}{where} order by tid)" for part in tag_parts(parent))
    return session.server.writer.execute(sql).fetchall()


def _nothing(session: EngineSession) -> list[Row]:
    return []


def _user_rows(session: EngineSession) -> list[Row]:
    users = sorted(session.server.users.items(), key=lambda item: -item[1].created_ms)
    return [
        (name, int(name == "root"), 1, user.sysinfo, user.createdb, user.created_ms, "127.0.0.1")
        for name, user in users
    ]


def _vgroup_rows(session: EngineSession) -> list[Row]:
    rows = []
    for database in _databases(session):
        n_tables = sum(not isinstance(table, SuperTable) for table in database.tables.values())
        rows.append(vgroup_row(database, n_tables))
    return rows


def vgroup_row(database: Database, n_tables: int) -> Row:
    """A database's vgroup as SHOW VGROUPS tells it."""
    return (vgroup(database), database.name, n_tables, 1, "leader**", *[None] * 6, 0, 0, 0)


def _index_rows(session: EngineSession) -> list[Row]:
    return [index_row(parent) for parent in _parents(session) if parent.tags[0].type != 15]


def index_row(parent: SuperTable) -> Row:
    """The index that a super table has of its first tag."""
    tag = parent.tags[0].name
    return (f"{tag}_{parent.name}", parent.database.name, parent.name, None, parent.created_ms, tag, "tag_index")


def _dnode_rows(session: EngineSession) -> list[Row]:
    started = session.server.started_ms
    n_vnodes = len(session.server.catalog.databases)
    return [(1, "embedded:6030", n_vnodes, 256, "ready", started, started, "")]


def _mnode_rows(session: EngineSession) -> list[Row]:
    started = session.server.started_ms
    return [(1, "embedded:6030", "leader", "ready", started, started)]


def _cluster_rows(session: EngineSession) -> list[Row]:
    started = session.server.started_ms
    return [(1, "embedded", max(0, session.now(0) - started) // 1000, started, "community", None)]


_LICENCE = ("TDengine Community Edition", "unlimited", "limited", "false", "ungranted", *["unlimited"] * 3)


INFORMATION_SCHEMA: dict[str, SystemTable] = {
    "ins_databases": SystemTable(
        columns(
            "name:v64 create_time:ts vgroups:i2 ntables:i8 replica:i1 strict:v4 duration:v10 keep:v32 buffer:i4"
            " pagesize:i4 pages:i4 minrows:i4 maxrows:i4 comp:i1 precision:v2 status:v10 retentions:v60"
            " single_stable:b cachemodel:v60 cachesize:i4 wal_level:i1 wal_fsync_period:i4 wal_retention_period:i4"
            " wal_retention_size:i8 stt_trigger:i2 table_prefix:i2 table_suffix:i2 tsdb_pagesize:i4"
        ),
        lambda session: [_database_row(database) for database in _databases(session)],
    ),
    "ins_tables": SystemTable(
        columns(
            "table_name:v192 db_name:v64 create_time:ts columns:i4 stable_name:v192 uid:i8 vgroup_id:i4 ttl:i4"
            " table_comment:v1024 type:v21"
        ),
        _normal_rows,
        lambda session: [_child_part(parent) for parent in _parents(session)],
    ),
    "ins_stables": SystemTable(
        columns(
            "stable_name:v192 db_name:v64 create_time:ts columns:i4 tags:i4 last_update:ts table_comment:v1024"
            " watermark:v64 max_delay:v64 rollup:v128"
        ),
        lambda session: [_stable_row(parent) for parent in _parents(session)],
    ),
    "ins_columns": SystemTable(
        columns(
            "table_name:v192 db_name:v64 table_type:v21 col_name:v64 col_type:v32 col_length:i4 col_precision:i4"
            " col_scale:i4 col_nullable:i4"
        ),
        _column_rows,
    ),
    "ins_tags": SystemTable(
        columns("table_name:v192 db_name:v64 stable_name:v192 tag_name:v64 tag_type:v32 tag_value:v16384"),
        _nothing,
        lambda session: [part for parent in _parents(session) for part in tag_parts(parent)],
    ),
    "ins_users": SystemTable(
        columns("name:v24 super:i1 enable:i1 sysinfo:i1 createdb:i1 create_time:ts allowed_host:v49152"), _user_rows
    ),
    "ins_vgroups": SystemTable(
        columns(
            "vgroup_id:i4 db_name:v64 tables:i4 v1_dnode:i2 v1_status:v9 v2_dnode:i2 v2_status:v9 v3_dnode:i2"
            " v3_status:v9 v4_dnode:i2 v4_status:v9 cacheload:i4 cacheelements:i4 tsma:i1"
        ),
        _vgroup_rows,
    ),
    "ins_indexes": SystemTable(
        columns(
            "index_name:v192 db_name:v64 table_name:v192 vgroup_id:i4 create_time:ts column_name:v192 index_type:v192"
        ),
        _index_rows,
    ),
    "ins_dnodes": SystemTable(
        columns("id:i4 endpoint:v134 vnodes:i2 support_vnodes:i2 status:v10 create_time:ts reboot_time:ts note:v256"),
        _dnode_rows,
    ),
    "ins_mnodes": SystemTable(
        columns("id:i4 endpoint:v134 role:v12 status:v9 create_time:ts role_time:ts"), _mnode_rows
    ),
    "ins_cluster": SystemTable(
        columns("id:i8 name:v40 uptime:i4 create_time:ts version:v10 expire_time:ts"), _cluster_rows
    ),
    "ins_grants": SystemTable(
        columns(
            "version:v64 expire_time:v19 service_time:v19 expired:v5 state:v9 timeseries:v43 dnodes:v21 cpu_cores:v21"
        ),
        lambda session: [_LICENCE],
    ),
    "ins_functions": SystemTable(columns("name:v64"), _nothing),
    "ins_topics": SystemTable(columns("topic_name:v192"), _nothing),
    "ins_streams": SystemTable(columns("stream_name:v192"), _nothing),
    "ins_views": SystemTable(
        columns(
            "view_name:v192 db_name:v64 effective_user:v24 create_time:ts type:v128 query_sql:v2048 parameters:v2048"
            " default_values:v2048 target_table:v192"
        ),
        _nothing,
    ),
    "ins_subscriptions": SystemTable(
        columns(
            "topic_name:v205 consumer_group:v193 vgroup_id:i4 consumer_id:v256 user:v24 fqdn:v128 offset:v64 rows:i8"
        ),
        _nothing,
    ),
}


def _connection_rows(session: EngineSession) -> list[Row]:
    now = session.now(0)
    return [(1, session.user, "taosnative", 0, "embedded", now, now, "", "")]


PERFORMANCE_SCHEMA: dict[str, SystemTable] = {
    "perf_connections": SystemTable(
        columns(
            "conn_id:u4 user:v24 app:v24 pid:u4 end_point:v134 login_time:ts last_access:ts user_app:v24 user_ip:v22"
        ),
        _connection_rows,
    ),
    "perf_queries": SystemTable(
        columns(
            "kill_id:v26 query_id:u8 conn_id:u4 app:v24 pid:i4 user:v24 end_point:v22 create_time:ts exec_usec:i8"
            " stable_query:b sub_query:b sub_num:i4 sub_status:v1000 sql:v2048 user_app:v24 user_ip:v22"
        ),
        _nothing,
    ),
    "perf_trans": SystemTable(
        columns(
            "id:i4 create_time:ts stage:v12 oper:v14 db:v64 stable:v192 failed_times:i4 last_exec_time:ts"
            " last_action_info:v511"
        ),
        _nothing,
    ),
    "perf_consumers": SystemTable(
        columns(
            "consumer_id:v32 consumer_group:v193 client_id:v256 user:v24 fqdn:v128 status:v20 topics:v205 up_time:ts"
            " subscribe_time:ts rebalance_time:ts parameters:v192"
        ),
        _nothing,
    ),
}
SCHEMAS: dict[str, dict[str, SystemTable]] = {
    "information_schema": INFORMATION_SCHEMA,
    "performance_schema": PERFORMANCE_SCHEMA,
}


def read(session: EngineSession, database: str, name: str) -> tuple[tuple[ColumnInfo, ...], str]:
    """Columns of a system table, and DuckDB's SQL for its rows."""
    table = SCHEMAS[database].get(name)
    if table is None:
        raise EngineError(TABLE_NOT_EXIST, "Fail to get table info, error: Table does not exist")
    return table.columns, " union all ".join([_values(table, table.rows(session)), *table.parts(session)])


def _values(table: SystemTable, rows: Sequence[Row]) -> str:
    if not rows:
        nothing = ", ".join(f"cast(NULL as {DUCKDB_TYPES[column.type]})" for column in table.columns)
        return f"select {nothing} where false"
    return "values " + ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)


def _literal(cell: Any) -> str:
    if cell is None:
        return "NULL"
    return quote(cell) if isinstance(cell, str) else str(cell)
