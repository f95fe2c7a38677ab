# SPDX-License-Identifier: Apache-2.0
"""COPY … FORMAT JSON from S3, as Amazon documents it: manifests, jsonpaths, auto, time formats, compression, MAXERROR.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html and the pages of its parameters."""

import bz2
import concurrent.futures
import datetime
import gzip
import json
import os
import pathlib
import re
import time

import boto3
import botocore.config
import pyarrow

from .errors import ServerError

DOCUMENT_BYTES_MAX = 4 << 20
FILE_NAME_MAX = 256  # of the load-error tables' char(256)
READERS = 16
EPOCH = datetime.datetime(1970, 1, 1)
STATEMENT = re.compile(r"\s*COPY\s+([\w.]+)\s*(?:\(([^)]*)\))?\s*FROM\s+'(s3://[^']+)'(.*)$", re.I | re.S)


class Number(str):
    """A JSON number, as it was written: 4.60 into a VARCHAR stays 4.60."""


class BadRow(Exception):
    def __init__(self, column, value, reason, code=1207):
        super().__init__(reason)
        self.column, self.value, self.code = column, value, code


class Store:
    """The S3 that the environment names."""

    def __init__(self):
        self.client = boto3.client(
            "s3",
            endpoint_url=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
            config=botocore.config.Config(max_pool_connections=READERS, s3={"addressing_style": "path"}),
        )

    def get(self, url):
        """None if there is no such object."""
        bucket, key = url[5:].split("/", 1)
        try:
            return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except self.client.exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 404:
                return None
            name = "Access Denied" if status == 403 else error.response["Error"].get("Message", "")
            raise ServerError("XX000", f"S3ServiceException:{name},Status {status}") from error


def option(text, pattern, default=None):
    found = re.search(pattern, text, re.I)
    return found[1] if found else default


class Order:
    """A COPY statement, taken apart."""

    def __init__(self, sql, columns_of):
        found = STATEMENT.match(sql)
        if not found:
            raise ServerError("42601", "syntax error in COPY")
        self.table, columns, self.source, options = found.groups()
        if not re.search(r"\b(IAM_ROLE|CREDENTIALS|ACCESS_KEY_ID)\b", options, re.I):
            raise ServerError("XX000", "Credentials are required")
        self.json = option(options, r"\bJSON\s+(?:AS\s+)?'([^']*)'")
        if self.json is None:
            raise ServerError("0A000", "the stand-in copies JSON only")
        self.time_format = option(options, r"\bTIMEFORMAT\s+(?:AS\s+)?'([^']*)'", "auto").lower()
        self.errors_max = int(option(options, r"\bMAXERROR\s+(?:AS\s+)?(\d+)", "0"))
        self.compression = option(options, r"\b(GZIP|BZIP2|ZSTD|LZOP)\b", "").upper()
        self.is_manifest = bool(re.search(r"\bMANIFEST\b", options, re.I))
        self.columns = columns_of(self.table)
        self.names = [name.strip().strip('"').lower() for name in columns.split(",")] if columns else list(self.columns)


def find_path(document, path):
    for name, plain, index in re.findall(r"\['([^']*)'\]|\.(\w+)|\[(\d+)\]", path):
        try:
            document = document[int(index)] if index else document[name or plain]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def text_of(value):
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value


def timestamp_of(text, time_format):
    if time_format in ("epochsecs", "epochmillisecs"):
        number = float(text)
        return EPOCH + datetime.timedelta(milliseconds=number if time_format == "epochmillisecs" else number * 1000)
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def convert(column, name, value, time_format):
    """As the column's type has it; BadRow if it does not fit."""
    text = text_of(value)
    if text is None or (text == "" and column.type != "VARCHAR"):  # "Empty fields for other data types … are always loaded with NULL"
        if column.is_not_null:
            raise BadRow(name, "", "Missing data for not-null field", 1213)
        return None
    if "\0" in text:
        raise BadRow(name, text, "String contains invalid or unsupported UTF8 codepoints", 1220)
    try:
        if column.type == "VARCHAR":
            if column.length and len(text.encode()) > column.length:
                raise BadRow(name, text, "String length exceeds DDL length", 1204)
            return text
        if column.type in ("BIGINT", "INTEGER", "SMALLINT"):
            bits = {"BIGINT": 63, "INTEGER": 31, "SMALLINT": 15}[column.type]
            number = int(text)
            if not -(1 << bits) <= number < 1 << bits:
                raise BadRow(name, text, "Overflow (Value out of range)", 1216)
            return number
        if column.type in ("DOUBLE", "FLOAT"):
            return float(text)
        if column.type == "BOOLEAN":
            return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}[text.lower()]
        if column.type == "TIMESTAMP":
            return timestamp_of(text, time_format)
    except (ValueError, KeyError, OverflowError) as error:
        raise BadRow(name, text, f"Invalid digit, Value '{text[:1]}', or invalid value for the type {column.type}") from error
    raise BadRow(name, text, f"the stand-in cannot load the type {column.type}")


