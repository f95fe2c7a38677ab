/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/names.h"

#include <string.h>

#include "base/memory.h"
#include "s3/parting.h"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static const char *first_key(const Stretch *stretch)
{
    return listing_page_object(stretch->page, 0).key;
}

char *names_choose(const Stretch *stretch, bool is_like)
{
    const ListingPage *page = stretch->page;
    size_t count = listing_page_count(page), start = strlen(stretch->folder);
    if (count == 0)
        return NULL;
    const char *key = listing_page_object(page, count - 1).key;
    const char *slash = strchr(key + start, '/');
    size_t end = slash ? (size_t)(slash - key) : 0;
    if (!slash || parting_common_length(key, first_key(stretch)) <= end)
        return NULL;
    return memory_copy_slice((Slice){key, is_like ? end : start});
}

static bool is_folder(const Stretch *stretch, const char *folder)
{
    size_t start = strlen(stretch->folder), length = strlen(folder);
    return starts_with(folder, stretch->names) && length > start + 1 &&
           strchr(folder + start, '/') == folder + length - 1;
}

/* Each folder once, the stretch's own among them. */
static bool are_folders(const Stretch *stretch, const ListingPage *names)
{
    bool has_own = false;
    for (size_t i = 0; i < listing_page_folder_count(names); i++) {
        const char *folder = listing_page_folder(names, i);
        if (!is_folder(stretch, folder) || (i > 0 && strcmp(folder, listing_page_folder(names, i - 1)) == 0))
            return false;
        has_own = has_own || starts_with(first_key(stretch), folder);
    }
    return has_own;
}

bool names_are_whole(const Stretch *stretch, const ListingPage *names, size_t page_keys_max)
{
    for (size_t i = 0; i < listing_page_count(names); i++) {
        const char *key = listing_page_object(names, i).key;
        if (!starts_with(key, stretch->names) || strchr(key + strlen(stretch->folder), '/'))
            return false;
    }
    return are_folders(stretch, names) && !listing_page_next_token(names) &&
           listing_page_folder_count(names) + listing_page_count(names) < page_keys_max;
}

static bool is_before(const char *name, const char *key)
{
    return !starts_with(key, name) && parting_is_before(name, key);
}

bool names_contradict(const Stretch *stretch, const ListingPage *names)
{
    const char *first = first_key(stretch);
    for (size_t i = 0; i < listing_page_folder_count(names); i++)
        if (is_before(listing_page_folder(names, i), first))
            return true;
    for (size_t i = 0; i < listing_page_count(names); i++)
        if (is_before(listing_page_object(names, i).key, first))
            return true;
    return false;
}

const char *names_find_alone(const ListingPage *names)
{
    return listing_page_folder_count(names) == 1 && listing_page_count(names) == 0 ? listing_page_folder(names, 0)
                                                                                   : NULL;
}
