/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/watermark.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void watermark_add(Watermark *watermark, int64_t offset)
{
    assert(offset >= 0);
    watermark->entries =
        memory_grow(watermark->entries, watermark->count, &watermark->capacity, sizeof *watermark->entries);
    watermark->entries[watermark->count++] = (WatermarkEntry){.offset = offset};
}

int64_t watermark_acknowledge(Watermark *watermark, int64_t offset)
{
    for (size_t i = 0; i < watermark->count; i++)
        if (watermark->entries[i].offset == offset)
            watermark->entries[i].is_acknowledged = true;

    size_t prefix = 0;
    while (prefix < watermark->count && watermark->entries[prefix].is_acknowledged)
        prefix++;
    if (prefix == 0)
        return -1;
    int64_t commit = watermark->entries[prefix - 1].offset + 1;
    watermark->count -= prefix;
    memmove(watermark->entries, watermark->entries + prefix, watermark->count * sizeof *watermark->entries);
    return commit;
}

void watermark_done(Watermark *watermark)
{
    free(watermark->entries);
    *watermark = (Watermark){0};
}
