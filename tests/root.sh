# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016 # apt fills it in
# Sourced by tests that need a Debian that has nothing: a minimal root, made by debootstrap.

DEBOOTSTRAP_S=900

# The archive that this machine installs from: where a root's packages come from, too.
apt_mirror() {
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian Debian //p' | sort -u | head -n 1
}

# How this machine's apt reaches it.
apt_settings() {
  apt-config dump | grep -E '^Acquire::(Check-|Retries|https?::(Proxy|Timeout|Verify))' || true
  [ -z "${http_proxy:-}" ] || printf 'Acquire::http::Proxy "%s";\n' "$http_proxy"
  [ -z "${https_proxy:-}" ] || printf 'Acquire::https::Proxy "%s";\n' "$https_proxy"
}

# The mirror's certificate may be one that only this machine knows.
trust_what_we_trust() {
  local root=$1
  mkdir -p "$root/etc/ssl/certs" "$root/usr/local/share/ca-certificates"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
}

# root_tarball SUITE COMMAND: prints the path of a tar of a minimal root, after COMMAND ROOT has changed it. It is kept in the cache, named after
# where it came from and what changed it.
root_tarball() {
  local suite=$1 change=$2 mirror settings tarball root cache=${XDG_CACHE_HOME:-$HOME/.cache}/copyfleet
  mirror=$(apt_mirror) settings=$(apt_settings)
  tarball="$cache/$suite-$change-$(printf '%s\n' "$mirror" "$settings" | cksum | cut -d' ' -f1).tar"
  if [ ! -f "$tarball" ]; then
    mkdir -p "$cache"
    root=$(mktemp -d -t copyfleet-root-XXXXXX)
    timeout "$DEBOOTSTRAP_S" debootstrap --variant=minbase "$suite" "$root" "$mirror" >&2 || return 1
    "$change" "$root"
    printf '%s\n' "$settings" >"$root/etc/apt/apt.conf.d/90machine"
    case $mirror in https:*) trust_what_we_trust "$root" ;; esac
    tar -C "$root" -cf "$tarball.partial" . && mv "$tarball.partial" "$tarball" || return 1
    rm -rf "$root"
  fi
  printf '%s\n' "$tarball"
}
