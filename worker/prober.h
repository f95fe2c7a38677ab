/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread that asks for the buckets and tables that the worker misses, each again and again until it is back, while
 * the executors load what does not need them. What waited is then published again. */
#pragma once

#include <stdbool.h>

typedef struct Prober Prober;
typedef struct Fleet Fleet;

/* fleet must outlive it. */
Prober *prober_start(Fleet *fleet);

/* False if the thread did not end in time, since it waits for a service: the process is to end without it. */
bool prober_stop(Prober *prober);
