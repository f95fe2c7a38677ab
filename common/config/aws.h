/* SPDX-License-Identifier: Apache-2.0
 *
 * [AWS]: who we are at S3 and at the AWS APIs, and where they are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/patience.h"

typedef struct AwsConfig {
    char *key; /* empty: the AWS tools' chain of credentials */
    char *secret;
    char *session_token;
    char *region;
    char *profile;
    char *endpoint_url; /* empty: Amazon's */
    bool path_style;    /* https://host/bucket/key in place of https://bucket.host/key; by default so if the endpoint is
                           not Amazon's */
    int64_t unpack_ratio_max; /* [FLEET] UNPACK_RATIO_MAX */
    int64_t list_connections; /* [FLEET] LIST_CONNECTIONS */
    Patience patience;
    struct SecretStore *secrets; /* the secrets as they are now (config/secrets.h); NULL: they are never read again */
} AwsConfig;
