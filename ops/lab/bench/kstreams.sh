#!/usr/bin/env bash
# The events of `gridloop-lab bench kafka` through a Kafka Streams application, for comparison.
set -euo pipefail

application=
brokers=
events=
commit_ms=100
threads=2
work=${TMPDIR:-/tmp}/gridloop-kstreams

usage() {
  cat <<'TEXT'
usage: ops/lab/bench/kstreams.sh --kstreams DIR --kafka HOST:PORT --events DIR [--commit-ms N] [--threads N] [--work DIR]

Builds the application (Maven, Java 17), appends the events to topics of 4 partitions, drains them with exactly_once_v2,
prints its figures and the totals that it found, and deletes its topics.
  --kstreams DIR    the application, with the run.sh that builds and runs it
  --events DIR      requests.tsv, dispatches.tsv and visits.tsv, as for gridloop-lab bench kafka --events
  --commit-ms N     how often it commits (100)
  --threads N       its threads (2)
  --work DIR        what is built, and the state ($TMPDIR/gridloop-kstreams)
TEXT
}

fail() {
  printf 'kstreams: %s\n' "$*" >&2
  exit 1
}

while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --kstreams) name=application ;;
    --kafka) name=brokers ;;
    --events) name=events ;;
    --commit-ms) name=commit_ms ;;
    --threads) name=threads ;;
    --work) name=work ;;
    *) usage >&2 && exit 2 ;;
  esac
  [[ $# -ge 2 && -n $2 ]] || { usage >&2 && exit 2; }
  printf -v "$name" %s "$2"
  shift 2
done
[[ -n $application && -n $brokers && -n $events ]] || { usage >&2 && exit 2; }
[[ -f $application/run.sh ]] || fail "$application holds no run.sh"
for file in requests dispatches visits; do
  [[ -r $events/$file.tsv ]] || fail "$events/$file.tsv cannot be read"
done
for tool in java mvn kcat; do
  command -v "$tool" >/dev/null || fail "$tool is missing (apt: openjdk-17-jre-headless, maven, kcat)"
done

prefix="kstreams-$(date +%s)-"
topics=("${prefix}requests" "${prefix}dispatches" "${prefix}visits")
mkdir -p "$work"
application=$(cd "$application" && pwd)
run() { SCRATCH=$work bash "$application/run.sh" "$1" "$brokers" "$prefix" "$events" "$commit_ms" "$threads"; }

drop() {
  run drop >/dev/null 2>&1 || printf 'kstreams: the topics %s* could not be deleted\n' "$prefix" >&2
  java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$work/build/lib/*" org.apache.kafka.tools.TopicCommand \
    --bootstrap-server "$brokers" --delete --topic "$(
      IFS='|'
      echo "${topics[*]}"
    )" >/dev/null 2>&1 || printf 'kstreams: the topics %s could not be deleted\n' "${topics[*]}" >&2
}
trap drop EXIT
run drain | sed 's/\x1b\[[0-9;]*m//g' | grep -E '^(#|RESULT|VERIFY)'
