/* SPDX-License-Identifier: Apache-2.0 */
#include "key_pages.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/url.h"

#define TEXT_SIZE 4096

typedef int Compare(const char *a, const char *b);

static const char **sorted;
static Compare *compare;
static const char *last_rewritten; /* of the keys that are the first by name and the last by time */

static int compare_bytes(const char *a, const char *b)
{
    return strcmp(a, b);
}

static int compare_backwards(const char *a, const char *b)
{
    return -strcmp(a, b);
}

/* The end of a text, then '/', then the rest. */
static int walk_rank(char c)
{
    return c == '/' ? 1 : c ? (unsigned char)c + 2 : 0;
}

static int compare_walk(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return walk_rank(*a) - walk_rank(*b);
}

/* In UTF-16 the characters of four bytes come before U+E000 to U+FFFF, which begin with ee or ef. */
static int utf16_rank(char c)
{
    int byte = (unsigned char)c;
    return byte >= 0xf0 ? byte - 3 : byte >= 0xee ? byte + 16 : byte;
}

static int compare_utf16(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return utf16_rank(*a) - utf16_rank(*b);
}

/* Letters first, so that keys which differ in their case alone still have an order. */
static int compare_caseless(const char *a, const char *b)
{
    int order = strcasecmp(a, b);
    return order ? order : strcmp(a, b);
}

static int compare_times(const char *a, const char *b)
{
    int late = (strcmp(a, last_rewritten) <= 0) - (strcmp(b, last_rewritten) <= 0);
    return late ? late : strcmp(a, b);
}

static int compare_entries(const void *a, const void *b)
{
    return compare(*(const char *const *)a, *(const char *const *)b);
}

static bool is_walk(KeyFault fault)
{
    return fault == KEY_FAULT_WALKS || fault == KEY_FAULT_WALKS_BY_BYTES || fault == KEY_FAULT_WALKS_NAMELESS;
}

void key_pages_sort(const KeyServer *server)
{
    KeyFault fault = server->fault;
    compare = is_walk(fault)                 ? compare_walk
              : fault == KEY_FAULT_BACKWARDS ? compare_backwards
              : fault == KEY_FAULT_UTF16     ? compare_utf16
              : fault == KEY_FAULT_CASELESS  ? compare_caseless
              : fault == KEY_FAULT_BY_TIME   ? compare_times
                                             : compare_bytes;
    last_rewritten = server->set->count > 0 ? server->set->keys[server->set->count / 200] : "";
    sorted = memory_alloc_zeroed(server->set->count + 1, sizeof *sorted);
    memcpy(sorted, server->set->keys, server->set->count * sizeof *sorted);
    if (compare != compare_bytes)
        qsort(sorted, server->set->count, sizeof *sorted, compare_entries);
}

typedef struct Query {
    char prefix[TEXT_SIZE];
    char start_after[TEXT_SIZE];
    char token[TEXT_SIZE];
    bool has_delimiter;
    bool is_part;
} Query;

static void read_parameter(Query *query, const char *name, const char *value)
{
    if (strcmp(name, "prefix") == 0)
        snprintf(query->prefix, TEXT_SIZE, "%s", value);
    else if (strcmp(name, "start-after") == 0)
        snprintf(query->start_after, TEXT_SIZE, "%s", value);
    else if (strcmp(name, "continuation-token") == 0)
        snprintf(query->token, TEXT_SIZE, "%s", value);
    else if (strcmp(name, "delimiter") == 0)
        query->has_delimiter = true;
}

static void read_query(const KeyServer *server, char *head, Query *query)
{
    *query = (Query){0};
    head[strcspn(head, "\r")] = '\0';
    char *start = strchr(head, '?'), *rest = NULL;
    if (!start)
        return;
    start[strcspn(start, " ")] = '\0';
    for (char *pair = strtok_r(start + 1, "&", &rest); pair; pair = strtok_r(NULL, "&", &rest)) {
        char *value = pair + strcspn(pair, "=");
        if (*value)
            *value++ = '\0';
        size_t length = strlen(value);
        if (!url_decode(value, &length))
            error_abort("a query is not encoded well");
        read_parameter(query, pair, value);
    }
    query->is_part = *query->start_after || query->token[0] == 'p' || query->has_delimiter ||
                     strcmp(query->prefix, server->prefix) != 0;
}

/* A token is 'p' if it is of a part, '1' if it comes from an empty page, and in hexadecimal the key after which it goes
 * on. */
