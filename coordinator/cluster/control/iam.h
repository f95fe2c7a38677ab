/* SPDX-License-Identifier: Apache-2.0
 *
 * The IAM role that Redshift reads buckets with. If an answer may have been lost, the role is looked for again. It is
 * no failure if a thing is there already, or is gone already. https://docs.aws.amazon.com/IAM/latest/APIReference/ */
#pragma once

#include <stdbool.h>

#include "control/api.h"

typedef struct IamRole {
    bool is_there;
    char arn[256];
    char owner[128]; /* CLUSTER_TAG's value; "": not made by copyfleet */
} IamRole;

bool iam_find_role(Api *api, const char *name, IamRole *out_role, Error *error) MUST_USE;

/* Those that trust_policy names may assume it. It is tagged with owner. True also if it is there already. */
bool iam_create_role(Api *api, const char *name, const char *trust_policy, const char *owner, Error *error) MUST_USE;
bool iam_set_trust(Api *api, const char *name, const char *trust_policy, Error *error) MUST_USE;

/* What it may read: read_policy, or Amazon's AmazonS3ReadOnlyAccess if that is NULL. The other one is taken away. */
bool iam_set_reading(Api *api, const char *name, const char *read_policy, Error *error) MUST_USE;

/* With all its policies. */
bool iam_delete_role(Api *api, const char *name, Error *error) MUST_USE;

/* The number of the account that the credentials belong to (STS). */
bool iam_find_account(Api *api, char out_account[16], Error *error) MUST_USE;
