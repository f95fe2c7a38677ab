/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stop.h"
#include "base/thread.h"
#include "config/secrets.h"
#include "kafka/listeners.h"

#define CLOSE_S_MAX 5

/* Between two questions: what was just made is known within some of them. */
#define ASK_AGAIN_MS 50

#define PASSWORD "sasl.password"

static bool set_option(rd_kafka_conf_t *conf, const char *name, const char *value, Error *error)
{
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
        return true;
    bool is_quoted = *value && strstr(reason, value); /* it may be a password in the wrong place */
    return error_set(error, ERROR_FATAL, "[KAFKA] librdkafka.%s is refused by librdkafka: %s", name,
                     is_quoted ? "its value does not fit" : reason);
}

/* Not every librdkafka has each of ours: 2.0.2 lacks fetch.queue.backoff.ms, which only shortens a wait. */
static bool set_own(rd_kafka_conf_t *conf, const ClientOption *option, Error *error)
{
    char reason[512];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, option->name, option->value, reason, sizeof reason);
    if (result == RD_KAFKA_CONF_OK ||
        (result == RD_KAFKA_CONF_UNKNOWN && strcmp(option->name, "fetch.queue.backoff.ms") == 0))
        return true;
    return error_set(error, ERROR_FATAL, "librdkafka refuses %s = %s: %s", option->name, option->value, reason);
}

/* By default librdkafka writes to stderr. What matters comes back as errors. */
static void ignore_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    (void)level;
    (void)facility;
    (void)text;
}

static bool set_options(rd_kafka_conf_t *conf, const KafkaConfig *config, const ClientOption *options, Error *error)
{
    /* reconnect.backoff.max.ms: its default, 10 s, would prolong each outage of Kafka. */
    if (!set_option(conf, "bootstrap.servers", config->bootstrap_servers, error) ||
        !set_option(conf, "client.id", "copyfleet", error) ||
        !set_option(conf, "reconnect.backoff.max.ms", "2000", error))
        return false;
    for (const ClientOption *option = options; option->name; option++)
        if (!set_own(conf, option, error))
            return false;
    AUTO_WIPE password = secrets_copy_kafka_password(config);
    for (size_t i = 0; i < config->option_count; i++) {
        const KafkaOption *option = &config->options[i];
        const char *value = strcmp(option->name, PASSWORD) == 0 ? password : option->value;
        if (!set_option(conf, option->name, value, error))
            return false;
    }
    return true;
}

void client_log_in_again(Client *client, const KafkaConfig *config)
{
    char user[512] = "";
    size_t size = sizeof user;
    AUTO_WIPE password = secrets_copy_kafka_password(config);
    if (!*password || rd_kafka_conf_get(rd_kafka_conf(client->kafka), "sasl.username", user, &size) != RD_KAFKA_CONF_OK)
        return;
    /* A mechanism without a password takes none. */
    rd_kafka_error_destroy(rd_kafka_sasl_set_credentials(client->kafka, user, password));
}

/* Of all clients' words: a producer's handle is polled by several threads. */
static pthread_mutex_t words_lock = PTHREAD_MUTEX_INITIALIZER;

static void keep_words(Client *client, const char *words)
{
    pthread_mutex_lock(&words_lock);
    snprintf(client->words, sizeof client->words, "%s", words);
    pthread_mutex_unlock(&words_lock);
}

void client_read_words(const Client *client, char out_words[CLIENT_WORDS_SIZE])
{
    pthread_mutex_lock(&words_lock);
    memcpy(out_words, client->words, CLIENT_WORDS_SIZE);
    pthread_mutex_unlock(&words_lock);
}

/* librdkafka reports these errors nowhere else: a call that waits for a broker only times out. */
static void on_error(rd_kafka_t *kafka, int code, const char *reason, void *opaque)
{
    (void)kafka;
    Client *client = opaque;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        keep_words(client, reason);
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL)
        atomic_store(&client->is_refused, true);
    else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        atomic_store(&client->has_lost, true);
    if (code != RD_KAFKA_RESP_ERR__TRANSPORT)
        return;
    atomic_store(&client->is_refused, false);
    atomic_store(&client->has_stumbled, true);
}

bool client_configure(const KafkaConfig *config, const ClientOption *options, Client *client,
                      rd_kafka_conf_t **out_conf, Error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_opaque(conf, client);
    if (!set_options(conf, config, options, error)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    *out_conf = conf;
    return true;
}

bool client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, Client *client, Error *error)
{
    char reason[512];
    client->kafka = rd_kafka_new(type, conf, reason, sizeof reason);
    if (client->kafka)
        return true;
    rd_kafka_conf_destroy(conf);
    return error_set(error, ERROR_FATAL, "librdkafka does not start: %s", reason);
}

