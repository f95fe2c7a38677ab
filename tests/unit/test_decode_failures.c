/* SPDX-License-Identifier: Apache-2.0
 *
 * Many rows, sources and sinks that fail, and a row that the warehouse refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode_trial.h"

/* Rows cross every place of the window's end, and leave in pieces of a bounded size. */
static void test_many_rows(void **state)
{
    (void)state;
    Trial trial;
    begin(&trial, 16384);
    uint64_t expected = 0;
    for (unsigned i = 0; i < 40000; i++) {
        add_document(&trial, 10 + i % 97);
        add(&trial, i % 3 ? "\n" : "");
        expected += 2 + 4 + 2 + i % 97 + 36;
    }
    assert_true(decode(&trial, &text_options));
    assert_int_equal(trial.counts.rows, 40000);
    assert_int_equal(trial.counts.rejects, 0);
    assert_int_equal(trial.row_bytes, expected);
    assert_true(trial.largest_write >= LIMIT_COPY_CHUNK_BYTES && trial.largest_write < LIMIT_COPY_CHUNK_BYTES + 1000);

    /* Lines are counted over all windows. Rows shared some of them: where the next one begins is not known. */
    add(&trial, "\n{\"a\":}");
    trial.read = 0;
    assert_false(decode(&trial, &text_options));
    assert_int_equal(trial.error.kind, ERROR_REJECT);
    assert_int_equal(trial.rejects, 1);
    assert_int_equal(trial.last_ordinal, 40000);
    assert_int_equal(trial.last_line, 40000 - 40000 / 3 - 1 + 2);
    assert_int_equal(trial.last_offset, trial.text.length - 1);
    buffer_done(&trial.text);
}

static void test_failures_pass_through(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        Trial trial;
        begin(&trial, 100);
        add_document(&trial, 500);
        add(&trial, "[]");
        add_document(&trial, 500);
        trial.fail_at = i == 0 ? 600 : 0;
        trial.is_sink_broken = i == 1;
        trial.is_reject_refused = i == 2;
        assert_false(decode(&trial, &text_options));
        assert_int_equal(trial.error.kind, i == 0 ? ERROR_RETRY : i == 1 ? ERROR_OUTAGE : ERROR_REJECT);
        buffer_done(&trial.text);
    }
}

/* A decoder goes on after a failed object as if nothing had been. */
static void test_decoder_after_failure(void **state)
{
    (void)state;
    Trial trial;
    AUTO_DECODER decoder = NULL;
    assert_true(decode_open(&text_options, &decoder, &trial.error));
    begin(&trial, 100);
    add_document(&trial, 5000);
    add_document(&trial, 50);
    trial.fail_at = 5020;
    assert_false(decode_by(decoder, &trial, 0));
    trial.fail_at = trial.read = 0;
    assert_int_equal(trial.row_bytes, 0);
    assert_true(decode_by(decoder, &trial, 0));
    assert_int_equal(trial.counts.rows, 2);
    assert_int_equal(trial.counts.bytes, 5050);
    assert_int_equal(trial.row_bytes, 4992 + 42 + 2 * (2 + 4 + 36));
    buffer_done(&trial.text);
}

/* The row that the warehouse refuses is found by its number among the good ones, whatever its neighbours are. */
static void test_refused_row(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":\n1}\n{\"a\":\"\\u0000\"}\n{\"a\":2} {\"a\":3}\n{\"a\":4}";
    static const struct {
        int64_t row, ordinal, line, offset;
    } cases[] = {{2, 2, 4, 24}, {3, 3, 4, 32}, {4, 4, 5, 40}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Trial trial;
        AUTO_DECODER decoder = NULL;
        assert_true(decode_open(&text_options, &decoder, &trial.error));
        begin(&trial, 7);
        add(&trial, text);
        assert_true(decode_by(decoder, &trial, cases[i].row));
        assert_int_equal(trial.rejects, 2);
        assert_string_equal(trial.last_reason, "is not wanted");
        assert_int_equal(trial.last_ordinal, cases[i].ordinal);
        assert_int_equal(trial.last_line, cases[i].line);
        assert_int_equal(trial.last_offset, cases[i].offset);
        buffer_done(&trial.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_failures_pass_through),
        cmocka_unit_test(test_decoder_after_failure),
        cmocka_unit_test(test_refused_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
