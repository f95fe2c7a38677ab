/* SPDX-License-Identifier: Apache-2.0
 *
 * What was said already of datasets of which nothing can be loaded: the same reason is news once, though each task of
 * the dataset meets it, and again after something of it has loaded. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"

typedef struct Refusals {
    pthread_mutex_t lock;
    const Config *config;
    char **reasons; /* of each dataset of the configuration, the last that was said; NULL: none */
} Refusals;

void refusals_init(Refusals *refusals, const Config *config);
void refusals_done(Refusals *refusals);

/* Whether it is not known yet; it is from now on. A dataset that is not configured is news each time. */
bool refusals_are_news(Refusals *refusals, const char *dataset, const char *reason);

/* Something of the dataset has loaded. */
void refusals_forget(Refusals *refusals, const char *dataset);
