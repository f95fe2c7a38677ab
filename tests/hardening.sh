#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whether the built programs have what cmake/hardening.cmake asks for. Prints what is missing, and ends with 1 if anything is.
# Usage: tests/hardening.sh BUILD, a built folder, for its programs and its compile_commands.json
set -u # no pipefail: grep -q ends what writes to it
build=$1
failed=0

# lacks PROGRAM WHAT
lacks() {
  echo "$(basename "$1") lacks $2"
  failed=1
}

# takes COMPILER FLAG: this processor's compiler knows the flag
takes() { echo 'int main(void) { return 0; }' | "$1" -Werror "$2" -x c -c -o /dev/null - 2>/dev/null; }

# commands of the programs' own files, one a line
commands() { grep '"command"' "$build/compile_commands.json" | grep -E '/(common|coordinator|worker)/[^"]*\.c"'; }

# How the files were compiled: each by the flags that their compiler takes.
compiled() {
  local compiler flag flags=(-fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
  compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
  is_optimized && flags+=(-D_FORTIFY_SOURCE=)
  for flag in "${flags[@]}"; do
    [[ $flag = -f* || $flag = -m* ]] && ! takes "$compiler" "$flag" && continue
    commands | grep -qvF -- "$flag" && lacks "$build" "$flag in all of its commands"
  done
}

is_optimized() { commands | grep -q -- ' -O[23s]' && ! commands | grep -q -- '-fsanitize='; }

# What the linker made of it.
linked() {
  local program=$1 dynamic segments
  dynamic=$(readelf -dW "$program") segments=$(readelf -lW "$program")
  readelf -hW "$program" | grep -q 'Type: *DYN' && grep -q 'FLAGS_1.*PIE' <<<"$dynamic" || lacks "$program" "PIE"
  grep -qE 'FLAGS.*BIND_NOW|FLAGS_1.*NOW' <<<"$dynamic" || lacks "$program" "BIND_NOW"
  grep -q 'GNU_RELRO' <<<"$segments" || lacks "$program" "RELRO"
  grep 'GNU_STACK' <<<"$segments" | grep -q 'RW ' || lacks "$program" "a stack that is not executable"
  ! grep -qE 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic" || lacks "$program" "a clean dynamic section"
  # Sanitized ones bind what they intercept in a way of their own.
  is_optimized || return 0
  readelf -sW --dyn-syms "$program" | grep -q '__stack_chk_fail' || lacks "$program" "stack protection"
  readelf -sW --dyn-syms "$program" | grep -qE '__[a-z]+_chk(@|$| )' || lacks "$program" "fortified functions"
  [ "$(uname -m)" != x86_64 ] || objdump -d --disassemble=main "$program" | grep -q endbr64 || lacks "$program" "CET: main begins without endbr64"
}

compiled
for program in "$build/copyfleet" "$build/copyfleet-worker"; do linked "$program"; done
exit $failed
