/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "web/xml.h"

static void on_start(void *context, int depth, const char *name)
{
    (void)depth, (void)name;
    ++*(int *)context;
}

static void on_end(void *context, int depth, const char *name, Slice text)
{
    (void)context, (void)depth, (void)name, (void)text;
}

static const XmlEvents events = {.on_start = on_start, .on_end = on_end, .depth_max = 4};

/* Feeds the text so many times, and says what was wrong. */
static const char *feed(Xml *xml, const char *text, int count)
{
    bool is_fed = true;
    for (int i = 0; is_fed && i < count; i++)
        is_fed = xml_feed(xml, slice_from_text(text), false);
    return xml_problem(xml);
}

static void test_a_tag_without_an_end(void **state)
{
    (void)state;
    char piece[KIB + 1];
    memset(piece, 'x', KIB);
    piece[KIB] = '\0';
    int elements = 0;
    Xml *xml = xml_open(&events, &elements);
    assert_string_equal(feed(xml, "<a><", 1), "");
    assert_string_equal(feed(xml, piece, 1024), "a tag is too long");
    assert_int_equal(elements, 1);
    xml_close(xml);
}

static void test_many_short_ones_are_no_long_one(void **state)
{
    (void)state;
    int elements = 0;
    Xml *xml = xml_open(&events, &elements);
    assert_string_equal(feed(xml, "<a>", 1), "");
    assert_string_equal(feed(xml, "<b>text</b>\n", 100000), "");
    assert_true(xml_feed(xml, SLICE("</a>"), true));
    assert_int_equal(elements, 100001);
    xml_close(xml);
}

static void test_depth_and_doctype(void **state)
{
    (void)state;
    int elements = 0;
    Xml *deep = xml_open(&events, &elements), *doctype = xml_open(&events, &elements);
    assert_string_equal(feed(deep, "<a>", 5), "its elements are nested too deeply");
    assert_string_equal(feed(doctype, "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", 1), "it has a DOCTYPE");
    xml_close(deep);
    xml_close(doctype);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tag_without_an_end),
        cmocka_unit_test(test_many_short_ones_are_no_long_one),
        cmocka_unit_test(test_depth_and_doctype),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
