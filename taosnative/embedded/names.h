/* What taos_data_type calls each type. */
#ifndef TAOSNATIVE_EMBEDDED_NAMES_H
#define TAOSNATIVE_EMBEDDED_NAMES_H

#include "taosnative/taosc.h"

static inline const char *names_of_type(int type)
{
    static const char *const names[] = {
        [TAOS_TYPE_NULL] = "TSDB_DATA_TYPE_NULL",           [TAOS_TYPE_BOOL] = "TSDB_DATA_TYPE_BOOL",
        [TAOS_TYPE_TINYINT] = "TSDB_DATA_TYPE_TINYINT",     [TAOS_TYPE_SMALLINT] = "TSDB_DATA_TYPE_SMALLINT",
        [TAOS_TYPE_INT] = "TSDB_DATA_TYPE_INT",             [TAOS_TYPE_BIGINT] = "TSDB_DATA_TYPE_BIGINT",
        [TAOS_TYPE_FLOAT] = "TSDB_DATA_TYPE_FLOAT",         [TAOS_TYPE_DOUBLE] = "TSDB_DATA_TYPE_DOUBLE",
        [TAOS_TYPE_VARCHAR] = "TSDB_DATA_TYPE_VARCHAR",     [TAOS_TYPE_TIMESTAMP] = "TSDB_DATA_TYPE_TIMESTAMP",
        [TAOS_TYPE_NCHAR] = "TSDB_DATA_TYPE_NCHAR",         [TAOS_TYPE_UTINYINT] = "TSDB_DATA_TYPE_UTINYINT",
        [TAOS_TYPE_USMALLINT] = "TSDB_DATA_TYPE_USMALLINT", [TAOS_TYPE_UINT] = "TSDB_DATA_TYPE_UINT",
        [TAOS_TYPE_UBIGINT] = "TSDB_DATA_TYPE_UBIGINT",     [TAOS_TYPE_JSON] = "TSDB_DATA_TYPE_JSON",
        [TAOS_TYPE_VARBINARY] = "TSDB_DATA_TYPE_VARBINARY", [TAOS_TYPE_DECIMAL] = "TSDB_DATA_TYPE_DECIMAL",
        [TAOS_TYPE_BLOB] = "TSDB_DATA_TYPE_BLOB",           [TAOS_TYPE_MEDIUMBLOB] = "TSDB_DATA_TYPE_MEDIUMBLOB",
        [TAOS_TYPE_GEOMETRY] = "TSDB_DATA_TYPE_GEOMETRY",
    };
    bool is_known = type >= 0 && (size_t)type < sizeof names / sizeof *names && names[type] != NULL;
    return is_known ? names[type] : "UNKNOWN";
}

#endif
