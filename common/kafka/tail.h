/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads all partitions of topics from their end on, without a group: so each coordinator hears all reports, and the
 * events of the buckets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "config/kafka.h"

typedef struct Tail Tail;

#define TAIL_TOPICS_MAX 2

/* The topics, at most TAIL_TOPICS_MAX, must exist. Everything that is published after it returns is heard. */
bool tail_open(const KafkaConfig *config, const char *const *topics, size_t topic_count, Tail **out_tail,
               Error *error) MUST_USE;
void tail_close(Tail *tail);
static inline void tail_auto_close(Tail **tail)
{
    tail_close(*tail);
}
#define AUTO_TAIL AUTO(Tail *, tail_auto_close)

/* Waits for a message, at most timeout_ms. If *out_has_message is true, payload is replaced, and *out_topic is the
 * index of its topic. A lost connection is no failure: the messages are hints, and librdkafka connects again. FATAL if
 * we may not read. */
bool tail_poll(Tail *tail, int timeout_ms, Buffer *payload, size_t *out_topic, bool *out_has_message,
               Error *error) MUST_USE;
