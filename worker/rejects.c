/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rejects.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"

/* Length of the UTF-8 character at text, 0 where there is none. */
static size_t character_length(const unsigned char *text, size_t size)
{
    if (text[0] < 0x80)
        return text[0] == 0 ? 0 : 1;
    size_t length = text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : 2;
    if (text[0] < 0xC2 || text[0] > 0xF4 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    bool is_overlong = (text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xF0 && text[1] < 0x90);
    bool is_beyond = (text[0] == 0xF4 && text[1] > 0x8F) || (text[0] == 0xED && text[1] > 0x9F);
    return is_overlong || is_beyond ? 0 : length;
}

/* The bytes as text; what is no UTF-8, and NUL, stands as \xNN. */
static char *make_text(Slice bytes)
{
    AUTO_BUFFER text;
    buffer_init(&text, bytes.length * 4 + 1);
    bool fits = buffer_append(&text, SLICE(""));
    for (size_t i = 0; fits && i < bytes.length;) {
        const unsigned char *at = (const unsigned char *)bytes.data + i;
        size_t length = character_length(at, bytes.length - i);
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
