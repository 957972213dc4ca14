#!/usr/bin/env bash
# check.sh CORPUS: validates topics/contract/schemas and topics/contract/asyncapi.json with tools from npm, pinned in package-lock.json.
# CORPUS is the built program schema_corpus. The tools are kept in build/asyncapi.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

[[ $# -eq 1 && -x $1 ]] || {
  echo "usage: tests/topics/contract/asyncapi/check.sh BUILD/tests/topics/schema_corpus" >&2
  exit 2
}
corpus=$1
modules=$here/../../../../build/asyncapi
command -v npm >/dev/null || {
  echo "npm is missing; ops/install.sh --tests installs it" >&2
  exit 1
}

if ! cmp -s "$here/package-lock.json" "$modules/installed.json"; then
  mkdir -p "$modules"
  cp "$here/package.json" "$here/package-lock.json" "$modules"
  npm ci --prefix "$modules" --ignore-scripts --no-audit --no-fund
  cp "$here/package-lock.json" "$modules/installed.json"
fi
"$corpus" | node "$here/check.mjs" "$modules"
