/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/names.h"

#include <string.h>

#include "base/memory.h"
#include "s3/parting.h"

/* If a page has keys of more names, its folders are small: each would cost a request that brings few keys. */
#define PAGE_NAMES_MAX 4

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static const char *first_key(const Stretch *stretch)
{
    return listing_page_object(stretch->page, 0).key;
}

/* Of the key's name in the stretch's folder, with its '/'; all of the key if it has none. */
static size_t find_name_end(const Stretch *stretch, const char *key)
{
    const char *slash = strchr(key + strlen(stretch->folder), '/');
    return slash ? (size_t)(slash - key) + 1 : strlen(key);
}

/* How many names the page's keys have in the stretch's folder. */
static size_t count_names(const Stretch *stretch)
{
    size_t names = 0;
    const char *before = "";
    for (size_t i = 0; i < listing_page_count(stretch->page); i++) {
        const char *key = listing_page_object(stretch->page, i).key;
        names += parting_common_length(before, key) < find_name_end(stretch, key);
        before = key;
    }
    return names;
}

char *names_choose(const Stretch *stretch, bool is_like)
{
    size_t count = listing_page_count(stretch->page), start = strlen(stretch->folder);
    if (count == 0 || count_names(stretch) > (is_like ? 1 : PAGE_NAMES_MAX))
        return NULL;
    const char *key = listing_page_object(stretch->page, count - 1).key;
    if (!strchr(key + start, '/'))
        return NULL;
    return memory_copy_slice((Slice){key, is_like ? find_name_end(stretch, key) - 1 : start});
}

/* A folder's name is not empty; if the prefix ends within it, the rest of it may be. */
static bool is_folder(const Stretch *stretch, const char *folder)
{
    size_t start = strlen(stretch->folder), length = strlen(folder);
    bool begins_name = start == 0 || stretch->folder[start - 1] == '/';
    return starts_with(folder, stretch->names) && length > start + begins_name &&
           strchr(folder + start, '/') == folder + length - 1;
}

static bool is_named(const ListingPage *names, const char *key)
{
    for (size_t i = 0; i < listing_page_folder_count(names); i++)
        if (starts_with(key, listing_page_folder(names, i)))
            return true;
    for (size_t i = 0; i < listing_page_count(names); i++)
        if (strcmp(key, listing_page_object(names, i).key) == 0)
            return true;
    return false;
}

/* Each folder once, and with the keys beside them all that the stretch's page lies in. */
static bool are_folders(const Stretch *stretch, const ListingPage *names)
{
    const ListingPage *page = stretch->page;
    for (size_t i = 0; i < listing_page_folder_count(names); i++) {
        const char *folder = listing_page_folder(names, i);
        if (!is_folder(stretch, folder) || (i > 0 && strcmp(folder, listing_page_folder(names, i - 1)) == 0))
            return false;
    }
    for (size_t i = 0; i < listing_page_count(page); i++)
        if (!is_named(names, listing_page_object(page, i).key))
            return false;
    return listing_page_folder_count(names) > 0;
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
