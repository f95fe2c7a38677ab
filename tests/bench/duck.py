# SPDX-License-Identifier: Apache-2.0
"""DuckDB reads the JSON from S3 and writes it into staging tables of PostgreSQL, in the schema duck.

Usage: duck.py EVENTS SONGS, two prefixes such as s3://month/log_data, with the environment of libpq and the AWS tools."""

import os
import sys
import urllib.parse
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import duckdb_extension_postgres_scanner

EVENTS = {
    "artist": "VARCHAR", "auth": "VARCHAR", "firstName": "VARCHAR", "gender": "VARCHAR", "itemInSession": "INTEGER", "lastName": "VARCHAR",
    "length": "DOUBLE", "level": "VARCHAR", "location": "VARCHAR", "method": "VARCHAR", "page": "VARCHAR", "registration": "DOUBLE",
    "sessionId": "BIGINT", "song": "VARCHAR", "status": "INTEGER", "ts": "BIGINT", "userAgent": "VARCHAR", "userId": "VARCHAR",
}
SONGS = {
    "num_songs": "INTEGER", "artist_id": "VARCHAR", "artist_latitude": "DOUBLE", "artist_longitude": "DOUBLE", "artist_location": "VARCHAR",
    "artist_name": "VARCHAR", "song_id": "VARCHAR", "title": "VARCHAR", "duration": "DOUBLE", "year": "INTEGER",
}


def connect():
    database = duckdb.connect()
    for package in (duckdb_extension_httpfs, duckdb_extension_postgres_scanner):
        (extension,) = Path(package.__path__[0]).rglob("*.duckdb_extension")
        database.execute(f"LOAD '{extension}'")
    endpoint = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL_S3"]).netloc
    settings = {
        "s3_endpoint": endpoint, "s3_url_style": "path", "s3_use_ssl": False, "s3_region": os.environ["AWS_REGION"],
        "s3_access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "s3_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
    }
    for name, value in settings.items():
        database.execute(f"SET {name} = '{value}'")
    database.execute("ATTACH '' AS warehouse (TYPE postgres)")  # libpq has the rest from its environment
    return database


def read(prefix, columns):
    names = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return f"read_json('{prefix}/**/*.json', format = 'auto', columns = {{{names}}})"


def main():
    events, songs = sys.argv[1:]
    database = connect()
    names = ", ".join("epoch_ms(ts) AS ts" if name == "ts" else f"{name} AS {name.lower()}" for name in EVENTS)
    database.execute("CREATE SCHEMA warehouse.duck")
    database.execute(f"CREATE TABLE warehouse.duck.staging_events AS SELECT {names} FROM {read(events, EVENTS)}")
    database.execute(f"CREATE TABLE warehouse.duck.staging_songs AS SELECT * FROM {read(songs, SONGS)}")


main()
