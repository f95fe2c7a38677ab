/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/producer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kafka/client.h"

/* After two minutes the ledger's repetition is fresher than the message. */
static const ClientOption options[] = {
    {"enable.idempotence", "true"},
    {"message.timeout.ms", "120000"},
    {"linger.ms", "5"},
    {NULL, NULL},
};

struct Producer {
    Client client;
    const Config *config;
    atomic_int refused;                  /* the last code of a message that was given up, until a flush reports it */
    _Atomic(const char *) refused_topic; /* that it was for */
    _Atomic(const char *) denied_topic;  /* that we may not write to */
};

/* The configuration's own text lives as long as the producer. */
static const char *name_topic(const Config *config, const char *topic)
{
    if (strcmp(topic, config->topic_tasks) == 0)
        return config->topic_tasks;
    return strcmp(topic, config->topic_reports) == 0 ? config->topic_reports : config->topic_dead_letter;
}

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka;
    Producer *producer = ((Client *)opaque)->owner;
    if (!message->err)
        return;
    const char *topic = name_topic(producer->config, rd_kafka_topic_name(message->rkt));
    if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        atomic_store(&producer->denied_topic, topic);
    atomic_store(&producer->refused_topic, topic);
    atomic_store(&producer->refused, (int)message->err);
}

bool producer_open(const Config *config, Producer **out_producer, Error *error)
{
    AUTO_PRODUCER producer = memory_alloc_zeroed(1, sizeof *producer);
    producer->config = config;
    producer->client.owner = producer;
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &producer->client, &conf, error))
        return false;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    if (!client_open(RD_KAFKA_PRODUCER, conf, &producer->client, error))
        return false;
    *out_producer = take(producer);
    return true;
}

static bool fail_to_write(rd_kafka_resp_err_t code, const char *topic, Error *error)
{
    char what[320];
    snprintf(what, sizeof what, "writing to the topic %s", topic);
    return client_fail(code, what, NULL, error);
}

static bool is_denied(Producer *producer, Error *error)
{
    const char *topic = atomic_load(&producer->denied_topic);
    return topic && !fail_to_write(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, topic, error);
}

void producer_close(Producer *producer)
{
    if (!producer)
        return;
    if (producer->client.kafka) {
        rd_kafka_purge(producer->client.kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(producer->client.kafka, 100);
    }
    client_close(&producer->client);
    free(producer);
}

bool producer_send(Producer *producer, const char *topic, int32_t partition, Slice payload, Error *error)
{
    int32_t target = partition < 0 ? RD_KAFKA_PARTITION_UA : partition;
    rd_kafka_resp_err_t code =
        rd_kafka_producev(producer->client.kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(target),
                          RD_KAFKA_V_VALUE((void *)payload.data, payload.length),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    return producer_serve(producer, error) && (!code || client_fail(code, "sending a message", NULL, error));
}

bool producer_serve(Producer *producer, Error *error)
{
    rd_kafka_poll(producer->client.kafka, 0);
    return !is_denied(producer, error);
}

bool producer_flush(Producer *producer, int timeout_ms, Error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(producer->client.kafka, timeout_ms);
    int refused = atomic_exchange(&producer->refused, 0);
    if (is_denied(producer, error))
        return false;
    if (refused)
        return fail_to_write((rd_kafka_resp_err_t)refused, atomic_load(&producer->refused_topic), error);
    return !code || client_fail(code, "messages are not acknowledged", NULL, error);
}
