/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an object that may be compressed. The pieces that it comes in and is read in do not matter; what looks
 * like no format comes out as it is; and any bytes that gzip holds come out, unless a bit of it is wrong. */
#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "fuzz.h"
#include "s3/decompress.h"

/* What is looked at of an object: a kilobyte of bzip2 may hold a gigabyte. */
#define LOOKED_AT_BYTES (64 * KIB)

/* What is put into gzip. */
#define GZIPPED_BYTES ((size_t)256)

#define ZSTD "\x28\xb5\x2f\xfd"
#define ZSTD_SKIPPED "\x50\x2a\x4d\x18"

/* A member of gzip (RFC 1952) with a stored block (RFC 1951, 3.2.4) inside. */
#define MEMBER_HEAD "\x1f\x8b\x08\0\0\0\0\0\0\xff"

typedef struct Pieces {
    Slice rest;
    size_t step;
} Pieces;

static bool give_piece(void *context, Slice *out_bytes, Error *error)
{
    (void)error;
    Pieces *pieces = context;
    size_t length = pieces->rest.length < pieces->step ? pieces->rest.length : pieces->step;
    *out_bytes = (Slice){pieces->rest.data, length};
    pieces->rest = (Slice){pieces->rest.data + length, pieces->rest.length - length};
    return true;
}

/* The first LOOKED_AT_BYTES of what is inside; false if it cannot be read so far. */
static bool read_object(Slice bytes, size_t step, size_t size, Buffer *out)
{
    static char read[64 * KIB];
    Error error = {0};
    Pieces pieces = {bytes, step};
    AUTO_DECOMPRESS decompress = decompress_open(give_piece, &pieces, 1000);
    buffer_init(out, LOOKED_AT_BYTES);
    for (size_t length = 1; length > 0 && out->length < LOOKED_AT_BYTES;) {
        if (!decompress_read(decompress, read, size, &length, &error)) {
            assert(error.kind == ERROR_REJECT);
            fuzz_check_error(&error);
            return false;
        }
        assert(length <= size);
        size_t left = LOOKED_AT_BYTES - out->length;
        fuzz_append(out, (Slice){read, length < left ? length : left});
    }
    return true;
}

static bool is_no_text(Slice bytes)
{
    static const Slice starts[] = {
        {"\x1f\x8b\x08", 3}, {ZSTD, 4},         {ZSTD_SKIPPED, 4}, {"BZh", 3},     {"\x04\x22\x4d\x18", 4},
        {"PK\x03\x04", 4},   {"\xfd\x37zX", 4}, {"7z\xbc\xaf", 4}, {"Rar!", 4},    {"LZIP", 4},
        {"\x1f\x9d", 2},     {"\xff\x06", 2},   {"PAR1", 4},       {"Obj\x01", 4}, {"ORC", 3},
        {"\xff\xfe", 2},     {"\xfe\xff", 2}};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (slice_starts_with(bytes, starts[i]))
            return true;
    return false;
}

static void append_number(Buffer *out, uint32_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        fuzz_append(out, (Slice){(char[]){(char)(number >> (8 * i))}, 1});
}

static uint32_t compute_crc(Slice bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.length; i++) {
        crc ^= (unsigned char)bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

static void write_member(Buffer *out, Slice bytes)
{
    fuzz_append(out, SLICE(MEMBER_HEAD "\1"));
    append_number(out, (uint32_t)bytes.length, 2);
    append_number(out, ~(uint32_t)bytes.length, 2);
    fuzz_append(out, bytes);
    append_number(out, compute_crc(bytes), 4);
    append_number(out, (uint32_t)bytes.length, 4);
}

/* Two members, with the bytes cut between them where the choice falls; then with a bit of the last trailer turned. */
static void check_gzip(Slice bytes, size_t step, size_t size, uint32_t *seed)
{
    AUTO_BUFFER members = {0};
    AUTO_BUFFER whole = {0};
    AUTO_BUFFER spoiled = {0};
    buffer_init(&members, 2 * GZIPPED_BYTES);
    size_t cut = fuzz_choose(seed, bytes.length + 1);
    write_member(&members, (Slice){bytes.data, cut});
    write_member(&members, (Slice){bytes.data + cut, bytes.length - cut});
    bool is_read = read_object(buffer_slice(&members), step, size, &whole);
    assert(is_no_text(bytes) || (is_read && slice_equals(buffer_slice(&whole), bytes)));
    if (!is_read)
        return;
    members.data[members.length - 1 - fuzz_choose(seed, 8)] ^= 1;
    is_read = read_object(buffer_slice(&members), step, size, &spoiled);
    assert(!is_read);
}

/* What came before a failure may be more or less of the same; and a failure may come after what was looked at. libzstd
 * 1.5 compares a frame's length with the one that its header gives only where the frame came in one piece, or does not
 * end with an empty block: a frame that somebody made so on purpose is empty, or corrupt. */
static void check_same(const Buffer *a, bool is_a_read, const Buffer *b, bool is_b_read, bool is_zstd)
{
    const Buffer *longer = a->length > b->length ? a : b, *shorter = longer == a ? b : a;
    assert(slice_starts_with(buffer_slice(longer), buffer_slice(shorter)));
    if (longer->length < LOOKED_AT_BYTES && !is_zstd)
        assert(is_a_read == is_b_read && (!is_a_read || a->length == b->length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 3, 4, 5, 100};
    static const size_t sizes[] = {1, 7, 1000, 64 * KIB};
    Slice bytes = {(const char *)data, size};
    uint32_t seed = fuzz_seed(bytes);
    size_t step = steps[fuzz_choose(&seed, 5)], read_size = sizes[fuzz_choose(&seed, 4)];
    AUTO_BUFFER whole = {0};
    AUTO_BUFFER pieces = {0};
    bool is_whole = read_object(bytes, SIZE_MAX / 2, 64 * KIB, &whole);
    bool is_read = read_object(bytes, step, whole.length > 16 * KIB ? 64 * KIB : read_size, &pieces);
    bool is_zstd = slice_starts_with(bytes, SLICE(ZSTD)) || slice_starts_with(bytes, SLICE(ZSTD_SKIPPED));
    check_same(&whole, is_whole, &pieces, is_read, is_zstd);
    assert(is_no_text(bytes) || (is_read && slice_equals(buffer_slice(&whole), bytes)));
    check_gzip((Slice){bytes.data, size < GZIPPED_BYTES ? size : GZIPPED_BYTES}, step, read_size, &seed);
    return 0;
}
