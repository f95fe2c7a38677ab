/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/rejects.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

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
    return take(text.data);
}

void rejects_add(Rejects *rejects, int64_t object, const Reject *reject)
{
    rejects->seen++;
    if (rejects->count >= LIMIT_REJECTS_KEPT)
        return;
    rejects->rows = memory_grow(rejects->rows, rejects->count, &rejects->capacity, sizeof *rejects->rows);
    rejects->rows[rejects->count++] = (RejectRow){
        .object = object,
        .ordinal = reject->ordinal,
        .line = reject->line,
        .byte_offset = reject->byte_offset,
        .column = reject->column ? memory_copy_text(reject->column) : NULL,
        .reason = memory_copy_text(reject->reason),
        .raw = make_text(reject->raw),
    };
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
