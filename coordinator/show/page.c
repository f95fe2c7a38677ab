/* SPDX-License-Identifier: Apache-2.0 */
#include "show/page.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

void page_begin(Page *page)
{
    *page = (Page){0};
    page->stream = open_memstream(&page->text, &page->length);
    if (!page->stream)
        error_abort("out of memory");
}

void page_done(Page *page)
{
    if (page->stream)
        fclose(page->stream);
    free(page->text);
    *page = (Page){0};
}

void page_show(Page *page)
{
    fclose(take(page->stream));
    fwrite(page->text, 1, page->length, stdout);
}
