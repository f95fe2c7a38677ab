/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of a row a line, of which some lines are damaged at random, their line breaks left alone, and some of these
 * are several rows, joined, of which one may be damaged: either the object fails, or each other line is loaded, and
 * every row counts once. Damage that makes JSON nobody can see: two rows that are one together, or one that is two; it
 * must be rare. The seed is fixed; DECODE_LINES_SEED and
 * DECODE_LINES_OBJECTS try others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "decode/decode.h"
#include "pieces.h"
#include "random.h"

#define LINES_MAX 24
#define JOINED_MAX 4
#define ROWS_MAX (JOINED_MAX * LINES_MAX + LINES_MAX)
#define TEXT_MAX (64 * KIB)

typedef struct Object {
    Buffer text;
    Pieces pieces;
    unsigned lines;
    bool is_damaged[LINES_MAX];
    unsigned rows_of[LINES_MAX]; /* 0: the line is blank */
    uint64_t ids[ROWS_MAX];      /* by ordinal, of the rows that were loaded */
    bool is_loaded[ROWS_MAX];
    int64_t rows;
    int64_t rejects;
} Object;

static uint64_t take_number(Slice *rest, size_t size)
{
    uint64_t number = 0;
    assert_true(size <= rest->length);
    for (size_t i = 0; i < size; i++)
        number = number << 8 | (unsigned char)rest->data[i];
    *rest = (Slice){rest->data + size, rest->length - size};
    return number;
}

static bool take_rows(void *context, Slice rows, Error *error)
{
    (void)error;
    Object *object = context;
    while (rows.length > 0) {
        assert_int_equal(take_number(&rows, 2), 1 + 3);
        uint64_t id = UINT64_MAX;
        if ((uint32_t)take_number(&rows, 4) != UINT32_MAX)
            id = take_number(&rows, 8);
        for (int i = 0; i < 2; i++) {
            take_number(&rows, 4);
            take_number(&rows, 8);
        }
        take_number(&rows, 4);
        uint64_t ordinal = take_number(&rows, 8);
        assert_true(ordinal < ROWS_MAX && !object->is_loaded[ordinal]);
        object->is_loaded[ordinal] = true;
        object->ids[ordinal] = id;
        object->rows++;
    }
    return true;
}

static bool take_reject(void *context, const Reject *reject, Error *error)
{
    (void)error;
    Object *object = context;
    assert_true(reject->line >= 1 && reject->line <= object->lines + 1);
    object->rejects++;
    return true;
}

static void add(Buffer *text, const char *bytes)
{
    assert_true(buffer_append_text(text, bytes));
}

static void add_row(Buffer *text, unsigned id)
{
    static const char *const values[] = {"1",       "\"x\"",         "\"a } b { c\"", "null",       "[1,2]",
                                         "[{},{}]", "{\"b\":\"y\"}", "\"\\\"{\\\"\"", "[[],\"]\"]", "-1.5e3"};
    assert_true(buffer_append_format(text, "{\"id\":%u", id));
    for (unsigned i = random_below(4); i > 0; i--)
        assert_true(buffer_append_format(text, random_below(2) ? ",\"k%u\":%s" : ", \"k%u\" : %s", i,
                                         values[random_below(sizeof values / sizeof *values)]));
    add(text, "}");
}

/* Changes, removes or cuts what follows start, and no line break. */
static void damage(Buffer *text, size_t start)
{
    static const char marks[] = "\"\\{}[]:,0-.eE+tfn \t\r\x01\x80\xC3u\0";
    for (unsigned i = 1 + random_below(3); i > 0 && text->length > start + 1; i--) {
        size_t place = start + random_below((unsigned)(text->length - start));
        size_t run = 1 + random_below(4);
        run = run < text->length - place ? run : text->length - place;
        switch (random_below(5)) {
        case 0:
            text->data[place] = marks[random_below(sizeof(marks))];
            break;
        case 1:
            memmove(text->data + place, text->data + place + run, text->length - place - run);
            text->length -= run;
            break;
        case 2:
            memset(text->data + place, '\0', run);
            break;
        case 3:
            text->data[place] = (char)(text->data[place] ^ (1 << random_below(8)));
            if (text->data[place] == '\n')
                text->data[place] = ' ';
            break;
        default:
            text->length = place;
            break;
        }
    }
}

static bool is_blank(const Buffer *text, size_t start)
{
    for (size_t i = start; i < text->length; i++) {
        if (!strchr(" \t\r", text->data[i]) || text->data[i] == '\0')
            return false;
    }
    return true;
}

