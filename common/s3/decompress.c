/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "s3/gzip.h"

/* The format can be told from so many first bytes; tar needs all of them. */
#define MAGIC_BYTES_MAX 262

typedef enum Stage { STAGE_START, STAGE_PLAIN, STAGE_GZIP, STAGE_COMPRESSED, STAGE_END } Stage;

struct Decompress {
    DecompressSource *source;
    void *context;
    Stage stage;
    Gzip *gzip;
    struct archive *archive;      /* of the other formats */
    bool is_empty;                /* a compressed stream of no bytes */
    const char *format;           /* of a compressed stream */
    char inside[MAGIC_BYTES_MAX]; /* the beginning of the unpacked bytes */
    char start[MAGIC_BYTES_MAX];  /* the first bytes, gathered to tell the format if they came in several pieces */
    Slice pending;                /* from the source, not passed on yet */
    Slice after_start;            /* the bytes after start, while pending is start */
    int64_t ratio_max;
    int64_t source_bytes;   /* compressed bytes read */
    int64_t unpacked_bytes; /* bytes that came out of them */
    int64_t full_bytes;     /* compressed bytes read at the last output */
    bool has_failed;        /* the source failed, or too much of it unpacks to nothing: failure says which */
    Error failure;
};

/* gzip goes through gzip.h, so this is none of libarchive's numbers. */
#define FILTER_GZIP (-1)

typedef struct Format {
    const char *name;
    Slice magic;
    int filter;
} Format;

/* Skippable frames, 0x184D2A50 to 5F, belong to zstd and to lz4 alike. Of the programs that write these formats only
 * pzstd begins with one. */
static const Format formats[] = {
    {"gzip", {"\x1f\x8b\x08", 3}, FILTER_GZIP},
    {"zstd", {"\x28\xb5\x2f\xfd", 4}, ARCHIVE_FILTER_ZSTD},
    {"zstd", {"\x50\x2a\x4d\x18", 4}, ARCHIVE_FILTER_ZSTD},
    {"bzip2", {"BZh", 3}, ARCHIVE_FILTER_BZIP2},
    {"lz4", {"\x04\x22\x4d\x18", 4}, ARCHIVE_FILTER_LZ4},
};

/* Formats that are found in buckets and are not read. No JSON begins with these bytes, and none has a NUL. The first
 * row that fits counts. */
static const struct {
    const char *name;
    Slice magic;
    size_t offset;
} strange[] = {
    {"a zip archive", {"PK\x03\x04", 4}, 0}, {"an xz stream", {"\xfd\x37zX", 4}, 0},
    {"a 7z archive", {"7z\xbc\xaf", 4}, 0},  {"a rar archive", {"Rar!", 4}, 0},
    {"a tar archive", {"\0ustar", 6}, 256},  {"an lzip stream", {"LZIP", 4}, 0},
    {"a .Z stream", {"\x1f\x9d", 2}, 0},     {"a snappy stream", {"\xff\x06", 2}, 0},
    {"a Parquet file", {"PAR1", 4}, 0},      {"an Avro file", {"Obj\x01", 4}, 0},
    {"an ORC file", {"ORC", 3}, 0},          {"text in UTF-32", {"\xff\xfe\0\0", 4}, 0},
    {"text in UTF-16", {"\xff\xfe", 2}, 0},  {"text in UTF-16", {"\xfe\xff", 2}, 0},
    {"text in UTF-16", {"{\0", 2}, 0},       {"text in UTF-16", {"\0{", 2}, 0},
};

static void drop_archive(Decompress *decompress)
{
    if (decompress->archive)
        archive_read_free(decompress->archive);
    decompress->archive = NULL;
}

Decompress *decompress_open(DecompressSource *source, void *context, int64_t ratio_max)
{
    assert(source);
    assert(ratio_max > 0);
    Decompress *decompress = memory_alloc_zeroed(1, sizeof *decompress);
    decompress->gzip = gzip_open();
    decompress->source = source;
    decompress->context = context;
    decompress->ratio_max = ratio_max;
    return decompress;
}

void decompress_close(Decompress *decompress)
{
    if (!decompress)
        return;
    drop_archive(decompress);
    gzip_close(decompress->gzip);
    free(decompress);
}

void decompress_begin(Decompress *decompress)
{
    drop_archive(decompress);
    decompress->stage = STAGE_START;
    decompress->pending = decompress->after_start = (Slice){0};
    decompress->source_bytes = decompress->unpacked_bytes = decompress->full_bytes = 0;
    decompress->has_failed = false;
}

/* Makes pending the next bytes of the stream: first those that look_at_start has taken, then the source's. */
static bool fill_pending(Decompress *decompress, Error *error)
{
    if (decompress->pending.length > 0)
        return true;
    decompress->pending = decompress->after_start;
    decompress->after_start = (Slice){0};
    return decompress->pending.length > 0 || decompress->source(decompress->context, &decompress->pending, error);
}

