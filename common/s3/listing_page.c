/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/listing_page.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/url.h"
#include "base/utf8.h"
#include "web/xml.h"

/* S3 gives 1,000 at most; other services may give some more. */
#define ENTRIES_MAX 10000

/* Leaves room in an Error for the prefix and for what is wrong. */
#define KEY_NAME_BYTES_MAX 300

/* The texts of 1,000 everyday keys have some 200 KiB; the memory for more is given back. */
#define TEXTS_BYTES_KEPT MIB

/* S3's tokens have some 100 bytes; other services put a whole key into theirs. */
#define TOKEN_BYTES_MAX (8 * KIB)

/* The ledger on Redshift has room for so many; S3 writes 24. */
#define MODIFIED_BYTES_MAX 64

/* Offsets into the page's texts, which move while they grow; 0 is an empty text. */
typedef struct Entry {
    size_t key;
    size_t etag;
    size_t modified;
    int64_t size;      /* -1 as long as none came */
    const char *fault; /* of a field that came */
} Entry;

struct ListingPage {
    Xml *xml;
    Buffer texts;
    Entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    Entry current;
    size_t *folders; /* offsets into texts */
    size_t folder_count;
    size_t folder_capacity;
    bool is_in_folder;
    S3Refusal refusal;
    bool is_page;
    bool is_refusal;
    bool is_truncated;
    bool is_last;
    bool is_url_encoded;
    size_t next_token;
    const char *problem;
};

static size_t keep_text(ListingPage *page, Slice text)
{
    size_t start = page->texts.length;
    if (!buffer_append(&page->texts, text) || !buffer_append(&page->texts, (Slice){"", 1})) {
        page->problem = "its texts are too long";
        return 0;
    }
    return start;
}

static void keep_size(ListingPage *page, Slice text)
{
    int64_t size = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            page->current.fault = "a Size that is not a number of bytes";
            return;
        }
        if (size <= LIMIT_OBJECT_BYTES)
            size = size * 10 + (text.data[i] - '0');
    }
    if (size > LIMIT_OBJECT_BYTES)
        page->current.fault = "a Size that is larger than any object of S3";
    page->current.size = text.length > 0 ? size : -1;
}

static Slice strip_quotes(Slice etag)
{
    if (etag.length >= 2 && etag.data[0] == '"' && etag.data[etag.length - 1] == '"')
        return (Slice){etag.data + 1, etag.length - 2};
    return etag;
}

/* The ETag goes into a header of the request for the object. A line break in it would begin another header. */
static void keep_etag(ListingPage *page, Slice text)
{
    Slice etag = strip_quotes(text);
    for (size_t i = 0; i < etag.length; i++) {
        unsigned char byte = (unsigned char)etag.data[i];
        if (byte < ' ' || byte == 0x7f)
            page->current.fault = "an ETag with control characters";
    }
    page->current.etag = keep_text(page, etag);
}

static void keep_modified(ListingPage *page, Slice text)
{
    if (text.length > MODIFIED_BYTES_MAX)
        page->current.fault = "a LastModified that is not a time";
    page->current.modified = keep_text(page, text);
}

static void keep_field(ListingPage *page, const char *name, Slice text)
{
    if (strcmp(name, "Key") == 0)
        page->current.key = keep_text(page, text);
    else if (strcmp(name, "ETag") == 0)
        keep_etag(page, text);
    else if (strcmp(name, "LastModified") == 0)
        keep_modified(page, text);
    else if (strcmp(name, "Size") == 0)
        keep_size(page, text);
}

static void keep_entry(ListingPage *page)
{
    const Entry *entry = &page->current;
    if (!page->texts.data[entry->key]) {
        page->problem = "an entry has no Key";
        return;
    }
    if (page->entry_count == ENTRIES_MAX) {
        page->problem = "it has too many entries";
        return;
    }
    page->entries = memory_grow(page->entries, page->entry_count, &page->entry_capacity, sizeof *page->entries);
    page->entries[page->entry_count++] = *entry;
}

static void keep_folder(ListingPage *page, Slice text)
{
    if (page->folder_count == ENTRIES_MAX) {
        page->problem = "it has too many folders";
        return;
    }
    page->folders = memory_grow(page->folders, page->folder_count, &page->folder_capacity, sizeof *page->folders);
    page->folders[page->folder_count++] = keep_text(page, text);
}

/* Only these two words count. An end that is none would make all later objects count as vanished. */
static void keep_end(ListingPage *page, Slice text)
{
    page->is_truncated = slice_equals(text, SLICE("true"));
    page->is_last = slice_equals(text, SLICE("false"));
}

static void keep_page_field(ListingPage *page, const char *name, Slice text)
{
    if (strcmp(name, "Contents") == 0)
        keep_entry(page);
    else if (strcmp(name, "IsTruncated") == 0)
        keep_end(page, text);
    else if (strcmp(name, "EncodingType") == 0)
        page->is_url_encoded = slice_equals(text, SLICE("url"));
    else if (strcmp(name, "NextContinuationToken") == 0 && text.length > TOKEN_BYTES_MAX)
        page->problem = "its NextContinuationToken is too long";
    else if (strcmp(name, "NextContinuationToken") == 0 && text.length > 0)
        page->next_token = keep_text(page, text);
}

static void start_element(void *context, int depth, const char *name)
{
    ListingPage *page = context;
    if (depth == 0) {
        page->is_page = strcmp(name, "ListBucketResult") == 0;
        page->is_refusal = strcmp(name, "Error") == 0;
    } else if (depth == 1) {
        page->current = (Entry){.size = -1};
        page->is_in_folder = strcmp(name, "CommonPrefixes") == 0;
    }
}

