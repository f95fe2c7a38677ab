#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Walks through deploy/compose.yaml: a fleet loads a bucket, a day arrives, a worker dies, two more come, the database goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
READY_S=600 # how long a container may take to be healthy, and an event of the demo to come
LOAD_S=600  # how long the bucket's objects may take to be in the star schema

usage() {
  cat <<'END'
Usage: deploy/compose-demo.sh [--events N] [--songs N] [--outage-seconds N] [--keep]

Builds the images, starts Kafka, PostgreSQL, an S3 server with a bucket of generated data, a coordinator and three workers,
and watches the star schema come about. Then a day arrives, a worker is killed, two more are started, and the database
goes away for a while. Ends with everything removed.

  --events N           how many events the bucket begins with (200000)
  --songs N            how many songs (2000)
  --outage-seconds N   how long the database is away (60)
  --keep               leave all of it up, and say how to go on

Needs Docker with `docker compose` or docker-compose 1.29. The names of all it makes begin with copyfleet-demo;
COPYFLEET_DEMO_KAFKA_PORT, _POSTGRES_PORT and _S3_PORT move what it publishes on 127.0.0.1.
END
}

title() { printf '\n== %s\n' "$*"; }
say() { printf '%s\n' "$*"; }
fail() {
  printf 'compose-demo.sh: %s\n' "$*" >&2
  exit 1
}

# --- Compose -----------------------------------------------------------------------------------------------------------

find_compose() {
  docker version >/dev/null 2>&1 || fail "there is no Docker engine that answers; start one, or set DOCKER_HOST."
  if docker compose version >/dev/null 2>&1; then compose=(docker compose)
  elif command -v docker-compose >/dev/null; then compose=(docker-compose)
  else fail "there is neither 'docker compose' nor docker-compose; install one of them."
  fi
  compose+=(-p "$project" -f "$here/compose.yaml")
}

# quietly COMMAND...: shows the command's output only if it fails
quietly() {
  "$@" >"$dir/said.log" 2>&1 </dev/null || { tail -n 30 "$dir/said.log" >&2; return 1; }
}

# containers SERVICE [FILTER]: the service's containers that run
containers() {
  docker ps -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" \
    --filter "label=com.docker.compose.oneoff=False" ${2:+--filter "$2"}
}

query() { docker exec -i "$(containers postgres)" psql -X -q -v ON_ERROR_STOP=1 -U loader -d copyfleet "$@"; }
copyfleet() { docker exec "$(containers coordinator)" copyfleet "$@"; }
bucket() { quietly "${compose[@]}" run --rm -T data bucket.sh "$@" || fail "the bucket could not be filled."; }

# wait_until SECONDS WHAT COMMAND...
wait_until() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ $SECONDS -lt $until ] || fail "$what has not come true in time; look at: ${compose[*]} logs"
    sleep 0.5
  done
}

# --- the fleet ---------------------------------------------------------------------------------------------------------

progress() {
  query -At <<'END'
SELECT format('run %s: %s of %s tasks loaded', coalesce(max(run), 0), count(*) FILTER (WHERE state = 'loaded'), count(*))
  FROM copyfleet.tasks WHERE run = (SELECT max(run) FROM copyfleet.runs)
END
}

has_open_runs() {
  [ "$(query -At -c "SELECT count(*) = 0 OR bool_or(state = 'open') FROM copyfleet.runs")" = t ]
}

# Whether all objects of the bucket are loaded and in the star schema. Says how far the fleet is if that has changed.
is_complete() {
  local now
  now=$(progress) || return 1
  [ "$now" = "$told" ] || say "  $now"
  told=$now
  ! has_open_runs && copyfleet audit >"$dir/audit.log" && ! has_open_runs
}

wait_for_star() { wait_until "$LOAD_S" "that the star schema has all that is in the bucket" is_complete; }

has_healthy_workers() { [ "$(containers worker health=healthy | wc -l)" = "$1" ]; }

count_rows() {
  local table
  for table in songplays users songs artists time; do query -At -c "SELECT '$table', count(*) FROM $table"; done
}

