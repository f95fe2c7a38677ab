/* SPDX-License-Identifier: Apache-2.0
 *
 * What is decided about a task that cannot be loaded: the table "Failure policy" of ARCHITECTURE.md. Pure: kinds
 * and counts in, an action out. Settling is done in settle.c, waiting in failure.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "task/task.h"

/* Before an attempt: whether the task has used up what it may cost. */
typedef enum PolicyLimit {
    POLICY_WITHIN_LIMITS,
    POLICY_ATTEMPTS_USED_UP, /* ATTEMPTS_MAX attempts failed */
    POLICY_CRASHES_USED_UP,  /* too many workers died of it */
} PolicyLimit;

PolicyLimit policy_limit(const Task *task, int64_t attempts_max, int64_t crashes_max);

/* Whether smaller tasks can take the task's place. */
bool policy_may_split(const Task *task);

/* What becomes of an object that cannot be loaded as it is. */
typedef enum PolicyObject {
    POLICY_OBJECT_RELEASED, /* the next pass plans it as new */
    POLICY_OBJECT_SKIPPED,  /* its dataset does without it */
    POLICY_OBJECT_FAILED,   /* a person has to look at it */
} PolicyObject;

/* kind: STALE or REJECT. releases: how often the object was released before, with this ETag. skips: ON_FAILED_TASK of
 * its dataset is skip. */
PolicyObject policy_of_object(ErrorKind kind, int64_t releases, bool skips);

/* The state of a task that has this object alone, as the ledger has it. */
const char *policy_object_state(PolicyObject object);

/* What failed, as far as it matters. */
typedef struct PolicyFailure {
    ErrorKind kind;
    ErrorService service;
    bool is_named;        /* one bucket or table of the service */
    bool is_claimed;      /* we hold the claim, in a session that can tell the ledger */
    bool can_load_others; /* other datasets can be loaded, as far as is known */
    bool is_answering;    /* the service answers a probe all the same */
} PolicyFailure;

/* What a failure calls for. */
typedef enum PolicyAction {
    POLICY_REFUSE,           /* the ledger says why, and the task gives up its place; dispatch repeats it */
    POLICY_GIVE_BACK,        /* likewise; it is published once the bucket or table is back */
    POLICY_TRY_LATER,        /* the same again after a wait; others may have the place until then */
    POLICY_WAIT_FOR_ANY,     /* keeps its place until the bucket or table is back, or others can be loaded */
    POLICY_WAIT_FOR_RIGHTS,  /* keeps its place until S3 lets us read any bucket */
    POLICY_WAIT_FOR_SERVICE, /* keeps its place until the service answers a probe */
    POLICY_STOP,             /* we were told to stop: the message comes again, here or elsewhere */
    POLICY_END_WORKER,       /* nothing will work until a person mends it */
} PolicyAction;

/* The failure was judged (failure_judge), so it is not DENIED. */
PolicyAction policy_after_failure(const PolicyFailure *failure);
