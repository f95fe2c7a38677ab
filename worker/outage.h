/* SPDX-License-Identifier: Apache-2.0
 *
 * Which services a worker misses, each bucket and each staging table by itself, and for how long the worker could do
 * nothing. A loss is logged once, and so is the return, whichever threads notice. The prober asks for buckets and
 * tables (worker/prober.h); whoever waits for another service asks for it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/backoff.h"

typedef enum OutageState {
    OUTAGE_NONE,
    OUTAGE_LOST,   /* it does not answer, or somebody else has it */
    OUTAGE_TRIED,  /* lost, and may be back: the next task that asks finds out */
    OUTAGE_DENIED, /* it answers, and refuses us: a person's to mend; each task asks anew, and so does the prober */
} OutageState;

typedef struct Outage {
    OutageState state;
    Error why;       /* with service and name */
    bool owes_tasks; /* what waited for it may not be published yet, though it has answered */
    unsigned probes; /* since it was lost */
    unsigned trials; /* since then: tasks that began, since a probe said that it may be back */
    int64_t probe_at_ms;
} Outage;

typedef struct Outages {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* for the prober */
    Backoff probe_backoff;  /* between two probes */
    Backoff trial_backoff;  /* between two trials: each costs an attempt and all that it downloads */
    Outage *items;          /* one for each bucket, table or service that was ever lost */
    size_t count, capacity;
    bool is_closed;
    int64_t stuck_since_ms; /* an executor waits since then, and none has got on meanwhile; 0: none waits */
} Outages;

void outage_init(Outages *outages, Backoff probe_backoff, Backoff trial_backoff);
void outage_done(Outages *outages);

/* What error names is lost, as it says; it stays so until outage_note_back. */
void outage_note_lost(Outages *outages, const Error *error);

/* What error names refuses us. */
void outage_note_denied(Outages *outages, const Error *error);

/* It has answered, or let a task through; true if what waited for it is to be published. */
bool outage_note_back(Outages *outages, ErrorService service, const char *name);

/* What waited for it could not be published: the prober asks again, and publishes it then. */
void outage_note_owing(Outages *outages, ErrorService service, const char *name);

/* A table may be back: one task may try. */
void outage_note_maybe(Outages *outages, ErrorService service, const char *name);

/* How it stands; OUTAGE_NONE if it was never lost, or is back. */
OutageState outage_state(Outages *outages, ErrorService service, const char *name);

/* Whether a task that needs it may begin. False if it is lost, and *error says why. *out_is_trial becomes true if this
 * task is to find out whether it is back, and is left alone otherwise. If it finds out that it is not, the next probe,
 * and so the next trial, comes later each time. */
bool outage_may_begin(Outages *outages, ErrorService service, const char *name, bool *out_is_trial,
                      Error *error) MUST_USE;

/* What the worker cannot work for: a service as a whole, or, if executors wait and none gets on, a bucket or table. */
bool outage_find_missed(Outages *outages, Error *out_why);

/* The prober's: waits until a bucket or table that is lost, denied or owes tasks is to be asked for, and copies it;
 * false once closed. */
bool outage_wait_for_probe(Outages *outages, Outage *out_outage);
void outage_close(Outages *outages);

/* An executor waits for a service; an executor got on with its work. */
void outage_note_stuck(Outages *outages);
void outage_note_work(Outages *outages);

/* For how long executors have waited; 0 where none does, or one got on. */
int64_t outage_stuck_ms(Outages *outages);
