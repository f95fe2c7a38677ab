/* SPDX-License-Identifier: Apache-2.0
 *
 * What copyfleet.fields says of a column, a field or an object: the column kind. */
#pragma once

typedef enum FieldKind {
    FIELD_ABSENT,  /* a column whose field no row of an object has */
    FIELD_NULL,    /* a column whose field came, and that is NULL in every row of an object */
    FIELD_UNKNOWN, /* a field that no column asks for */
    FIELD_EMPTY,   /* an object without any row */
    FIELD_KINDS,
} FieldKind;

/* As the ledger writes it. */
const char *field_kind_name(FieldKind kind);

/* The kind of that name, which must be one of the ledger's. */
FieldKind field_kind_find(const char *name);