static void read_token(const char *token, char out_key[TEXT_SIZE])
{
    size_t length = 0;
    for (const char *at = token + 2; at[0] && at[1]; at += 2) {
        const char pair[3] = {at[0], at[1], '\0'};
        out_key[length++] = (char)strtol(pair, NULL, 16);
    }
    out_key[length] = '\0';
}

static void append(Buffer *body, const char *text)
{
    if (!buffer_append_text(body, text))
        error_abort("a page is too long");
}

static bool is_unreserved(unsigned char c)
{
    return isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
}

static void append_encoded(Buffer *body, const char *text)
{
    char bytes[3 * TEXT_SIZE + 1];
    size_t length = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_unreserved(c))
            bytes[length++] = (char)c;
        else
            length += (size_t)snprintf(bytes + length, 4, "%%%02X", c);
    }
    bytes[length] = '\0';
    append(body, bytes);
}

static void append_key(Buffer *body, const char *key)
{
    append(body, "<Contents><Key>");
    append_encoded(body, key);
    append(body, "</Key><LastModified>2018-11-01T00:00:00.000Z</LastModified><ETag>&quot;"
                 "d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass>"
                 "</Contents>");
}

static void append_token(const KeyServer *server, const Query *query, const char *key, bool is_empty, Buffer *body)
{
    append(body, "<IsTruncated>true</IsTruncated>");
    if (server->fault == KEY_FAULT_NO_TOKEN && query->is_part)
        return;
    append(body, query->is_part ? "<NextContinuationToken>p" : "<NextContinuationToken>w");
    append(body, is_empty ? "1" : "0");
    for (const char *at = key; *at; at++) {
        char pair[3];
        snprintf(pair, sizeof pair, "%02x", (unsigned char)*at);
        append(body, pair);
    }
    append(body, "</NextContinuationToken>");
}

