/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "show/block.h"
#include "show/figure.h"
#include "show/printable.h"

static ProgressCounts datasets[] = {
    {.dataset = "events",
     .tasks = 8,
     .tasks_planned = 4,
     .tasks_loading = 2,
     .tasks_waiting = 1,
     .objects = 30,
     .objects_settled = 15,
     .bytes = 48000000,
     .bytes_done = 24000000,
     .rows = 1234567,
     .loading_ms = 12000,
     .retry_ms = 2100},
    {.dataset = "songs",
     .tasks = 3,
     .tasks_failed = 1,
     .objects = 14896,
     .objects_settled = 14896,
     .bytes = 3500000,
     .bytes_done = 3500000,
     .rows = 14895,
     .loading_ms = 4000},
};

static ProgressWorker workers[] = {
    {"vm:20633-ab12/1", 3, 17, 1, "events", "2018-11-12", 12400},
    {"vm:20633-ab12/2", 3, 2, 2, "events", "2018-11-3\033[31m", 754000},
};

static Progress progress = {.total = {.tasks = 11,
                                      .tasks_planned = 4,
                                      .tasks_loading = 2,
                                      .objects = 14926,
                                      .objects_settled = 14911,
                                      .bytes = 51500000,
                                      .bytes_done = 27500000,
                                      .rows = 1249462,
                                      .loading_ms = 12000},
                            .datasets = datasets,
                            .dataset_count = 2,
                            .workers = workers,
                            .worker_count = 2,
                            .workers_all = 5};

static void expect_block(const BlockState *shown, BlockStyle style, const char *expected)
{
    AUTO_BUFFER out;
    buffer_init(&out, 65536);
    block_append(shown, &style, &out);
    assert_string_equal(buffer_slice(&out).data, expected);
    /* A terminal of that width folds nothing, and has a line left for the cursor. */
    size_t lines = 0;
    for (const char *c = expected; *c; c++)
        lines += *c == '\n';
    assert_int_equal(block_count_lines(buffer_slice(&out), style.width), lines);
    assert_true(lines < style.height);
}

static const BlockState loading = {.step = BLOCK_LOADING, .progress = &progress};

static void test_widths(void **state)
{
    (void)state;
    expect_block(&loading, (BlockStyle){.width = 140, .height = 24, .has_unicode = true},
                 "events  ███████████░░░░░░░░░░░   50 %          15/30 objects  24.0 MB of 48.0 MB  1,234,567 rows  "
                 "2.0 MB/s  ETA 0:12  2 loading, 1 to retry\n"
                 "songs   ██████████████████████  100 %  14,896/14,896 objects    3.5 MB of 3.5 MB     14,895 rows  "
                 "875 kB/s   in 0:04  held: 1 failed\n"
                 "   0:12  events/2018-11-12      task 3/17  vm:20633-ab12/1\n"
                 "  12:34  events/2018-11-3?[31m  task 3/2, attempt 2  vm:20633-ab12/2\n"
                 "  and 3 tasks are loading more\n");
    expect_block(&loading, (BlockStyle){.width = 120, .height = 24, .has_unicode = true},
                 "events  ████░░░░   50 %          15/30 objects  24.0 MB of 48.0 MB  1,234,567 rows  2.0 MB/s  ETA "
                 "0:12  2 loading, 1 t…\n"
                 "songs   ████████  100 %  14,896/14,896 objects    3.5 MB of 3.5 MB     14,895 rows  875 kB/s   in "
                 "0:04  held: 1 failed\n"
                 "   0:12  events/2018-11-12      task 3/17  vm:20633-ab12/1\n"
                 "  12:34  events/2018-11-3?[31m  task 3/2, attempt 2  vm:20633-ab12/2\n"
                 "  and 3 tasks are loading more\n");
    expect_block(&loading, (BlockStyle){.width = 80, .height = 24},
                 "events  ####....   50 %          15/30 objects  ETA 0:12  2 loading, 1 to retry\n"
                 "songs   ########  100 %  14,896/14,896 objects   in 0:04  held: 1 failed\n"
                 "   0:12  events/2018-11-12      task 3/17  vm:20633-ab12/1\n"
                 "  12:34  events/2018-11-3?[31m  task 3/2, attempt 2  vm:20633-ab12/2\n"
                 "  and 3 tasks are loading more\n");
    expect_block(&loading, (BlockStyle){.width = 40, .height = 24, .has_unicode = true},
                 "events   50 %  ETA 0:12  2 loading, 1 …\n"
                 "songs   100 %   in 0:04  held: 1 failed\n"
                 "   0:12  events/2018-11-12      task 3…\n"
                 "  12:34  events/2018-11-3?[31m  task 3…\n"
                 "  and 3 tasks are loading more\n");
    expect_block(&loading, (BlockStyle){.width = 20, .height = 24, .has_unicode = true},
                 "events   50 %\n"
                 "songs   100 %\n"
                 "   0:12  events/20…\n"
                 "  12:34  events/20…\n"
                 "  and 3 tasks are …\n");
    expect_block(&loading, (BlockStyle){.width = 5, .height = 24},
                 "eve~\n"
                 "son~\n"
                 "   ~\n"
                 "  1~\n"
                 "  a~\n");
    expect_block(&loading, (BlockStyle){.width = 1, .height = 24}, "");
}

