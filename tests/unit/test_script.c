/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "db/script.h"
#include "db/sql.h"

typedef struct Case {
    const char *script;
    const char *statements[4];
} Case;

/* With $1 = 'one', $2 = NULL. */
static const Case cases[] = {
    {"", {NULL}},
    {" ;; \n ; ", {NULL}},
    {"-- only words; no statement\n/* ; */", {NULL}},
    {"SELECT 1", {"SELECT 1"}},
    {"SELECT 1;\n-- a comment; with a semicolon\nSELECT 2;\n", {"SELECT 1", "SELECT 2"}},
    {"SELECT 1 -- the end\n + 1", {"SELECT 1 \n + 1"}},
    {"SELECT/* a; b */1", {"SELECT 1"}},
    {"SELECT ';', \";\", '--', '/*'; SELECT 2", {"SELECT ';', \";\", '--', '/*'", "SELECT 2"}},
    {"SELECT 'it''s; $1'; SELECT 2", {"SELECT 'it''s; $1'", "SELECT 2"}},
    {"SELECT 'a\\'; b'; SELECT 2", {"SELECT 'a\\'; b'", "SELECT 2"}},
    {"SELECT \"a\\\"; SELECT 2", {"SELECT \"a\\\"", "SELECT 2"}},
    {"SELECT $1, $2::bigint, $1", {"SELECT 'one', NULL::bigint, 'one'"}},
    {"SELECT '$1', \"$2\", $x", {"SELECT '$1', \"$2\", $x"}},
    {"SELECT $3, $0, $99999999999999999999", {"SELECT $3, $0, $99999999999999999999"}},
    {"SELECT a$1, b$3, _$1, \xC3\xA9$1, public.a$1$2, 1$1", {"SELECT a$1, b$3, _$1, \xC3\xA9$1, public.a$1$2, 1$1"}},
    {"SELECT a=$1,($2)", {"SELECT a='one',(NULL)"}},
    {"DO $$ BEGIN; $1 ' $$; SELECT $1", {"DO $$ BEGIN; $1 ' $$", "SELECT 'one'"}},
    {"DO $a$ ; $$ ; $b$ $a$; SELECT 2", {"DO $a$ ; $$ ; $b$ $a$", "SELECT 2"}},
    {"DO $a$ unended; $1", {"DO $a$ unended; $1"}},
    {"SELECT $", {"SELECT $"}},
    {"BEGIN; SELECT 1; COMMIT;", {"BEGIN", "SELECT 1", "COMMIT"}},
    {"SELECT 'unended; -- ", {"SELECT 'unended; --"}},
    {"SELECT 1 /* unended", {"SELECT 1"}},
};

static void test_statements(void **state)
{
    (void)state;
    static const char *const literals[] = {"'one'", "NULL"};
    AUTO_BUFFER statement;
    buffer_init(&statement, 1 * KIB);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Slice rest = slice_from_text(cases[i].script);
        size_t count = 0;
        for (; script_next(&rest, literals, 2, &statement); count++) {
            assert_true(count < 4);
            assert_non_null(cases[i].statements[count]);
            assert_string_equal(statement.data, cases[i].statements[count]);
        }
        assert_null(cases[i].statements[count]);
    }
}

/* Each name that [dataset] TABLE takes, put where our statements have it, stays itself beside the values. */
static void test_a_name_is_no_place_for_a_value(void **state)
{
    (void)state;
    static const char *const literals[] = {"'one'", "NULL"};
    static const char *const letters[] = {"a", "Z", "_", "$", "$1", "$2", "$3", "9", "\xC3\xA9"};
    const size_t count = sizeof letters / sizeof *letters;
    AUTO_BUFFER statement;
    buffer_init(&statement, 1 * KIB);
    for (size_t i = 0; i < 4 * count * count * count; i++) {
        static const char *const first[] = {"a", "_", "\xC3\xA9", "s.t"};
        char name[32], script[96], expected[96];
        snprintf(name, sizeof name, "%s%s%s%s", first[i % 4], letters[i / 4 % count], letters[i / 4 / count % count],
                 letters[i / 4 / count / count]);
        snprintf(script, sizeof script, "SELECT $1 FROM %s (a) WHERE x = $2", name);
        snprintf(expected, sizeof expected, "SELECT 'one' FROM %s (a) WHERE x = NULL", name);
        Slice rest = slice_from_text(script);
        assert_true(script_next(&rest, literals, 2, &statement));
        assert_string_equal(statement.data, expected);
        assert_false(script_next(&rest, literals, 2, &statement));
    }
}

/* What fills the places of a statement must not stand in a comment too, which a newline in it would end. */
static void test_no_statement_begins_with_a_comment(void **state)
{
    (void)state;
    int count = 0;
    for (const SqlFile *file = sql_files; file->path; file++)
        if (strstr(file->path, "/statements/")) {
            if (strncmp(file->text, "--", 2) == 0)
                fail_msg("%s", file->path);
            count++;
        }
    assert_true(count > 100);
}

static void test_what_controls_a_transaction(void **state)
{
    (void)state;
    static const char *const controls[] = {"COMMIT",
                                           "commit work",
                                           "End",
                                           "ROLLBACK TO SAVEPOINT a",
                                           "begin",
                                           "START\n TRANSACTION",
                                           "TRUNCATE t",
                                           "truncate\ttable t",
                                           "SET  session\n AUTHORIZATION x",
                                           "RESET ALL",
                                           "USE other",
                                           "PREPARE TRANSACTION 'a'"};
    static const char *const others[] = {"",
                                         "SELECT 'COMMIT'",
                                         "COMMITS",
                                         "SET search_path TO a",
                                         "SET session_x TO 1",
                                         "begin_x",
                                         "END_X",
                                         "PREPARE a AS SELECT 1",
                                         "\"COMMIT\"",
                                         "SET SESSION timezone TO 'UTC'",
                                         "RESET x",
                                         "BEGIN\xc3\xa9"};
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (!script_find_control(controls[i]))
            fail_msg("%s", controls[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (script_find_control(others[i]))
            fail_msg("%s", others[i]);
    assert_string_equal(script_find_control("start transaction"), "START");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_a_name_is_no_place_for_a_value),
        cmocka_unit_test(test_what_controls_a_transaction),
        cmocka_unit_test(test_no_statement_begins_with_a_comment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
