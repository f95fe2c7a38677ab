/* SPDX-License-Identifier: Apache-2.0
 *
 * Listed objects on their way into the plan's table (plan/begin.sql). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "s3/s3.h"
#include "task/object.h"

typedef struct Feed Feed;

/* A listed object, and the dataset and partition that it belongs to; borrowed. */
typedef struct FeedEntry {
    const char *dataset;
    const char *partition;
    const ListedObject *object;
} FeedEntry;

/* Between plan_open and plan_end_listing; connection and s3 must outlive it. */
Feed *feed_open(Connection *connection, const Config *config, S3 *s3);
void feed_close(Feed *feed);
static inline void feed_auto_close(Feed **feed)
{
    feed_close(*feed);
}
#define AUTO_FEED AUTO(Feed *, feed_auto_close)

/* Adds a listed object; objects are sent in batches. */
bool feed_add(Feed *feed, const FeedEntry *entry, Error *error) MUST_USE;

/* Sets the error for an object whose entry is longer than any can be, and returns false. */
bool feed_refuse_long(const ListedObject *object, Error *error);

/* Sends what is left. */
bool feed_end(Feed *feed, Error *error) MUST_USE;
