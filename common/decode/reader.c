/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "decode/line.h"
#include "decode/mapping.h"
#include "decode/rest.h"
#include "decode/scan.h"
#include "decode/text.h"

void reader_init(Reader *reader, Document *document)
{
    *reader = (Reader){.document = document};
    window_init(&reader->window);
}

void reader_done(Reader *reader)
{
    if (reader->document)
        free(reader->document->scratch);
    window_done(&reader->window);
    *reader = (Reader){0};
}

void reader_begin(Reader *reader, const DecodeSource *source)
{
    window_begin(&reader->window, source);
    reader->layout = LAYOUT_LINES;
    reader->rest = REST_NONE;
    reader->alone = reader->bad_line = 0;
    reader->whole = 0;
}

void reader_shrink(Reader *reader)
{
    window_shrink(&reader->window);
    if (reader->scratch_capacity <= reader->window.capacity)
        return;
    free(reader->document->scratch);
    reader->document->scratch = NULL;
    reader->scratch_capacity = 0;
}

static bool give_up(const Reader *reader, const char *why, Error *error)
{
    return error_set(error, ERROR_REJECT,
                     "line %lld of the object is no JSON, and %s: nobody can say how many rows are lost; mend it, or "
                     "skip it",
                     (long long)reader->bad_line, why);
}

/* Rows are not one a line. */
static bool note_free(Reader *reader, Error *error)
{
    reader->layout = LAYOUT_FREE;
    return reader->bad_line == 0 || give_up(reader, "a row spans lines, or shares one", error);
}

static Line begin_line(const Reader *reader)
{
    const MappingNode *root = reader->document->mapping->root;
    Line line;
    line_begin(&line, root->elements || root->leaf >= 0, reader->whole > 0);
    return line;
}

/* Judges a bad line, which lies before next and was made one reject. */
static bool judge_line(Reader *reader, const Line *line, int64_t place, Error *error)
{
    LineFinding finding = line_judge(line);
    if (finding == LINE_IS_ONE_ROW)
        return true;
    reader->bad_line = place;
    return give_up(reader,
                   finding == LINE_HAS_HOLE ? "has a hole of NUL bytes, in which rows may have been"
                                            : "seems to have several rows",
                   error);
}

/* The line at next is one bad row, and a reject was made of it. */
static bool skip_line(Reader *reader, Error *error)
{
    Window *window = &reader->window;
    int64_t place = window_line_of(window, window->next);
    Line line = begin_line(reader);
    window->next += reader->whole;
    reader->whole = 0;
    return rest_skip_line(window, &line, error) && judge_line(reader, &line, place, error);
}

/* Whether nothing but blanks follows on the line; the bytes after next stay in the window. */
static bool look_after(Reader *reader, size_t length, bool *out_is_alone, Error *error)
{
    Window *window = &reader->window;
    for (;;) {
        const char *p = window->next + length;
        while (text_is_space(*p) && *p != '\n')
            p++;
        *out_is_alone = *p == '\n' || (p == window_end(window) && window->is_last);
        /* More blanks than a row may have are nothing to wait for: then the row counts as one that is not alone. */
        if (p < window_end(window) || window->is_last || window_available(window) > LIMIT_DOCUMENT_BYTES)
            return true;
        if (!window_fill(window, window_available(window) + 1, error))
            return false;
    }
}

/* The value at next is too large for a row, and a reject was made of it. */
static bool skip_value(Reader *reader, Error *error)
{
    Window *window = &reader->window;
    bool is_line = reader->layout == LAYOUT_LINES && reader->alone > 0 && !reader->has_break;
    int64_t place = window_line_of(window, window->next);
    Line line = begin_line(reader);
    ValueEnd end;
    bool is_alone;
    if (!rest_skip_value(window, is_line, &line, &end, error))
        return false;
    if (end == VALUE_TORN && reader->layout == LAYOUT_LINES) {
        reader->bad_line = reader->bad_line > 0 ? reader->bad_line : place;
        return judge_line(reader, &line, place, error);
    }
    if (end == VALUE_TORN || end == VALUE_LOST) {
        reader->bad_line = place;
        return give_up(reader, "its end is not known", error);
    }
    return look_after(reader, 0, &is_alone, error) &&
           ((is_alone && end == VALUE_ENDED && !reader->has_break) || note_free(reader, error));
}

static bool skip_rest(Reader *reader, Error *error)
{
    ReaderRest rest = reader->rest;
    reader->rest = REST_NONE;
    switch (rest) {
    case REST_LINE:
        return skip_line(reader, error);
    case REST_VALUE:
        return skip_value(reader, error);
    case REST_UNKNOWN:
        return give_up(reader, "where the next row begins is not known", error);
    case REST_NONE:
        break;
    }
    return true;
}

