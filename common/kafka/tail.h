/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a topic from its end on, all partitions, without a group: how each coordinator hears all reports. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/config.h"
#include "base/error.h"

typedef struct Tail Tail;

/* The topic must exist. */
bool tail_open(const Config *config, const char *topic, Tail **out_tail, Error *error) MUST_USE;
void tail_close(Tail *tail);
static inline void tail_auto_close(Tail **tail)
{
    tail_close(*tail);
}
#define AUTO_TAIL AUTO(Tail *, tail_auto_close)

/* Waits for a message, at most timeout_ms; payload is replaced where *out_has_message is true. A lost connection is no
 * failure: what is read here is a hint, and librdkafka connects again. */
void tail_poll(Tail *tail, int timeout_ms, Buffer *payload, bool *out_has_message);
