/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a member of the group. consumer_open subscribes; librdkafka joins the group while the poll thread polls,
 * and calls on_rebalance inside the poll whenever the assignment changes. Each assignment has a number and a watermark
 * for each partition. consumer_poll first pauses or resumes the partitions by how many messages are in flight, then
 * waits for one message and enters its offset in the watermark. consumer_acknowledge, from any thread, marks the
 * offset; if all offsets before it are marked too, the new position is stored, and librdkafka commits it within a
 * second. A message of an earlier assignment is acknowledged in vain: whoever has its partition now gets the message
 * again, and the ledger tells them what is done. Without a group consumer_open takes all partitions from their
 * beginning, in the one assignment that there is, and nothing is committed. consumer_close commits, leaves the group,
 * and takes a bounded time for it. */
#include "kafka/consumer.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kafka/client.h"
#include "kafka/topics.h"
#include "kafka/watermark.h"

/* The assignor is an eager one: with the cooperative one librdkafka 2.0.2 loses assignments and loops. Few messages are
 * fetched ahead, since they are tiny and each is seconds of work. fetch.queue.backoff.ms is set because its default
 * would add a second to each wait. While a group meets, it waits for a member that it knows and that does not come for
 * max.poll.interval.ms; the default would be five minutes, and our members poll ten times a second. */
static const ClientOption options[] = {
    {"enable.auto.commit", "true"},
    {"auto.commit.interval.ms", "1000"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "earliest"},
    {"partition.assignment.strategy", "range,roundrobin"},
    {"session.timeout.ms", "10000"},
    {"max.poll.interval.ms", "60000"},
    {"queued.min.messages", "1000"},
    {"fetch.queue.backoff.ms", "50"},
    {"fetch.wait.max.ms", "100"},
    {NULL, NULL},
};

#define CLOSE_MS_MAX 5000
#define CLOSE_STEP_MS 50

/* For a member that is still joining: its request to leave would wait, on the same connection, until the group has met.
 * It may go without, since it has no partitions that others could wait for. */
#define CLOSE_JOINING_MS_MAX 500

typedef struct AssignedPartition {
    int32_t partition;
    Watermark watermark;
} AssignedPartition;

struct Consumer {
    Client client;
    char *topic;
    int in_flight_max;
    bool is_paused; /* of the poll thread alone */
    bool is_joined; /* of the poll thread alone */

    pthread_mutex_t lock; /* for the fields below, which the poll thread and those that acknowledge share */
    int in_flight;
    uint64_t assignment;
    AssignedPartition *partitions;
    size_t partition_count;
};

static void forget_partitions(Consumer *consumer)
{
    for (size_t i = 0; i < consumer->partition_count; i++)
        watermark_done(&consumer->partitions[i].watermark);
    free(consumer->partitions);
    consumer->partitions = NULL;
    consumer->partition_count = 0;
    consumer->in_flight = 0;
}

static void remember_partitions(Consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    pthread_mutex_lock(&consumer->lock);
    forget_partitions(consumer);
    consumer->assignment++;
    consumer->partition_count = list ? (size_t)list->cnt : 0;
    consumer->partitions = memory_alloc_zeroed(consumer->partition_count, sizeof *consumer->partitions);
    for (size_t i = 0; i < consumer->partition_count; i++)
        consumer->partitions[i].partition = list->elems[i].partition;
    pthread_mutex_unlock(&consumer->lock);
}

/* Runs inside the poll. Executors finish the tasks that they hold of a lost assignment; only the acknowledgements are
 * void. */
static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    Consumer *consumer = ((Client *)opaque)->owner;
    bool is_assigned = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    /* librdkafka keeps a pause across rebalances: a partition that comes back would never be read again. */
    if (!is_assigned && consumer->is_paused)
        rd_kafka_resume_partitions(kafka, list);
    remember_partitions(consumer, is_assigned ? list : NULL);
    consumer->is_paused = false;
    consumer->is_joined = is_assigned;
    rd_kafka_assign(kafka, is_assigned ? list : NULL);
}

