# The C ABI of a driver, for cimport: the types of taosc.h and the table of functions of functions.h.
#
# Nothing here is compiled on its own. The C compiler checks every member of `taosc_functions` against the header where
# it is used, and a test checks that none is declared here that the list lacks.

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uintptr_t


cdef extern from "<stdbool.h>" nogil:
    ctypedef bint c_bool "bool"


cdef extern from "taosnative/functions.h" nogil:
    ctypedef struct TAOS:
        pass

    ctypedef struct TAOS_RES:
        pass

    ctypedef struct TAOS_STMT:
        pass

    ctypedef struct TAOS_STMT2:
        pass

    ctypedef struct tmq_t:
        pass

    ctypedef struct tmq_conf_t:
        pass

    ctypedef struct tmq_list_t:
        pass

    ctypedef void **TAOS_ROW

    ctypedef void (*taos_async_fn_t)(void *param, TAOS_RES *res, int code) noexcept nogil
    ctypedef void tmq_commit_cb(tmq_t *tmq, int32_t code, void *param) noexcept nogil

    enum:
        TAOS_FIELD_NAME_SIZE

    enum taos_option:
        TAOS_OPTION_CONFIGDIR

    enum taos_connection_option:
        TAOS_CONNECTION_CHARSET
        TAOS_CONNECTION_TIMEZONE
        TAOS_CONNECTION_USER_IP
        TAOS_CONNECTION_USER_APP

    enum taos_field_kind:
        TAOS_KIND_COLUMN
        TAOS_KIND_TAG
        TAOS_KIND_QUERY
        TAOS_KIND_TBNAME

    ctypedef struct TAOS_FIELD:
        char name[65]
        int8_t type
        int32_t bytes

    ctypedef struct TAOS_FIELD_E:
        char name[65]
        int8_t type
        uint8_t precision
        uint8_t scale
        int32_t bytes

    ctypedef struct TAOS_FIELD_ALL:
        char name[65]
        int8_t type
        uint8_t precision
        uint8_t scale
        int32_t bytes
        uint8_t field_type

    ctypedef struct TAOS_STMT_OPTIONS:
        int64_t reqId
        c_bool singleStbInsert
        c_bool singleTableBindOnce

    ctypedef struct TAOS_MULTI_BIND:
        int buffer_type
        void *buffer
        uintptr_t buffer_length
        int32_t *length
        char *is_null
        int num

    ctypedef struct TAOS_STMT2_OPTION:
        int64_t reqid
        c_bool singleStbInsert
        c_bool singleTableBindOnce
        taos_async_fn_t asyncExecFn
        void *userdata

    ctypedef struct TAOS_STMT2_BIND:
        int buffer_type
        void *buffer
        int32_t *length
        char *is_null
        int num

    ctypedef struct TAOS_STMT2_BINDV:
        int count
        char **tbnames
        TAOS_STMT2_BIND **tags
        TAOS_STMT2_BIND **bind_cols

    ctypedef struct tmq_topic_assignment:
        int32_t vgId
        int64_t currentOffset
        int64_t begin
        int64_t end

    ctypedef struct tmq_raw_data:
        void *raw
        uint32_t raw_len
        uint16_t raw_type

    ctypedef struct taosc_functions:
        # the library and its connections
        int (*taos_init)() noexcept nogil
        void (*taos_cleanup)() noexcept nogil
        int (*taos_options)(int option, const void *arg, ...) noexcept nogil
        int (*taos_options_connection)(TAOS *taos, int option, const void *arg, ...) noexcept nogil
        TAOS *(*taos_connect)(
            const char *ip, const char *user, const char *password, const char *db, uint16_t port
        ) noexcept nogil
        TAOS *(*taos_connect_auth)(
            const char *ip, const char *user, const char *auth, const char *db, uint16_t port
        ) noexcept nogil
        void (*taos_close)(TAOS *taos) noexcept nogil
        const char *(*taos_get_server_info)(TAOS *taos) noexcept nogil
        const char *(*taos_get_client_info)() noexcept nogil
        int (*taos_select_db)(TAOS *taos, const char *db) noexcept nogil
        int (*taos_get_current_db)(TAOS *taos, char *database, int len, int *required) noexcept nogil
        void (*taos_reset_current_db)(TAOS *taos) noexcept nogil
        int (*taos_validate_sql)(TAOS *taos, const char *sql) noexcept nogil
        void (*taos_kill_query)(TAOS *taos) noexcept nogil
        int (*taos_load_table_info)(TAOS *taos, const char *names) noexcept nogil
        int (*taos_set_conn_mode)(TAOS *taos, int mode, int value) noexcept nogil
        int (*taos_get_table_vgId)(TAOS *taos, const char *db, const char *table, int *vg_id) noexcept nogil
        int (*taos_get_tables_vgId)(
            TAOS *taos, const char *db, const char **table, int n_tables, int *vg_id
        ) noexcept nogil
        int (*taos_check_server_status)(const char *fqdn, int port, char *details, int maxlen) noexcept nogil
        const char *(*taos_data_type)(int type) noexcept nogil
        # queries and their results
        TAOS_RES *(*taos_query)(TAOS *taos, const char *sql) noexcept nogil
        TAOS_RES *(*taos_query_with_reqid)(TAOS *taos, const char *sql, int64_t req_id) noexcept nogil
        void (*taos_query_a)(TAOS *taos, const char *sql, taos_async_fn_t fp, void *param) noexcept nogil
        void (*taos_query_a_with_reqid)(
            TAOS *taos, const char *sql, taos_async_fn_t fp, void *param, int64_t req_id
        ) noexcept nogil
        TAOS_ROW (*taos_fetch_row)(TAOS_RES *res) noexcept nogil
        int (*taos_fetch_block)(TAOS_RES *res, TAOS_ROW *rows) noexcept nogil
        int (*taos_fetch_block_s)(TAOS_RES *res, int *n_rows, TAOS_ROW *rows) noexcept nogil
        int (*taos_fetch_raw_block)(TAOS_RES *res, int *n_rows, void **data) noexcept nogil
        void (*taos_fetch_rows_a)(TAOS_RES *res, taos_async_fn_t fp, void *param) noexcept nogil
        void (*taos_fetch_raw_block_a)(TAOS_RES *res, taos_async_fn_t fp, void *param) noexcept nogil
        const void *(*taos_get_raw_block)(TAOS_RES *res) noexcept nogil
        int *(*taos_fetch_lengths)(TAOS_RES *res) noexcept nogil
        TAOS_ROW *(*taos_result_block)(TAOS_RES *res) noexcept nogil
        int (*taos_num_fields)(TAOS_RES *res) noexcept nogil
        int (*taos_field_count)(TAOS_RES *res) noexcept nogil
        TAOS_FIELD *(*taos_fetch_fields)(TAOS_RES *res) noexcept nogil
        TAOS_FIELD_E *(*taos_fetch_fields_e)(TAOS_RES *res) noexcept nogil
        int (*taos_result_precision)(TAOS_RES *res) noexcept nogil
        int (*taos_affected_rows)(TAOS_RES *res) noexcept nogil
        int64_t (*taos_affected_rows64)(TAOS_RES *res) noexcept nogil
        c_bool (*taos_is_update_query)(TAOS_RES *res) noexcept nogil
        c_bool (*taos_is_null)(TAOS_RES *res, int32_t row, int32_t col) noexcept nogil
        int (*taos_is_null_by_column)(TAOS_RES *res, int column, c_bool *result, int *rows) noexcept nogil
        int *(*taos_get_column_data_offset)(TAOS_RES *res, int column) noexcept nogil
        int (*taos_print_row)(char *str, TAOS_ROW row, TAOS_FIELD *fields, int n_fields) noexcept nogil
        int (*taos_print_row_with_size)(
            char *str, uint32_t size, TAOS_ROW row, TAOS_FIELD *fields, int n_fields
        ) noexcept nogil
        void (*taos_stop_query)(TAOS_RES *res) noexcept nogil
        void (*taos_free_result)(TAOS_RES *res) noexcept nogil
        int (*taos_errno)(TAOS_RES *res) noexcept nogil
        const char *(*taos_errstr)(TAOS_RES *res) noexcept nogil
        # statements, second version
        TAOS_STMT2 *(*taos_stmt2_init)(TAOS *taos, TAOS_STMT2_OPTION *option) noexcept nogil
        int (*taos_stmt2_prepare)(TAOS_STMT2 *stmt, const char *sql, unsigned long length) noexcept nogil
        int (*taos_stmt2_bind_param)(TAOS_STMT2 *stmt, TAOS_STMT2_BINDV *bindv, int32_t col_idx) noexcept nogil
        int (*taos_stmt2_exec)(TAOS_STMT2 *stmt, int *affected_rows) noexcept nogil
        int (*taos_stmt2_close)(TAOS_STMT2 *stmt) noexcept nogil
        int (*taos_stmt2_is_insert)(TAOS_STMT2 *stmt, int *insert) noexcept nogil
        int (*taos_stmt2_get_fields)(TAOS_STMT2 *stmt, int *count, TAOS_FIELD_ALL **fields) noexcept nogil
        void (*taos_stmt2_free_fields)(TAOS_STMT2 *stmt, TAOS_FIELD_ALL *fields) noexcept nogil
        TAOS_RES *(*taos_stmt2_result)(TAOS_STMT2 *stmt) noexcept nogil
        char *(*taos_stmt2_error)(TAOS_STMT2 *stmt) noexcept nogil
        # statements, first version: for older programs
        TAOS_STMT *(*taos_stmt_init)(TAOS *taos) noexcept nogil
        TAOS_STMT *(*taos_stmt_init_with_reqid)(TAOS *taos, int64_t req_id) noexcept nogil
        TAOS_STMT *(*taos_stmt_init_with_options)(TAOS *taos, TAOS_STMT_OPTIONS *options) noexcept nogil
        int (*taos_stmt_prepare)(TAOS_STMT *stmt, const char *sql, unsigned long length) noexcept nogil
        int (*taos_stmt_set_tbname)(TAOS_STMT *stmt, const char *name) noexcept nogil
        int (*taos_stmt_set_sub_tbname)(TAOS_STMT *stmt, const char *name) noexcept nogil
        int (*taos_stmt_set_tags)(TAOS_STMT *stmt, TAOS_MULTI_BIND *tags) noexcept nogil
        int (*taos_stmt_set_tbname_tags)(TAOS_STMT *stmt, const char *name, TAOS_MULTI_BIND *tags) noexcept nogil
        int (*taos_stmt_get_tag_fields)(TAOS_STMT *stmt, int *n_fields, TAOS_FIELD_E **fields) noexcept nogil
        int (*taos_stmt_get_col_fields)(TAOS_STMT *stmt, int *n_fields, TAOS_FIELD_E **fields) noexcept nogil
        void (*taos_stmt_reclaim_fields)(TAOS_STMT *stmt, TAOS_FIELD_E *fields) noexcept nogil
        int (*taos_stmt_is_insert)(TAOS_STMT *stmt, int *insert) noexcept nogil
        int (*taos_stmt_num_params)(TAOS_STMT *stmt, int *n_params) noexcept nogil
        int (*taos_stmt_get_param)(TAOS_STMT *stmt, int index, int *type, int *bytes) noexcept nogil
        int (*taos_stmt_bind_param)(TAOS_STMT *stmt, TAOS_MULTI_BIND *bind) noexcept nogil
        int (*taos_stmt_bind_param_batch)(TAOS_STMT *stmt, TAOS_MULTI_BIND *bind) noexcept nogil
        int (*taos_stmt_bind_single_param_batch)(TAOS_STMT *stmt, TAOS_MULTI_BIND *bind, int column) noexcept nogil
        int (*taos_stmt_add_batch)(TAOS_STMT *stmt) noexcept nogil
        int (*taos_stmt_execute)(TAOS_STMT *stmt) noexcept nogil
        int (*taos_stmt_close)(TAOS_STMT *stmt) noexcept nogil
        TAOS_RES *(*taos_stmt_use_result)(TAOS_STMT *stmt) noexcept nogil
        char *(*taos_stmt_errstr)(TAOS_STMT *stmt) noexcept nogil
        int (*taos_stmt_affected_rows)(TAOS_STMT *stmt) noexcept nogil
        int (*taos_stmt_affected_rows_once)(TAOS_STMT *stmt) noexcept nogil
        # schemaless writes
        TAOS_RES *(*taos_schemaless_insert)(
            TAOS *taos, char **lines, int n_lines, int protocol, int precision
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_with_reqid)(
            TAOS *taos, char **lines, int n_lines, int protocol, int precision, int64_t req_id
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_ttl)(
            TAOS *taos, char **lines, int n_lines, int protocol, int precision, int32_t ttl
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_ttl_with_reqid)(
            TAOS *taos, char **lines, int n_lines, int protocol, int precision, int32_t ttl,
            int64_t req_id
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_raw)(
            TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_raw_with_reqid)(
            TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int64_t req_id
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_raw_ttl)(
            TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int32_t ttl
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_raw_ttl_with_reqid)(
            TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int32_t ttl,
            int64_t req_id
        ) noexcept nogil
        TAOS_RES *(*taos_schemaless_insert_raw_ttl_with_reqid_tbname_key)(
            TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int32_t ttl,
            int64_t req_id, char *tbname_key
        ) noexcept nogil
        # subscriptions
        tmq_conf_t *(*tmq_conf_new)() noexcept nogil
        int (*tmq_conf_set)(tmq_conf_t *conf, const char *key, const char *value) noexcept nogil
        void (*tmq_conf_destroy)(tmq_conf_t *conf) noexcept nogil
        void (*tmq_conf_set_auto_commit_cb)(tmq_conf_t *conf, tmq_commit_cb *cb, void *param) noexcept nogil
        tmq_list_t *(*tmq_list_new)() noexcept nogil
        int32_t (*tmq_list_append)(tmq_list_t *list, const char *topic) noexcept nogil
        void (*tmq_list_destroy)(tmq_list_t *list) noexcept nogil
        int32_t (*tmq_list_get_size)(const tmq_list_t *list) noexcept nogil
        char **(*tmq_list_to_c_array)(const tmq_list_t *list) noexcept nogil
        tmq_t *(*tmq_consumer_new)(tmq_conf_t *conf, char *errstr, int32_t errstr_len) noexcept nogil
        int32_t (*tmq_subscribe)(tmq_t *tmq, const tmq_list_t *topics) noexcept nogil
        int32_t (*tmq_unsubscribe)(tmq_t *tmq) noexcept nogil
        int32_t (*tmq_subscription)(tmq_t *tmq, tmq_list_t **topics) noexcept nogil
        TAOS_RES *(*tmq_consumer_poll)(tmq_t *tmq, int64_t timeout) noexcept nogil
        int32_t (*tmq_consumer_close)(tmq_t *tmq) noexcept nogil
        int32_t (*tmq_commit_sync)(tmq_t *tmq, const TAOS_RES *msg) noexcept nogil
        void (*tmq_commit_async)(tmq_t *tmq, const TAOS_RES *msg, tmq_commit_cb *cb, void *param) noexcept nogil
        int32_t (*tmq_commit_offset_sync)(tmq_t *tmq, const char *topic, int32_t vg_id, int64_t offset) noexcept nogil
        void (*tmq_commit_offset_async)(
            tmq_t *tmq, const char *topic, int32_t vg_id, int64_t offset, tmq_commit_cb *cb, void *param
        ) noexcept nogil
        int32_t (*tmq_get_topic_assignment)(
            tmq_t *tmq, const char *topic, tmq_topic_assignment **assignment, int32_t *n
        ) noexcept nogil
        void (*tmq_free_assignment)(tmq_topic_assignment *assignment) noexcept nogil
        int32_t (*tmq_offset_seek)(tmq_t *tmq, const char *topic, int32_t vg_id, int64_t offset) noexcept nogil
        int64_t (*tmq_position)(tmq_t *tmq, const char *topic, int32_t vg_id) noexcept nogil
        int64_t (*tmq_committed)(tmq_t *tmq, const char *topic, int32_t vg_id) noexcept nogil
        TAOS *(*tmq_get_connect)(tmq_t *tmq) noexcept nogil
        int (*tmq_get_res_type)(TAOS_RES *res) noexcept nogil
        const char *(*tmq_get_topic_name)(TAOS_RES *res) noexcept nogil
        const char *(*tmq_get_db_name)(TAOS_RES *res) noexcept nogil
        const char *(*tmq_get_table_name)(TAOS_RES *res) noexcept nogil
        int32_t (*tmq_get_vgroup_id)(TAOS_RES *res) noexcept nogil
        int64_t (*tmq_get_vgroup_offset)(TAOS_RES *res) noexcept nogil
        char *(*tmq_get_json_meta)(TAOS_RES *res) noexcept nogil
        void (*tmq_free_json_meta)(char *json) noexcept nogil
        int32_t (*tmq_get_raw)(TAOS_RES *res, tmq_raw_data *raw) noexcept nogil
        int32_t (*tmq_write_raw)(TAOS *taos, tmq_raw_data raw) noexcept nogil
        void (*tmq_free_raw)(tmq_raw_data raw) noexcept nogil
        const char *(*tmq_err2str)(int32_t code) noexcept nogil

    ctypedef struct taosc_function_info:
        const char *name
        size_t slot
        const char *since
        const char *group
