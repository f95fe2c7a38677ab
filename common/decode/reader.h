/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the rows of an object, one after the other. What is JSON delimits itself, over as many lines as it likes. What
 * is no JSON counts as one bad row, its line, and the next row is looked for on the next line. That is sound only if
 * rows are one a line. So an object is given up if it has such a line and also a row that spans lines or shares one, or
 * if a bad line may hold several rows: how many are lost cannot be told. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "decode/document.h"
#include "decode/window.h"

typedef enum ReaderLayout {
    LAYOUT_LINES,   /* so far each row stands alone on its line */
    LAYOUT_FREE,    /* some do not */
    LAYOUT_SUSPECT, /* the first row spans lines, and one of these looks like a row itself */
} ReaderLayout;

/* What is left of the row before. */
typedef enum ReaderRest { REST_NONE, REST_LINE, REST_VALUE, REST_UNKNOWN } ReaderRest;

typedef struct Reader {
    Window window;
    Document *document; /* its scratch is the reader's */
    size_t scratch_capacity;
    ReaderLayout layout;
    ReaderRest rest;
    size_t whole;     /* bytes of whole values, an object among them, at the beginning of the given-up line */
    bool has_break;   /* line breaks came in the given-up value before its rest */
    int64_t alone;    /* rows that stand alone on their lines */
    int64_t bad_line; /* the first one that is no JSON; 0: none */
} Reader;

typedef enum FoundKind {
    FOUND_END,
    FOUND_DOCUMENT, /* parsed: the document's results are those of text */
    FOUND_BAD,      /* no row: fault says why, text is the known part of it, cut */
} FoundKind;

typedef struct Found {
    FoundKind kind;
    Slice text; /* valid until the next one is read */
    Fault fault;
} Found;

void reader_init(Reader *reader, Document *document);
void reader_done(Reader *reader);

/* Starts over with another object. */
void reader_begin(Reader *reader, const DecodeSource *source);

/* Gives back what long rows took; the results of the document are gone. */
void reader_shrink(Reader *reader);

/* Reads the next row. Fails if the source does, and with REJECT if it cannot be told how many rows are lost. */
bool reader_next(Reader *reader, Found *out_found, Error *error) MUST_USE;
