/* SPDX-License-Identifier: Apache-2.0 */
#include "line/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "s3/location.h"
#include "task/event.h"

/* A message on its way in. */
typedef struct Hearing {
    Events *events;
    const Config *config;
    bool has_object;
} Hearing;

static bool is_known(const Events *events, const char *bucket, const char *key)
{
    for (size_t i = 0; i < events->count; i++)
        if (strcmp(events->objects[i].key, key) == 0 && strcmp(events->objects[i].bucket, bucket) == 0)
            return true;
    return false;
}

static bool hear_object(void *context, const char *bucket, const char *key)
{
    Hearing *hearing = context;
    Events *events = hearing->events;
    if (!location_covers_any(hearing->config, bucket, key))
        return true;
    hearing->has_object = true;
    if (is_known(events, bucket, key))
        return true;
    events->is_overflown = events->is_overflown || events->count == EVENTS_OBJECTS_MAX;
    if (events->is_overflown)
        return false;
    events->objects = memory_grow(events->objects, events->count, &events->capacity, sizeof *events->objects);
    events->objects[events->count++] = (EventObject){memory_copy_text(bucket), memory_copy_text(key)};
    return true;
}

bool events_add(Events *events, const Config *config, Slice message, bool *out_has_object, Error *error)
{
    Hearing hearing = {.events = events, .config = config};
    bool is_read = event_read(message, hear_object, &hearing, error);
    *out_has_object = hearing.has_object;
    return is_read;
}

void events_clear(Events *events)
{
    for (size_t i = 0; i < events->count; i++) {
        free(events->objects[i].bucket);
        free(events->objects[i].key);
    }
    free(events->objects);
    *events = (Events){0};
}