/* Beyond what a colour adds nothing changes, and without it there is no escape at all. */
static void test_colour(void **state)
{
    (void)state;
    BlockStyle style = {.width = 100, .height = 24, .has_unicode = true};
    AUTO_BUFFER plain, coloured, stripped;
    buffer_init(&plain, 65536);
    buffer_init(&coloured, 65536);
    buffer_init(&stripped, 65536);
    block_append(&loading, &style, &plain);
    assert_null(strchr(plain.data, '\033'));
    style.has_colour = true;
    block_append(&loading, &style, &coloured);
    assert_non_null(strstr(coloured.data, "\033[31mheld: 1 failed\033[0m"));
    assert_int_equal(block_count_lines(buffer_slice(&coloured), 100), block_count_lines(buffer_slice(&plain), 100));
    for (const char *c = coloured.data; *c; c++) {
        if (*c == '\033')
            c = strchr(c, 'm');
        else
            assert_true(buffer_append(&stripped, (Slice){c, 1}));
    }
    assert_string_equal(stripped.data, plain.data);
}

static void test_height(void **state)
{
    (void)state;
    for (size_t height = 0; height < 9; height++) {
        AUTO_BUFFER out;
        buffer_init(&out, 65536);
        block_append(&loading, &(BlockStyle){.width = 80, .height = height}, &out);
        size_t lines = block_count_lines(buffer_slice(&out), 80);
        assert_int_equal(lines, height < 2 ? 0 : height < 6 ? height - 1 : 5);
    }
    BlockState transform = {.step = BLOCK_TRANSFORM, .progress = &progress};
    AUTO_BUFFER out;
    buffer_init(&out, 65536);
    block_append(&transform, &(BlockStyle){.width = 80, .height = 24}, &out);
    assert_int_equal(block_count_lines(buffer_slice(&out), 80), 2); /* no workers */
}

/* What was 79 columns wide is folded where a terminal becomes narrower. */
static void test_folded_lines(void **state)
{
    (void)state;
    const char text[] = "12345\n\033[31m1234567890\033[0m\n\n12…\n";
    Slice slice = {text, sizeof text - 1};
    assert_int_equal(block_count_lines(slice, 80), 4);
    assert_int_equal(block_count_lines(slice, 10), 4);
    assert_int_equal(block_count_lines(slice, 5), 5);
    assert_int_equal(block_count_lines(slice, 3), 2 + 4 + 1 + 1);
    assert_int_equal(block_count_lines((Slice){"", 0}, 3), 0);
}

