/* Consumers: every poll gives a message with the blocks that a statement of the topic's name would give. */
#include "driver.h"

struct taosnative_tmq_conf {
    int n_set;
};

enum { MAX_TOPICS = 16 };

struct taosnative_tmq_list {
    int n_topics;
    char *topics[MAX_TOPICS];
};

struct taosnative_tmq {
    char topic[256]; /* the first one that it is subscribed to */
};

tmq_conf_t *tmq_conf_new(void) {
    if (begin(FN_tmq_conf_new) != 0) return NULL;
    count(CONFS, 1);
    return calloc(1, sizeof(tmq_conf_t));
}

/* 0 is "ok", -1 "invalid", -2 "unknown". */
int tmq_conf_set(tmq_conf_t *conf, const char *key, const char *value) {
    (void)key, (void)value;
    conf->n_set++;
    return begin(FN_tmq_conf_set) != 0 ? last_code : 0;
}

void tmq_conf_destroy(tmq_conf_t *conf) {
    begin(FN_tmq_conf_destroy);
    if (conf == NULL) return;
    free_poisoned(conf, sizeof(*conf));
    count(CONFS, -1);
}

static tmq_list_t *make_list(void) {
    count(LISTS, 1);
    return calloc(1, sizeof(tmq_list_t));
}

tmq_list_t *tmq_list_new(void) { return begin(FN_tmq_list_new) != 0 ? NULL : make_list(); }

static int append(tmq_list_t *list, const char *topic) {
    if (list->n_topics == MAX_TOPICS) return -1;
    list->topics[list->n_topics++] = copy_of(topic, strlen(topic) + 1);
    return 0;
}

int32_t tmq_list_append(tmq_list_t *list, const char *topic) {
    return begin(FN_tmq_list_append) != 0 ? last_code : append(list, topic);
}

void tmq_list_destroy(tmq_list_t *list) {
    begin(FN_tmq_list_destroy);
    if (list == NULL) return;
    for (int i = 0; i < list->n_topics; i++) free_poisoned(list->topics[i], strlen(list->topics[i]));
    free_poisoned(list, sizeof(*list));
    count(LISTS, -1);
}

int32_t tmq_list_get_size(const tmq_list_t *list) { return (int32_t)value_of(FN_tmq_list_get_size, list->n_topics); }

char **tmq_list_to_c_array(const tmq_list_t *list) { return POINTER_OF(FN_tmq_list_to_c_array, list->topics); }

tmq_t *tmq_consumer_new(tmq_conf_t *conf, char *errstr, int32_t errstr_len) {
    (void)conf;
    if (begin(FN_tmq_consumer_new) != 0) {
        snprintf(errstr, (size_t)errstr_len, "%s", last_text);
        return NULL;
    }
    count(CONSUMERS, 1);
    return calloc(1, sizeof(tmq_t));
}

int32_t tmq_subscribe(tmq_t *tmq, const tmq_list_t *topics) {
    if (begin(FN_tmq_subscribe) != 0) return last_code;
    snprintf(tmq->topic, sizeof(tmq->topic), "%s", topics->n_topics > 0 ? topics->topics[0] : "");
    return 0;
}

int32_t tmq_unsubscribe(tmq_t *tmq) {
    if (begin(FN_tmq_unsubscribe) == 0) tmq->topic[0] = '\0';
    return last_code;
}

int32_t tmq_subscription(tmq_t *tmq, tmq_list_t **topics) {
    if (begin(FN_tmq_subscription) != 0) return last_code;
    if (*topics == NULL) *topics = make_list();
    return tmq->topic[0] != '\0' ? append(*topics, tmq->topic) : 0;
}

TAOS_RES *tmq_consumer_poll(tmq_t *tmq, int64_t timeout) {
    TAOS_RES *message;
    struct answer *answer;
    (void)timeout;
    if (begin(FN_tmq_consumer_poll) != 0) return NULL;
    answer = or_odd(1) == 0 ? NULL : answer_to(tmq->topic);
    if (answer == NULL) return NULL; /* nothing came in time */
    message = make_result(0, answer);
    snprintf(message->topic, sizeof(message->topic), "%s", tmq->topic);
    return message;
}

int32_t tmq_consumer_close(tmq_t *tmq) {
    begin(FN_tmq_consumer_close);
    if (tmq == NULL) return (int32_t)0x80000118;
    free_poisoned(tmq, sizeof(*tmq));
    count(CONSUMERS, -1);
    return last_code;
}

int32_t tmq_commit_sync(tmq_t *tmq, const TAOS_RES *msg) {
    (void)tmq, (void)msg;
    return begin(FN_tmq_commit_sync);
}

void tmq_commit_async(tmq_t *tmq, const TAOS_RES *msg, tmq_commit_cb *cb, void *param) {
    (void)msg;
    begin(FN_tmq_commit_async);
    cb(tmq, last_code, param); /* on the caller's thread, as the real driver where there is nothing to send */
}

int tmq_get_res_type(TAOS_RES *res) { return (int)value_of(FN_tmq_get_res_type, res->topic[0] ? 1 : -1); }

const char *tmq_get_topic_name(TAOS_RES *res) { return POINTER_OF(FN_tmq_get_topic_name, res->topic); }

const char *tmq_get_db_name(TAOS_RES *res) {
    (void)res;
    return POINTER_OF(FN_tmq_get_db_name, "power");
}

/* The table of the current block: none before the first fetch. */
const char *tmq_get_table_name(TAOS_RES *res) { return POINTER_OF(FN_tmq_get_table_name, res->current ? "d1" : NULL); }

int32_t tmq_get_vgroup_id(TAOS_RES *res) {
    (void)res;
    return (int32_t)value_of(FN_tmq_get_vgroup_id, 2);
}

int64_t tmq_get_vgroup_offset(TAOS_RES *res) {
    (void)res;
    return value_of(FN_tmq_get_vgroup_offset, 1);
}

const char *tmq_err2str(int32_t code) { return POINTER_OF(FN_tmq_err2str, code == 0 ? "success" : last_text); }
