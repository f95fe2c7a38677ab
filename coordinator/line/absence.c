/* SPDX-License-Identifier: Apache-2.0 */
#include "line/absence.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/backoff.h"
#include "s3/location.h"

/* All others wait for so long, at most. */
#define PROBE_MS 2000

void absences_begin(Absences *absences, size_t dataset_count)
{
    absences_done(absences);
    absences->items = memory_alloc_zeroed(dataset_count + 1, sizeof *absences->items);
    absences->count = dataset_count;
}

void absences_done(Absences *absences)
{
    free(absences->items);
    *absences = (Absences){0};
}

bool absences_has(const Absences *absences, size_t dataset)
{
    return dataset < absences->count && absences->items[dataset].is_absent;
}

/* Whoever is silent takes as much time as it is given: it is left alone for as long again. */
static void set_next_probe(Absence *absence, const Config *config)
{
    absence->probe_at_ms = clock_now_ms() + PROBE_MS + backoff_next_ms(backoff_of_outage(config), absence->probes++);
}

void absences_add(Absences *absences, const Config *config, size_t dataset)
{
    Absence *absence = &absences->items[dataset];
    absence->is_absent = true;
    absence->probes = 0;
    set_next_probe(absence, config);
}

static Absence *find_due(const Absences *absences)
{
    Absence *due = NULL;
    for (Absence *absence = absences->items; absence < absences->items + absences->count; absence++)
        if (absence->is_absent && (!due || absence->probe_at_ms < due->probe_at_ms))
            due = absence;
    return due && due->probe_at_ms <= clock_now_ms() ? due : NULL;
}

static bool ask(void *context, const char *bucket, const char *prefix, Error *error)
{
    return s3_probe_listing(context, bucket, prefix, PROBE_MS, error);
}

bool absences_look(Absences *absences, const Config *config, S3 *s3, bool *out_is_back, Error *error)
{
    Absence *absence = find_due(absences);
    *out_is_back = false;
    if (!absence)
        return true;
    const Dataset *dataset = &config->datasets[absence - absences->items];
    *out_is_back = location_visit(dataset, ask, s3, error);
    absence->is_absent = !*out_is_back;
    if (*out_is_back)
        log_event(LOG_INFO, "dataset.back", LOG_TEXT("dataset", dataset->name));
    else
        set_next_probe(absence, config);
    return *out_is_back || (error->service == SERVICE_S3 && error->kind != ERROR_INTERRUPTED);
}
