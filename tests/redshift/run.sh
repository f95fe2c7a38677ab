#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Redshift's side: the judge on its SQL, fleets on the stand-in, the cluster commands on moto. Installs what it needs.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=deploy/apt.sh
. deploy/apt.sh

usage() {
  cat <<'END'
Usage: tests/redshift/run.sh [--junit FILE] [PYTEST OPTION...]

Takes the programs of $COPYFLEET_BUILD, else builds those of the preset debug. Prints at the end how many statements were judged and how many were
refused. tests/redshift/live.sh does the same on a real cluster.
END
}

junit=build/logs/redshift.xml
case ${1:-} in
  -h | --help) usage; exit 0 ;;
  --junit) junit=${2:?--junit needs a file} && shift 2 ;;
esac

install_all() {
  local missing
  mapfile -t missing < <(missing_packages "${BUILD_PACKAGES[@]}" libcmocka-dev python3-pytest python3-pytest-xdist python3-boto3 \
    python3-psycopg2 python3-confluent-kafka)
  add_packages build/logs/redshift-apt.log "${missing[@]}" && deploy/local.sh install
}

build() { cmake --preset debug && cmake --build --preset debug -j "$(nproc)" --target copyfleet copyfleet-worker; }

mkdir -p build/logs
install_all || exit 1
COPYFLEET_REDSHIFT_PYTHON=$(tests/redshift/install.sh) || exit 1
if [ -z "${COPYFLEET_BUILD:-}" ]; then
  build >build/logs/redshift-build.log 2>&1 || { tail -n 30 build/logs/redshift-build.log; exit 1; }
  COPYFLEET_BUILD=build/debug
fi
folder=$(mktemp -d -t copyfleet-redshift-XXXXXX)
chmod 711 "$folder"
COPYFLEET_JUDGED=$folder/judged.jsonl
export COPYFLEET_BUILD COPYFLEET_REDSHIFT_PYTHON COPYFLEET_JUDGED
: >"$COPYFLEET_JUDGED"
TMPDIR=$folder timeout -s INT -k 120 3600 /usr/bin/python3 -m pytest -n 2 --junitxml="$junit" "$@" tests/redshift
status=$?
for left in "$folder"/copyfleet-servers-*; do
  [ ! -d "$left" ] || deploy/local.sh down "$left"
done
/usr/bin/python3 - "$COPYFLEET_JUDGED" <<'END'
import json, sys
shapes = {}
for line in open(sys.argv[1], encoding="utf-8"):
    each = json.loads(line)
    shapes[each["shape"]] = each["why"]
refused = [shape for shape, why in shapes.items() if why]
print(f"{len(shapes)} shapes of statements reached the stand-in and were judged, {len(refused)} refused")
END
rm -rf "$folder"
exit $status