static void grow_scratch(Reader *reader)
{
    free(reader->document->scratch);
    reader->scratch_capacity = reader->window.capacity;
    reader->document->scratch = memory_alloc_zeroed(1, reader->scratch_capacity + SCAN_PADDING);
}

/* Of a value that is cut: reads twice as much, so that each byte is parsed twice at most on average. */
static bool parse_more(Reader *reader, size_t length, DocumentOutcome *out_outcome, const char **out_end, Error *error)
{
    Window *window = &reader->window;
    while (*out_outcome == DOCUMENT_CUT) {
        size_t available = window_available(window);
        if (available > LIMIT_DOCUMENT_BYTES)
            return true;
        size_t wanted = 2 * available < LIMIT_DOCUMENT_BYTES + 1 ? 2 * available : LIMIT_DOCUMENT_BYTES + 1;
        if (!window_fill(window, wanted, error))
            return false;
        if (reader->scratch_capacity < window->capacity)
            grow_scratch(reader);
        *out_outcome =
            document_parse(reader->document, window->next + length, window_end(window), window->is_last, out_end);
    }
    return true;
}

/* Parses the value that begins length bytes after next, reading as much more as that takes; the bytes after next stay
 * in the window. */
static inline bool parse(Reader *reader, size_t length, DocumentOutcome *out_outcome, const char **out_end,
                         Error *error)
{
    Window *window = &reader->window;
    if (__builtin_expect(reader->scratch_capacity < window->capacity, false))
        grow_scratch(reader);
    *out_outcome =
        document_parse(reader->document, window->next + length, window_end(window), window->is_last, out_end);
    return __builtin_expect(*out_outcome != DOCUMENT_CUT, true) ||
           parse_more(reader, length, out_outcome, out_end, error);
}

/* Tells what follows a whole value on its line: further values, or text that makes the line one bad row. Text that does
 * not end within a document's length counts as further values. So does text after several objects, since these are not
 * one bad row. */
static bool check_line(Reader *reader, size_t length, bool *out_is_bad, Error *error)
{
    unsigned compounds = reader->document->top.kind >= VALUE_OBJECT;
    *out_is_bad = false;
    for (;;) {
        DocumentOutcome outcome;
        bool is_alone;
        const char *end;
        if (!look_after(reader, length, &is_alone, error))
            return false;
        const char *p = reader->window.next + length;
        while (text_is_space(*p) && *p != '\n')
            p++;
        length = (size_t)(p - reader->window.next);
        if (is_alone || !parse(reader, length, &outcome, &end, error))
            return is_alone;
        if (outcome == DOCUMENT_BROKEN) {
            *out_is_bad = compounds <= 1;
            reader->whole = compounds > 0 && *out_is_bad ? length : 0;
        }
        if (outcome != DOCUMENT_WHOLE || reader->document->has_break)
            return true;
        compounds += reader->document->top.kind >= VALUE_OBJECT;
        length = (size_t)(end - reader->window.next);
    }
}

/* A byte order mark, as it stands in the middle if files that begin with one were put one after the other. Its reason
 * names it, since nobody sees it. */
static bool has_bom(const Window *window, size_t place)
{
    return window_available(window) >= place + 3 && memcmp(window->next + place, "\xEF\xBB\xBF", 3) == 0;
}

/* A bad row at next, with as much of its text as a reject takes. */
static bool find_bad(Reader *reader, ReaderRest rest, Fault fault, bool is_line, Found *out_found, Error *error)
{
    Window *window = &reader->window;
    size_t place = (size_t)(fault.place - window->next);
    size_t known = place < LIMIT_DOCUMENT_BYTES ? place : LIMIT_DOCUMENT_BYTES;
    if (!window_fill(window, known + LIMIT_REJECT_RAW_BYTES, error))
        return false;
    if (has_bom(window, place))
        fault.reason = "is not JSON: a byte order mark (U+FEFF) stands here; remove it";
    Slice text = {window->next, window_available(window)};
    const char *line_end = is_line ? memchr(text.data, '\n', text.length) : NULL;
    if (line_end)
        text.length = (size_t)(line_end - text.data);
    if (text.length > LIMIT_REJECT_RAW_BYTES)
        text.length = LIMIT_REJECT_RAW_BYTES;
    reader->rest = rest;
    *out_found = (Found){FOUND_BAD, text, {window->next + place, fault.reason}};
    return true;
}

