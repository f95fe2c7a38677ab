/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/listing_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "web/xml.h"

/* S3 gives 1,000 at most; a page of more is somebody else's. */
#define ENTRIES_MAX 10000

/* Leaves room in an Error for what is wrong, and for the prefix. */
#define KEY_NAME_BYTES_MAX 300

/* S3's tokens have some 100 bytes; other services put a whole key into theirs. */
#define TOKEN_BYTES_MAX (8 * KIB)

/* The ledger of Redshift has room for as many; S3 writes 24. */
#define MODIFIED_BYTES_MAX 64

/* Offsets into the page's texts, which move while they grow; 0 is an empty text. */
typedef struct Entry {
    size_t key;
    size_t etag;
    size_t modified;
    int64_t size;      /* -1 as long as none came */
    const char *fault; /* of a field that came */
} Entry;

struct Listing {
    Xml *xml;
    Buffer texts;
    Entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    Entry current;
    S3Refusal refusal;
    bool is_page;
    bool is_refusal;
    bool is_truncated;
    bool is_last;
    bool is_url_encoded;
    size_t next_token;
    const char *problem;
};

static size_t keep_text(Listing *listing, Slice text)
{
    size_t start = listing->texts.length;
    if (!buffer_append(&listing->texts, text) || !buffer_append(&listing->texts, (Slice){"", 1})) {
        listing->problem = "its texts are too long";
        return 0;
    }
    return start;
}

static void keep_size(Listing *listing, Slice text)
{
    int64_t size = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            listing->current.fault = "a Size that is not a number of bytes";
            return;
        }
        if (size <= LIMIT_OBJECT_BYTES)
            size = size * 10 + (text.data[i] - '0');
    }
    if (size > LIMIT_OBJECT_BYTES)
        listing->current.fault = "a Size that is larger than any object of S3";
    listing->current.size = text.length > 0 ? size : -1;
}

static Slice strip_quotes(Slice etag)
{
    if (etag.length >= 2 && etag.data[0] == '"' && etag.data[etag.length - 1] == '"')
        return (Slice){etag.data + 1, etag.length - 2};
    return etag;
}

/* The ETag goes into a header of the request for the object. A line break in it would begin another header. */
static void keep_etag(Listing *listing, Slice text)
{
    Slice etag = strip_quotes(text);
    for (size_t i = 0; i < etag.length; i++) {
        unsigned char byte = (unsigned char)etag.data[i];
        if (byte < ' ' || byte == 0x7f)
            listing->current.fault = "an ETag with control characters";
    }
    listing->current.etag = keep_text(listing, etag);
}

static void keep_modified(Listing *listing, Slice text)
{
    if (text.length > MODIFIED_BYTES_MAX)
        listing->current.fault = "a LastModified that is not a time";
    listing->current.modified = keep_text(listing, text);
}

static void keep_field(Listing *listing, const char *name, Slice text)
{
    if (strcmp(name, "Key") == 0)
        listing->current.key = keep_text(listing, text);
    else if (strcmp(name, "ETag") == 0)
        keep_etag(listing, text);
    else if (strcmp(name, "LastModified") == 0)
        keep_modified(listing, text);
    else if (strcmp(name, "Size") == 0)
        keep_size(listing, text);
}

static void keep_entry(Listing *listing)
{
    const Entry *entry = &listing->current;
    if (!listing->texts.data[entry->key]) {
        listing->problem = "an entry has no Key";
        return;
    }
    if (listing->entry_count == ENTRIES_MAX) {
        listing->problem = "it has too many entries";
        return;
    }
    listing->entries =
        memory_grow(listing->entries, listing->entry_count, &listing->entry_capacity, sizeof *listing->entries);
    listing->entries[listing->entry_count++] = *entry;
}

/* Nothing else is taken for the end: what a page leaves out would count as vanished. */
static void keep_end(Listing *listing, Slice text)
{
    listing->is_truncated = slice_equals(text, SLICE("true"));
    listing->is_last = slice_equals(text, SLICE("false"));
}

static void keep_page_field(Listing *listing, const char *name, Slice text)
{
    if (strcmp(name, "Contents") == 0)
        keep_entry(listing);
    else if (strcmp(name, "IsTruncated") == 0)
        keep_end(listing, text);
    else if (strcmp(name, "EncodingType") == 0)
        listing->is_url_encoded = slice_equals(text, SLICE("url"));
    else if (strcmp(name, "NextContinuationToken") == 0 && text.length > TOKEN_BYTES_MAX)
        listing->problem = "its NextContinuationToken is too long";
    else if (strcmp(name, "NextContinuationToken") == 0 && text.length > 0)
        listing->next_token = keep_text(listing, text);
}

static void start_element(void *context, int depth, const char *name)
{
    Listing *listing = context;
    if (depth == 0) {
        listing->is_page = strcmp(name, "ListBucketResult") == 0;
        listing->is_refusal = strcmp(name, "Error") == 0;
    } else if (depth == 1) {
        listing->current = (Entry){.size = -1};
    }
}

static void end_element(void *context, int depth, const char *name, Slice text)
{
    Listing *listing = context;
    if (listing->problem)
        return;
    if (depth == 1 && listing->is_refusal)
        s3_refusal_keep(&listing->refusal, name, text);
    else if (depth == 1 && listing->is_page)
        keep_page_field(listing, name, text);
    else if (depth == 2 && listing->is_page)
        keep_field(listing, name, text);
}

static const XmlEvents events = {start_element, end_element, XML_DEPTH_MAX};

Listing *listing_open(void)
{
    Listing *listing = memory_alloc_zeroed(1, sizeof *listing);
    buffer_init(&listing->texts, XML_DOCUMENT_BYTES_MAX);
    listing_begin(listing);
    return listing;
}

