/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/field_kind.h"

#include <assert.h>
#include <string.h>

static const char *const names[FIELD_KINDS] = {
    [FIELD_ABSENT] = "absent", [FIELD_NULL] = "null", [FIELD_UNKNOWN] = "unknown", [FIELD_EMPTY] = "empty"};

const char *field_kind_name(FieldKind kind)
{
    return names[kind];
}

FieldKind field_kind_find(const char *name)
{
    FieldKind kind = 0;
    while (kind < FIELD_KINDS && strcmp(names[kind], name) != 0)
        kind++;
    assert(kind < FIELD_KINDS);
    return kind;
}
