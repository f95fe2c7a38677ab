/* SPDX-License-Identifier: Apache-2.0
 *
 * [dataset NAME]: a family of objects with one staging table. */
#pragma once

#include <stdint.h>

/* TIME_FORMAT: how timestamps are written. */
typedef enum DatasetTime { DATASET_TIME_AUTO, DATASET_TIME_EPOCH_SECONDS, DATASET_TIME_EPOCH_MILLISECONDS } DatasetTime;

/* What JSON says: columns by their names, by their names in any case, or by a file of jsonpaths. */
typedef enum DatasetJson { DATASET_JSON_AUTO, DATASET_JSON_AUTO_IGNORECASE, DATASET_JSON_PATHS } DatasetJson;

/* ON_UNKNOWN: what becomes of a field that no column asks for. */
typedef enum OnUnknownField { ON_UNKNOWN_IGNORE, ON_UNKNOWN_REJECT, ON_UNKNOWN_RESCUE } OnUnknownField;

/* ON_VANISH: what becomes of the rows of an object that is not in the bucket any more. */
typedef enum OnVanish { ON_VANISH_KEEP, ON_VANISH_REMOVE } OnVanish;

/* ON_FAILED_TASK: whether a run waits for a person, or goes on without what failed. */
typedef enum OnFailedTask { ON_FAILED_TASK_HOLD, ON_FAILED_TASK_SKIP } OnFailedTask;

typedef struct Dataset {
    char *name;
    char *location;  /* one or more s3://bucket/prefix, separated by blanks */
    char *table;     /* staging table, as SQL writes it: name or schema.name */
    char *partition; /* POSIX extended regular expression over the key; its groups, joined by '/', are the partition */
    char *json;      /* auto | auto ignorecase | s3://bucket/key or file of jsonpaths */
    DatasetJson mapping; /* which of the three json is */
    DatasetTime time_format;
    int64_t max_errors; /* bad rows that an object may have and still load */
    OnUnknownField on_unknown;
    OnVanish on_vanish;
    OnFailedTask on_failed_task;
    char *start_after;    /* strftime pattern of the key after which a pass begins to list; empty: at the beginning */
    int64_t horizon_days; /* how many days back the pattern is filled in for */
} Dataset;
