#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows copyfleet's main job on this machine, from nothing: servers, a bucket, a fleet, the star schema.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
READY_S=300 # how long a worker may take to begin; it takes a second
STOP_S=60  # how long a worker may take to end; it may finish its tasks, for 30 s

# shellcheck source=deploy/apt.sh
. "$here/apt.sh"

usage() {
  cat <<'END'
Usage: deploy/demo.sh [--data DIR] [--keep]

Installs what is missing, builds copyfleet, starts PostgreSQL, Kafka and an S3 server on loopback, and loads a bucket
with two workers, of which one is killed on the way. Ends with everything stopped and removed.

  --data DIR   use the folder DIR (log_data/…, song_data/…, log_json_path.json), not generated data; DIR is not changed
  --keep       leave the servers and the fleet up, and say how to go on

For Debian 12 and 13, as root or with sudo.
END
}

title() { printf '\n== %s\n' "$*"; }
say() { printf '%s\n' "$*"; }
fail() {
  printf 'demo.sh: %s\n' "$*" >&2
  exit 1
}

# --- the stage -------------------------------------------------------------------------------------------------------

build_release() { (cd "$repository" && cmake --preset release && cmake --build --preset release -j "$(nproc)"); }

build() {
  local missing
  mapfile -t missing < <(missing_packages "${BUILD_PACKAGES[@]}")
  add_packages "$dir/apt.log" "${missing[@]}"
  say "Building copyfleet, in build/release."
  with_patience build_release 3>&1 >"$dir/build.log" 2>&1 ||
    { tail -n 20 "$dir/build.log" >&2; fail "the build failed; all it said is in $dir/build.log."; }
  PATH="$repository/build/release:$PATH"
}

# Variables that a user's shell has set are not for the servers of the demo.
forget_settings() {
  local name
  for name in $(compgen -e | grep -E '^(COPYFLEET_|AWS_|PG)'); do unset "$name"; done
}

start_servers() {
  "$here/local.sh" up "$dir"
  # shellcheck disable=SC1091
  . "$dir/env"
  # A dead worker's share of Kafka goes to the others after 6 s and not 45 s, so that the demo waits less.
  cat >>"$dir/dwh.cfg" <<'END'
librdkafka.session.timeout.ms = 6000

[FLEET]
DISPATCH_REPEAT_MS = 2000
END
}

fill_bucket() {
  if [ -n "$data" ]; then
    cp -r "$data" "$dir/data"
  else
    "$here/generate.py" "$dir/data" --events 200000 --songs 2000
  fi
  "$here/put.py" "$dir/data" s3://sparkify
}

# --- the fleet -------------------------------------------------------------------------------------------------------

workers=()

