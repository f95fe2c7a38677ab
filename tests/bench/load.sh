#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a bucket to the star schema: copyfleet with one and two workers against a script that copies everything in one go,
# on the same servers in the same run.
# Usage: tests/bench/load.sh [DIR], a folder with log_data/, song_data/ and log_json_path.json; else data is generated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=$(mktemp -d -t copyfleet-bench-XXXXXX)
chmod 711 "$folder"
trap 'deploy/local.sh down "$folder/servers" >/dev/null; rm -rf "$folder"' EXIT

cmake --preset release >"$folder/build.log" && cmake --build --preset release >>"$folder/build.log"
data=${1:-$folder/data}
[ $# -gt 0 ] || /usr/bin/python3 deploy/generate.py "$data" --days 30 --events 8000 --songs 15000
deploy/local.sh up "$folder/servers" >/dev/null
# shellcheck disable=SC1091
. "$folder/servers/env"
/usr/bin/python3 deploy/put.py "$data" s3://sparkify

seconds_of() { /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

script=$(/usr/bin/python3 tests/bench/script.py)
printf '%-34s %8.2f s\n' 'a script, one GET after the other' "$script"
for workers in 1 2; do
  build/release/copyfleet create-tables --drop --yes >/dev/null
  COPYFLEET_KAFKA_CONSUMER_GROUP=bench-$workers build/release/copyfleet run --workers "$workers" --format json \
    2>/dev/null >"$folder/run.json"
  seconds=$(seconds_of seconds <"$folder/run.json")
  printf '%-34s %8.2f s, %.1f times as fast (list and plan %.2f s, transform %.2f s)\n' "copyfleet, $workers worker(s)" "$seconds" \
    "$(/usr/bin/python3 -c 'import sys; print(float(sys.argv[1]) / float(sys.argv[2]))' "$script" "$seconds")" \
    "$(seconds_of plan_seconds <"$folder/run.json")" "$(seconds_of transform_seconds <"$folder/run.json")"
done
seconds=$(build/release/copyfleet run --format json 2>/dev/null | seconds_of seconds)
printf '%-34s %8.2f s\n' 'copyfleet, nothing new' "$seconds"
