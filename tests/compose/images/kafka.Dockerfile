# SPDX-License-Identifier: Apache-2.0
# Stands in for apache/kafka: the same release from its Maven artifacts, configured by the same variables, in the same folders.
FROM debian:trixie-slim
# The same step as the other one's, so that it is built once. Without that folder the package fails.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update -q \
 && apt-get install -q -y --no-install-recommends default-jre-headless netcat-openbsd \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 1000 --create-home --shell /bin/bash appuser \
 && install -d -o appuser /opt/kafka/config /var/lib/kafka/data
COPY libs /opt/kafka/libs
COPY kafka.sh /etc/kafka/docker/run
USER appuser
VOLUME ["/var/lib/kafka/data"]
CMD ["/etc/kafka/docker/run"]
