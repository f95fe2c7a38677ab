/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/refused_datasets.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void refusals_init(Refusals *refusals, const Config *config)
{
    pthread_mutex_init(&refusals->lock, NULL);
    refusals->config = config;
    refusals->reasons = memory_alloc_zeroed(config->dataset_count, sizeof *refusals->reasons);
}

void refusals_done(Refusals *refusals)
{
    for (size_t i = 0; i < refusals->config->dataset_count; i++)
        free(refusals->reasons[i]);
    free(refusals->reasons);
    pthread_mutex_destroy(&refusals->lock);
}

/* Under the lock; reason NULL forgets the last one. */
static bool replace(Refusals *refusals, const char *dataset, const char *reason)
{
    size_t i = 0;
    while (i < refusals->config->dataset_count && strcmp(refusals->config->datasets[i].name, dataset) != 0)
        i++;
    if (i == refusals->config->dataset_count)
        return true;
    char **last = &refusals->reasons[i];
    bool is_news = !*last || !reason || strcmp(*last, reason) != 0;
    if (is_news) {
        free(*last);
        *last = reason ? memory_copy_text(reason) : NULL;
    }
    return is_news;
}

bool refusals_are_news(Refusals *refusals, const char *dataset, const char *reason)
{
    pthread_mutex_lock(&refusals->lock);
    bool is_news = replace(refusals, dataset, reason);
    pthread_mutex_unlock(&refusals->lock);
    return is_news;
}

void refusals_forget(Refusals *refusals, const char *dataset)
{
    pthread_mutex_lock(&refusals->lock);
    (void)replace(refusals, dataset, NULL);
    pthread_mutex_unlock(&refusals->lock);
}
