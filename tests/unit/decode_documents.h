/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON documents at random, for tests of decode against another reader of JSON. Included after cmocka.h. */
#pragma once

#include "base/buffer.h"
#include "random.h"

#define DEPTH_MAX 6

static void add(Buffer *text, const char *bytes)
{
    assert_true(buffer_append_text(text, bytes));
}

#define ADD_ONE_OF(text, ...)                                                                                          \
    do {                                                                                                               \
        static const char *const choices[] = {__VA_ARGS__};                                                            \
        add((text), choices[random_below(sizeof(choices) / sizeof(choices[0]))]);                                      \
    } while (0)

static void add_space(Buffer *text)
{
    if (random_below(8) == 0)
        ADD_ONE_OF(text, " ", "\n", "\t", "\r\n", "    ");
}

static void add_string(Buffer *text)
{
    add(text, "\"");
    for (unsigned i = random_below(random_below(4) ? 6 : 40); i > 0; i--)
        ADD_ONE_OF(text, "a", "bc", "x y", "0123456789abcdef", "\\n", "\\\"", "\\/", "\\\\", "\\u0041", "\\u00e9",
                   "\\u20AC", "\\ud83d\\ude00", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x7F", "\\t",
                   "{[,:]}");
    if (random_below(30) == 0)
        ADD_ONE_OF(text, "\\ud800", "\\udc00", "\\u0000", "\xFF", "\xED\xA0\x80", "\xC0\x80", "\xF5\x80\x80\x80",
                   "\xE2\x82", "\\ud83d\\u0020");
    add(text, "\"");
}

static void add_number(Buffer *text)
{
    add(text, random_below(3) ? "" : "-");
    if (random_below(6) == 0) {
        ADD_ONE_OF(text, "0", "9007199254740993", "9223372036854775807", "0.1", "1e22", "1e23", "5e-324",
                   "1.7976931348623157e308", "123456789012345678", "2.2250738585072014e-308", "8.5",
                   "0.30000000000000004");
        return;
    }
    assert_true(buffer_append_format(text, "%u", random_below(random_below(2) ? 10 : 4000000000U)));
    if (random_below(2))
        assert_true(buffer_append_format(text, ".%0*u", (int)random_below(9) + 1, random_below(1000000000)));
    if (random_below(5) == 0)
        assert_true(buffer_append_format(text, "%c%s%u", random_below(2) ? 'e' : 'E',
                                         random_below(2) ? "-" : (random_below(2) ? "+" : ""), random_below(300)));
}

static void add_value(Buffer *text, unsigned depth);

static void add_key(Buffer *text)
{
    ADD_ONE_OF(text, "\"text\"", "\"number\"", "\"integer\"", "\"inner\"", "\"list\"", "\"key\"", "\"t\\u0065xt\"",
               "\"other\"", "\"\"", "\"\xC3\xA9\"", "\"a key that is rather long, longer than two blocks of bytes\"");
}

static void add_members(Buffer *text, unsigned depth, bool is_object)
{
    add(text, is_object ? "{" : "[");
    add_space(text);
    unsigned count = random_below(depth == 0 ? 9 : 4);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            add(text, ",");
        add_space(text);
        if (is_object) {
            add_key(text);
            add_space(text);
            add(text, ":");
            add_space(text);
        }
        add_value(text, depth + 1);
        add_space(text);
    }
    add(text, is_object ? "}" : "]");
}

static void add_value(Buffer *text, unsigned depth)
{
    unsigned kind = random_below(depth < DEPTH_MAX ? 10 : 7);
    if (kind < 3)
        add_string(text);
    else if (kind < 6)
        add_number(text);
    else if (kind < 7)
        ADD_ONE_OF(text, "true", "false", "null");
    else
        add_members(text, depth, kind < 9);
}
