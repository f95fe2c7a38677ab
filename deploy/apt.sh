# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Scripts that install with apt source this file: local.sh, demo.sh, tests/run.sh.

# The packages that building the programs needs, on Debian 12 and 13.
# shellcheck disable=SC2034 # the scripts that source this file use it
BUILD_PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config librdkafka-dev libpq-dev libcurl4-openssl-dev libjansson-dev
  libssl-dev libexpat1-dev libarchive-dev zlib1g-dev)

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    echo "'$*' needs root: run this as root, or install sudo." >&2
    return 1
  fi
}

has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Prints those of the packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do has_package "$package" || echo "$package"; done
}

# with_patience COMMAND...: says every ten seconds, on descriptor 3, that the command still runs. The body is a subshell, since
# an interactive shell would print a line about the background job.
with_patience() (
  began=$SECONDS status=0
  while sleep 10 3>&- && kill -0 $$ 2>/dev/null; do echo "  … $((SECONDS - began)) s" >&3; done &
  ticker=$!
  "$@" 3>&- || status=$?
  kill $ticker 2>/dev/null
  exit $status
)

# add_packages LOG PACKAGE...: says that it installs the packages and, if that fails, how it failed.
add_packages() {
  local log=$1 status=0
  shift
  [ $# -gt 0 ] || return 0
  echo "Installing with apt, which may take minutes: $*"
  with_patience as_root apt-get update -q 3>&1 >"$log" 2>&1 </dev/null || status=$?
  [ $status != 0 ] || with_patience as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 "$@" 3>&1 >>"$log" 2>&1 </dev/null || status=$?
  [ $status != 0 ] || return 0
  tail -n 15 "$log" >&2
  echo "apt could not install $*; all it said is in $log." >&2
  return 1
}