static void end_element(void *context, int depth, const char *name, Slice text)
{
    ListingPage *page = context;
    if (page->problem)
        return;
    if (depth == 1 && page->is_refusal)
        s3_refusal_keep(&page->refusal, name, text);
    else if (depth == 1 && page->is_page)
        keep_page_field(page, name, text);
    else if (depth == 2 && page->is_page && page->is_in_folder && strcmp(name, "Prefix") == 0)
        keep_folder(page, text);
    else if (depth == 2 && page->is_page)
        keep_field(page, name, text);
}

static const XmlEvents events = {start_element, end_element, XML_DEPTH_MAX};

ListingPage *listing_page_open(void)
{
    ListingPage *page = memory_alloc_zeroed(1, sizeof *page);
    buffer_init(&page->texts, XML_DOCUMENT_BYTES_MAX);
    listing_page_begin(page);
    return page;
}

void listing_page_close(ListingPage *page)
{
    if (!page)
        return;
    xml_close(page->xml);
    buffer_done(&page->texts);
    free(page->entries);
    free(page->folders);
    free(page);
}

void listing_page_begin(ListingPage *page)
{
    xml_close(page->xml);
    page->xml = xml_open(&events, page);
    if (page->texts.capacity > TEXTS_BYTES_KEPT)
        buffer_done(&page->texts);
    buffer_clear(&page->texts);
    /* Takes offset 0, which means that a field did not come. */
    (void)keep_text(page, SLICE(""));
    page->entry_count = page->folder_count = 0;
    page->refusal = (S3Refusal){0};
    page->is_page = page->is_refusal = page->is_truncated = page->is_last = page->is_url_encoded = false;
    page->next_token = 0;
    page->problem = NULL;
}

bool listing_page_feed(ListingPage *page, Slice bytes)
{
    return xml_feed(page->xml, bytes, false) && !page->problem;
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

/* FATAL: a later try would get the same key. */
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

static bool decode_key(const ListingPage *page, size_t offset, Error *error)
{
    char *text = page->texts.data + offset;
    size_t length = strlen(text);
    if (page->is_url_encoded && !url_decode(text, &length))
        return refuse_key(slice_from_text(text), "is not URL-encoded well", error);
    if (length > LIMIT_KEY_BYTES)
        return refuse_key((Slice){text, length}, "is longer than S3 allows", error);
    if (!is_utf8((Slice){text, length}))
        return refuse_key((Slice){text, length}, "is not UTF-8 text without NUL, as S3 demands", error);
    return true;
}

static bool decode_keys(ListingPage *page, Error *error)
{
    for (size_t i = 0; i < page->entry_count; i++)
        if (!decode_key(page, page->entries[i].key, error))
            return false;
    for (size_t i = 0; i < page->folder_count; i++)
        if (!decode_key(page, page->folders[i], error))
            return false;
    return true;
}

/* Why this is no page, or no whole one; NULL if it is one. A later try may get a page. */
static const char *find_break(ListingPage *page)
{
    if (!page->problem && !xml_feed(page->xml, SLICE(""), true))
        return xml_problem(page->xml);
    if (page->is_refusal)
        return "it is an error in place of a page";
    return page->is_page ? NULL : "its root is not ListBucketResult; does the endpoint speak S3?";
}

/* What is wrong with a whole page; NULL if nothing is. A later try would get the same. */
static const char *find_problem(const ListingPage *page)
{
    if (page->problem)
        return page->problem;
    if (!page->is_truncated && !page->is_last)
        return "its IsTruncated is neither true nor false";
    if (page->is_truncated && page->next_token == 0)
        return "it is truncated, and has no NextContinuationToken to go on with";
    return NULL;
}

bool listing_page_end(ListingPage *page, Error *error)
{
    const char *problem = find_break(page);
    if (problem)
        return error_set_service(error, ERROR_RETRY, SERVICE_S3, "the listing cannot be read: %s", problem);
    problem = find_problem(page);
    if (problem)
        return error_set_service(error, ERROR_FATAL, SERVICE_S3,
                                 "the listing cannot be read: %s; check [AWS] ENDPOINT_URL", problem);
    return decode_keys(page, error);
}

const S3Refusal *listing_page_refusal(const ListingPage *page)
{
    return page->is_refusal ? &page->refusal : NULL;
}

size_t listing_page_bytes(const ListingPage *page)
{
    return page->texts.capacity + page->entry_capacity * sizeof *page->entries +
           page->folder_capacity * sizeof *page->folders;
}

size_t listing_page_count(const ListingPage *page)
{
    return page->entry_count;
}

static const char *find_gap(const Entry *entry, const char *texts)
{
    if (!texts[entry->etag])
        return "no ETag";
    if (!texts[entry->modified])
        return "no LastModified";
    return entry->size < 0 ? "no Size" : NULL;
}

ListedObject listing_page_object(const ListingPage *page, size_t index)
{
    assert(index < page->entry_count);
    const Entry *entry = &page->entries[index];
    const char *texts = page->texts.data;
    const char *gap = find_gap(entry, texts);
    return (ListedObject){.key = texts + entry->key,
                          .etag = texts + entry->etag,
                          .modified = texts + entry->modified,
                          .size = entry->size,
                          .fault = entry->fault ? entry->fault : gap,
                          .is_unfinished = !entry->fault && gap};
}

size_t listing_page_folder_count(const ListingPage *page)
{
    return page->folder_count;
}

const char *listing_page_folder(const ListingPage *page, size_t index)
{
    assert(index < page->folder_count);
    return page->texts.data + page->folders[index];
}

const char *listing_page_next_token(const ListingPage *page)
{
    return page->is_truncated ? page->texts.data + page->next_token : NULL;
}
