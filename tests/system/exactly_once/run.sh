#!/usr/bin/env bash
# Runs the campaign in a Python environment of its own, which the first run makes from requirements.txt and later ones use.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=${XDG_CACHE_HOME:-$HOME/.cache}/gridloop/exactly-once-$(md5sum <"$here/requirements.txt" | cut -c1-12)

make_environment() {
  local lock
  mkdir -p "$(dirname "$environment")"
  exec {lock}>"$environment.lock"
  flock "$lock"
  [[ -f $environment/complete ]] && return 0
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt" >&2
  touch "$environment/complete"
  exec {lock}>&-
}

[[ -f $environment/complete ]] || make_environment
exec "$environment/bin/python" -B "$here/campaign.py" "$@"
