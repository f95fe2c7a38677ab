/* SPDX-License-Identifier: Apache-2.0 */
#include "config/datasets.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/values.h"

static void dataset_done(Dataset *dataset)
{
    free(dataset->name);
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].section == SECTION_DATASET)
            config_value_done(&config_keys[i], dataset);
    *dataset = (Dataset){0};
}

void config_datasets_done(Config *config)
{
    for (size_t i = 0; i < config->dataset_count; i++)
        dataset_done(&config->datasets[i]);
    free(config->datasets);
    config->datasets = NULL;
    config->dataset_count = 0;
}

DatasetJson config_datasets_find_json(const char *json)
{
    if (strcmp(json, "auto") == 0)
        return DATASET_JSON_AUTO;
    return strcmp(json, "auto ignorecase") == 0 ? DATASET_JSON_AUTO_IGNORECASE : DATASET_JSON_PATHS;
}

static Dataset read_dataset(const Settings *settings, const char *name, Mistakes *mistakes)
{
    Dataset dataset = {.name = memory_copy_text(name)};
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        if (key->section != SECTION_DATASET)
            continue;
        const Setting *setting = settings_find_of_dataset(settings, name, key->name);
        AUTO_FREE char *reason = NULL;
        if (!config_value_store(key, setting ? setting->value : "", &dataset, &reason))
            settings_report(settings, setting, mistakes, "%s", reason);
    }
    dataset.mapping = config_datasets_find_json(dataset.json ? dataset.json : "");
    const Setting *location = settings_find_of_dataset(settings, name, "LOCATION");
    const Setting *table = settings_find_of_dataset(settings, name, "TABLE");
    if (location && location->value[0] && !(table && table->value[0]))
        settings_report(settings, location, mistakes, "a dataset needs a TABLE too");
    return dataset;
}

/* Whether the setting is the first of a dataset's. */
static bool is_first_of_dataset(const Settings *settings, size_t index)
{
    const char *dataset = settings->items[index].name.dataset;
    for (size_t i = 0; dataset && i < index; i++) {
        const char *other = settings->items[i].name.dataset;
        if (other && strcmp(other, dataset) == 0)
            return false;
    }
    return dataset;
}

static int compare_names(const void *left, const void *right)
{
    const Dataset *a = left, *b = right;
    return strcmp(a->name, b->name);
}

void config_datasets_store(const Settings *settings, Config *config, Mistakes *mistakes)
{
    size_t capacity = 0;
    for (size_t i = 0; i < settings->count; i++) {
        if (!is_first_of_dataset(settings, i))
            continue;
        Dataset dataset = read_dataset(settings, settings->items[i].name.dataset, mistakes);
        if (!dataset.location || dataset.location[0] == '\0') {
            dataset_done(&dataset);
            continue;
        }
        config->datasets = memory_grow(config->datasets, config->dataset_count, &capacity, sizeof *config->datasets);
        config->datasets[config->dataset_count++] = dataset;
    }
    if (config->dataset_count > 0)
        qsort(config->datasets, config->dataset_count, sizeof *config->datasets, compare_names);
}
