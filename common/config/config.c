/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "config/datasets.h"
#include "config/relations.h"
#include "config/settings.h"
#include "config/values.h"

#define FILE_DEFAULT "dwh.cfg"

/* A thousand datasets, and a bound for what is no configuration at all. */
#define FILE_BYTES_MAX (256 * KIB)

static bool read_stream(FILE *stream, Buffer *content)
{
    char chunk[4096];
    size_t length;
    while ((length = fread(chunk, 1, sizeof chunk, stream)) > 0) {
        if (!buffer_append(content, (Slice){chunk, length})) {
            errno = EFBIG;
            return false;
        }
    }
    return !ferror(stream);
}

/* NULL or "": none. */
static const char *find_named_path(const char *path)
{
    return path ? path : getenv("COPYFLEET_CONFIG");
}

const char *config_find_path(const char *path)
{
    const char *named = find_named_path(path);
    return named && named[0] ? named : FILE_DEFAULT;
}

/* False if no file was named and the default one is not there. */
static bool read_file(const char *path, Settings *settings, Mistakes *mistakes)
{
    const char *named = find_named_path(path);
    bool is_optional = !named || named[0] == '\0';
    const char *name = config_find_path(path);
    FILE *stream = fopen(name, "re");
    if (!stream) {
        if (!is_optional || errno != ENOENT)
            mistakes_add(mistakes, 0, "%s: cannot be read: %s", name, strerror(errno));
        return !is_optional;
    }
    AUTO_BUFFER content;
    buffer_init(&content, FILE_BYTES_MAX);
    if (!read_stream(stream, &content))
        mistakes_add(mistakes, 0, "%s: cannot be read: %s", name, strerror(errno));
    else if (memchr(buffer_slice(&content).data, '\0', content.length))
        mistakes_add(mistakes, 0, "%s: is not a text file, or not one in UTF-8", name);
    else
        settings_read_text(settings, buffer_slice(&content), name, mistakes);
    fclose(stream);
    return true;
}

static void store_keys(const Settings *settings, Config *config, Mistakes *mistakes)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        if (strcmp(key->section, KEY_SECTION_DATASET) == 0)
            continue;
        const Setting *setting = settings_find(settings, key->section, key->name);
        AUTO_FREE char *reason = NULL;
        if (!config_value_store(key, setting ? setting->value : "", config, &reason))
            settings_report(settings, setting, mistakes, "%s", reason);
    }
}

/* An S3 server of one's own rarely has a DNS name a bucket, and all take the path style; Amazon prefers the other. */
static void choose_path_style(const Settings *settings, Config *config)
{
    const Setting *setting = settings_find(settings, "AWS", "PATH_STYLE");
    if (setting && setting->value[0])
        return;
    const char *url = config->aws_endpoint_url ? config->aws_endpoint_url : "";
    config->aws_path_style = url[0] && !strcasestr(url, ".amazonaws.com");
}

/* Redshift runs one COPY into a table at a time, over all its slices, so its tasks are few and large: up to 1 GiB, the
 * largest file that Amazon advises, for each of 16 slices. A manifest of 20,000 entries has some 2 MB. */
static void choose_by_warehouse(Config *config)
{
    bool is_postgres = !config->warehouse || strcmp(config->warehouse, "redshift") != 0;
    if (!is_postgres && config->db_port && !*config->db_port) {
        free(config->db_port);
        config->db_port = memory_copy_text("5439");
    }
    if (config->task_bytes_max == 0)
        config->task_bytes_max = is_postgres ? 64LL << 20 : 16LL << 30;
    if (config->task_objects_max == 0)
        config->task_objects_max = is_postgres ? 500 : 20000;
}

static int compare_options(const void *left, const void *right)
{
    const KafkaOption *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void store_kafka_options(const Settings *settings, Config *config)
{
    size_t capacity = 0;
    for (size_t i = 0; i < settings->count; i++) {
        const Setting *setting = &settings->items[i];
        if (strcmp(setting->name.section, "KAFKA") != 0 || setting->name.key ||
            settings_find(settings, "KAFKA", setting->name.name) != setting)
            continue;
        config->kafka_options =
            memory_grow(config->kafka_options, config->kafka_option_count, &capacity, sizeof *config->kafka_options);
        config->kafka_options[config->kafka_option_count++] = (KafkaOption){
            memory_copy_text(setting->name.name + strlen(NAME_LIBRDKAFKA)), memory_copy_text(setting->value)};
    }
    if (config->kafka_option_count > 0)
        qsort(config->kafka_options, config->kafka_option_count, sizeof *config->kafka_options, compare_options);
}

static void store(Settings *settings, Config *config, Mistakes *mistakes)
{
    settings_resolve(settings, mistakes);
    store_keys(settings, config, mistakes);
    choose_path_style(settings, config);
    choose_by_warehouse(config);
    store_kafka_options(settings, config);
    config_datasets_store(settings, config, mistakes);
    config_relations_check(config, settings, mistakes);
}

bool config_load(const char *path, Config *out_config, char **out_mistakes, Error *error)
{
    AUTO(Mistakes, mistakes_done) mistakes = {0};
    AUTO_CONFIG config = {.settings = memory_alloc_zeroed(1, sizeof(Settings))};
    settings_read_text(config.settings, slice_from_text(config_datasets_text), NULL, &mistakes);
    bool has_file = read_file(path, config.settings, &mistakes);
    settings_read_environment(config.settings, &mistakes);
    config.is_missing = !has_file && !settings_have_environment(config.settings);
    store(config.settings, &config, &mistakes);

    *out_mistakes = NULL;
    if (mistakes.count > 0) {
        *out_mistakes = mistakes_join(&mistakes);
        return error_set(error, ERROR_FATAL, "%zu mistake%s in the configuration", mistakes.count,
                         mistakes.count == 1 ? "" : "s");
    }
    *out_config = config;
    config = (Config){0};
    return true;
}

void config_done(Config *config)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_keys[i].section, KEY_SECTION_DATASET) != 0)
            config_value_done(&config_keys[i], config);
    for (size_t i = 0; i < config->kafka_option_count; i++) {
        free(config->kafka_options[i].name);
        free(config->kafka_options[i].value);
    }
    free(config->kafka_options);
    config_datasets_done(config);
    if (config->settings)
        settings_done(config->settings);
    free(config->settings);
    *config = (Config){0};
}
