/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/known.h"

#include <assert.h>

#include "db/statement.h"

void known_begin(Known *known, Connection *connection, const PlanRange *range)
{
    *known = (Known){.connection = connection, .range = range};
}

void known_done(Known *known)
{
    result_done(&known->page);
}

/* The page after the one that was given; it is empty if there is none. */
static bool read_page(Known *known, const char *after, Error *error)
{
    const PlanRange *range = known->range;
    const Values values =
        VALUES(TEXT_VALUE(range->dataset), TEXT_VALUE(range->bucket), TEXT_VALUE(range->prefix), TEXT_VALUE(after));
    AUTO_RESULT page = {0};
    if (!statement_run(known->connection, "plan/known", values, &page, error))
        return error_add_context(error, "reading what the ledger expects");
    result_done(&known->page);
    known->page = page;
    page = (Result){0};
    known->row = 0;
    return true;
}

static const char *find_last_key(const Known *known)
{
    return known->page.pg ? result_text(&known->page, known->row - 1, 1) : known->range->start_after;
}

bool known_next(Known *known, KnownObject *out_object, Error *error)
{
    assert(!connection_is_in_transaction(known->connection));
    *out_object = (KnownObject){0};
    bool is_at_end = !known->page.pg || (known->row > 0 && known->row == result_row_count(&known->page));
    if (is_at_end && !read_page(known, find_last_key(known), error))
        return false;
    if (result_row_count(&known->page) == 0)
        return true;
    ResultRow row = result_row(&known->page, known->row++);
    out_object->object = result_next_number(&row);
    out_object->key = result_next_text(&row);
    out_object->etag = result_next_text(&row);
    result_row_end(&row);
    return true;
}
