/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether objects still are what was planned: a HEAD each, LIMIT_TRANSFERS of them under way. For a warehouse that
 * fetches the objects itself and cannot pin them. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "s3/s3.h"
#include "task/object.h"

/* Told of an object that is not as planned, and why: STALE if it has changed or is gone, REJECT if it may not be
 * read. */
typedef void RecheckFunction(void *context, size_t object, bool is_gone, const Error *why);

typedef struct RecheckOrder {
    const TaskVersion *objects;
    size_t object_count;
    int64_t since_s; /* by S3's clock; 0: the time does not matter */
    const atomic_bool *interrupt;
    RecheckFunction *each;
    void *context;
} RecheckOrder;

/* Calls each for every object that is gone, has another ETag than planned, or was written after since_s: an object that
 * was changed and changed back has its old ETag again. Fails if S3 fails, or once *interrupt is true. Uses the S3's
 * connections. */
bool s3_recheck(S3 *s3, const RecheckOrder *order, Error *error) MUST_USE;
