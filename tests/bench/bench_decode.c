/* SPDX-License-Identifier: Apache-2.0
 *
 * decode_object against jansson (json_loadb a document and one look-up a column) over the same bytes, in one run on one
 * core: bench_decode [MEGABYTES | FILE]. Without a file the bytes are generated: events as a music service logs
 * them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "events.h"

#define BYTES_MAX (1024 * MIB)
#define ROUNDS 3

static uint64_t values_found;

/* The processor's time, not the clock's: a busy machine makes both sides wait, and neither is to blame. */
static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double time_decode(Slice text, JsonMapping mapping, int64_t *out_rows)
{
    double started_s = now_s();
    *out_rows = events_decode(text, mapping);
    return now_s() - started_s;
}

static double time_jansson(Slice text, int64_t *out_rows)
{
    double started_s = now_s();
    int64_t rows = 0;
    while (text.length > 0) {
        json_error_t error;
        json_t *document = json_loadb(text.data, text.length, JSON_DISABLE_EOF_CHECK, &error);
        if (!document)
            break;
        for (size_t i = 0; i < EVENTS_COLUMNS; i++)
            values_found += json_object_get(document, events_columns[i].name) != NULL;
        json_decref(document);
        size_t length = (size_t)error.position;
        while (length < text.length && text.data[length] == '\n')
            length++;
        text = (Slice){text.data + length, text.length - length};
        rows++;
    }
    *out_rows = rows;
    return now_s() - started_s;
}

static void load_text(Buffer *text, const char *argument)
{
    char *end;
    unsigned long megabytes = argument ? strtoul(argument, &end, 10) : 100;
    if (!argument || *end == '\0') {
        events_generate(text, megabytes * 1000000);
        return;
    }
    FILE *file = fopen(argument, "rb");
    if (!file) {
        perror(argument);
        exit(1);
    }
    char piece[65536];
    for (size_t length; (length = fread(piece, 1, sizeof(piece), file)) > 0;) {
        if (!buffer_append(text, (Slice){piece, length}))
            abort();
    }
    fclose(file);
}

static double report(const char *name, double seconds, size_t bytes, int64_t rows)
{
    double speed = (double)bytes / seconds / 1e6;
    printf("%-28s %8.1f MB/s %10.0f rows/s\n", name, speed, (double)rows / seconds);
    return speed;
}

int main(int argc, char **argv)
{
    AUTO_BUFFER text = {0};
    buffer_init(&text, BYTES_MAX);
    load_text(&text, argc > 1 ? argv[1] : NULL);

    static const char *const names[] = {"decode_object, jsonpaths", "decode_object, auto", "decode_object, ignorecase"};
    double best[3] = {1e9, 1e9, 1e9};
    double jansson_s = 1e9;
    int64_t rows = 0;
    int64_t jansson_rows = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 3; i++) {
            double seconds = time_decode(buffer_slice(&text), (JsonMapping)i, &rows);
            best[i] = seconds < best[i] ? seconds : best[i];
        }
        double seconds = time_jansson(buffer_slice(&text), &jansson_rows);
        jansson_s = seconds < jansson_s ? seconds : jansson_s;
    }
    printf("%zu bytes, %lld rows of %zu bytes, best of %d\n", text.length, (long long)rows, text.length / (size_t)rows,
           ROUNDS);
    double slowest = 1e9;
    for (int i = 0; i < 3; i++) {
        double speed = report(names[i], best[i], text.length, rows);
        slowest = speed < slowest ? speed : slowest;
    }
    double jansson = report("jansson, with look-ups", jansson_s, text.length, jansson_rows);
    printf("ratio %.1f (the slowest of the three)%s\n", slowest / jansson,
           rows == jansson_rows ? "" : "; the numbers of rows DIFFER");
    return rows == jansson_rows ? 0 : 1;
}
