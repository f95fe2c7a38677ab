/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/consumer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kafka/client.h"
#include "kafka/watermark.h"

/* Eager assignor: librdkafka 2.0.2 loses assignments and loops with the cooperative one. Messages are tiny and each is
 * seconds of work, so few are fetched ahead; fetch.queue.backoff.ms would add its default, a second, to each wait. */
static const ClientOption options[] = {
    {"enable.auto.commit", "true"},
    {"auto.commit.interval.ms", "1000"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "earliest"},
    {"partition.assignment.strategy", "range,roundrobin"},
    {"session.timeout.ms", "10000"},
    {"queued.min.messages", "1000"},
    {"fetch.queue.backoff.ms", "50"},
    {"fetch.wait.max.ms", "100"},
    {NULL, NULL},
};

#define CLOSE_MS_MAX 5000

/* Of a member that is still joining: its request to leave waits, on its connection, until the group has met. It has no
 * partitions that others could wait for. */
#define CLOSE_JOINING_MS_MAX 500

typedef struct AssignedPartition {
    int32_t partition;
    Watermark watermark;
} AssignedPartition;

struct Consumer {
    Client client;
    char *topic;
    int in_flight_max;
    bool is_paused; /* the poll thread's, */
    bool is_joined; /* and so is this */

    pthread_mutex_t lock; /* for what follows: shared by the poll thread and those that acknowledge */
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

/* Runs inside the poll. What executors still hold of a lost assignment they finish; only its acknowledgement is void.
 */
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

bool consumer_open(const Config *config, int in_flight_max, Consumer **out_consumer, Error *error)
{
    AUTO_CONSUMER consumer = memory_alloc_zeroed(1, sizeof *consumer);
    pthread_mutex_init(&consumer->lock, NULL);
    consumer->client.owner = consumer;
    rd_kafka_conf_t *conf;
    if (!client_configure(config, options, &consumer->client, &conf, error))
        return false;
    consumer->topic = memory_copy_text(config->topic_tasks);
    consumer->in_flight_max = in_flight_max;
    rd_kafka_conf_set(conf, "group.id", config->consumer_group, NULL, 0);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    if (!client_open(RD_KAFKA_CONSUMER, conf, &consumer->client, error))
        return false;
    rd_kafka_poll_set_consumer(consumer->client.kafka);
    if (!subscribe(consumer, error))
        return false;
    *out_consumer = take(consumer);
    return true;
}

/* librdkafka 2.0.2 may hang where an assignment arrives while it closes: the wait is bounded. */
static void leave_group(const Consumer *consumer)
{
    rd_kafka_t *kafka = consumer->client.kafka;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_error_t *refused = rd_kafka_consumer_close_queue(kafka, queue);
    bool is_closed = refused != NULL;
    rd_kafka_error_destroy(refused);
    int64_t end_ms = clock_now_ms() + (consumer->is_joined ? CLOSE_MS_MAX : CLOSE_JOINING_MS_MAX);
    while (!is_closed && clock_now_ms() < end_ms) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 50);
        if (event && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
            rd_kafka_assign(kafka, NULL);
        rd_kafka_event_destroy(event);
        is_closed = rd_kafka_consumer_closed(kafka) == 1;
    }
    rd_kafka_queue_destroy(queue);
}

void consumer_close(Consumer *consumer)
{
    if (!consumer)
        return;
    if (consumer->client.kafka)
        leave_group(consumer);
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

/* Pauses all partitions while as much is in flight as may be, and resumes what it paused. */
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

/* False for a message of a partition that was just taken from us: whoever has it now reads it too. */
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
    /* What is longer than a message of ours is cut, and then no message of ours. */
    size_t length = message->len < payload->maximum ? message->len : payload->maximum;
    *out_delivery = (Delivery){.partition = message->partition, .offset = message->offset};
    *out_has_message = buffer_append(payload, (Slice){message->payload, length}) && track(consumer, out_delivery);
    return true;
}

bool consumer_poll(Consumer *consumer, int timeout_ms, Buffer *payload, Delivery *out_delivery, bool *out_has_message,
                   Error *error)
{
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

/* Not client_probe: it polls the handle, which librdkafka allows no more once its messages come by consumer_poll. */
bool consumer_probe(Consumer *consumer, int timeout_ms, Error *error)
{
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(consumer->client.kafka, 0, NULL, &metadata, timeout_ms);
    if (code)
        return client_fail_unanswered(consumer->client.kafka, code, error);
    rd_kafka_metadata_destroy(metadata);
    atomic_store(&consumer->client.has_stumbled, false);
    return true;
}
