/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/border.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

Border *border_open(const char *text)
{
    Border *border = memory_alloc_zeroed(1, sizeof *border);
    border->text = memory_copy_text(text);
    return border;
}

static Border *close_one(Border *border)
{
    Border *next = border->next;
    free(border->text);
    free(border->first);
    free(border);
    return next;
}

void border_close(Border *border)
{
    while (border)
        border = close_one(border);
}

void border_see(Border *border, const char *key)
{
    assert(!border_is_known(border));
    border->first = memory_copy_text(key);
}

void border_see_none(Border *border, Border *end)
{
    assert(!border_is_known(border));
    border->is_empty = true;
    border->next = end;
}

bool border_is_known(const Border *end)
{
    return !end || end->first || end->is_empty;
}

BorderSide border_pass(Border **end, const char *key)
{
    while (*end && (*end)->is_empty)
        *end = close_one(*end);
    if (!*end)
        return key ? BORDER_LEFT : BORDER_RIGHT;
    if (key && strcmp(key, (*end)->text) <= 0)
        return BORDER_LEFT;
    if (!(*end)->first)
        return BORDER_UNKNOWN;
    int order = key ? strcmp(key, (*end)->first) : 1;
    return order < 0 ? BORDER_LEFT : order == 0 ? BORDER_RIGHT : BORDER_MISSED;
}
