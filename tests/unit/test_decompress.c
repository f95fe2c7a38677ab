/* SPDX-License-Identifier: Apache-2.0
 *
 * Each file of vectors/decompress is read in pieces of several sizes. Its name's first word says what it is: text.plain
 * (what is inside the others), whole, twice (two members), empty, spaces (a MiB of them); what else there is has to be
 * rejected: cut off, corrupt, or with something after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "s3/decompress.h"
#include "vectors.h"

#define FOLDER VECTORS "/decompress/"

/* Gives bytes in pieces of step; fails in place of the one after fail_after. */
typedef struct Pieces {
    Slice bytes;
    size_t step;
    size_t fail_after;
    size_t given;
} Pieces;

static bool give_piece(void *context, Slice *out_bytes, Error *error)
{
    Pieces *pieces = context;
    if (pieces->given >= pieces->fail_after)
        return error_set(error, ERROR_STALE, "the source failed");
    size_t left = pieces->bytes.length - pieces->given;
    size_t length = left < pieces->step ? left : pieces->step;
    *out_bytes = (Slice){pieces->bytes.data + pieces->given, length};
    pieces->given += length;
    return true;
}

static bool read_all(Decompress *decompress, size_t size, Buffer *out, Error *error)
{
    buffer_init(out, 4 * MIB);
    assert_true(buffer_append(out, SLICE("")));
    AUTO_FREE char *bytes = memory_alloc_zeroed(1, size);
    for (size_t length = 1; length > 0;) {
        if (!decompress_read(decompress, bytes, size, &length, error))
            return false;
        assert_true(length <= size);
        assert_true(buffer_append(out, (Slice){bytes, length}));
    }
    return true;
}

static bool has_prefix(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static void make_expected(const char *name, Slice text, Buffer *out)
{
    buffer_init(out, 4 * MIB);
    assert_true(buffer_append(out, SLICE("")));
    if (has_prefix(name, "spaces")) {
        assert_true(buffer_reserve(out, MIB));
        memset(out->data, ' ', MIB);
        out->length = MIB;
        return;
    }
    if (has_prefix(name, "empty"))
        return;
    assert_true(buffer_append(out, text));
    if (has_prefix(name, "twice"))
        assert_true(buffer_append(out, text));
}

static void check_read(const char *path, Slice text, size_t step, size_t size)
{
    const char *name = strrchr(path, '/') + 1;
    AUTO_BUFFER bytes;
    AUTO_BUFFER found;
    AUTO_BUFFER expected;
    vectors_read(path, &bytes);
    make_expected(name, text, &expected);
    Pieces pieces = {buffer_slice(&bytes), step, SIZE_MAX, 0};
    AUTO_DECOMPRESS decompress = decompress_open(give_piece, &pieces, 1000);
    Error error = {0};
    bool is_read = read_all(decompress, size, &found, &error);
    bool is_good = has_prefix(name, "text") || has_prefix(name, "whole") || has_prefix(name, "twice") ||
                   has_prefix(name, "empty") || has_prefix(name, "spaces");
    if (is_read != is_good)
        fail_msg("%s in pieces of %zu: %s", name, step, is_read ? "was read" : error.message);
    if (is_good)
        assert_true(slice_equals(buffer_slice(&found), buffer_slice(&expected)));
    else
        assert_int_equal(error.kind, ERROR_REJECT);
}

static void check_vector(const char *path, void *text)
{
    static const size_t steps[] = {1, 3, 4, 5, 100, SIZE_MAX / 2};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        check_read(path, buffer_slice(text), steps[i], 64 * KIB);
    check_read(path, buffer_slice(text), 1000, 7);
}

static void test_vectors(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    vectors_read(FOLDER "text.plain", &text);
    vectors_check("decompress", "", 41, check_vector, &text);
}

/* Bytes that look like nothing come out as they went in, the shortest and the longest. */
static void test_plain(void **state)
{
    (void)state;
    static char long_text[3 * 1024 * 1024];
    for (size_t i = 0; i < sizeof long_text; i++)
        long_text[i] = (char)(i * 2654435761U >> 24);
    long_text[0] = '{';
    const Slice texts[] = {SLICE(""),     SLICE("x"),       SLICE("\x1f"),         SLICE("\x1f\x8b"),
                           SLICE("{}\n"), SLICE("BZ{}BZh"), SLICE("\x28\xb5\x2f"), {long_text, sizeof long_text}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t step = 1; step < 1000000; step = step * 10 - (step > 1)) {
            Pieces pieces = {texts[i], step, SIZE_MAX, 0};
            AUTO_DECOMPRESS decompress = decompress_open(give_piece, &pieces, 1000);
            AUTO_BUFFER found;
            Error error;
            assert_true(read_all(decompress, 64 * KIB, &found, &error));
            assert_true(slice_equals(buffer_slice(&found), texts[i]));
        }
    }
}

