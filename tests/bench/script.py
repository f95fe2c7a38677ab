# SPDX-License-Identifier: Apache-2.0
"""What teams write in place of a loader: list, get one object after the other, decode, COPY each as text. It remembers nothing.

Usage: script.py BUCKET PREFIX, with the environment of boto3 and libpq; fills the table script_events."""

import datetime
import io
import os
import sys

import boto3
import botocore.config
import psycopg2

try:
    from orjson import loads
except ImportError:
    from json import loads

COLUMNS = ("artist", "auth", "firstName", "gender", "itemInSession", "lastName", "length", "level", "location", "method", "page",
           "registration", "sessionId", "song", "status", "ts", "userAgent", "userId", "_object", "_run", "_ordinal")
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
EPOCH = datetime.datetime(1970, 1, 1)


def field(value):
    if value is None:
        return "\\N"
    return value.translate(ESCAPES) if isinstance(value, str) else str(value)


def main():
    bucket, prefix = sys.argv[1:]
    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"], config=botocore.config.Config(s3={"addressing_style": "path"}))
    names = COLUMNS[:-3]
    copy = f"COPY script_events ({', '.join(COLUMNS).lower()}) FROM STDIN"
    with psycopg2.connect("") as database, database.cursor() as cursor:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for number, entry in enumerate(page.get("Contents", ())):
                rows = []
                for ordinal, line in enumerate(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().splitlines()):
                    event = loads(line)
                    event["ts"] = EPOCH + datetime.timedelta(milliseconds=event["ts"])
                    rows.append("\t".join([field(event[name]) for name in names]) + f"\t{number}\t1\t{ordinal}\n")
                cursor.copy_expert(copy, io.StringIO("".join(rows)))


main()
