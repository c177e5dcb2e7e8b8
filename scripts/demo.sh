#!/usr/bin/env bash
# Installs two real engines, shows what the hive knows of them and runs them. Everything is
# kept in .demo/, so the user's own workers are not touched, and a second run builds nothing.
#
#   HIVE  the program to show (default: target/release/rbee-hive)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

hive=${HIVE:-target/release/rbee-hive}
hive=$(command -v "$hive") || {
  echo "demo: no program ${HIVE:-$hive}; build it, or name one in HIVE" >&2
  exit 1
}

export HIVE_DATA_DIR=$PWD/.demo/data HIVE_CACHE_DIR=$PWD/.demo/cache
unset WORKER_CATALOG_URL HIVE_URL # the built-in recipes, in process

show() {
  printf '\n$ rbee-hive %s\n' "$*"
  "$hive" "$@"
}

# The first lines of a long text. It is read to its end, so that its writer can finish.
show_head() {
  local lines=$1 output
  shift
  printf '\n$ rbee-hive %s | head -%s\n' "$*" "$lines"
  output=$("$hive" "$@" 2>&1) || {
    local status=$?
    printf '%s\n' "$output"
    return "$status"
  }
  [[ -n $output ]] || {
    echo 'demo: it printed nothing' >&2
    return 1
  }
  head -n "$lines" <<<"$output"
}

show worker available
show worker install sherpa-onnx-bin
show worker install whisper-server
show worker list
show_head 3 worker run sherpa-onnx-bin -- --help
show_head 3 worker run whisper-server -- --help
show worker verify

printf '\ndemo: done; everything is in .demo/\n'
