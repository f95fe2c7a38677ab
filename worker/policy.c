/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/policy.h"

#include <assert.h>

#include "base/limits.h"

bool policy_may_split(const Task *task)
{
    return task->version_count > 1 && !task->is_whole;
}

static bool is_deadly(const Task *task, int64_t crashes_max)
{
    return task->crashes >= crashes_max || (policy_may_split(task) && task->crashes >= LIMIT_CRASHES_TOGETHER);
}

PolicyLimit policy_limit(const Task *task, int64_t attempts_max, int64_t crashes_max)
{
    if (is_deadly(task, crashes_max))
        return POLICY_CRASHES_USED_UP;
    return task->attempts < attempts_max ? POLICY_WITHIN_LIMITS : POLICY_ATTEMPTS_USED_UP;
}

PolicyObject policy_of_object(ErrorKind kind, int64_t releases, bool skips)
{
    assert(kind == ERROR_STALE || kind == ERROR_REJECT);
    if (kind == ERROR_STALE && releases < LIMIT_RELEASES)
        return POLICY_OBJECT_RELEASED;
    return skips ? POLICY_OBJECT_SKIPPED : POLICY_OBJECT_FAILED;
}

const char *policy_object_state(PolicyObject object)
{
    switch (object) {
    case POLICY_OBJECT_RELEASED:
        return "released";
    case POLICY_OBJECT_SKIPPED:
        return "skipped";
    case POLICY_OBJECT_FAILED:
        break;
    }
    return "failed";
}

/* A Kafka that answers, and yet takes no dead letter, is no outage: only the task that fails needs Kafka, so the task
 * tries later and others get its place. */
static PolicyAction after_outage(const PolicyFailure *failure)
{
    if (failure->is_named)
        return failure->is_claimed && failure->can_load_others ? POLICY_GIVE_BACK : POLICY_WAIT_FOR_ANY;
    if (failure->service == SERVICE_S3)
        return POLICY_WAIT_FOR_RIGHTS;
    if (failure->service == SERVICE_KAFKA && failure->is_answering)
        return POLICY_TRY_LATER;
    return POLICY_WAIT_FOR_SERVICE;
}

PolicyAction policy_after_failure(const PolicyFailure *failure)
{
    switch (failure->kind) {
    case ERROR_REFUSED: /* if the ledger cannot be told, the next try tells it */
        return failure->is_claimed ? POLICY_REFUSE : POLICY_TRY_LATER;
    case ERROR_RETRY:
    case ERROR_STALE:
    case ERROR_REJECT: /* by the warehouse, which does not say whose row it was: counted, and split when used up */
        return POLICY_TRY_LATER;
    case ERROR_OUTAGE:
        return after_outage(failure);
    case ERROR_INTERRUPTED:
        return POLICY_STOP;
    case ERROR_FATAL:
        return POLICY_END_WORKER;
    case ERROR_DENIED: /* failure_judge has made it an outage */
        break;
    }
    assert(false);
    return POLICY_STOP;
}
