/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of s3:// URLs, separated by blanks. A blank belongs to a URL unless "s3://" or the end follows: prefixes may
 * have blanks. Pure. */
#pragma once

#include <stdbool.h>

#include "base/slice.h"

/* The next URL, which points into the text; *rest is what follows it. False if there is none. */
bool config_locations_next(const char **rest, Slice *out_url);
