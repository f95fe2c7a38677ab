/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/query.h"

static bool parse(const char *path, const char *text, Query *query, Error *error)
{
    SqlFile file = {.path = path, .text = text};
    return query_parse(&file, query, error);
}

static void test_comments_tell_all(void **state)
{
    (void)state;
    Query query;
    Error error;
    const char *text = "-- SPDX-License-Identifier: Apache-2.0\n-- title: Top artists\n-- parameter: gender = F\n"
                       "-- parameter: max_rows = 3, or more\nSELECT 1\n-- parameter: late = no\n";
    assert_true(parse("analytics/01_top_artists.sql", text, &query, &error));
    assert_string_equal(query.name, "top_artists");
    assert_string_equal(query.title, "Top artists");
    assert_int_equal(query.parameter_count, 2);
    assert_string_equal(query.parameters[0].name, "gender");
    assert_string_equal(query.parameters[0].value, "F");
    assert_string_equal(query.parameters[1].name, "max_rows");
    assert_string_equal(query.parameters[1].value, "3, or more");
    assert_ptr_equal(query.sql, text);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"checks/10_rebuild_users.sql", "rebuild_users"},
                                           {"plain.sql", "plain"},
                                           {"a/b/2_x.y.sql", "x"},
                                           {"a/no_number", "no_number"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Query query;
        Error error;
        assert_true(parse(names[i][0], "-- check: something", &query, &error));
        assert_string_equal(query.name, names[i][1]);
        assert_string_equal(query.title, "something");
    }
}

static void test_what_is_no_query(void **state)
{
    (void)state;
    const char *too_many = "-- title: x\n-- parameter: a = 1\n-- parameter: b = 1\n-- parameter: c = 1\n"
                           "-- parameter: d = 1\n-- parameter: e = 1\n-- parameter: f = 1\n-- parameter: g = 1\n"
                           "-- parameter: h = 1\n-- parameter: i = 1\n";
    const char *const texts[] = {
        "",
        "SELECT 1",
        "SELECT 1\n-- title: too late",
        "-- title:\nSELECT 1",
        "-- title: x\n-- parameter: name\nSELECT 1",
        "-- title: x\n-- parameter: = 1\nSELECT 1",
        "-- title: x\n-- parameter: name =\nSELECT 1",
        too_many,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Query query;
        Error error;
        if (parse("folder/03_file.sql", texts[i], &query, &error))
            fail_msg("taken for a query: %s", texts[i]);
        assert_int_equal(error.kind, ERROR_FATAL);
        assert_non_null(strstr(error.message, "folder/03_file.sql"));
    }
}

static Setting make_setting(const char *text)
{
    const char *equals = strchr(text, '=');
    return (Setting){text, (size_t)(equals - text), equals + 1};
}

static void test_settings(void **state)
{
    (void)state;
    Query query;
    Error error;
    assert_true(parse("a.sql", "-- title: x\n-- parameter: year = 2018\n-- parameter: years = 1\n", &query, &error));
    Setting year = make_setting("year=2020=x"), unknown = make_setting("ye=1"), empty = make_setting("years=");
    assert_true(query_set(&query, &year));
    assert_string_equal(query.parameters[0].value, "2020=x");
    assert_string_equal(query.parameters[1].value, "1");
    assert_false(query_set(&query, &unknown));
    assert_true(query_set(&query, &empty));
    assert_string_equal(query.parameters[1].value, "");

    char longest[300] = "year=";
    memset(longest + 5, 'y', sizeof longest - 6);
    longest[sizeof longest - 1] = '\0';
    Setting too_long = make_setting(longest);
    assert_false(query_set(&query, &too_long));
}

/* Those that are built in, for each kind of warehouse. */
static void test_every_file_of_ours(void **state)
{
    (void)state;
    static const struct {
        WarehouseKind kind;
        const char *name;
    } folders[] = {{WAREHOUSE_POSTGRES, "analytics"},
                   {WAREHOUSE_POSTGRES, "checks"},
                   {WAREHOUSE_REDSHIFT, "analytics"},
                   {WAREHOUSE_REDSHIFT, "checks"}};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        AUTO_SQL_SET set = {0};
        Error error;
        sql_set_load_built_in(&(WarehouseConfig){.kind = folders[i].kind}, folders[i].name, &set);
        assert_true(set.count >= 8);
        for (size_t k = 0; k < set.count; k++) {
            Query query;
            if (!query_parse(&set.files[k], &query, &error))
                fail_msg("%s", error.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments_tell_all),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_is_no_query),   cmocka_unit_test(test_settings),
        cmocka_unit_test(test_every_file_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
