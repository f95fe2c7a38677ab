#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The house rules that a compiler does not check: one line "pass RULE" or "fail RULE: where" each; exit 1 if one fails.
# What needs more than a pattern is in tests/lint; tests/lint/rules.py --all prints all that those rules find.
# Usage: tests/lint.sh BUILD, a configured build folder, for its compile_commands.json
set -uo pipefail
shopt -s lastpipe # so that check, at the end of a pipe, can count
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
build=$1
failed=0

# The repository's files that match, those not added yet too.
files() { git -c safe.directory='*' ls-files --cached --others --exclude-standard --deduplicate -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

[ -n "$(files '*.c')" ] || { echo "fail the repository's files: git does not list them here; is this a checkout, and is git installed?"; exit 1; }

# check RULE: fails with what stands on its input
check() {
  local found
  found=$(head -n 5 | tr '\n' ';')
  if [ -z "$found" ]; then echo "pass $1"; else
    echo "fail $1: $found"
    failed=1
  fi
}

# owned HEADERS PLACES: a third-party header stands only in the files that own it (regular expressions)
owned() {
  files '*.c' '*.h' | grep -vE "^($2)" | xargs -r grep -nE "^ *# *include <($1)" /dev/null
}

third_party() {
  owned 'librdkafka/' 'common/kafka/'
  owned 'libpq|postgres_ext\.h|pg_config' 'common/db/'
  owned 'curl/' 'common/web/http\.c'
  owned 'openssl/' 'common/web/sigv4\.c'
  owned 'archive(_entry)?\.h' 'common/s3/decompress\.c|tests/unit/'
  owned 'zlib\.h' 'common/s3/gzip\.c'
  owned 'expat\.h' 'common/web/xml\.c'
  owned 'ini_config' 'common/config/'
  owned 'jansson\.h' 'common/task/|common/web/credentials_remote\.c|coordinator/cluster/control/|common/warehouse/manifest\.c|tests/'
  owned 'cmocka\.h' 'tests/'
}

# What a floor may include, from the build itself: the folders that its files are compiled with.
floor_includes() {
  /usr/bin/python3 - "$build/compile_commands.json" "$1" <<'END'
import json, os, re, sys
for entry in json.load(open(sys.argv[1])):
    if os.path.relpath(os.path.dirname(entry["file"])) == sys.argv[2]:
        print(" ".join(re.findall(r"-I\S+/include/\S+", entry["command"])))
        break
END
}

# includes FOLDER HEADER: whether a file of that folder could include it
includes() {
  local flags
  flags=$(floor_includes "$1")
  # shellcheck disable=SC2086 # several flags
  [ -n "$flags" ] && echo "#include \"$2\"" | cc -fsyntax-only -D_GNU_SOURCE $flags -x c - 2>/dev/null
}

upward_includes() {
  local folder header
  while read -r folder header; do
    if includes "$folder" "$header"; then echo "$folder can include $header"; fi
  done <<'END'
common/base config/config.h
common/base task/message.h
common/config s3/s3.h
common/task config/config.h
common/web s3/s3.h
common/web control/api.h
common/s3 db/connection.h
common/s3 kafka/consumer.h
common/kafka task/message.h
common/kafka db/connection.h
common/db ledger/ledger.h
common/db s3/s3.h
common/ledger warehouse/warehouse.h
common/ledger kafka/consumer.h
common/decode config/config.h
common/decode db/copy.h
common/warehouse postgres/load.h
common/warehouse/postgres redshift/load.h
common/warehouse/redshift postgres/load.h
worker postgres/load.h
worker show/table.h
coordinator/show cli/options.h
coordinator/cli line/run.h
coordinator/line commands/commands.h
coordinator/line control/api.h
coordinator/cluster line/run.h
coordinator/cluster/control cluster/job.h
coordinator/commands control/api.h
END
  # That the question is put rightly: these must compile.
  while read -r folder header; do
    includes "$folder" "$header" || echo "$folder cannot include $header"
  done <<'END'
common/base base/error.h
common/config base/error.h
common/web config/config.h
common/ledger db/connection.h
common/warehouse decode/decode.h
common/warehouse/postgres warehouse/target.h
worker kafka/consumer.h
worker warehouse/warehouse.h
coordinator/line ledger/ledger.h
coordinator/cluster control/api.h
coordinator/commands cluster/cluster.h
END
}

# A part of the program that speaks with one service gets that service's section, never all of the configuration.
other_sections() { files 'common/kafka/*' 'common/web/*' 'common/db/*' | xargs grep -nE '"config/config\.h"|\bConfig \*'; }

no_licence() {
  files '*.c' '*.h' '*.sh' '*.py' '*.sql' '*.cmake' '*.cfg' ':!tests/*/vectors/*' ':!tests/*/corpus/*' | while read -r file; do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
  done
}

vague_names() { files '*.c' '*.h' '*.py' '*.sh' | grep -E '(^|/|_)(utils?|helpers?|managers?|common)\.[a-z]+$'; }

# Images are named after the version that CMakeLists.txt has. What is not released yet may stand above it.
other_versions() {
  local version
  version=$(sed -n 's/^project(copyfleet VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  grep -noE '(copyfleet(-data)?:|VERSION=)[0-9][0-9.]*' deploy/Dockerfile deploy/compose.yaml deploy/compose-demo.sh | grep -vE "[:=]${version//./\\.}$"
  grep '^## ' CHANGELOG.md | grep -vx '## Unreleased' | head -n 1 | grep -qx "## $version" || echo "CHANGELOG.md does not begin with $version"
}

third_party | check "a third-party header only in the file that owns it"
upward_includes | check "no include goes up or across the floors"
files | grep -vE '^tests/lint\.sh$' | xargs grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' | check "no notes to a later self"
files | xargs grep -nIE '/wor[k]/|/hom[e]/[a-z]|/roo[t]/' | check "no paths of one machine"
other_sections | check "Kafka, the web and the database see no section but their own"
no_licence | check "the licence's line at the head of each file"
vague_names | check "no module with a name that says nothing"
files '*.c' | grep -E 'placeholder' | check "no placeholders"
other_versions | check "one version everywhere"
if command -v shellcheck >/dev/null; then
  files '*.sh' .ci/run | xargs -r shellcheck -S warning -f gcc 2>&1 | check "shellcheck"
else
  echo "skip shellcheck: it is not installed"
fi
/usr/bin/python3 tests/lint/rules.py || failed=1
/usr/bin/python3 tests/lint/history.py || failed=1
exit $failed
