/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/location.h"

#include <stdlib.h>
#include <string.h>

#include "aws/s3.h"
#include "base/config_settings.h"
#include "base/memory.h"

static bool visit(const char *url, LocationFunction *each, void *context, Error *error)
{
    Slice bucket, prefix;
    if (!s3_url_parse(url, &bucket, &prefix, error))
        return false;
    AUTO_FREE char *bucket_text = memory_copy_slice(bucket);
    AUTO_FREE char *prefix_text = memory_copy_slice(prefix);
    return each(context, bucket_text, prefix_text, error);
}

bool location_visit_url(const char *text, LocationFunction *each, void *context, Error *error)
{
    return strncmp(text, "s3://", strlen("s3://")) != 0 || visit(text, each, context, error);
}

bool location_visit(const Dataset *dataset, LocationFunction *each, void *context, Error *error)
{
    AUTO_FREE char *locations = memory_copy_text(dataset->location);
    char *rest = NULL;
    for (char *location = strtok_r(locations, " \t", &rest); location; location = strtok_r(NULL, " \t", &rest))
        if (!visit(location, each, context, error))
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

/* One of the words of the text, which blanks part. */
static bool has_word(const char *text, const char *word, size_t length)
{
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        bool begins = at == text || strchr(" \t", at[-1]), ends = strchr(" \t", at[length]) != NULL;
        if (begins && ends)
            return true;
    }
    return false;
}

bool location_is_of_config(const Config *config, const char *bucket, const char *key)
{
    AUTO_FREE char *url = memory_format("s3://%s/%s", bucket, key);
    size_t length = strlen(url);
    for (size_t i = 0; i < config->dataset_count; i++)
        if (has_word(config->datasets[i].location, url, length))
            return false;
    for (size_t i = 0; i < config->settings->count; i++)
        if (has_word(config->settings->items[i].value, url, length))
            return true;
    return false;
}
