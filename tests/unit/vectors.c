/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

void vectors_read(const char *path, Buffer *out)
{
    buffer_init(out, 4 * MIB);
    FILE *file = fopen(path, "rbe");
    if (!file) {
        fail_msg("%s cannot be read", path);
        return;
    }
    char bytes[4096];
    for (size_t length; (length = fread(bytes, 1, sizeof bytes, file)) > 0;)
        assert_true(buffer_append(out, (Slice){bytes, length}));
    assert_false(ferror(file));
    assert_int_equal(fclose(file), 0);
    assert_true(buffer_append(out, SLICE("")));
}

void vectors_read_beside(const char *path, const char *suffix, Buffer *out)
{
    const char *end = strrchr(path, '.');
    assert_non_null(end);
    AUTO_FREE char *other = memory_format("%.*s%s", (int)(end - path), path, suffix);
    vectors_read(other, out);
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), suffix_length = strlen(suffix);
    return length >= suffix_length && strcmp(name + length - suffix_length, suffix) == 0;
}

void vectors_check(const char *folder, const char *suffix, size_t count_min,
                   void (*check)(const char *path, void *context), void *context)
{
    AUTO_FREE char *place = memory_format("%s/%s", VECTORS, folder);
    struct dirent **entries = NULL;
    int found = scandir(place, &entries, NULL, alphasort);
    if (found < 0)
        fail_msg("%s cannot be read", place);
    size_t count = 0;
    for (int i = 0; i < found; i++) {
        AUTO_FREE char *name = memory_copy_text(entries[i]->d_name);
        free(entries[i]);
        if (name[0] == '.' || !has_suffix(name, suffix))
            continue;
        AUTO_FREE char *path = memory_format("%s/%s", place, name);
        check(path, context);
        count++;
    }
    free(entries);
    if (count < count_min)
        fail_msg("%s has %zu of at least %zu vectors", place, count, count_min);
}
