/* SPDX-License-Identifier: Apache-2.0 */
#include "config/table.h"

#include <ctype.h>
#include <string.h>

#include "base/memory.h"
#include "base/slice.h"

/* Redshift's limit; PostgreSQL has its own (relations.c). */
#define NAME_LENGTH_MAX 127

/* As SQL writes it: a '"' inside is doubled. */
static bool is_quoted_identifier(Slice name)
{
    if (name.length < 3 || name.length > NAME_LENGTH_MAX + 2 || name.data[name.length - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < name.length; i++)
        if (name.data[i] == '"' && (i + 2 == name.length || name.data[++i] != '"'))
            return false;
    return true;
}

static bool is_identifier(Slice name)
{
    if (name.length > 0 && name.data[0] == '"')
        return is_quoted_identifier(name);
    for (size_t i = 0; i < name.length; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool is_first = isalpha(c) || c == '_' || c >= 0x80;
        if (!is_first && (i == 0 || (!isdigit(c) && c != '$')))
            return false;
    }
    return name.length > 0 && name.length <= NAME_LENGTH_MAX;
}

const char *config_table_find_dot(const char *text)
{
    bool is_quoted = false;
    for (; *text && (is_quoted || *text != '.'); text++)
        is_quoted ^= *text == '"';
    return *text ? text : NULL;
}

bool config_table_is_valid(const char *text)
{
    const char *dot = config_table_find_dot(text);
    Slice schema = {text, dot ? (size_t)(dot - text) : 0};
    return (!dot || is_identifier(schema)) && is_identifier(slice_from_text(dot ? dot + 1 : text));
}

/* What is not quoted is looked up in lower case; letters beyond ASCII stay, as in a database in UTF8. */
static char *spell_name(Slice name)
{
    if (name.length > 0 && name.data[0] == '"')
        return memory_copy_slice(name);
    char *spelled = memory_format("\"%.*s\"", (int)name.length, name.data);
    for (char *c = spelled; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return spelled;
}

char *config_table_spell(const char *text)
{
    const char *dot = config_table_find_dot(text);
    AUTO_FREE char *table = spell_name(slice_from_text(dot ? dot + 1 : text));
    if (!dot)
        return take(table);
    AUTO_FREE char *schema = spell_name((Slice){text, (size_t)(dot - text)});
    return memory_format("%s.%s", schema, table);
}

static size_t measure_name(Slice name)
{
    bool is_quoted = name.length > 0 && name.data[0] == '"';
    size_t length = is_quoted ? name.length - 2 : name.length;
    for (size_t i = 1; is_quoted && i + 1 < name.length; i++)
        if (name.data[i] == '"') {
            i++; /* doubled */
            length--;
        }
    return length;
}

bool config_table_fits(const char *text, size_t length_max)
{
    const char *dot = config_table_find_dot(text);
    return measure_name((Slice){text, dot ? (size_t)(dot - text) : 0}) <= length_max &&
           measure_name(slice_from_text(dot ? dot + 1 : text)) <= length_max;
}
