/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/manifest.h"

#include <jansson.h>

#include "base/memory.h"

static bool append_json(Buffer *out, const char *text)
{
    json_t *value = json_string(text);
    AUTO_FREE char *json = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    return json && buffer_append_text(out, json);
}

bool manifest_append_field(Buffer *out, const char *name, const char *text)
{
    return append_json(out, name) && buffer_append_text(out, ":") && append_json(out, text);
}

bool manifest_begin(Buffer *text)
{
    return buffer_append_text(text, "{\"entries\":[");
}

bool manifest_add(Buffer *text, const char *bucket, const char *key)
{
    AUTO_FREE char *url = memory_format("s3://%s/%s", bucket, key);
    bool is_first = text->data[text->length - 1] == '[';
    return buffer_append_text(text, is_first ? "{" : ",\n{") && manifest_append_field(text, "url", url) &&
           buffer_append_text(text, ",\"mandatory\":true}");
}

bool manifest_end(Buffer *text)
{
    return buffer_append_text(text, "]}\n");
}
