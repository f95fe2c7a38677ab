/* SPDX-License-Identifier: Apache-2.0
 *
 * One JSON value (RFC 8259, strictly) of the window, in one pass: finds its end, and the values that the mapping asks
 * for. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/mapping.h"
#include "decode/unknown.h"
#include "decode/value.h"

/* PostgreSQL's own JSON parser takes some 6,000 levels with its default stack; data have a few. */
#define DOCUMENT_DEPTH_MAX MAPPING_DEPTH_MAX

typedef enum DocumentOutcome {
    DOCUMENT_WHOLE,
    DOCUMENT_CUT,      /* the bytes end before the value does */
    DOCUMENT_BROKEN,   /* not JSON, see fault; its end is not known */
    DOCUMENT_TOO_DEEP, /* more than DOCUMENT_DEPTH_MAX levels, see fault */
} DocumentOutcome;

/* Where a document is wrong, and the end of the sentence about it. */
typedef struct Fault {
    const char *place; /* NULL: nothing is wrong */
    const char *reason;
} Fault;

typedef struct Document {
    /* Set by the caller. */
    Mapping *mapping;
    Value *values; /* mapping->leaf_count */
    char *scratch; /* for texts without their escapes: as many bytes as the window has, and SCAN_PADDING */
    Unknowns unknowns;

    /* Results, with those in values and unknowns, valid as long as the window and the scratch are left alone. */
    Value top;      /* the document itself */
    Fault fault;    /* of one that is broken or too deep */
    Fault defect;   /* of one that is whole: the first character that is none */
    bool has_break; /* a line break stands between its values */

    /* Private to the pass. */
    char *scratch_next;
    const char *last_nul;
    const char *last_wide;
} Document;

/* Reads the value that starts at text; *out_end is the byte after a value that is whole. At end there are SCAN_PADDING
 * bytes NUL; is_last says that nothing follows them. */
DocumentOutcome document_parse(Document *document, const char *text, const char *end, bool is_last,
                               const char **out_end);
