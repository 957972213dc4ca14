#!/usr/bin/env bash
# Installs the Debian packages that Gridloop is built with; with --tests also those of the tests and checks.
# Does nothing when all of them are there. Tested on Debian 12.
set -euo pipefail

BUILD=(g++ cmake ninja-build pkg-config ccache mold librdkafka-dev librocksdb-dev libsimdjson-dev libfmt-dev libcli11-dev
  libtomlplusplus-dev libxxhash-dev libzstd-dev libzip-dev libexpat1-dev libjemalloc-dev libutf8proc-dev zstd tzdata)
TESTS=(libgtest-dev librapidcheck-dev libbenchmark-dev clang-format-19 clang-tidy-19 python3 python3-venv
  openjdk-17-jdk-headless maven kcat jq)

usage() {
  cat <<'TEXT'
usage: ops/install.sh [--tests]

Installs the packages that building Gridloop needs (Debian 12), if any is missing.
  --tests   also what tests/run.sh needs
TEXT
}

say() { printf 'install: %s\n' "$*"; }
fail() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

packages=("${BUILD[@]}")
for argument in "$@"; do
  case $argument in
    --tests)
      packages+=("${TESTS[@]}")
      # Node.js from elsewhere brings an npm of its own, which Debian's would displace.
      command -v npm >/dev/null || packages+=(nodejs npm)
      ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

command -v dpkg-query >/dev/null ||
  fail "this is not Debian (tested on Debian 12). Install the counterparts of these packages yourself: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

system=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}" || true)
[[ $system == "debian 12" ]] || say "this is ${system:-an unknown system}; tested on Debian 12. Going on all the same."

command -v apt-get >/dev/null || fail "apt-get is missing. Install these packages yourself: ${missing[*]}"
as_root=()
if [[ $(id -u) -ne 0 ]]; then
  command -v sudo >/dev/null ||
    fail "neither root nor sudo here. As root, run: apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi

say "installing ${#missing[@]} packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    fail "apt-get $1 failed (its last lines are above); the packages are: ${missing[*]}"
  }
}
apt update
apt install --no-install-recommends "${missing[@]}"
for package in "${missing[@]}"; do
  is_installed "$package" || fail "$package is still missing after its installation"
done
say "done"
