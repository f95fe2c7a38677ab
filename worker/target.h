/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a dataset's rows go, as one executor sees it: the staging table's columns and a decoder made for them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "aws/s3.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/config.h"
#include "base/error.h"
#include "db/connection.h"
#include "db/table.h"
#include "decode/decode.h"

typedef struct Target {
    const Dataset *dataset;
    Table table;
    const char *copy_target; /* of the table, with _rescued where the decoder fills it */
    Column *columns;         /* the table's, as the decoder has them */
    Buffer jsonpaths;        /* empty where the mapping is by names */
    Decoder *decoder;
    Error unusable; /* why there is no decoder */
} Target;

typedef struct Targets {
    Target *items; /* one for each dataset of the configuration */
    size_t count;
} Targets;

#define AUTO_TARGETS AUTO(Targets, targets_done)

/* A dataset whose table is missing or has a column of a type that cannot be loaded, that lacks the column
 * _rescued which the dataset asks for, or whose jsonpaths file does not fit, stays unusable, and the others are loaded.
 */
bool targets_load(const Config *config, Connection *connection, S3 *s3, Targets *out_targets, Error *error) MUST_USE;
void targets_done(Targets *targets);

bool target_is_open(const Target *target);

/* Tries an unusable one again, its jsonpaths file too. REFUSED where it stays so. */
bool target_open(Target *target, Connection *connection, S3 *s3, Error *error) MUST_USE;

/* In the load's transaction: locks the table against changes of its columns, and follows those that there were since
 * the last load: a decoder for the columns of then would fill those of now with bytes of another type. REFUSED where
 * the table cannot be loaded into. */
bool target_follow_table(Target *target, Connection *connection, Error *error) MUST_USE;

/* NULL where the configuration has no such dataset. */
Target *targets_find(Targets *targets, const char *dataset);