/* What the source says is what the caller hears, wherever it stops. */
static void test_failing_source(void **state)
{
    (void)state;
    static const char *const paths[] = {FOLDER "text.plain", FOLDER "whole.gz", FOLDER "whole.zst", FOLDER "whole.bz2",
                                        FOLDER "whole.lz4"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        AUTO_BUFFER bytes;
        vectors_read(paths[i], &bytes);
        for (size_t fail_after = 0; fail_after <= bytes.length; fail_after += 10) {
            Pieces pieces = {buffer_slice(&bytes), 10, fail_after, 0};
            AUTO_DECOMPRESS decompress = decompress_open(give_piece, &pieces, 1000);
            AUTO_BUFFER found;
            Error error = {0};
            assert_false(read_all(decompress, 64 * KIB, &found, &error));
            assert_int_equal(error.kind, ERROR_STALE);
            assert_string_equal(error.message, "the source failed");
        }
    }
}

/* One after the other, the one before left in its middle. */
static void test_begin(void **state)
{
    (void)state;
    AUTO_BUFFER bytes;
    AUTO_BUFFER text;
    AUTO_BUFFER found;
    vectors_read(FOLDER "whole.gz", &bytes);
    vectors_read(FOLDER "text.plain", &text);
    Pieces pieces = {buffer_slice(&bytes), 10, SIZE_MAX, 0};
    AUTO_DECOMPRESS decompress = decompress_open(give_piece, &pieces, 1000);
    char byte;
    size_t length;
    Error error;
    assert_true(decompress_read(decompress, &byte, 1, &length, &error));
    assert_int_equal(length, 1);
    assert_int_equal(byte, '{');
    pieces = (Pieces){buffer_slice(&text), 10, SIZE_MAX, 0};
    decompress_begin(decompress);
    assert_true(read_all(decompress, 100, &found, &error));
    assert_true(slice_equals(buffer_slice(&found), buffer_slice(&text)));
    assert_true(decompress_read(decompress, &byte, 1, &length, &error));
    assert_int_equal(length, 0);
}

/* Gives the same piece again and again, count times. */
typedef struct Repeats {
    Slice piece;
    int64_t count;
} Repeats;

static bool give_repeat(void *context, Slice *out_bytes, Error *error)
{
    (void)error;
    Repeats *repeats = context;
    *out_bytes = repeats->count-- > 0 ? repeats->piece : (Slice){0};
    return true;
}

/* Bytes that came out of one object, and the sentence at their end. */
static uint64_t drain_object(Decompress *decompress, Error *error)
{
    static char bytes[1024 * 1024];
    uint64_t total = 0;
    *error = (Error){0};
    for (size_t length = 1; length > 0; total += length)
        if (!decompress_read(decompress, bytes, sizeof bytes, &length, error))
            return total;
    return total;
}

static uint64_t drain(Repeats repeats, int64_t ratio_max, Error *error)
{
    AUTO_DECOMPRESS decompress = decompress_open(give_repeat, &repeats, ratio_max);
    return drain_object(decompress, error);
}

/* A MiB of blanks in a few bytes, a thousand times over: nobody reads all of it. */
static void test_bombs(void **state)
{
    (void)state;
    static const char *const paths[] = {FOLDER "spaces.bz2", FOLDER "spaces.gz", FOLDER "spaces.zst",
                                        FOLDER "spaces.lz4"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        AUTO_BUFFER bytes;
        Error error;
        vectors_read(paths[i], &bytes);
        Repeats bomb = {.piece = buffer_slice(&bytes), .count = 300};
        uint64_t total = drain(bomb, 100, &error);
        assert_int_equal(error.kind, ERROR_REJECT);
        assert_non_null(strstr(error.message, "UNPACK_RATIO_MAX = 100 times"));
        assert_in_range(total, LIMIT_UNPACKED_BYTES - 2 * MIB, LIMIT_UNPACKED_BYTES + 2 * MIB);
        /* What the ratio allows is no bomb. */
        assert_int_equal(drain(bomb, 1000000, &error), 300 * MIB);
    }
}