static void *destroy(void *kafka)
{
    rd_kafka_destroy_flags(kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return NULL;
}

void client_close(Client *client)
{
    pthread_t thread;
    if (!client->kafka)
        return;
    thread_start(&thread, destroy, client->kafka);
    if (!thread_join_s(thread, CLOSE_S_MAX))
        pthread_detach(thread);
    client->kafka = NULL;
}

void client_abandon(Client *client)
{
    pthread_t thread;
    thread_start(&thread, destroy, take(client->kafka));
    pthread_detach(thread);
}

static ErrorKind kind_of_code(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
        return ERROR_DENIED;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        return ERROR_FATAL;
    default:
        return ERROR_OUTAGE;
    }
}

/* What to do about the error, if its code alone tells that. */
static const char *advise(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return "; grant the user that copyfleet connects as the right to do so";
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        return "; a compacted topic takes no message without a key, as copyfleet's are: set its cleanup.policy to "
               "delete";
    default:
        return "";
    }
}

bool client_fail(rd_kafka_resp_err_t code, const char *what, const char *reason, Error *error)
{
    return error_set_service(error, kind_of_code(code), SERVICE_KAFKA, "Kafka: %s: %s%s", what,
                             reason && *reason ? reason : rd_kafka_err2str(code), advise(code));
}

bool client_fail_unanswered(rd_kafka_t *kafka, rd_kafka_resp_err_t code, Error *error)
{
    char what[320], servers[200] = "";
    size_t size = sizeof servers;
    (void)rd_kafka_conf_get(rd_kafka_conf(kafka), "bootstrap.servers", servers, &size);
    snprintf(what, sizeof what, "no broker answers at %s", servers);
    return client_fail(code, what, NULL, error);
}

bool client_fail_silent(Client *client, const char *what, Error *error)
{
    char words[CLIENT_WORDS_SIZE];
    rd_kafka_poll(client->kafka, 0); /* calls on_error */
    client_read_words(client, words);
    if (!*words)
        return client_fail(RD_KAFKA_RESP_ERR__TIMED_OUT, what, NULL, error);
    return error_set_service(error, ERROR_OUTAGE, SERVICE_KAFKA, "Kafka: %s: no answer: %s; " LISTENER_ADVICE, what,
                             words);
}

static rd_kafka_resp_err_t read_metadata(Client *client, int timeout_ms, const rd_kafka_metadata_t **out_metadata)
{
    rd_kafka_resp_err_t code = rd_kafka_metadata(client->kafka, 0, NULL, out_metadata, timeout_ms);
    rd_kafka_poll(client->kafka, 0); /* calls on_error */
    return code;
}

/* https://github.com/confluentinc/librdkafka/issues/4895 */
static bool has_broken_scram(const Client *client)
{
    char mechanism[64] = "";
    size_t size = sizeof mechanism;
    (void)rd_kafka_conf_get(rd_kafka_conf(client->kafka), "sasl.mechanism", mechanism, &size);
    return rd_kafka_version() < 0x02060100 && strncmp(mechanism, "SCRAM-", strlen("SCRAM-")) == 0;
}

bool client_fail_refused(const Client *client, Error *error)
{
    char words[CLIENT_WORDS_SIZE];
    client_read_words(client, words);
    return error_set_service(
        error, ERROR_DENIED, SERVICE_KAFKA,
        "Kafka refuses the connection, by authentication or TLS: %s; check [KAFKA] "
        "librdkafka.sasl.*, librdkafka.ssl.* and librdkafka.security.protocol%s%s%s",
        words, has_broken_scram(client) ? "; this is librdkafka " : "",
        has_broken_scram(client) ? rd_kafka_version_str() : "",
        has_broken_scram(client) ? ", and before 2.6.1 it cannot log in to Kafka 4 by SCRAM: install a newer one" : "");
}

bool client_may_ask_again(int64_t until_ms)
{
    return clock_now_ms() < until_ms && stop_wait_ms(ASK_AGAIN_MS);
}

/* A broker that is just starting sometimes breaks off a handshake, and librdkafka reports that as a refusal too. So a
 * refusal counts only if it lasts for the whole time. */
static bool ask(Client *client, int timeout_ms, const rd_kafka_metadata_t **out_metadata, Error *error)
{
    int64_t until_ms = clock_now_ms() + timeout_ms;
    rd_kafka_resp_err_t code = read_metadata(client, timeout_ms, out_metadata);
    while (code && atomic_load(&client->is_refused) && client_may_ask_again(until_ms))
        code = read_metadata(client, timeout_ms, out_metadata);
    if (code)
        return atomic_load(&client->is_refused) ? client_fail_refused(client, error)
                                                : client_fail_unanswered(client->kafka, code, error);
    atomic_store(&client->is_refused, false);
    return true;
}

bool client_probe(Client *client, int timeout_ms, Error *error)
{
    const rd_kafka_metadata_t *metadata;
    if (!ask(client, timeout_ms, &metadata, error))
        return false;
    rd_kafka_metadata_destroy(metadata);
    return true;
}

bool client_probe_listeners(Client *client, int timeout_ms, Error *error)
{
    const rd_kafka_metadata_t *metadata;
    if (!ask(client, timeout_ms, &metadata, error))
        return false;
    bool is_well = listeners_check(client, metadata, timeout_ms, error);
    rd_kafka_metadata_destroy(metadata);
    return is_well;
}
