# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2016 # cache, dir, images and repository are run.sh's
# Sourced by tests/compose/run.sh: a Docker engine of the test's own, and the images that deploy/compose.yaml names, built from
# Debian packages and Maven artifacts under the same tags. No image registry is asked.

ENGINE_S=60
STEP_S=900 # for one image, cold

# --- the engine --------------------------------------------------------------------------------------------------------

# What it has built stays in the cache, so that the next time only what has changed is built.
start_engine() {
  local tries=$((ENGINE_S * 2))
  mkdir -p "$cache/docker"
  export DOCKER_HOST="unix://$dir/docker.sock"
  unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
  setsid dockerd --data-root "$cache/docker" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" --host "$DOCKER_HOST" \
    >"$dir/dockerd.log" 2>&1 </dev/null 8>&- &
  engine=$!
  until docker version >/dev/null 2>&1; do
    kill -0 "$engine" 2>/dev/null && [ $((tries--)) -gt 0 ] || return 1
    sleep 0.5
  done
}

# The engine's containers end with it, and what it has mounted below the folder goes.
stop_engine() {
  local tries=$((ENGINE_S * 2)) mount
  [ -n "$engine" ] || return 0
  kill -TERM "$engine" 2>/dev/null || true
  while kill -0 "$engine" 2>/dev/null; do
    [ $((tries--)) -gt 0 ] || kill -KILL "$engine" 2>/dev/null || true
    sleep 0.5
  done
  engine=''
  while read -r _ mount _; do
    case $mount in "$dir"/*) umount -l "$mount" || true ;; esac
  done </proc/mounts
}

# An interrupted test may have left some of it.
clear_engine() {
  docker ps -aq | xargs -r docker rm -f -v
  docker volume ls -q | xargs -r docker volume rm -f
  docker network prune -f
  docker image prune -f --filter until=168h
}

# --- the base ----------------------------------------------------------------------------------------------------------

# The archive that this machine installs from: where the containers' packages come from, too.
apt_mirror() {
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian Debian //p' | sort -u | head -n 1
}

# How this machine's apt reaches it.
apt_settings() {
  apt-config dump | grep -E '^Acquire::(Check-|Retries|https?::(Proxy|Timeout|Verify))' || true
  [ -z "${http_proxy:-}" ] || printf 'Acquire::http::Proxy "%s";\n' "$http_proxy"
  [ -z "${https_proxy:-}" ] || printf 'Acquire::https::Proxy "%s";\n' "$https_proxy"
}

# What debian:trixie-slim does without, and keeps out of later layers.
slim_down() {
  local root=$1
  cat >"$root/etc/dpkg/dpkg.cfg.d/docker" <<'END'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
END
  cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'END'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
END
  rm -rf "$root"/usr/share/{doc,info,locale,man}/* "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log
}

# The mirror's certificate may be one that only this machine knows.
trust_what_we_trust() {
  local root=$1
  mkdir -p "$root/etc/ssl/certs" "$root/usr/local/share/ca-certificates"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
}

# A tar of it is kept, named after where it came from.
make_base() {
  local mirror settings tarball root="$dir/base"
  mirror=$(apt_mirror) settings=$(apt_settings)
  tarball="$cache/trixie-$(printf '%s\n' "$mirror" "$settings" | cksum | cut -d' ' -f1).tar"
  if [ ! -f "$tarball" ]; then
    timeout "$STEP_S" debootstrap --variant=minbase trixie "$root" "$mirror" || return 1
    slim_down "$root"
    printf '%s\n' "$settings" >"$root/etc/apt/apt.conf.d/90machine"
    case $mirror in https:*) trust_what_we_trust "$root" ;; esac
    tar -C "$root" -cf "$tarball.partial" . && mv "$tarball.partial" "$tarball" || return 1
    rm -rf "$root"
  fi
  # Imported once only: another image id would make all that is built on it be built again.
  [ "$(docker image inspect -f '{{.Comment}}' debian:trixie-slim 2>/dev/null)" = "${tarball##*/}" ] ||
    docker import -m "${tarball##*/}" "$tarball" debian:trixie-slim
}

# --- the servers -------------------------------------------------------------------------------------------------------

image_of() { sed -n "s|^ *image: \(.*$1:.*\)|\1|p" "$repository/deploy/compose.yaml"; }

# stand_in NAME FILE...: under the tag that compose.yaml gives it, of a folder with these files
stand_in() {
  local name=$1 file
  shift
  mkdir -p "$dir/$name"
  for file in "$@"; do
    if [ -d "$file" ]; then cp -rl "$file" "$dir/$name/libs" 2>/dev/null || cp -r "$file" "$dir/$name/libs"
    else cp "$file" "$dir/$name/"
    fi
  done
  timeout "$STEP_S" docker build -f "$images/$name.Dockerfile" -t "$(image_of "$name")" "$dir/$name"
}

jars() { printf '%s/%s-%s\n' "$cache" "$1" "$(cksum <"$repository/deploy/local/$1.pom.xml" | cut -d' ' -f1)"; }

make_images() {
  make_base &&
    stand_in kafka "$images/kafka.sh" "$(jars kafka)" &&
    stand_in s3proxy "$images/s3proxy.sh" "$repository/deploy/local/logback.xml" "$(jars s3proxy)" &&
    stand_in postgres "$images/postgres.sh"
}
