#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fills the demo's bucket: bucket.sh fill | next-day | more-days N. Keeps the files that it uploaded in /data.
set -eu

bucket=s3://sparkify
folder=/data/$(basename "$bucket")

case ${1:-} in
  fill)
    # A second `up` must not undo the changes that next-day has made since.
    if [ ! -d "$folder" ]; then
      rm -rf "$folder.new"
      generate.py "$folder.new" --events "${EVENTS:-200000}" --songs "${SONGS:-2000}"
      mv "$folder.new" "$folder"
    fi
    ;;
  next-day) next_day.py "$folder" ;;
  more-days) generate.py "$folder" --events "${EVENTS:-200000}" --songs "${SONGS:-2000}" --more-days "${2:?}" ;;
  *)
    echo "usage: bucket.sh fill | next-day | more-days N" >&2
    exit 2
    ;;
esac
put.py "$folder" "$bucket"
