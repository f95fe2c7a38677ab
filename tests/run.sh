#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole check: installs what is missing, builds with gcc and clang, runs everything. The last line is the result.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

python=/usr/bin/python3 # Debian's own, which has the packages that apt installs
jobs=$(nproc)
logs=build/logs
# The tests that have a worker's threads at work together, which are what ThreadSanitizer is for.
THREADED="main_job or three_times or many_runs or corrected_twice or two_transforms or told or hangs or suspect or group or heartbeat"
FAULT_SEEDS=12
# Lanes of the integration tests: two keep a processor busy, and other suites run beside them.
LANES=$((jobs + 1))
# The tests' servers make and drop a database of 300 files a test: in memory, if it has room and programs may run from there.
memory=/dev/shm
MEMORY_KB=$((4 * 1024 * 1024))
declare -A beside_pid
passed=0 failed=0 skipped=0

# shellcheck source=deploy/apt.sh
. deploy/apt.sh

usage() {
  cat <<'END'
Usage: tests/run.sh [--quick] [-k EXPRESSION]

Installs what is missing (apt, Maven; as root or with sudo), builds with gcc and clang, and runs the checks of format
and house rules, clang-tidy, the count of the decoder's instructions, the unit tests (with sanitizers too), the
integration tests on real servers and fleets that live through faults, Redshift's side on a stand-in, README's demo and
the tutorial on a Debian 12 (as root) and 13 (with sudo) that have nothing, and the Compose file on a Docker engine of
its own.
The last line is "N passed, N failed, N skipped"; the exit code is 0 if nothing failed.

  --quick         the inner loop: format, house rules, unit tests of a debug build; installs nothing
  -k EXPRESSION   only the integration tests that match, as pytest takes it
END
}

# --- steps -----------------------------------------------------------------------------------------------------------

# step NAME COMMAND...: one line with the time it took; what it said is in its log, and shown where it failed
step() {
  local name=$1 began=$SECONDS status=0
  shift
  log="$logs/${name// /-}.log"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ $status = 0 ]; then
    printf '%-44s ok %5d s\n' "$name" $((SECONDS - began))
  else
    printf '%-44s FAILED %d s; %s says:\n' "$name" $((SECONDS - began)) "$log"
    tail -n 60 "$log" | sed 's/^/    /'
  fi
  return $status
}

# check NAME COMMAND...: a step that counts as one test
check() {
  if step "$@"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    return 1
  fi
}

skip() {
  skipped=$((skipped + 1))
  printf '%-44s skipped: %s\n' "$1" "$2"
}

