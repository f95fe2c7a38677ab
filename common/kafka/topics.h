/* SPDX-License-Identifier: Apache-2.0
 *
 * The topics, and who is in the workers' group: Kafka's admin API. Included by this floor and, for topics_ensure and
 * topics_count_members, by the programs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

struct rd_kafka_s;

/* Makes tasks, reports, dead-letter and, where there is one, events topic where they are absent; gives the tasks
 * topic's number of partitions, which an existing topic keeps. OUTAGE where no broker answers. */
bool topics_ensure(const Config *config, int32_t *out_task_partitions, Error *error) MUST_USE;

/* How many workers are in the group; -1 where the broker cannot tell (the embedded one). */
bool topics_count_members(const Config *config, int *out_members, Error *error) MUST_USE;

bool topics_count_partitions(struct rd_kafka_s *kafka, const char *topic, int32_t *out_count, Error *error) MUST_USE;
