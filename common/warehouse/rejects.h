/* SPDX-License-Identifier: Apache-2.0
 *
 * The bad rows of one object while it is decoded, and of a task: counted all, of each object the first few kept, made
 * fit for a text column. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "db/record.h"
#include "decode/decode.h"

typedef struct Rejects {
    RejectRow *rows;
    size_t count;
    size_t capacity;
    int64_t seen;
} Rejects;

#define AUTO_REJECTS AUTO(Rejects, rejects_done)

/* Copies the reject, unless LIMIT_REJECTS_KEPT of this object are kept already. */
void rejects_add(Rejects *rejects, int64_t object, const Reject *reject);

/* Moves the rows of from behind those of into. */
void rejects_move(Rejects *into, Rejects *from);
void rejects_done(Rejects *rejects);
