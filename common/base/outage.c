/* SPDX-License-Identifier: Apache-2.0
 *
 * An outage's life: NONE → LOST, by the thread that notices → asked for by the prober, or by whoever waits, at growing
 * intervals → NONE again. A table goes by TRIED: a probe finds that it may be back, and one task is let begin to find
 * out. Then the outage is LOST again until that task has loaded. A bucket that answers and refuses us is DENIED: tasks
 * that need it fail by themselves, and nothing waits. */
#include "base/outage.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/thread.h"

/* An executor that waits beats so often, and says that it is stuck. */
#define BEAT_MS 1000

void outage_init(Outages *outages, Backoff probe_backoff, Backoff trial_backoff)
{
    *outages = (Outages){.probe_backoff = probe_backoff, .trial_backoff = trial_backoff};
    pthread_mutex_init(&outages->lock, NULL);
    thread_init_condition(&outages->changed);
}

void outage_done(Outages *outages)
{
    free(outages->items);
    pthread_cond_destroy(&outages->changed);
    pthread_mutex_destroy(&outages->lock);
}

static Outage *find(Outages *outages, ErrorService service, const char *name)
{
    for (size_t i = 0; i < outages->count; i++)
        if (outages->items[i].why.service == service && strcmp(outages->items[i].why.name, name) == 0)
            return &outages->items[i];
    return NULL;
}

static Outage *find_or_add(Outages *outages, const Error *error)
{
    Outage *found = find(outages, error->service, error->name);
    if (found)
        return found;
    outages->items = memory_grow(outages->items, outages->count, &outages->capacity, sizeof *outages->items);
    Outage *added = &outages->items[outages->count++];
    *added = (Outage){.why = *error};
    return added;
}

/* Under the lock. */
static void note_change(Outages *outages)
{
    outages->changes++;
    pthread_cond_broadcast(&outages->changed);
}

static bool is_lost(const Outage *outage)
{
    return outage && (outage->state == OUTAGE_LOST || outage->state == OUTAGE_TRIED);
}

static void set_next_probe(Outages *outages, Outage *outage)
{
    outage->probe_at_ms = clock_now_ms() + retry_next_ms(outages->probe_backoff, outage->probes++);
}

/* A trial begins, or has failed. */
static void put_off_trial(Outages *outages, Outage *outage)
{
    outage->probe_at_ms = clock_now_ms() + retry_next_ms(outages->trial_backoff, outage->trials);
}

/* The line is written under the lock, so that lost and back of different threads stand in the order in which they
 * count. */
void outage_note_lost(Outages *outages, const Error *error)
{
    pthread_mutex_lock(&outages->lock);
    Outage *outage = find_or_add(outages, error);
    outage->why = *error;
    bool is_new = !is_lost(outage), is_refusal = error->kind == ERROR_DENIED;
    if (is_new || (is_refusal && !outage->is_refusal))
        log_event(LOG_WARNING, "service.lost", LOG_TEXT("service", error_service_name(error->service)),
                  LOG_TEXT_IF("name", error->name), LOG_TEXT("reason", error->message));
    outage->is_refusal = is_refusal || (outage->is_refusal && !is_new);
    if (is_new) {
        outage->lost_at_ms = clock_now_ms();
        outage->probes = outage->trials = 0;
        set_next_probe(outages, outage);
    } else if (outage->trials > 0) {
        put_off_trial(outages, outage);
    }
    outage->state = OUTAGE_LOST;
    note_change(outages);
    pthread_mutex_unlock(&outages->lock);
}

static void say_back(const Outage *outage)
{
    log_event(LOG_INFO, "service.back", LOG_TEXT("service", error_service_name(outage->why.service)),
              LOG_TEXT_IF("name", outage->why.name));
}

void outage_note_denied(Outages *outages, const Error *error)
{
    pthread_mutex_lock(&outages->lock);
    Outage *outage = find_or_add(outages, error);
    if (is_lost(outage)) {
        say_back(outage);
        outage->owes_tasks = true;
    }
    if (outage->state != OUTAGE_DENIED) {
        outage->probes = 0;
        set_next_probe(outages, outage);
    }
    outage->state = OUTAGE_DENIED;
    outage->why = *error;
    note_change(outages);
    pthread_mutex_unlock(&outages->lock);
}

bool outage_note_back(Outages *outages, ErrorService service, const char *name)
{
    pthread_mutex_lock(&outages->lock);
    Outage *outage = find(outages, service, name);
    bool owes_tasks = is_lost(outage) || (outage && outage->owes_tasks);
    if (is_lost(outage))
        say_back(outage);
    if (outage) {
        outage->state = OUTAGE_NONE;
        outage->owes_tasks = false;
        note_change(outages);
    }
    pthread_mutex_unlock(&outages->lock);
    return owes_tasks;
}

void outage_note_owing(Outages *outages, ErrorService service, const char *name)
{
    pthread_mutex_lock(&outages->lock);
    Outage *outage = find(outages, service, name);
    if (outage) {
        outage->owes_tasks = true;
        set_next_probe(outages, outage);
    }
    note_change(outages);
    pthread_mutex_unlock(&outages->lock);
}

