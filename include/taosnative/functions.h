/* THE list of taosc's functions.
 *
 * From it are made: the struct of pointers that a driver is opened into, the
 * names that are looked up, what the embedded engine and the test driver
 * export, and the table of versions in the documentation.
 *
 *     VALUE(result, name, parameters, arguments, since, group)
 *     VOID(name, parameters, arguments, since, group)
 *
 * `since` is the first release of TDengine whose client has the function in
 * this form; `group` is the capability that it belongs to.  A list is used by
 *
 *     #define VALUE(result, name, parameters, arguments, since, group) ...
 *     #define VOID(name, parameters, arguments, since, group) ...
 *     TAOSC_FUNCTIONS(VALUE, VOID)
 */
#ifndef TAOSNATIVE_FUNCTIONS_H
#define TAOSNATIVE_FUNCTIONS_H

#include "taosc.h"

/* clang-format off */
#define TAOSC_FUNCTIONS(VALUE, VOID) \
    /* the library and its connections */ \
    VALUE(int, taos_init, (void), (), "3.0.0.0", connection) \
    VOID(taos_cleanup, (void), (), "3.0.0.0", connection) \
    VALUE(int, taos_options, (int option, const void *arg, ...), (option, arg), "3.0.0.0", connection) \
    VALUE(int, taos_options_connection, (TAOS *taos, int option, const void *arg, ...), (taos, option, arg), "3.3.5.0", connection) \
    VALUE(TAOS *, taos_connect, (const char *ip, const char *user, const char *pass, const char *db, uint16_t port), (ip, user, pass, db, port), "3.0.0.0", connection) \
    VALUE(TAOS *, taos_connect_auth, (const char *ip, const char *user, const char *auth, const char *db, uint16_t port), (ip, user, auth, db, port), "3.0.0.0", connection) \
    VOID(taos_close, (TAOS *taos), (taos), "3.0.0.0", connection) \
    VALUE(const char *, taos_get_server_info, (TAOS *taos), (taos), "3.0.0.0", connection) \
    VALUE(const char *, taos_get_client_info, (void), (), "3.0.0.0", connection) \
    VALUE(int, taos_select_db, (TAOS *taos, const char *db), (taos, db), "3.0.0.0", connection) \
    VALUE(int, taos_get_current_db, (TAOS *taos, char *database, int len, int *required), (taos, database, len, required), "3.0.3.0", connection) \
    VOID(taos_reset_current_db, (TAOS *taos), (taos), "3.0.0.0", connection) \
    VALUE(int, taos_validate_sql, (TAOS *taos, const char *sql), (taos, sql), "3.0.0.0", connection) \
    VOID(taos_kill_query, (TAOS *taos), (taos), "3.0.0.0", connection) \
    VALUE(int, taos_load_table_info, (TAOS *taos, const char *names), (taos, names), "3.0.0.0", connection) \
    VALUE(int, taos_set_conn_mode, (TAOS *taos, int mode, int value), (taos, mode, value), "3.2.0.0", connection) \
    VALUE(int, taos_get_table_vgId, (TAOS *taos, const char *db, const char *table, int *vg_id), (taos, db, table, vg_id), "3.0.1.6", connection) \
    VALUE(int, taos_get_tables_vgId, (TAOS *taos, const char *db, const char *table[], int n_tables, int *vg_id), (taos, db, table, n_tables, vg_id), "3.0.3.0", connection) \
    VALUE(int, taos_check_server_status, (const char *fqdn, int port, char *details, int maxlen), (fqdn, port, details, maxlen), "3.0.0.0", connection) \
    VALUE(const char *, taos_data_type, (int type), (type), "3.0.0.0", connection) \
    /* queries and their results */ \
    VALUE(TAOS_RES *, taos_query, (TAOS *taos, const char *sql), (taos, sql), "3.0.0.0", query) \
    VALUE(TAOS_RES *, taos_query_with_reqid, (TAOS *taos, const char *sql, int64_t req_id), (taos, sql, req_id), "3.0.1.7", query) \
    VOID(taos_query_a, (TAOS *taos, const char *sql, taos_async_fn_t fp, void *param), (taos, sql, fp, param), "3.0.0.0", query) \
    VOID(taos_query_a_with_reqid, (TAOS *taos, const char *sql, taos_async_fn_t fp, void *param, int64_t req_id), (taos, sql, fp, param, req_id), "3.0.1.7", query) \
    VALUE(TAOS_ROW, taos_fetch_row, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(int, taos_fetch_block, (TAOS_RES *res, TAOS_ROW *rows), (res, rows), "3.0.0.0", query) \
    VALUE(int, taos_fetch_block_s, (TAOS_RES *res, int *n_rows, TAOS_ROW *rows), (res, n_rows, rows), "3.0.0.0", query) \
    VALUE(int, taos_fetch_raw_block, (TAOS_RES *res, int *n_rows, void **data), (res, n_rows, data), "3.0.0.0", query) \
    VOID(taos_fetch_rows_a, (TAOS_RES *res, taos_async_fn_t fp, void *param), (res, fp, param), "3.0.0.0", query) \
    VOID(taos_fetch_raw_block_a, (TAOS_RES *res, taos_async_fn_t fp, void *param), (res, fp, param), "3.0.0.0", query) \
    VALUE(const void *, taos_get_raw_block, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(int *, taos_fetch_lengths, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(TAOS_ROW *, taos_result_block, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(int, taos_num_fields, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(int, taos_field_count, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(TAOS_FIELD *, taos_fetch_fields, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(TAOS_FIELD_E *, taos_fetch_fields_e, (TAOS_RES *res), (res), "3.3.6.0", query) \
    VALUE(int, taos_result_precision, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(int, taos_affected_rows, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(int64_t, taos_affected_rows64, (TAOS_RES *res), (res), "3.0.2.0", query) \
    VALUE(bool, taos_is_update_query, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(bool, taos_is_null, (TAOS_RES *res, int32_t row, int32_t col), (res, row, col), "3.0.0.0", query) \
    VALUE(int, taos_is_null_by_column, (TAOS_RES *res, int column, bool result[], int *rows), (res, column, result, rows), "3.3.3.0", query) \
    VALUE(int *, taos_get_column_data_offset, (TAOS_RES *res, int column), (res, column), "3.0.0.0", query) \
    VALUE(int, taos_print_row, (char *str, TAOS_ROW row, TAOS_FIELD *fields, int n_fields), (str, row, fields, n_fields), "3.0.0.0", query) \
    VALUE(int, taos_print_row_with_size, (char *str, uint32_t size, TAOS_ROW row, TAOS_FIELD *fields, int n_fields), (str, size, row, fields, n_fields), "3.3.3.1", query) \
    VOID(taos_stop_query, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VOID(taos_free_result, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(int, taos_errno, (TAOS_RES *res), (res), "3.0.0.0", query) \
    VALUE(const char *, taos_errstr, (TAOS_RES *res), (res), "3.0.0.0", query) \
    /* statements, second version */ \
    VALUE(TAOS_STMT2 *, taos_stmt2_init, (TAOS *taos, TAOS_STMT2_OPTION *option), (taos, option), "3.3.5.0", stmt2) \
    VALUE(int, taos_stmt2_prepare, (TAOS_STMT2 *stmt, const char *sql, unsigned long length), (stmt, sql, length), "3.3.5.0", stmt2) \
    VALUE(int, taos_stmt2_bind_param, (TAOS_STMT2 *stmt, TAOS_STMT2_BINDV *bindv, int32_t col_idx), (stmt, bindv, col_idx), "3.3.5.0", stmt2) \
    VALUE(int, taos_stmt2_exec, (TAOS_STMT2 *stmt, int *affected_rows), (stmt, affected_rows), "3.3.5.0", stmt2) \
    VALUE(int, taos_stmt2_close, (TAOS_STMT2 *stmt), (stmt), "3.3.5.0", stmt2) \
    VALUE(int, taos_stmt2_is_insert, (TAOS_STMT2 *stmt, int *insert), (stmt, insert), "3.3.5.0", stmt2) \
    VALUE(int, taos_stmt2_get_fields, (TAOS_STMT2 *stmt, int *count, TAOS_FIELD_ALL **fields), (stmt, count, fields), "3.3.5.0", stmt2) \
    VOID(taos_stmt2_free_fields, (TAOS_STMT2 *stmt, TAOS_FIELD_ALL *fields), (stmt, fields), "3.3.5.0", stmt2) \
    VALUE(TAOS_RES *, taos_stmt2_result, (TAOS_STMT2 *stmt), (stmt), "3.3.5.0", stmt2) \
    VALUE(char *, taos_stmt2_error, (TAOS_STMT2 *stmt), (stmt), "3.3.5.0", stmt2) \
    /* statements, first version: for older programs */ \
    VALUE(TAOS_STMT *, taos_stmt_init, (TAOS *taos), (taos), "3.0.0.0", stmt) \
    VALUE(TAOS_STMT *, taos_stmt_init_with_reqid, (TAOS *taos, int64_t req_id), (taos, req_id), "3.0.1.7", stmt) \
    VALUE(TAOS_STMT *, taos_stmt_init_with_options, (TAOS *taos, TAOS_STMT_OPTIONS *options), (taos, options), "3.3.2.0", stmt) \
    VALUE(int, taos_stmt_prepare, (TAOS_STMT *stmt, const char *sql, unsigned long length), (stmt, sql, length), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_set_tbname, (TAOS_STMT *stmt, const char *name), (stmt, name), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_set_sub_tbname, (TAOS_STMT *stmt, const char *name), (stmt, name), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_set_tags, (TAOS_STMT *stmt, TAOS_MULTI_BIND *tags), (stmt, tags), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_set_tbname_tags, (TAOS_STMT *stmt, const char *name, TAOS_MULTI_BIND *tags), (stmt, name, tags), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_get_tag_fields, (TAOS_STMT *stmt, int *n_fields, TAOS_FIELD_E **fields), (stmt, n_fields, fields), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_get_col_fields, (TAOS_STMT *stmt, int *n_fields, TAOS_FIELD_E **fields), (stmt, n_fields, fields), "3.0.0.0", stmt) \
    VOID(taos_stmt_reclaim_fields, (TAOS_STMT *stmt, TAOS_FIELD_E *fields), (stmt, fields), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_is_insert, (TAOS_STMT *stmt, int *insert), (stmt, insert), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_num_params, (TAOS_STMT *stmt, int *n_params), (stmt, n_params), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_get_param, (TAOS_STMT *stmt, int index, int *type, int *bytes), (stmt, index, type, bytes), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_bind_param, (TAOS_STMT *stmt, TAOS_MULTI_BIND *bind), (stmt, bind), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_bind_param_batch, (TAOS_STMT *stmt, TAOS_MULTI_BIND *bind), (stmt, bind), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_bind_single_param_batch, (TAOS_STMT *stmt, TAOS_MULTI_BIND *bind, int column), (stmt, bind, column), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_add_batch, (TAOS_STMT *stmt), (stmt), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_execute, (TAOS_STMT *stmt), (stmt), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_close, (TAOS_STMT *stmt), (stmt), "3.0.0.0", stmt) \
    VALUE(TAOS_RES *, taos_stmt_use_result, (TAOS_STMT *stmt), (stmt), "3.0.0.0", stmt) \
    VALUE(char *, taos_stmt_errstr, (TAOS_STMT *stmt), (stmt), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_affected_rows, (TAOS_STMT *stmt), (stmt), "3.0.0.0", stmt) \
    VALUE(int, taos_stmt_affected_rows_once, (TAOS_STMT *stmt), (stmt), "3.0.0.0", stmt) \
    /* schemaless writes */ \
    VALUE(TAOS_RES *, taos_schemaless_insert, (TAOS *taos, char *lines[], int n_lines, int protocol, int precision), (taos, lines, n_lines, protocol, precision), "3.0.0.0", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_with_reqid, (TAOS *taos, char *lines[], int n_lines, int protocol, int precision, int64_t req_id), (taos, lines, n_lines, protocol, precision, req_id), "3.0.1.7", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_ttl, (TAOS *taos, char *lines[], int n_lines, int protocol, int precision, int32_t ttl), (taos, lines, n_lines, protocol, precision, ttl), "3.0.2.0", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_ttl_with_reqid, (TAOS *taos, char *lines[], int n_lines, int protocol, int precision, int32_t ttl, int64_t req_id), (taos, lines, n_lines, protocol, precision, ttl, req_id), "3.0.2.0", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_raw, (TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision), (taos, lines, len, total_rows, protocol, precision), "3.0.1.5", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_raw_with_reqid, (TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int64_t req_id), (taos, lines, len, total_rows, protocol, precision, req_id), "3.0.1.7", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_raw_ttl, (TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int32_t ttl), (taos, lines, len, total_rows, protocol, precision, ttl), "3.0.2.0", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_raw_ttl_with_reqid, (TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int32_t ttl, int64_t req_id), (taos, lines, len, total_rows, protocol, precision, ttl, req_id), "3.0.2.0", schemaless) \
    VALUE(TAOS_RES *, taos_schemaless_insert_raw_ttl_with_reqid_tbname_key, (TAOS *taos, char *lines, int len, int32_t *total_rows, int protocol, int precision, int32_t ttl, int64_t req_id, char *tbname_key), (taos, lines, len, total_rows, protocol, precision, ttl, req_id, tbname_key), "3.3.3.0", schemaless) \
    /* subscriptions */ \
    VALUE(tmq_conf_t *, tmq_conf_new, (void), (), "3.0.0.0", tmq) \
    VALUE(int, tmq_conf_set, (tmq_conf_t *conf, const char *key, const char *value), (conf, key, value), "3.0.0.0", tmq) \
    VOID(tmq_conf_destroy, (tmq_conf_t *conf), (conf), "3.0.0.0", tmq) \
    VOID(tmq_conf_set_auto_commit_cb, (tmq_conf_t *conf, tmq_commit_cb *cb, void *param), (conf, cb, param), "3.0.0.0", tmq) \
    VALUE(tmq_list_t *, tmq_list_new, (void), (), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_list_append, (tmq_list_t *list, const char *topic), (list, topic), "3.0.0.0", tmq) \
    VOID(tmq_list_destroy, (tmq_list_t *list), (list), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_list_get_size, (const tmq_list_t *list), (list), "3.0.0.0", tmq) \
    VALUE(char **, tmq_list_to_c_array, (const tmq_list_t *list), (list), "3.0.0.0", tmq) \
    VALUE(tmq_t *, tmq_consumer_new, (tmq_conf_t *conf, char *errstr, int32_t errstr_len), (conf, errstr, errstr_len), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_subscribe, (tmq_t *tmq, const tmq_list_t *topics), (tmq, topics), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_unsubscribe, (tmq_t *tmq), (tmq), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_subscription, (tmq_t *tmq, tmq_list_t **topics), (tmq, topics), "3.0.0.0", tmq) \
    VALUE(TAOS_RES *, tmq_consumer_poll, (tmq_t *tmq, int64_t timeout), (tmq, timeout), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_consumer_close, (tmq_t *tmq), (tmq), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_commit_sync, (tmq_t *tmq, const TAOS_RES *msg), (tmq, msg), "3.0.0.0", tmq) \
    VOID(tmq_commit_async, (tmq_t *tmq, const TAOS_RES *msg, tmq_commit_cb *cb, void *param), (tmq, msg, cb, param), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_commit_offset_sync, (tmq_t *tmq, const char *topic, int32_t vg_id, int64_t offset), (tmq, topic, vg_id, offset), "3.1.0.0", tmq) \
    VOID(tmq_commit_offset_async, (tmq_t *tmq, const char *topic, int32_t vg_id, int64_t offset, tmq_commit_cb *cb, void *param), (tmq, topic, vg_id, offset, cb, param), "3.1.0.0", tmq) \
    VALUE(int32_t, tmq_get_topic_assignment, (tmq_t *tmq, const char *topic, tmq_topic_assignment **assignment, int32_t *n), (tmq, topic, assignment, n), "3.0.5.0", tmq) \
    VOID(tmq_free_assignment, (tmq_topic_assignment *assignment), (assignment), "3.0.5.0", tmq) \
    VALUE(int32_t, tmq_offset_seek, (tmq_t *tmq, const char *topic, int32_t vg_id, int64_t offset), (tmq, topic, vg_id, offset), "3.0.5.0", tmq) \
    VALUE(int64_t, tmq_position, (tmq_t *tmq, const char *topic, int32_t vg_id), (tmq, topic, vg_id), "3.1.0.0", tmq) \
    VALUE(int64_t, tmq_committed, (tmq_t *tmq, const char *topic, int32_t vg_id), (tmq, topic, vg_id), "3.1.0.0", tmq) \
    VALUE(TAOS *, tmq_get_connect, (tmq_t *tmq), (tmq), "3.0.0.0", tmq) \
    VALUE(int, tmq_get_res_type, (TAOS_RES *res), (res), "3.0.0.0", tmq) \
    VALUE(const char *, tmq_get_topic_name, (TAOS_RES *res), (res), "3.0.0.0", tmq) \
    VALUE(const char *, tmq_get_db_name, (TAOS_RES *res), (res), "3.0.0.0", tmq) \
    VALUE(const char *, tmq_get_table_name, (TAOS_RES *res), (res), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_get_vgroup_id, (TAOS_RES *res), (res), "3.0.0.0", tmq) \
    VALUE(int64_t, tmq_get_vgroup_offset, (TAOS_RES *res), (res), "3.0.5.0", tmq) \
    VALUE(char *, tmq_get_json_meta, (TAOS_RES *res), (res), "3.0.0.0", tmq) \
    VOID(tmq_free_json_meta, (char *json), (json), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_get_raw, (TAOS_RES *res, tmq_raw_data *raw), (res, raw), "3.0.0.0", tmq) \
    VALUE(int32_t, tmq_write_raw, (TAOS *taos, tmq_raw_data raw), (taos, raw), "3.0.0.0", tmq) \
    VOID(tmq_free_raw, (tmq_raw_data raw), (raw), "3.0.0.0", tmq) \
    VALUE(const char *, tmq_err2str, (int32_t code), (code), "3.0.0.0", tmq)
/* clang-format on */

/* A driver's functions; a NULL is one that it lacks. */
typedef struct taosc_functions {
#define TAOSC_VALUE_MEMBER(result, name, parameters, arguments, since, group) result(*name) parameters;
#define TAOSC_VOID_MEMBER(name, parameters, arguments, since, group) void(*name) parameters;
    TAOSC_FUNCTIONS(TAOSC_VALUE_MEMBER, TAOSC_VOID_MEMBER)
#undef TAOSC_VALUE_MEMBER
#undef TAOSC_VOID_MEMBER
} taosc_functions;

/* What is known of each: its slot above, its name, where it came from. */
typedef struct taosc_function_info {
    const char *name;
    size_t slot; /* offset in taosc_functions */
    const char *since;
    const char *group;
} taosc_function_info;

#define TAOSC_VALUE_INFO(result, name, parameters, arguments, since, group) \
    {#name, offsetof(taosc_functions, name), since, #group},
#define TAOSC_VOID_INFO(name, parameters, arguments, since, group) \
    {#name, offsetof(taosc_functions, name), since, #group},
#define TAOSC_FUNCTION_INFO {TAOSC_FUNCTIONS(TAOSC_VALUE_INFO, TAOSC_VOID_INFO){NULL, 0, NULL, NULL}}

#endif
