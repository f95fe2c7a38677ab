/* SPDX-License-Identifier: Apache-2.0
 *
 * After a failure: whether the service that failed is there, and the wait that follows. policy.h says what is to be
 * done. */
#pragma once

#include "base/error.h"
#include "s3/s3.h"
#include "worker/fleet.h"
#include "worker/policy.h"

/* Finds out what the failure is. A RETRY becomes an OUTAGE if a probe of the service, or of the bucket, fails too. A
 * refusal of a bucket becomes REFUSED if another bucket can be loaded from, and else DENIED and so an OUTAGE. */
void failure_judge(Fleet *fleet, S3 *s3, Error *error);

/* What a failure that was judged calls for while the task is still claimed, in a session that works: REFUSE, GIVE_BACK,
 * or what failure_answer does once nothing is held any more. */
PolicyAction failure_decide_claimed(Fleet *fleet, const Error *error);

typedef enum NextTry {
    TRY_NOW,
    TRY_LATER, /* once it is due: others may have the place until then */
    TRY_NEVER, /* this worker gives it back without a word: its message comes again */
    TRY_ENDED, /* nothing is left to do: its message is acknowledged */
} NextTry;

/* After a failure that was judged, with nothing held: when the work is tried again. Waits an outage out if nothing else
 * can be loaded meanwhile. Sets in work when it is due and how often it has waited. */
NextTry failure_answer(Fleet *fleet, S3 *s3, const Error *error, Work *work);
