/* SPDX-License-Identifier: Apache-2.0 */
#include "config/locations.h"

#include <string.h>

#define BLANKS " \t"

bool config_locations_next(const char **rest, Slice *out_url)
{
    const char *start = *rest + strspn(*rest, BLANKS);
    const char *end = start;
    for (const char *at = start; *at;) {
        end = at + strcspn(at, BLANKS);
        at = end + strspn(end, BLANKS);
        if (strncmp(at, "s3://", strlen("s3://")) == 0)
            break;
    }
    *out_url = (Slice){start, (size_t)(end - start)};
    *rest = end;
    return end > start;
}
