/* SPDX-License-Identifier: Apache-2.0
 *
 * The take and acknowledge steps of the line: a member of the workers' group. One thread polls, and does nothing else,
 * so that the group never waits for a load; any thread acknowledges. An offset is committed once every message of its
 * partition up to it was acknowledged. Which member has a partition does not matter: the ledger decides what is done.
 * So there need not be a group: then each worker reads all messages, and passes over what others have.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "config/kafka.h"

typedef struct Consumer Consumer;

/* Where a message came from, to acknowledge it by. */
typedef struct Delivery {
    int32_t partition;
    int64_t offset;
    uint64_t assignment; /* that the partition was part of; a later assignment makes the acknowledgement void */
} Delivery;

/* Joins the group on config's tasks topic; without a group it reads all that the topic has. Once in_flight_max messages
 * are handed out and not acknowledged, the partitions are paused; polling goes on. */
bool consumer_open(const KafkaConfig *config, int in_flight_max, Consumer **out_consumer, Error *error) MUST_USE;

/* Leaves the group, committing what was acknowledged, within a bound. */
void consumer_close(Consumer *consumer);
static inline void consumer_auto_close(Consumer **consumer)
{
    consumer_close(*consumer);
}
#define AUTO_CONSUMER AUTO(Consumer *, consumer_auto_close)

/* Waits for a message, at most timeout_ms; *out_has_message is false if none came. payload is replaced. OUTAGE if the
 * group or all brokers are lost: librdkafka goes on trying, so poll again. */
bool consumer_poll(Consumer *consumer, int timeout_ms, Buffer *payload, Delivery *out_delivery, bool *out_has_message,
                   Error *error) MUST_USE;

/* Whether a connection was lost since consumer_probe last succeeded: perhaps all of them are. */
bool consumer_has_stumbled(const Consumer *consumer);

/* Asks whether a broker is there, for a caller that has had no message. OUTAGE if none answers within timeout_ms,
 * DENIED if we may not log in. For the poll thread alone. */
bool consumer_probe(Consumer *consumer, int timeout_ms, Error *error) MUST_USE;

/* From the next connection on, logs in with the password as it is now (config/secrets.h). */
void consumer_log_in_again(Consumer *consumer, const KafkaConfig *config);

void consumer_acknowledge(Consumer *consumer, const Delivery *delivery);
