/* SPDX-License-Identifier: Apache-2.0
 *
 * What the log has already of datasets of which nothing can be loaded. Each task of such a dataset meets the same
 * reason, which is news once, and again after something of the dataset has loaded. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"

typedef struct RefusedDatasets {
    pthread_mutex_t lock;
    const Config *config;
    char **reasons; /* of each dataset of the configuration, the last that was said; NULL: none */
} RefusedDatasets;

void refused_datasets_init(RefusedDatasets *refused, const Config *config);
void refused_datasets_done(RefusedDatasets *refused);

/* Whether the reason is not known yet; it is from now on. A dataset that is not configured is news each time. */
bool refused_datasets_are_news(RefusedDatasets *refused, const char *dataset, const char *reason);

/* Something of the dataset has loaded. */
void refused_datasets_forget(RefusedDatasets *refused, const char *dataset);
