/* SPDX-License-Identifier: Apache-2.0
 *
 * What the bucket's events have named since the last pass: objects to look at sooner than the next pass would. Each is
 * kept once, and EVENTS_OBJECTS_MAX at most: if there are more, a pass after the horizon is the cheaper look. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"
#include "config/config.h"

/* Each costs a request of its own, and a page of a listing has 1,000 keys. */
#define EVENTS_OBJECTS_MAX 100

typedef struct EventObject {
    char *bucket;
    char *key;
} EventObject;

/* Zeroed: none. */
typedef struct Events {
    EventObject *objects;
    size_t count;
    size_t capacity;
    bool is_overflown; /* there were more */
} Events;

/* Takes in a message. *out_has_object is true if it names an object that a dataset's LOCATION covers. REJECT if it is
 * no event. */
bool events_add(Events *events, const Config *config, Slice message, bool *out_has_object, Error *error) MUST_USE;
void events_clear(Events *events);

static inline bool events_has_any(const Events *events)
{
    return events->count > 0 || events->is_overflown;
}
