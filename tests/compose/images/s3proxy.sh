#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the variables of andrewgaul/s3proxy's image say, as the properties that S3Proxy reads.
set -euo pipefail
mkdir -p "$JCLOUDS_FILESYSTEM_BASEDIR"
# shellcheck disable=SC2086 # several options
exec java ${S3PROXY_JAVA_OPTS:-} -Dlogback.configurationFile=/opt/s3proxy/logback.xml \
  -Ds3proxy.endpoint="$S3PROXY_ENDPOINT" \
  -Ds3proxy.authorization="$S3PROXY_AUTHORIZATION" \
  -Ds3proxy.identity="$S3PROXY_IDENTITY" \
  -Ds3proxy.credential="$S3PROXY_CREDENTIAL" \
  -Ds3proxy.v4-max-non-chunked-request-size="${S3PROXY_V4_MAX_NON_CHUNKED_REQ_SIZE:-134217728}" \
  -Djclouds.provider="$JCLOUDS_PROVIDER" \
  -Djclouds.identity="$JCLOUDS_IDENTITY" \
  -Djclouds.credential="$JCLOUDS_CREDENTIAL" \
  -Djclouds.filesystem.basedir="$JCLOUDS_FILESYSTEM_BASEDIR" \
  -cp '/opt/s3proxy/libs/*' org.gaul.s3proxy.Main --properties /dev/null
