/* SPDX-License-Identifier: Apache-2.0 */
#include "web/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

bool endpoint_parse(Endpoint *endpoint, const char *url, bool wants_path_style, Error *error)
{
    Slice text = slice_from_text(url);
    bool is_tls = slice_starts_with(text, SLICE("https://"));
    if (!is_tls && !slice_starts_with(text, SLICE("http://")))
        return error_set(error, ERROR_FATAL, "the endpoint '%.200s' is not a URL: write http://host or https://host",
                         url);
    const char *start = strstr(url, "//") + 2;
    Slice host = {start, strcspn(start, "/?#")};
    Slice path = slice_trim_end(slice_from_text(start + host.length), "/");
    size_t name_length = host_name_length(host);
    if (name_length == 0 || !is_host_text(host) || (path.length > 0 && path.data[0] != '/'))
        return error_set(error, ERROR_FATAL, "the endpoint '%.200s' is not of the form https://host:port/path", url);

    Slice name = {host.data, name_length};
    Slice port = {host.data + name_length, host.length - name_length};
    if (slice_equals(port, is_tls ? SLICE(":443") : SLICE(":80")) || slice_equals(port, SLICE(":")))
        host = name;
    *endpoint = (Endpoint){
        .host = memory_copy_slice(host),
        .path = memory_copy_slice(path),
        .is_tls = is_tls,
        .is_path_style = wants_path_style || is_address(name) || slice_equals(name, SLICE("localhost")),
    };
    return true;
}

void endpoint_done(Endpoint *endpoint)
{
    free(endpoint->host);
    free(endpoint->path);
    *endpoint = (Endpoint){0};
}
