/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/memory.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/leak.h"
#include "config/settings.h"
#include "config/values.h"

/* Written so that the reader gives the value back: it takes %% for %, $${ for ${, and drops quotes around a value. */
static void print_value(const char *value, FILE *stream)
{
    size_t length = strlen(value);
    bool is_quoted = length > 0 && (strchr("'\" \t", value[0]) || strchr(" \t", value[length - 1]));
    fputs(is_quoted ? "\"" : "", stream);
    for (const char *c = value; *c; c++) {
        bool is_doubled = *c == '%' && (c[1] == '%' || (c > value && c[-1] == '%'));
        fputs(is_doubled ? "%" : strncmp(c, "${", 2) == 0 ? "$" : "", stream);
        fputc(*c, stream);
    }
    fputs(is_quoted ? "\"\n" : "\n", stream);
}

static void print_origin(const Settings *settings, const Setting *setting, FILE *stream)
{
    fprintf(stream, "# %s", setting->origin);
    if (setting->blame > 0)
        fprintf(stream, ", from %s", settings->items[setting->blame - 1].origin);
    fputc('\n', stream);
}

static void print_setting(const Settings *settings, const Setting *setting, const char *name, const char *value,
                          FILE *stream)
{
    bool is_set = setting && setting->value[0];
    if (is_set)
        print_origin(settings, setting, stream);
    else
        fputs("# default\n", stream);
    fprintf(stream, "%s = ", name);
    if (is_set && leak_is_in(settings, setting))
        fputs(LEAK_MASK "\n", stream);
    else
        print_value(value, stream);
}

/* object: the Config or Dataset that has the key's field. */
static void print_key(const Settings *settings, const Setting *setting, const Key *key, const void *object,
                      FILE *stream)
{
    const void *field = (const char *)object + key->offset;
    const char *fallback = key->fallback ? key->fallback : "";
    const char *value = setting && setting->value[0] ? setting->value : fallback;
    if (key->type == KEY_BOOLEAN)
        value = *(const bool *)field ? "yes" : "no";
    else if (key->type == KEY_CHOICE)
        value = config_value_word(key, *(const unsigned *)field);
    else if (config_value_is_text(key))
        value = *(char *const *)field;
    print_setting(settings, setting, key->name, value, stream);
}

static void print_kafka_options(const Settings *settings, FILE *stream)
{
    for (size_t i = 0; i < settings->count; i++) {
        const Setting *setting = &settings->items[i];
        if (!setting->name.key && setting->name.section == SECTION_KAFKA &&
            settings_find(settings, SECTION_KAFKA, setting->name.name) == setting)
            print_setting(settings, setting, setting->name.name, setting->value, stream);
    }
}

static void print_dataset(const Settings *settings, const Dataset *dataset, FILE *stream)
{
    fprintf(stream, "\n[%s %s]\n", config_section_names[SECTION_DATASET], dataset->name);
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        if (key->section == SECTION_DATASET)
            print_key(settings, settings_find_of_dataset(settings, dataset->name, key->name), key, dataset, stream);
    }
}

static bool is_last_of_section(size_t index)
{
    return index + 1 == config_key_count || config_keys[index].section != config_keys[index + 1].section;
}

void config_print(const Config *config, FILE *stream)
{
    const Settings *settings = config->settings;
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        if (key->section == SECTION_DATASET)
            continue;
        if (i == 0 || is_last_of_section(i - 1))
            fprintf(stream, "%s[%s]\n", i == 0 ? "" : "\n", config_section_names[key->section]);
        print_key(settings, settings_find(settings, key->section, key->name), key, config, stream);
        if (is_last_of_section(i) && key->section == SECTION_KAFKA)
            print_kafka_options(settings, stream);
    }
    for (size_t i = 0; i < config->dataset_count; i++)
        print_dataset(settings, &config->datasets[i], stream);
}

static void print_row(const Key *key, FILE *stream)
{
    AUTO_FREE char *type = config_value_describe(key);
    fprintf(stream, "| `[%s%s]` | `%s` | %s | ", config_section_names[key->section],
            key->section == SECTION_DATASET ? " NAME" : "", key->name, type);
    if (key->fallback)
        fprintf(stream, "`%s` ", key->fallback);
    fprintf(stream, "| %s", key->help);
    for (size_t i = 0; i < sizeof key->environment / sizeof *key->environment && key->environment[i]; i++)
        fprintf(stream, "%s`%s`", i == 0 ? ". Also " : ", ", key->environment[i]);
    fputs(" |\n", stream);
}

void config_print_reference(FILE *stream)
{
    fputs("| section | key | type | default | what it is |\n|---|---|---|---|---|\n", stream);
    for (size_t i = 0; i < config_key_count; i++) {
        print_row(&config_keys[i], stream);
        if (is_last_of_section(i) && config_keys[i].section == SECTION_KAFKA)
            fputs("| `[KAFKA]` | `" NAME_LIBRDKAFKA "NAME` | text | | Passed to librdkafka as it is |\n", stream);
    }
    fputs("| `[S3]` | any name | text | | What other values refer to as `${S3.NAME}` |\n", stream);
}
