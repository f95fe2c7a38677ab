/* SPDX-License-Identifier: Apache-2.0 */
#include "line/absence.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "s3/location.h"

/* How long a probe may take; the watch does nothing else meanwhile. */
#define PROBE_MS 2000

void absence_begin(Absences *absences, size_t dataset_count)
{
    absence_done(absences);
    absences->items = memory_alloc_zeroed(dataset_count + 1, sizeof *absences->items);
    absences->count = dataset_count;
}

void absence_done(Absences *absences)
{
    free(absences->items);
    *absences = (Absences){0};
}

bool absence_has(const Absences *absences, size_t dataset)
{
    return dataset < absences->count && absences->items[dataset].is_absent;
}

/* A silent bucket uses up the whole probe time, so the pause is at least as long. */
static void put_off(Absence *absence)
{
    (void)retry_put_off(&absence->retry);
    absence->retry.due_ms += PROBE_MS;
}

void absence_add(Absences *absences, const Config *config, size_t dataset)
{
    Absence *absence = &absences->items[dataset];
    *absence = (Absence){.is_absent = true, .retry = {.backoff = config->fleet.outage_backoff}};
    put_off(absence);
}

static Absence *find_due(const Absences *absences)
{
    Absence *due = NULL;
    for (Absence *absence = absences->items; absence < absences->items + absences->count; absence++)
        if (absence->is_absent && (!due || absence->retry.due_ms < due->retry.due_ms))
            due = absence;
    return due && retry_is_due(&due->retry) ? due : NULL;
}

static bool ask(void *context, const char *bucket, const char *prefix, Error *error)
{
    return s3_probe_listing(context, bucket, prefix, PROBE_MS, error);
}

bool absence_look(Absences *absences, const Config *config, S3 *s3, bool *out_is_back, Error *error)
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
        put_off(absence);
    return *out_is_back || (error->service == SERVICE_S3 && error->kind != ERROR_INTERRUPTED);
}
