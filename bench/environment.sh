# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by the benchmarks
# Sourced by the benchmarks: the programs compared, a scratch folder for both of them,
# and the way a result is reported.
#
#   HIVE           the program measured (default: target/release/rbee-hive)
#   BENCH_RESULTS  a file that each result is also appended to, tab-separated

set -euo pipefail
export LC_ALL=C

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
hive=${HIVE:-$repository/target/release/rbee-hive}

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

need() {
  local program
  for program; do
    command -v "$program" >/dev/null || fail "$program is missing; scripts/setup.sh bench installs it"
  done
}

need_hive() {
  hive=$(command -v "$hive") || fail "no program ${HIVE:-$hive}; build it, or name one in HIVE"
  hive=$(realpath "$hive")
}

# Both sides work below one folder, so on one file system. It is not in the checkout,
# which `nobody` may not be able to reach.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rbee-bench.XXXXXX")
chmod 755 "$scratch"
mkdir "$scratch/home"
server='' # the process a benchmark started beside itself
on_exit() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  chmod -R u+w "$scratch"
  rm -rf "$scratch"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# makepkg refuses root: then it runs as nobody.
as_user() {
  local environment=(HOME="$scratch/home" LC_ALL=C MAKEPKG_CONF="$scratch/makepkg.conf")
  if ((EUID == 0)); then
    setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env "${environment[@]}" "$@"
  else
    env "${environment[@]}" "$@"
  fi
}

give_to_user() {
  ((EUID != 0)) || chown -R "nobody:$(id -g nobody)" "$@"
}

# The system's configuration, with the registry protocols and Arch's package format.
write_makepkg_conf() {
  local agents=$repository/crates/worker-provisioner/src/source/agents
  cat >"$scratch/makepkg.conf" <<CONF
source /etc/makepkg.conf
DLAGENTS+=("npm::/usr/bin/bash $agents/npm.sh %u %o" "pypi::/usr/bin/bash $agents/pypi.sh %u %o")
PKGEXT=.pkg.tar.zst
CONF
  give_to_user "$scratch/home"
}

# calculate EXPRESSION [FORMAT]
calculate() { awk "BEGIN { printf \"${2:-%.2f}\", $1 }"; }

# seconds COMMAND...: runs it with its output in $scratch/log; its wall time, in $elapsed.
seconds() {
  local start=$EPOCHREALTIME
  if ! "$@" >"$scratch/log" 2>&1 </dev/null; then
    tail -n 30 "$scratch/log" >&2
    fail "failed: $*"
  fi
  elapsed=$(calculate "$EPOCHREALTIME - $start" %.3f)
}

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

# report NAME RESULT [NUMBER COMPARISON TARGET [UNIT]]: one line for people, one for the
# table. The NUMBER has to compare with TARGET; without one the result is for information.
report() {
  local name=$1 result=$2 target='' verdict=''
  if (($# > 2)); then
    target="$4 $5${6:+ $6}"
    verdict=missed
    if awk "BEGIN { exit !($3 $4 $5) }"; then
      verdict=met
    fi
  fi
  echo "$name: $result${target:+ (target $target, $verdict)}"
  if [[ -n ${BENCH_RESULTS:-} ]]; then
    printf '%s\t%s\t%s\t%s\n' "$name" "$result" "${target:--}" "${verdict:--}" >>"$BENCH_RESULTS"
  fi
}