static bool subscribe(Consumer *consumer, Error *error)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, consumer->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->client.kafka, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return !code || client_fail(code, "joining the workers' group", NULL, error);
}

/* Without a group: all partitions, for as long as the consumer lives. */
static bool take_all_partitions(Consumer *consumer, Error *error)
{
    int32_t count;
    if (!topics_await_partitions(consumer->client.kafka, consumer->topic, &count, error))
        return false;
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(count);
    for (int32_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(all, consumer->topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    remember_partitions(consumer, all);
    consumer->is_joined = true;
    rd_kafka_resp_err_t code = rd_kafka_assign(consumer->client.kafka, all);
    rd_kafka_topic_partition_list_destroy(all);
    return !code || client_fail(code, "reading all tasks", NULL, error);
}

bool consumer_open(const KafkaConfig *config, int in_flight_max, Consumer **out_consumer, Error *error)
{
    assert(in_flight_max > 0);
    AUTO_CONSUMER consumer = memory_alloc_zeroed(1, sizeof *consumer);
    pthread_mutex_init(&consumer->lock, NULL);
    consumer->client.owner = consumer;
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &consumer->client, &conf, error))
        return false;
    consumer->topic = memory_copy_text(config->topic_tasks);
    consumer->in_flight_max = in_flight_max;
    bool has_group = kafka_has_group(config);
    rd_kafka_conf_set(conf, "group.id", config->consumer_group, NULL, 0); /* librdkafka wants one in any case */
    if (!has_group)
        rd_kafka_conf_set(conf, "enable.auto.commit", "false", NULL, 0);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    if (!client_open(RD_KAFKA_CONSUMER, conf, &consumer->client, error))
        return false;
    rd_kafka_poll_set_consumer(consumer->client.kafka);
    if (!(has_group ? subscribe(consumer, error) : take_all_partitions(consumer, error)))
        return false;
    *out_consumer = take(consumer);
    return true;
}

/* Whether it has left. The wait is bounded, because librdkafka 2.0.2 may hang if an assignment arrives while it closes.
 * Its queue may stay silent when the consumer is closed, so that is asked every CLOSE_STEP_MS. */
static bool leave_group(const Consumer *consumer)
{
    rd_kafka_t *kafka = consumer->client.kafka;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_error_t *refused = rd_kafka_consumer_close_queue(kafka, queue);
    bool is_closed = refused != NULL;
    rd_kafka_error_destroy(refused);
    int64_t end_ms = clock_now_ms() + (consumer->is_joined ? CLOSE_MS_MAX : CLOSE_JOINING_MS_MAX);
    while (!is_closed && clock_now_ms() < end_ms) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CLOSE_STEP_MS);
        if (event && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
            rd_kafka_assign(kafka, NULL);
        rd_kafka_event_destroy(event);
        is_closed = rd_kafka_consumer_closed(kafka) == 1;
    }
    rd_kafka_queue_destroy(queue);
    return is_closed;
}

void consumer_close(Consumer *consumer)
{
    if (!consumer)
        return;
    if (consumer->client.kafka && !leave_group(consumer))
        client_abandon(&consumer->client);
    client_close(&consumer->client);
    pthread_mutex_lock(&consumer->lock);
    forget_partitions(consumer);
    pthread_mutex_unlock(&consumer->lock);
    pthread_mutex_destroy(&consumer->lock);
    free(consumer->topic);
    free(consumer);
}

static AssignedPartition *find_partition(Consumer *consumer, int32_t partition)
{
    for (size_t i = 0; i < consumer->partition_count; i++)
        if (consumer->partitions[i].partition == partition)
            return &consumer->partitions[i];
    return NULL;
}

