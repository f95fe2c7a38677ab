#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a newcomer types, on a Debian that has nothing: git clone, README's demo, then the tutorial from top to bottom.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

usage() {
  cat <<'END'
Usage: tests/fresh.sh bookworm|trixie [root|sudo]

Makes a minimal root by debootstrap, clones this repository in it, and types what README.md and docs/tutorial.md say: as root, or as an
ordinary user who may use sudo. Is run as root; installs debootstrap. Everything that was started in it ends with it.
Exit code 77, and why, if no root can be made here.
END
}

# shellcheck source=deploy/apt.sh
. deploy/apt.sh
# shellcheck source=tests/root.sh
. tests/root.sh

skip() {
  echo "skipped: $*"
  exit 77
}

# Every command, and after each what it has to end with. write_script [sudo]: what stands before the commands that need root
write_script() {
  tests/python - "$@" <<'END'
import shlex
import sys

from support import documents

sudo = " ".join(sys.argv[1:])
print(f"{sudo} apt-get update -q && {sudo} apt-get install -q -y --no-install-recommends git ca-certificates || exit 1")
print("cd && git clone -q /copyfleet.git copyfleet && cd copyfleet || exit 1")
print("deploy/demo.sh || exit 1")
for block in documents.blocks("docs/tutorial.md"):
    for command in documents.commands(block) if block.tag == "sh" else ():
        code = documents.EXPECTED_CODE.search(command)
        print(command.rstrip())
        print(f"ended=$?; [ $ended = {code[1] if code else 0} ] || {{ echo {shlex.quote('ended with')} $ended: {shlex.quote(command)}; exit 1; }}")
END
}

# What an installed Debian has: sudo, and somebody who may use it. The repository is theirs: git clones no stranger's.
write_preparation() {
  cat <<'END'
apt-get update -q && apt-get install -q -y --no-install-recommends sudo || exit 1
useradd --create-home --shell /bin/bash newcomer || exit 1
echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/newcomer
chown -R newcomer: /copyfleet.git
exec su --login --whitelist-environment=http_proxy,https_proxy,no_proxy newcomer -c 'bash /typed'
END
}

# In namespaces of its own: with the first process of them all others end, and all that is mounted goes.
run_in_root() {
  local root=$1 name settings=()
  for name in http_proxy https_proxy no_proxy; do [ -z "${!name:-}" ] || settings+=("$name=${!name}"); done
  # shellcheck disable=SC2016 # the inner shell's
  unshare --mount --pid --fork --kill-child bash -c '
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/tmp" && cd "$1" || exit 1
    shift
    exec env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" chroot . bash /script' run "$root" "${settings[@]}"
}

main() {
  local suite=${1:-} who=${2:-root} missing tarball root status=0
  case $suite-$who in bookworm-root | bookworm-sudo | trixie-root | trixie-sudo) ;; *) usage >&2; exit 2 ;; esac
  [ "$(id -u)" = 0 ] || skip "a root of one's own needs root"
  mapfile -t missing < <(missing_packages debootstrap)
  root=$(mktemp -d -t copyfleet-fresh-XXXXXX)
  # shellcheck disable=SC2064 # as it is called now
  trap "rm -rf --one-file-system '$root'" EXIT
  add_packages "$root/apt.log" "${missing[@]}" || skip "debootstrap could not be installed"
  tarball=$(root_tarball "$suite" trust_what_we_trust) || skip "debootstrap could not make a root of $suite"
  tar -C "$root" -xf "$tarball" || exit 1
  chmod 755 "$root"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  git -c safe.directory='*' clone -q --bare . "$root/copyfleet.git" || exit 1
  case $who in
    root) write_script >"$root/script" || exit 1 ;;
    sudo) write_script sudo >"$root/typed" && write_preparation >"$root/script" || exit 1 ;;
  esac
  run_in_root "$root" || status=$?
  du -sm --one-file-system "$root" | cut -f1 | sed 's/$/ MB in the root at the end, \/tmp apart/'
  return $status
}

main "$@"
