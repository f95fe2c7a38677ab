/* SPDX-License-Identifier: Apache-2.0 */
#include "line/emptiness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "show/printable.h"

/* How many names of the folder above an empty prefix are told. A person reads no more, and each costs a request. */
#define NAMES_MAX 6

static void add_sentence(Emptiness *emptiness, char *sentence)
{
    emptiness->sentences =
        memory_grow(emptiness->sentences, emptiness->count, &emptiness->capacity, sizeof *emptiness->sentences);
    emptiness->sentences[emptiness->count++] = sentence;
}

static bool take_first(void *context, const ListedObject *object, Error *error)
{
    char **key = context;
    *key = memory_copy_text(object->key);
    return error_set(error, ERROR_INTERRUPTED, "one is enough");
}

/* The first key of the prefix after start_after, to be freed by the caller; NULL if there is none, or if the listing is
 * denied. */
static char *find_key(S3 *s3, const char *bucket, const char *prefix, const char *start_after)
{
    char *key = NULL;
    Error ignored;
    const S3Listing listing = {.bucket = bucket,
                               .prefix = prefix,
                               .start_after = start_after,
                               .is_plain = true,
                               .each = take_first,
                               .context = &key};
    (void)!s3_list(s3, &listing, &ignored);
    return key;
}

/* The names directly below the folder ("" or one that ends in '/'), as far as there is room; false if it has none. */
static bool append_names(S3 *s3, const char *bucket, const char *folder, Buffer *names)
{
    size_t length = strlen(folder);
    AUTO_FREE char *start_after = memory_copy_text(folder); /* the folder's own marker is no name */
    for (int i = 0; i <= NAMES_MAX; i++) {
        AUTO_FREE char *key = find_key(s3, bucket, folder, start_after);
        if (!key)
            return i > 0;
        char *end = strchr(key + length, '/');
        if (end)
            end[1] = '\0';
        (void)!buffer_append_text(names, i > 0 ? ", " : "");
        printable_append(names, i < NAMES_MAX ? key + length : "…", SIZE_MAX, false);
        /* '0' comes next after '/': what is below the name is passed over. */
        if (end)
            *end = '0';
        free(start_after);
        start_after = take(key);
    }
    return true;
}

/* To the folder above; false if there is none. */
static bool go_up(char *folder)
{
    size_t length = strlen(folder);
    if (length == 0)
        return false;
    while (length > 1 && folder[length - 2] != '/')
        length--;
    folder[length - 1] = '\0';
    return true;
}

void emptiness_add(Emptiness *emptiness, S3 *s3, const char *dataset, const char *bucket, const char *prefix)
{
    AUTO_BUFFER text;
    buffer_init(&text, 64 * KIB);
    AUTO_FREE char *folder = memory_copy_text(prefix);
    (void)!buffer_append_format(&text, "Dataset %s is empty: there is no object to load under s3://%s/", dataset,
                                bucket);
    printable_append(&text, prefix, SIZE_MAX, false);
    bool has_names = false;
    AUTO_BUFFER names;
    buffer_init(&names, 16 * KIB);
    while (!has_names && go_up(folder)) {
        buffer_clear(&names);
        has_names = append_names(s3, bucket, folder, &names);
    }
    if (has_names) {
        (void)!buffer_append_format(&text, "; s3://%s/", bucket);
        printable_append(&text, folder, SIZE_MAX, false);
        (void)!buffer_append_format(&text, " has %.*s", (int)names.length, names.data);
    }
    (void)!buffer_append_text(&text, ". Is its LOCATION mistyped, or written in another case?");
    add_sentence(emptiness, memory_copy_slice(buffer_slice(&text)));
}

void emptiness_say(const Emptiness *emptiness)
{
    for (size_t i = 0; i < emptiness->count; i++)
        fprintf(stderr, "%s\n", emptiness->sentences[i]);
}

bool emptiness_equals(const Emptiness *a, const Emptiness *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->sentences[i], b->sentences[i]) != 0)
            return false;
    return true;
}

void emptiness_clear(Emptiness *emptiness)
{
    for (size_t i = 0; i < emptiness->count; i++)
        free(emptiness->sentences[i]);
    free(emptiness->sentences);
    *emptiness = (Emptiness){0};
}
