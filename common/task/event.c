/* SPDX-License-Identifier: Apache-2.0 */
#include "task/event.h"

#include <jansson.h>
#include <string.h>

#include "base/url.h"
#include "base/utf8.h"

/* AWS's own names have 63, those of before 2018 255; no other service's are longer. */
#define BUCKET_BYTES_MAX 255

/* URL-encoded, every byte is three. */
#define ENCODED_KEY_BYTES_MAX ((size_t)3 * LIMIT_KEY_BYTES)

/* In front of eventName, by every service but AWS. */
#define NAME_PREFIX "s3:"

typedef struct Record {
    const char *source; /* "" if there is none */
    const char *name;
    const char *bucket;
    const char *key;
} Record;

static void free_json(json_t **object)
{
    json_decref(*object);
}

static bool is_prefixed(const Record *record)
{
    return strncmp(record->name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0;
}

/* What a listing would see; an event that an object was read, tagged or restored is none. ObjectLifecycle and
 * ObjectSynced are Ceph's. */
static bool is_of_interest(const Record *record)
{
    static const char *const families[] = {
        "ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:", "ObjectLifecycle:Expiration:", "ObjectSynced:"};
    const char *name = record->name + (is_prefixed(record) ? strlen(NAME_PREFIX) : 0);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strncmp(name, families[i], strlen(families[i])) == 0)
            return true;
    return false;
}

/* AWS and MinIO encode; versitygw, which calls itself aws:s3 too, and Ceph do not, or not always. */
static bool is_surely_encoded(const Record *record)
{
    return strcmp(record->source, "minio:s3") == 0 || (strcmp(record->source, "aws:s3") == 0 && !is_prefixed(record));
}

static bool is_key(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= LIMIT_KEY_BYTES && utf8_is_valid(text);
}

/* False if the text is not URL-encoded, or if what it encodes is no key. */
static bool decode_key(const char *text, char out_key[ENCODED_KEY_BYTES_MAX + 1])
{
    size_t length = strlen(text);
    if (length > ENCODED_KEY_BYTES_MAX)
        return false;
    memcpy(out_key, text, length + 1);
    return url_decode(out_key, &length) && strlen(out_key) == length && is_key(out_key);
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Borrows its texts from the object; NULL if there is none. */
static Record read_record(const json_t *object)
{
    const json_t *s3 = json_object_get(object, "s3");
    const char *source = text_of(object, "eventSource");
    return (Record){.source = source ? source : "",
                    .name = text_of(object, "eventName"),
                    .bucket = text_of(json_object_get(s3, "bucket"), "name"),
                    .key = text_of(json_object_get(s3, "object"), "key")};
}

/* *out_goes_on: what each said. */
static bool pass_record(const Record *record, EventObjectFunction *each, void *context, bool *out_goes_on, Error *error)
{
    char decoded[ENCODED_KEY_BYTES_MAX + 1];
    size_t bucket_length = strlen(record->bucket);
    if (bucket_length == 0 || bucket_length > BUCKET_BYTES_MAX)
        return error_set(error, ERROR_REJECT, "has a record whose bucket's name is empty or too long");
    bool is_encoded = decode_key(record->key, decoded);
    bool is_plain = !is_surely_encoded(record) && is_key(record->key) && !(is_encoded && !strcmp(decoded, record->key));
    if (!is_encoded && !is_plain)
        return error_set(error, ERROR_REJECT,
                         "has a record whose key is not URL-encoded well, or not 1 to %zu bytes of UTF-8 without NUL",
                         (size_t)LIMIT_KEY_BYTES);
    *out_goes_on = (!is_encoded || each(context, record->bucket, decoded)) &&
                   (!is_plain || each(context, record->bucket, record->key));
    return true;
}

static bool read_records(const json_t *records, EventObjectFunction *each, void *context, Error *error)
{
    size_t count = json_array_size(records);
    if (count > EVENT_RECORDS_MAX)
        return error_set(error, ERROR_REJECT, "has more than %d records", EVENT_RECORDS_MAX);
    bool goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++) {
        Record record = read_record(json_array_get(records, i));
        if (!record.name)
            return error_set(error, ERROR_REJECT, "has a record without eventName");
        if (!is_of_interest(&record))
            continue;
        if (!record.bucket || !record.key)
            return error_set(error, ERROR_REJECT, "has a record without s3.bucket.name or s3.object.key");
        if (!pass_record(&record, each, context, &goes_on, error))
            return false;
    }
    return true;
}

static bool read_message(Slice text, EventObjectFunction *each, void *context, Error *error)
{
    if (text.length > LIMIT_EVENT_BYTES)
        return error_set(error, ERROR_REJECT, "is longer than %zu bytes", LIMIT_EVENT_BYTES);
    AUTO(json_t *, free_json) message = json_loadb(text.data, text.length, 0, NULL);
    if (!message)
        return error_set(error, ERROR_REJECT, "is no JSON");
    const char *event = text_of(message, "Event");
    if (event && strcmp(event, "s3:TestEvent") == 0)
        return true;
    const json_t *records = json_object_get(message, "Records");
    if (!json_is_array(records))
        return error_set(error, ERROR_REJECT, "has no array Records; does S3 publish it, with no envelope around it?");
    return read_records(records, each, context, error);
}

bool event_read(Slice text, EventObjectFunction *each, void *context, Error *error)
{
    return read_message(text, each, context, error) || error_add_context(error, "the event");
}