# suite NAME JUNIT COMMAND...: a step that writes its tests' results to JUNIT; no file counts as one failure
suite() {
  local name=$1 junit=$2 status=0 p f s
  shift 2
  rm -f "$junit"
  step "$name" "$@" || status=1
  read -r p f s < <("$python" tests/junit.py "$junit")
  printf '%-44s %d passed, %d failed, %d skipped\n' "" "$p" "$f" "$s"
  [ $status = 0 ] || [ "$f" -gt 0 ] || f=1
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# beside NAME FUNCTION: its steps while this shell does others, told of at `join NAME`
beside() {
  local name=$1
  rm -f "$logs/$name.counts"
  set -m # else what runs in the background never hears the SIGINT by which a suite is ended
  {
    passed=0 failed=0 skipped=0
    "$2"
    echo "$passed $failed $skipped" >"$logs/$name.counts"
  } >"$logs/$name.out" 2>&1 &
  set +m
  beside_pid[$name]=$!
  trap 'end_beside; exit 130' INT TERM
}

end_beside() {
  local pid
  for pid in "${beside_pid[@]}"; do kill -INT -- "-$pid" 2>/dev/null; done
  wait
}

# join NAME: what its steps said, and their counts among the others; one that did not come to its end has failed
join() {
  local p=0 f=1 s=0
  wait "${beside_pid[$1]}"
  cat "$logs/$1.out"
  [ ! -f "$logs/$1.counts" ] || read -r p f s <"$logs/$1.counts"
  rm -f "$logs/$1.counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# --- what the steps do -------------------------------------------------------------------------------------------------

# Debian 12 and 13 name a few packages differently: the first that the machine's apt knows.
first_known() {
  local package
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      echo "$package"
      return
    fi
  done
}

QUICK_PACKAGES=("${BUILD_PACKAGES[@]}" git libcmocka-dev shellcheck python3-pytest)

install_all() {
  local missing
  mapfile -t missing < <(missing_packages "${QUICK_PACKAGES[@]}" clang clang-tidy \
    pgbouncer valgrind python3-pytest-xdist python3-boto3 python3-psycopg2 python3-confluent-kafka)
  if [ ${#missing[@]} -gt 0 ] || ! command -v clang-format >/dev/null; then
    as_root apt-get update -q || return 1
    missing+=("$(first_known clang-format-14 clang-format)" "$(first_known libclang-rt-14-dev libclang-rt-dev)")
    add_packages "$logs/apt.log" "${missing[@]}" || return 1
  fi
  deploy/local.sh install
}

choose_memory() {
  local free
  free=$(df --output=avail "$memory" 2>/dev/null | tail -n 1)
  [ "${free:-0}" -ge $MEMORY_KB ] && ! findmnt -no OPTIONS "$memory" | grep -qw noexec || memory=${TMPDIR:-/tmp}
}

# Fails if there is none: what looked at nothing has not passed.
sources() { git -c safe.directory='*' ls-files --cached --others --exclude-standard --deduplicate -- '*.c' '*.h' |
  while read -r file; do [ -f "$file" ] && echo "$file"; done | grep .; }

# The formatter's versions disagree in details, so one is pinned.
clang_format() {
  local program
  for program in clang-format-14 clang-format; do
    if "$program" --version 2>/dev/null | grep -q 'version 14\.'; then
      echo "$program"
      return
    fi
  done
}

format() { sources | xargs "$(clang_format)" --dry-run -Werror; }

build() { cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs"; }

# Of what system headers hold it only says how much.
tidy() { sources | grep '\.c$' | xargs -P "$jobs" -n 4 clang-tidy -p build/clang --quiet 2>&1 | sed '/warnings\? generated/d'; }

unit_tests() { ctest --test-dir "build/$1" -j "$jobs" --timeout 600 --output-on-failure --output-junit "$PWD/$logs/unit-$1.xml"; }

# Whatever happens to pytest, the servers that its fixtures started end with it.
integration() {
  local preset=$1 lanes=$2 folder status=0 left
  shift 2
  folder=$(mktemp -d -p "$memory" copyfleet-tests-XXXXXX)
  chmod 711 "$folder"
  TMPDIR=$folder COPYFLEET_BUILD=build/$preset timeout -s INT -k 120 5400 \
    "$python" -m pytest -n "$lanes" --junitxml="$logs/integration-$preset.xml" "$@" tests/integration || status=$?
  for left in "$folder"/copyfleet-servers-*; do
    [ ! -d "$left" ] || deploy/local.sh down "$left"
  done
  rm -rf "$folder"
  return $status
}

# Seeds of tests/faults; their schedules and logs are in build/logs/faults.
faults() {
  local folder status=0 left
  folder=$(mktemp -d -p "$memory" copyfleet-faults-XXXXXX)
  chmod 711 "$folder"
  rm -rf "$logs/faults"
  TMPDIR=$folder COPYFLEET_BUILD=build/asan timeout -s INT -k 120 3000 \
    tests/faults/run.sh --first-seed 1 --seeds "$FAULT_SEEDS" --lanes 3 --keep "$logs/faults" --junit "$logs/faults.xml" || status=$?
  for left in "$folder"/copyfleet-servers-*; do
    [ ! -d "$left" ] || deploy/local.sh down "$left"
  done
  rm -rf "$folder"
  return $status
}

# On other compilers and processors its number says nothing.
decoder() {
  local why
  why=$("$python" tests/bench/instructions.py --why-not build/gcc)
  if [ -n "$why" ]; then skip "decoder's instructions" "$why"; else
    check "decoder's instructions" "$python" tests/bench/instructions.py build/gcc
  fi
}

# Fleets on a stand-in, and the cluster commands on moto.
redshift() { TMPDIR=$memory COPYFLEET_BUILD=build/asan tests/redshift/run.sh --junit "$logs/redshift.xml"; }

# On an engine of its own; 77 says that none can run here, and its one test is skipped then.
compose() { timeout -k 60 1800 tests/compose/run.sh --junit "$logs/compose.xml" || [ $? = 77 ]; }

# As root and with sudo, each on a minimal Debian of its own, both at once; 77 says that none can be made here, and its log why.
fresh() {
  local suite log status=0 pids=()
  timeout -k 60 2400 tests/fresh.sh bookworm root >"$logs/fresh-bookworm.log" 2>&1 &
  pids+=($!)
  timeout -k 60 2400 tests/fresh.sh trixie sudo >"$logs/fresh-trixie.log" 2>&1 &
  pids+=($!)
  for suite in bookworm trixie; do
    log="$logs/fresh-$suite.log"
    wait "${pids[0]}" || [ $? = 77 ] || { status=1; tail -n 40 "$log"; }
    pids=("${pids[@]:1}")
  done
  return $status
}

# The demo is a part of it, and runs by itself if no root can be made.
newcomer() {
  local why
  check "newcomer on Debian 12 and 13" fresh
  why=$(sed -n 's/^skipped: //p' "$logs"/fresh-*.log | head -n 1)
  [ -z "$why" ] || { skip "newcomer on a Debian of its own" "$why"; check "demo" timeout 1800 deploy/demo.sh; }
}

# --- the two plans -----------------------------------------------------------------------------------------------------

quick() {
  local missing
  mapfile -t missing < <(missing_packages "${QUICK_PACKAGES[@]}")
  if [ ${#missing[@]} -gt 0 ]; then
    echo "Not installed here: ${missing[*]}. Install them with apt, or run tests/run.sh, which does."
    failed=1
    return
  fi
  if [ -n "$(clang_format)" ]; then check "format" format; else skip "format" "clang-format 14 is not here"; fi
  check "build debug" build debug || return
  rules build/debug
  suite "unit tests debug" "$logs/unit-debug.xml" unit_tests debug
}

# Each house rule counts as one test.
rules() {
  step "house rules" tests/lint.sh "$1" || true
  passed=$((passed + $(grep -c '^pass ' "$log")))
  failed=$((failed + $(grep -c '^fail ' "$log")))
  skipped=$((skipped + $(grep -c '^skip ' "$log")))
  grep -qE '^(pass|fail) ' "$log" || failed=$((failed + 1))
  suite "the house rules' own tests" "$logs/lint.xml" "$python" -m pytest -p no:cacheprovider --junitxml="$logs/lint.xml" tests/lint
}

# Beside the integration tests: what waits for a network, and then what leaves a processor idle by itself.
others() {
  newcomer
  suite "compose" "$logs/compose.xml" compose
  if check "build tsan" build tsan; then
    suite "integration tests tsan" "$logs/integration-tsan.xml" integration tsan 2 -k "$THREADED"
  fi
  case $built in *asan*) suite "redshift" "$logs/redshift.xml" redshift ;; esac
}

full() {
  local preset
  built=
  step "install" install_all || { failed=1; return; }
  choose_memory
  if [ -n "$(clang_format)" ]; then check "format" format; else skip "format" "clang-format 14 is not here"; fi
  for preset in asan gcc clang; do
    check "build $preset" build "$preset" && built+=" $preset "
  done
  case $built in *asan*) rules build/asan ;; esac
  [ ${#pytest_options[@]} -gt 0 ] || beside others others
  case $built in *clang*) check "clang-tidy" tidy ;; esac
  case $built in *gcc*) decoder ;; esac
  for preset in $built; do
    suite "unit tests $preset" "$logs/unit-$preset.xml" unit_tests "$preset"
  done
  case $built in
    *asan*) suite "integration tests asan" "$logs/integration-asan.xml" integration asan "$LANES" "${pytest_options[@]}" ;;
  esac
  [ ${#pytest_options[@]} = 0 ] || return 0
  case $built in *asan*) suite "faults" "$logs/faults.xml" faults ;; esac
  join others
}

main() {
  local plan=full
  pytest_options=()
  while [ $# -gt 0 ]; do
    case $1 in
      --quick) plan=quick ;;
      -k) pytest_options=(-k "${2:?-k needs an expression}") && shift ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  mkdir -p "$logs"
  $plan
  printf 'All of it took %d s.\n' $SECONDS
  printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
  [ $failed = 0 ]
}

main "$@"