show_difference() {
  printf '%-12s %10s %10s %10s\n' "" before after change
  paste -d '|' "$dir/rows.before" "$dir/rows.after" |
    while IFS='|' read -r name before _ after; do
      printf '%-12s %10d %10d %+10d\n' "$name" "$before" "$after" $((after - before))
    done
}

# --- the acts ----------------------------------------------------------------------------------------------------------

build() {
  say "Building; the first time takes a minute or two."
  quietly "${compose[@]}" build || fail "the images could not be built."
  docker images --format '{{.Repository}}:{{.Tag}}  {{.Size}}' --filter 'reference=copyfleet:*'
}

# How long the container took that fills the bucket and ends; the coordinator waits for it.
filling_s() {
  docker ps -aq --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.service=data \
    --filter label=com.docker.compose.oneoff=False |
    xargs docker inspect -f '{{.State.StartedAt}} {{.State.FinishedAt}}' | {
    read -r from to
    echo $(($(date -d "$to" +%s) - $(date -d "$from" +%s)))
  }
}

start() {
  local began=$SECONDS
  is_up=yes
  quietly "${compose[@]}" up -d || fail "not all of it has started."
  wait_for_star
  say "From 'up' to the complete star schema: $((SECONDS - began)) s, of which the bucket was filled for $(filling_s) s."
  wait_until "$READY_S" "that three workers are healthy" has_healthy_workers 3
}

next_day() {
  count_rows >"$dir/rows.before"
  bucket next-day
  wait_for_star
  count_rows >"$dir/rows.after"
  show_difference
}

# A day loads faster than one can look. So a session locks the table, and the tasks wait in the middle of their work.
hold_loads() {
  query -c 'BEGIN; LOCK TABLE staging_events IN EXCLUSIVE MODE; SELECT pg_sleep(3600)' >/dev/null 2>&1 &
  holder=$!
  wait_until "$READY_S" "that the table is held" is_held
}

is_held() {
  [ "$(query -At -c "SELECT count(*) FROM pg_locks WHERE relation = 'staging_events'::regclass AND mode = 'ExclusiveLock' AND granted")" != 0 ]
}

let_loads_go() {
  query -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)' AND pid <> pg_backend_pid()" >/dev/null
  wait "$holder" || true
}

# A container's host name is the beginning of its id, and a worker's name begins with the host.
find_busy_worker() {
  victim=$(query -At <<'END'
SELECT split_part(a.worker, ':', 1) FROM copyfleet.attempts a JOIN copyfleet.tasks t USING (run, task)
 WHERE a.ended_at IS NULL AND t.state = 'planned' LIMIT 1
END
  )
  [ -n "$victim" ]
}

kill_a_worker() {
  hold_loads
  bucket more-days 10
  wait_until "$READY_S" "that a worker has a task in hand" find_busy_worker
  docker kill --signal KILL "$victim" >/dev/null
  say ">>> Worker $victim is killed with -9, in the middle of its work."
  let_loads_go
  wait_for_star
  wait_until "$READY_S" "that the ledger knows of the death" knows_of_the_death
  say "What it had in hand was loaded by the others. The ledger has its attempts and theirs:"
  query -P footer=off -v "victim=$victim:%" <<'END'
SELECT a.run, a.task, a.attempt, a.worker, a.outcome, t.state AS task_is
  FROM copyfleet.attempts a JOIN copyfleet.tasks t USING (run, task)
 WHERE EXISTS (SELECT FROM copyfleet.attempts d
                WHERE (d.run, d.task) = (a.run, a.task) AND d.outcome = 'crashed' AND d.worker LIKE :'victim')
 ORDER BY a.run, a.task, a.attempt
 LIMIT 8
END
}

knows_of_the_death() {
  [ "$(query -At -c "SELECT count(*) FROM copyfleet.attempts WHERE outcome = 'crashed' AND worker LIKE '$victim:%'")" != 0 ]
}

