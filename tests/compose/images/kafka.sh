#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# KAFKA_A_B=value becomes a.b=value, as in apache/kafka's image; what its scripts read themselves does not.
set -euo pipefail
properties=/opt/kafka/config/server.properties

env | grep -E '^KAFKA_[A-Z_]+=' | grep -vE '^KAFKA_(HEAP_OPTS|OPTS|LOG4J_OPTS|JVM_PERFORMANCE_OPTS)=' |
  while IFS='=' read -r name value; do
    name=${name#KAFKA_}
    name=${name//_/.}
    echo "${name,,}=$value"
  done >"$properties"

java=(java -Dorg.slf4j.simpleLogger.defaultLogLevel=warn)
classes='/opt/kafka/libs/*'
"${java[@]}" -cp "$classes" kafka.tools.StorageTool format --ignore-formatted -t "${CLUSTER_ID:?}" -c "$properties"
# shellcheck disable=SC2086 # several options
exec "${java[@]}" ${KAFKA_HEAP_OPTS:-} -cp "$classes" kafka.Kafka "$properties"
