#!/usr/bin/env bash
# A real Kafka broker (KRaft) on this machine, for development and tests: jars from Maven Central, cached.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

VERSION=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
CLUSTER=Z3JpZGxvb3AtYnJva2Vycw
PATIENCE_SECONDS=60
# Room for the largest record that the engine writes, with its batch around it.
MESSAGE_BYTES=20971520

jars=${GRIDLOOP_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/gridloop/kafka-$VERSION}
data=
port=9092
brokers=1
properties=
command=start

usage() {
  cat <<TEXT
usage: ops/kafka/start.sh --data DIR [--port N] [--brokers 1|3] [--properties FILE] [--jars DIR]
       ops/kafka/start.sh stop --data DIR
       ops/kafka/start.sh fetch [--jars DIR]

Starts Apache Kafka $VERSION in the background, on the loopback address alone, waits until it answers, and prints its
address. What is in DIR is kept: starting over it goes on with the same topics. Java 17 and Maven are installed (apt)
when they are missing.
  --data DIR     where the broker keeps its data, pids and logs
  --port N       port of the first broker (9092); broker i takes N+2i, its controller N+2i+1
  --brokers 3    three brokers, topics with replication 3
  --properties FILE  more settings of the brokers, which win: listeners with TLS and a login, quotas ...; one broker alone
  --jars DIR     where the jars are kept ($jars)
  stop           stops the brokers of DIR
  fetch          gets the jars, and prints where they are
TEXT
}

say() { printf 'kafka: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

[[ ${1:-} == stop || ${1:-} == fetch ]] && command=$1 && shift
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --data | --port | --brokers | --properties | --jars)
      [[ $# -ge 2 && -n $2 ]] || { usage >&2 && exit 2; }
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
[[ $command == fetch || -n $data ]] || { usage >&2 && exit 2; }
[[ $port =~ ^[0-9]+$ && $port -ge 1024 && $port -le 65000 ]] || fail "--port takes a number from 1024 to 65000, not '$port'"
[[ -z $properties || ( -r $properties && $brokers == 1 ) ]] || fail "--properties takes a file, and a single broker"
[[ $brokers == 1 || $brokers == 3 ]] || fail "--brokers takes 1 or 3, not '$brokers'"

# The pid of broker $1 when it runs; a pid that another process has by now is not it.
pid_of() {
  local pid
  pid=$(cat "$data/broker-$1/pid" 2>/dev/null) || return 1
  [[ -r /proc/$pid/cmdline ]] || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF "$data/broker-$1/server.properties" || return 1
  printf '%s' "$pid"
}

stop_all() {
  local i pid pids=()
  for i in 1 2 3; do
    pid=$(pid_of "$i") || continue
    kill "$pid"
    pids+=("$pid")
  done
  for pid in "${pids[@]}"; do
    for ((i = 0; i < 200; ++i)); do
      kill -0 "$pid" 2>/dev/null || break
      [[ $i -lt 150 ]] || kill -9 "$pid" 2>/dev/null || true
      sleep 0.1
    done
  done
  rm -f "$data"/broker-?/pid
}

# --------------------------------------------------------------------------------------------------------- jars
install_java() {
  local missing=() root=()
  [[ $(java -version 2>&1) == *'version "'@(17|18|19|2?)* ]] || missing+=(openjdk-17-jre-headless)
  [[ ${1:-} != maven ]] || command -v mvn >/dev/null || missing+=(maven)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  command -v apt-get >/dev/null || fail "missing here: ${missing[*]}. Install them, then start again"
  [[ $(id -u) -eq 0 ]] || root=(sudo)
  say "installing ${missing[*]} (apt)"
  "${root[@]}" apt-get -q -y update >/dev/null
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}" \
    >/dev/null </dev/null || fail "apt-get could not install ${missing[*]}"
}

fetch_jars() {
  [[ -f $jars/complete ]] && return 0
  install_java maven
  say "getting Kafka $VERSION from Maven Central into $jars"
  mkdir -p "$jars"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars" >&2 ||
    fail "Maven could not get the jars (its messages are above)"
  touch "$jars/complete"
}

# ------------------------------------------------------------------------------------------------------ brokers
broker_port() { printf '%d' $((port + 2 * ($1 - 1))); }
controller_port() { printf '%d' $((port + 2 * ($1 - 1) + 1)); }

configure() {
  local i=$1 voters='' n least=1
  for ((n = 1; n <= brokers; ++n)); do voters+="${voters:+,}$n@127.0.0.1:$(controller_port "$n")"; done
  [[ $brokers == 1 ]] || least=2
  mkdir -p "$data/broker-$i"
  cat >"$data/broker-$i/server.properties" <<TEXT
process.roles=broker,controller
node.id=$i
controller.quorum.voters=$voters
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$(broker_port "$i"),CONTROLLER://127.0.0.1:$(controller_port "$i")
advertised.listeners=PLAINTEXT://127.0.0.1:$(broker_port "$i")
log.dirs=$data/broker-$i/log
auto.create.topics.enable=false
default.replication.factor=$brokers
min.insync.replicas=$least
offsets.topic.replication.factor=$brokers
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$brokers
transaction.state.log.min.isr=$least
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
message.max.bytes=$MESSAGE_BYTES
replica.fetch.max.bytes=$MESSAGE_BYTES
TEXT
  [[ -z $properties ]] || cat "$properties" >>"$data/broker-$i/server.properties"
}

# Becomes Java: to be called in a subshell.
run_java() {
  exec java -Xms512m -Xmx512m -XX:+UseParallelGC -XX:-UsePerfData -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -Dorg.slf4j.simpleLogger.showDateTime=true -cp "$jars/*" "$@"
}

# Whether something that speaks Kafka answers: a request for the versions of its API.
answers() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf '\x00\x00\x00\x0e\x00\x12\x00\x00\x00\x00\x00\x01\x00\x04ping' >&3
    [[ $(timeout 2 head -c 8 <&3 | od -An -tx1 | tr -d ' \n') == *00000001 ]]
  ) 2>/dev/null
}

