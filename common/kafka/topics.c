/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/topics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "config/secrets.h"
#include "kafka/client.h"

#define TIMEOUT_MS 10000
#define TOPICS_MAX 4

static const ClientOption options[] = {{NULL, NULL}};

static bool open_admin(const KafkaConfig *config, Client *client, Error *error)
{
    rd_kafka_conf_t *conf;
    return client_configure(config, options, client, &conf, error) &&
           client_open(RD_KAFKA_PRODUCER, conf, client, error);
}

bool topics_count_partitions(rd_kafka_t *kafka, const char *topic, int32_t *out_count, Error *error)
{
    rd_kafka_topic_t *handle = rd_kafka_topic_new(kafka, topic, NULL);
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(kafka, 0, handle, &metadata, TIMEOUT_MS);
    rd_kafka_topic_destroy(handle);
    if (code)
        return client_fail_unanswered(kafka, code, error);
    bool is_there = metadata->topic_cnt == 1 && !metadata->topics[0].err;
    code = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    *out_count = is_there ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    char what[320];
    snprintf(what, sizeof what, "looking for the topic %s", topic);
    return is_there || client_fail(code, what, NULL, error);
}

/* Judges the answer to CreateTopics. A topic that is there already is fine. */
static bool read_answer(Client *client, rd_kafka_event_t *event, Error *error)
{
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__TIMED_OUT)
        return client_fail_silent(client, "making the topics", error);
    if (rd_kafka_event_error(event) || !result)
        return client_fail(rd_kafka_event_error(event) ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__FAIL,
                           "making the topics", NULL, error);
    size_t count;
    const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topics[i]);
        char what[320];
        snprintf(what, sizeof what, "making the topic %s", rd_kafka_topic_result_name(topics[i]));
        if (code && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return client_fail(code, what, NULL, error);
    }
    return true;
}

static bool create(Client *client, rd_kafka_NewTopic_t **topics, size_t count, Error *error)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->kafka);
    rd_kafka_CreateTopics(client->kafka, topics, count, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    bool is_created =
        event ? read_answer(client, event, error) : client_fail_silent(client, "making the topics", error);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return is_created;
}

static bool create_missing(Client *client, const KafkaConfig *config, Error *error)
{
    /* The events' topic is made too, because versitygw does not start before it is there. */
    const char *const names[TOPICS_MAX] = {config->topic_tasks, config->topic_reports, config->topic_dead_letter,
                                           config->topic_s3_events};
    const int partitions[TOPICS_MAX] = {(int)config->task_partitions, 1, 1, 1};
    rd_kafka_NewTopic_t *topics[TOPICS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < TOPICS_MAX && *names[i]; i++) {
        Error ignored;
        int32_t existing;
        if (topics_count_partitions(client->kafka, names[i], &existing, &ignored))
            continue;
        /* The configuration has checked all values that this could refuse. */
        topics[count] = rd_kafka_NewTopic_new(names[i], partitions[i], (int)config->replication_factor, NULL, 0);
        assert(topics[count]);
        count++;
    }
    bool is_created = count == 0 || create(client, topics, count, error);
    rd_kafka_NewTopic_destroy_array(topics, count);
    return is_created;
}

bool topics_await_partitions(rd_kafka_t *kafka, const char *topic, int32_t *out_count, Error *error)
{
    int64_t end_ms = clock_now_ms() + TIMEOUT_MS;
    while (!topics_count_partitions(kafka, topic, out_count, error))
        if (!client_may_ask_again(end_ms))
            return false;
    return true;
}

/* A refusal is noted, so that the next client logs in with the password as it is then. */
static bool probe(Client *client, const KafkaConfig *config, Error *error)
{
    bool is_there = client_probe_listeners(client, TIMEOUT_MS, error);
    if (!is_there && error->kind == ERROR_DENIED)
        secrets_note_refused(config->secrets);
    return is_there;
}

bool topics_ensure(const KafkaConfig *config, int32_t *out_task_partitions, Error *error)
{
    assert(config->task_partitions > 0);
    AUTO(Client, client_close) client = {0};
    int32_t partitions;
    return open_admin(config, &client, error) && probe(&client, config, error) &&
           create_missing(&client, config, error) &&
           topics_await_partitions(client.kafka, config->topic_reports, &partitions, error) &&
           topics_await_partitions(client.kafka, config->topic_dead_letter, &partitions, error) &&
           (!*config->topic_s3_events ||
            topics_await_partitions(client.kafka, config->topic_s3_events, &partitions, error)) &&
           topics_await_partitions(client.kafka, config->topic_tasks, out_task_partitions, error);
}

bool topics_count_members(const KafkaConfig *config, int *out_members, Error *error)
{
    AUTO(Client, client_close) client = {0};
    *out_members = -1;
    if (!kafka_has_group(config))
        return true;
    if (!open_admin(config, &client, error))
        return false;
    const struct rd_kafka_group_list *groups = NULL;
    rd_kafka_resp_err_t code = rd_kafka_list_groups(client.kafka, config->consumer_group, &groups, TIMEOUT_MS / 2);
    if (!code)
        *out_members = groups->group_cnt > 0 ? groups->groups[0].member_cnt : 0;
    if (groups)
        rd_kafka_group_list_destroy(groups);
    return true;
}
