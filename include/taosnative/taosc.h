/* taosc: the C ABI of TDengine's client, as far as taosnative uses it.
 *
 * These are our own declarations, written from the published behaviour of the
 * client (TDengine 3.0 to 3.3.5.8, and what is documented of later ones).  What
 * the client calls `void` is an opaque struct of its own here, so that a
 * connection cannot be passed where a result is due.  Pointers to structs and
 * pointers to void have one representation on every platform that we build for.
 *
 * The functions themselves stand in functions.h, the one list of them. */
#ifndef TAOSNATIVE_TAOSC_H
#define TAOSNATIVE_TAOSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- handles ---------------------------------------------------------- */

typedef struct taosnative_taos TAOS;
typedef struct taosnative_res TAOS_RES;
typedef struct taosnative_stmt TAOS_STMT;
typedef struct taosnative_stmt2 TAOS_STMT2;
typedef struct taosnative_tmq tmq_t;
typedef struct taosnative_tmq_conf tmq_conf_t;
typedef struct taosnative_tmq_list tmq_list_t;
typedef void **TAOS_ROW; /* one pointer a column; NULL is an SQL NULL */

typedef void (*taos_async_fn_t)(void *param, TAOS_RES *res, int code);
typedef void (*taos_notify_fn_t)(void *param, void *ext, int type);
typedef void (*taos_whitelist_fn_t)(void *param, int code, TAOS *taos, int n_entries, uint64_t *entries);
typedef void tmq_commit_cb(tmq_t *tmq, int32_t code, void *param);

/* ---- types of columns -------------------------------------------------- */

enum taos_type {
    TAOS_TYPE_NULL = 0,
    TAOS_TYPE_BOOL = 1,
    TAOS_TYPE_TINYINT = 2,
    TAOS_TYPE_SMALLINT = 3,
    TAOS_TYPE_INT = 4,
    TAOS_TYPE_BIGINT = 5,
    TAOS_TYPE_FLOAT = 6,
    TAOS_TYPE_DOUBLE = 7,
    TAOS_TYPE_VARCHAR = 8,
    TAOS_TYPE_TIMESTAMP = 9,
    TAOS_TYPE_NCHAR = 10,
    TAOS_TYPE_UTINYINT = 11,
    TAOS_TYPE_USMALLINT = 12,
    TAOS_TYPE_UINT = 13,
    TAOS_TYPE_UBIGINT = 14,
    TAOS_TYPE_JSON = 15,
    TAOS_TYPE_VARBINARY = 16,
    TAOS_TYPE_DECIMAL = 17,
    TAOS_TYPE_BLOB = 18,
    TAOS_TYPE_MEDIUMBLOB = 19,
    TAOS_TYPE_GEOMETRY = 20,
    TAOS_TYPE_DECIMAL64 = 21
};

enum taos_precision { TAOS_PRECISION_MS = 0, TAOS_PRECISION_US = 1, TAOS_PRECISION_NS = 2 };

enum taos_field_kind { TAOS_KIND_COLUMN = 1, TAOS_KIND_TAG = 2, TAOS_KIND_QUERY = 3, TAOS_KIND_TBNAME = 4 };

/* ---- options ----------------------------------------------------------- */

enum taos_option { /* of the process, for taos_options */
    TAOS_OPTION_LOCALE = 0,
    TAOS_OPTION_CHARSET = 1,
    TAOS_OPTION_TIMEZONE = 2,
    TAOS_OPTION_CONFIGDIR = 3,
    TAOS_OPTION_SHELL_ACTIVITY_TIMER = 4,
    TAOS_OPTION_USE_ADAPTER = 5,
    TAOS_OPTION_DRIVER = 6 /* 3.3.6 and newer */
};

enum taos_connection_option { /* of a connection, for taos_options_connection */
    TAOS_CONNECTION_CLEAR = -1,
    TAOS_CONNECTION_CHARSET = 0,
    TAOS_CONNECTION_TIMEZONE = 1,
    TAOS_CONNECTION_USER_IP = 2,
    TAOS_CONNECTION_USER_APP = 3
};

