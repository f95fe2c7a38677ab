/* SPDX-License-Identifier: Apache-2.0
 *
 * decode_object against jansson (json_loadb a document and one look-up a column) over the same bytes, in one run on one
 * core: bench_decode [MEGABYTES | FILE]. Without a file the bytes are generated: events as a music service logs
 * them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "decode/decode.h"

#define BYTES_MAX (1024 * MIB)
#define ROUNDS 3

static const Column columns[] = {
    {.name = "artist"},
    {.name = "auth"},
    {.name = "firstName"},
    {.name = "gender"},
    {.name = "itemInSession", .type = COLUMN_INTEGER},
    {.name = "lastName"},
    {.name = "length", .type = COLUMN_DOUBLE},
    {.name = "level"},
    {.name = "location"},
    {.name = "method"},
    {.name = "page"},
    {.name = "registration", .type = COLUMN_DOUBLE},
    {.name = "sessionId", .type = COLUMN_INTEGER},
    {.name = "song"},
    {.name = "status", .type = COLUMN_INTEGER},
    {.name = "ts", .type = COLUMN_TIMESTAMP},
    {.name = "userAgent"},
    {.name = "userId"},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static uint64_t seed = 42;

/* splitmix64 */
static unsigned random_below(unsigned bound)
{
    uint64_t z = (seed += 0x9E3779B97F4A7C15U);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return (unsigned)((z ^ z >> 31) % bound);
}

static const char *pick(const char *const *choices, unsigned count)
{
    return choices[random_below(count)];
}
#define PICK(...)                                                                                                      \
    pick((const char *const[]){__VA_ARGS__}, (unsigned)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static void append_text(Buffer *text, const char *bytes)
{
    if (!buffer_append_text(text, bytes))
        abort();
}

static const char *make_agent(void)
{
    return PICK("\\\"Mozilla\\/5.0 (Windows NT 6.1; WOW64) AppleWebKit\\/537.36 (KHTML, like Gecko) "
                "Chrome\\/36.0.1985.143 Safari\\/537.36\\\"",
                "\\\"Mozilla\\/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit\\/537.78.2 (KHTML, like Gecko) "
                "Version\\/7.0.6 Safari\\/537.78.2\\\"",
                "Mozilla\\/5.0 (Windows NT 6.1; WOW64; rv:31.0) Gecko\\/20100101 Firefox\\/31.0",
                "Mozilla\\/5.0 (compatible; MSIE 10.0; Windows NT 6.2; WOW64; Trident\\/6.0)");
}

/* Four out of five events are plays; the others have no artist, length and song. */
static void append_event(Buffer *text, unsigned i)
{
    char song[64];
    char artist[64];
    bool is_play = random_below(5) > 0;
    snprintf(artist, sizeof(artist), "\"%s %s\"", PICK("The", "Los", "DJ", "Bj\u00f6rk &", "Great Northern"),
             PICK("Killers", "Muse", "Coldplay", "Amigos Invisibles", "Florence + The Machine"));
    snprintf(song, sizeof(song), "\"%s %u\"", PICK("You're The One", "Undo", "Revelry", "Dog Days Are Over (Radio)"),
             random_below(1000));
    bool is_appended = buffer_append_format(
        text,
        "{\"artist\":%s,\"auth\":\"Logged In\",\"firstName\":\"%s\",\"gender\":\"%s\",\"itemInSession\":%u,"
        "\"lastName\":\"%s\",\"length\":",
        is_play ? artist : "null", PICK("Kaylee", "Chloe", "Jayden", "Tegan", "Mohammad"), PICK("F", "M"),
        random_below(120), PICK("Summers", "Cuevas", "Levine", "Koch", "Rodriguez"));
    if (!is_appended)
        abort();
    char length[32];
    snprintf(length, sizeof(length), "%u.%05u", 100 + random_below(400), random_below(100000));
    is_appended = buffer_append_format(
        text,
        "%s,\"level\":\"%s\",\"location\":\"%s\",\"method\":\"%s\",\"page\":\"%s\",\"registration\":%u796.0,"
        "\"sessionId\":%u,\"song\":%s,\"status\":%u,\"ts\":%llu,\"userAgent\":\"%s\",\"userId\":\"%u\"}\n",
        is_play ? length : "null", PICK("free", "paid"),
        PICK("San Francisco-Oakland-Hayward, CA", "Phoenix-Mesa-Scottsdale, AZ", "Lansing-East Lansing, MI"),
        PICK("PUT", "GET"), is_play ? "NextSong" : PICK("Home", "Logout"), 1540000000 + random_below(1000000),
        random_below(1200), is_play ? song : "null", PICK("2", "3")[0] == '2' ? 200 : 307,
        1541105830796ULL + i * 977ULL, make_agent(), random_below(102));
    if (!is_appended)
        abort();
}

/* Reads from memory, a piece at a time as a transfer delivers it. */
static bool read_piece(void *context, char *bytes, size_t size, size_t *out_length, Error *error)
{
    (void)error;
    Slice *rest = context;
    *out_length = size < rest->length ? size : rest->length;
    memcpy(bytes, rest->data, *out_length);
    *rest = (Slice){rest->data + *out_length, rest->length - *out_length};
    return true;
}

static uint64_t bytes_written;

static bool count_rows(void *context, Slice rows, Error *error)
{
    (void)context, (void)error;
    bytes_written += rows.length + (unsigned char)rows.data[rows.length / 2];
    return true;
}

static bool refuse_reject(void *context, const Reject *reject, Error *error)
{
    (void)context;
    return error_set(error, ERROR_REJECT, "line %lld: %s %s", (long long)reject->line,
                     reject->column ? reject->column : "", reject->reason);
}

/* The processor's time, not the clock's: a busy machine makes both sides wait, and neither is to blame. */
static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double time_decode(Slice text, JsonMapping mapping, int64_t *out_rows)
{
    Error error;
    AUTO_BUFFER paths = {0};
    buffer_init(&paths, MIB);
    append_text(&paths, "{\"jsonpaths\": [");
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (!buffer_append_format(&paths, "%s\"$['%s']\"", i > 0 ? "," : "", columns[i].name))
            abort();
    }
    append_text(&paths, "]}");
    DecodeOptions options = {.columns = columns,
                             .column_count = COLUMN_COUNT,
                             .mapping = mapping,
                             .jsonpaths = buffer_slice(&paths),
                             .time_format = TIME_FORMAT_EPOCH_MILLISECONDS};
    AUTO_DECODER decoder = NULL;
    double started_s = now_s();
    DecodeCounts counts;
    DecodeSource source = {read_piece, &text};
    DecodeSink sink = {.write_rows = count_rows, .write_reject = refuse_reject, .context = NULL};
    if (!decode_open(&options, &decoder, &error) || !decode_object(decoder, 1, 1, &source, &sink, &counts, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    *out_rows = counts.rows;
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
        for (size_t i = 0; i < COLUMN_COUNT; i++)
            bytes_written += json_object_get(document, columns[i].name) != NULL;
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
        for (unsigned i = 0; text->length < megabytes * 1000000; i++)
            append_event(text, i);
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
