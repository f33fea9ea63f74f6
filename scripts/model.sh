#!/usr/bin/env bash
# Checks the model of the withdrawal (test/model/withdrawal.als): no counterexample to a `check`, an instance of each `run`.
#
#   scripts/model.sh          histories of up to 10 states; without each guard, one that breaks a promise
#   scripts/model.sh --long   of up to 13, and one that reaches each end
#
# Needs Java 17 and Maven; Alloy is fetched once, into a cache folder outside of the project.
set -euo pipefail
cd "$(dirname "$0")/.."

version=6.2.0
model=test/model/withdrawal.als
libs="${XDG_CACHE_HOME:-$HOME/.cache}/invest-gateway/alloy-$version"
if [ ! -e "$libs/.complete" ]; then
  mkdir -p "$libs"
  cat >"$libs/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>alloy</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.alloytools</groupId><artifactId>org.alloytools.alloy.dist</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
POM
  mvn -q -B -f "$libs/pom.xml" dependency:copy-dependencies -DexcludeTransitive=true -DoutputDirectory="$libs" >&2
  touch "$libs/.complete"
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
# Commands whose names fit a pattern, in a process of its own.
solve() {
  java -Xmx1g -jar "$libs/org.alloytools.alloy.dist-$version.jar" exec -f -o "$results/$1.out" -c "$2" -t none "$model" \
    2>&1 | tr '\r\b' '\n ' >"$results/$1"
}
if [ "${1:-}" = --long ]; then
  solve checks 'HoldsLonger' &
  solve lives 'Lives*' &
  kind=Lives
else
  solve checks 'Holds' &
  solve broken 'Without*' &
  kind=Without
fi
wait

cat "$results"/{checks,lives,broken} 2>/dev/null | sed 's/^ *//' | grep -v '^$' || true
wrong=0
lines() { grep -hE "^ *[0-9]+\. +$1 " "$results"/{checks,lives,broken} 2>/dev/null || true; }
[ "$(lines check | grep -c UNSAT)" = 1 ] || wrong=1
runs=$(grep -c "^run $kind" "$model")
[ "$(lines run | grep -c ' SAT')" = "$runs" ] || wrong=1
if [ "$wrong" = 0 ]; then echo 'The model holds, and fails without any of its guards.'; else
  echo 'The model does not hold, or one of its checks can no longer fail: see above.' >&2
  exit 1
fi