start_all() {
  local i pid addresses=''
  mkdir -p "$data"
  data=$(cd "$data" && pwd)
  for i in 1 2 3; do
    pid=$(pid_of "$i") && fail "$data is in use by broker $i (process $pid); stop it: ops/kafka/start.sh stop --data $data"
  done
  if [[ -f $data/brokers && $(cat "$data/brokers") != "$brokers" ]]; then
    fail "$data was made with --brokers $(cat "$data/brokers")"
  fi
  printf '%s\n' "$brokers" >"$data/brokers"
  for ((i = 1; i <= brokers; ++i)); do
    local tries=50  # a broker that was just killed may still be going
    while (exec 3<>"/dev/tcp/127.0.0.1/$(broker_port "$i")") 2>/dev/null; do
      ((--tries > 0)) || fail "port $(broker_port "$i") is in use; choose another by --port"
      sleep 0.1
    done
  done
  fetch_jars
  install_java
  for ((i = 1; i <= brokers; ++i)); do
    configure "$i"
    if [[ ! -f $data/broker-$i/log/meta.properties ]]; then
      (run_java -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format -t "$CLUSTER" \
        -c "$data/broker-$i/server.properties") >"$data/broker-$i/output" 2>&1 || {
        tail -n 20 "$data/broker-$i/output" >&2
        fail "the data directory of broker $i could not be made"
      }
    fi
    run_java kafka.Kafka "$data/broker-$i/server.properties" >>"$data/broker-$i/output" 2>&1 </dev/null &
    printf '%s\n' $! >"$data/broker-$i/pid"
    disown
  done
  for ((i = 1; i <= brokers; ++i)); do
    local until=$((SECONDS + PATIENCE_SECONDS))
    until answers "$(broker_port "$i")"; do
      pid_of "$i" >/dev/null && [[ $SECONDS -lt $until ]] || {
        tail -n 20 "$data/broker-$i/output" >&2
        stop_all
        fail "broker $i did not start; all of its output is in $data/broker-$i/output"
      }
      sleep 0.1
    done
    addresses+="${addresses:+,}127.0.0.1:$(broker_port "$i")"
  done
  printf '%s\n' "$addresses"
}

shopt -s extglob
case $command in
  start) start_all ;;
  stop)
    [[ -d $data ]] || fail "there is no directory $data"
    data=$(cd "$data" && pwd)
    stop_all
    ;;
  fetch) fetch_jars && printf '%s\n' "$jars" ;;
esac
