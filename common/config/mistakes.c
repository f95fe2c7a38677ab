/* SPDX-License-Identifier: Apache-2.0 */
#include "config/mistakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* A mistake is a line, whatever a file or variable holds. */
static void blot_controls(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            *text = '?';
}

void mistakes_add(Mistakes *mistakes, unsigned line, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        error_abort("out of memory");
    va_end(arguments);
    blot_controls(text);
    mistakes->items = memory_grow(mistakes->items, mistakes->count, &mistakes->capacity, sizeof *mistakes->items);
    mistakes->items[mistakes->count++] = (Mistake){line, text};
}

static int compare(const void *left, const void *right)
{
    const Mistake *a = left, *b = right;
    /* Line 0 comes last: 0 - 1 is the largest unsigned. */
    if (a->line != b->line)
        return a->line - 1 < b->line - 1 ? -1 : 1;
    return strcmp(a->text, b->text);
}

char *mistakes_join(Mistakes *mistakes)
{
    if (mistakes->count > 0)
        qsort(mistakes->items, mistakes->count, sizeof *mistakes->items, compare);
    size_t length = 0;
    for (size_t i = 0; i < mistakes->count; i++)
        length += strlen(mistakes->items[i].text) + 1;
    char *joined = memory_alloc_zeroed(length + 1, 1), *end = joined;
    for (size_t i = 0; i < mistakes->count; i++) {
        end = stpcpy(end, mistakes->items[i].text);
        end = stpcpy(end, "\n");
    }
    return joined;
}

void mistakes_done(Mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++)
        free(mistakes->items[i].text);
    free(mistakes->items);
    *mistakes = (Mistakes){0};
}
