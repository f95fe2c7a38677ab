/* SPDX-License-Identifier: Apache-2.0
 *
 * How a session is connected: its parameters, and what it means if nobody lets it in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "config/secrets.h"
#include "db/connection_private.h"

typedef struct Parameters {
    const char *keywords[24];
    const char *values[24];
    size_t count;
    char connect_timeout[24];
    char idle[24];
    char user_timeout_ms[24];
} Parameters;

static void add(Parameters *parameters, const char *keyword, const char *value)
{
    if (!*value)
        return;
    parameters->keywords[parameters->count] = keyword;
    parameters->values[parameters->count++] = value;
}

/* Three keepalives within stall_s: a machine that vanished keeps no lock for longer. */
static void collect_parameters(const WarehouseConfig *config, const char *password, const Dialect *dialect,
                               const char *application_name, Parameters *parameters)
{
    int64_t interval_s = duration_s(config->patience.stall) / 4 > 0 ? duration_s(config->patience.stall) / 4 : 1;
    snprintf(parameters->connect_timeout, sizeof parameters->connect_timeout, "%" PRId64,
             duration_s(config->patience.connect_timeout));
    snprintf(parameters->idle, sizeof parameters->idle, "%" PRId64, interval_s);
    snprintf(parameters->user_timeout_ms, sizeof parameters->user_timeout_ms, "%" PRId64, config->patience.stall.ms);

    add(parameters, "host", config->host);
    add(parameters, "port", config->port);
    add(parameters, "dbname", config->name);
    add(parameters, "user", config->user);
    add(parameters, "password", password);
    add(parameters, "sslmode", *config->sslmode ? config->sslmode : dialect->sslmode);
    add(parameters, "sslrootcert", *config->sslrootcert ? config->sslrootcert : dialect->sslrootcert);
    add(parameters, "application_name", application_name);
    add(parameters, "client_encoding", "UTF8");
    add(parameters, "connect_timeout", parameters->connect_timeout);
    add(parameters, "keepalives_idle", parameters->idle);
    add(parameters, "keepalives_interval", parameters->idle);
    add(parameters, "keepalives_count", "3");
    add(parameters, "tcp_user_timeout", parameters->user_timeout_ms);
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static char *describe(PGconn *pg)
{
    const char *host = PQhost(pg), *port = PQport(pg), *database = PQdb(pg);
    return memory_format("%s:%s/%s", host && *host ? host : "localhost", port ? port : "", database ? database : "");
}

#define UNSUPPORTED_PARAMETER "unsupported startup parameter"
#define DROP_PARAMETER                                                                                                 \
    "; a pooler takes few settings from its clients: unset PGOPTIONS and its like, or name this one in its "           \
    "ignore_startup_parameters"

/* libpq gives no SQLSTATE for a refused connection. A text that is not known, or is in another language, is an outage:
 * a worker then says it and waits, which is the lesser harm. */
static bool is_refusal(const char *reason)
{
    static const char *const texts[] = {"authentication failed", "no password supplied", "pg_hba.conf",
                                        "does not exist", "permission denied", "certificate", "does not support SSL",
                                        "is not permitted to log in",
                                        /* PgBouncer's */
                                        UNSUPPORTED_PARAMETER, "no such database", "no such user", "SSL required",
                                        "TLS connection required", "login rejected", "wrong password type"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strstr(reason, texts[i]))
            return true;
    return false;
}

static bool fail_to_connect(PGconn *pg, Error *error)
{
    char reason[512];
    connection_copy_line(PQerrorMessage(pg), reason, sizeof reason);
    AUTO_FREE char *name = describe(pg);
    if (is_refusal(reason))
        return error_set_service(error, ERROR_DENIED, SERVICE_WAREHOUSE,
                                 "the warehouse at %s refuses the connection: %s%s", name, reason,
                                 strstr(reason, UNSUPPORTED_PARAMETER) ? DROP_PARAMETER : "");
    return error_set_service(error, ERROR_OUTAGE, SERVICE_WAREHOUSE, "the warehouse at %s cannot be reached: %s", name,
                             reason);
}

static const Dialect *find_dialect(const WarehouseConfig *config)
{
    return config->kind == WAREHOUSE_REDSHIFT ? &dialect_redshift : &dialect_postgres;
}

bool connection_dial(const WarehouseConfig *config, const char *application_name, Connection **out_connection,
                     Error *error)
{
    Parameters parameters = {0};
    const Dialect *dialect = find_dialect(config);
    AUTO_WIPE password = secrets_copy_warehouse_password(config);
    collect_parameters(config, password, dialect, application_name, &parameters);
    pulse_allow_ms(config->patience.connect_timeout.ms);
    PGconn *pg = PQconnectdbParams(parameters.keywords, parameters.values, 0);
    pulse_beat();
    if (!pg)
        error_abort("out of memory");
    if (PQstatus(pg) != CONNECTION_OK) {
        if (!fail_to_connect(pg, error) && error->kind == ERROR_DENIED)
            secrets_note_refused(config->secrets);
        PQfinish(pg);
        return false;
    }
    PQsetNoticeReceiver(pg, ignore_notice, NULL);

    AUTO_CONNECTION connection = memory_alloc_zeroed(1, sizeof *connection);
    connection->pg = pg;
    connection->dialect = dialect;
    connection->name = describe(pg);
    connection->process = PQbackendPID(pg);
    *out_connection = take(connection);
    return true;
}
