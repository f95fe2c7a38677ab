/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of an object on S3: as a listing told of it, and as a task was planned for it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* An object of a bucket, as S3 listed it. The texts are borrowed. */
typedef struct ListedObject {
    const char *bucket;
    const char *key;      /* decoded, UTF-8 */
    const char *etag;     /* without the quotes around it; opaque */
    const char *modified; /* as S3 writes it: 2018-11-12T09:30:00.000Z */
    int64_t size;         /* compressed bytes; -1: none was listed */
    const char *fault;    /* why it cannot be planned: "no ETag"; NULL if it can */
    bool is_unfinished;   /* its fault is that a field is missing; some servers list an object so while it is written */
} ListedObject;

/* The version of an object that a task has to load. The texts belong to the task. */
typedef struct TaskVersion {
    int64_t object; /* its number in the ledger */
    char *bucket;
    char *key;
    char *etag;
    int64_t size;     /* compressed bytes, as listed */
    int64_t releases; /* how often it was stale before, with this ETag */
} TaskVersion;
