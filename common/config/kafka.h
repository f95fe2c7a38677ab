/* SPDX-License-Identifier: Apache-2.0
 *
 * [KAFKA]: the brokers, and what is ours there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

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
    char *consumer_group;
    int64_t task_partitions;
    int64_t replication_factor;
    KafkaOption *options;
    size_t option_count;
    struct SecretStore *secrets; /* the password as it is now (config/secrets.h); NULL: it is never read again */
} KafkaConfig;
