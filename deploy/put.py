#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Uploads a folder to a bucket: what is not there yet, or differs. Reads the AWS_* variables, AWS_ENDPOINT_URL_S3 too."""

import argparse
import concurrent.futures
import hashlib
import os
import sys

import boto3
import botocore.config
import botocore.exceptions

CONNECTIONS = 16
ONE_PIECE_MAX = 64 << 20  # more goes up in parts, whose ETag is no MD5


def connect():
    # Newer boto3 adds checksum trailers that S3 servers other than Amazon's refuse; older ones do not know the variable.
    os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    config = botocore.config.Config(max_pool_connections=CONNECTIONS, s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL_S3"), config=config)


def make_bucket(s3, bucket):
    try:
        s3.head_bucket(Bucket=bucket)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        region = s3.meta.region_name
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region not in (None, "us-east-1") else {}
        s3.create_bucket(Bucket=bucket, **where)


def list_etags(s3, bucket, prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", ())}


def list_files(folder):
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/")


def upload(s3, bucket, key, path, etag):
    """Whether it was necessary."""
    if os.path.getsize(path) > ONE_PIECE_MAX:
        s3.upload_file(path, bucket, key)
        return True
    with open(path, "rb") as file:
        data = file.read()
    if hashlib.md5(data, usedforsecurity=False).hexdigest() == etag:
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=data)
    return True


def put(folder, bucket, prefix="", everything=False, s3=None):
    """Uploads folder to bucket/prefix; returns how many files it has and how many of them went up."""
    s3 = s3 or connect()
    make_bucket(s3, bucket)
    etags = {} if everything else list_etags(s3, bucket, prefix)
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        jobs = [
            pool.submit(upload, s3, bucket, prefix + name, os.path.join(folder, name), etags.get(prefix + name))
            for name in list_files(folder)
        ]
        return len(jobs), sum(job.result() for job in jobs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("target", metavar="s3://BUCKET[/PREFIX]", help="the bucket is made where it does not exist")
    parser.add_argument("--all", action="store_true", help="upload what has not changed, too")
    options = parser.parse_args()
    if not options.target.startswith("s3://") or not os.path.isdir(options.folder):
        parser.error("give a folder and s3://BUCKET")
    bucket, _, prefix = options.target[len("s3://") :].partition("/")
    prefix = prefix.rstrip("/") + "/" if prefix.rstrip("/") else ""
    try:
        files, changed = put(options.folder, bucket, prefix, options.all)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        sys.exit(f"put.py: {error}")
    print(f"Uploaded {changed} of {files} files to {options.target}.")


if __name__ == "__main__":
    main()
