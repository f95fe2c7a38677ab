# SPDX-License-Identifier: Apache-2.0
"""What teams do without copyfleet: list, get one object after the other, decode, COPY. Prints the seconds; no star schema."""

import io
import json
import os
import time

import boto3
import psycopg2

EVENTS = ["artist", "auth", "firstName", "gender", "itemInSession", "lastName", "length", "level", "location", "method",
          "page", "registration", "sessionId", "song", "status", "ts", "userAgent", "userId"]
SONGS = ["num_songs", "artist_id", "artist_latitude", "artist_longitude", "artist_location", "artist_name", "song_id",
         "title", "duration", "year"]


def documents(text):
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        while at < len(text) and text[at].isspace():
            at += 1


def field(value):
    if value is None:
        return "\\N"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def load(s3, database, prefix, names, table):
    lines = io.StringIO()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="sparkify", Prefix=prefix):
        for entry in page.get("Contents", ()):
            text = s3.get_object(Bucket="sparkify", Key=entry["Key"])["Body"].read().decode()
            for document in documents(text):
                lines.write("\t".join(field(document.get(name)) for name in names) + "\n")
    lines.seek(0)
    with database.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {table} ({', '.join(f'{name} text' for name in names)})")
        cursor.copy_from(lines, table, columns=[name.lower() for name in names])


def main():
    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"])
    begun = time.monotonic()
    with psycopg2.connect("") as database:
        load(s3, database, "log_data/", EVENTS, "script_events")
        load(s3, database, "song_data/", SONGS, "script_songs")
    print(f"{time.monotonic() - begun:.2f}")


main()
