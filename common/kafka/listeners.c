/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/listeners.h"

#include <netdb.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/stop.h"

/* A few are enough to tell a mistake from brokers that are down. Each costs a connection. */
#define BROKERS_ASKED_MAX 5

static bool check_names(const rd_kafka_metadata_t *metadata, Error *error)
{
    for (int i = 0; i < metadata->broker_cnt; i++) {
        const rd_kafka_metadata_broker_t *broker = &metadata->brokers[i];
        struct addrinfo *addresses = NULL;
        int code = getaddrinfo(broker->host, NULL, NULL, &addresses);
        if (code)
            return error_set_service(
                error, ERROR_OUTAGE, SERVICE_KAFKA,
                "Kafka: broker %d says that it is at %s:%d, which does not resolve here (%s); " LISTENER_ADVICE,
                (int)broker->id, broker->host, broker->port, gai_strerror(code));
        freeaddrinfo(addresses);
    }
    return true;
}

/* Asks a broker for its settings: librdkafka sends that question to the broker's own address and to no other. */
static void ask(Client *client, int32_t broker, int timeout_ms, rd_kafka_queue_t *answers)
{
    char name[16], ignored[128];
    snprintf(name, sizeof name, "%d", (int)broker);
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, name);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client->kafka, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, ignored, sizeof ignored);
    rd_kafka_DescribeConfigs(client->kafka, &resource, 1, options, answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(resource);
}

/* A refusal is an answer too. */
static bool is_answer(rd_kafka_event_t *event)
{
    switch ((int)rd_kafka_event_error(event)) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__DESTROY:
        return false;
    default:
        return true;
    }
}

static bool has_answer(rd_kafka_queue_t *answers, int count, int timeout_ms)
{
    int64_t until_ms = clock_now_ms() + timeout_ms;
    bool is_there = false;
    while (!is_there && count > 0 && clock_now_ms() < until_ms && !stop_is_requested()) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(answers, STOP_STEP_MS);
        if (!event)
            continue;
        is_there = is_answer(event);
        count--;
        rd_kafka_event_destroy(event);
    }
    return is_there;
}

static bool check_answers(Client *client, const rd_kafka_metadata_t *metadata, int timeout_ms, Error *error)
{
    int count = metadata->broker_cnt < BROKERS_ASKED_MAX ? metadata->broker_cnt : BROKERS_ASKED_MAX;
    if (count == 0)
        return true;
    rd_kafka_queue_t *answers = rd_kafka_queue_new(client->kafka);
    for (int i = 0; i < count; i++)
        ask(client, metadata->brokers[i].id, timeout_ms, answers);
    bool is_answered = has_answer(answers, count, timeout_ms);
    rd_kafka_queue_destroy(answers);
    char words[CLIENT_WORDS_SIZE];
    rd_kafka_poll(client->kafka, 0); /* calls on_error, which keeps librdkafka's sentence */
    client_read_words(client, words);
    const rd_kafka_metadata_broker_t *first = &metadata->brokers[0];
    return is_answered ||
           error_set_service(
               error, ERROR_OUTAGE, SERVICE_KAFKA,
               "Kafka: broker %d says that it is at %s:%d, and does not answer there%s%s; " LISTENER_ADVICE,
               (int)first->id, first->host, first->port, *words ? ": " : "", words);
}

bool listeners_check(Client *client, const rd_kafka_metadata_t *metadata, int timeout_ms, Error *error)
{
    return check_names(metadata, error) && check_answers(client, metadata, timeout_ms, error);
}
