/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a dataset's rows go, as one executor sees it: the staging table, and what its kind of warehouse loads it
 * with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "config/config.h"
#include "db/catalog.h"
#include "db/connection.h"
#include "decode/decode.h"
#include "s3/s3.h"

typedef struct Target {
    const Dataset *dataset;
    Table table;
    bool is_open;
    Error unusable;   /* why it is not */
    Buffer jsonpaths; /* the file's text, if it has to be known here; else empty */

    /* If rows are decoded for the target. */
    const char *copy_target; /* of the table, with _rescued if the decoder fills it */
    Column *columns;         /* the table's, as the decoder has them */
    Decoder *decoder;
} Target;

/* The dataset's jsonpaths are a file that somebody has to read. */
bool target_has_jsonpaths(const Dataset *dataset);

/* A file of this machine, not of S3. */
bool target_has_local_jsonpaths(const Dataset *dataset);

/* Reads it, from S3 or from here. */
bool target_read_jsonpaths(Target *target, S3 *s3, Error *error) MUST_USE;

/* Makes what is FATAL to a table or a jsonpaths file REFUSED, since it stops this dataset alone; what S3 says of
 * credentials and bucket stays FATAL. Puts the dataset's name in front, and returns false. */
bool target_refuse(const Target *target, Error *error);
