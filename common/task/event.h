/* SPDX-License-Identifier: Apache-2.0
 *
 * S3's event notifications, as AWS, versitygw, MinIO and Ceph publish them on Kafka. They come at least once, in any
 * order, or not at all, and anybody may have written them: a hint what to list, never the truth.
 * Pure. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"

/* A broker takes messages of 1 MiB by default (message.max.bytes); S3's own have one record of some 1 KiB. */
#define LIMIT_EVENT_BYTES (1 * MIB)

/* A notification of DeleteObjects names at most 1,000 keys. */
#define EVENT_RECORDS_MAX 1000

/* One object that came, changed or went. False: enough, the rest is left out. */
typedef bool EventObjectFunction(void *context, const char *bucket, const char *key);

/* Calls each for every record of an object that was created or removed; other records, and S3's test message, are
 * passed over. Some services URL-encode keys and others do not: if a record does not tell, each is called for both
 * readings. REJECT if the text is no notification; each may have been called for records before the one at fault. */
bool event_read(Slice text, EventObjectFunction *each, void *context, Error *error) MUST_USE;