static bool find_bad_line(Reader *reader, Fault fault, Found *out_found, Error *error)
{
    Window *window = &reader->window;
    bool is_known = reader->layout == LAYOUT_LINES;
    const char *line_end = memchr(window->next, '\n', window_available(window));
    if (line_end && line_end < fault.place) {
        /* The fault is on a later line. The value's own line is torn in two cases. Either only blanks stand between
         * that line's end and the fault. Or rows were one a line before, and the fault is at the object's end, or at
         * the beginning of a line that begins a row. */
        const char *p = line_end;
        while (p < fault.place && text_is_space(*p))
            p++;
        bool is_end = fault.place == window_end(window);
        if (p < fault.place)
            is_known &= reader->alone > 0 && (is_end || (*fault.place == '{' && fault.place[-1] == '\n'));
        if (is_known)
            fault = (Fault){line_end, "is not JSON: it ends in the middle of a value"};
    }
    if (reader->bad_line == 0)
        reader->bad_line = window_line_of(window, window->next);
    return find_bad(reader, is_known ? REST_LINE : REST_UNKNOWN, fault, true, out_found, error);
}

/* Notes after a whole value whether rows stand one a line. If other rows do, a value over several lines is no row if
 * one of its lines looks like a row: then a torn line went on in the next one. */
static bool note_layout(Reader *reader, Slice text, bool is_alone, bool has_break, Error *error)
{
    bool is_row = is_alone && !has_break;
    bool is_swallower = has_break && reader->layout == LAYOUT_LINES && rest_find_row_line(text);
    if ((is_row && reader->layout == LAYOUT_SUSPECT) || (is_swallower && reader->alone > 0))
        return error_set(error, ERROR_REJECT,
                         "the object has rows of a line, and before line %lld a row over several lines, one of which "
                         "looks like a row itself: nobody can say how many there are; mend it, or skip it",
                         (long long)window_line_of(&reader->window, reader->window.next) + 1);
    reader->alone += is_row;
    if (!is_row && !note_free(reader, error))
        return false;
    if (is_swallower)
        reader->layout = LAYOUT_SUSPECT;
    return true;
}

/* Judges a value that is whole, but spans lines, or is not followed by its line's end at once. */
static bool judge_whole(Reader *reader, size_t length, Found *out_found, Error *error)
{
    Window *window = &reader->window;
    const char *start = window->next;
    const char *end;
    DocumentOutcome outcome;
    bool has_break = reader->document->has_break;
    bool is_alone, is_bad = false;
    if (!look_after(reader, length, &is_alone, error))
        return false;
    bool is_shared = !is_alone && !has_break && reader->layout == LAYOUT_LINES;
    if (is_shared && !check_line(reader, length, &is_bad, error))
        return false;
    if (is_bad)
        return find_bad_line(reader, reader->document->fault, out_found, error);
    /* The window moved, or another value was parsed. */
    if ((is_shared || window->next != start) && !parse(reader, 0, &outcome, &end, error))
        return false;
    *out_found = (Found){.kind = FOUND_DOCUMENT, .text = {window->next, length}};
    window->next += length;
    return note_layout(reader, out_found->text, is_alone, has_break, error);
}

/* A value that is none, or too large for a row. */
static bool judge_bad(Reader *reader, DocumentOutcome outcome, Found *out_found, Error *error)
{
    Fault fault = reader->document->fault;
    const char *start = reader->window.next;
    bool is_long = !fault.place || (size_t)(fault.place - start) > LIMIT_DOCUMENT_BYTES || outcome == DOCUMENT_WHOLE;
    if (outcome == DOCUMENT_BROKEN && !is_long)
        return find_bad_line(reader, fault, out_found, error);
    if (is_long)
        fault = (Fault){start, "is longer than 4 MiB"};
    reader->has_break = reader->document->has_break;
    return find_bad(reader, REST_VALUE, fault, !is_long, out_found, error);
}

bool reader_next(Reader *reader, Found *out_found, Error *error)
{
    Window *window = &reader->window;
    bool is_there;
    if (reader->rest != REST_NONE && !skip_rest(reader, error))
        return false;
    if (!window_skip_space(window, &is_there, error))
        return false;
    if (!is_there) {
        *out_found = (Found){.kind = FOUND_END};
        return true;
    }
    DocumentOutcome outcome;
    const char *end = window->next;
    if (!parse(reader, 0, &outcome, &end, error))
        return false;
    size_t length = (size_t)(end - window->next);
    if (outcome != DOCUMENT_WHOLE || length > LIMIT_DOCUMENT_BYTES)
        return judge_bad(reader, outcome, out_found, error);
    bool is_row = *end == '\n' && !reader->document->has_break && reader->layout == LAYOUT_LINES;
    if (!is_row && reader->layout != LAYOUT_FREE)
        return judge_whole(reader, length, out_found, error);
    *out_found = (Found){.kind = FOUND_DOCUMENT, .text = {window->next, length}};
    window->next = end;
    reader->alone += is_row;
    return true;
}
