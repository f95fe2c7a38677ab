/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of names: the folders and keys that stand directly in the folder of a stretch. They tell how its keys may be
 * parted. A page of names that is whole tells of all keys in that folder, in whatever order the server lists them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "s3/stretch.h"

/* The beginning of the names to ask for after a page of keys, to be freed by the caller: all names of the stretch's
 * folder, or those that begin like the one that the page lies in. NULL if that tells too little: the page lies in many
 * folders, or in more than one if only like names are asked for. */
char *names_choose(const Stretch *stretch, bool is_like);

/* Whether the names are what was asked for, all of it: nothing else, the folders that the stretch's page lies in, and
 * fewer names than a page may have. A server that cuts a page off should say that it goes on, but not all do. */
bool names_are_whole(const Stretch *stretch, const ListingPage *names, size_t page_keys_max);

/* Whether a name is before the stretch's page, which is the first one of its folder: then the server does not sort by
 * names, whatever its pages look like. */
bool names_contradict(const Stretch *stretch, const ListingPage *names);

/* The only name, if that is the folder that the stretch's page lies in; else NULL. */
const char *names_find_alone(const ListingPage *names);
