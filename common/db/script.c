/* SPDX-License-Identifier: Apache-2.0 */
#include "db/script.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"

typedef struct Script {
    Slice rest;
    const char *const *literals;
    size_t literal_count;
    Buffer *out;
} Script;

static bool is_at(const Script *script, const char *text)
{
    size_t length = strlen(text);
    return script->rest.length >= length && memcmp(script->rest.data, text, length) == 0;
}

static void skip(Script *script, size_t length)
{
    script->rest = (Slice){script->rest.data + length, script->rest.length - length};
}

static void emit(Script *script, Slice text)
{
    if (!buffer_append(script->out, text))
        error_abort("an SQL statement is longer than its bound");
}

static void copy(Script *script, size_t length)
{
    emit(script, (Slice){script->rest.data, length});
    skip(script, length);
}

/* To the end of the line, or of the text. */
static void skip_line_comment(Script *script)
{
    const char *end = memchr(script->rest.data, '\n', script->rest.length);
    skip(script, end ? (size_t)(end - script->rest.data) : script->rest.length);
}

static void skip_block_comment(Script *script)
{
    const char *end = memmem(script->rest.data + 2, script->rest.length - 2, "*/", 2);
    skip(script, end ? (size_t)(end - script->rest.data) + 2 : script->rest.length);
    emit(script, SLICE(" "));
}

/* A doubled quote ends one and begins the next, which comes to the same. */
static void copy_quoted(Script *script)
{
    char quote = script->rest.data[0];
    size_t length = 1;
    while (length < script->rest.length && script->rest.data[length] != quote)
        length += quote == '\'' && script->rest.data[length] == '\\' ? 2 : 1;
    copy(script, length < script->rest.length ? length + 1 : script->rest.length);
}

static bool is_word_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* A name may hold $ anywhere but first: clicks$1 is a table, and no value stands in it. */
static bool is_name_letter(char c)
{
    return is_word_letter(c) || c == '$';
}

static size_t measure_word(const Script *script, size_t from)
{
    size_t length = from;
    while (length < script->rest.length && is_word_letter(script->rest.data[length]))
        length++;
    return length - from;
}

static void copy_name(Script *script)
{
    size_t length = 1;
    while (length < script->rest.length && is_name_letter(script->rest.data[length]))
        length++;
    copy(script, length);
}

/* A place that was given no value stays as written: the warehouse names it, as any mistake in a user's file. */
static void copy_value(Script *script)
{
    size_t length = 1, number = 0;
    while (length < script->rest.length && isdigit((unsigned char)script->rest.data[length]) &&
           number <= script->literal_count)
        number = number * 10 + (size_t)(script->rest.data[length++] - '0');
    if (number == 0 || number > script->literal_count) {
        copy(script, length);
        return;
    }
    emit(script, slice_from_text(script->literals[number - 1]));
    skip(script, length);
}

/* $1, $$…$$ or $body$…$body$, as the body of a procedure is quoted. */
static void copy_dollar(Script *script)
{
    if (script->rest.length > 1 && isdigit((unsigned char)script->rest.data[1])) {
        copy_value(script);
        return;
    }
    size_t mark = 1 + measure_word(script, 1) + 1;
    if (mark > script->rest.length || script->rest.data[mark - 1] != '$') {
        copy(script, 1);
        return;
    }
    const char *end = memmem(script->rest.data + mark, script->rest.length - mark, script->rest.data, mark);
    copy(script, end ? (size_t)(end - script->rest.data) + mark : script->rest.length);
}

static void copy_statement(Script *script)
{
    while (script->rest.length > 0 && script->rest.data[0] != ';') {
        if (is_at(script, "--"))
            skip_line_comment(script);
        else if (is_at(script, "/*"))
            skip_block_comment(script);
        else if (script->rest.data[0] == '\'' || script->rest.data[0] == '"')
            copy_quoted(script);
        else if (script->rest.data[0] == '$')
            copy_dollar(script);
        else if (is_word_letter(script->rest.data[0]))
            copy_name(script);
        else
            copy(script, 1);
    }
    skip(script, script->rest.length > 0);
}

static void trim(Buffer *text)
{
    Slice trimmed = slice_trim(buffer_slice(text), " \t\n\v\f\r");
    if (text->length == 0)
        return;
    memmove(text->data, trimmed.data, trimmed.length);
    text->length = trimmed.length;
    text->data[text->length] = '\0';
}

bool script_next(Slice *rest, const char *const *literals, size_t literal_count, Buffer *out)
{
    Script script = {*rest, literals, literal_count, out};
    buffer_clear(out);
    while (script.rest.length > 0 && out->length == 0) {
        copy_statement(&script);
        trim(out);
    }
    *rest = script.rest;
    return out->length > 0;
}

/* The words are in capitals, with one blank between them. */
static bool begins_with(const char *statement, const char *words)
{
    while (*words &&
           (*words == ' ' ? isspace((unsigned char)*statement) : *words == toupper((unsigned char)*statement)))
        if (*words++ == ' ')
            statement += strspn(statement, " \t\n\r\f\v");
        else
            statement++;
    return !*words && !is_name_letter(*statement);
}

const char *script_find_control(const char *statement)
{
    static const char *const controls[] = {"ABORT",
                                           "BEGIN",
                                           "COMMIT",
                                           "END",
                                           "PREPARE TRANSACTION",
                                           "RELEASE",
                                           "RESET ALL",
                                           "RESET SESSION AUTHORIZATION",
                                           "ROLLBACK",
                                           "SAVEPOINT",
                                           "SET LOCAL SESSION AUTHORIZATION",
                                           "SET ROLE",
                                           "SET SESSION AUTHORIZATION",
                                           "SET SESSION CHARACTERISTICS",
                                           "SET SESSION SESSION AUTHORIZATION",
                                           "SET TRANSACTION",
                                           "START",
                                           "TRUNCATE",
                                           "USE"};
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (begins_with(statement, controls[i]))
            return controls[i];
    return NULL;
}
