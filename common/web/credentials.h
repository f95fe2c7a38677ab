/* SPDX-License-Identifier: Apache-2.0
 *
 * The identity that signs requests, found as the AWS tools find it: configuration (AWS_ACCESS_KEY_ID, AWS_PROFILE and
 * the like are part of it), shared files, web identity, container, EC2. Keys of the configuration come before a
 * profile. The first source that has something counts. If that source is broken, that is an error: it is not passed
 * over. Credentials have no printer, and are wiped when they are done. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/aws.h"

typedef struct Credentials {
    char *access_key;
    char *secret;
    char *session_token; /* NULL: none */
    int64_t expires_s;   /* since 1970; 0: never */
} Credentials;

#define AUTO_CREDENTIALS AUTO(Credentials, credentials_done)

void credentials_done(Credentials *credentials);

/* Replaces what out_credentials has. If a source is missing or broken, DENIED: a person may write its file again. */
bool credentials_find(const AwsConfig *config, Credentials *out_credentials, Error *error) MUST_USE;

/* Whether they end within 5 minutes, and so have to be found again. */
bool credentials_are_stale(const Credentials *credentials, int64_t now_s);

/* The region that configuration or profile names; NULL if neither does. To be freed. */
char *credentials_find_named_region(const AwsConfig *config);

/* Region and endpoint: from the configuration, else from the profile, else the default. To be freed. */
char *credentials_find_region(const AwsConfig *config);
char *credentials_find_endpoint_url(const AwsConfig *config, const char *region);

/* The file of the certificate authorities that are trusted, which AWS_CA_BUNDLE or the profile's ca_bundle names; NULL:
 * the system's. To be freed. */
char *credentials_find_authorities(const AwsConfig *config);

/* The endpoint of another service, from its variable AWS_ENDPOINT_URL_…, from AWS_ENDPOINT_URL or from the profile;
 * NULL if none of them names one. To be freed. */
char *credentials_find_service_url(const AwsConfig *config, const char *variable);
