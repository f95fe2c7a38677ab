/* SPDX-License-Identifier: Apache-2.0
 *
 * [KAFKA]: the brokers, and what is ours there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A name = value of [KAFKA] librdkafka.NAME, passed to librdkafka as it is. */
typedef struct KafkaOption {
    char *name;
    char *value;
} KafkaOption;

typedef struct KafkaConfig {
    char *bootstrap_servers; /* empty: run brings an embedded broker */
    char *topic_tasks;
    char *topic_reports;
    char *topic_dead_letter;
    char *topic_s3_events; /* empty: no events */
    char *consumer_group;  /* KAFKA_NO_GROUP: each worker reads all tasks */
    int64_t task_partitions;
    int64_t replication_factor;
    KafkaOption *options;
    size_t option_count;
    struct SecretStore *secrets; /* the password as it is now (config/secrets.h); NULL: it is never read again */
} KafkaConfig;

/* In place of a group's name: there is none. A group takes seconds to meet: 3 with librdkafka's embedded broker, and by
 * default with Kafka (group.initial.rebalance.delay.ms). */
#define KAFKA_NO_GROUP "none"

static inline bool kafka_has_group(const KafkaConfig *config)
{
    return strcmp(config->consumer_group, KAFKA_NO_GROUP) != 0;
}
