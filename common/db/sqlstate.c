/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlstate.h"

#include <string.h>

#define MAKE_TABLES "copyfleet create-tables makes the tables"
#define FIND_LOCK "pg_locks and pg_blocking_pids() tell who has it locked"
#define FREE_DISK "the warehouse's disk is full: free some"
#define GRANT_RIGHTS "GRANT it what it lacks (of a staging table: USAGE of its schema, and SELECT, INSERT and DELETE)"
#define ADD_PARTITION "attach a partition for it, or a DEFAULT partition"

/* The server names the constraint of a CHECK, but none if a partition is missing. */
static const StateKind missing_partition = {"23514", ERROR_REJECT, FAULT_OF_TABLE, STATE_SAYS_DETAIL, ADD_PARTITION};

/* The first that fits counts. Classes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
static const StateKind states[] = {
    /* connection exception */
    {"08", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* feature not supported, invalid role: a statement that cannot succeed; cardinality violation */
    {"0", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    {"21", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* the sequence of an identity column is at its end; a column is not of the type that its catalog says */
    {"2200H", ERROR_REJECT, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    {"22P03", ERROR_REJECT, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    {"22P04", ERROR_REJECT, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* data exception */
    {"22", ERROR_REJECT, FAULT_OF_ROW, STATE_SAYS_ALL, NULL},
    /* foreign key; unique and exclusion constraints; CHECK, NOT NULL */
    {"23503", ERROR_REJECT, FAULT_OF_ROW, STATE_SAYS_DETAIL, NULL},
    {"23505", ERROR_REJECT, FAULT_OF_KEY, STATE_SAYS_ALL, NULL},
    {"23P01", ERROR_REJECT, FAULT_OF_KEY, STATE_SAYS_ALL, NULL},
    {"23", ERROR_REJECT, FAULT_OF_ROW, STATE_SAYS_ALL, NULL},
    /* a statement that may not be inside of a transaction */
    {"25001", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* read-only: a standby, until the failover is through; it answers a probe */
    {"25006", ERROR_OUTAGE, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* invalid transaction state */
    {"25", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* invalid authorization, dependent objects, a function that ends a transaction */
    {"2", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* raised by a function in another language than SQL */
    {"38", ERROR_REJECT, FAULT_OF_EITHER, STATE_SAYS_DETAIL, NULL},
    {"39", ERROR_REJECT, FAULT_OF_EITHER, STATE_SAYS_DETAIL, NULL},
    /* missing schema, missing database */
    {"3F000", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, MAKE_TABLES},
    {"3", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* transaction rollback: deadlock, serialization failure */
    {"40", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* missing table, a right that is missing; syntax error or access rule violation */
    {"42P01", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, MAKE_TABLES},
    {"42501", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ROLE, GRANT_RIGHTS},
    {"42", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* WITH CHECK OPTION of a view */
    {"44", ERROR_REJECT, FAULT_OF_ROW, STATE_SAYS_ALL, NULL},
    /* disk full; such a server answers a probe, too */
    {"53100", ERROR_OUTAGE, FAULT_OF_SERVER, STATE_SAYS_ALL, FREE_DISK},
    /* insufficient resources */
    {"53", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* program limit exceeded: a value too long for an index */
    {"54", ERROR_REJECT, FAULT_OF_ROW, STATE_SAYS_ALL, NULL},
    /* lock not available */
    {"55P03", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, FIND_LOCK},
    {"55", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* operator intervention: shutdown, cancel; system error */
    {"57", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    {"58", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* raised by a function, such as a trigger of the user's */
    {"P0", ERROR_REJECT, FAULT_OF_EITHER, STATE_SAYS_DETAIL, NULL},
    {"", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
};

const StateKind *sqlstate_find(const char *state, const char *constraint)
{
    if (!constraint && strcmp(state, missing_partition.prefix) == 0)
        return &missing_partition;
    const StateKind *entry = states;
    while (strncmp(state, entry->prefix, strlen(entry->prefix)) != 0)
        entry++;
    return entry;
}
