/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/refused_datasets.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void refused_datasets_init(RefusedDatasets *refused, const Config *config)
{
    pthread_mutex_init(&refused->lock, NULL);
    refused->config = config;
    refused->reasons = memory_alloc_zeroed(config->dataset_count, sizeof *refused->reasons);
}

void refused_datasets_done(RefusedDatasets *refused)
{
    for (size_t i = 0; i < refused->config->dataset_count; i++)
        free(refused->reasons[i]);
    free(refused->reasons);
    pthread_mutex_destroy(&refused->lock);
}

/* Under the lock; reason NULL forgets the last one. */
static bool replace(RefusedDatasets *refused, const char *dataset, const char *reason)
{
    size_t i = 0;
    while (i < refused->config->dataset_count && strcmp(refused->config->datasets[i].name, dataset) != 0)
        i++;
    if (i == refused->config->dataset_count)
        return true;
    char **last = &refused->reasons[i];
    bool is_news = !*last || !reason || strcmp(*last, reason) != 0;
    if (is_news) {
        free(*last);
        *last = reason ? memory_copy_text(reason) : NULL;
    }
    return is_news;
}

bool refused_datasets_are_news(RefusedDatasets *refused, const char *dataset, const char *reason)
{
    pthread_mutex_lock(&refused->lock);
    bool is_news = replace(refused, dataset, reason);
    pthread_mutex_unlock(&refused->lock);
    return is_news;
}

void refused_datasets_forget(RefusedDatasets *refused, const char *dataset)
{
    pthread_mutex_lock(&refused->lock);
    (void)replace(refused, dataset, NULL);
    pthread_mutex_unlock(&refused->lock);
}
