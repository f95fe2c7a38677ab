#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL, Kafka and an S3 server on free loopback ports of this machine, with all their state in one folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/copyfleet
python=/usr/bin/python3 # Debian's own: a python3 found earlier on the PATH lacks the modules that apt installs
READY_S=300             # a start takes 3 s on two idle cores; several may happen at once, on a machine that is slow at times
STOP_S=30
START_TRIES=5 # a port that was free may be taken by the time its server binds it

usage() {
  cat <<'END'
Usage: deploy/local.sh install                   install what the servers need and this machine lacks
       deploy/local.sh up DIR [--without kafka]  start the servers; writes DIR/env (to source) and DIR/dwh.cfg
       deploy/local.sh down DIR                  end exactly these servers; their state and logs stay in DIR
       deploy/local.sh stop DIR NAME [immediate] end one of postgres, kafka, s3proxy; immediate: as a crash would
       deploy/local.sh start DIR NAME            start it again, on the port that it had

For Debian 12 and 13, as root or with sudo. Any number of DIRs may be up side by side.
After `down`, `up` with the same DIR starts again with the same data, on other ports.
COPYFLEET_KAFKA_PROPERTIES has lines that are added to Kafka's configuration.
END
}

# shellcheck source=deploy/apt.sh
. "$here/apt.sh"

say() { printf '%s\n' "$*"; }
fail() {
  printf 'local.sh: %s\n' "$*" >&2
  exit 1
}

# --- install ---------------------------------------------------------------------------------------------------------

