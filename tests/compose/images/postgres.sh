#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# As the image's: as root it goes on as postgres; an empty PGDATA gets a cluster and a database, made by a server that
# listens on no port; then the command runs.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
  chown postgres "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  chmod 700 "$PGDATA"
  # shellcheck disable=SC2086 # several options
  initdb -U "${POSTGRES_USER:-postgres}" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:?}") ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  pg_ctl -w start -o "-c listen_addresses=''"
  [ "${POSTGRES_DB:-postgres}" = postgres ] ||
    createdb -U "${POSTGRES_USER:-postgres}" --maintenance-db=postgres "$POSTGRES_DB"
  pg_ctl -m fast -w stop
fi
exec "$@"
