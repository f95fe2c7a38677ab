/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether objects still are what was planned, for a warehouse that fetches them itself and cannot pin them: a HEAD
 * each, LIMIT_TRANSFERS of them under way. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "s3/fetch.h"
#include "s3/s3.h"

/* An object that is not as planned, and why: STALE where it has changed or is gone, REJECT where it may not be read. */
typedef void VerifyFunction(void *context, size_t object, bool is_gone, const Error *why);

typedef struct VerifyOrder {
    const FetchObject *objects;
    size_t object_count;
    int64_t since_s; /* by S3's clock; 0: whenever */
    const atomic_bool *interrupt;
    VerifyFunction *each;
    void *context;
} VerifyOrder;

/* Tells each of the objects that have another ETag than planned, are gone, or were written after since_s: one that was
 * changed and changed back in between has its old ETag again. Fails where S3 does, or where *interrupt turned true.
 * Uses the S3's connections. */
bool s3_verify(S3 *s3, const VerifyOrder *order, Error *error) MUST_USE;
