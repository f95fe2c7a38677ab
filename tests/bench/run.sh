#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures copyfleet against other ways to do the same work, on servers of its own, and ends them. README.md tells what is measured.
# Usage: tests/bench/run.sh [OPTION...]; --help lists the options. COPYFLEET_BUILD=DIR takes programs that are built; else they are built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# The preset gcc has the flags of release, and the servers of the benchmark too.
if [ -z "${COPYFLEET_BUILD:-}" ]; then
  log=$(mktemp -t copyfleet-bench-XXXXXX)
  { cmake --preset gcc && cmake --build build/gcc --target benchmark; } >"$log" 2>&1 ||
    { tail -n 30 "$log" >&2; exit 1; }
  rm -f "$log"
  export COPYFLEET_BUILD=build/gcc
fi
exec tests/python tests/bench/measure.py "$@"
