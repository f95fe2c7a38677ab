/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/location.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/locations.h"
#include "config/settings.h"
#include "s3/s3.h"

static bool visit(Slice location, LocationFunction *each, void *context, Error *error)
{
    Slice bucket, prefix;
    AUTO_FREE char *url = memory_copy_slice(location);
    if (!s3_url_parse(url, &bucket, &prefix, error))
        return false;
    AUTO_FREE char *bucket_text = memory_copy_slice(bucket);
    AUTO_FREE char *prefix_text = memory_copy_slice(prefix);
    return each(context, bucket_text, prefix_text, error);
}

bool location_visit_url(const char *text, LocationFunction *each, void *context, Error *error)
{
    return strncmp(text, "s3://", strlen("s3://")) != 0 || visit(slice_from_text(text), each, context, error);
}

bool location_visit(const Dataset *dataset, LocationFunction *each, void *context, Error *error)
{
    const char *rest = dataset->location;
    for (Slice url; config_locations_next(&rest, &url);)
        if (!visit(url, each, context, error))
            return false;
    return true;
}

/* An object and whether a location covers it. */
typedef struct Cover {
    const char *bucket;
    const char *key;
    bool is_covered;
} Cover;

static bool check_cover(void *context, const char *bucket, const char *prefix, Error *error)
{
    (void)error;
    Cover *cover = context;
    cover->is_covered =
        cover->is_covered || (strcmp(bucket, cover->bucket) == 0 && strncmp(cover->key, prefix, strlen(prefix)) == 0);
    return true;
}

bool location_covers(const Dataset *dataset, const char *bucket, const char *key)
{
    Cover cover = {.bucket = bucket, .key = key};
    Error ignored;
    return location_visit(dataset, check_cover, &cover, &ignored) && cover.is_covered;
}

bool location_covers_any(const Config *config, const char *bucket, const char *key)
{
    for (size_t i = 0; i < config->dataset_count; i++)
        if (location_covers(&config->datasets[i], bucket, key))
            return true;
    return false;
}

static bool has_url(const char *text, Slice url)
{
    for (Slice each; config_locations_next(&text, &each);)
        if (slice_equals(each, url))
            return true;
    return false;
}

bool location_is_of_config(const Config *config, const char *bucket, const char *key)
{
    AUTO_FREE char *text = memory_format("s3://%s/%s", bucket, key);
    Slice url = slice_from_text(text);
    for (size_t i = 0; i < config->dataset_count; i++)
        if (has_url(config->datasets[i].location, url))
            return false;
    for (size_t i = 0; i < config->settings->count; i++)
        if (has_url(config->settings->items[i].value, url))
            return true;
    return false;
}
