/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/raw_row.h"

#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

#define CHUNK_BYTES (64 * KIB)

/* Decompressed bytes that are read in search of a line: a line far beyond them is not worth the time. */
#define SEARCH_BYTES_MAX (256 * (int64_t)MIB)

typedef struct Search {
    int64_t line; /* that is passed now, from 1 */
    int64_t wanted;
    int64_t passed; /* bytes */
    Buffer *raw;
    int64_t *byte_offset;
} Search;

static void keep(Search *search, Slice bytes)
{
    size_t room = LIMIT_REJECT_RAW_BYTES - search->raw->length;
    if (search->raw->length == 0)
        *search->byte_offset = search->passed;
    if (!buffer_append(search->raw, (Slice){bytes.data, bytes.length < room ? bytes.length : room}))
        error_abort("a raw row is longer than its bound");
}

/* False once the line is passed. */
static bool pass(Search *search, Slice bytes)
{
    while (bytes.length > 0 && search->line <= search->wanted) {
        const char *end = memchr(bytes.data, '\n', bytes.length);
        size_t length = end ? (size_t)(end - bytes.data) : bytes.length;
        if (search->line == search->wanted)
            keep(search, (Slice){bytes.data, length});
        size_t taken = length + (end ? 1 : 0);
        search->line += end ? 1 : 0;
        search->passed += (int64_t)taken;
        bytes = (Slice){bytes.data + taken, bytes.length - taken};
    }
    return search->line <= search->wanted && search->passed < SEARCH_BYTES_MAX;
}

void raw_row_read(S3 *s3, const TaskVersion *object, int64_t line, const atomic_bool *interrupt, int64_t *budget,
                  Buffer *out_raw, int64_t *out_byte_offset)
{
    AUTO_FREE char *chunk = memory_alloc_zeroed(1, CHUNK_BYTES);
    Search search = {.line = 1, .wanted = line, .raw = out_raw, .byte_offset = out_byte_offset};
    Error ignored;
    buffer_init(out_raw, LIMIT_REJECT_RAW_BYTES);
    *out_byte_offset = 0;
    if (line < 1 || *budget <= 0)
        return;
    AUTO_FETCH fetch = fetch_open(s3, object, 1, interrupt);
    fetch_next(fetch);
    size_t length = 1;
    bool is_wanted = true;
    while (is_wanted && length > 0 && fetch_read(fetch, chunk, CHUNK_BYTES, &length, &ignored)) {
        is_wanted = pass(&search, (Slice){chunk, length});
        *budget -= (int64_t)length;
    }
}