enum taos_schemaless_protocol { TAOS_SML_UNKNOWN = 0, TAOS_SML_LINE = 1, TAOS_SML_TELNET = 2, TAOS_SML_JSON = 3 };

/* ---- fields of results and statements ---------------------------------- */

#define TAOS_FIELD_NAME_SIZE 65 /* 64 bytes and a NUL */

typedef struct taosnative_field {
    char name[TAOS_FIELD_NAME_SIZE];
    int8_t type;
    int32_t bytes;
} TAOS_FIELD;

typedef struct taosnative_field_e {
    char name[TAOS_FIELD_NAME_SIZE];
    int8_t type;
    uint8_t precision;
    uint8_t scale;
    int32_t bytes;
} TAOS_FIELD_E;

typedef struct taosnative_field_all {
    char name[TAOS_FIELD_NAME_SIZE];
    int8_t type;
    uint8_t precision;
    uint8_t scale;
    int32_t bytes;
    uint8_t field_type; /* enum taos_field_kind */
} TAOS_FIELD_ALL;

/* ---- statements --------------------------------------------------------- */

typedef struct taosnative_stmt_options {
    int64_t reqId;
    bool singleStbInsert;
    bool singleTableBindOnce;
} TAOS_STMT_OPTIONS;

typedef struct taosnative_multi_bind {
    int buffer_type;
    void *buffer;
    uintptr_t buffer_length;
    int32_t *length;
    char *is_null;
    int num;
} TAOS_MULTI_BIND;

typedef struct taosnative_stmt2_option {
    int64_t reqid;
    bool singleStbInsert;
    bool singleTableBindOnce;
    taos_async_fn_t asyncExecFn;
    void *userdata;
} TAOS_STMT2_OPTION;

typedef struct taosnative_stmt2_bind {
    int buffer_type;
    void *buffer;    /* values; of variable width: the non-NULL ones, end to end */
    int32_t *length; /* bytes of each value; of variable width only */
    char *is_null;   /* 0 value, 1 NULL, 2 not given; NULL: all are values */
    int num;         /* rows */
} TAOS_STMT2_BIND;

typedef struct taosnative_stmt2_bindv {
    int count; /* tables */
    char **tbnames;
    TAOS_STMT2_BIND **tags;
    TAOS_STMT2_BIND **bind_cols;
} TAOS_STMT2_BINDV;

/* ---- subscriptions ------------------------------------------------------ */

typedef struct taosnative_tmq_assignment {
    int32_t vgId;
    int64_t currentOffset;
    int64_t begin;
    int64_t end;
} tmq_topic_assignment;

typedef struct taosnative_tmq_raw {
    void *raw;
    uint32_t raw_len;
    uint16_t raw_type;
} tmq_raw_data;

enum taos_tmq_result { TAOS_TMQ_INVALID = -1, TAOS_TMQ_DATA = 1, TAOS_TMQ_META = 2, TAOS_TMQ_METADATA = 3 };

/* ---- the layout, held to ------------------------------------------------- */

