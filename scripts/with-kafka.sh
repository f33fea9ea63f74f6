#!/usr/bin/env bash
# Runs a command with a real Kafka beside it: scripts/with-kafka.sh npx vitest run --project kafka
# Where Java or Maven are missing it runs without, and says so; under CI=true that is an error.
set -euo pipefail

if [ -z "${KAFKA_BROKERS:-}" ]; then
  if command -v java >/dev/null && command -v mvn >/dev/null; then
    kafka=$(mktemp -d)/kafka
    scripts="$(dirname "$0")"
    trap '"$scripts/kafka.sh" stop "$kafka" || true' EXIT
    "$scripts/kafka.sh" start "$kafka"
    # shellcheck disable=SC1091
    . "$kafka/env"
  elif [ "${CI:-}" = true ]; then
    echo 'Kafka needs Java 17 and Maven' >&2
    exit 1
  else
    echo 'Java or Maven is missing: no Kafka, what needs it is left out.' >&2
  fi
fi
"$@"