postgres_bin() {
  local folder
  folder=$(find /usr/lib/postgresql/*/bin -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
  [ -n "$folder" ] && printf '%s\n' "$folder"
}

has_java() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || return 1
  [ "${version:-0}" -ge 17 ]
}

install_packages() {
  local missing=() status=0
  [ -n "$(postgres_bin)" ] || missing+=(postgresql)
  has_java || missing+=(default-jre-headless)
  command -v mvn >/dev/null || missing+=(maven)
  mapfile -t -O ${#missing[@]} missing < <(missing_packages ca-certificates python3 python3-boto3)
  [ ${#missing[@]} -gt 0 ] || return 0

  # The package would start a server of its own on port 5432, which nobody here asked for.
  local no_cluster=/etc/postgresql-common/createcluster.d/copyfleet.conf
  as_root mkdir -p "${no_cluster%/*}"
  echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
  add_packages "$cache/apt.log" "${missing[@]}" || status=1
  as_root rm -f "$no_cluster"
  [ $status = 0 ] || fail "the servers need ${missing[*]}."
}

# The jars arrive in a folder of their own and get their name when they are complete.
install_jars() {
  local name=$1 pom="$here/local/$1.pom.xml" folder
  folder=$(jars "$name")
  [ ! -d "$folder" ] || return 0
  say "Fetching $name with Maven, which may take minutes."
  local partial="$cache/.partial-$name" log="$cache/maven-$name.log"
  rm -rf "$partial"
  mkdir -p "$partial"
  cp "$pom" "$partial/pom.xml"
  (cd "$partial" && with_patience mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=libs) \
    3>&1 >"$log" 2>&1 </dev/null || { tail -n 15 "$log" >&2; fail "Maven could not fetch $name; all it said is in $log."; }
  mv "$partial/libs" "$folder"
  rm -rf "$partial"
}

# The folder's name depends on all of the pom's text, so that a changed pom is fetched again.
jars() { printf '%s/%s-%s\n' "$cache" "$1" "$(cksum <"$here/local/$1.pom.xml" | cut -d' ' -f1)"; }

install_all() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9 # one at a time, if several are begun at once on this machine
  install_packages
  install_jars kafka
  install_jars s3proxy
  exec 9>&-
}

# --- processes -------------------------------------------------------------------------------------------------------

# A process is known by its number and the time it started: numbers are used again.
started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

is_alive() {
  local pid start
  read -r pid start 2>/dev/null <"$dir/$1.pid" || return 1
  [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ] && [ "$(process_state "$pid")" != Z ]
}

process_state() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1; }

# launch NAME COMMAND...: starts it in a session of its own, so that the terminal's Ctrl-C does not reach it
launch() {
  local name=$1
  shift
  setsid "$@" >>"$dir/$name.log" 2>&1 </dev/null &
  printf '%s %s\n' $! "$(started_at $!)" >"$dir/$name.pid"
  disown $!
}

# wait_until SECONDS COMMAND...
wait_until() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.1
  done
}

is_over() { ! is_alive "$1"; }

# PostgreSQL takes TERM as "wait for the clients", INT as "end", QUIT as "end as a crash would".
signal_of() {
  case $1-$2 in
    postgres-immediate) echo QUIT ;;
    postgres-*) echo INT ;;
    *-immediate) echo KILL ;;
    *) echo TERM ;;
  esac
}

# ask_to_end NAME SIGNAL SECONDS: whether it ended
ask_to_end() {
  local pid rest
  read -r pid rest <"$dir/$1.pid"
  kill -s "$2" "$pid" 2>/dev/null || true
  wait_until "$3" is_over "$1"
}

# stop NAME [immediate]: asks a PostgreSQL twice to end, since one that is killed leaves children and its lock file.
stop() {
  local name=$1 signal
  signal=$(signal_of "$name" "${2:-}")
  is_alive "$name" || { rm -f "$dir/$name.pid"; return 0; }
  if ! ask_to_end "$name" "$signal" $STOP_S; then
    say "$name has not ended within $STOP_S seconds and is killed."
    ask_to_end "$name" "$(signal_of "$name" immediate)" $STOP_S || ask_to_end "$name" KILL $STOP_S ||
      fail "$name cannot be killed."
  fi
  rm -f "$dir/$name.pid"
  say "Stopped $name."
}

# --- servers -----------------------------------------------------------------------------------------------------------

# shellcheck source=deploy/local/servers.sh
. "$here/local/servers.sh"

# --- up and down -----------------------------------------------------------------------------------------------------

# The server that answers must be ours: if another process has taken the port, our server is about to end because of that.
is_ready() { "$python" "$here/local/net.py" owns "$(cut -d" " -f1 "$dir/$1.pid")" "$(cat "$dir/$1.port")" && "${1}_is_ready"; }

has_news() { [ -n "$interrupted" ] || is_over "$1" || is_ready "$1"; }

complain() {
  [ -z "$interrupted" ] || return 0
  printf 'local.sh: %s %s Its log, %s, ends so:\n' "$1" "$2" "$dir/$1.log" >&2
  tail -n 15 "$dir/$1.log" >&2
}

bring_up() {
  local name=$1 try began
  interrupted=
  trap '' INT               # the terminal sends INT to all processes, and up() answers for all
  trap 'interrupted=1' TERM # so that the script does not end between a launch and its pid file
  touch "$dir/$name.log"
  is_alive "$name" && { say "$name already runs at 127.0.0.1:$(cat "$dir/$name.port")."; return 0; }
  "${name}_prepare" || { complain "$name" "could not be set up."; return 1; }
  for ((try = 1; try <= START_TRIES; try++)); do
    began=$(wc -c <"$dir/$name.log")
    "${name}_launch"
    if ! wait_until $READY_S has_news "$name"; then
      complain "$name" "has not answered within $READY_S seconds."
      return 1
    fi
    [ -z "$interrupted" ] || return 1
    if is_alive "$name"; then
      "${name}_finish" || { complain "$name" "answers, but could not be set up."; return 1; }
      say "$name runs at 127.0.0.1:$(cat "$dir/$name.port")."
      return 0
    fi
    tail -c "+$((began + 1))" "$dir/$name.log" | grep -qiE 'address already in use|(failed to|could not) bind' || break
  done
  complain "$name" "ended while it was starting."
  return 1
}

# secret NAME BYTES
make_secret() { [ -s "$dir/secret.$1" ] || head -c "$2" /dev/urandom | od -An -tx1 | tr -d ' \n' >"$dir/secret.$1"; }

write_config() {
  local port key secret password
  port=$(cat "$dir/postgres.port") password=$(cat "$dir/secret.postgres")
  key=$(cat "$dir/secret.s3.key") secret=$(cat "$dir/secret.s3")
  local s3 kafka=
  s3=http://127.0.0.1:$(cat "$dir/s3proxy.port")
  [ "$without" = kafka ] || kafka=127.0.0.1:$(cat "$dir/kafka.port")

  {
    printf 'export %s=%q\n' PGHOST 127.0.0.1 PGPORT "$port" PGUSER loader PGPASSWORD "$password" PGDATABASE copyfleet \
      AWS_ACCESS_KEY_ID "$key" AWS_SECRET_ACCESS_KEY "$secret" AWS_REGION us-east-1 AWS_DEFAULT_REGION us-east-1 \
      AWS_ENDPOINT_URL_S3 "$s3" COPYFLEET_CONFIG "$dir/dwh.cfg"
    [ -z "$kafka" ] || printf 'export %s=%q\n' COPYFLEET_KAFKA_BOOTSTRAP_SERVERS "$kafka"
  } >"$dir/env"
  cat >"$dir/dwh.cfg" <<END
[CLUSTER]
HOST = 127.0.0.1
DB_NAME = copyfleet
DB_USER = loader
DB_PASSWORD = $password
DB_PORT = $port

[AWS]
KEY = $key
SECRET = $secret
REGION = us-east-1
ENDPOINT_URL = $s3

[S3]
LOG_DATA = 's3://sparkify/log_data'
LOG_JSONPATH = 's3://sparkify/log_json_path.json'
SONG_DATA = 's3://sparkify/song_data'
END
  [ -z "$kafka" ] || printf '\n[KAFKA]\nBOOTSTRAP_SERVERS = %s\n' "$kafka" >>"$dir/dwh.cfg"
}

stop_all() {
  local name
  for name in s3proxy kafka postgres; do stop "$name"; done
}

give_up() {
  local job
  for job in "${jobs[@]}"; do kill "$job" 2>/dev/null || true; done
  wait
  stop_all
  fail "$1"
}

up() {
  umask 077
  mkdir -p "$dir"
  chmod 711 "$dir" # PostgreSQL's user must get through to its own folder
  exec 8>"$dir/lock"
  flock -n 8 || fail "another local.sh works on $dir."
  make_secret postgres 16
  make_secret s3.key 10
  make_secret s3 20

  local names=(postgres s3proxy) name job failed=0
  [ "$without" = kafka ] || names+=(kafka)
  jobs=()
  trap 'give_up "interrupted."' INT TERM
  for name in "${names[@]}"; do
    bring_up "$name" 8>&- &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job" || failed=1; done
  [ $failed = 0 ] || give_up "not all servers started. If $dir was made by another version of this script, choose another folder."
  trap - INT TERM
  write_config
  say "To use them: . $dir/env"
}

down() {
  [ -d "$dir" ] || { say "There is no $dir."; return 0; }
  stop_all
  rm -f "$dir"/*.port "$dir/env"
}

# Stops or starts one server of those that are up.
start_one() {
  umask 077
  [ -f "$dir/$1.port" ] || fail "$1 is not among the servers of $dir."
  bring_up "$1"
}

one() {
  case $2 in
    postgres | kafka | s3proxy) ;;
    *) usage >&2; exit 2 ;;
  esac
  case $1-$#-${3:-} in
    start-2-) start_one "$2" ;;
    stop-2- | stop-3-immediate) stop "$2" "${3:-}" ;;
    *) usage >&2; exit 2 ;;
  esac
}

main() {
  command=${1:-}
  case $command in
    install) [ $# = 1 ] || { usage >&2; exit 2; } ;;
    up | down) [ $# -ge 2 ] && [ "${2#-}" = "$2" ] || { usage >&2; exit 2; } ;;
    start | stop)
      [ $# -ge 3 ] && [ "${2#-}" = "$2" ] || { usage >&2; exit 2; }
      dir=$(realpath -m "$2")
      one "$command" "${@:3}"
      return
      ;;
    -h | --help) usage; return 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  without=
  if [ $# -gt 2 ]; then
    [ "$command $# ${3:-} ${4:-}" = "up 4 --without kafka" ] || { usage >&2; exit 2; }
    without=kafka
  fi
  [ "$command" = install ] || dir=$(realpath -m "$2")
  [ "$command" = down ] || install_all
  [ "$command" = install ] || "$command"
}

main "$@"
