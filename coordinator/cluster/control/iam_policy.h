/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy documents for the role that Redshift reads buckets with: who may assume it, and what it may read. Pure.
 * https://docs.aws.amazon.com/redshift/latest/mgmt/copy-unload-iam-role.html */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "config/config.h"

/* What an inline policy of a role may have, white space not counted. */
#define IAM_POLICY_BYTES_MAX 10240

/* Appends the trust policy: for Redshift, and for Redshift Serverless too if is_serverless. */
bool iam_policy_append_trust(Buffer *out, bool is_serverless) MUST_USE;

/* Appends the policy that allows to read objects below what the configuration names (the datasets' locations, jsonpaths
 * on S3, the manifests) and to list these buckets, and nothing else. False if it names none, or too many. */
bool iam_policy_append_reading(Buffer *out, const Config *config, const char *partition, Error *error) MUST_USE;
