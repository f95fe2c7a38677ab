/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "web/xml_tree.h"

static XmlTree parse(const char *text)
{
    XmlTree tree;
    assert_true(xml_tree_parse(slice_from_text(text), &tree));
    return tree;
}

static void test_paths(void **state)
{
    (void)state;
    AUTO_XML_TREE tree = parse("<a><b/><b><c>late</c></b><d><e>1</e><f> two &amp; three </f><e>2</e></d></a>");
    assert_string_equal(tree.root->name, "a");
    assert_string_equal(xml_tree_text(tree.root, "d/e"), "1");
    assert_string_equal(xml_tree_text(tree.root, "d/f"), " two & three ");
    /* Of the first <b>, which has no <c>. */
    assert_string_equal(xml_tree_text(tree.root, "b/c"), "");
    assert_null(xml_tree_find(tree.root, "b/c"));
    assert_null(xml_tree_find(tree.root, "d/e/x"));
    assert_null(xml_tree_find(tree.root, "D"));
    assert_null(xml_tree_find(NULL, "a"));
    assert_string_equal(xml_tree_text(NULL, "a"), "");
    assert_ptr_equal(xml_tree_find(tree.root, ""), tree.root);
}

static void test_lists(void **state)
{
    (void)state;
    AUTO_XML_TREE tree = parse("<l><i>1</i>\n<other>x</other><i>2</i><ii>y</ii><i>3</i></l>");
    const XmlNode *node = xml_tree_find(tree.root, "i");
    for (const char *expected = "123"; *expected; expected++) {
        assert_non_null(node);
        assert_int_equal(strlen(node->text), 1);
        assert_int_equal(node->text[0], *expected);
        node = xml_tree_next(node);
    }
    assert_null(node);
}

static void assert_refused(const char *text)
{
    XmlTree tree = {(XmlNode *)1, (XmlNode *)1};
    if (xml_tree_parse(slice_from_text(text), &tree))
        fail_msg("taken for XML: %.60s", text);
    assert_null(tree.root);
    assert_null(tree.made_last);
}

static void test_what_is_no_answer(void **state)
{
    (void)state;
    assert_refused("");
    assert_refused("not XML");
    assert_refused("<a>");
    assert_refused("<a><b></a></b>");
    assert_refused("<a/><a/>");
    assert_refused("{\"a\": 1}");
    assert_refused("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>");
}

/* depth elements in each other. */
static void append_nested(Buffer *out, int depth)
{
    for (int i = 0; i < depth; i++)
        assert_true(buffer_append(out, SLICE("<a>")));
    for (int i = 0; i < depth; i++)
        assert_true(buffer_append(out, SLICE("</a>")));
}

static void test_bounds(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    buffer_init(&text, MIB);
    XmlTree tree;
    append_nested(&text, XML_TREE_DEPTH_MAX);
    assert_true(xml_tree_parse(buffer_slice(&text), &tree));
    xml_tree_done(&tree);
    buffer_clear(&text);
    append_nested(&text, XML_TREE_DEPTH_MAX + 1);
    assert_false(xml_tree_parse(buffer_slice(&text), &tree));
    buffer_clear(&text);
    assert_true(buffer_append(&text, SLICE("<a>")));
    for (int i = 1; i < XML_TREE_NODES_MAX; i++)
        assert_true(buffer_append(&text, SLICE("<b/>")));
    size_t length = text.length;
    assert_true(buffer_append(&text, SLICE("</a>")));
    assert_true(xml_tree_parse(buffer_slice(&text), &tree));
    xml_tree_done(&tree);
    text.length = length;
    assert_true(buffer_append(&text, SLICE("<b/></a>")));
    assert_false(xml_tree_parse(buffer_slice(&text), &tree));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_what_is_no_answer),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
