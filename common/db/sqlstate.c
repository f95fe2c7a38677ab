/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlstate.h"

#include <string.h>

#define MAKE_TABLES "copyfleet create-tables makes the tables"
#define FIND_LOCK "pg_locks and pg_blocking_pids() tell who has it locked"
#define FREE_DISK "the warehouse's disk is full: free some"
#define GRANT_RIGHTS "GRANT it what it lacks (of a staging table: USAGE of its schema, and SELECT, INSERT and DELETE)"
#define ADD_PARTITION "attach a partition for it, or a DEFAULT partition"

/* A missing partition has the SQLSTATE of a CHECK and names no constraint. So do a row outside of its partition and
 * what a trigger raises. Only the server's function tells them apart. */
#define FINDS_PARTITION "ExecFindPartition"
static const StateKind missing_partition = {"23514", ERROR_REJECT, FAULT_OF_TABLE, STATE_SAYS_DETAIL, ADD_PARTITION};

/* A function may raise any SQLSTATE; a key's own violation names the key. */
static const StateKind raised = {"", ERROR_REJECT, FAULT_OF_EITHER, STATE_SAYS_DETAIL, NULL};

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
    /* data exception; if the server names no row, a trigger raised it after the last row */
    {"22", ERROR_REJECT, FAULT_OF_EITHER, STATE_SAYS_ALL, NULL},
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
    /* invalid authorization: a password, a role that may not log in */
    {"28", ERROR_DENIED, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* dependent objects, a function that ends a transaction */
    {"2", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* raised by a function in another language than SQL */
    {"38", ERROR_REJECT, FAULT_OF_EITHER, STATE_SAYS_DETAIL, NULL},
    {"39", ERROR_REJECT, FAULT_OF_EITHER, STATE_SAYS_DETAIL, NULL},
    /* missing schema, missing database */
    {"3F000", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, MAKE_TABLES},
    {"3", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, NULL},
    /* transaction rollback: deadlock, serialization failure */
    {"40", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    /* missing table, a right that is missing, a kind of relation that takes no rows; syntax error or access rule
     * violation */
    {"42P01", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ALL, MAKE_TABLES},
    {"42501", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_ROLE, GRANT_RIGHTS},
    {"42809", ERROR_FATAL, FAULT_OF_TABLE, STATE_SAYS_DETAIL, NULL},
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
    /* others of the server's: limits, snapshot too old, its files, foreign data, internal errors */
    {"5", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    {"72", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    {"F0", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    {"HV", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
    {"XX", ERROR_RETRY, FAULT_OF_SERVER, STATE_SAYS_ALL, NULL},
};

static const StateKind *find_state(const char *state)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0)
            return &states[i];
    return &raised; /* by a function, such as a trigger of the user's: P0001, or a class of the user's own */
}

const StateKind *sqlstate_find(const char *state, const char *constraint, const char *function)
{
    if (function && strcmp(function, FINDS_PARTITION) == 0)
        return &missing_partition;
    const StateKind *entry = find_state(state);
    return entry->fault == FAULT_OF_KEY && !constraint ? &raised : entry;
}
