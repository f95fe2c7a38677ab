/* SPDX-License-Identifier: Apache-2.0 */
#include "config/values.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/duration.h"
#include "base/limits.h"
#include "base/memory.h"
#include "config/checks.h"
#include "config/leak.h"

static const struct {
    const char *suffix;
    int64_t factor;
} byte_units[] = {{"", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}};

static const struct {
    const char *word;
    bool value;
} boolean_words[] = {{"yes", true}, {"true", true},   {"on", true},   {"1", true},
                     {"no", false}, {"false", false}, {"off", false}, {"0", false}};

/* Digits with an optional minus; *out_rest is what follows them. */
static bool parse_integer(const char *text, int64_t *out_value, const char **out_rest)
{
    bool is_negative = text[0] == '-';
    const char *digit = text + is_negative;
    int64_t value = 0;
    if (!isdigit((unsigned char)*digit))
        return false;
    for (; isdigit((unsigned char)*digit); digit++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *digit - '0', &value))
            return false;
    *out_value = is_negative ? -value : value;
    *out_rest = digit;
    return true;
}

static bool parse_bytes(const char *text, int64_t *out_value)
{
    int64_t value = 0;
    const char *suffix = NULL;
    if (!parse_integer(text, &value, &suffix))
        return false;
    suffix += strspn(suffix, " ");
    for (size_t i = 0; i < sizeof byte_units / sizeof *byte_units; i++)
        if (strcasecmp(suffix, byte_units[i].suffix) == 0)
            return !__builtin_mul_overflow(value, byte_units[i].factor, out_value);
    return false;
}

static char *format_bytes(int64_t bytes)
{
    size_t unit = sizeof byte_units / sizeof *byte_units - 1;
    while (unit > 0 && bytes % byte_units[unit].factor != 0)
        unit--;
    return memory_format("%" PRId64 "%s%s", bytes / byte_units[unit].factor, unit > 0 ? " " : "",
                         byte_units[unit].suffix);
}

static bool store_bytes(const Key *key, const char *text, int64_t *field, char **out_reason)
{
    int64_t value = 0;
    if (!parse_bytes(text, &value))
        return config_check_refuse(text, "is no number of bytes, as 1048576, 512 KiB or 64 MiB", out_reason);
    if (value >= key->minimum && value <= key->maximum) {
        *field = value;
        return true;
    }
    AUTO_FREE char *low = format_bytes(key->minimum), *high = format_bytes(key->maximum);
    AUTO_FREE char *what = memory_format("is not between %s and %s", low, high);
    return config_check_refuse(text, what, out_reason);
}

static bool store_integer(const Key *key, const char *text, int64_t *field, char **out_reason)
{
    int64_t value = 0;
    const char *rest = NULL;
    if (!parse_integer(text, &value, &rest) || *rest)
        return config_check_refuse(text, "is no integer", out_reason);
    if (value >= key->minimum && value <= key->maximum) {
        *field = value;
        return true;
    }
    AUTO_FREE char *what = memory_format("is not between %" PRId64 " and %" PRId64, key->minimum, key->maximum);
    return config_check_refuse(text, what, out_reason);
}

/* unit_ms: what the number counts. */
static bool store_duration(const Key *key, const char *text, int64_t unit_ms, Duration *field, char **out_reason)
{
    int64_t count = 0;
    if (!store_integer(key, text, &count, out_reason))
        return false;
    field->ms = count * unit_ms;
    return true;
}

static bool store_boolean(const char *text, bool *field, char **out_reason)
{
    for (size_t i = 0; i < sizeof boolean_words / sizeof *boolean_words; i++) {
        if (strcasecmp(text, boolean_words[i].word) == 0) {
            *field = boolean_words[i].value;
            return true;
        }
    }
    return config_check_refuse(text, "is neither yes nor no", out_reason);
}

static void store_text(Slice text, char **field)
{
    free(*field);
    *field = memory_copy_slice(text);
}

/* Finds the choice in any case of letters: its index in key's choices. */
static bool find_choice(const Key *key, const char *text, unsigned *out_index, char **out_reason)
{
    for (unsigned i = 0; key->choices[i]; i++) {
        if (strcasecmp(text, key->choices[i]) == 0) {
            *out_index = i;
            return true;
        }
    }
    AUTO_FREE char *choices = config_value_describe(key);
    AUTO_FREE char *what = memory_format("is not %s", choices);
    return config_check_refuse(text, what, out_reason);
}

