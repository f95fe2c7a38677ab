/* SPDX-License-Identifier: Apache-2.0
 *
 * A pooler between us and the server, such as PgBouncer. Claims, settings and temporary tables last as long as a
 * session. So a pooler is fine if it keeps one session for each connection, and useless if it hands sessions on between
 * transactions. */
#pragma once

#include "db/connection_private.h"

/* Right after the connect, before the session is changed in any way: reads the server's number for it, and checks that
 * the connection keeps one session; FATAL if not. A program that has found this once asks no more: the mode is the
 * pool's, which is its user's. */
bool pooler_check(Connection *connection, const WarehouseConfig *config, Error *error) MUST_USE;
