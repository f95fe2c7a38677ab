/* SPDX-License-Identifier: Apache-2.0 */
#include "db/transaction.h"

#include <assert.h>

#include "db/connection_private.h"
#include "db/statement.h"

bool transaction_begin(Transaction *transaction, Connection *connection, TransactionKind kind, Error *error)
{
    assert(!transaction->connection && !connection_is_in_transaction(connection));
    if (!connection_run(connection, connection->dialect->beginnings[kind], NULL, error))
        return false;
    transaction->connection = connection;
    return true;
}

/* The server answers the COMMIT of a transaction that failed with success, and rolls back. */
static bool has_failed(const Connection *connection)
{
    return PQtransactionStatus(connection->pg) == PQTRANS_INERROR;
}

bool transaction_commit(Transaction *transaction, Error *error)
{
    assert(transaction->connection && !has_failed(transaction->connection));
    bool is_committed = connection_run(transaction->connection, "COMMIT", NULL, error);
    if (is_committed)
        transaction->connection = NULL;
    else
        transaction_roll_back(transaction);
    return is_committed;
}

void transaction_roll_back(Transaction *transaction)
{
    if (transaction->connection)
        connection_roll_back(transaction->connection);
    transaction->connection = NULL;
}

bool transaction_repeat(Connection *connection, TransactionBlock *block, void *context, Error *error)
{
    assert(!connection_is_in_transaction(connection));
    for (unsigned tries = 0; !block(context, error); tries++) {
        assert(!connection_is_in_transaction(connection));
        if (!connection_may_try_again(connection, tries))
            return false;
    }
    return true;
}

typedef struct Call {
    Connection *connection;
    const char *statement;
    Values values;
    Result *result; /* NULL: nobody wants it */
} Call;

/* A process that is stopped between BEGIN and COMMIT holds its locks. So no bracket is put around what is a transaction
 * by itself. */
static bool run_call(void *context, Error *error)
{
    const Call *call = context;
    bool is_bracketed = !call->connection->dialect->ends_what_was_sent;
    AUTO_RESULT result = {0};
    AUTO_TRANSACTION transaction = {0};
    if ((is_bracketed && !transaction_begin(&transaction, call->connection, TRANSACTION_PLAIN, error)) ||
        !statement_run(call->connection, call->statement, call->values, &result, error) ||
        (is_bracketed && !transaction_commit(&transaction, error)))
        return false;
    if (call->result) {
        *call->result = result;
        result = (Result){0};
    }
    return true;
}

bool transaction_run_statement(Connection *connection, const char *name, Values values, Result *out_result,
                               Error *error)
{
    Call call = {connection, name, values, out_result};
    return transaction_repeat(connection, run_call, &call, error);
}
