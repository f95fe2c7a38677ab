/* SPDX-License-Identifier: Apache-2.0
 *
 * A session's waits for its server. Each wait wakes every STEP_MS, for two reasons: nobody must take a process for
 * stuck while the warehouse works for it, and a process that is told to stop cancels what the server may never finish,
 * such as a wait for a lock. */
#include <poll.h>
#include <stddef.h>

#include "base/health.h"
#include "base/stop.h"
#include "db/connection_private.h"

/* A statement is cancelled no sooner than this: what gives a task back is done by then as a rule. */
#define STEP_MS 500

static bool is_told_to_stop(const Connection *connection)
{
    return (connection->interrupt && atomic_load(connection->interrupt)) ||
           (connection->is_waiting_for_lock && stop_is_requested());
}

/* Once a statement: the server's answer then says that it was cancelled. */
static void cancel(Connection *connection)
{
    char ignored[256];
    PGcancel *order = PQgetCancel(connection->pg);
    connection->is_cancelled = true;
    if (order && !PQcancel(order, ignored, sizeof ignored))
        connection->is_cancelled = false; /* asked again at the next look */
    PQfreeCancel(order);
}

static void look_up(Connection *connection, short events)
{
    struct pollfd socket = {.fd = PQsocket(connection->pg), .events = events};
    bool is_idle = poll(&socket, 1, STEP_MS) == 0;
    health_touch();
    if (is_idle && !connection->is_cancelled && is_told_to_stop(connection))
        cancel(connection);
}

bool connection_wait_ms(const Connection *connection, int64_t wait_ms)
{
    for (int64_t left_ms = wait_ms; left_ms > 0 && !is_told_to_stop(connection); left_ms -= STEP_MS) {
        (void)!poll(NULL, 0, (int)(left_ms < STEP_MS ? left_ms : STEP_MS));
        health_touch();
    }
    return !is_told_to_stop(connection);
}

PGresult *connection_next_result(Connection *connection)
{
    while (PQisBusy(connection->pg)) {
        look_up(connection, POLLIN);
        if (!PQconsumeInput(connection->pg))
            break;
    }
    return PQgetResult(connection->pg);
}

bool connection_send_all(Connection *connection)
{
    int left;
    while ((left = PQflush(connection->pg)) > 0) {
        look_up(connection, POLLIN | POLLOUT);
        if (!PQconsumeInput(connection->pg))
            return false;
    }
    return left == 0;
}
