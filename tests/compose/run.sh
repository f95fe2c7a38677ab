#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# deploy/compose-demo.sh and deploy/compose.yaml as they are, on a Docker engine that this starts and ends.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$(dirname "$here")")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/copyfleet
images=$here/images
python=/usr/bin/python3
project=copyfleet-demo
DEMO_S=1500 # it takes 3 minutes on two idle cores
WAIT_S=120
SKIPPED=77
passed=0 failed=0
engine='' cases=''

usage() {
  cat <<'END'
Usage: tests/compose/run.sh [--junit FILE]

Starts a Docker engine of its own, builds what stands in for the images that no registry is asked for, and runs
deploy/compose-demo.sh with a small bucket; then looks at what it left up. Installs docker.io, docker-compose and debootstrap
where they are missing. For Debian 12 and 13, as root. Exit code 77, and why, where no engine can run here.
END
}

# shellcheck source=deploy/apt.sh
. "$repository/deploy/apt.sh"
# shellcheck source=tests/root.sh
. "$repository/tests/root.sh"
# shellcheck source=tests/compose/engine.sh
. "$here/engine.sh"

# --- results -----------------------------------------------------------------------------------------------------------

escape() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g'; }

# record NAME failure|skipped|"" TEXT
record() {
  local text=''
  [ -z "$2" ] || text="<$2 message=\"$(printf '%s' "$3" | tr -dc '[:print:]\n' | tail -n 20 | escape)\"/>"
  cases+="<testcase classname=\"compose\" name=\"$(printf '%s' "$1" | escape)\">$text</testcase>"$'\n'
}

# check NAME COMMAND...: what it says is shown where it fails
check() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    record "$name" ''
    printf 'ok     %s\n' "$name"
  else
    failed=$((failed + 1))
    record "$name" failure "$said"
    printf 'FAILED %s\n' "$name"
    printf '%s\n' "$said" | tail -n 40 | sed 's/^/       /'
    return 1
  fi
}

write_junit() {
  [ -z "$junit" ] || printf '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="compose">\n%s</testsuite>\n' "$cases" >"$junit"
}

skip() {
  printf 'skipped: %s\n' "$1"
  record "compose" skipped "$1"
  exit $SKIPPED
}

finish() {
  trap - EXIT
  trap '' INT TERM
  if [ -n "$engine" ]; then clear_engine >"$dir/clear.log" 2>&1; fi
  stop_engine
  rm -rf "$dir"
  write_junit
}

# --- what is looked at -------------------------------------------------------------------------------------------------

# containers SERVICE...: their ids
containers() {
  local service
  for service in "$@"; do
    docker ps -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service"
  done
}

# all_say EXPECTED FORMAT SERVICE...: docker inspect says the same of each container, and there is one
all_say() {
  local expected=$1 format=$2 container said count=0
  shift 2
  for container in $(containers "$@"); do
    said=$(docker inspect -f "$format" "$container")
    [ "$said" = "$expected" ] || { echo "$container: '$said' is not '$expected'"; return 1; }
    count=$((count + 1))
  done
  [ $count -gt 0 ] || { echo "no container runs"; return 1; }
}

is_confined() {
  local container status
  all_say '10001:10001 true [ALL] [no-new-privileges:true]' \
    '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}' worker coordinator || return 1
  for container in $(containers worker coordinator); do
    status=$(docker exec "$container" sh -c 'id -u; ulimit -c; grep -E "CapEff|NoNewPrivs" /proc/self/status; touch /anything 2>&1 || echo refused')
    case $status in
      10001*0*CapEff:*0000000000000000*NoNewPrivs:*1*'Read-only file system'*refused) ;;
      *) echo "$status"; return 1 ;;
    esac
  done
}

