/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of names: the folders and keys that stand directly in the folder of a stretch. They tell how its keys may be
 * parted by folders. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "s3/stretch.h"

/* The beginning of the names to ask for after a page of keys, to be freed by the caller. NULL if the page lies in
 * several folders, or if its folder is known to have too many others beside it. */
char *names_choose(const Stretch *stretch);

/* Whether the page has what was asked for: nothing else, and the folder that the stretch is in. *out_new_count is the
 * number of folders that are to be listed beside that one. */
bool names_check(const Stretch *stretch, const char *start_after, size_t *out_new_count);

/* Of a page that is fine: whether the name is of the folder that the stretch is in, and whether it is of a folder or
 * key beside it that may come after the position. */
bool names_is_own(const Stretch *stretch, const char *name);
bool names_is_new(const Stretch *stretch, const char *name);
