/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a notification of S3. The objects that it names are within S3's bounds, come out again from a
 * notification that AWS would write of them, and stop coming when they are no longer wanted. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "task/event.h"

/* Two readings of each record's key, and both texts of each. */
#define OBJECTS_MAX ((size_t)2 * EVENT_RECORDS_MAX)
#define TEXT_BYTES_MAX (16 * MIB)

typedef struct Objects {
    Buffer found;
    Buffer written; /* the records of a notification that names them */
    size_t count;
    size_t enough;
} Objects;

static void done(Objects *objects)
{
    buffer_done(&objects->found);
    buffer_done(&objects->written);
}
#define AUTO_OBJECTS AUTO(Objects, done)

/* JSON has its own escapes for what the bucket's name may hold. */
static void write_bucket(Buffer *out, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        if (!buffer_append_format(out, c < ' ' || c == '"' || c == '\\' ? "\\u%04x" : "%c", c))
            assert(false);
    }
}

static void write_record(Objects *objects, const char *bucket, const char *key)
{
    Buffer *out = &objects->written;
    fuzz_append(out, objects->count > 1 ? SLICE(",") : SLICE(""));
    fuzz_append(
        out, SLICE("{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\""));
    write_bucket(out, bucket);
    fuzz_append(out, SLICE("\"},\"object\":{\"key\":\""));
    for (; *key; key++)
        if (!buffer_append_format(out, isalnum((unsigned char)*key) ? "%c" : "%%%02X", (unsigned char)*key))
            assert(false);
    fuzz_append(out, SLICE("\"}}}"));
}

static bool keep(void *context, const char *bucket, const char *key)
{
    Objects *objects = context;
    size_t length = strlen(key);
    assert(bucket[0] && length > 0 && length <= LIMIT_KEY_BYTES && utf8_is_valid(key) && utf8_is_valid(bucket));
    objects->count++;
    assert(objects->count <= OBJECTS_MAX && objects->count <= objects->enough);
    if (!buffer_append_format(&objects->found, "%s\n%s\n", bucket, key))
        assert(false);
    write_record(objects, bucket, key);
    return objects->count < objects->enough;
}

static bool read_event(Slice text, size_t enough, Objects *objects)
{
    Error error = {0};
    *objects = (Objects){.enough = enough};
    buffer_init(&objects->found, TEXT_BYTES_MAX);
    buffer_init(&objects->written, TEXT_BYTES_MAX);
    fuzz_append(&objects->written, SLICE("{\"Records\":["));
    bool is_read = event_read(text, keep, objects, &error);
    fuzz_append(&objects->written, SLICE("]}"));
    if (!is_read) {
        assert(error.kind == ERROR_REJECT);
        fuzz_check_error(&error);
    }
    return is_read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice text = {(const char *)data, size};
    uint32_t seed = fuzz_seed(text);
    AUTO_OBJECTS objects = {0};
    AUTO_OBJECTS again = {0};
    AUTO_OBJECTS fewer = {0};
    (void)read_event(text, SIZE_MAX, &objects);
    if (objects.count > EVENT_RECORDS_MAX)
        return 0;
    bool is_read = read_event(buffer_slice(&objects.written), SIZE_MAX, &again);
    assert(is_read);
    assert(slice_equals(buffer_slice(&objects.found), buffer_slice(&again.found)));
    size_t enough = 1 + fuzz_choose(&seed, objects.count + 1);
    bool is_enough = read_event(text, enough, &fewer);
    assert(fewer.count == (enough < objects.count ? enough : objects.count));
    assert(is_enough || fewer.count < enough);
    assert(slice_starts_with(buffer_slice(&objects.found), buffer_slice(&fewer.found)));
    return 0;
}
