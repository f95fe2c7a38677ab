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

make_base() {
  local tarball
  tarball=$(root_tarball trixie slim_down) || return 1
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
