/* SPDX-License-Identifier: Apache-2.0
 *
 * What is put on S3 for a warehouse that fetches, below [S3] MANIFEST_PREFIX, a folder for each ledger:
 *
 *   LEDGER/run-12/3-1-RANDOM.manifest  what attempt 1 of task 12/3 is to COPY; beside it .jsonpaths,
 *                                      if those are a file of the worker's; gone once the run is done
 *   LEDGER/listing-RANDOM/…            a pass's listing and its manifest; gone once the warehouse has it
 *
 * Names are random, since a warehouse that was made from another's snapshot has its ledger's id and numbers too. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "config/config.h"
#include "db/connection.h"
#include "s3/s3.h"

typedef struct Inbox {
    S3 *s3;
    char *bucket;
    char *folder; /* of the ledger, with '/' at its end */
} Inbox;

#define AUTO_INBOX AUTO(Inbox, inbox_done)

/* Asks the warehouse which ledger it has. */
bool inbox_init(Inbox *inbox, Connection *connection, const Config *config, S3 *s3, Error *error) MUST_USE;
void inbox_done(Inbox *inbox);

/* Writes a file of the folder. *out_url is s3://…, to be freed by the caller; *out_date_s (may be NULL) as s3_put's. */
bool inbox_put(const Inbox *inbox, const char *name, Slice body, char **out_url, int64_t *out_date_s,
               Error *error) MUST_USE;

/* What makes a name another one than anybody else's. */
uint64_t inbox_random(void);

bool inbox_delete(const Inbox *inbox, const char *name, Error *error) MUST_USE;