/* What an executor has read before is no part of the next object: each may unpack to as much as one alone. */
static void test_each_object_counts_by_itself(void **state)
{
    (void)state;
    AUTO_BUFFER bytes;
    Repeats object;
    Error error;
    vectors_read(FOLDER "spaces.zst", &bytes);
    AUTO_DECOMPRESS decompress = decompress_open(give_repeat, &object, 100);
    for (int i = 0; i < 2; i++) {
        object = (Repeats){.piece = buffer_slice(&bytes), .count = 200};
        decompress_begin(decompress);
        assert_int_equal(drain_object(decompress, &error), 200 * MIB);
        assert_string_equal(error.message, "");
    }
}

/* Members and frames that are empty, without an end. */
static void test_empty_bombs(void **state)
{
    (void)state;
    static const char *const paths[] = {FOLDER "empty.gz", FOLDER "empty.zst"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        AUTO_BUFFER one;
        AUTO_BUFFER many;
        Error error;
        vectors_read(paths[i], &one);
        buffer_init(&many, MIB);
        while (many.length < 512 * KIB)
            assert_true(buffer_append(&many, buffer_slice(&one)));
        assert_int_equal(drain((Repeats){.piece = buffer_slice(&many), .count = 1000}, 1000, &error), 0);
        assert_int_equal(error.kind, ERROR_REJECT);
        assert_non_null(strstr(error.message, "MiB of its"));
        /* A few are ordinary. */
        drain((Repeats){.piece = buffer_slice(&many), .count = 4}, 1000, &error);
        assert_string_equal(error.message, "");
    }
}

/* Empty ones between others: what they are together is no matter, so neither is the size of an object that is full. */
static void test_empty_ones_between_others(void **state)
{
    (void)state;
    static const char *const paths[][2] = {{FOLDER "empty.gz", FOLDER "spaces.gz"},
                                           {FOLDER "empty.zst", FOLDER "spaces.zst"}};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        AUTO_BUFFER empty;
        AUTO_BUFFER full;
        AUTO_BUFFER both;
        Error error;
        vectors_read(paths[i][0], &empty);
        vectors_read(paths[i][1], &full);
        buffer_init(&both, LIMIT_EMPTY_BYTES);
        while (both.length < LIMIT_EMPTY_BYTES / 2)
            assert_true(buffer_append(&both, buffer_slice(&empty)));
        assert_true(buffer_append(&both, buffer_slice(&full)));
        assert_int_equal(drain((Repeats){.piece = buffer_slice(&both), .count = 5}, 1000, &error), 5 * MIB);
        assert_string_equal(error.message, "");
    }
}

/* A dictionary of 2 GiB is asked for, by a frame that zstd --long=31 begins: refused, before it is made. */
static void test_large_window(void **state)
{
    (void)state;
    static const char frame[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";
    Error error;
    Repeats frames = {.piece = {frame, sizeof frame - 1}, .count = 1};
    assert_int_equal(drain(frames, 1000, &error), 0);
    assert_int_equal(error.kind, ERROR_REJECT);
    assert_non_null(strstr(error.message, "memory"));
}

static void check_named(Slice bytes, const char *words)
{
    static const size_t steps[] = {1, 3, 1000};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        Pieces pieces = {bytes, steps[i], SIZE_MAX, 0};
        AUTO_DECOMPRESS decompress = decompress_open(give_piece, &pieces, 1000);
        AUTO_BUFFER found;
        Error error = {0};
        assert_false(read_all(decompress, i > 0 ? 64 * KIB : 1, &found, &error));
        assert_int_equal(error.kind, ERROR_REJECT);
        if (!strstr(error.message, words))
            fail_msg("'%s' does not say '%s'", error.message, words);
    }
}