static unsigned first_choice(const Key *key)
{
    return key->fallback ? 0 : 1;
}

static bool store_choice(const Key *key, const char *text, unsigned *field, char **out_reason)
{
    unsigned index = 0;
    if (!find_choice(key, text, &index, out_reason))
        return false;
    *field = first_choice(key) + index;
    return true;
}

static bool store_word(const Key *key, const char *text, char **field, char **out_reason)
{
    unsigned index = 0;
    if (!find_choice(key, text, &index, out_reason))
        return false;
    store_text(slice_from_text(key->choices[index]), field);
    return true;
}

const char *config_value_word(const Key *key, unsigned choice)
{
    return choice < first_choice(key) ? "" : key->choices[choice - first_choice(key)];
}

static bool store_checked(const Key *key, const char *text, char **field, char **out_reason)
{
    if (!key->is_secret && key->type != KEY_PATTERN && key->type != KEY_URL && leak_is_embedded(text)) {
        *out_reason = memory_copy_text("holds a user or a password: each has a key of its own");
        return false;
    }
    if (!config_check_text(text, out_reason) || !config_check_type(key->type, text, out_reason))
        return false;
    size_t length = strlen(text);
    while (key->type == KEY_URL && text[length - 1] == '/')
        length--;
    store_text((Slice){text, length}, field);
    return true;
}

bool config_value_is_text(const Key *key)
{
    switch (key->type) {
    case KEY_INTEGER:
    case KEY_SECONDS:
    case KEY_MILLISECONDS:
    case KEY_BYTES:
    case KEY_BOOLEAN:
    case KEY_CHOICE:
        return false;
    default:
        return true;
    }
}

void config_value_done(const Key *key, void *object)
{
    if (!config_value_is_text(key))
        return;
    char **field = (char **)((char *)object + key->offset);
    free(take(*field));
}

bool config_value_store(const Key *key, const char *text, void *object, char **out_reason)
{
    void *field = (char *)object + key->offset;
    if (text[0] == '\0')
        text = key->fallback ? key->fallback : "";
    if (text[0] == '\0') {
        if (config_value_is_text(key))
            store_text(SLICE(""), field);
        return true;
    }
    switch (key->type) {
    case KEY_INTEGER:
        return store_integer(key, text, field, out_reason);
    case KEY_SECONDS:
        return store_duration(key, text, 1000, field, out_reason);
    case KEY_MILLISECONDS:
        return store_duration(key, text, 1, field, out_reason);
    case KEY_BYTES:
        return store_bytes(key, text, field, out_reason);
    case KEY_BOOLEAN:
        return store_boolean(text, field, out_reason);
    case KEY_CHOICE:
        return store_choice(key, text, field, out_reason);
    case KEY_WORD:
        return store_word(key, text, field, out_reason);
    default:
        return store_checked(key, text, field, out_reason);
    }
}

static char *describe_choices(const Key *key)
{
    AUTO_BUFFER text;
    buffer_init(&text, KIB);
    bool fits = buffer_append_text(&text, "one of ");
    for (size_t i = 0; fits && key->choices[i]; i++)
        fits = buffer_append_text(&text, i > 0 ? ", " : "") && buffer_append_text(&text, key->choices[i]);
    return memory_copy_slice(buffer_slice(&text));
}

char *config_value_describe(const Key *key)
{
    static const char *const names[] = {
        [KEY_TEXT] = "text",
        [KEY_BOOLEAN] = "yes or no",
        [KEY_URL] = "URL",
        [KEY_PORTS] = "port",
        [KEY_SERVERS] = "servers",
        [KEY_TOPIC] = "topic",
        [KEY_LOCATIONS] = "s3:// URLs",
        [KEY_TABLE] = "table",
        [KEY_PATTERN] = "regular expression",
        [KEY_JSON] = "jsonpaths",
    };
    if (key->type == KEY_CHOICE || key->type == KEY_WORD)
        return describe_choices(key);
    if (key->type == KEY_INTEGER || key->type == KEY_SECONDS || key->type == KEY_MILLISECONDS)
        return memory_format("%" PRId64 " to %" PRId64, key->minimum, key->maximum);
    if (key->type != KEY_BYTES)
        return memory_copy_text(key->is_secret ? "secret" : names[key->type]);
    AUTO_FREE char *low = format_bytes(key->minimum), *high = format_bytes(key->maximum);
    return memory_format("bytes, %s to %s", low, high);
}
