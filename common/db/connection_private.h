/* SPDX-License-Identifier: Apache-2.0
 *
 * What the modules of this floor share about a session; nobody above includes it. */
#pragma once

#include <libpq-fe.h>

#include "db/connection.h"

struct Connection {
    PGconn *pg;
    char *name;
    bool was_locked_out; /* SQLSTATE 55P03 was the last failure */
};

/* Turns a failed result, or the session's own error where result is NULL, into a kind and a sentence; returns false. */
bool connection_fail(const Connection *connection, const PGresult *result, Error *error);