/* The first place whose key comes after `after`, in the server's order. */
static size_t find_place(const KeyServer *server, const char *after)
{
    size_t low = 0, high = server->set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(sorted[middle], after) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* What a server that looks for the key of start-after makes of one that is no key. */
static bool is_after_unknown(const KeyServer *server, const char *key, const char *after)
{
    if (server->fault == KEY_FAULT_BY_TIME)
        return true;
    if (server->fault == KEY_FAULT_KNOWN_MARKERS)
        return false;
    size_t place = find_place(server, after) + server->page_keys + 1;
    return place < server->set->count && compare(key, sorted[place]) > 0;
}

static bool is_wanted(const KeyServer *server, const Query *query, const char *key)
{
    const char *after = query->start_after;
    if (strncmp(key, query->prefix, strlen(query->prefix)) != 0)
        return false;
    if (!*after || server->fault == KEY_FAULT_NO_START_AFTER)
        return true;
    bool needs_key = server->fault == KEY_FAULT_BY_TIME || server->fault == KEY_FAULT_KNOWN_MARKERS ||
                     server->fault == KEY_FAULT_FAR_MARKERS;
    if (needs_key && key_set_find(server->set, after) < 0)
        return is_after_unknown(server, key, after);
    size_t length = strlen(after);
    if (server->fault == KEY_FAULT_SKIPS_FOLDER && strncmp(key, after, length) == 0 && key[length] == '/')
        return false;
    if (server->fault == KEY_FAULT_WALKS_BY_BYTES || server->fault == KEY_FAULT_WALKS_NAMELESS)
        return strcmp(key, after) > 0;
    return compare(key, after) > 0;
}

/* Where the page begins. By bytes, what comes before the prefix is left out at once. */
static size_t find_start(const KeyServer *server, const Query *query)
{
    if (*query->token) {
        char key[TEXT_SIZE];
        read_token(query->token, key);
        return find_place(server, key);
    }
    if (compare != compare_bytes || server->fault == KEY_FAULT_NO_START_AFTER)
        return 0;
    const char *after = strcmp(query->start_after, query->prefix) > 0 ? query->start_after : query->prefix;
    size_t place = find_place(server, after);
    return place > 0 && strcmp(sorted[place - 1], query->prefix) == 0 && !*query->start_after ? place - 1 : place;
}

static int append_folder(const KeyServer *server, const char *key, size_t length, Buffer *body)
{
    if (server->fault == KEY_FAULT_HIDES_FOLDER && strncmp(key, sorted[server->set->count - 1], length) == 0)
        return 0;
    char folder[TEXT_SIZE];
    snprintf(folder, sizeof folder, "%.*s", (int)(length - (server->fault == KEY_FAULT_ODD_NAMES)), key);
    append(body, "<CommonPrefixes><Prefix>");
    if (server->fault == KEY_FAULT_RAW_NAMES)
        append(body, folder);
    else
        append_encoded(body, folder);
    append(body, "</Prefix></CommonPrefixes>");
    return 1;
}

static size_t skip_folder(const KeyServer *server, const char *const *keys, size_t place, size_t length)
{
    const char *key = keys[place];
    while (place < server->set->count && strncmp(keys[place], key, length) == 0)
        place++;
    return place;
}

/* A server that sorts by time knows no time of a folder, and sorts a page of names by name. */
static const char *const *choose_order(const KeyServer *server, bool is_name_page)
{
    return is_name_page && server->fault == KEY_FAULT_BY_TIME ? (const char *const *)server->set->keys : sorted;
}

static void append_page(const KeyServer *server, const Query *query, Buffer *body)
{
    bool is_name_page =
        query->has_delimiter && server->fault != KEY_FAULT_NO_DELIMITER && server->fault != KEY_FAULT_WALKS_NAMELESS;
    const char *const *keys = choose_order(server, is_name_page);
    size_t count = 0, start = strlen(query->prefix), last = SIZE_MAX;
    for (size_t place = find_start(server, query); place < server->set->count;) {
        const char *key = keys[place];
        if (!is_wanted(server, query, key)) {
            if (compare == compare_bytes && strncmp(key, query->prefix, start) > 0)
                break;
            place++;
            continue;
        }
        if (count == server->page_keys) {
            append_token(server, query, keys[last], false, body);
            return;
        }
        const char *slash = is_name_page ? strchr(key + start, '/') : NULL;
        count++;
        if (slash) {
            append_folder(server, key, (size_t)(slash - key) + 1, body);
            if (server->fault == KEY_FAULT_TWICE_NAMES)
                append_folder(server, key, (size_t)(slash - key) + 1, body);
            place = skip_folder(server, keys, place, (size_t)(slash - key) + 1);
        } else {
            append_key(body, key);
            place++;
        }
        last = place - 1;
    }
    append(body, "<IsTruncated>false</IsTruncated>");
}

static int refuse(Buffer *body, int status, const char *code)
{
    append(body, "<Error><Code>");
    append(body, code);
    append(body, "</Code><Message>m</Message></Error>");
    return status;
}

/* Elements that say nothing. */
static void append_padding(Buffer *body, size_t length)
{
    for (size_t end = body->length + length; body->length < end;)
        append(body, "<Pad>................................................................................</Pad>");
}

static int answer_page(const KeyServer *server, const Query *query, int64_t number, Buffer *body)
{
    KeyFault fault = server->fault;
    if ((fault == KEY_FAULT_BUSY && number % 3 == 2) || (fault == KEY_FAULT_GOES_AWAY && number >= 20))
        return refuse(body, 503, "SlowDown");
    if (fault == KEY_FAULT_DENIES_ALL || (fault == KEY_FAULT_DENIES_PARTS && query->is_part) ||
        (fault == KEY_FAULT_DENIES_NAMES && query->has_delimiter))
        return refuse(body, 403, "AccessDenied");
    if (fault == KEY_FAULT_BREAKS_NAMES && query->has_delimiter)
        return refuse(body, 500, "InternalError");
    append(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><EncodingType>url</EncodingType>");
    if (fault == KEY_FAULT_STRAYS && query->is_part)
        append_key(body, sorted[0]);
    if (fault == KEY_FAULT_EMPTY_NAMES && query->has_delimiter) {
        append(body, "<IsTruncated>false</IsTruncated>");
    } else if (fault == KEY_FAULT_EMPTY_PAGES && *query->token && query->token[1] == '0') {
        char key[TEXT_SIZE];
        read_token(query->token, key);
        append_token(server, query, key, true, body);
    } else if (fault == KEY_FAULT_SAME_TOKEN && query->is_part && !query->has_delimiter) {
        append_token(server, query, "same", false, body);
    } else {
        append_page(server, query, body);
    }
    if (fault == KEY_FAULT_OUTSIDE && query->is_part)
        append_key(body, "outside");
    if (fault == KEY_FAULT_LONG_PARTS && query->is_part)
        append_padding(body, 12 * MIB);
    append(body, "</ListBucketResult>");
    return 200;
}

int key_pages_answer(const KeyServer *server, char *head, Buffer *body)
{
    if (strncmp(head, "HEAD", 4) == 0)
        return server->fault == KEY_FAULT_GOES_AWAY ? 503 : 200;
    Query query;
    read_query(server, head, &query);
    atomic_fetch_add(&server->counts->names, query.has_delimiter);
    atomic_fetch_add(&server->counts->beginnings, !query.is_part && !*query.token);
    return answer_page(server, &query, atomic_fetch_add(&server->counts->requests, 1), body);
}
