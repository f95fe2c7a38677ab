/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a service is: the parts of an endpoint's URL. Pure. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"

typedef struct Endpoint {
    char *host; /* with its port, if that is not the scheme's default */
    char *path; /* "" or "/prefix", without a slash at its end */
    bool is_tls;
    bool is_path_style; /* S3's buckets are named in the path, not in the host */
} Endpoint;

#define AUTO_ENDPOINT AUTO(Endpoint, endpoint_done)

/* Parses http[s]://host[:port][/path]. The style is path style if the caller wants it, or if the host is an IP address
 * or localhost. FATAL if url is no such URL. */
bool endpoint_parse(Endpoint *endpoint, const char *url, bool wants_path_style, Error *error) MUST_USE;
void endpoint_done(Endpoint *endpoint);
