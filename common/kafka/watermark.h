/* SPDX-License-Identifier: Apache-2.0
 *
 * The offsets of one partition that were handed out, and which of them were acknowledged: only a contiguous prefix of
 * them may be committed. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct WatermarkEntry {
    int64_t offset;
    bool is_acknowledged;
} WatermarkEntry;

typedef struct Watermark {
    WatermarkEntry *entries; /* in the order in which they were handed out, which is the order of the offsets */
    size_t count;
    size_t capacity;
} Watermark;

/* Notes an offset that was handed out. */
void watermark_add(Watermark *watermark, int64_t offset);

/* Marks the offset. Returns the offset to commit, which is the one after the contiguous prefix, or -1 if the prefix did
 * not grow. */
int64_t watermark_acknowledge(Watermark *watermark, int64_t offset);

void watermark_done(Watermark *watermark);
