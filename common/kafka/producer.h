/* SPDX-License-Identifier: Apache-2.0
 *
 * Sending messages: idempotent, acknowledged by all replicas. Any thread may send. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/slice.h"
#include "config/config.h"

typedef struct Producer Producer;

/* FATAL on bad options; whether a broker is there shows on the first flush. config must outlive it. */
bool producer_open(const Config *config, Producer **out_producer, Error *error) MUST_USE;

/* Drops what was not flushed. */
void producer_close(Producer *producer);
static inline void producer_auto_close(Producer **producer)
{
    producer_close(*producer);
}
#define AUTO_PRODUCER AUTO(Producer *, producer_auto_close)

/* Queues a copy of payload. partition < 0: Kafka's choice, which for messages without a key sends many to the same one.
 * FATAL once a message was refused because we may not write to its topic. */
bool producer_send(Producer *producer, const char *topic, int32_t partition, Slice payload, Error *error) MUST_USE;

/* Looks what became of messages; to be called now and then. FATAL once one was refused because we may not write to its
 * topic. */
bool producer_serve(Producer *producer, Error *error) MUST_USE;

/* Waits until all that was sent is acknowledged. OUTAGE where that takes longer; the rest stays queued until its own
 * time is up. A message that was refused makes the flush fail. */
bool producer_flush(Producer *producer, int timeout_ms, Error *error) MUST_USE;