scale_up() {
  quietly "${compose[@]}" up -d --no-deps --scale worker=5 worker || fail "five workers could not be started."
  wait_until "$READY_S" "that five workers are healthy" has_healthy_workers 5
  docker ps --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=worker" \
    --format '{{.Names}}  {{.Status}}'
}

# The processes of the fleet, each with the time at which it started.
processes() { { containers worker; containers coordinator; } | xargs docker inspect -f '{{.Name}} {{.State.StartedAt}}' | sort; }

database_answers() { query -At -c 'SELECT 1' >/dev/null 2>&1; }

take_the_database_away() {
  processes >"$dir/processes.before"
  quietly "${compose[@]}" stop postgres || fail "the database could not be stopped."
  say "The database is stopped, and a day arrives meanwhile."
  bucket next-day
  sleep "$outage_s"
  say "After $outage_s s the fleet waits, as healthy as before:"
  docker ps --filter "label=com.docker.compose.project=$project" --filter ancestor=copyfleet:local --format '{{.Names}}  {{.Status}}'
  docker logs "$(containers coordinator)" 2>&1 | grep 'event=service.lost' | tail -n 1
  quietly "${compose[@]}" start postgres || fail "the database could not be started again."
  wait_until "$READY_S" "that the database answers" database_answers
  say "The database is back."
  wait_for_star
  processes >"$dir/processes.after"
  cmp -s "$dir/processes.before" "$dir/processes.after" || fail "a process of the fleet did not live through the outage."
  say "What arrived is loaded, and no process of the fleet was started again."
}

show_result() {
  copyfleet verify || fail "the checks found something."
  copyfleet status
  copyfleet analyze rows top_artists paid_free
}

# --- beginning and end -------------------------------------------------------------------------------------------------

# Runs at the end of the demo, however it ends.
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  if [ -n "$is_up" ] && [ $status != 0 ]; then "${compose[@]}" logs --no-color --tail 30 coordinator worker >&2 || true; fi
  if [ -n "$is_up" ] && [ -n "$keep" ]; then
    how_to_go_on
  elif [ -n "$is_up" ]; then
    title "The end"
    if quietly "${compose[@]}" down -v; then say "All containers, volumes and the network of $project are removed."; else status=1; fi
  fi
  rm -rf "$dir"
  exit $status
}

how_to_go_on() {
  title "Left as it is"
  say "To go on:"
  say "    ${compose[*]} run --rm copyfleet status"
  say "    ${compose[*]} run --rm data bucket.sh next-day"
  say "    ${compose[*]} exec postgres psql -U loader copyfleet"
  say "To end it all:"
  say "    ${compose[*]} down -v"
}

# number OPTION VALUE
number() {
  case $2 in
    '' | *[!0-9]*) printf 'compose-demo.sh: %s needs a number.\n' "$1" >&2; exit 2 ;;
  esac
}

main() {
  keep='' is_up='' told='' outage_s=60 project=copyfleet-demo
  while [ $# -gt 0 ]; do
    case $1 in
      --events) number "$1" "${2:-}"; export COPYFLEET_DEMO_EVENTS=$2; shift ;;
      --songs) number "$1" "${2:-}"; export COPYFLEET_DEMO_SONGS=$2; shift ;;
      --outage-seconds) number "$1" "${2:-}"; outage_s=$2; shift ;;
      --keep) keep=yes ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  dir=$(mktemp -d -t copyfleet-demo-XXXXXX)
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  find_compose
  [ -z "$(docker ps -aq --filter "label=com.docker.compose.project=$project"
    docker volume ls -q --filter "label=com.docker.compose.project=$project")" ] ||
    fail "there are containers or volumes of $project already; end them with: ${compose[*]} down -v"

  title "The images"
  build

  title "Up: a coordinator and three workers, and what they need"
  start

  title "A day more, and a day sent again, corrected"
  next_day

  title "Ten days more, and a worker dies"
  kill_a_worker

  title "Five workers"
  scale_up

  title "The database goes away"
  take_the_database_away

  title "The result"
  show_result
}

main "$@"
