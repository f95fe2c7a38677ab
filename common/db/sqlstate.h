/* SPDX-License-Identifier: Apache-2.0
 *
 * What a SQLSTATE calls for: the one table of them. */
#pragma once

#include "base/error.h"
#include "db/connection.h"

/* What a person has to know besides the server's sentence. The DETAIL of most failures is all of the row, or nothing.
 */
typedef enum StateSays { STATE_SAYS_ALL, STATE_SAYS_DETAIL, STATE_SAYS_ROLE } StateSays;

typedef struct StateKind {
    const char *prefix;    /* of SQLSTATE */
    ErrorKind kind;        /* of a failure of any statement */
    ConnectionFault fault; /* whose it is if a staging table was to take rows */
    StateSays besides;
    const char *advice; /* what to do; NULL: the server's words are enough */
} StateKind;

/* The entry for a failure. constraint is the name of the one that was violated, function the server's own that found
 * it; either may be NULL. */
const StateKind *sqlstate_find(const char *state, const char *constraint, const char *function);
