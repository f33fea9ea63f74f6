#!/usr/bin/env bash
# A real Apache Kafka on this machine, for the tests under test/kafka: one KRaft node on free loopback ports.
#
#   scripts/kafka.sh start <folder>   starts it (anew, on the same ports, where it ran before) and waits until it answers
#   scripts/kafka.sh kill <folder>    ends it at once, as a crash does
#   scripts/kafka.sh stop <folder>    ends it and removes the folder
#
# `start` writes <folder>/env: variables that the tests read. Needs Java 17 and Maven; Kafka's jars are fetched once, into
# a cache folder outside of the project.
set -euo pipefail

version=4.1.0
command=${1:-}
folder=${2:-}
if [ -z "$folder" ]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
libs="${XDG_CACHE_HOME:-$HOME/.cache}/invest-gateway/kafka-$version"

fetch() {
  [ -e "$libs/.complete" ] && return
  mkdir -p "$libs"
  cat >"$libs/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
  </dependencies>
</project>
POM
  mvn -q -B -f "$libs/pom.xml" dependency:copy-dependencies -DoutputDirectory="$libs" >&2
  touch "$libs/.complete"
}

free_ports() {
  node -e '
    const net = require("node:net");
    const servers = Array.from({ length: Number(process.argv[1]) }, () => net.createServer().listen(0, "127.0.0.1"));
    Promise.all(servers.map((s) => new Promise((r) => s.once("listening", r)))).then(() => {
      console.log(servers.map((s) => s.address().port).join(" "));
      for (const s of servers) s.close();
    });' "$1"
}

# A PEM as one value of a properties file.
one_value() { sed -e ':a' -e 'N' -e '$!ba' -e 's/\n/\\n\\\n/g' "$1"; }

java_of() { java -Xmx512m -Dlog4j2.level=ERROR -cp "$libs/*" "$@"; }

prepare() {
  mkdir -p "$folder"
  chmod 700 "$folder"
  read -r plain secure controller < <(free_ports 3)
  password=$(node -p 'require("node:crypto").randomBytes(12).toString("hex")')
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost' \
    -keyout "$folder/key.pem" -out "$folder/ca.pem" 2>/dev/null
  cat >"$folder/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$plain,SECURE://127.0.0.1:$secure,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$plain,SECURE://localhost:$secure
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/data
auto.create.topics.enable=false
offsets.topic.num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_gateway="$password";
listener.name.secure.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.certificate.chain=$(one_value "$folder/ca.pem")
listener.name.secure.ssl.keystore.key=$(one_value "$folder/key.pem")
PROPERTIES
  java_of kafka.tools.StorageTool format -t "$(java_of kafka.tools.StorageTool random-uuid 2>/dev/null)" \
    -c "$folder/server.properties" \
    --add-scram "SCRAM-SHA-256=[name=gateway,password=$password]" \
    --add-scram "SCRAM-SHA-512=[name=gateway,password=$password]" >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
  }
  cat >"$folder/env" <<ENV
export KAFKA_BROKERS=127.0.0.1:$plain
export KAFKA_TEST_FOLDER=$folder
export KAFKA_TEST_SECURE_BROKERS=localhost:$secure
export KAFKA_TEST_PASSWORD=$password
ENV
}

wait_until_it_answers() {
  # shellcheck disable=SC1091
  . "$folder/env"
  for _ in $(seq 1 300); do
    (exec 3<>"/dev/tcp/${KAFKA_BROKERS%:*}/${KAFKA_BROKERS#*:}") 2>/dev/null && return
    kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
    sleep 0.1
  done
  cat "$folder/log" >&2
  exit 1
}

end() {
  [ -e "$folder/pid" ] || return 0
  kill "$1" "$(cat "$folder/pid")" 2>/dev/null || true
  for _ in $(seq 1 100); do
    kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
    sleep 0.1
  done
  rm -f "$folder/pid"
}

case $command in
  start)
    fetch
    [ -e "$folder/server.properties" ] || prepare
    (cd "$folder" && exec setsid java -Xmx512m -cp "$libs/*" kafka.Kafka "$folder/server.properties" >"$folder/log" 2>&1 </dev/null &
      echo $! >"$folder/pid")
    wait_until_it_answers
    ;;
  kill) end -9 ;;
  stop)
    end -15
    rm -rf "$folder"
    ;;
  *) exit 2 ;;
esac