/* A line that is damaged; or several rows, joined, of which one may be. */
static void add_damaged_line(Object *object, unsigned line)
{
    static const char *const joints[] = {"", "", ",", ", ", " , ", " ", "\r", " x "};
    unsigned rows = random_below(8) ? 1 : 2 + random_below(JOINED_MAX - 1);
    unsigned damaged = rows == 1 ? 0 : random_below(rows + 1);
    const char *joint = joints[random_below(sizeof joints / sizeof *joints)];
    object->rows_of[line] = 0;
    for (unsigned i = 0; i < rows; i++) {
        add(&object->text, i > 0 ? joint : "");
        size_t start = object->text.length;
        add_row(&object->text, i > 0 ? LINES_MAX : line);
        if (i == damaged)
            damage(&object->text, start);
        object->rows_of[line] += !is_blank(&object->text, start);
    }
}

static void make(Object *object)
{
    buffer_clear(&object->text);
    object->lines = 1 + random_below(LINES_MAX - 1);
    object->rows = object->rejects = 0;
    memset(object->is_loaded, 0, sizeof object->is_loaded);
    unsigned share = 1 + random_below(8);
    for (unsigned i = 0; i < object->lines; i++) {
        object->is_damaged[i] = random_below(share) == 0;
        object->rows_of[i] = 1;
        if (object->is_damaged[i])
            add_damaged_line(object, i);
        else
            add_row(&object->text, i);
        if (i + 1 < object->lines || random_below(2))
            add(&object->text, random_below(9) ? "\n" : "\r\n");
    }
}

static unsigned unseen; /* damage that is JSON */

/* The ordinal of a line that was not damaged; after damaged ones it may be off by as many. */
static unsigned find_row(const Object *object, unsigned line, unsigned ordinal, unsigned damaged)
{
    for (unsigned i = 0; i <= 2 * damaged; i++) {
        unsigned place = i % 2 ? ordinal + (i + 1) / 2 : ordinal - i / 2;
        if (place < ROWS_MAX && object->is_loaded[place] && object->ids[place] == line) {
            unseen += i > 0;
            return place;
        }
    }
    fail_msg("line %u is not row %u of: %.900s", line + 1, ordinal, object->text.data);
    return 0;
}

/* Whether the object was decoded. */
static bool check(Decoder *decoder, Object *object)
{
    Error error;
    DecodeCounts counts;
    DecodeSource source = {read_piece, &object->pieces};
    DecodeSink sink = {.write_rows = take_rows, .write_reject = take_reject, .context = object};
    object->pieces = (Pieces){buffer_slice(&object->text), random_below(2) ? SIZE_MAX : 1 + random_below(50)};
    if (!decode_object(decoder, 1, 2, &source, &sink, &counts, &error)) {
        assert_int_equal(error.kind, ERROR_REJECT);
        return false;
    }
    unsigned ordinal = 0, damaged = 0;
    for (unsigned i = 0; i < object->lines; i++) {
        if (!object->is_damaged[i]) {
            ordinal = find_row(object, i, ordinal, damaged);
            damaged = 0;
        }
        damaged += object->is_damaged[i] ? object->rows_of[i] : 0;
        ordinal += object->rows_of[i];
    }
    int64_t difference = object->rows + object->rejects - ordinal;
    unseen += difference != 0;
    if (difference < -(int64_t)damaged || difference > damaged)
        fail_msg("%u rows are %lld rows and %lld rejects in: %.900s", ordinal, (long long)object->rows,
                 (long long)object->rejects, object->text.data);
    return true;
}

static unsigned long read_environment(const char *name, unsigned long otherwise)
{
    const char *value = getenv(name);
    return value ? strtoul(value, NULL, 10) : otherwise;
}

static void test_damaged_lines(void **state)
{
    (void)state;
    static const Column columns[] = {{.name = "id", .type = COLUMN_BIGINT}};
    static const DecodeOptions options = {.columns = columns, .column_count = 1, .mapping = JSON_AUTO};
    seed = read_environment("DECODE_LINES_SEED", 20181102);
    unsigned long objects = read_environment("DECODE_LINES_OBJECTS", 20000);
    unsigned long decoded = 0;
    Error error;
    AUTO_DECODER decoder = NULL;
    assert_true(decode_open(&options, &decoder, &error));
    static Object object;
    buffer_init(&object.text, TEXT_MAX);
    for (unsigned long i = 0; i < objects; i++) {
        make(&object);
        decoded += check(decoder, &object);
    }
    buffer_done(&object.text);
    printf("%lu of %lu objects were decoded, %u with damage that is JSON\n", decoded, objects, unseen);
    assert_true(decoded > objects / 3 && unseen < 1 + objects / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
