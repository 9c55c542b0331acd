/* The library, its connections, and what they know. */
#include "driver.h"

struct taosnative_taos {
    char database[256];
};

int taos_init(void) { return begin(FN_taos_init); }

void taos_cleanup(void) { begin(FN_taos_cleanup); }

int taos_options(int option, const void *arg, ...) {
    if (option == TAOS_OPTION_CONFIGDIR) tell(TOLD_CONFIG, arg);
    return begin(FN_taos_options);
}

int taos_options_connection(TAOS *taos, int option, const void *arg, ...) {
    char text[MAX_TEXT];
    (void)taos;
    snprintf(text, sizeof(text), "%d=%s", option, (const char *)arg);
    tell(TOLD_OPTION, text);
    return begin(FN_taos_options_connection);
}

static TAOS *log_in(enum function function, const char *ip, const char *user, const char *password, const char *db,
                    uint16_t port) {
    TAOS *taos;
    tell(TOLD_ADDRESS, ip);
    tell(TOLD_USER, user);
    tell(TOLD_PASSWORD, password);
    tell(TOLD_DATABASE, db);
    tell_number(TOLD_PORT, port);
    if (begin(function) != 0) return NULL;
    if (or_odd(1) == 0) return NULL; /* without a code */
    taos = calloc(1, sizeof(*taos));
    snprintf(taos->database, sizeof(taos->database), "%s", db != NULL ? db : "");
    count(CONNECTIONS, 1);
    return taos;
}

TAOS *taos_connect(const char *ip, const char *user, const char *pass, const char *db, uint16_t port) {
    return log_in(FN_taos_connect, ip, user, pass, db, port);
}

TAOS *taos_connect_auth(const char *ip, const char *user, const char *auth, const char *db, uint16_t port) {
    return log_in(FN_taos_connect_auth, ip, user, auth, db, port);
}

void taos_close(TAOS *taos) {
    begin(FN_taos_close);
    if (taos == NULL) return;
    free_poisoned(taos, sizeof(*taos));
    count(CONNECTIONS, -1);
}

const char *taos_get_server_info(TAOS *taos) {
    return POINTER_OF(FN_taos_get_server_info, taos != NULL ? "ver:3.3.5.8\nbuild:fault" : NULL);
}

const char *taos_get_client_info(void) { return POINTER_OF(FN_taos_get_client_info, version); }

int taos_select_db(TAOS *taos, const char *db) {
    if (begin(FN_taos_select_db) == 0) snprintf(taos->database, sizeof(taos->database), "%s", db);
    return last_code;
}

void taos_reset_current_db(TAOS *taos) {
    begin(FN_taos_reset_current_db);
    taos->database[0] = '\0';
}

/* An odd value fills the caller's memory with that byte, without an end. */
int taos_get_current_db(TAOS *taos, char *database, int len, int *required) {
    if (begin(FN_taos_get_current_db) != 0) {
        if (required != NULL) *required = (int)strlen(taos->database) + 1;
        return last_code;
    }
    if (or_odd(-1) >= 0)
        memset(database, (int)or_odd(0), (size_t)len);
    else
        snprintf(database, (size_t)len, "%s", taos->database);
    return 0;
}

int taos_validate_sql(TAOS *taos, const char *sql) {
    (void)taos;
    tell(TOLD_SQL, sql);
    return begin(FN_taos_validate_sql);
}

void taos_kill_query(TAOS *taos) {
    (void)taos;
    begin(FN_taos_kill_query);
}

int taos_load_table_info(TAOS *taos, const char *names) {
    (void)taos, (void)names;
    return begin(FN_taos_load_table_info);
}

int taos_set_conn_mode(TAOS *taos, int mode, int value) {
    (void)taos, (void)mode, (void)value;
    return begin(FN_taos_set_conn_mode);
}
