#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes one target after the other, with address and undefined behaviour sanitizers. What a run finds is left in
# build/fuzz/found, an input that breaks something under its name there; minimise that, mend, and keep it in the corpus.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

build=build/fuzz
runs=1000000
targets=()

usage() {
  cat <<'END'
Usage: tests/fuzz/run.sh [--runs N] [TARGET...]

Builds the fuzz targets with clang into build/fuzz and gives each N inputs (1000000); without a TARGET, all of them.
A target is what follows "fuzz_" in the name of its file. Exit code 1 if one of them found something.
END
}

all_targets() {
  local file
  for file in tests/fuzz/fuzz_*.c; do
    file=${file##*/fuzz_}
    echo "${file%.c}"
  done
}

build_targets() {
  cmake -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DCMAKE_C_FLAGS=-O2 \
    -DCOPYFLEET_SANITIZE=address,undefined -DCOPYFLEET_FUZZ=ON &&
    cmake --build "$build" --target "${targets[@]/#/fuzz_}"
}

# The corpus first, then what earlier runs found interesting; the vectors of the unit tests where they are inputs
# of the same kind.
fuzz() {
  local name=$1 folders=("$build/found/$1" "tests/fuzz/corpus/$1") options=()
  mkdir -p "$build/found/$name"
  case $name in decode) ;; *) [ ! -d "tests/unit/vectors/$name" ] || folders+=("tests/unit/vectors/$name") ;; esac
  [ ! -f "tests/fuzz/dictionaries/$name" ] || options+=("-dict=tests/fuzz/dictionaries/$name")
  # Much faster, and longer ones tell nothing new.
  case $name in
    config) options+=(-max_len=256) ;;
    sigv4 | decompress) options+=(-max_len=512) ;;
  esac
  # Short stacks and a small quarantine: allocation is what a sanitizer's time goes into.
  ASAN_OPTIONS=malloc_context_size=6:quarantine_size_mb=16 nice -n 10 "$build/tests/fuzz/fuzz_$name" \
    -runs="$runs" -rss_limit_mb=2048 -timeout=25 -detect_leaks=1 -print_final_stats=1 \
    -artifact_prefix="$build/found/$name-" "${options[@]}" "${folders[@]}" \
    >"$build/found/$name.log" 2>&1
}

main() {
  local name failed=0
  while [ $# -gt 0 ]; do
    case $1 in
      --runs) runs=${2:?--runs needs a number} && shift ;;
      -h | --help) usage; exit 0 ;;
      -*) usage >&2; exit 2 ;;
      *) targets+=("$1") ;;
    esac
    shift
  done
  [ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(all_targets)
  mkdir -p "$build/found"
  build_targets >"$build/build.log" 2>&1 || { tail -n 30 "$build/build.log" >&2; exit 1; }
  for name in "${targets[@]}"; do
    if fuzz "$name"; then
      printf '%-12s %s\n' "$name" "$(sed -n 's/^Done \(.*\)/\1/p' "$build/found/$name.log")"
    else
      failed=1
      printf '%-12s FAILED; %s says:\n' "$name" "$build/found/$name.log"
      grep -vE '^(#[0-9]+|	NEW_FUNC)' "$build/found/$name.log" | tail -n 40 | sed 's/^/    /'
    fi
  done
  return $failed
}

main "$@"
