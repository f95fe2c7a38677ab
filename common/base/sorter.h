/* SPDX-License-Identifier: Apache-2.0
 *
 * Records in the order of their bytes, also if there are more than memory holds: an external merge sort. Records are
 * gathered in a chunk. A chunk that is full is sorted, and its records go to the end of a file without a name in TMPDIR
 * or /tmp; at the end the chunks of the file are merged. If all records fit into one chunk, no file is made. A failure
 * is RETRY, since the disk may have room again, or FATAL if there is no folder that we may write to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/slice.h"

/* Of one record. */
#define SORTER_RECORD_BYTES_MAX (32 * KIB)

typedef struct Sorter Sorter;

/* chunk_bytes is what the records may take in memory; merging takes 64 KiB more for each chunk in the file. */
Sorter *sorter_open(size_t chunk_bytes);
void sorter_close(Sorter *sorter);
static inline void sorter_auto_close(Sorter **sorter)
{
    sorter_close(*sorter);
}
#define AUTO_SORTER AUTO(Sorter *, sorter_auto_close)

/* Adds a record, which is copied; not after sorter_next. */
bool sorter_add(Sorter *sorter, Slice record, Error *error) MUST_USE;

/* The next record in order, valid until the next call; its data is NULL if none is left. */
bool sorter_next(Sorter *sorter, Slice *out_record, Error *error) MUST_USE;

/* Forgets all records. */
void sorter_clear(Sorter *sorter);