has_loopback_ports_only() {
  local addresses
  addresses=$(docker ps -q | xargs docker inspect -f '{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}}{{"\n"}}{{end}}{{end}}' | grep .)
  [ "$(sort -u <<<"$addresses")" = 127.0.0.1 ] && [ "$(wc -l <<<"$addresses")" = 3 ] || { echo "$addresses"; return 1; }
}

are_servers_confined() { all_say '[ALL] [no-new-privileges:true]' '{{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}' kafka postgres s3; }

is_healthy() { all_say healthy '{{.State.Health.Status}}' worker coordinator kafka postgres s3; }

# wait_for COMMAND...
wait_for() {
  local until=$((SECONDS + WAIT_S))
  until "$@"; do
    [ $SECONDS -lt $until ] || { echo "not within $WAIT_S s: $*"; return 1; }
    sleep 0.5
  done
}

# The image's own check, run by hand: the engine would take a minute and a half to come to the same.
health_check() {
  docker exec "$1" sh -c "$(docker inspect -f '{{index .Config.Healthcheck.Test 1}}' "$1")"
}

# A worker that is stopped touches nothing; going on, it does.
health_is_its_own() {
  local worker
  worker=$(containers worker | head -n 1)
  health_check "$worker" || { echo "a worker that runs is not healthy"; return 1; }
  docker kill --signal STOP "$worker" >/dev/null
  docker exec "$worker" touch -d '2 minutes ago' /run/copyfleet/health
  if health_check "$worker"; then
    docker kill --signal CONT "$worker" >/dev/null
    echo "a worker that hangs is taken for healthy"
    return 1
  fi
  docker kill --signal CONT "$worker" >/dev/null
  wait_for health_check "$worker"
}

# Within the grace period, and not by SIGKILL, which would be 137.
stops_cleanly() {
  local container code ids
  ids=$(containers "$1")
  for container in $ids; do
    docker stop "$container" >/dev/null || return 1
    code=$(docker inspect -f '{{.State.ExitCode}}' "$container")
    [ "$code" = 0 ] || { echo "exit code $code"; docker logs --tail 20 "$container"; return 1; }
    docker logs --tail 3 "$container" 2>&1 | grep -q "$2" || { echo "it does not say $2"; docker logs --tail 3 "$container"; return 1; }
  done
  [ -n "$ids" ]
}

says_that_health_cannot_be() {
  local said code=0
  said=$(timeout 60 docker run --rm --read-only -e AWS_REGION=us-east-1 "$(image_of copyfleet)" 2>&1) || code=$?
  case $code-$said in
    2-*'/run/copyfleet/health cannot be written: Read-only file system'*tmpfs*) ;;
    *) echo "$code: $said"; return 1 ;;
  esac
}