void listing_close(Listing *listing)
{
    if (!listing)
        return;
    xml_close(listing->xml);
    buffer_done(&listing->texts);
    free(listing->entries);
    free(listing);
}

void listing_begin(Listing *listing)
{
    xml_close(listing->xml);
    listing->xml = xml_open(&events, listing);
    buffer_clear(&listing->texts);
    /* Offset 0 means that none came. */
    (void)keep_text(listing, SLICE(""));
    listing->entry_count = 0;
    listing->refusal = (S3Refusal){0};
    listing->is_page = listing->is_refusal = listing->is_truncated = listing->is_last = listing->is_url_encoded = false;
    listing->next_token = 0;
    listing->problem = NULL;
}

bool listing_feed(Listing *listing, Slice bytes)
{
    return xml_feed(listing->xml, bytes, false) && !listing->problem;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place: %XX, and '+' for a space; out_length, as there may be a NUL. False on a broken escape. */
static bool decode_url(char *text, size_t *out_length)
{
    char *end = text;
    for (const char *at = text; *at; at++) {
        if (*at == '%') {
            int high = hex_value(at[1]);
            int low = high < 0 ? -1 : hex_value(at[2]);
            if (low < 0)
                return false;
            *(unsigned char *)end++ = (unsigned char)(high * 16 + low);
            at += 2;
        } else {
            *end = *at;
            if (*at == '+')
                *end = ' ';
            end++;
        }
    }
    *end = '\0';
    *out_length = (size_t)(end - text);
    return true;
}

static size_t character_length(Slice text, size_t at)
{
    return utf8_character_length((const unsigned char *)text.data + at, text.length - at);
}

static bool is_utf8(Slice text)
{
    size_t at = 0;
    for (size_t length; at < text.length && (length = character_length(text, at)) > 0;)
        at += length;
    return at == text.length;
}

/* FATAL: a later try gets the same key. */
static bool refuse_key(Slice key, const char *what, Error *error)
{
    AUTO_BUFFER name;
    buffer_init(&name, KEY_NAME_BYTES_MAX);
    bool is_whole = true;
    for (size_t at = 0; at < key.length && is_whole;) {
        size_t length = character_length(key, at);
        is_whole = length > 0 ? buffer_append(&name, (Slice){key.data + at, length})
                              : buffer_append_format(&name, "\\x%02x", (unsigned char)key.data[at]);
        at += length > 0 ? length : 1;
    }
    return error_set_service(error, ERROR_FATAL, SERVICE_S3,
                             "the key %.*s%s %s: rename the object, or check [AWS] ENDPOINT_URL",
                             SLICE_ARGUMENTS(buffer_slice(&name)), is_whole ? "" : "…", what);
}

static bool decode_keys(Listing *listing, Error *error)
{
    for (size_t i = 0; i < listing->entry_count; i++) {
        char *text = listing->texts.data + listing->entries[i].key;
        size_t length = strlen(text);
        if (listing->is_url_encoded && !decode_url(text, &length))
            return refuse_key(slice_from_text(text), "is not URL-encoded well", error);
        if (length > LIMIT_KEY_BYTES)
            return refuse_key((Slice){text, length}, "is longer than S3 allows", error);
        if (!is_utf8((Slice){text, length}))
            return refuse_key((Slice){text, length}, "is not UTF-8 text without NUL, as S3 demands", error);
    }
    return true;
}

/* Of what came in place of a page, or of a part of one. A later try may get a page. */
static const char *find_break(Listing *listing)
{
    if (!listing->problem && !xml_feed(listing->xml, SLICE(""), true))
        return xml_problem(listing->xml);
    if (listing->is_refusal)
        return "it is an error in place of a page";
    return listing->is_page ? NULL : "its root is not ListBucketResult; does the endpoint speak S3?";
}

/* Of a page that the server made so, and will make so again. */
static const char *find_problem(const Listing *listing)
{
    if (listing->problem)
        return listing->problem;
    if (!listing->is_truncated && !listing->is_last)
        return "its IsTruncated is neither true nor false";
    if (listing->is_truncated && listing->next_token == 0)
        return "it is truncated, and has no NextContinuationToken to go on with";
    return NULL;
}

bool listing_end(Listing *listing, Error *error)
{
    const char *problem = find_break(listing);
    if (problem)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing cannot be read: %s", problem);
    problem = find_problem(listing);
    if (problem)
        return error_set_service(error, ERROR_FATAL, SERVICE_S3,
                                 "the listing cannot be read: %s; check [AWS] ENDPOINT_URL", problem);
    return decode_keys(listing, error);
}

const S3Refusal *listing_refusal(const Listing *listing)
{
    return listing->is_refusal ? &listing->refusal : NULL;
}

size_t listing_count(const Listing *listing)
{
    return listing->entry_count;
}

static const char *find_fault(const Entry *entry, const char *texts)
{
    if (entry->fault)
        return entry->fault;
    if (!texts[entry->etag])
        return "no ETag";
    if (!texts[entry->modified])
        return "no LastModified";
    return entry->size < 0 ? "no Size" : NULL;
}

S3Entry listing_entry(const Listing *listing, size_t index)
{
    const Entry *entry = &listing->entries[index];
    const char *texts = listing->texts.data;
    return (S3Entry){.key = texts + entry->key,
                     .etag = texts + entry->etag,
                     .modified = texts + entry->modified,
                     .size = entry->size,
                     .fault = find_fault(entry, texts)};
}

const char *listing_next_token(const Listing *listing)
{
    return listing->is_truncated ? listing->texts.data + listing->next_token : NULL;
}
