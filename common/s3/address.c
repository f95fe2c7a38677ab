/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
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

static bool is_address(Slice host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.length > 0 && host.data[0] == '[')
        return true;
    if (host.length >= sizeof text)
        return false;
    memcpy(text, host.data, host.length);
    text[host.length] = '\0';
    return inet_pton(AF_INET, text, &address) == 1;
}

/* The length of the host's name in host:port or [address]:port. */
static size_t host_name_length(Slice host)
{
    const char *bracket = host.length > 0 && host.data[0] == '[' ? memchr(host.data, ']', host.length) : NULL;
    const char *from = bracket ? bracket : host.data;
    const char *colon = memchr(from, ':', host.length - (size_t)(from - host.data));
    return colon ? (size_t)(colon - host.data) : host.length;
}

static bool is_host_text(Slice host)
{
    for (size_t i = 0; i < host.length; i++) {
        unsigned char c = (unsigned char)host.data[i];
        if (c <= ' ' || c >= 0x7F || strchr("@?#\\%\"<>", c))
            return false;
    }
    return true;
}

bool s3_endpoint_parse(S3Endpoint *endpoint, const char *url, bool wants_path_style, Error *error)
{
    Slice text = slice_from_text(url);
    bool is_tls = slice_starts_with(text, SLICE("https://"));
    if (!is_tls && !slice_starts_with(text, SLICE("http://")))
        return error_set(error, ERROR_FATAL, "the endpoint '%.200s' is not a URL: write http://host or https://host",
                         url);
    const char *start = strstr(url, "//") + 2;
    Slice host = {start, strcspn(start, "/?#")};
    Slice path = slice_from_text(start + host.length);
    while (path.length > 0 && path.data[path.length - 1] == '/')
        path.length--;
    size_t name_length = host_name_length(host);
    if (name_length == 0 || !is_host_text(host) || (path.length > 0 && path.data[0] != '/'))
        return error_set(error, ERROR_FATAL, "the endpoint '%.200s' is not of the form https://host:port/path", url);

    Slice name = {host.data, name_length};
    Slice port = {host.data + name_length, host.length - name_length};
    if (slice_equals(port, is_tls ? SLICE(":443") : SLICE(":80")) || slice_equals(port, SLICE(":")))
        host = name;
    *endpoint = (S3Endpoint){
        .host = memory_copy_slice(host),
        .path = memory_copy_slice(path),
        .is_tls = is_tls,
        .is_path_style = wants_path_style || is_address(name) || slice_equals(name, SLICE("localhost")),
    };
    return true;
}

void s3_endpoint_done(S3Endpoint *endpoint)
{
    free(endpoint->host);
    free(endpoint->path);
    *endpoint = (S3Endpoint){0};
}

/* Amazon's certificates cover one label in front of s3, and old buckets have capitals and '_', which no host may. */
static bool is_host_label(Slice bucket)
{
    for (size_t i = 0; i < bucket.length; i++) {
        char c = bucket.data[i];
        if (c == '.' || c == '_' || (c >= 'A' && c <= 'Z'))
            return false;
    }
    return true;
}

bool s3_endpoint_locate(const S3Endpoint *endpoint, Slice bucket, Slice key, Buffer *out_host, Buffer *out_path)
{
    if (endpoint->is_path_style || !is_host_label(bucket))
        return buffer_append_text(out_host, endpoint->host) && buffer_append_text(out_path, endpoint->path) &&
               buffer_append(out_path, SLICE("/")) && buffer_append(out_path, bucket) &&
               (key.length == 0 || (buffer_append(out_path, SLICE("/")) && buffer_append(out_path, key)));
    return buffer_append(out_host, bucket) && buffer_append(out_host, SLICE(".")) &&
           buffer_append_text(out_host, endpoint->host) && buffer_append_text(out_path, endpoint->path) &&
           buffer_append(out_path, SLICE("/")) && buffer_append(out_path, key);
}
