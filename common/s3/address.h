/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a bucket is: the endpoint, and path style or virtual-host style. Pure. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

typedef struct S3Endpoint {
    char *host; /* with its port, where that is not the scheme's own */
    char *path; /* "" or "/prefix", without a slash at its end */
    bool is_tls;
    bool is_path_style; /* for every bucket */
} S3Endpoint;

#define AUTO_S3_ENDPOINT AUTO(S3Endpoint, s3_endpoint_done)

/* From http[s]://host[:port][/path]. Path style where that is wished, or the host is an IP address or localhost. */
bool s3_endpoint_parse(S3Endpoint *endpoint, const char *url, bool wants_path_style, Error *error) MUST_USE;
void s3_endpoint_done(S3Endpoint *endpoint);

/* Appends the host, and the path as it is before encoding; an empty key is the bucket itself. */
bool s3_endpoint_locate(const S3Endpoint *endpoint, Slice bucket, Slice key, Buffer *out_host,
                        Buffer *out_path) MUST_USE;
