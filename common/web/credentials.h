/* SPDX-License-Identifier: Apache-2.0
 *
 * Who signs, found as the AWS tools find it: configuration (whose part AWS_ACCESS_KEY_ID, AWS_PROFILE and their kind
 * are), shared files, web identity, container, EC2. Keys of the configuration come before a profile. The first source
 * that has something counts, and what is wrong with it is an error: no source is passed over because it is broken.
 * Credentials have no printer, and are wiped when they are done. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"
#include "config/config.h"

typedef struct Credentials {
    char *access_key;
    char *secret;
    char *session_token; /* NULL: none */
    int64_t expires_s;   /* since 1970; 0: never */
} Credentials;

#define AUTO_CREDENTIALS AUTO(Credentials, credentials_done)

void credentials_done(Credentials *credentials);

/* Replaces what out_credentials has. */
bool credentials_find(const Config *config, Credentials *out_credentials, Error *error) MUST_USE;

/* Whether they end within 5 minutes, and so have to be found anew. */
bool credentials_are_stale(const Credentials *credentials, int64_t now_s);

/* Of configuration or profile; NULL where neither says. To be freed. */
char *credentials_find_named_region(const Config *config);

/* Region and endpoint: configuration, profile, default; to be freed. */
char *credentials_find_region(const Config *config);
char *credentials_find_endpoint_url(const Config *config, const char *region);

/* The file of the certificate authorities that are trusted, of AWS_CA_BUNDLE or the profile's ca_bundle; NULL: the
 * system's. To be freed. */
char *credentials_find_authorities(const Config *config);

/* The endpoint of another service: what its variable AWS_ENDPOINT_URL_… says, or AWS_ENDPOINT_URL, or the profile; NULL
 * where none does. To be freed. */
char *credentials_find_service_url(const Config *config, const char *variable);

/* Frees a text that may be NULL after overwriting it. */
void credentials_wipe_text(char *text);