/* Gathers the first bytes. A piece that has them all is used in place, and not copied. */
static bool look_at_start(Decompress *decompress, Error *error)
{
    size_t gathered = 0;
    Slice piece;
    if (!decompress->source(decompress->context, &piece, error))
        return false;
    while (piece.length > 0 && gathered + piece.length < MAGIC_BYTES_MAX) {
        memcpy(decompress->start + gathered, piece.data, piece.length);
        gathered += piece.length;
        if (!decompress->source(decompress->context, &piece, error))
            return false;
    }
    if (gathered == 0 || piece.length == 0) {
        decompress->pending = gathered == 0 ? piece : (Slice){decompress->start, gathered};
        return true;
    }
    size_t missing = MAGIC_BYTES_MAX - gathered;
    memcpy(decompress->start + gathered, piece.data, missing);
    decompress->pending = (Slice){decompress->start, MAGIC_BYTES_MAX};
    decompress->after_start = (Slice){piece.data + missing, piece.length - missing};
    return true;
}

static const Format *find_format(Slice start)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (slice_starts_with(start, formats[i].magic))
            return &formats[i];
    return NULL;
}

static Slice skip(Slice slice, size_t length)
{
    return (Slice){slice.data + length, slice.length - length};
}

static bool check_strange(Slice start, Error *error)
{
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        if (start.length > strange[i].offset && slice_starts_with(skip(start, strange[i].offset), strange[i].magic))
            return error_set(error, ERROR_REJECT,
                             "its content is %s, which is not read: write it as JSON in UTF-8, plain or compressed by "
                             "gzip, zstd, bzip2 or lz4",
                             strange[i].name);
    return true;
}

/* Empty members and frames cost time and hold no rows. */
static bool check_empty(const Decompress *decompress, Error *error)
{
    return decompress->source_bytes - decompress->full_bytes <= (int64_t)LIMIT_EMPTY_BYTES ||
           error_set(error, ERROR_REJECT, "more than %zu MiB of its %s compression unpack to nothing; write it again",
                     LIMIT_EMPTY_BYTES / MIB, decompress->format);
}

static la_ssize_t feed_archive(struct archive *archive, void *context, const void **out_bytes)
{
    Decompress *decompress = context;
    if (!check_empty(decompress, &decompress->failure) || !fill_pending(decompress, &decompress->failure)) {
        decompress->has_failed = true;
        archive_set_error(archive, EIO, "the source failed");
        return -1;
    }
    Slice piece = decompress->pending;
    decompress->pending = (Slice){0};
    decompress->source_bytes += (int64_t)piece.length;
    *out_bytes = piece.data;
    return (la_ssize_t)piece.length;
}

static bool report_corrupt(Decompress *decompress, const char *reason, Error *error)
{
    decompress->stage = STAGE_END;
    if (decompress->has_failed) {
        *error = decompress->failure;
        return false;
    }
    return error_set(error, ERROR_REJECT, "its %s compression cannot be read: %s; write the object again",
                     decompress->format, reason ? reason : "it is corrupt");
}

/* Adds only the filter that was recognised: the unpacked bytes stay as they are, also if they are compressed again. */
static bool open_archive(Decompress *decompress, const Format *format, Error *error)
{
    struct archive *archive = archive_read_new();
    if (!archive)
        error_abort("out of memory");
    decompress->archive = archive;
    decompress->format = format->name;
    decompress->stage = STAGE_COMPRESSED;
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    struct archive_entry *entry;
    /* archive_read_open takes a stream that breaks off before its first byte for an empty one; only the error number
     * tells them apart. */
    bool is_open = archive_read_append_filter(archive, format->filter) == ARCHIVE_OK &&
                   archive_read_open(archive, decompress, NULL, feed_archive, NULL) == ARCHIVE_OK &&
                   archive_errno(archive) == 0;
    if (!is_open)
        return report_corrupt(decompress, archive_error_string(archive), error);
    int code = archive_read_next_header(archive, &entry);
    decompress->is_empty = code == ARCHIVE_EOF;
    return code == ARCHIVE_OK || decompress->is_empty ||
           report_corrupt(decompress, archive_error_string(archive), error);
}

/* libarchive ends the stream at bytes that it does not know. Rows would be lost in the bytes that it leaves over. */
static bool check_end(Decompress *decompress, Error *error)
{
    decompress->stage = STAGE_END;
    if (archive_filter_bytes(decompress->archive, -1) != decompress->source_bytes)
        return report_corrupt(decompress, "something else follows it", error);
    if (!fill_pending(decompress, error))
        return false;
    return decompress->pending.length == 0 || report_corrupt(decompress, "something else follows it", error);
}

