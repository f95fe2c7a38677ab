/* SPDX-License-Identifier: Apache-2.0
 *
 * The partition of an object, taken from its key by the dataset's pattern: a POSIX extended regular expression, whose
 * groups, joined by '/', are the partition. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"

typedef struct PartitionPattern PartitionPattern;

/* FATAL if the pattern is none. An empty pattern puts all objects into one partition. */
bool partition_pattern_open(const char *pattern, PartitionPattern **out_pattern, Error *error) MUST_USE;
void partition_pattern_close(PartitionPattern *pattern);
static inline void partition_pattern_auto_close(PartitionPattern **pattern)
{
    partition_pattern_close(*pattern);
}
#define AUTO_PARTITION_PATTERN AUTO(PartitionPattern *, partition_pattern_auto_close)

/* The partition of key, "-" if the pattern does not match or its groups cut a character; valid until the next call.
 */
const char *partition_of_key(PartitionPattern *pattern, const char *key);
