/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

const Column events_columns[EVENTS_COLUMNS] = {
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

void events_generate(Buffer *text, size_t bytes)
{
    for (unsigned i = 0; text->length < bytes; i++)
        append_event(text, i);
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

static bool count_rows(void *context, Slice rows, Error *error)
{
    (void)error;
    uint64_t *written = context;
    *written += rows.length + (unsigned char)rows.data[rows.length / 2];
    return true;
}

static bool refuse_reject(void *context, const Reject *reject, Error *error)
{
    (void)context;
    return error_set(error, ERROR_REJECT, "line %lld: %s %s", (long long)reject->line,
                     reject->column ? reject->column : "", reject->reason);
}

int64_t events_decode(Slice text, JsonMapping mapping)
{
    Error error;
    AUTO_BUFFER paths = {0};
    buffer_init(&paths, MIB);
    append_text(&paths, "{\"jsonpaths\": [");
    for (size_t i = 0; i < EVENTS_COLUMNS; i++) {
        if (!buffer_append_format(&paths, "%s\"$['%s']\"", i > 0 ? "," : "", events_columns[i].name))
            abort();
    }
    append_text(&paths, "]}");
    DecodeOptions options = {.columns = events_columns,
                             .column_count = EVENTS_COLUMNS,
                             .mapping = mapping,
                             .jsonpaths = buffer_slice(&paths),
                             .time_format = TIME_FORMAT_EPOCH_MILLISECONDS};
    AUTO_DECODER decoder = NULL;
    DecodeCounts counts;
    uint64_t written = 0;
    DecodeSource source = {read_piece, &text};
    DecodeSink sink = {.write_rows = count_rows, .write_reject = refuse_reject, .context = &written};
    if (!decode_open(&options, &decoder, &error) || !decode_object(decoder, 1, 1, &source, &sink, &counts, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return counts.rows;
}
