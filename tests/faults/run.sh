#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fleets live through faults: tests/faults/run.sh --first-seed S --seeds N [--keep DIR]. A seed reproduces its schedule.
# The programs are those of COPYFLEET_BUILD, or of build/asan. The last line is "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec tests/python tests/faults/faults.py "$@"
