/* SPDX-License-Identifier: Apache-2.0
 *
 * Sending messages: idempotent, acknowledged by all replicas. Any thread may send. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/slice.h"
#include "config/kafka.h"

typedef struct Producer Producer;

/* topic: one of config's, whose first messages go out without a wait. FATAL on bad options, OUTAGE if no broker
 * answers. config must outlive the producer. */
bool producer_open(const KafkaConfig *config, const char *topic, Producer **out_producer, Error *error) MUST_USE;

/* Drops what was not flushed. */
void producer_close(Producer *producer);
static inline void producer_auto_close(Producer **producer)
{
    producer_close(*producer);
}
#define AUTO_PRODUCER AUTO(Producer *, producer_auto_close)

/* Queues a copy of payload. partition < 0 leaves the choice to librdkafka, which sends many messages without a key to
 * the same partition. FATAL once a message was refused because we may not write to its topic. */
bool producer_send(Producer *producer, const char *topic, int32_t partition, Slice payload, Error *error) MUST_USE;

/* Sends a message and waits until a broker has it, whatever becomes of other messages. OUTAGE if no broker takes it
 * within timeout_ms; one may still take it later. */
bool producer_deliver(Producer *producer, const char *topic, Slice payload, int timeout_ms, Error *error) MUST_USE;

/* Takes librdkafka's reports on messages; call it now and then. FATAL once a message was refused because we may not
 * write to its topic. */
bool producer_serve(Producer *producer, Error *error) MUST_USE;

/* Asks whether a broker is there. OUTAGE if none answers within timeout_ms, DENIED if they refuse us. */
bool producer_probe(Producer *producer, int timeout_ms, Error *error) MUST_USE;

/* From the next connection on, logs in with the password as it is now (config/secrets.h). */
void producer_log_in_again(Producer *producer);

/* Waits until all messages are acknowledged. OUTAGE if that takes longer than timeout_ms; the rest stay queued until
 * their own time is up. Fails too if a message of producer_send was refused. */
bool producer_flush(Producer *producer, int timeout_ms, Error *error) MUST_USE;
