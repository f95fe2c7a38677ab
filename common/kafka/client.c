/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stop.h"
#include "base/thread.h"

#define CLOSE_S_MAX 5

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

/* librdkafka writes to stderr by itself otherwise; what matters comes back as errors. */
static void ignore_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    (void)level;
    (void)facility;
    (void)text;
}

static bool set_options(rd_kafka_conf_t *conf, const Config *config, const ClientOption *options, Error *error)
{
    /* Its default, 10 s, would be added to each outage of Kafka. */
    if (!set_option(conf, "bootstrap.servers", config->bootstrap_servers, error) ||
        !set_option(conf, "client.id", "copyfleet", error) ||
        !set_option(conf, "reconnect.backoff.max.ms", "2000", error))
        return false;
    for (const ClientOption *option = options; option->name; option++)
        if (!set_own(conf, option, error))
            return false;
    for (size_t i = 0; i < config->kafka_option_count; i++)
        if (!set_option(conf, config->kafka_options[i].name, config->kafka_options[i].value, error))
            return false;
    return true;
}

/* librdkafka says these nowhere else: what waits for a broker only times out. */
static void on_error(rd_kafka_t *kafka, int code, const char *reason, void *opaque)
{
    (void)kafka, (void)reason;
    Client *client = opaque;
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL)
        atomic_store(&client->is_refused, true);
    else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        atomic_store(&client->has_lost, true);
    if (code != RD_KAFKA_RESP_ERR__TRANSPORT)
        return;
    atomic_store(&client->is_refused, false);
    atomic_store(&client->has_stumbled, true);
}

bool client_configure(const Config *config, const ClientOption *options, Client *client, rd_kafka_conf_t **out_conf,
                      Error *error)
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

static ErrorKind kind_of_code(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        return ERROR_FATAL;
    default:
        return ERROR_OUTAGE;
    }
}

static bool is_denial(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
           code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

/* What to do about it, if the code alone tells. */
static const char *advice_of_code(rd_kafka_resp_err_t code)
{
    if (is_denial(code))
        return "; grant the user that copyfleet connects as the right to do so";
    if (code == RD_KAFKA_RESP_ERR_INVALID_RECORD)
        return "; a compacted topic takes no message without a key: set the topic's cleanup.policy to delete";
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        return "; raise the topic's max.message.bytes";
    return "";
}

bool client_fail(rd_kafka_resp_err_t code, const char *what, const char *reason, Error *error)
{
    return error_set_service(error, kind_of_code(code), SERVICE_KAFKA, "Kafka: %s: %s%s", what,
                             reason && *reason ? reason : rd_kafka_err2str(code), advice_of_code(code));
}

bool client_fail_unanswered(rd_kafka_t *kafka, rd_kafka_resp_err_t code, Error *error)
{
    char what[320], servers[200] = "";
    size_t size = sizeof servers;
    (void)rd_kafka_conf_get(rd_kafka_conf(kafka), "bootstrap.servers", servers, &size);
    snprintf(what, sizeof what, "no broker answers at %s", servers);
    return client_fail(code, what, NULL, error);
}

static rd_kafka_resp_err_t read_metadata(Client *client, int timeout_ms)
{
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client->kafka, 0, NULL, &metadata, timeout_ms);
    if (!code)
        rd_kafka_metadata_destroy(metadata);
    rd_kafka_poll(client->kafka, 0); /* calls on_error */
    return code;
}

/* A broker that is just starting breaks off a handshake now and then, and that is told as a refusal too: it gets the
 * whole time to think better of it. */
bool client_probe(Client *client, int timeout_ms, Error *error)
{
    int64_t until_ms = clock_now_ms() + timeout_ms;
    rd_kafka_resp_err_t code = read_metadata(client, timeout_ms);
    while (code && atomic_load(&client->is_refused) && clock_now_ms() < until_ms && stop_wait_ms(50))
        code = read_metadata(client, timeout_ms);
    if (code && atomic_load(&client->is_refused))
        return error_set_service(error, ERROR_FATAL, SERVICE_KAFKA,
                                 "Kafka refuses the connection, by authentication or TLS: check [KAFKA] "
                                 "librdkafka.sasl.*, librdkafka.ssl.* and librdkafka.security.protocol");
    return !code || client_fail_unanswered(client->kafka, code, error);
}