has_labels() {
  local label version
  version=$(docker run --rm "$(image_of copyfleet)" copyfleet --version)
  [ "$version" = "copyfleet $(docker inspect -f '{{index .Config.Labels "org.opencontainers.image.version"}}' "$(image_of copyfleet)")" ] ||
    { echo "the label says another version than '$version'"; return 1; }
  for label in title description licenses version base.name; do
    [ -n "$(docker inspect -f "{{index .Config.Labels \"org.opencontainers.image.$label\"}}" "$(image_of copyfleet)")" ] ||
      { echo "no org.opencontainers.image.$label"; return 1; }
  done
}

verifies() { docker exec "$(containers coordinator)" copyfleet verify; }
is_over() { [ -z "$(docker ps -aq; docker volume ls -q)" ] || { docker ps -a; docker volume ls; return 1; }; }

# --- figures -----------------------------------------------------------------------------------------------------------

megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }

show_image() {
  local all base ours
  all=$(docker image inspect -f '{{.Size}}' "$(image_of copyfleet)")
  base=$(docker image inspect -f '{{.Size}}' debian:trixie-slim)
  ours=$(docker run --rm "$(image_of copyfleet)" sh -c 'cat /usr/local/bin/copyfleet* | wc -c')
  printf 'image: %s, of which the base %s, libraries %s, both programs %s\n' "$(megabytes "$all")" "$(megabytes "$base")" \
    "$(megabytes $((all - base - ours)))" "$(megabytes "$ours")"
}

# Resident, as the kernel says it: now, and the most that there was.
show_memory() {
  local container
  for container in $(containers worker coordinator); do
    printf '%s: %s\n' "$(docker inspect -f '{{.Name}}' "$container")" \
      "$(awk '/^Vm(RSS|HWM)/ { printf "%s %.1f MB  ", $1, $2 / 1024 }' "/proc/$(docker inspect -f '{{.State.Pid}}' "$container")/status")"
  done
}

# --- the test ----------------------------------------------------------------------------------------------------------

prepare() {
  local missing
  [ "$(id -u)" = 0 ] || skip "a Docker engine needs root"
  mkdir -p "$cache"
  mapfile -t missing < <(missing_packages docker.io docker-compose debootstrap)
  add_packages "$dir/apt.log" "${missing[@]}" || skip "the packages could not be installed"
  command -v docker >/dev/null || add_packages "$dir/apt.log" docker-cli || skip "there is no docker command"
  exec 8>"$cache/docker.lock"
  flock -w 3600 8 || skip "another one has been using $cache/docker for an hour"
  if ! start_engine; then
    tail -n 5 "$dir/dockerd.log"
    skip "no Docker engine can run here: dockerd does not come up"
  fi
  clear_engine >"$dir/clear.log" 2>&1
}

# As a user runs it; what it publishes is where nobody listens.
demo() {
  local ports
  read -r -a ports < <("$python" "$repository/deploy/local/net.py" ports 3)
  export COPYFLEET_DEMO_KAFKA_PORT=${ports[0]} COPYFLEET_DEMO_POSTGRES_PORT=${ports[1]} COPYFLEET_DEMO_S3_PORT=${ports[2]}
  timeout "$DEMO_S" "$repository/deploy/compose-demo.sh" --events 20000 --songs 500 --outage-seconds 15 --keep \
    </dev/null >"$dir/demo.log" 2>&1 || { cat "$dir/demo.log"; return 1; }
}

down() {
  local command
  command=$(sed -n 's/^    \(.* down -v\)$/\1/p' "$dir/demo.log")
  [ -n "$command" ] || { echo "the demo does not say how to end it"; return 1; }
  (cd "$dir" && $command) && is_over
}

look() {
  check "the checks pass after a kill, a scale-up and an outage" verifies
  check "the fleet has no root, no capability and nothing to write to" is_confined
  check "the servers have no capability" are_servers_confined
  check "all that is published is on 127.0.0.1" has_loopback_ports_only
  check "all containers become healthy" wait_for is_healthy
  show_memory
  check "a worker that hangs is not healthy, and is again when it goes on" health_is_its_own
  check "docker stop ends the workers cleanly" stops_cleanly worker worker.stopped
  check "docker stop ends the coordinator cleanly" stops_cleanly coordinator watch.stopped
  check "a read-only root without a place for the health file is said" says_that_health_cannot_be
  check "the image has its labels" has_labels
  check "nothing is left after down -v" down
}

main() {
  junit=''
  while [ $# -gt 0 ]; do
    case $1 in
      --junit) junit=$(realpath -m "${2:?--junit needs a file}"); shift ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  dir=$(mktemp -d -t copyfleet-compose-XXXXXX)
  chmod 711 "$dir"
  trap finish EXIT
  trap 'exit 130' INT TERM
  prepare
  check "the servers' jars are here" "$repository/deploy/local.sh" install &&
    check "the images that stand in for the servers are built" make_images &&
    check "the demo goes through" demo && { show_image; grep "^From 'up'" "$dir/demo.log"; look; }
  printf 'All of it took %d s.\n' $SECONDS
  printf '%d passed, %d failed, 0 skipped\n' $passed $failed
  [ $failed = 0 ]
}

main "$@"
