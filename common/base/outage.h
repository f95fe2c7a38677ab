/* SPDX-License-Identifier: Apache-2.0
 *
 * Which services a worker or a watch misses, and for how long the program could do nothing. A worker keeps each bucket
 * and each staging table by itself; a watch, which needs all of them, keeps services as a whole. A loss is logged once,
 * and so is the return, whichever threads notice. A worker's prober asks for buckets and tables (worker/prober.h);
 * whoever waits for another service asks for it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/retry.h"

typedef enum OutageState {
    OUTAGE_NONE,
    OUTAGE_LOST,   /* it does not answer, or somebody else has it */
    OUTAGE_TRIED,  /* lost, and may be back: the next task that asks finds out */
    OUTAGE_DENIED, /* it answers and refuses us. A person has to mend that. Each task still tries, and the prober asks
                      again */
} OutageState;

/* What an outage means to a task that needs the service. */
typedef enum OutageGate { OUTAGE_SHUT, OUTAGE_OPEN, OUTAGE_ON_TRIAL } OutageGate;

typedef struct Outage {
    OutageState state;
    Error why;       /* with service and name */
    bool is_refusal; /* the service refuses who we are, and the log has said so: a person has to mend that */
    bool owes_tasks; /* what waited for it may not be published yet, though it has answered */
    int64_t lost_at_ms;
    unsigned probes; /* since it was lost */
    unsigned trials; /* tasks that began on trial since the service was lost */
    int64_t probe_at_ms;
} Outage;

typedef struct Outages {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* for the prober, and for executors that wait */
    uint64_t changes;       /* so far */
    Backoff probe_backoff;  /* between two probes */
    Backoff trial_backoff;  /* between two trials: each costs an attempt and all that it downloads */
    Outage *items;          /* one for each bucket, table or service that was ever lost */
    size_t count, capacity;
    bool is_closed;
    int64_t stuck_since_ms; /* since when executors have waited and none has made progress; 0: none waits */
} Outages;

void outage_init(Outages *outages, Backoff probe_backoff, Backoff trial_backoff);
void outage_done(Outages *outages);

/* The service, bucket or table that error names is lost until outage_note_back; error says why. If it turns out to be
 * DENIED, the log says so again, since a person has to know. */
void outage_note_lost(Outages *outages, const Error *error);

/* What error names refuses us. */
void outage_note_denied(Outages *outages, const Error *error);

/* It has answered, or let a task through; true if what waited for it is to be published. */
bool outage_note_back(Outages *outages, ErrorService service, const char *name);

/* What waited for it could not be published: the prober asks again, and publishes it then. */
void outage_note_owing(Outages *outages, ErrorService service, const char *name);

/* It may be back: the next one that asks finds out. */
void outage_note_maybe(Outages *outages, ErrorService service, const char *name);

/* How it stands; OUTAGE_NONE if it was never lost, or is back. */
OutageState outage_state(Outages *outages, ErrorService service, const char *name);

/* For how long it has been lost; 0 if it is not. */
int64_t outage_lost_ms(Outages *outages, ErrorService service, const char *name);

/* Whether a task that needs the service may begin. SHUT: the service is lost, and *error says why. ON_TRIAL: this task
 * finds out whether it is back. Each failed trial makes the wait for the next probe, and so for the next trial,
 * longer. */
OutageGate outage_may_begin(Outages *outages, ErrorService service, const char *name, Error *error) MUST_USE;

/* What the worker cannot work for: a service as a whole, or, if executors wait and none gets on, a bucket or table. */
bool outage_find_missed(Outages *outages, Error *out_why);

/* The prober's: waits until a bucket or table that is lost, denied or owes tasks is to be asked for, and copies it;
 * false once closed. */
bool outage_wait_for_probe(Outages *outages, Outage *out_outage);

/* How often anything was lost, denied, back or may be back so far. */
uint64_t outage_changes(Outages *outages);

/* An executor's: waits until there were more changes than *seen, and sets it; until clock_now_ms() is end_ms; or for a
 * second, so that the executor beats and says that it is stuck. False once closed. */
bool outage_wait_for_change(Outages *outages, uint64_t *seen, int64_t end_ms) MUST_USE;

/* From now on nobody waits. */
void outage_close(Outages *outages);

/* An executor waits for a service. */
void outage_note_stuck(Outages *outages);

/* An executor got on with its work. */
void outage_note_work(Outages *outages);

/* For how long executors have waited; 0 if none does, or one got on. */
int64_t outage_stuck_ms(Outages *outages);
