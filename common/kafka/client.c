/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/client.h"

#include <stdlib.h>
#include <string.h>

static bool set_option(rd_kafka_conf_t *conf, const char *name, const char *value, Error *error)
{
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
        return true;
    return error_set(error, ERROR_FATAL, "[KAFKA] librdkafka.%s is refused by librdkafka: %s", name, reason);
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
    if (!set_option(conf, "bootstrap.servers", config->bootstrap_servers, error) ||
        !set_option(conf, "client.id", "copyfleet", error))
        return false;
    for (const ClientOption *option = options; option->name; option++)
        if (!set_own(conf, option, error))
            return false;
    for (size_t i = 0; i < config->kafka_option_count; i++)
        if (!set_option(conf, config->kafka_options[i].name, config->kafka_options[i].value, error))
            return false;
    return true;
}

bool client_configure(const Config *config, const ClientOption *options, rd_kafka_conf_t **out_conf, Error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    if (!set_options(conf, config, options, error)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    *out_conf = conf;
    return true;
}

bool client_open(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **out_kafka, Error *error)
{
    char reason[512];
    *out_kafka = rd_kafka_new(type, conf, reason, sizeof reason);
    if (*out_kafka)
        return true;
    rd_kafka_conf_destroy(conf);
    return error_set(error, ERROR_FATAL, "librdkafka does not start: %s", reason);
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

bool client_fail(rd_kafka_resp_err_t code, const char *what, const char *reason, Error *error)
{
    return error_set_service(error, kind_of_code(code), SERVICE_KAFKA, "Kafka: %s: %s", what,
                             reason && *reason ? reason : rd_kafka_err2str(code));
}

bool client_probe(rd_kafka_t *kafka, int timeout_ms, Error *error)
{
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(kafka, 0, NULL, &metadata, timeout_ms);
    if (code)
        return client_fail(code, "no broker answers", NULL, error);
    rd_kafka_metadata_destroy(metadata);
    return true;
}
