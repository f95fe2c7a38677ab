#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Python environment that the stand-in runs in, where it is not there yet, and prints its python.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/copyfleet
python=/usr/bin/python3

# shellcheck source=deploy/apt.sh
. "$here/../../deploy/apt.sh"

environment=$cache/redshift-$({ "$python" --version && cat "$here/requirements.txt"; } | sha256sum | cut -c1-12)
mkdir -p "$cache"
exec 9>"$cache/redshift.lock"
flock 9 # two at once would make it twice
if [ ! -x "$environment/bin/python" ]; then
  log=$cache/redshift-install.log
  mapfile -t missing < <(missing_packages python3-venv)
  add_packages "$log" "${missing[@]}" >&2
  rm -rf "$environment.new"
  # An environment knows its own path, so it is made in place and named last by a link.
  "$python" -m venv "$environment.new" >"$log" 2>&1
  "$environment.new/bin/pip" install --quiet --disable-pip-version-check --ignore-requires-python -r "$here/requirements.txt" >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    exit 1
  }
  ln -sfn "$environment.new" "$environment"
fi
echo "$environment/bin/python"