void outage_note_maybe(Outages *outages, ErrorService service, const char *name)
{
    pthread_mutex_lock(&outages->lock);
    Outage *outage = find(outages, service, name);
    if (outage && outage->state == OUTAGE_LOST) {
        outage->state = OUTAGE_TRIED;
        note_change(outages);
    }
    pthread_mutex_unlock(&outages->lock);
}

OutageState outage_state(Outages *outages, ErrorService service, const char *name)
{
    pthread_mutex_lock(&outages->lock);
    const Outage *outage = find(outages, service, name);
    OutageState state = outage ? outage->state : OUTAGE_NONE;
    pthread_mutex_unlock(&outages->lock);
    return state;
}

int64_t outage_lost_ms(Outages *outages, ErrorService service, const char *name)
{
    pthread_mutex_lock(&outages->lock);
    const Outage *outage = find(outages, service, name);
    int64_t lost_ms = is_lost(outage) ? clock_now_ms() - outage->lost_at_ms : 0;
    pthread_mutex_unlock(&outages->lock);
    return lost_ms;
}

bool outage_find_missed(Outages *outages, Error *out_why)
{
    bool is_found = false;
    pthread_mutex_lock(&outages->lock);
    for (size_t i = 0; i < outages->count && !is_found; i++) {
        const Outage *outage = &outages->items[i];
        is_found = is_lost(outage) && (!*outage->why.name || outages->stuck_since_ms > 0);
        if (is_found)
            *out_why = outage->why;
    }
    pthread_mutex_unlock(&outages->lock);
    return is_found;
}

OutageGate outage_may_begin(Outages *outages, ErrorService service, const char *name, Error *error)
{
    OutageGate gate = OUTAGE_OPEN;
    pthread_mutex_lock(&outages->lock);
    Outage *outage = find(outages, service, name);
    if (outage && outage->state == OUTAGE_LOST) {
        *error = outage->why;
        gate = OUTAGE_SHUT;
    } else if (outage && outage->state == OUTAGE_TRIED) {
        outage->state = OUTAGE_LOST; /* until the task has told */
        outage->trials++;
        put_off_trial(outages, outage);
        gate = OUTAGE_ON_TRIAL;
    }
    pthread_mutex_unlock(&outages->lock);
    return gate;
}

/* The bucket or table that is to be asked for first. */
static Outage *find_next_probe(Outages *outages)
{
    Outage *next = NULL;
    for (size_t i = 0; i < outages->count; i++) {
        Outage *outage = &outages->items[i];
        bool is_missed = is_lost(outage) || outage->state == OUTAGE_DENIED || outage->owes_tasks;
        if (is_missed && *outage->why.name && (!next || outage->probe_at_ms < next->probe_at_ms))
            next = outage;
    }
    return next;
}

bool outage_wait_for_probe(Outages *outages, Outage *out_outage)
{
    bool is_found = false;
    pthread_mutex_lock(&outages->lock);
    while (!is_found && !outages->is_closed) {
        Outage *next = find_next_probe(outages);
        is_found = next && next->probe_at_ms <= clock_now_ms();
        if (!next)
            pthread_cond_wait(&outages->changed, &outages->lock);
        else if (!is_found)
            thread_wait_until_ms(&outages->changed, &outages->lock, next->probe_at_ms);
        else {
            set_next_probe(outages, next);
            *out_outage = *next;
        }
    }
    pthread_mutex_unlock(&outages->lock);
    return is_found;
}

uint64_t outage_changes(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    uint64_t changes = outages->changes;
    pthread_mutex_unlock(&outages->lock);
    return changes;
}

bool outage_wait_for_change(Outages *outages, uint64_t *seen, int64_t end_ms)
{
    int64_t beat_ms = clock_now_ms() + BEAT_MS;
    if (beat_ms < end_ms)
        end_ms = beat_ms;
    pulse_beat();
    pthread_mutex_lock(&outages->lock);
    while (!outages->is_closed && outages->changes == *seen && clock_now_ms() < end_ms)
        thread_wait_until_ms(&outages->changed, &outages->lock, end_ms);
    *seen = outages->changes;
    bool is_open = !outages->is_closed;
    pthread_mutex_unlock(&outages->lock);
    return is_open;
}

void outage_close(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    outages->is_closed = true;
    pthread_cond_broadcast(&outages->changed);
    pthread_mutex_unlock(&outages->lock);
}

void outage_note_stuck(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    if (outages->stuck_since_ms == 0)
        outages->stuck_since_ms = clock_now_ms();
    pthread_mutex_unlock(&outages->lock);
}

void outage_note_work(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    outages->stuck_since_ms = 0;
    pthread_mutex_unlock(&outages->lock);
}

int64_t outage_stuck_ms(Outages *outages)
{
    pthread_mutex_lock(&outages->lock);
    int64_t stuck_ms = outages->stuck_since_ms > 0 ? clock_now_ms() - outages->stuck_since_ms : 0;
    pthread_mutex_unlock(&outages->lock);
    return stuck_ms;
}
