# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # a part of local.sh, whose variables these are
# The servers of local.sh. Each has NAME_prepare (once a DIR), NAME_launch (writes DIR/NAME.port), NAME_is_ready, NAME_finish.

# ports NAME...: writes a port for each name to NAME.port, and prints the ports. They are free ones; at `start`, those that the
# server's clients know.
ports() {
  local name free=()
  [ "$command" = start ] || read -r -a free < <("$python" "$here/local/net.py" ports $#)
  for name in "$@"; do
    [ "$command" = start ] || { echo "${free[0]}" >"$dir/$name.port"; free=("${free[@]:1}"); }
    cat "$dir/$name.port"
  done
}

# PostgreSQL refuses to run as root. If this script runs as root, PostgreSQL runs as the user that its package made.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --init-groups -- "$@"; else "$@"; fi
}

# The folder gets its name when it is complete, here and for Kafka: a start may be interrupted.
postgres_prepare() {
  local home="$dir/postgres"
  [ ! -d "$home/data" ] || return 0
  rm -rf "$home"
  mkdir -p "$home"
  cp "$dir/secret.postgres" "$home/password"
  if [ "$(id -u)" = 0 ]; then
    chown -R postgres: "$home" || fail "there is no user postgres to run PostgreSQL as."
    as_postgres test -w "$home" ||
      fail "user postgres cannot enter $dir: open the folders above it (chmod o+x), or choose a place such as /tmp/NAME."
  fi
  as_postgres "$(postgres_bin)/initdb" -D "$home/new" -U loader --pwfile="$home/password" \
    -A scram-sha-256 -E UTF8 --locale=C.UTF-8 >>"$dir/postgres.log" 2>&1 || return 1
  rm "$home/password"
  cat >>"$home/new/postgresql.conf" <<'END'
listen_addresses = '127.0.0.1'
max_connections = 200
# PostgreSQL's shutdown waits so long for a client that connected and says nothing.
authentication_timeout = 10s
max_wal_size = '4GB'
log_min_messages = warning
log_line_prefix = '%m [%p] %q%u@%d '
END
  mv "$home/new" "$home/data"
}

postgres_launch() {
  local port socket="$dir/postgres"
  port=$(ports postgres)
  [ ${#socket} -lt 90 ] || socket= # the path of a socket has at most 107 bytes
  if [ "$(id -u)" = 0 ]; then
    set -- setpriv --reuid postgres --regid postgres --init-groups --
  else
    set --
  fi
  launch postgres "$@" "$(postgres_bin)/postgres" -D "$dir/postgres/data" -p "$port" -c "unix_socket_directories=$socket"
}

postgres_is_ready() { "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$(cat "$dir/postgres.port")" -U loader -d postgres; }

postgres_finish() {
  local psql
  psql="$(postgres_bin)/psql -X -q -h 127.0.0.1 -p $(cat "$dir/postgres.port") -U loader -d postgres"
  export PGPASSWORD
  PGPASSWORD=$(cat "$dir/secret.postgres")
  [ -n "$($psql -At -c "SELECT 1 FROM pg_database WHERE datname = 'copyfleet'")" ] || $psql -c 'CREATE DATABASE copyfleet'
}

kafka_config() {
  cat >"$dir/kafka.properties" <<END
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2
advertised.listeners=PLAINTEXT://127.0.0.1:$1
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$2
log.dirs=$dir/kafka
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
${COPYFLEET_KAFKA_PROPERTIES:-}
END
}

kafka_java=(java -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true
  -XX:+UseSerialGC -Xmx512m)

kafka_prepare() {
  [ ! -f "$dir/kafka.formatted" ] || return 0
  rm -rf "$dir/kafka"
  kafka_config 9092 9093 # the format does not depend on the ports
  local id
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AA' | cut -c 1-22)
  "${kafka_java[@]}" -cp "$(jars kafka)/*" kafka.tools.StorageTool format -t "$id" -c "$dir/kafka.properties" \
    >>"$dir/kafka.log" 2>&1 || return 1
  touch "$dir/kafka.formatted"
}

kafka_launch() {
  # shellcheck disable=SC2046 # two words
  kafka_config $(ports kafka kafka.controller)
  launch kafka "${kafka_java[@]}" -cp "$(jars kafka)/*" kafka.Kafka "$dir/kafka.properties"
}

kafka_is_ready() { "$python" "$here/local/net.py" kafka "$(cat "$dir/kafka.port")"; }

kafka_finish() { :; }

s3proxy_prepare() { mkdir -p "$dir/s3proxy"; }

s3proxy_launch() {
  local port
  port=$(ports s3proxy)
  cat >"$dir/s3proxy.properties" <<END
s3proxy.endpoint=http://127.0.0.1:$port
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity=$(cat "$dir/secret.s3.key")
s3proxy.credential=$(cat "$dir/secret.s3")
s3proxy.v4-max-non-chunked-request-size=134217728
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir=$dir/s3proxy
END
  launch s3proxy java "-Dlogback.configurationFile=$here/local/logback.xml" -XX:+UseSerialGC -Xmx512m \
    -cp "$(jars s3proxy)/*" org.gaul.s3proxy.Main --properties "$dir/s3proxy.properties"
}

s3proxy_is_ready() { "$python" "$here/local/net.py" http "$(cat "$dir/s3proxy.port")"; }

s3proxy_finish() { :; }