start_worker() {
  local number=$((${#workers[@]} + 1)) tries=$((READY_S * 10))
  : >"$dir/worker-$number.log"
  copyfleet-worker >>"$dir/worker-$number.log" 2>&1 </dev/null &
  workers+=($!)
  disown $! # bash would report the worker's death in words of its own
  until grep -q worker.started "$dir/worker-$number.log"; do
    kill -0 "${workers[-1]}" 2>/dev/null && [ $((tries--)) -gt 0 ] ||
      { tail -n 20 "$dir/worker-$number.log" >&2; fail "worker $number does not begin."; }
    sleep 0.1
  done
  say "Worker $number has begun: process ${workers[-1]}, log $dir/worker-$number.log."
}

query() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

# How many tasks a worker, named host:process/executor, has in hand; none before the fleet has loaded something.
tasks_in_hand() {
  query -At <<END
SELECT count(*) FROM copyfleet.attempts a JOIN copyfleet.tasks t USING (run, task)
 WHERE a.ended_at IS NULL AND a.worker LIKE '%:$1-%' AND t.state = 'planned'
   AND (SELECT count(*) FROM copyfleet.tasks WHERE state = 'loaded') >= 5
END
}

say_death() { printf '>>> Worker 1 (process %s) is killed with -9, in the middle of its work.\n' "$1"; }

# The worker is stopped for the moment of the question, so that the ledger's answer is still true when the worker is killed.
kill_in_the_act() {
  local victim=$1 tries=$((READY_S * 20))
  while [ $((tries--)) -gt 0 ]; do
    kill -STOP "$victim"
    if [ "$(tasks_in_hand "$victim")" != 0 ]; then
      kill -KILL "$victim"
      touch "$dir/killed"
      [ -t 1 ] || say_death "$victim" # on a terminal the run draws over the output of others
      return
    fi
    kill -CONT "$victim"
    sleep 0.05
  done
}

run() { copyfleet run || fail "the run ended with $?; the workers' logs are in $dir."; }

run_with_a_death() {
  kill_in_the_act "${workers[0]}" &
  local killer=$!
  run
  kill $killer 2>/dev/null || true
  wait $killer 2>/dev/null || true
  [ -f "$dir/killed" ] || { kill -CONT "${workers[0]}" || true; fail "the run was over before worker 1 could be killed."; }
  [ ! -t 1 ] || say_death "${workers[0]}"
  say "What the dead worker had in hand was loaded by the other one. The ledger has both attempts; its own ended with it:"
  query -P footer=off <<END
SELECT a.run, a.task, a.attempt, a.worker, coalesce(a.outcome, 'crashed') AS outcome, t.state AS task_is
  FROM copyfleet.attempts a JOIN copyfleet.tasks t USING (run, task)
 WHERE EXISTS (SELECT FROM copyfleet.attempts d
                WHERE (d.run, d.task) = (a.run, a.task) AND coalesce(d.outcome, 'crashed') = 'crashed' AND d.worker LIKE '%:${workers[0]}-%')
 ORDER BY a.run, a.task, a.attempt
 LIMIT 8
END
}

# --- what is in the star schema ----------------------------------------------------------------------------------------

# Figures that a reader may want to count again in the source.
show_rows() {
  query -P footer=off <<'END'
WITH facts (place, what, "is") AS (
  SELECT 1, 'rows of staging_events', count(*)::text FROM staging_events
  UNION ALL SELECT 2, 'rows of staging_songs', count(*)::text FROM staging_songs
  UNION ALL SELECT 3, 'songplays', count(*)::text FROM songplays
  UNION ALL SELECT 4, 'songplays with a song', count(song_id)::text FROM songplays
  UNION ALL SELECT 5, '  … of exactly the length played', count(*)::text
    FROM songplays p JOIN songs s USING (song_id)
    JOIN staging_events e ON e._object = p.songplay_id / 10000000000 AND e._ordinal = p.songplay_id % 10000000000
   WHERE e.length = s.duration
  UNION ALL SELECT 6, 'users', count(*)::text FROM users
  UNION ALL SELECT 7, 'songs', count(*)::text FROM songs
  UNION ALL SELECT 8, 'artists', count(*)::text FROM artists
  UNION ALL SELECT 9, 'times', count(*)::text FROM time
  UNION ALL SELECT 10, 'users who were free and paid',
         count(*) || ': ' || left(string_agg(userid, ' ' ORDER BY length(userid), userid), 50)
    FROM (SELECT userid FROM staging_events WHERE userid <> '' GROUP BY userid HAVING count(DISTINCT level) = 2) users
  UNION ALL SELECT 11, 'titles like numbers', left(string_agg(title, ' ' ORDER BY title COLLATE "C"), 80)
    FROM songs WHERE title ~ '^[0-9.]+$'
  UNION ALL SELECT 12, 'artists like numbers', left(string_agg(name, ' ' ORDER BY name COLLATE "C"), 80)
    FROM artists WHERE name ~ '^[0-9.]+$'
)
SELECT what, "is" FROM facts ORDER BY place
END
}

count_rows() {
  local table
  for table in songplays users songs artists time; do query -At -c "SELECT '$table', count(*) FROM $table"; done
  query -At -c "SELECT 'songplays with a song', count(song_id) FROM songplays"
}

show_difference() {
  printf '%-24s %10s %10s %10s\n' "" before after change
  paste -d '|' "$dir/rows.before" "$dir/rows.after" |
    while IFS='|' read -r name before _ after; do
      printf '%-24s %10d %10d %+10d\n' "$name" "$before" "$after" $((after - before))
    done
}

# --- beginning and end -------------------------------------------------------------------------------------------------

stop_fleet() {
  local pid tries=$((STOP_S * 10))
  for pid in "${workers[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${workers[@]}"; do
    while kill -0 "$pid" 2>/dev/null; do
      [ $((tries--)) -gt 0 ] || kill -KILL "$pid" 2>/dev/null || true
      sleep 0.1
    done
  done
}

# Runs at the end of the demo, however it ends.
clean_up() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  if [ $status = 0 ] && [ -n "$keep" ]; then
    how_to_go_on
    return
  fi
  title "The end"
  stop_fleet
  "$here/local.sh" down "$dir"
  if [ $status = 0 ]; then
    rm -rf "$dir"
    say "Everything is stopped, and $dir is removed."
  else
    say "Everything is stopped. The logs are in $dir."
  fi
  exit $status
}

how_to_go_on() {
  title "Left as it is"
  say "The servers run, and so do the workers, processes ${workers[*]:1}. To go on:"
  say "    . $dir/env; PATH=$repository/build/release:\$PATH"
  say "    copyfleet status; copyfleet analyze --list; psql"
  say "    deploy/put.py DIR s3://sparkify; copyfleet run"
  say "To end it all:"
  say "    kill ${workers[*]:1}; deploy/local.sh down $dir; rm -r $dir"
}

main() {
  data='' keep=''
  while [ $# -gt 0 ]; do
    case $1 in
      --data) data=${2:-} && [ -d "$data/log_data" ] || fail "--data needs a folder that has log_data in it."; shift ;;
      --keep) keep=yes ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  dir=$(mktemp -d -t copyfleet-demo-XXXXXX)
  trap clean_up EXIT
  trap 'exit 130' INT TERM

  title "Servers and programs"
  forget_settings
  build
  start_servers

  title "A bucket"
  fill_bucket

  title "The tables"
  copyfleet create-tables

  title "The first run: two workers, of which one dies"
  start_worker
  start_worker
  run_with_a_death

  title "Is it right? The checks"
  copyfleet verify

  title "What came of it"
  show_rows

  title "What the data tells"
  copyfleet analyze

  title "Nothing new"
  run

  title "The next day: a day of events more, and a day sent again, corrected"
  start_worker
  count_rows >"$dir/rows.before"
  "$here/next_day.py" "$dir/data"
  "$here/put.py" "$dir/data" s3://sparkify
  run
  count_rows >"$dir/rows.after"
  show_difference
  copyfleet verify >"$dir/verify.log" || { cat "$dir/verify.log"; fail "the checks found something."; }
  say "The checks pass as before."
}

main "$@"
