/* SPDX-License-Identifier: Apache-2.0
 *
 * The topics, and who is in the workers' group: Kafka's admin API. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/kafka.h"

struct rd_kafka_s;

/* Makes those of the topics for tasks, reports, dead letters and, if one is configured, events that are absent. Gives
 * the number of partitions of the tasks topic; an existing topic keeps its own. OUTAGE if no broker answers. */
bool topics_ensure(const KafkaConfig *config, int32_t *out_task_partitions, Error *error) MUST_USE;

/* How many workers are in the group; -1 if nobody can tell: they have no group, or the broker is an embedded one. */
bool topics_count_members(const KafkaConfig *config, int *out_members, Error *error) MUST_USE;

/* Waits for a topic that was just made: it takes a moment until every broker knows it. */
bool topics_await_partitions(struct rd_kafka_s *kafka, const char *topic, int32_t *out_count, Error *error) MUST_USE;

bool topics_count_partitions(struct rd_kafka_s *kafka, const char *topic, int32_t *out_count, Error *error) MUST_USE;
