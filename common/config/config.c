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
#include "config/secrets.h"
#include "config/settings.h"
#include "config/values.h"

#define FILE_DEFAULT "dwh.cfg"

/* Room for a thousand datasets, and a bound for a file that is no configuration at all. */
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

/* NULL or "" if no file is named. */
static const char *find_named_path(const char *path)
{
    return path ? path : getenv("COPYFLEET_CONFIG");
}

const char *config_find_path(const char *path)
{
    const char *named = find_named_path(path);
    return named && named[0] ? named : FILE_DEFAULT;
}

/* It is no mistake if no file was named and the default one is not there. */
static void read_file(const char *path, Settings *settings, Mistakes *mistakes)
{
    const char *named = find_named_path(path);
    bool is_optional = !named || named[0] == '\0';
    const char *name = config_find_path(path);
    FILE *stream = fopen(name, "re");
    if (!stream) {
        if (!is_optional || errno != ENOENT)
            mistakes_add(mistakes, 0, "%s: cannot be read: %s", name, strerror(errno));
        return;
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
}

static void store_keys(const Settings *settings, Config *config, Mistakes *mistakes)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        if (key->section == SECTION_DATASET)
            continue;
        const Setting *setting = settings_find(settings, key->section, key->name);
        AUTO_FREE char *reason = NULL;
        if (!config_value_store(key, setting ? setting->value : "", config, &reason))
            settings_report(settings, setting, mistakes, "%s", reason);
    }
}

/* An S3 server that is not Amazon's rarely has a DNS name for each bucket, and every one takes the path style. Amazon
 * prefers the other. */
static void choose_path_style(const Settings *settings, Config *config)
{
    const Setting *setting = settings_find(settings, SECTION_AWS, "PATH_STYLE");
    if (setting && setting->value[0])
        return;
    const char *url = config->aws.endpoint_url ? config->aws.endpoint_url : "";
    config->aws.path_style = url[0] && !strcasestr(url, ".amazonaws.com");
}

/* Redshift runs one COPY into a table at a time, over all its slices, so its tasks are few and large: up to 1 GiB, the
 * largest file that Amazon advises, for each of 16 slices. A manifest of 20,000 entries has some 2 MB. */
static void choose_by_warehouse(Config *config)
{
    bool is_postgres = config->warehouse.kind == WAREHOUSE_POSTGRES;
    if (!is_postgres && config->warehouse.port && !*config->warehouse.port) {
        free(config->warehouse.port);
        config->warehouse.port = memory_copy_text("5439");
    }
    if (config->fleet.task_bytes_max == 0)
        config->fleet.task_bytes_max = is_postgres ? 64LL << 20 : 16LL << 30;
    if (config->fleet.task_objects_max == 0)
        config->fleet.task_objects_max = is_postgres ? 500 : 20000;
}

/* Copies what a service's section needs from [FLEET], and lets the warehouse's see the datasets. */
static void complete_sections(Config *config)
{
    const FleetConfig *fleet = &config->fleet;
    const Patience patience = {.connect_timeout = fleet->connect_timeout,
                               .stall = fleet->stall,
                               .attempts_max = fleet->attempts_max,
                               .backoff = fleet->backoff};
    config->fleet.outage_backoff = retry_outage_backoff(fleet->backoff);
    config->aws.patience = config->warehouse.patience = patience;
    config->warehouse.datasets = config->datasets;
    config->warehouse.dataset_count = config->dataset_count;
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
        if (setting->name.section != SECTION_KAFKA || setting->name.key ||
            settings_find(settings, SECTION_KAFKA, setting->name.name) != setting)
            continue;
        config->kafka.options =
            memory_grow(config->kafka.options, config->kafka.option_count, &capacity, sizeof *config->kafka.options);
        config->kafka.options[config->kafka.option_count++] = (KafkaOption){
            memory_copy_text(setting->name.name + strlen(NAME_LIBRDKAFKA)), memory_copy_text(setting->value)};
    }
    if (config->kafka.option_count > 0)
        qsort(config->kafka.options, config->kafka.option_count, sizeof *config->kafka.options, compare_options);
}

static void store(Settings *settings, Config *config, Mistakes *mistakes)
{
    settings_resolve(settings, mistakes);
    store_keys(settings, config, mistakes);
    choose_path_style(settings, config);
    choose_by_warehouse(config);
    store_kafka_options(settings, config);
    config_datasets_store(settings, config, mistakes);
    complete_sections(config);
    config_relations_check(config, settings, mistakes);
}

bool config_load(const char *path, Config *out_config, char **out_mistakes, Error *error)
{
    AUTO(Mistakes, mistakes_done) mistakes = {0};
    AUTO_CONFIG config = {.settings = memory_alloc_zeroed(1, sizeof(Settings))};
    settings_read_text(config.settings, slice_from_text(config_datasets_text), NULL, &mistakes);
    read_file(path, config.settings, &mistakes);
    settings_read_environment(config.settings, &mistakes);
    config.is_missing = !settings_say_anything(config.settings);
    store(config.settings, &config, &mistakes);

    *out_mistakes = NULL;
    if (mistakes.count > 0) {
        *out_mistakes = mistakes_join(&mistakes);
        return error_set(error, ERROR_FATAL, "%zu mistake%s in the configuration", mistakes.count,
                         mistakes.count == 1 ? "" : "s");
    }
    config.secrets = secrets_open(path, &config.aws, &config.warehouse, &config.kafka);
    config.aws.secrets = config.warehouse.secrets = config.kafka.secrets = config.secrets;
    *out_config = config;
    config = (Config){0};
    return true;
}

void config_done(Config *config)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].section != SECTION_DATASET)
            config_value_done(&config_keys[i], config);
    for (size_t i = 0; i < config->kafka.option_count; i++) {
        free(config->kafka.options[i].name);
        free(config->kafka.options[i].value);
    }
    free(config->kafka.options);
    config_datasets_done(config);
    secrets_close(config->secrets);
    if (config->settings)
        settings_done(config->settings);
    free(config->settings);
    *config = (Config){0};
}
