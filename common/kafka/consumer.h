/* SPDX-License-Identifier: Apache-2.0
 *
 * The take and acknowledge steps of the line: a member of the workers' group. One thread polls, and does nothing else,
 * so that the group never waits for a load; any thread acknowledges. An offset is committed once every message of its
 * partition up to it was acknowledged. Whom a partition belongs to is of no consequence: the ledger decides what is
 * done. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "config/config.h"

typedef struct Consumer Consumer;

/* Where a message came from, to acknowledge it by. */
typedef struct Delivery {
    int32_t partition;
    int64_t offset;
    uint64_t assignment; /* of which the partition was part; a later one makes the acknowledgement void */
} Delivery;

/* Joins the group on config's tasks topic. At most in_flight_max messages are handed out and not acknowledged: then the
 * partitions are paused, and polling goes on. */
bool consumer_open(const Config *config, int in_flight_max, Consumer **out_consumer, Error *error) MUST_USE;

/* Leaves the group, committing what was acknowledged, within a bound. */
void consumer_close(Consumer *consumer);
static inline void consumer_auto_close(Consumer **consumer)
{
    consumer_close(*consumer);
}
#define AUTO_CONSUMER AUTO(Consumer *, consumer_auto_close)

/* Waits for a message, at most timeout_ms; *out_has_message is false where none came. payload is replaced. OUTAGE where
 * the group or all brokers are lost: librdkafka goes on trying, so polling again is right. */
bool consumer_poll(Consumer *consumer, int timeout_ms, Buffer *payload, Delivery *out_delivery, bool *out_has_message,
                   Error *error) MUST_USE;

/* Whether a connection was lost since consumer_probe succeeded last: perhaps all are. */
bool consumer_has_stumbled(const Consumer *consumer);

/* Whether a broker answers, where no message tells so: OUTAGE where none does within the time. */
bool consumer_probe(Consumer *consumer, int timeout_ms, Error *error) MUST_USE;

void consumer_acknowledge(Consumer *consumer, const Delivery *delivery);