/* What is in a bucket beside JSON is named, and is not taken for a bad line 1. */
static void test_strange(void **state)
{
    (void)state;
    check_named(SLICE("PK\x03\x04\x14\x00\x00\x00"), "its content is a zip archive, which is not read");
    check_named(SLICE("\xfd\x37zXZ\x00\x00\x04"), "an xz stream");
    check_named(SLICE("7z\xbc\xaf\x27\x1c"), "a 7z archive");
    check_named(SLICE("PAR1\x15\x00"), "a Parquet file");
    check_named(SLICE("Obj\x01\x04\x14"), "an Avro file");
    check_named(SLICE("\xff\xfe{\0}\0"), "text in UTF-16");
    check_named(SLICE("\xfe\xff\0{\0}"), "text in UTF-16");
    check_named(SLICE("{\0\"\0a\0"), "text in UTF-16");
    check_named(SLICE("\0{\0\"\0a"), "text in UTF-16");
    check_named(SLICE("\xff\xfe\0\0{\0\0\0"), "text in UTF-32");
    check_named(SLICE("\x1f\x9d\x90{"), "a .Z stream");
}

/* Its magic number comes after the name of the first file, and says nothing if it stands in a text. */
static void test_tar(void **state)
{
    (void)state;
    char header[512] = "2018-11-01-events.json";
    memcpy(header + 257, "ustar", 6);
    check_named((Slice){header, sizeof header}, "its content is a tar archive");
    memset(header, ' ', sizeof header);
    memcpy(header + 257, "ustar", sizeof "ustar");
    Pieces pieces = {{header, sizeof header}, 1000, SIZE_MAX, 0};
    AUTO_DECOMPRESS decompress = decompress_open(give_piece, &pieces, 1000);
    AUTO_BUFFER found;
    Error error;
    assert_true(read_all(decompress, 64 * KIB, &found, &error));
    assert_int_equal(found.length, sizeof header);
}

/* {"a":1}, by gzip and then by gzip or bzip2, and an xz stream by gzip. */
static void test_twice_compressed(void **state)
{
    (void)state;
    static const char gzip_twice[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x93\xef\xe6\x60\x00\x01\x26\xe6\xd5\x61"
                                     "\x5e\x21\x9b\x8c\xd6\x3c\x65\x62\x70\x5b\xfc\xa2\x04\x24\x0a\x00\xa8\x84\x2c\x57"
                                     "\x1c\x00\x00\x00";
    static const char gzip_in_bzip2[] =
        "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xbd\x11\xef\xd2\x00\x00\x07\x6e\xd9\x78"
        "\x40\x00\x00\x90\x00\x01\x10\x05\x00\x04\x00\x00\x08\x08\x0c\x10\x00\x02\x40\x20"
        "\x00\x31\x4c\x98\x99\x06\x46\x14\xf5\x32\x00\xc0\x86\x00\xa5\x08\x41\x92\x25\xe0"
        "\x2a\x3c\xa3\x2b\x3c\xcf\xc5\xdc\x91\x4e\x14\x24\x2f\x44\x7b\xf4\x80";
    static const char xz_in_gzip[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xfb\x6b\x5e\x15\x11\xc5\xc0\xc0\xf2\xec"
                                     "\xda\x16\x37\x26\x06\x45\x46\x31\x06\x06\x86\x12\xfd\xa7\x8b\x19\x19\xd8\xab\x95"
                                     "\x12\x95\xac\x0c\x6b\xb9\x18\xf6\x79\x4e\x74\x0e\x65\x79\xdf\xca\xc0\xa8\xc0\xb1"
                                     "\x5b\xf2\xe6\x6e\xf9\x6d\x9f\x6b\x19\x81\xea\x18\x58\x22\xa3\x00\xb7\x0e\xdc\x3e"
                                     "\x40\x00\x00\x00";
    check_named((Slice){gzip_twice, sizeof gzip_twice - 1},
                "its gzip compression holds gzip compression: compress it once");
    check_named((Slice){gzip_in_bzip2, sizeof gzip_in_bzip2 - 1}, "its bzip2 compression holds gzip compression");
    check_named((Slice){xz_in_gzip, sizeof xz_in_gzip - 1}, "its content is an xz stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_failing_source),
        cmocka_unit_test(test_begin),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_each_object_counts_by_itself),
        cmocka_unit_test(test_empty_bombs),
        cmocka_unit_test(test_empty_ones_between_others),
        cmocka_unit_test(test_large_window),
        cmocka_unit_test(test_strange),
        cmocka_unit_test(test_tar),
        cmocka_unit_test(test_twice_compressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
