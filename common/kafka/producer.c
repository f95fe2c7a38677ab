/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/producer.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kafka/client.h"
#include "kafka/topics.h"

/* A message is given up after two minutes: by then the ledger has its task published again. */
static const ClientOption options[] = {
    {"enable.idempotence", "true"},
    {"message.timeout.ms", "120000"},
    {"linger.ms", "5"},
    {NULL, NULL},
};

/* Another thread that serves the producer may hear what became of a letter: so its sender looks so often. */
#define LOOK_MS 100

struct Producer {
    Client client;
    const KafkaConfig *config;
    /* Code and topic of the last message of producer_send that was given up, until a flush reports it. */
    atomic_int refused;
    _Atomic(const char *) refused_topic;
    _Atomic(const char *) denied_topic; /* a topic that we may not write to; NULL: none so far */
};

/* A message whose sender waits. Its sender and librdkafka both hold it, and whoever lets go last frees it. */
typedef struct Letter {
    atomic_int holders;
    atomic_int code; /* TIMED_OUT until librdkafka says what became of it */
} Letter;

static void let_go(Letter *letter)
{
    if (atomic_fetch_sub(&letter->holders, 1) == 1)
        free(letter);
}

/* The configuration's own text lives as long as the producer. */
static const char *name_topic(const KafkaConfig *config, const char *topic)
{
    if (strcmp(topic, config->topic_tasks) == 0)
        return config->topic_tasks;
    return strcmp(topic, config->topic_reports) == 0 ? config->topic_reports : config->topic_dead_letter;
}

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka;
    Producer *producer = ((Client *)opaque)->owner;
    const char *topic = name_topic(producer->config, rd_kafka_topic_name(message->rkt));
    if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        atomic_store(&producer->denied_topic, topic);
    Letter *letter = message->_private;
    if (letter) {
        atomic_store(&letter->code, (int)message->err);
        let_go(letter);
    } else if (message->err) {
        atomic_store(&producer->refused_topic, topic);
        atomic_store(&producer->refused, (int)message->err);
    }
}

/* librdkafka looks once a second for the partitions of topics that it has messages for. A topic that it has been asked
 * about it knows. */
static bool learn_topic(const Producer *producer, const char *topic, Error *error)
{
    int32_t partitions;
    return topics_await_partitions(producer->client.kafka, topic, &partitions, error);
}

bool producer_open(const KafkaConfig *config, const char *topic, Producer **out_producer, Error *error)
{
    AUTO_PRODUCER producer = memory_alloc_zeroed(1, sizeof *producer);
    producer->config = config;
    producer->client.owner = producer;
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &producer->client, &conf, error))
        return false;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    if (!client_open(RD_KAFKA_PRODUCER, conf, &producer->client, error) || !learn_topic(producer, topic, error))
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

static rd_kafka_resp_err_t hand_over(Producer *producer, const char *topic, int32_t partition, Slice payload,
                                     Letter *letter)
{
    assert(*topic);
    assert(payload.length > 0);
    int32_t target = partition < 0 ? RD_KAFKA_PARTITION_UA : partition;
    return rd_kafka_producev(producer->client.kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(target),
                             RD_KAFKA_V_VALUE((void *)payload.data, payload.length),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(letter), RD_KAFKA_V_END);
}

bool producer_send(Producer *producer, const char *topic, int32_t partition, Slice payload, Error *error)
{
    rd_kafka_resp_err_t code = hand_over(producer, topic, partition, payload, NULL);
    return producer_serve(producer, error) && (!code || client_fail(code, "sending a message", NULL, error));
}

bool producer_deliver(Producer *producer, const char *topic, Slice payload, int timeout_ms, Error *error)
{
    Letter *letter = memory_alloc_zeroed(1, sizeof *letter);
    atomic_store(&letter->holders, 2);
    atomic_store(&letter->code, RD_KAFKA_RESP_ERR__TIMED_OUT);
    rd_kafka_resp_err_t code = hand_over(producer, topic, -1, payload, letter);
    if (code) {
        free(letter); /* librdkafka has not taken hold of it */
        return fail_to_write(code, topic, error);
    }
    int64_t end_ms = clock_now_ms() + timeout_ms;
    while (atomic_load(&letter->code) == RD_KAFKA_RESP_ERR__TIMED_OUT && clock_now_ms() < end_ms)
        rd_kafka_poll(producer->client.kafka, LOOK_MS);
    code = (rd_kafka_resp_err_t)atomic_load(&letter->code);
    let_go(letter);
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT)
        return client_fail(code, "messages are not acknowledged", NULL, error);
    return !code || fail_to_write(code, topic, error);
}

bool producer_serve(Producer *producer, Error *error)
{
    rd_kafka_poll(producer->client.kafka, 0);
    return !is_denied(producer, error);
}

bool producer_probe(Producer *producer, int timeout_ms, Error *error)
{
    return client_probe(&producer->client, timeout_ms, error);
}

void producer_log_in_again(Producer *producer)
{
    client_log_in_again(&producer->client, producer->config);
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