#if defined(__cplusplus)
#define TAOSNATIVE_ASSERT(condition, text) static_assert(condition, text)
#else
#define TAOSNATIVE_ASSERT(condition, text) _Static_assert(condition, text)
#endif
#define TAOSNATIVE_SIZE(type, n_bytes) TAOSNATIVE_ASSERT(sizeof(type) == (n_bytes), #type " is not " #n_bytes " bytes")
#define TAOSNATIVE_AT(type, member, at) \
    TAOSNATIVE_ASSERT(offsetof(type, member) == (at), #type "." #member " is not at " #at)

TAOSNATIVE_ASSERT(sizeof(void *) == 8, "taosnative is built for 64-bit platforms");
TAOSNATIVE_ASSERT(sizeof(bool) == 1, "bool is one byte in taosc");
TAOSNATIVE_ASSERT(sizeof(enum taos_type) == sizeof(int), "an enum is an int in taosc");

TAOSNATIVE_SIZE(TAOS_FIELD, 72);
TAOSNATIVE_AT(TAOS_FIELD, name, 0);
TAOSNATIVE_AT(TAOS_FIELD, type, 65);
TAOSNATIVE_AT(TAOS_FIELD, bytes, 68);

TAOSNATIVE_SIZE(TAOS_FIELD_E, 72);
TAOSNATIVE_AT(TAOS_FIELD_E, type, 65);
TAOSNATIVE_AT(TAOS_FIELD_E, precision, 66);
TAOSNATIVE_AT(TAOS_FIELD_E, scale, 67);
TAOSNATIVE_AT(TAOS_FIELD_E, bytes, 68);

TAOSNATIVE_SIZE(TAOS_FIELD_ALL, 76);
TAOSNATIVE_AT(TAOS_FIELD_ALL, type, 65);
TAOSNATIVE_AT(TAOS_FIELD_ALL, precision, 66);
TAOSNATIVE_AT(TAOS_FIELD_ALL, scale, 67);
TAOSNATIVE_AT(TAOS_FIELD_ALL, bytes, 68);
TAOSNATIVE_AT(TAOS_FIELD_ALL, field_type, 72);

TAOSNATIVE_SIZE(TAOS_STMT_OPTIONS, 16);
TAOSNATIVE_AT(TAOS_STMT_OPTIONS, singleStbInsert, 8);
TAOSNATIVE_AT(TAOS_STMT_OPTIONS, singleTableBindOnce, 9);

TAOSNATIVE_SIZE(TAOS_MULTI_BIND, 48);
TAOSNATIVE_AT(TAOS_MULTI_BIND, buffer, 8);
TAOSNATIVE_AT(TAOS_MULTI_BIND, buffer_length, 16);
TAOSNATIVE_AT(TAOS_MULTI_BIND, length, 24);
TAOSNATIVE_AT(TAOS_MULTI_BIND, is_null, 32);
TAOSNATIVE_AT(TAOS_MULTI_BIND, num, 40);

TAOSNATIVE_SIZE(TAOS_STMT2_OPTION, 32);
TAOSNATIVE_AT(TAOS_STMT2_OPTION, singleStbInsert, 8);
TAOSNATIVE_AT(TAOS_STMT2_OPTION, singleTableBindOnce, 9);
TAOSNATIVE_AT(TAOS_STMT2_OPTION, asyncExecFn, 16);
TAOSNATIVE_AT(TAOS_STMT2_OPTION, userdata, 24);

TAOSNATIVE_SIZE(TAOS_STMT2_BIND, 40);
TAOSNATIVE_AT(TAOS_STMT2_BIND, buffer, 8);
TAOSNATIVE_AT(TAOS_STMT2_BIND, length, 16);
TAOSNATIVE_AT(TAOS_STMT2_BIND, is_null, 24);
TAOSNATIVE_AT(TAOS_STMT2_BIND, num, 32);

TAOSNATIVE_SIZE(TAOS_STMT2_BINDV, 32);
TAOSNATIVE_AT(TAOS_STMT2_BINDV, tbnames, 8);
TAOSNATIVE_AT(TAOS_STMT2_BINDV, tags, 16);
TAOSNATIVE_AT(TAOS_STMT2_BINDV, bind_cols, 24);

TAOSNATIVE_SIZE(tmq_topic_assignment, 32);
TAOSNATIVE_AT(tmq_topic_assignment, currentOffset, 8);
TAOSNATIVE_AT(tmq_topic_assignment, begin, 16);
TAOSNATIVE_AT(tmq_topic_assignment, end, 24);

TAOSNATIVE_SIZE(tmq_raw_data, 16);
TAOSNATIVE_AT(tmq_raw_data, raw_len, 8);
TAOSNATIVE_AT(tmq_raw_data, raw_type, 12);

#endif
