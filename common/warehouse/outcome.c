/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/outcome.h"

#include <stdlib.h>

#include "base/memory.h"

void outcome_add(LoadOutcome *outcome, LoadFailure *failure)
{
    outcome->failures =
        memory_grow(outcome->failures, outcome->failure_count, &outcome->failure_capacity, sizeof *outcome->failures);
    outcome->failures[outcome->failure_count++] = *failure;
    *failure = (LoadFailure){0};
}

void outcome_done(LoadOutcome *outcome)
{
    for (size_t i = 0; i < outcome->failure_count; i++)
        rejects_done(&outcome->failures[i].rejects);
    free(outcome->failures);
    *outcome = (LoadOutcome){0};
}