static bool read_compressed(Decompress *decompress, char *bytes, size_t size, size_t *out_length, Error *error)
{
    la_ssize_t length = decompress->is_empty ? 0 : archive_read_data(decompress->archive, bytes, size);
    if (length < 0)
        return report_corrupt(decompress, archive_error_string(decompress->archive), error);
    if (length == 0 && !check_end(decompress, error))
        return false;
    *out_length = (size_t)length;
    return true;
}

static bool read_plain(Decompress *decompress, char *bytes, size_t size, size_t *out_length, Error *error)
{
    if (!fill_pending(decompress, error))
        return false;
    Slice *pending = &decompress->pending;
    size_t length = pending->length < size ? pending->length : size;
    if (length > 0)
        memcpy(bytes, pending->data, length);
    *pending = (Slice){pending->data + length, pending->length - length};
    *out_length = length;
    return true;
}

static bool read_gzip(Decompress *decompress, char *bytes, size_t size, size_t *out_length, Error *error)
{
    for (;;) {
        if (!fill_pending(decompress, error))
            return false;
        bool is_end = decompress->pending.length == 0;
        if (is_end && !gzip_is_whole(decompress->gzip))
            return report_corrupt(decompress, "it is cut off", error);
        *out_length = 0;
        if (is_end)
            return true;
        size_t pending = decompress->pending.length;
        if (!gzip_read(decompress->gzip, &decompress->pending, bytes, size, out_length))
            return report_corrupt(decompress, gzip_problem(decompress->gzip), error);
        decompress->source_bytes += (int64_t)(pending - decompress->pending.length);
        if (*out_length > 0)
            return true;
        if (!check_empty(decompress, error))
            return false;
    }
}

static bool start(Decompress *decompress, Error *error)
{
    if (!look_at_start(decompress, error))
        return false;
    const Format *format = find_format(decompress->pending);
    if (!check_strange(decompress->pending, error))
        return false;
    if (format && format->filter != FILTER_GZIP)
        return open_archive(decompress, format, error);
    decompress->format = format ? format->name : NULL;
    decompress->stage = format ? STAGE_GZIP : STAGE_PLAIN;
    gzip_begin(decompress->gzip);
    return true;
}

static bool check_ratio(Decompress *decompress, size_t length, Error *error)
{
    decompress->unpacked_bytes += (int64_t)length;
    decompress->full_bytes = decompress->source_bytes;
    int64_t unpacked = decompress->unpacked_bytes, packed = decompress->source_bytes;
    return unpacked <= (int64_t)LIMIT_UNPACKED_BYTES || unpacked / decompress->ratio_max <= packed ||
           error_set(error, ERROR_REJECT,
                     "the first %lld bytes of its %s compression unpack to more than %lld, which is more than "
                     "UNPACK_RATIO_MAX = %lld times as many; raise it if these are rows, or skip the object",
                     (long long)packed, decompress->format, (long long)unpacked, (long long)decompress->ratio_max);
}

/* No other reader of COPY data unpacks an object that is compressed twice. */
static bool check_inside(Decompress *decompress, Slice bytes, Error *error)
{
    size_t gathered =
        decompress->unpacked_bytes < MAGIC_BYTES_MAX ? (size_t)decompress->unpacked_bytes : MAGIC_BYTES_MAX;
    size_t missing = MAGIC_BYTES_MAX - gathered;
    if (bytes.length < missing)
        missing = bytes.length;
    if (missing == 0)
        return true;
    memcpy(decompress->inside + gathered, bytes.data, missing);
    Slice inside = {decompress->inside, gathered + missing};
    const Format *format = find_format(inside);
    if (!format)
        return check_strange(inside, error);
    return error_set(error, ERROR_REJECT, "its %s compression holds %s compression: compress it once",
                     decompress->format, format->name);
}

static bool check_unpacked(Decompress *decompress, Slice bytes, Error *error)
{
    return check_inside(decompress, bytes, error) && check_ratio(decompress, bytes.length, error);
}

bool decompress_read(Decompress *decompress, char *bytes, size_t size, size_t *out_length, Error *error)
{
    assert(size > 0);
    if (decompress->stage == STAGE_START && !start(decompress, error))
        return false;
    switch (decompress->stage) {
    case STAGE_PLAIN:
        return read_plain(decompress, bytes, size, out_length, error);
    case STAGE_GZIP:
        return read_gzip(decompress, bytes, size, out_length, error) &&
               check_unpacked(decompress, (Slice){bytes, *out_length}, error);
    case STAGE_COMPRESSED:
        return read_compressed(decompress, bytes, size, out_length, error) &&
               check_unpacked(decompress, (Slice){bytes, *out_length}, error);
    case STAGE_START:
    case STAGE_END:
        break;
    }
    *out_length = 0;
    return true;
}