static void test_what_is_waited_for(void **state)
{
    (void)state;
    static const struct {
        BlockStep step;
        bool is_workerless;
        ProgressCounts counts;
        const char *expected;
    } cases[] = {
        {BLOCK_LOADING, false, {.tasks_planned = 2}, "queued"},
        {BLOCK_LOADING, true, {.tasks_planned = 2}, "no worker"},
        {BLOCK_LOADING, false, {.tasks_planned = 2, .tasks_loading = 2}, "2 loading"},
        {BLOCK_LOADING, false, {.tasks_planned = 2, .tasks_waiting = 1, .retry_ms = 2001}, "retry within 0:03"},
        {BLOCK_LOADING, false, {.tasks_planned = 2, .tasks_waiting = 1, .retry_ms = -5}, "retry is due"},
        {BLOCK_LOADING, true, {.tasks_planned = 2, .tasks_waiting = 1, .retry_ms = 2001}, "no worker"},
        {BLOCK_LOADING, false, {.tasks_planned = 3, .tasks_loading = 1, .tasks_failed = 2}, "1 loading, 2 failed"},
        {BLOCK_LOADING, false, {.tasks_planned = 2, .tasks_refused = 2, .reason = "no\ttable"}, "refused: no?table"},
        {BLOCK_LOADING, false, {.tasks_planned = 2, .tasks_refused = 1, .reason = "no table"}, "queued"},
        {BLOCK_LOADING, false, {.tasks = 2}, "loaded"},
        {BLOCK_TRANSFORM, false, {.tasks = 2}, "transform"},
        {BLOCK_TRANSFORM, false, {.tasks = 2, .tasks_failed = 1}, "held: 1 failed"},
        {BLOCK_ENDED, false, {.tasks = 2}, "loaded"},
        {BLOCK_ENDED, false, {.tasks_planned = 2, .tasks_loading = 2}, "2 tasks left"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ProgressCounts counts = cases[i].counts;
        counts.dataset = "d";
        Progress one = {.datasets = &counts, .dataset_count = 1};
        BlockState shown = {.step = cases[i].step, .progress = &one, .is_workerless = cases[i].is_workerless};
        AUTO_BUFFER out;
        buffer_init(&out, 65536);
        block_append(&shown, &(BlockStyle){.width = 200, .height = 24}, &out);
        char *note = strstr(out.data, cases[i].expected);
        if (!note || strcmp(note + strlen(cases[i].expected), "\n") != 0)
            fail_msg("%s is not at the end of %s", cases[i].expected, out.data);
    }
}

/* Before there is anything to reckon with there is a dash, and no number that is none. */
static void test_time_that_is_left(void **state)
{
    (void)state;
    static const struct {
        ProgressCounts counts;
        const char *expected;
    } cases[] = {
        {{.tasks_planned = 1}, "0 %: 0/0 objects, 0 B of 0 B, 0 rows, -, ETA -"},
        {{.tasks_planned = 1, .bytes = 100, .bytes_done = 50, .loading_ms = 1999}, ", 25 B/s, ETA -"},
        {{.tasks_planned = 1, .bytes = 100, .bytes_done = 50, .loading_ms = 2000}, ", 25 B/s, ETA 0:02"},
        {{.tasks_planned = 1, .bytes = 1000, .bytes_done = 9, .loading_ms = 90000}, ", 0 B/s, ETA -"},
        {{.tasks_planned = 1, .objects = 4, .objects_settled = 1, .loading_ms = 3000}, ", -, ETA 0:09"},
        {{.tasks_planned = 1, .tasks_refused = 1, .bytes = 9, .bytes_done = 8, .loading_ms = 9000, .reason = ""},
         ", 1 B/s, ETA -"},
        {{.bytes = 3000000000, .bytes_done = 3000000000, .loading_ms = 4000000}, ", 750 kB/s, in 1:06:40"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Progress one = {.total = cases[i].counts};
        BlockState shown = {.step = BLOCK_LOADING, .progress = &one};
        AUTO_BUFFER out;
        buffer_init(&out, 65536);
        block_append_line(&shown, &(BlockStyle){.has_unicode = false}, &out);
        if (!strstr(out.data, cases[i].expected))
            fail_msg("%s is not in %s", cases[i].expected, out.data);
    }
}

static void test_line_of_a_log(void **state)
{
    (void)state;
    AUTO_BUFFER out;
    buffer_init(&out, 65536);
    block_append_line(&loading, &(BlockStyle){.has_unicode = true}, &out);
    assert_string_equal(out.data,
                        "53 %: 14,911/14,926 objects, 27.5 MB of 51.5 MB, 1,249,462 rows, 2.3 MB/s, ETA 0:10; "
                        "events 50 % (2 loading, 1 to retry), songs 100 % (held: 1 failed)");
}

static void test_pass(void **state)
{
    (void)state;
    BlockState listing = {.step = BLOCK_LISTING, .listed = 12345, .step_ms = 3000};
    expect_block(&listing, (BlockStyle){.width = 80, .height = 24}, "listing: 12,345 objects so far  0:03\n");
    expect_block(&listing, (BlockStyle){.width = 20, .height = 24}, "listing: 12,345 ob~\n");
    listing.step = BLOCK_PLANNING;
    expect_block(&listing, (BlockStyle){.width = 80, .height = 24},
                 "planning: 12,345 objects beside the ledger  0:03\n");
    listing.listed = 1;
    expect_block(&listing, (BlockStyle){.width = 80, .height = 24}, "planning: 1 object beside the ledger  0:03\n");
    listing.step = BLOCK_NOTHING;
    expect_block(&listing, (BlockStyle){.width = 80, .height = 24}, "");
}

static void test_events(void **state)
{
    (void)state;
    static const struct {
        ProgressEvent event;
        BlockStyle style;
        const char *expected;
    } cases[] = {
        {{3, 17, 2, "events", "2018-11-12", "retry", "S3 said 503", true},
         {.has_unicode = true},
         "events/2018-11-12: attempt 2 of task 3/17 ended, retry: S3 said 503"},
        {{3, 17, 0, "events", "\033]0;title\a", "failed", "line 1\nline 2 \u202Egnp\xC2\x85", true},
         {.has_unicode = true},
         "events/?]0;title?: task 3/17 failed: line 1?line 2 ?gnp?"},
        {{3, 17, 0, "events", "Bjørk", "failed", "too bad\xFF", true},
         {.has_colour = true},
         "events/Bj?rk: \033[31mtask 3/17 failed: \033[0mtoo bad?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUFFER out;
        buffer_init(&out, 65536);
        block_append_event(&cases[i].event, &cases[i].style, &out);
        assert_string_equal(out.data, cases[i].expected);
    }
}

static void test_what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    for (size_t room = 1; room < 400; room++) {
        AUTO_BUFFER out;
        buffer_init(&out, room);
        block_append(&loading, &(BlockStyle){.width = 80, .height = 24, .has_unicode = true}, &out);
        assert_true(out.length <= room);
    }
}

static void test_printable(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
        const char *expected;
    } cases[] = {
        {"", 5, ""},
        {"abc", 0, ""},
        {"abc", 1, "…"},
        {"abc", 2, "a…"},
        {"abc", 3, "abc"},
        {"äöü", 3, "äöü"},
        {"äöü!", 3, "äö…"},
        {"a\xC3", 9, "a?"},
        {"\xC2\x9B"
         "31m",
         9, "?31m"},
        {"\x7F\x01", 9, "??"},
        {"\u200Bx\uFEFF", 9, "?x?"},
        {"€\U0001F600", 9, "€\U0001F600"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_BUFFER out;
        buffer_init(&out, 100);
        printable_append(&out, cases[i].text, cases[i].width, false);
        assert_string_equal(buffer_slice(&out).data, cases[i].expected);
    }
}

static void test_figures(void **state)
{
    (void)state;
    char out[FIGURE_SIZE];
    assert_string_equal(figure_bytes(out, 0), "0 B");
    assert_string_equal(figure_bytes(out, 999), "999 B");
    assert_string_equal(figure_bytes(out, 999.96), "1.0 kB");
    assert_string_equal(figure_bytes(out, 12345), "12.3 kB");
    assert_string_equal(figure_bytes(out, 99949), "99.9 kB");
    assert_string_equal(figure_bytes(out, 99950), "100 kB");
    assert_string_equal(figure_bytes(out, 999960), "1.0 MB");
    assert_string_equal(figure_things(out, 1, "task"), "1 task");
    assert_string_equal(figure_things(out, 0, "task"), "0 tasks");
    assert_string_equal(figure_things(out, INT64_MAX, "rejected row"), "9,223,372,036,854,775,807 rejected rows");
    assert_string_equal(figure_bytes(out, 9.3e18), "9.3 EB");
    assert_string_equal(figure_count(out, 0), "0");
    assert_string_equal(figure_count(out, 999), "999");
    assert_string_equal(figure_count(out, 1000), "1,000");
    assert_string_equal(figure_count(out, INT64_MAX), "9,223,372,036,854,775,807");
    assert_string_equal(figure_count(out, -1), "0");
    assert_string_equal(figure_duration(out, -1), "0:00");
    assert_string_equal(figure_duration(out, 3599999), "59:59");
    assert_string_equal(figure_duration(out, 3600000), "1:00:00");
    assert_string_equal(figure_duration(out, 86399999), "23:59:59");
    assert_string_equal(figure_duration(out, 93600000), "1d 02h");
    assert_string_equal(figure_span(out, -1), "0 s");
    assert_string_equal(figure_span(out, 59), "59 s");
    assert_string_equal(figure_span(out, 119), "1 min");
    assert_string_equal(figure_span(out, 86399), "23 h 59 min");
    assert_string_equal(figure_span(out, 172799), "1 day 23 h");
    assert_string_equal(figure_span(out, 172800), "2 days 0 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_height),
        cmocka_unit_test(test_folded_lines),
        cmocka_unit_test(test_what_is_waited_for),
        cmocka_unit_test(test_time_that_is_left),
        cmocka_unit_test(test_line_of_a_log),
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_what_does_not_fit_is_left_out),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
