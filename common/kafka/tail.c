/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/tail.h"

#include <stdlib.h>

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

struct Tail {
    rd_kafka_t *kafka;
};

static bool assign_all(Tail *tail, const char *topic, Error *error)
{
    int32_t count;
    if (!topics_count_partitions(tail->kafka, topic, &count, error))
        return false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int32_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_END;
    rd_kafka_resp_err_t code = rd_kafka_assign(tail->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    return !code || client_fail(code, "reading reports", NULL, error);
}

bool tail_open(const Config *config, const char *topic, Tail **out_tail, Error *error)
{
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &conf, error))
        return false;
    AUTO_TAIL tail = memory_alloc_zeroed(1, sizeof *tail);
    if (!client_open(RD_KAFKA_CONSUMER, conf, &tail->kafka, error))
        return false;
    rd_kafka_poll_set_consumer(tail->kafka);
    if (!assign_all(tail, topic, error))
        return false;
    *out_tail = take(tail);
    return true;
}

void tail_close(Tail *tail)
{
    if (!tail)
        return;
    if (tail->kafka) {
        rd_kafka_consumer_close(tail->kafka);
        rd_kafka_destroy(tail->kafka);
    }
    free(tail);
}

void tail_poll(Tail *tail, int timeout_ms, Buffer *payload, bool *out_has_message)
{
    *out_has_message = false;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(tail->kafka, timeout_ms);
    if (!message)
        return;
    if (!message->err) {
        buffer_clear(payload);
        size_t length = message->len < payload->maximum ? message->len : payload->maximum;
        *out_has_message = buffer_append(payload, (Slice){message->payload, length});
    }
    rd_kafka_message_destroy(message);
}
