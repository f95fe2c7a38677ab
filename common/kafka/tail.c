/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/tail.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kafka/client.h"
#include "kafka/topics.h"

static const ClientOption options[] = {
    {"enable.auto.commit", "false"},
    {"auto.offset.reset", "latest"},
    {"fetch.wait.max.ms", "100"},
    {"group.id", "copyfleet-coordinator"}, /* librdkafka wants one; nothing joins it */
    {NULL, NULL},
};

#define TIMEOUT_MS 10000

struct Tail {
    Client client;
    char *topics[TAIL_TOPICS_MAX];
    size_t topic_count;
};

static bool fail_to_read(rd_kafka_resp_err_t code, const char *topic, Error *error)
{
    char what[320];
    snprintf(what, sizeof what, "reading the topic %s", topic);
    return client_fail(code, what, NULL, error);
}

static rd_kafka_resp_err_t ask_end(Tail *tail, const char *topic, int32_t partition, int64_t *out_end)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *place = rd_kafka_topic_partition_list_add(list, topic, partition);
    place->offset = RD_KAFKA_OFFSET_END; /* in the place of a time, as Kafka's ListOffsets has it */
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(tail->client.kafka, list, TIMEOUT_MS);
    code = code ? code : place->err;
    *out_end = place->offset;
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* A topic that was just made has no leader for a moment. rd_kafka_query_watermark_offsets would not do:
 * librdkafka 2.0.2 does not keep to its timeout if the leader is not at the address that it advertises. */
static rd_kafka_resp_err_t find_end(Tail *tail, const char *topic, int32_t partition, int64_t *out_end)
{
    int64_t until_ms = clock_now_ms() + TIMEOUT_MS;
    rd_kafka_resp_err_t code;
    do
        code = ask_end(tail, topic, partition, out_end);
    while (code && client_may_ask_again(until_ms));
    return code;
}

/* Asks for the end now. OFFSET_END would be looked up some time after the assignment, and messages that come before
 * that would never be heard. */
static bool add_end(Tail *tail, const char *topic, int32_t partition, rd_kafka_topic_partition_list_t *list,
                    Error *error)
{
    int64_t end;
    rd_kafka_resp_err_t code = find_end(tail, topic, partition, &end);
    if (code)
        return fail_to_read(code, topic, error);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = end;
    return true;
}

static bool add_partitions(Tail *tail, const char *topic, rd_kafka_topic_partition_list_t *list, Error *error)
{
    int32_t count;
    if (!topics_count_partitions(tail->client.kafka, topic, &count, error))
        return false;
    for (int32_t i = 0; i < count; i++)
        if (!add_end(tail, topic, i, list, error))
            return false;
    tail->topics[tail->topic_count++] = memory_copy_text(topic);
    return true;
}

static bool assign_all(Tail *tail, const char *const *topics, size_t topic_count, Error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    bool is_listed = true;
    for (size_t i = 0; is_listed && i < topic_count; i++)
        is_listed = add_partitions(tail, topics[i], list, error);
    rd_kafka_resp_err_t code = is_listed ? rd_kafka_assign(tail->client.kafka, list) : RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_destroy(list);
    return is_listed && (!code || fail_to_read(code, topics[0], error));
}

bool tail_open(const KafkaConfig *config, const char *const *topics, size_t topic_count, Tail **out_tail, Error *error)
{
    assert(topic_count <= TAIL_TOPICS_MAX);
    AUTO_TAIL tail = memory_alloc_zeroed(1, sizeof *tail);
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &tail->client, &conf, error) ||
        !client_open(RD_KAFKA_CONSUMER, conf, &tail->client, error))
        return false;
    rd_kafka_poll_set_consumer(tail->client.kafka);
    if (!assign_all(tail, topics, topic_count, error))
        return false;
    *out_tail = take(tail);
    return true;
}

void tail_close(Tail *tail)
{
    if (!tail)
        return;
    if (tail->client.kafka)
        rd_kafka_assign(tail->client.kafka, NULL);
    client_close(&tail->client);
    for (size_t i = 0; i < tail->topic_count; i++)
        free(tail->topics[i]);
    free(tail);
}

static size_t find_topic(const Tail *tail, const rd_kafka_message_t *message)
{
    size_t topic = 0;
    while (topic + 1 < tail->topic_count && strcmp(tail->topics[topic], rd_kafka_topic_name(message->rkt)) != 0)
        topic++;
    return topic;
}

/* An error that may pass is no failure: librdkafka goes on by itself. */
static bool take_message(Tail *tail, const rd_kafka_message_t *message, Buffer *payload, size_t *out_topic,
                         bool *out_has_message, Error *error)
{
    if (message->err)
        return !message->rkt || fail_to_read(message->err, rd_kafka_topic_name(message->rkt), error) ||
               !error_is_lasting(error);
    buffer_clear(payload);
    size_t length = message->len < payload->maximum ? message->len : payload->maximum;
    *out_topic = find_topic(tail, message);
    *out_has_message = buffer_append(payload, (Slice){message->payload, length});
    return true;
}

bool tail_poll(Tail *tail, int timeout_ms, Buffer *payload, size_t *out_topic, bool *out_has_message, Error *error)
{
    assert(tail->topic_count > 0);
    assert(payload->maximum > 0);
    *out_has_message = false;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(tail->client.kafka, timeout_ms);
    if (!message)
        return true;
    bool is_taken = take_message(tail, message, payload, out_topic, out_has_message, error);
    rd_kafka_message_destroy(message);
    return is_taken;
}
