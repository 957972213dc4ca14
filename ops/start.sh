#!/usr/bin/env bash
# From a clean clone to the first ranking: installs, builds, imports the shipped Boston year, runs it, prints results.
set -euo pipefail
started_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

CSV=ops/data/boston311_2015_slim.csv.zst
MAPPING=ops/import/mappings/boston311.toml
UNTIL=2016-02-01T00:00:00-05:00
PERIOD=2015-06
FROM=2015-06-01
TO=2015-06-30
BUSIEST=5
BUILD=build/release
GRIDLOOP=$BUILD/ops/gridloop

data=data/boston
install=yes

usage() {
  cat <<'TEXT'
usage: ops/start.sh [--data DIR] [--no-install]

Builds Gridloop, imports the shipped year of Boston 311 requests, plays it up to 1 February 2016, and prints totals,
deadline results, the ranking of the council districts, and the busiest areas. A second start reuses build and data.
  --data DIR     where the log and the state are kept (default: data/boston)
  --no-install   never install packages
TEXT
}

fail() {
  printf 'start: %s\n' "$*" >&2
  exit 1
}

while [[ $# -gt 0 ]]; do
  case $1 in
    --data)
      [[ $# -ge 2 && -n $2 ]] || { usage >&2 && exit 2; }
      data=$2
      [[ $data == /* ]] || data=$started_in/$data
      shift
      ;;
    --no-install) install=no ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

now_ms() { printf '%d' $((${EPOCHREALTIME/[.,]/} / 1000)); }
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }
minutes() { printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); }
heading() { printf '\n== %s\n' "$*"; }

# Shows on stderr how far a build is, from the output of ninja on stdin: on a terminal one line that is overwritten, else a
# line every ten seconds.
show_progress() {
  local line done total passed text shown=-10
  local -r began=$SECONDS
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\  ]] || continue
    done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} passed=$((SECONDS - began))
    text="build: $done of $total"
    ((done == 0 || passed < 3)) || text+=", about $(minutes $((passed * (total - done) / done))) left"
    if [[ -t 2 ]]; then
      printf '\r%s\033[K' "$text" >&2
    elif ((SECONDS - shown >= 10)); then
      printf '%s\n' "$text" >&2
      shown=$SECONDS
    fi
  done
  [[ ! -t 2 || -z ${text:-} ]] || printf '\n' >&2
}

# ------------------------------------------------------------------------------------------------- install and build
[[ $install == no ]] || bash ops/install.sh

began=$(now_ms)
mkdir -p build
log=build/start.log
if [[ -x $GRIDLOOP ]]; then
  printf 'Checking the build (log: %s) ...\n' "$log" >&2
else
  printf 'Building Gridloop; this takes several minutes (log: %s) ...\n' "$log" >&2
fi
build() {
  cmake --preset release -DGRIDLOOP_TESTS=OFF &&
    NINJA_STATUS='[%f/%t] ' cmake --build "$BUILD" --target gridloop -j "$(nproc)"
}
build 2>&1 | tee "$log" | show_progress || {
  tail -n 40 "$log" >&2
  fail "the build failed; the whole log is in $log"
}
build_ms=$(($(now_ms) - began))

# --------------------------------------------------------------------------------------------------- import and run
began=$(now_ms)
heading "Import of a year of Boston 311 requests"
"$GRIDLOOP" import --data "$data" --mapping "$MAPPING" "$CSV"
import_ms=$(($(now_ms) - began))

began=$(now_ms)
"$GRIDLOOP" run --data "$data" --until "$UNTIL" --until-idle
run_ms=$(($(now_ms) - began))

# ---------------------------------------------------------------------------------------------------------- results
heading "Totals"
"$GRIDLOOP" status --data "$data"

heading "Deadlines, as of $UNTIL"
verdicts=$("$GRIDLOOP" alerts --data "$data" --net --json)
count() { grep -Ec "\"verdict\": ?\"$1\"" <<<"$verdicts" || true; }
printf '%-10s %8d\n' met "$(count met)" breached "$(count breached)"

heading "Council districts by requests closed on time, due in $PERIOD"
"$GRIDLOOP" rankings --data "$data" --period "$PERIOD" --level district

heading "Busiest areas, $PERIOD"
"$GRIDLOOP" workload --level neighborhood --top "$BUSIEST" --from "$FROM" --to "$TO" --data "$data"

heading "Time"
printf 'build %s, import %s, run %s\n' "$(seconds $build_ms)" "$(seconds $import_ms)" "$(seconds $run_ms)"
cat <<TEXT

Go on with:
  $GRIDLOOP case 101001240736 --data $data
  $GRIDLOOP workload 8 --from $FROM --to $TO --data $data
  $GRIDLOOP verify --data $data
TEXT
