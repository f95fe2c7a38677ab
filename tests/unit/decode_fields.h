/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a binary COPY row as readable text, for the expectations of vectors/decode. Included by test_decode.c
 * after cmocka.h. */
#pragma once

#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/slice.h"
#include "decode/decode.h"

static void add(Buffer *buffer, const char *text)
{
    assert_true(buffer_append_text(buffer, text));
}

static void add_escaped(Buffer *buffer, Slice bytes)
{
    for (size_t i = 0; i < bytes.length; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            assert_true(buffer_append_format(buffer, "\\x%02X", c));
        else
            assert_true(buffer_append(buffer, (Slice){bytes.data + i, 1}));
    }
}

static uint64_t take_number(Slice *rest, size_t bytes)
{
    assert_true(rest->length >= bytes);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)rest->data[i];
    *rest = (Slice){rest->data + bytes, rest->length - bytes};
    return value;
}

/* The digits of base 10,000 as they are, so that a wrong weight or an unstripped zero shows. */
static void add_numeric(Buffer *out, Slice field)
{
    size_t count = (size_t)take_number(&field, 2);
    int weight = (int16_t)take_number(&field, 2);
    const char *sign = take_number(&field, 2) == 0x4000 ? "-" : "";
    int dscale = (int)take_number(&field, 2);
    assert_int_equal(field.length, 2 * count);
    assert_true(buffer_append_format(out, "%s[", sign));
    for (size_t i = 0; i < count; i++)
        assert_true(buffer_append_format(out, i > 0 ? " %04d" : "%d", (int)take_number(&field, 2)));
    assert_true(buffer_append_format(out, "]*10000^%d/%d", weight, dscale));
}

static void add_date(Buffer *out, int64_t days)
{
    time_t seconds = (days + 10957) * 86400;
    struct tm parts;
    char text[64];
    assert_non_null(gmtime_r(&seconds, &parts));
    strftime(text, sizeof(text), "%Y-%m-%d", &parts);
    add(out, text);
}

static void add_timestamp(Buffer *out, int64_t us)
{
    int64_t day_us = INT64_C(86400000000);
    int64_t rest = (us % day_us + day_us) % day_us;
    add_date(out, (us - rest) / day_us);
    assert_true(buffer_append_format(out, " %02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%06" PRId64, rest / 3600000000,
                                     rest / 60000000 % 60, rest / 1000000 % 60, rest % 1000000));
}

static void add_field(Buffer *out, const Column *column, Slice field)
{
    float real;
    double number;
    uint64_t bits = 0;
    if (column->type != COLUMN_TEXT && column->type != COLUMN_JSONB && column->type != COLUMN_NUMERIC) {
        Slice rest = field;
        bits = take_number(&rest, field.length);
    }
    switch (column->type) {
    case COLUMN_TEXT:
        add(out, "'");
        add_escaped(out, field);
        add(out, "'");
        break;
    case COLUMN_SMALLINT:
        assert_int_equal(field.length, 2);
        assert_true(buffer_append_format(out, "%d", (int16_t)bits));
        break;
    case COLUMN_INTEGER:
        assert_int_equal(field.length, 4);
        assert_true(buffer_append_format(out, "%d", (int32_t)bits));
        break;
    case COLUMN_BIGINT:
        assert_int_equal(field.length, 8);
        assert_true(buffer_append_format(out, "%" PRId64, (int64_t)bits));
        break;
    case COLUMN_REAL:
        assert_int_equal(field.length, 4);
        memcpy(&real, &(uint32_t){(uint32_t)bits}, 4);
        assert_true(buffer_append_format(out, "%.9g", (double)real));
        break;
    case COLUMN_DOUBLE:
        assert_int_equal(field.length, 8);
        memcpy(&number, &bits, 8);
        assert_true(buffer_append_format(out, "%.17g", number));
        break;
    case COLUMN_NUMERIC:
        add_numeric(out, field);
        break;
    case COLUMN_BOOLEAN:
        assert_int_equal(field.length, 1);
        add(out, bits == 1 ? "true" : bits == 0 ? "false" : "neither");
        break;
    case COLUMN_DATE:
        assert_int_equal(field.length, 4);
        add_date(out, (int32_t)bits);
        break;
    case COLUMN_TIMESTAMP:
    case COLUMN_TIMESTAMPTZ:
        assert_int_equal(field.length, 8);
        add_timestamp(out, (int64_t)bits);
        break;
    case COLUMN_JSONB:
        assert_true(field.length > 1 && field.data[0] == 1);
        add(out, "jsonb ");
        add_escaped(out, (Slice){field.data + 1, field.length - 1});
        break;
    }
}
