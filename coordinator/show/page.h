/* SPDX-License-Identifier: Apache-2.0
 *
 * What a command has to show: gathered while it has a snapshot of the warehouse, written after the snapshot has ended.
 * A reader, such as a pager or a stopped terminal, may take for ever. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/auto.h"

typedef struct Page {
    FILE *stream; /* to write to */
    char *text;
    size_t length;
} Page;

/* In place: the stream writes to the page's own members. */
void page_begin(Page *page);
void page_done(Page *page);
#define AUTO_PAGE AUTO(Page, page_done)

/* Writes it to stdout; nothing is gathered any more. */
void page_show(Page *page);
