/* SPDX-License-Identifier: Apache-2.0
 *
 * What the ledger expects in a range of keys, in the order of the keys' bytes, read page by page. No lock is held
 * meanwhile: each object is as it was when its page was read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "db/connection.h"
#include "ledger/plan.h"

/* An object of the ledger that the bucket should have. */
typedef struct KnownObject {
    int64_t object;
    const char *key;  /* NULL: there are no more */
    const char *etag; /* a listed object with this one is as it was planned; "": no object is */
} KnownObject;

typedef struct Known {
    Connection *connection;
    const PlanRange *range;
    Result page;
    size_t row;
} Known;

#define AUTO_KNOWN AUTO(Known, known_done)

/* Connection and range are borrowed. */
void known_begin(Known *known, Connection *connection, const PlanRange *range);
void known_done(Known *known);

/* The next object; its texts are valid until the next call. */
bool known_next(Known *known, KnownObject *out_object, Error *error) MUST_USE;