/* Pauses all partitions when as many messages are in flight as may be, and resumes them at half as many. */
static void pace(Consumer *consumer)
{
    pthread_mutex_lock(&consumer->lock);
    int in_flight = consumer->in_flight;
    pthread_mutex_unlock(&consumer->lock);
    bool pause = in_flight >= consumer->in_flight_max;
    bool resume = in_flight <= consumer->in_flight_max / 2;
    if (consumer->is_paused ? !resume : !pause)
        return;

    rd_kafka_topic_partition_list_t *list;
    if (rd_kafka_assignment(consumer->client.kafka, &list))
        return;
    if (pause)
        rd_kafka_pause_partitions(consumer->client.kafka, list);
    else
        rd_kafka_resume_partitions(consumer->client.kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    consumer->is_paused = pause;
}

/* False if the message's partition was just taken from us: the member that has it now reads the message too. */
static bool track(Consumer *consumer, Delivery *delivery)
{
    pthread_mutex_lock(&consumer->lock);
    AssignedPartition *partition = find_partition(consumer, delivery->partition);
    delivery->assignment = consumer->assignment;
    if (partition) {
        watermark_add(&partition->watermark, delivery->offset);
        consumer->in_flight++;
    }
    pthread_mutex_unlock(&consumer->lock);
    return partition != NULL;
}

static bool fail_to_read(const Consumer *consumer, rd_kafka_resp_err_t code, const char *reason, Error *error)
{
    char what[320];
    snprintf(what, sizeof what, "reading the topic %s", consumer->topic);
    return client_fail(code, what, reason, error);
}

static bool take_message(Consumer *consumer, const rd_kafka_message_t *message, Buffer *payload, Delivery *out_delivery,
                         bool *out_has_message, Error *error)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return true;
    if (message->err)
        return fail_to_read(consumer, message->err, rd_kafka_message_errstr(message), error);
    buffer_clear(payload);
    /* A message of ours always fits. A longer one is none of ours, and is cut. */
    size_t length = message->len < payload->maximum ? message->len : payload->maximum;
    *out_delivery = (Delivery){.partition = message->partition, .offset = message->offset};
    *out_has_message = buffer_append(payload, (Slice){message->payload, length}) && track(consumer, out_delivery);
    return true;
}

bool consumer_poll(Consumer *consumer, int timeout_ms, Buffer *payload, Delivery *out_delivery, bool *out_has_message,
                   Error *error)
{
    assert(payload->maximum > 0);
    *out_has_message = false;
    pace(consumer);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->client.kafka, timeout_ms);
    if (!message)
        return !atomic_exchange(&consumer->client.has_lost, false) ||
               fail_to_read(consumer, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, NULL, error);
    bool is_taken = take_message(consumer, message, payload, out_delivery, out_has_message, error);
    rd_kafka_message_destroy(message);
    return is_taken;
}

static void store_offset(Consumer *consumer, int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, consumer->topic, partition)->offset = offset;
    rd_kafka_offsets_store(consumer->client.kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void consumer_acknowledge(Consumer *consumer, const Delivery *delivery)
{
    pthread_mutex_lock(&consumer->lock);
    AssignedPartition *partition =
        delivery->assignment == consumer->assignment ? find_partition(consumer, delivery->partition) : NULL;
    if (partition) {
        consumer->in_flight--;
        int64_t commit = watermark_acknowledge(&partition->watermark, delivery->offset);
        if (commit >= 0)
            store_offset(consumer, delivery->partition, commit);
    }
    pthread_mutex_unlock(&consumer->lock);
}

bool consumer_has_stumbled(const Consumer *consumer)
{
    return atomic_load(&consumer->client.has_stumbled);
}

/* client_probe would not do: it polls the handle, which librdkafka does not allow once messages come by
 * consumer_poll. */
bool consumer_probe(Consumer *consumer, int timeout_ms, Error *error)
{
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(consumer->client.kafka, 0, NULL, &metadata, timeout_ms);
    if (code && atomic_load(&consumer->client.is_refused))
        return client_fail_refused(&consumer->client, error);
    if (code)
        return client_fail_unanswered(consumer->client.kafka, code, error);
    rd_kafka_metadata_destroy(metadata);
    atomic_store(&consumer->client.has_stumbled, false);
    atomic_store(&consumer->client.is_refused, false);
    return true;
}

void consumer_log_in_again(Consumer *consumer, const KafkaConfig *config)
{
    client_log_in_again(&consumer->client, config);
}
