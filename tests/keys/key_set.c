/* SPDX-License-Identifier: Apache-2.0 */
#include "key_set.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define KEY_SIZE 256

typedef void WriteKey(size_t index, size_t count, char *out_key);

static uint64_t scramble(uint64_t n)
{
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
    n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
    return n ^ (n >> 31);
}

/* A year of days. */
static void write_dated(size_t index, size_t count, char *out_key)
{
    size_t day = index * 336 / count;
    snprintf(out_key, KEY_SIZE, "data/2018/%02zu/%02zu/2018-%02zu-%02zu-events-%06zu.json", day / 28 + 1, day % 28 + 1,
             day / 28 + 1, day % 28 + 1, index);
}

/* Hive's days: folders that differ in a name with '-' and '='. */
static void write_hive(size_t index, size_t count, char *out_key)
{
    size_t day = index * 1500 / count;
    snprintf(out_key, KEY_SIZE, "data/date=%zu-%02zu-%02zu/part-%05zu-%016llx.json", 2014 + day / 336,
             day / 28 % 12 + 1, day % 28 + 1, index, (unsigned long long)scramble(index));
}

/* The songs of the Million Song Dataset: 26 times 26 folders. */
static void write_letters(size_t index, size_t count, char *out_key)
{
    size_t folder = index * 676 / count;
    snprintf(out_key, KEY_SIZE, "data/%c/%c/TR%c%c%010zu.json", (char)('A' + folder / 26), (char)('A' + folder % 26),
             (char)('A' + folder / 26), (char)('A' + folder % 26), index);
}

static void write_hex(size_t index, size_t count, char *out_key)
{
    (void)count;
    snprintf(out_key, KEY_SIZE, "data/%016llx", (unsigned long long)scramble(index + 1));
}

static void write_uuids(size_t index, size_t count, char *out_key)
{
    (void)count;
    uint64_t a = scramble(index + 1), b = scramble(a);
    snprintf(out_key, KEY_SIZE, "data/%08x-%04x-4%03x-%04x-%012llx.json", (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff), (unsigned)(b >> 48),
             (unsigned long long)(b & 0xffffffffffff));
}

static void write_padded(size_t index, size_t count, char *out_key)
{
    (void)count;
    snprintf(out_key, KEY_SIZE, "data/part-%012zu.json.gz", index);
}

static void write_plain(size_t index, size_t count, char *out_key)
{
    (void)count;
    snprintf(out_key, KEY_SIZE, "data/%zu", index);
}

static void write_deep(size_t index, size_t count, char *out_key)
{
    (void)count;
    snprintf(out_key, KEY_SIZE, "data/lake/raw/events/v1/eu/prod/%09zu.json", index * 7);
}

/* Many folders, of a few keys each. */
static void write_users(size_t index, size_t count, char *out_key)
{
    (void)count;
    snprintf(out_key, KEY_SIZE, "data/user-%zu/profile-%zu.json", index / 5, index % 5);
}

/* One folder of many has nearly all keys. */
static void write_skewed(size_t index, size_t count, char *out_key)
{
    if (index * 10 < count)
        snprintf(out_key, KEY_SIZE, "data/tenant%05zu/x.json", index * 3);
    else
        snprintf(out_key, KEY_SIZE, "data/tenant00500/%012llx.json", (unsigned long long)scramble(index + 1) >> 16);
}

/* Folders and a few keys whose names begin alike, and sort on both sides of '/'. */
static void write_siblings(size_t index, size_t count, char *out_key)
{
    static const char *const names[] = {"logs/", "logs-old/", "logs.2/", "logs/x/"};
    if (index < 12)
        snprintf(out_key, KEY_SIZE, "data/%s%zu", index % 3 == 0 ? "logs.json" : index % 3 == 1 ? "logs" : "z", index);
    else
        snprintf(out_key, KEY_SIZE, "data/%s%06zu", names[index * 4 / count], index);
}

/* Names that sort before and after '/', and folders that are the beginning of others. */
static void write_borders(size_t index, size_t count, char *out_key)
{
    static const char *const names[] = {"a/",   "a-b/", "a.json/", "a",   "a0/", "a0",     "a!",  "a~",
                                        "a~/x", "a/b/", "a/b-c/",  "a/b", "b/",  "b-",     "b-/", "b 1/",
                                        "5/",   "4~/",  "4~",      "5",   "50/", "5.json", "~",   "~/"};
    size_t name = index * (sizeof names / sizeof *names) / count;
    snprintf(out_key, KEY_SIZE, "data/%s%s%zu", names[name], index % 3 ? "" : "x/", index);
}

/* A character that UTF-16 sorts otherwise than UTF-8 does, and others outside of ASCII. */
static void write_foreign(size_t index, size_t count, char *out_key)
{
    static const char *const names[] = {"\xc3\xa9t\xc3\xa9", "\xef\xbf\xa6", "\xf0\x9f\x98\x80", "M\xc3\xbcll", "z"};
    size_t name = index * (sizeof names / sizeof *names) / count;
    snprintf(out_key, KEY_SIZE, "data/%s%s%zu&<+ %s", names[name], name % 2 ? "/" : "", index, names[index % 4]);
}

/* All letters are large but the second one, which comes last by its bytes, and second without regard to case. */
static void write_cases(size_t index, size_t count, char *out_key)
{
    size_t letter = index * 26 / count;
    snprintf(out_key, KEY_SIZE, "data/%c%c%06zu", (int)((letter == 1 ? 'a' : 'A') + letter), (int)('A' + index % 26),
             index);
}

static const struct {
    const char *kind;
    WriteKey *write;
} writers[] = {{"dated", write_dated},     {"hive", write_hive},         {"letters", write_letters},
               {"hex", write_hex},         {"uuids", write_uuids},       {"padded", write_padded},
               {"plain", write_plain},     {"deep", write_deep},         {"users", write_users},
               {"skewed", write_skewed},   {"siblings", write_siblings}, {"borders", write_borders},
               {"foreign", write_foreign}, {"cases", write_cases}};

const char *const key_set_kinds[] = {"dated", "hive",   "letters",  "hex",     "uuids",   "padded", "plain", "deep",
                                     "users", "skewed", "siblings", "borders", "foreign", "cases",  NULL};

void key_set_add(KeySet *set, const char *key)
{
    set->keys = memory_grow(set->keys, set->count, &set->capacity, sizeof *set->keys);
    set->keys[set->count++] = memory_copy_text(key);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void key_set_sort(KeySet *set)
{
    if (set->count == 0)
        return;
    qsort(set->keys, set->count, sizeof *set->keys, compare);
    size_t kept = 1;
    for (size_t i = 1; i < set->count; i++) {
        if (strcmp(set->keys[i], set->keys[kept - 1]) != 0)
            set->keys[kept++] = set->keys[i];
        else
            free(set->keys[i]);
    }
    set->count = kept;
}

bool key_set_make(const char *kind, size_t count, KeySet *out_set)
{
    *out_set = (KeySet){0};
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (strcmp(kind, writers[i].kind) != 0)
            continue;
        char key[KEY_SIZE];
        for (size_t index = 0; index < count; index++) {
            writers[i].write(index, count, key);
            key_set_add(out_set, key);
        }
        key_set_sort(out_set);
        return true;
    }
    return false;
}

void key_set_done(KeySet *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->keys[i]);
    free(set->keys);
    *set = (KeySet){0};
}

long key_set_find(const KeySet *set, const char *key)
{
    char **found = set->count ? bsearch(&key, set->keys, set->count, sizeof *set->keys, compare) : NULL;
    return found ? found - set->keys : -1;
}
