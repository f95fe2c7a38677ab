/* SPDX-License-Identifier: Apache-2.0
 *
 * The bad rows of one object while it is decoded, and of a task: counted all, of each object the first few kept, made
 * fit for a text column. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "decode/decode.h"
#include "ledger/record.h"

typedef struct Rejects {
    RejectRow *rows;
    size_t count;
    size_t capacity;
    int64_t seen;
} Rejects;

/* At the end of a raw text that was cut for want of room. */
#define REJECTS_CUT " [cut: too many bad rows in one task]"

#define AUTO_REJECTS AUTO(Rejects, rejects_done)

/* Copies the reject, unless LIMIT_REJECTS_KEPT of this object are kept already, or the load has no room left for it:
 * *kept_bytes is what all its rejects take, LIMIT_REJECTS_BYTES at most. Once half of that is used, raw texts are cut
 * shorter, and end with REJECTS_CUT. */
void rejects_add(Rejects *rejects, int64_t object, const Reject *reject, size_t *kept_bytes);

/* Appends the rows of from to those of into. */
void rejects_move(Rejects *into, Rejects *from);
void rejects_done(Rejects *rejects);
