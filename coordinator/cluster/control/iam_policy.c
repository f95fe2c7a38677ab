/* SPDX-License-Identifier: Apache-2.0 */
#include "control/iam_policy.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "config/locations.h"
#include "s3/s3.h"

#define VERSION "2012-10-17"

static void release_json(json_t **value)
{
    json_decref(*value);
}
#define AUTO_JSON AUTO(json_t *, release_json)

static bool append_json(Buffer *out, const json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);
    bool fits = text && buffer_append_text(out, text);
    free(text);
    return fits;
}

bool iam_policy_append_trust(Buffer *out, bool is_serverless)
{
    AUTO_JSON services = json_array();
    json_array_append_new(services, json_string("redshift.amazonaws.com"));
    if (is_serverless)
        json_array_append_new(services, json_string("redshift-serverless.amazonaws.com"));
    AUTO_JSON document = json_pack("{s:s,s:[{s:s,s:{s:O},s:s}]}", "Version", VERSION, "Statement", "Effect", "Allow",
                                   "Principal", "Service", services, "Action", "sts:AssumeRole");
    return append_json(out, document);
}

/* What has been named so far: ARNs of objects and of buckets, each once. */
typedef struct Places {
    const char *partition;
    json_t *objects;
    json_t *buckets;
} Places;

static void places_done(Places *places)
{
    json_decref(places->objects);
    json_decref(places->buckets);
}

static void add_once(json_t *list, const char *text)
{
    size_t index;
    const json_t *item;
    json_array_foreach(list, index, item) if (strcmp(json_string_value(item), text) == 0) return;
    json_array_append_new(list, json_string(text));
}

/* A key as a policy has it: three characters mean more than themselves there. */
static char *escape_key(Slice key)
{
    AUTO_BUFFER text;
    buffer_init(&text, (size_t)4 * LIMIT_KEY_BYTES + KIB);
    bool fits = buffer_append(&text, SLICE(""));
    for (size_t i = 0; fits && i < key.length; i++) {
        bool is_special = strchr("*?$", key.data[i]) != NULL;
        fits = is_special ? buffer_append_format(&text, "${%c}", key.data[i])
                          : buffer_append(&text, (Slice){key.data + i, 1});
    }
    return memory_copy_slice(buffer_slice(&text));
}

/* end: "*" if the key is the beginning of keys. */
static bool add_place(Places *places, const char *url, const char *end, Error *error)
{
    Slice bucket, key;
    if (!s3_url_parse(url, &bucket, &key, error))
        return false;
    AUTO_FREE char *escaped = escape_key(key);
    AUTO_FREE char *objects =
        memory_format("arn:%s:s3:::%.*s/%s%s", places->partition, SLICE_ARGUMENTS(bucket), escaped, end);
    AUTO_FREE char *whole = memory_format("arn:%s:s3:::%.*s", places->partition, SLICE_ARGUMENTS(bucket));
    add_once(places->objects, objects);
    add_once(places->buckets, whole);
    return true;
}

static bool add_places(Places *places, const char *urls, Error *error)
{
    for (Slice each; config_locations_next(&urls, &each);) {
        AUTO_FREE char *url = memory_copy_slice(each);
        if (!add_place(places, url, "*", error))
            return false;
    }
    return true;
}

static bool collect(const Config *config, Places *places, Error *error)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        const Dataset *dataset = &config->datasets[i];
        bool has_paths = strncmp(dataset->json, "s3://", strlen("s3://")) == 0;
        if (!add_places(places, dataset->location, error) ||
            (has_paths && !add_place(places, dataset->json, "", error)))
            return false;
    }
    if (json_array_size(places->objects) == 0)
        return error_set(error, ERROR_FATAL,
                         "no dataset has a LOCATION, so there is no bucket that the role could read: set LOG_DATA and "
                         "SONG_DATA in [S3], or a [dataset NAME], or DWH_IAM_POLICY = managed");
    return add_places(places, config->warehouse.manifest_prefix, error);
}

bool iam_policy_append_reading(Buffer *out, const Config *config, const char *partition, Error *error)
{
    AUTO(Places, places_done) places = {partition, json_array(), json_array()};
    if (!collect(config, &places, error))
        return false;
    AUTO_JSON document =
        json_pack("{s:s,s:[{s:s,s:s,s:O},{s:s,s:[s,s],s:O}]}", "Version", VERSION, "Statement", "Effect", "Allow",
                  "Action", "s3:GetObject", "Resource", places.objects, "Effect", "Allow", "Action", "s3:ListBucket",
                  "s3:GetBucketLocation", "Resource", places.buckets);
    size_t before = out->length;
    if (!append_json(out, document) || out->length - before > IAM_POLICY_BYTES_MAX)
        return error_set(error, ERROR_FATAL,
                         "the policy for what is configured is longer than the %d bytes that IAM allows: set "
                         "DWH_IAM_POLICY = managed",
                         IAM_POLICY_BYTES_MAX);
    return true;
}
