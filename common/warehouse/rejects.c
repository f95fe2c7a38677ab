/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/rejects.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

/* The row itself, its allocations' heads and the array's room to grow; the column's name. */
#define REJECT_FIXED_BYTES (3 * sizeof(RejectRow) + 4 * (size_t)16 + LIMIT_IDENTIFIER_BYTES)
#define REJECT_BYTES_MAX (REJECT_FIXED_BYTES + KIB + 4 * LIMIT_REJECT_RAW_BYTES)

/* The bytes as text; what is no UTF-8, and NUL, stands as \xNN. */
static char *make_text(Slice bytes)
{
    AUTO_BUFFER text;
    buffer_init(&text, bytes.length * 4 + 1);
    bool fits = buffer_append(&text, SLICE(""));
    for (size_t i = 0; fits && i < bytes.length;) {
        const unsigned char *at = (const unsigned char *)bytes.data + i;
        size_t length = utf8_character_length(at, bytes.length - i);
        fits = length > 0 ? buffer_append(&text, (Slice){bytes.data + i, length})
                          : buffer_append_format(&text, "\\x%02x", *at);
        i += length > 0 ? length : 1;
    }
    return memory_copy_slice(buffer_slice(&text)); /* without the buffer's room to grow */
}

/* The text as it is kept, of what the load has room for. */
static char *make_raw(Slice raw, size_t kept_bytes)
{
    if (kept_bytes < LIMIT_REJECTS_BYTES / 2 || raw.length <= LIMIT_REJECT_RAW_SHORT_BYTES)
        return make_text(raw);
    AUTO_FREE char *text = make_text((Slice){raw.data, LIMIT_REJECT_RAW_SHORT_BYTES});
    return memory_format("%s" REJECTS_CUT, text);
}

void rejects_add(Rejects *rejects, int64_t object, const Reject *reject, size_t *kept_bytes)
{
    rejects->seen++;
    if (rejects->count >= LIMIT_REJECTS_KEPT || *kept_bytes > LIMIT_REJECTS_BYTES - REJECT_BYTES_MAX)
        return;
    rejects->rows = memory_grow(rejects->rows, rejects->count, &rejects->capacity, sizeof *rejects->rows);
    rejects->rows[rejects->count++] = (RejectRow){
        .object = object,
        .ordinal = reject->ordinal,
        .line = reject->line,
        .byte_offset = reject->byte_offset,
        .column = reject->column ? memory_copy_text(reject->column) : NULL,
        .reason = memory_copy_text(reject->reason),
        .raw = make_raw(reject->raw, *kept_bytes),
    };
    const RejectRow *row = &rejects->rows[rejects->count - 1];
    *kept_bytes += REJECT_FIXED_BYTES + strlen(row->reason) + strlen(row->raw);
}

void rejects_move(Rejects *into, Rejects *from)
{
    for (size_t i = 0; i < from->count; i++) {
        into->rows = memory_grow(into->rows, into->count, &into->capacity, sizeof *into->rows);
        into->rows[into->count++] = from->rows[i];
    }
    into->seen += from->seen;
    from->count = 0;
    rejects_done(from);
}

void rejects_done(Rejects *rejects)
{
    for (size_t i = 0; i < rejects->count; i++) {
        free(rejects->rows[i].column);
        free(rejects->rows[i].reason);
        free(rejects->rows[i].raw);
    }
    free(rejects->rows);
    *rejects = (Rejects){0};
}
