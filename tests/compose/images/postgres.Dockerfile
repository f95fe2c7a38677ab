# SPDX-License-Identifier: Apache-2.0
# Stands in for postgres:17: Debian's package, configured by the same variables, in the same folders, with the same user.
FROM debian:trixie-slim
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/none.conf \
 && groupadd -r --gid 999 postgres \
 && useradd -r -g postgres --uid 999 --home-dir /var/lib/postgresql --shell /bin/bash postgres \
 && apt-get update -q \
 && apt-get install -q -y --no-install-recommends postgresql-17 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data \
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql
COPY postgres.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=$PATH:/usr/lib/postgresql/17/bin PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
