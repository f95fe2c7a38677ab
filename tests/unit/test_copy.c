/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/copy.h"

/* As PostgreSQL 15 says it in each of its languages. */
static void test_the_row_at_which_a_copy_failed(void **state)
{
    (void)state;
    static const struct {
        const char *place;
        const char *table;
        int64_t row;
    } cases[] = {
        {"COPY things, line 3", "things", 3},
        {"COPY things, line 3", "public.Things", 3},
        {"COPY a\"1, Zeile 12", "\"a\"\"1\"", 12},
        {"COPY t2, línea 41", "t2", 41},
        {"COPY things, рядок 5", "things", 5},
        {"COPY things, 第 6 行", "things", 6},
        {"thingsのCOPY、行 7", "things", 7},
        {"things2 복사, 8번째 줄", "mine.things2", 8},
        {"COPY others, line 3", "things", 0},
        {"PL/pgSQL function public.fail() line 3 at RAISE", "pl", 0},
        {"PL/pgSQL function things() line 3 at RAISE", "things", 0},
        {"things2 line 3", "things2", 0},
        {"COPY things", "things", 0},
        {"", "things", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (copy_find_row(cases[i].place, cases[i].table) != cases[i].row)
            fail_msg("%s: row %d", cases[i].place, (int)copy_find_row(cases[i].place, cases[i].table));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_row_at_which_a_copy_failed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
