/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/address.h"

#include <string.h>

#include "s3/s3.h"

/* 3 to 63 today; buckets of 255 exist from before 2018. */
#define BUCKET_BYTES_MAX 255

static bool is_bucket_name(Slice bucket)
{
    if (bucket.length == 0 || bucket.length > BUCKET_BYTES_MAX)
        return false;
    for (size_t i = 0; i < bucket.length; i++) {
        char c = bucket.data[i];
        bool is_fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                       c == '-' || c == '_';
        if (!is_fine)
            return false;
    }
    return bucket.data[0] != '.' && bucket.data[bucket.length - 1] != '.';
}

bool s3_url_parse(const char *url, Slice *out_bucket, Slice *out_key, Error *error)
{
    Slice text = slice_from_text(url);
    Slice scheme = SLICE("s3://");
    if (!slice_starts_with(text, scheme))
        return error_set(error, ERROR_FATAL, "'%.200s' is not an S3 address: write s3://bucket/key", url);
    const char *bucket = url + scheme.length;
    size_t bucket_length = strcspn(bucket, "/");
    if (!is_bucket_name((Slice){bucket, bucket_length}))
        return error_set(error, ERROR_FATAL,
                         "'%.200s' does not name a bucket: letters, digits, '.', '-' and '_' may stand after s3://",
                         url);
    const char *key = bucket[bucket_length] == '/' ? bucket + bucket_length + 1 : bucket + bucket_length;
    *out_bucket = (Slice){bucket, bucket_length};
    *out_key = slice_from_text(key);
    return true;
}

/* Amazon's certificates cover one label in front of s3, so it has no '.'. Old buckets have capitals and '_', which no
 * host name may have. */
static bool is_host_label(Slice bucket)
{
    for (size_t i = 0; i < bucket.length; i++) {
        char c = bucket.data[i];
        if (c == '.' || c == '_' || (c >= 'A' && c <= 'Z'))
            return false;
    }
    return true;
}

bool s3_address_locate(const Endpoint *endpoint, Slice bucket, Slice key, Buffer *out_host, Buffer *out_path)
{
    if (endpoint->is_path_style || !is_host_label(bucket))
        return buffer_append_text(out_host, endpoint->host) && buffer_append_text(out_path, endpoint->path) &&
               buffer_append(out_path, SLICE("/")) && buffer_append(out_path, bucket) &&
               (key.length == 0 || (buffer_append(out_path, SLICE("/")) && buffer_append(out_path, key)));
    return buffer_append(out_host, bucket) && buffer_append(out_host, SLICE(".")) &&
           buffer_append_text(out_host, endpoint->host) && buffer_append_text(out_path, endpoint->path) &&
           buffer_append(out_path, SLICE("/")) && buffer_append(out_path, key);
}
