/* SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/slice.h"
#include "config/datasets.h"
#include "config/leak.h"
#include "config/locations.h"
#include "config/table.h"

#define QUOTED_LENGTH_MAX 80

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Kafka's limit for the name of a topic. */
#define TOPIC_LENGTH_MAX 249

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
#define BUCKET_LENGTH_MIN 3
#define BUCKET_LENGTH_MAX 255 /* 63 since 2018 */

#define BLANKS " \t"

bool config_check_refuse(const char *text, const char *what, char **out_reason)
{
    if (leak_is_likely(text))
        text = LEAK_MASK;
    size_t length = strlen(text);
    bool is_cut = length > QUOTED_LENGTH_MAX;
    if (is_cut)
        for (length = QUOTED_LENGTH_MAX; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
            length--;
    *out_reason = memory_format("'%.*s%s' %s", (int)length, text, is_cut ? "…" : "", what);
    return false;
}

bool config_check_text(const char *text, char **out_reason)
{
    for (const char *c = text; *c; c++) {
        if (((unsigned char)*c >= ' ' && *c != 0x7F) || *c == '\t')
            continue;
        *out_reason = memory_copy_text("holds a line break or another control character");
        return false;
    }
    return true;
}

static size_t measure_span(Slice text, const char *accepted)
{
    size_t length = 0;
    while (length < text.length && strchr(accepted, text.data[length]))
        length++;
    return length;
}

static bool is_port(Slice text)
{
    unsigned port = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!isdigit((unsigned char)text.data[i]) || i >= 5)
            return false;
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

/* Calls check on each part between separators; all must pass. */
static bool check_list(const char *text, char separator, bool (*check)(Slice part))
{
    for (const char *part = text;;) {
        const char *end = strchrnul(part, separator);
        Slice slice = {part, (size_t)(end - part)};
        while (slice.length > 0 && strchr(BLANKS, slice.data[0]))
            slice = (Slice){slice.data + 1, slice.length - 1};
        while (slice.length > 0 && strchr(BLANKS, slice.data[slice.length - 1]))
            slice.length--;
        if (!check(slice))
            return false;
        if (!*end)
            return true;
        part = end + 1;
    }
}

/* host, host:port, [address]:port; librdkafka takes a protocol in front. */
static bool is_server(Slice text)
{
    const char *protocol_end = memmem(text.data, text.length, "://", 3);
    if (protocol_end) {
        size_t skipped = (size_t)(protocol_end + 3 - text.data);
        text = (Slice){text.data + skipped, text.length - skipped};
    }
    size_t host_length = text.length;
    if (text.length > 0 && text.data[0] == '[') {
        const char *close = memchr(text.data, ']', text.length);
        if (!close)
            return false;
        host_length = (size_t)(close - text.data) + 1;
        if (host_length < text.length && text.data[host_length] != ':')
            return false;
    } else {
        const char *colon = memchr(text.data, ':', text.length);
        if (colon)
            host_length = (size_t)(colon - text.data);
        if (measure_span(text, LETTERS DIGITS ".-_") < host_length)
            return false;
    }
    if (host_length == text.length)
        return host_length > 0;
    return host_length > 0 && is_port((Slice){text.data + host_length + 1, text.length - host_length - 1});
}

static bool check_url(const char *text, char **out_reason)
{
    /* The reason does not quote the text, which has a password before its @. */
    if (strchr(text, '@')) {
        *out_reason = memory_copy_text("a URL with an @: user and password have keys of their own");
        return false;
    }
    const char *rest = strncasecmp(text, "http://", 7) == 0    ? text + 7
                       : strncasecmp(text, "https://", 8) == 0 ? text + 8
                                                               : NULL;
    if (!rest || !is_server((Slice){rest, strcspn(rest, "/")}) || strpbrk(rest, BLANKS "?#"))
        return config_check_refuse(text, "is no URL, as https://host or http://host:port", out_reason);
    return true;
}

static bool check_topic(const char *text, char **out_reason)
{
    size_t length = strspn(text, LETTERS DIGITS "._-");
    if (text[length] || length > TOPIC_LENGTH_MAX || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return config_check_refuse(text, "is no topic: at most 249 of a-z, A-Z, 0-9, '.', '_' and '-'", out_reason);
    return true;
}

static bool is_bucket(Slice bucket)
{
    if (bucket.length < BUCKET_LENGTH_MIN || bucket.length > BUCKET_LENGTH_MAX)
        return false;
    /* Buckets that were made before 2018 may have capitals and '_'. */
    return measure_span(bucket, LETTERS DIGITS ".-_") == bucket.length && bucket.data[0] != '.' &&
           bucket.data[bucket.length - 1] != '.' && !memmem(bucket.data, bucket.length, "..", 2);
}

static bool check_s3_url(Slice url, char **out_reason)
{
    AUTO_FREE char *text = memory_copy_slice(url);
    if (!slice_starts_with(url, SLICE("s3://")))
        return config_check_refuse(text, "is not of the form s3://bucket/prefix", out_reason);
    const char *bucket = text + strlen("s3://");
    if (!is_bucket((Slice){bucket, strcspn(bucket, "/")}))
        return config_check_refuse(
            text, "names no bucket: 3 to 63 of a-z, 0-9, '.' and '-' (old ones: up to 255, A-Z and '_', too)",
            out_reason);
    return true;
}

static bool check_locations(const char *text, char **out_reason)
{
    for (Slice url; config_locations_next(&text, &url);)
        if (!check_s3_url(url, out_reason))
            return false;
    return true;
}

static bool check_table(const char *text, char **out_reason)
{
    if (!config_table_is_valid(text))
        return config_check_refuse(
            text, "is no table: name or schema.name, of letters, digits, '_' and '$', or each quoted as in SQL",
            out_reason);
    return true;
}

static bool check_pattern(const char *text, char **out_reason)
{
    regex_t compiled;
    int status = regcomp(&compiled, text, REG_EXTENDED);
    if (status != 0) {
        char message[256];
        regerror(status, &compiled, message, sizeof message);
        AUTO_FREE char *what = memory_format("is no extended regular expression: %s", message);
        return config_check_refuse(text, what, out_reason);
    }
    size_t groups = compiled.re_nsub;
    regfree(&compiled);
    if (groups == 0)
        return config_check_refuse(text, "has no group: what stands in ( ) is the partition", out_reason);
    return true;
}

static bool check_json(const char *text, char **out_reason)
{
    if (config_datasets_find_json(text) != DATASET_JSON_PATHS)
        return true;
    if (strncmp(text, "s3://", 5) == 0) {
        const char *slash = strchr(text + 5, '/');
        if (slash && slash[1])
            return check_s3_url(slice_from_text(text), out_reason);
        return config_check_refuse(text, "names no jsonpaths file: s3://bucket/key", out_reason);
    }
    if (strstr(text, "://") || !strpbrk(text, "/."))
        return config_check_refuse(
            text, "is neither auto, auto ignorecase, s3://bucket/key nor a path with a '/' or '.'", out_reason);
    return true;
}

bool config_check_type(KeyType type, const char *text, char **out_reason)
{
    switch (type) {
    case KEY_URL:
        return check_url(text, out_reason);
    case KEY_PORTS:
        return check_list(text, ',', is_port) ? true : config_check_refuse(text, "is no port, 1 to 65535", out_reason);
    case KEY_SERVERS:
        return check_list(text, ',', is_server)
                   ? true
                   : config_check_refuse(text, "is no list of servers, host:port,host:port", out_reason);
    case KEY_TOPIC:
        return check_topic(text, out_reason);
    case KEY_LOCATIONS:
        return check_locations(text, out_reason);
    case KEY_TABLE:
        return check_table(text, out_reason);
    case KEY_PATTERN:
        return check_pattern(text, out_reason);
    case KEY_JSON:
        return check_json(text, out_reason);
    default:
        return true;
    }
}
