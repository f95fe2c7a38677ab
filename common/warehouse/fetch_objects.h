/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ledger/claim.h"
#include "s3/fetch.h"

/* A task's versions as S3 is asked for them; borrowed from the task, to be freed by the caller. */
FetchObject *fetch_objects_of(const Task *task);
