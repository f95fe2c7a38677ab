/* SPDX-License-Identifier: Apache-2.0
 *
 * list → plan: the datasets' objects, or those that events named, compared with the ledger. A pass may cover any part
 * of the bucket, since it compares only ranges of keys that it has listed whole. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "ledger/plan.h"
#include "line/absence.h"
#include "line/emptiness.h"
#include "line/events.h"
#include "s3/s3.h"

typedef enum PassReach {
    PASS_FULL,    /* everything */
    PASS_HORIZON, /* what is after each dataset's START_AFTER, as of HORIZON_DAYS ago, and what events named */
    PASS_EVENTS,  /* the objects that events named, each key listed as a prefix */
} PassReach;

typedef enum PassStep { PASS_LISTING, PASS_PLANNING } PassStep;

/* Called for each dataset and object as they are listed, and when the listing is whole. */
typedef void PassStepFunction(void *context, PassStep step, int64_t listed);

/* Called for each dataset that is left out, with the reason. */
typedef void PassLeaveFunction(void *context, const Dataset *dataset, const Error *reason);

typedef struct Pass {
    const Config *config;
    S3 *s3;
    PassReach reach;
    bool is_plain;                /* one page after the other */
    bool keeps_all;               /* what is as the ledger expects it comes into the plan's table, too */
    const Events *events;         /* may be NULL if the reach is PASS_FULL */
    const Absences *absences;     /* datasets that the pass does not look at; NULL: it looks at all */
    PassLeaveFunction *leave_out; /* called for a dataset that cannot be listed, if others can; else the pass fails */
    Emptiness *emptiness;         /* gets the locations in which a full pass found nothing; NULL: nobody asks */
    PassStepFunction *on_step;    /* NULL: nobody asks */
    void *context;                /* of both functions */
} Pass;

/* Datasets that were left out. */
typedef struct PassGaps {
    size_t passing; /* may be listed by themselves later */
    size_t lasting; /* a person has to mend something */
} PassGaps;

static inline size_t pass_left_out(PassGaps gaps)
{
    return gaps.passing + gaps.lasting;
}

/* list: brings what the pass finds into the plan's table, and plans nothing yet. connection is the plan's. */
bool pass_list(const Pass *pass, Connection *connection, Plan *plan, PassGaps *out_gaps, Error *error) MUST_USE;

/* list → plan. */
bool pass_run(const Pass *pass, Connection *connection, PlanSummary *out_summary, PassGaps *out_gaps,
              Error *error) MUST_USE;
