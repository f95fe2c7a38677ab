/* SPDX-License-Identifier: Apache-2.0
 *
 * The sources of credentials that are asked over HTTP. Each tells in *out_is_here whether this machine has it. A source
 * fails only if the machine has it and it does not answer as it should. */
#pragma once

#include <stdbool.h>

#include "base/slice.h"
#include "web/credentials.h"

/* AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, exchanged at STS: Kubernetes' service accounts. */
bool credentials_remote_find_web_identity(const char *region, const char *authorities, Credentials *out_credentials,
                                          bool *out_is_here, Error *error) MUST_USE;

/* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI: ECS, and EKS pod identity. */
bool credentials_remote_find_container(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here,
                                       Error *error) MUST_USE;

/* EC2's instance metadata, version 2. */
bool credentials_remote_find_instance(const AwsConfig *config, Credentials *out_credentials, bool *out_is_here,
                                      Error *error) MUST_USE;

/* The answer of the container and EC2 endpoints, a JSON object. Pure. */
bool credentials_remote_parse_json(Slice body, Credentials *out_credentials, Error *error) MUST_USE;
