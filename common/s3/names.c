/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/names.h"

#include <string.h>

#include "base/memory.h"
#include "s3/parting.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

char *names_choose(const Stretch *stretch)
{
    const ListingPage *page = stretch->page;
    size_t count = listing_page_count(page), start = strlen(stretch->folder);
    if (count == 0 || stretch->range.names == RANGE_NO_NAMES)
        return NULL;
    const char *key = listing_page_object(page, count - 1).key;
    const char *slash = strchr(key + start, '/');
    size_t end = slash ? (size_t)(slash - key) : 0;
    if (!slash || parting_common_length(key, listing_page_object(page, 0).key) <= end)
        return NULL;
    return memory_copy_slice((Slice){key, stretch->range.names == RANGE_ALL_NAMES ? start : end});
}

bool names_is_own(const Stretch *stretch, const char *name)
{
    return starts_with(stretch->position, name);
}

/* A name that only some orders have before the position may have been listed or not, so it counts as new. */
bool names_is_new(const Stretch *stretch, const char *name)
{
    return !names_is_own(stretch, name) && !parting_is_before(name, stretch->position) &&
           (!stretch->range.until || strcmp(name, stretch->range.until) <= 0);
}

static bool is_folder(const Stretch *stretch, const char *folder)
{
    size_t start = strlen(stretch->folder), length = strlen(folder);
    return starts_with(folder, stretch->names) && length > start + 1 &&
           strchr(folder + start, '/') == folder + length - 1;
}

bool names_check(const Stretch *stretch, const char *start_after, size_t *out_new_count)
{
    const ListingPage *page = stretch->page;
    bool has_own = false;
    *out_new_count = 0;
    for (size_t i = 0; i < listing_page_folder_count(page); i++) {
        const char *folder = listing_page_folder(page, i);
        bool is_new = names_is_new(stretch, folder);
        /* Whether such a folder comes after start_after, the server alone can say. */
        if (!is_folder(stretch, folder) || (is_new && strcmp(folder, start_after) < 0))
            return false;
        *out_new_count += is_new;
        has_own = has_own || names_is_own(stretch, folder);
    }
    for (size_t i = 0; i < listing_page_count(page); i++) {
        const char *key = listing_page_object(page, i).key;
        if (!starts_with(key, stretch->names) || strchr(key + strlen(stretch->folder), '/'))
            return false;
    }
    return has_own;
}
