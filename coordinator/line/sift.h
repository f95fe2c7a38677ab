/* SPDX-License-Identifier: Apache-2.0
 *
 * Between listing and feed: of a range of keys, what differs from the ledger. An object that is listed with the ETag
 * that the ledger expects of it needs no look; all others are fed, and compared in full under the plan lock
 * (sql/…/plan/pack.sql). Objects that the ledger expects and the listing does not have are told to the plan. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "ledger/plan.h"
#include "s3/s3.h"
#include "task/object.h"
#include "task/partition.h"

typedef struct Sift Sift;

/* What it has done so far. */
typedef struct SiftCounts {
    int64_t differ; /* objects that were fed */
    int64_t absent; /* objects that were told to the plan */
    int64_t ms;     /* in sift_end */
} SiftCounts;

/* All of them must outlive it; the connection is the plan's. */
Sift *sift_open(Connection *connection, Plan *plan, const Config *config, S3 *s3);
void sift_close(Sift *sift);
static inline void sift_auto_close(Sift **sift)
{
    sift_close(*sift);
}
#define AUTO_SIFT AUTO(Sift *, sift_auto_close)

/* Begins a range; both are borrowed until it ends. keeps_all: objects that need no look are fed, too. */
void sift_begin(Sift *sift, const PlanRange *range, PartitionPattern *pattern, bool keeps_all);

/* An object of the range's listing, in any order, perhaps more than once. */
bool sift_add(Sift *sift, const ListedObject *object, Error *error) MUST_USE;

/* Forgets the objects of the range. */
void sift_again(Sift *sift);

/* Ends the range: feeds what differs. is_whole: the listing has come to its end, so what it does not have is absent. */
bool sift_end(Sift *sift, bool is_whole, Error *error) MUST_USE;

/* After the last range: sends what is left. */
bool sift_finish(Sift *sift, Error *error) MUST_USE;

SiftCounts sift_counts(const Sift *sift);
