/* SPDX-License-Identifier: Apache-2.0 */
#include "config/leak.h"

#include <ctype.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
#define ACCESS_KEY_LENGTH 20
#define SECRET_KEY_LENGTH 40

/* A shorter one is a part of many words by chance. */
#define KNOWN_LENGTH_MIN 4
#define PART_LENGTH_MIN 8

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static bool is_access_key(const char *word, size_t length)
{
    return length == ACCESS_KEY_LENGTH && (strncmp(word, "AKIA", 4) == 0 || strncmp(word, "ASIA", 4) == 0) &&
           strspn(word, UPPER DIGITS) >= length;
}

static bool has(const char *word, size_t length, const char *letters)
{
    return strcspn(word, letters) < length;
}

static bool is_secret_key(const char *word, size_t length)
{
    return length == SECRET_KEY_LENGTH && has(word, length, UPPER) && has(word, length, LOWER) &&
           has(word, length, DIGITS);
}

bool leak_is_embedded(const char *text)
{
    for (const char *url = text; (url = strstr(url, "://"));) {
        url += strlen("://");
        if (memchr(url, '@', strcspn(url, "/?# \t")))
            return true;
    }
    return strcasestr(text, "password=");
}

bool leak_is_likely(const char *text)
{
    for (const char *word = text; *word;) {
        size_t length = strspn(word, UPPER LOWER DIGITS "/+");
        if (is_access_key(word, length) || is_secret_key(word, length))
            return true;
        word += length > 0 ? length : 1;
    }
    return leak_is_embedded(text);
}

bool leak_is_in(const Settings *settings, const Setting *setting)
{
    if (!config_name_is_harmless(&setting->name) || leak_is_likely(setting->value))
        return true;
    for (size_t i = 0; i < settings->count; i++) {
        const Setting *other = &settings->items[i];
        if (config_name_is_secret(&other->name) && *other->value &&
            (strcmp(setting->value, other->value) == 0 ||
             (strlen(other->value) >= PART_LENGTH_MIN && strstr(setting->value, other->value))))
            return true;
    }
    return false;
}

/* The length of a secret of the settings that the text begins with; 0: none. */
static size_t measure_known(const Settings *settings, const char *text)
{
    size_t longest = 0;
    for (size_t i = 0; i < settings->count; i++) {
        const Setting *setting = &settings->items[i];
        size_t length = strlen(setting->value);
        if (length >= KNOWN_LENGTH_MIN && length > longest && config_name_is_secret(&setting->name) &&
            strncmp(text, setting->value, length) == 0)
            longest = length;
    }
    return longest;
}

char *leak_mask(const Settings *settings, const char *text)
{
    AUTO_BUFFER masked;
    buffer_init(&masked, MIB);
    bool fits = buffer_append_text(&masked, "");
    while (fits && *text) {
        size_t length = measure_known(settings, text);
        fits = buffer_append(&masked, length > 0 ? SLICE(LEAK_MASK) : (Slice){text, 1});
        text += length > 0 ? length : 1;
    }
    if (!fits)
        error_abort("a mistake of the configuration is longer than its bound");
    return take(masked.data);
}

char *leak_show_name(const char *name)
{
    if (leak_is_likely(name))
        return memory_copy_text(LEAK_MASK);
    size_t length = strcspn(name, " \t");
    return name[length] ? memory_format("%.*s …", (int)length, name) : memory_copy_text(name);
}
