/* SPDX-License-Identifier: Apache-2.0 */
#include "config/datasets.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/values.h"

#define SECTION_PREFIX KEY_SECTION_DATASET " "

static void dataset_done(Dataset *dataset)
{
    free(dataset->name);
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_keys[i].section, KEY_SECTION_DATASET) == 0)
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

static Dataset read_dataset(const Settings *settings, const char *section, Mistakes *mistakes)
{
    Dataset dataset = {.name = memory_copy_text(section + strlen(SECTION_PREFIX))};
    for (size_t i = 0; i < config_key_count; i++) {
        const Key *key = &config_keys[i];
        if (strcmp(key->section, KEY_SECTION_DATASET) != 0)
            continue;
        const Setting *setting = settings_find(settings, section, key->name);
        AUTO_FREE char *reason = NULL;
        if (!config_value_store(key, setting ? setting->value : "", &dataset, &reason))
            settings_report(settings, setting, mistakes, "%s", reason);
    }
    const Setting *location = settings_find(settings, section, "LOCATION");
    const Setting *table = settings_find(settings, section, "TABLE");
    if (location && location->value[0] && !(table && table->value[0]))
        settings_report(settings, location, mistakes, "a dataset needs a TABLE too");
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
        const char *section = settings->items[i].name.section;
        bool is_first = strncmp(section, SECTION_PREFIX, strlen(SECTION_PREFIX)) == 0;
        for (size_t j = 0; is_first && j < i; j++)
            is_first = strcmp(settings->items[j].name.section, section) != 0;
        if (!is_first)
            continue;
        Dataset dataset = read_dataset(settings, section, mistakes);
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