class Load:
    """What a COPY makes of its files: columns of values, and bad rows."""

    def __init__(self, order, paths):
        self.order, self.paths = order, paths
        self.values = [[] for _ in order.names]
        self.errors = []
        self.decoder = json.JSONDecoder(parse_float=Number, parse_int=Number)

    def pick(self, document):
        if self.paths is not None:
            return [find_path(document, path) for path in self.paths]
        if "ignorecase" in self.order.json.lower():
            document = {name.lower(): value for name, value in document.items()}
        return [document.get(name) for name in self.order.names]

    def add(self, document):
        order = self.order
        row = [
            convert(order.columns[name], name, value, order.time_format) for name, value in zip(order.names, self.pick(document))
        ]
        for column, value in zip(self.values, row):
            column.append(value)

    def note(self, url, line, bad):
        """False once there are too many."""
        self.errors.append((url[:FILE_NAME_MAX], line, bad.column, bad.value, bad.code, str(bad)))
        return not self.is_over()

    def is_over(self):
        """COPY fails with "the error_count number of errors or greater", as Amazon's page on its options says; 0 is the default, and tolerates none."""
        return len(self.errors) >= max(self.order.errors_max, 1)

    def read(self, url, data):
        """False if the COPY is to fail."""
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            return self.note(url, line, BadRow("", "", "String contains invalid or unsupported UTF8 codepoints", 1220))
        position, end = 0, len(text.rstrip())
        while position < end:
            while text[position].isspace():
                position += 1
            try:
                document, after = self.decoder.raw_decode(text, position)
                if not isinstance(document, dict) and self.paths is None or after - position > DOCUMENT_BYTES_MAX:
                    raise BadRow("", text[position:after], "Invalid JSON format. Incomplete or too large object", 1206)
            except ValueError as error:
                return self.note(url, text.count("\n", 0, position) + 1, BadRow("", text[position:], f"Invalid JSON: {error}", 1206))
            try:
                self.add(document)
            except BadRow as bad:
                if not self.note(url, text.count("\n", 0, after) + 1, bad):
                    return False
            position = after
        return True

    def table(self):
        return pyarrow.table({f"c{i}": column for i, column in enumerate(self.values)})


def unpack(data, compression):
    if compression == "GZIP":
        return gzip.decompress(data)
    if compression == "BZIP2":
        return bz2.decompress(data)
    if compression:
        raise ServerError("0A000", f"the stand-in does not unpack {compression}")
    return data


def read_manifest(store, url):
    text = store.get(url)
    if text is None:
        raise ServerError("XX000", f"The specified S3 manifest '{url}' does not exist")
    return json.loads(text)["entries"]


def fetch(store, entry):
    data = store.get(entry["url"])
    if data is None and entry.get("mandatory"):
        raise ServerError("XX000", f"Problem reading manifest file - S3Path not found. Path: {entry['url']}")
    return data


def run(store, order):
    """The load of all files, in their order; whether it failed."""
    paths = None
    if order.json.lower().startswith("s3://"):
        text = store.get(order.json)
        if text is None:
            raise ServerError("XX000", f"The specified jsonpaths file '{order.json}' does not exist")
        paths = json.loads(text)["jsonpaths"]
        if len(paths) != len(order.names):
            raise ServerError("XX000", "Number of jsonpaths and the number of columns should match")
    if not order.is_manifest:
        raise ServerError("0A000", "the stand-in copies from manifests only")
    entries = read_manifest(store, order.source)
    load = Load(order, paths)
    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        for entry, data in zip(entries, pool.map(lambda each: fetch(store, each), entries)):
            if data is not None and not load.read(entry["url"], unpack(data, order.compression)):
                return load, True
    return load, load.is_over()


def wait_while_held(folder, order):
    """At the COPY's end, when it has read all: while the folder has a file with the number of the task and the attempt. Tells by another file."""
    place = os.path.join(folder, "-".join(order.source.rsplit("/", 1)[-1].split("-")[:2])) if folder else None
    if place and os.path.exists(place):
        pathlib.Path(place + ".held").touch()
    while place and os.path.exists(place):
        time.sleep(0.05)
