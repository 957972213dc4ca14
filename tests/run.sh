#!/usr/bin/env bash
# Every test and every check. The last line is "N passed, N failed"; the exit code is 0 only when none failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

long=no
label=
jobs=$(nproc)

usage() {
  cat <<'TEXT'
usage: tests/run.sh [--long] [-L LABEL]

Builds with AddressSanitizer and UBSan and runs all tests that need no release build, those with label kafka on a broker
that it starts (ops/kafka/start.sh) and stops; builds the release and runs the crash tests and the exactly-once campaign
with it (brokers of its own); then checks formatting, clang-tidy, shell, Python and the schemas of events.
  --long       also the tests with label bench or long, and 5,000 seeds of each simulation on the release
  -L LABEL     only tests whose label matches (a regular expression, as of ctest -L), and no other checks
TEXT
}

while [[ $# -gt 0 ]]; do
  case $1 in
    --long) long=yes ;;
    -L)
      [[ $# -ge 2 && -n $2 ]] || { usage >&2 && exit 2; }
      label=$2
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

passed=0
failed=0
failures=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT

heading() { printf '\n== %s (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

fails() {
  failed=$((failed + ${2:-1}))
  failures+=("$1")
}

# Runs a check quietly; its output is shown only when it fails.
check() {
  local name=$1
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$name"
  else
    fails "$name"
    tail -n 60 "$log"
    printf 'FAIL  %s\n' "$name"
  fi
}

# Runs ctest in a build directory and adds what it reports to the sums.
tests() {
  local directory=$1 name=$2
  shift 2
  ctest --test-dir "$directory" --output-on-failure -j "$jobs" "$@" 2>&1 | tee "$log" | grep -Ev ' Start +[0-9]+: '
  local code=${PIPESTATUS[0]} summary bad=0 all=0
  summary=$(grep -E '[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+' "$log" | tail -n 1)
  if [[ -n $summary ]]; then
    bad=$(sed -E 's/.*passed, ([0-9]+) tests? failed.*/\1/' <<<"$summary")
    all=$(sed -E 's/.*out of ([0-9]+).*/\1/' <<<"$summary")
  fi
  passed=$((passed + all - bad))
  if [[ $bad -gt 0 ]]; then
    fails "$name tests" "$bad"
  elif [[ $code -ne 0 ]]; then
    fails "$name tests: ctest exited $code"
  elif [[ $all -eq 0 && -z $label ]]; then
    fails "$name tests: there are none"
  fi
}

# Configures and builds; a failed build counts as one failure and its tests are not run.
build() {
  local preset=$1
  shift
  if cmake --preset "$preset" -DGRIDLOOP_TESTS=ON >"$log" 2>&1 &&
    cmake --build "build/$preset" -j "$jobs" "$@" >"$log" 2>&1; then
    return 0
  fi
  tail -n 60 "$log"
  fails "build of $preset"
  return 1
}

formatted() {
  git ls-files -z --cached --others --exclude-standard '*.cc' '*.h' |
    xargs -0 clang-format-19 --dry-run --Werror --
}

clang_tidy() {
  local tool report code=0
  tool=$(command -v run-clang-tidy-19) || return 1
  # Without precompiled headers, which Clang cannot read; so it also sees when an include is missing.
  cmake --preset dev -B build/lint -DGRIDLOOP_TESTS=ON -DGRIDLOOP_PRECOMPILE=OFF || return 1
  report=$(mktemp)
  # libstdc++ 12 calls a function of its own that it deprecates (std::ranges::stable_sort): no error of ours.
  "$tool" -quiet -p build/lint -j "$jobs" -extra-arg=-Wno-error=deprecated-declarations \
    -extra-arg=-Wno-unknown-warning-option "$PWD/(engine|topics|projections|ops|tests)/.*\.cc$" >"$report" 2>&1 || code=$?
  # Of what it prints, what is wrong; the end of it when it says nothing of that kind.
  [[ $code -eq 0 ]] || grep -A 4 'error:' "$report" || tail -n 20 "$report"
  rm -f "$report"
  return "$code"
}

# The verdict of clang-tidy, which runs beside the tests.
clang_tidied() {
  local code=0
  wait "$tidy_job" || code=$?
  cat "$tidy_log"
  rm -f "$tidy_log"
  return "$code"
}

shell_parses() {
  local file code=0
  while IFS= read -r file; do
    bash -n "$file" || code=1
  done < <(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)
  return $code
}

python_compiles() {
  git ls-files -z --cached --others --exclude-standard '*.py' |
    PYTHONPYCACHEPREFIX=$PWD/build/pycache xargs -0 python3 -m py_compile
}

# The schemas of the working tree against those of the last released contract.
promises_kept() {
  python3 -B tests/topics/contract/compatibility.py
}

# A Python with the client that ops/kafka/subscribe asks for.
subscriber_python() {
  python3 -m venv build/subscribe && build/subscribe/bin/pip install -q -r ops/kafka/subscribe/requirements.txt
}

# A Python with the library that work days are compared with.
calendar_python() {
  local wanted=tests/ops/calendars/requirements.txt stamp=build/calendar/requirements.txt
  cmp -s "$wanted" "$stamp" && return
  python3 -m venv build/calendar && build/calendar/bin/pip install -q -r "$wanted" && cp "$wanted" "$stamp"
}

# A broker of its own for the tests that need one, on a port that is free.
with_broker() {
  local data port address
  data=$(mktemp -d)
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  [[ $port -le 65000 ]] || port=$((port - 20000))
  if address=$(bash ops/kafka/start.sh --data "$data" --port "$port" 2>"$log"); then
    subscriber_python >"$log" 2>&1 || {
      cat "$log"
      fails "client of Kafka for Python"
    }
    GRIDLOOP_KAFKA=$address GRIDLOOP_KAFKA_JARS=$(bash ops/kafka/start.sh fetch) \
      GRIDLOOP_KAFKA_PYTHON=$PWD/build/subscribe/bin/python \
      tests build/dev kafka "${broker_tests[@]}" --timeout 120
    [[ $long == no ]] || GRIDLOOP_KAFKA=$address GRIDLOOP_KAFKA_PYTHON=$PWD/build/subscribe/bin/python \
      tests build/dev "long kafka" "${long_broker_tests[@]}"
    bash ops/kafka/start.sh stop --data "$data"
  else
    cat "$log"
    fails "start of a broker"
  fi
  rm -rf "$data"
}

release_label='crash|recount|exactly_once'
broker_label=kafka
slow_label='bench|long'
release_tests=(-L "$release_label")
dev_tests=(-LE "$release_label|$slow_label|$broker_label")
broker_tests=(-L "$broker_label" -LE "$release_label|$slow_label")
if [[ $long == yes ]]; then
  # What is long on a broker that somebody else starts runs there; the others start their own.
  needs_broker='^kafka\.same_results'
  release_tests=(-L "$release_label|$slow_label|sim" -E "$needs_broker")
  long_broker_tests=(-R "$needs_broker" -L long)
  long_seeds=5000
fi
# ctest joins repeated -L options by "and".
if [[ -n $label ]]; then
  dev_tests+=(-L "$label")
  release_tests+=(-L "$label")
  broker_tests+=(-L "$label")
  long_broker_tests+=(-L "$label")
fi

# A sample of each campaign, by seeds that change with the commit (tests/support/campaign.h). --long runs the full numbers.
[[ $long == yes ]] || export GRIDLOOP_SAMPLE=$((16#$(git rev-parse --short=7 HEAD 2>/dev/null || echo 0)))

heading "Packages"
bash ops/install.sh --tests || {
  echo "0 passed, 1 failed"
  exit 1
}

# clang-tidy runs beside everything else, at the lowest priority.
if [[ -z $label ]]; then
  tidy_log=$(mktemp)
  (renice -n 19 "$BASHPID" >/dev/null && clang_tidy) >"$tidy_log" 2>&1 &
  tidy_job=$!
fi

heading "Build with sanitizers"
if build dev; then
  heading "Tests with sanitizers"
  tests build/dev dev "${dev_tests[@]}"
  # Starting a broker for nothing is too dear when another label was asked for.
  if [[ -z $label || $broker_label =~ $label ]]; then
    heading "Tests with a Kafka broker"
    with_broker
  fi
fi

release_targets=(--target gridloop gridloop-lab)
[[ $long == yes ]] && release_targets=()
heading "Build of the release"
if build release "${release_targets[@]}"; then
  heading "Tests with the release"
  [[ $long == yes ]] && export GRIDLOOP_SIM_SEEDS=$long_seeds
  if [[ -z $label || crash =~ $label ]]; then
    calendar_python >"$log" 2>&1 || {
      cat "$log"
      fails "library of holidays for Python"
    }
    export GRIDLOOP_CALENDAR_PYTHON=$PWD/build/calendar/bin/python
  fi
  tests build/release release "${release_tests[@]}"
fi

if [[ -z $label ]]; then
  heading "Checks"
  check "clang-format" formatted
  check "bash -n" shell_parses
  check "python compiles" python_compiles
  check "schemas and AsyncAPI" bash tests/topics/contract/asyncapi/check.sh build/dev/tests/topics/schema_corpus
  check "schemas keep what was promised" promises_kept
  check "tidy: the rules of the house" python3 -B tests/tidy/tidy.py
  grep '^note: ' "$log"
  check "tidy finds what is planted" python3 -B tests/tidy/tidy_test.py
  heading "Waiting for clang-tidy"
  check "clang-tidy" clang_tidied
fi

heading "Summary"
for failure in "${failures[@]}"; do
  printf 'FAIL  %s\n' "$failure"
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
