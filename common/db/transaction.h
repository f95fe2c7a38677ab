/* SPDX-License-Identifier: Apache-2.0
 *
 * A transaction as a block of C. It begins and commits in one function. If the function is left earlier, it is rolled
 * back:
 *
 *     AUTO_TRANSACTION transaction = {0};
 *     return transaction_begin(&transaction, connection, TRANSACTION_PLAIN, error) &&
 *            record_loaded(…, error) && transaction_commit(&transaction, error);
 *
 * No file of sql/ begins or ends one. On Redshift the snapshot is taken by the first statement that is neither LOCK nor
 * SET, so a transaction that is to see what its predecessor committed begins with LOCK. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/error.h"
#include "db/connection.h"

typedef enum TransactionKind {
    TRANSACTION_PLAIN,     /* as the warehouse isolates by default */
    TRANSACTION_COMMITTED, /* each statement sees what was committed before it began */
    TRANSACTION_SNAPSHOT,  /* all statements see what the first of them saw */
    TRANSACTION_READING,   /* likewise, and none may write */
    TRANSACTION_KINDS,
} TransactionKind;

typedef struct Transaction {
    Connection *connection; /* borrowed; NULL: it has not begun, or has ended */
} Transaction;

#define AUTO_TRANSACTION AUTO(Transaction, transaction_roll_back)

/* The session is in no transaction before. */
bool transaction_begin(Transaction *transaction, Connection *connection, TransactionKind kind, Error *error) MUST_USE;

/* False if it was not committed; then it is rolled back. */
bool transaction_commit(Transaction *transaction, Error *error) MUST_USE;

/* Nothing happens if it has ended, or never began. The error that led here stays the one to report. */
void transaction_roll_back(Transaction *transaction);

/* A whole transaction, from its begin to its commit. */
typedef bool TransactionBlock(void *context, Error *error);

/* Runs the block, and runs it again if it failed because another transaction was in its way. The block must leave no
 * transaction open, and must be safe to run again. */
bool transaction_repeat(Connection *connection, TransactionBlock *block, void *context, Error *error) MUST_USE;

/* The statement of sql/ as a transaction of its own (transaction_repeat); otherwise as statement_run. */
bool transaction_run_statement(Connection *connection, const char *name, Values values, Result *out_result,
                               Error *error) MUST_USE;
