/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/limits.h"
#include "warehouse/manifest.h"

static const char *const keys[] = {
    "log_data/2018/11/2018-11-01-events.json",
    "a \"quoted\" key\\with a backslash",
    "tab\there, new\nline, \x01 control and \x7f",
    "caf\xc3\xa9/\xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\x8e\xb5",
    "</script>&amp;%20+?#",
};
#define KEY_COUNT (sizeof keys / sizeof *keys)

static void test_every_key_comes_back(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    buffer_init(&text, MIB);
    assert_true(manifest_begin(&text));
    for (size_t i = 0; i < KEY_COUNT; i++)
        assert_true(manifest_add(&text, "bucket", keys[i]));
    assert_true(manifest_end(&text));

    json_t *manifest = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    const json_t *entries = json_object_get(manifest, "entries");
    assert_int_equal(json_object_size(manifest), 1);
    assert_int_equal(json_array_size(entries), KEY_COUNT);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *url = json_string_value(json_object_get(entry, "url"));
        assert_int_equal(json_object_size(entry), 2);
        assert_memory_equal(url, "s3://bucket/", 12);
        assert_string_equal(url + 12, keys[i]);
        assert_true(json_is_true(json_object_get(entry, "mandatory")));
    }
    json_decref(manifest);
}

static void test_what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    AUTO_BUFFER text, small;
    buffer_init(&text, MIB);
    buffer_init(&small, 64);
    assert_true(manifest_begin(&text) && manifest_begin(&small));
    assert_false(manifest_add(&text, "bucket", "no UTF-8: \xff"));
    assert_false(manifest_add(&small, "bucket", keys[0]));
}

static void test_a_field_is_json(void **state)
{
    (void)state;
    AUTO_BUFFER text;
    buffer_init(&text, MIB);
    assert_true(manifest_append_field(&text, "key", "say \"hi\"\n"));
    assert_string_equal(text.data, "\"key\":\"say \\\"hi\\\"\\n\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_comes_back),
        cmocka_unit_test(test_what_cannot_be_written_is_refused),
        cmocka_unit_test(test_a_field_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
