/* SPDX-License-Identifier: Apache-2.0
 *
 * A rejected row's text, if the warehouse says only in which line of which object it is. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"
#include "s3/fetch.h"

/* Makes out_raw, to be done by the caller, and fills it with the line, counted from 1, cut at LIMIT_REJECT_RAW_BYTES;
 * *out_byte_offset is where it begins, decompressed. Both stay empty if the object cannot be read or is shorter: the
 * reject is worth keeping without. Reading uses up *budget (decompressed bytes); at 0 nothing is read. */
void raw_row_read(S3 *s3, const TaskVersion *object, int64_t line, const atomic_bool *interrupt, int64_t *budget,
                  Buffer *out_raw, int64_t *out_byte_offset);
