#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same line on a real Redshift cluster, which is made, used and removed. Costs money, so it runs only where COPYFLEET_LIVE_REDSHIFT=1 says so.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

usage() {
  cat <<'END'
Usage: COPYFLEET_LIVE_REDSHIFT=1 COPYFLEET_LIVE_BUCKET=NAME tests/redshift/live.sh [--serverless]

Makes a cluster of one ra3.large node (or a Serverless workgroup), opens its port to this machine, loads generated data from the bucket NAME, below
copyfleet-live/, with a worker of this machine; corrects an object, breaks one, mends it, verifies; and removes cluster, role, rules and objects, whatever
failed before. Takes some 15 minutes, in which the node costs about half a dollar an hour (Serverless: 8 RPUs, about three dollars an hour while
queries run), and a few cents for S3. Interrupted with kill -9 it removes nothing: `copyfleet cluster delete` with the printed dwh.cfg does.

Takes AWS credentials from where the AWS tools look; they need the rights of docs/cluster.md, and those to read, write and list below copyfleet-live/.
The bucket has to be in AWS_REGION. Ends with 77 where it is not asked for.
END
}

serverless=()
case ${1:-} in
  -h | --help) usage; exit 0 ;;
  --serverless) serverless=(--serverless) ;;
  "") ;;
  *) usage >&2; exit 2 ;;
esac
[ "${COPYFLEET_LIVE_REDSHIFT:-}" = 1 ] || { echo "skipped: COPYFLEET_LIVE_REDSHIFT is not 1, and a cluster costs money"; exit 77; }
bucket=${COPYFLEET_LIVE_BUCKET:?a bucket that may be written to below copyfleet-live/}
region=${AWS_REGION:?the region of the bucket}
export PATH=$PWD/${COPYFLEET_BUILD:-build/release}:$PATH
command -v copyfleet >/dev/null || { echo "build the programs first: README.md"; exit 2; }

folder=$(mktemp -d -t copyfleet-live-XXXXXX)
export COPYFLEET_CONFIG=$folder/dwh.cfg
name=copyfleet-live-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
base=s3://$bucket/copyfleet-live/$name
password=Live-$(od -An -N12 -tx4 /dev/urandom | tr -d ' ')A1
passed=0 failed=0
(umask 077 && cat >"$COPYFLEET_CONFIG") <<END
[AWS]
REGION = $region

[CLUSTER]
DB_PASSWORD = $password

[DWH]
DWH_CLUSTER_IDENTIFIER = $name
DWH_CLUSTER_TYPE = single-node
DWH_NODE_TYPE = ra3.large
DWH_DB = dwh
DWH_DB_USER = awsuser
DWH_DB_PASSWORD = $password

[S3]
LOG_DATA = $base/log_data
LOG_JSONPATH = $base/log_json_path.json
SONG_DATA = $base/song_data
MANIFEST_PREFIX = $base/manifests
END

# check NAME COMMAND...: one line, and what it said where it failed
check() {
  local what=$1
  shift
  if "$@" >"$folder/said" 2>&1; then
    passed=$((passed + 1)) && echo "ok     $what"
  else
    failed=$((failed + 1)) && echo "FAILED $what" && tail -n 20 "$folder/said"
    return 1
  fi
}

s3() {
  /usr/bin/python3 - "$bucket" "copyfleet-live/$name" "$@" <<'END'
import os, sys
import boto3
bucket, prefix, action, *rest = sys.argv[1:]
s3 = boto3.client("s3")
if action == "put-folder":
    for parent, _, names in os.walk(rest[0]):
        for name in names:
            path = os.path.join(parent, name)
            s3.upload_file(path, bucket, f"{prefix}/{os.path.relpath(path, rest[0])}")
elif action == "put":
    s3.put_object(Bucket=bucket, Key=f"{prefix}/{rest[0]}", Body=rest[1].encode())
elif action == "delete-all":
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/"):
        for entry in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
elif action == "count":
    keys = s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/{rest[0]}").get("Contents", [])
    sys.exit(0 if len(keys) == int(rest[1]) else 1)
END
}

remove() {
  trap - EXIT INT TERM
  check "cluster delete" copyfleet cluster delete "${serverless[@]}" --yes || echo "what is left: COPYFLEET_CONFIG=$COPYFLEET_CONFIG copyfleet cluster delete"
  check "the objects are removed" s3 delete-all
  [ $failed = 0 ] && rm -rf "$folder"
  echo "$passed passed, $failed failed"
  [ $failed = 0 ]
  exit
}
trap remove EXIT INT TERM

run() { copyfleet run --workers 1; }
fails() { ! "$@"; }
rejected() { copyfleet status --format json | grep -q '"column_name": *"year"'; }

echo "dwh.cfg of this run: $COPYFLEET_CONFIG"
deploy/generate.py "$folder/data" --events=2000 --days=5 --songs=300 >/dev/null
check "objects are put" s3 put-folder "$folder/data" || exit 1
check "cluster create" copyfleet cluster create "${serverless[@]}" --public --write || exit 1
check "cluster create, again" copyfleet cluster create "${serverless[@]}" --public --write
check "cluster open" copyfleet cluster open "${serverless[@]}" || exit 1
check "cluster status" copyfleet cluster status "${serverless[@]}"
check "create-tables" copyfleet create-tables || exit 1
check "plan" copyfleet plan --sql
check "run" run || exit 1
check "verify" copyfleet verify
check "nothing is left below MANIFEST_PREFIX" s3 count manifests/ 0
check "run, nothing new" run
check "an object is corrected" s3 put log_data/2018/11/2018-11-01-events.json '{"page": "NextSong", "userId": "1", "ts": 1541105830796, "sessionId": 1}'
check "run, corrected" run
check "verify, corrected" copyfleet verify
check "a bad object is put" s3 put song_data/A/A/A/TRBAD.json '{"song_id": "SOBAD", "year": "nineteen"}'
check "run, held" fails run
check "the reject says where" rejected
check "the bad object is mended" s3 put song_data/A/A/A/TRBAD.json '{"song_id": "SOBAD", "year": 19}'
check "run, mended" run
check "verify, mended" copyfleet verify
check "audit" copyfleet audit
check "analyze" copyfleet analyze
check "status" copyfleet status
