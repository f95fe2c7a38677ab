# SPDX-License-Identifier: Apache-2.0
# Stands in for andrewgaul/s3proxy: the same release from its Maven artifacts, configured by the same variables.
FROM debian:trixie-slim
# The same step as the other one's, so that it is built once. Without that folder the package fails.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update -q \
 && apt-get install -q -y --no-install-recommends default-jre-headless netcat-openbsd \
 && rm -rf /var/lib/apt/lists/*
COPY libs /opt/s3proxy/libs
COPY s3proxy.sh /opt/s3proxy/run-docker-container.sh
COPY logback.xml /opt/s3proxy/logback.xml
ENV S3PROXY_AUTHORIZATION=aws-v2-or-v4 S3PROXY_ENDPOINT=http://0.0.0.0:80 S3PROXY_IDENTITY=local-identity \
    S3PROXY_CREDENTIAL=local-credential JCLOUDS_PROVIDER=filesystem JCLOUDS_FILESYSTEM_BASEDIR=/data \
    JCLOUDS_IDENTITY=remote-identity JCLOUDS_CREDENTIAL=remote-credential
ENTRYPOINT ["/opt/s3proxy/run-docker-container.sh"]
