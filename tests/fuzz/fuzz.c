/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

size_t fuzz_choose(uint32_t *seed, size_t count)
{
    size_t choice = *seed % count;
    *seed /= (uint32_t)count;
    return choice;
}

void fuzz_append(Buffer *buffer, Slice bytes)
{
    bool fits = buffer_append(buffer, bytes);
    assert(fits);
}

void fuzz_check_error(const Error *error)
{
    assert(error->kind <= ERROR_INTERRUPTED);
    assert(error->message[0] != '\0' && strlen(error->message) < sizeof error->message);
    assert(utf8_is_valid(error->message));
}

Slice fuzz_take_line(Slice *rest)
{
    const char *end = rest->length > 0 ? memchr(rest->data, '\n', rest->length) : NULL;
    Slice line = {rest->data, end ? (size_t)(end - rest->data) : rest->length};
    size_t taken = end ? line.length + 1 : line.length;
    *rest = (Slice){rest->data + taken, rest->length - taken};
    return line;
}

#ifdef COPYFLEET_FUZZ

/* FNV-1a, its bits mixed once more because the low ones of short texts are alike. */
uint32_t fuzz_seed(Slice input)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < input.length; i++)
        hash = (hash ^ (unsigned char)input.data[i]) * 16777619U;
    return (hash ^ hash >> 15) * 2654435761U;
}

#else

static uint32_t round_number;
static bool has_choice;

uint32_t fuzz_seed(Slice input)
{
    (void)input;
    has_choice = true;
    return round_number;
}

/* In memory of its own size, so that a sanitizer sees a read past its end. */
static void run_file(const char *path)
{
    AUTO_FREE char *read = memory_alloc_zeroed(1, MIB);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size_t length = fread(read, 1, MIB, file);
    fclose(file);
    AUTO_FREE char *bytes = memory_alloc_zeroed(1, length > 0 ? length : 1);
    memcpy(bytes, read, length);
    has_choice = false;
    for (round_number = 0; round_number == 0 || (has_choice && round_number < FUZZ_ROUNDS); round_number++)
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **entries;
        int entry_count = scandir(argv[i], &entries, NULL, NULL);
        if (entry_count < 0) {
            perror(argv[i]);
            return 1;
        }
        for (int j = 0; j < entry_count; j++) {
            AUTO_FREE char *path = memory_format("%s/%s", argv[i], entries[j]->d_name);
            if (entries[j]->d_name[0] != '.') {
                run_file(path);
                count++;
            }
            free(entries[j]);
        }
        free(entries);
    }
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}

#endif
