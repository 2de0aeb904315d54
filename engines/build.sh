#!/usr/bin/env bash
# Fills .engines/bin with Prometheus, promtool, Alertmanager, amtool and VictoriaLogs, built from what engines/*/go.mod pin.
#
# What is built stands outside the clone, in a directory named by a hash of all that decides its bytes: a second clone, and a
# second run, only link. Built aside and renamed, under a lock: a build that is cut short or runs twice leaves nothing half.
#   build.sh [ENGINE…]  all, or those named
#   SOTP_ENGINE_CACHE   where (default: ${XDG_CACHE_HOME:-~/.cache}/sotp/engines)
set -euo pipefail
cd "$(dirname "$0")"

cache=${SOTP_ENGINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sotp/engines}
links=$PWD/../.engines/bin
missing=()

say() { printf 'engines: %s\n' "$*" >&2; }

# The version of module $2 that engine $1 pins, without the "v".
pinned() { awk -v module="$2" '$1 == module { sub(/^v/, "", $2); print $2 }' "$1/go.mod"; }

# Prometheus's module v0.316.0 is the release 3.16.0; its own build stamps the name in, so does this one.
stamp() { printf -- '-s -w -X github.com/prometheus/common/version.Version=%s' "$1"; }
prometheus_flags=(-tags remove_all_sd -ldflags
  "$(stamp "$(pinned prometheus github.com/prometheus/prometheus | sed -E 's/^0\.30?([0-9]+)\./3.\1./')")")
alertmanager_flags=(-ldflags "$(stamp "$(pinned alertmanager github.com/prometheus/alertmanager)")")
victorialogs_flags=(-ldflags "-s -w")

# The directory that holds engine $1 built with the flags that follow.
place() {
  local engine=$1
  shift
  printf '%s/%s-%s' "$cache" "$engine" "$({ cat "$engine/go.mod" "$engine/go.sum"; echo "$(uname -sm) $*"; } | sha256sum | cut -c1-16)"
}

require_go() {
  if ! command -v go >/dev/null; then
    say "no 'go' on PATH: it builds Prometheus and Alertmanager. Install Go $(awk '$1 == "go" { print $2 }' prometheus/go.mod) or newer (https://go.dev/dl/),"
    say "or put prometheus and promtool >= 3.5, alertmanager and amtool >= 0.28 on PATH and skip this step."
    exit 1
  fi
  local have
  have=$(go env GOVERSION | sed 's/^go//')
  if [ "$(printf '%s\n' 1.21 "$have" | sort -V | head -n1)" != 1.21 ]; then
    say "go $have is too old: from 1.21 on, go fetches the version that engines/*/go.mod name; better install that."
    exit 1
  fi
}

# Builds engine $1 with the flags that follow unless the cache has it. CGO off: the same static binary with and without a C compiler.
build() {
  local engine=$1 target aside
  shift
  target=$(place "$engine" "$@")
  if [ ! -d "$target" ]; then
    say "building $engine into $target (minutes, once)"
    aside=$(mktemp -d "$cache/.$engine.XXXXXX")
    # shellcheck disable=SC2064  # the name of now is meant
    trap "rm -rf '$aside'" EXIT
    (cd "$engine" && CGO_ENABLED=0 go build -mod=readonly -trimpath "$@" -o "$aside/" tool)
    chmod 755 "$aside"
    mv -T "$aside" "$target"
    trap - EXIT
  fi
  for binary in "$target"/*; do ln -sfn "$binary" "$links/"; done
}

mkdir -p "$cache" "$links"
exec 9>"$cache/.lock"
flock 9

wanted=("$@")
[ "$#" -gt 0 ] || wanted=(prometheus alertmanager victorialogs)
for engine in "${wanted[@]}"; do
  flags="${engine}_flags[@]"
  [ -d "$(place "$engine" "${!flags}")" ] || missing+=("$engine")
done
if [ "${#missing[@]}" -gt 0 ]; then
  require_go
  # The others' modules are fetched while the first one compiles.
  for engine in "${missing[@]:1}"; do (cd "$engine" && go list -mod=readonly -deps tool >/dev/null 2>&1 || true) & done
fi
for engine in "${wanted[@]}"; do
  flags="${engine}_flags[@]"
  build "$engine" "${!flags}"
done
wait
