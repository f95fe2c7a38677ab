/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows in COPY's binary layout, for the few that are not decoded from JSON: a field count, then each field as length
 * and bytes, all big-endian. Each function is false if the row does not fit under the buffer's maximum. */
#pragma once

#include <arpa/inet.h>
#include <endian.h>
#include <stdint.h>

#include "base/buffer.h"

static inline bool row_begin(Buffer *rows, uint16_t field_count)
{
    uint16_t count = htons(field_count);
    return buffer_append(rows, (Slice){(const char *)&count, sizeof count});
}

static inline bool row_add_text(Buffer *rows, const char *text)
{
    uint32_t length = htonl((uint32_t)strlen(text));
    return buffer_append(rows, (Slice){(const char *)&length, sizeof length}) && buffer_append_text(rows, text);
}

static inline bool row_add_null(Buffer *rows)
{
    uint32_t length = UINT32_MAX;
    return buffer_append(rows, (Slice){(const char *)&length, sizeof length});
}

static inline bool row_add_integer(Buffer *rows, int32_t number)
{
    uint32_t parts[] = {htonl(sizeof number), htonl((uint32_t)number)};
    return buffer_append(rows, (Slice){(const char *)parts, sizeof parts});
}

static inline bool row_add_bigint(Buffer *rows, int64_t number)
{
    uint32_t length = htonl(sizeof number);
    uint64_t bytes = htobe64((uint64_t)number);
    return buffer_append(rows, (Slice){(const char *)&length, sizeof length}) &&
           buffer_append(rows, (Slice){(const char *)&bytes, sizeof bytes});
}
