#!/usr/bin/env bash
# Every benchmark, and one table of the results. Exits non-zero when one could not be
# run or missed its target.
#
#   bench/run.sh [NAME...]    evaluate, split, reinstall, archive, package, daemon, build
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mkdir -p .bench
export BENCH_RESULTS=$PWD/.bench/results.tsv
: >"$BENCH_RESULTS"

(($#)) || set -- evaluate split reinstall archive package daemon build
status=0
for name; do
  if ! "bench/$name.sh"; then
    printf '%s\t%s\t%s\t%s\n' "$name" 'could not be run' - failed >>"$BENCH_RESULTS"
    status=1
  fi
done

printf '\n%-24s %-62s %-12s %s\n' benchmark result target verdict
while IFS=$'\t' read -r name result target verdict; do
  printf '%-24s %-62s %-12s %s\n' "$name" "$result" "$target" "$verdict"
  [[ $verdict != missed ]] || status=1
done <"$BENCH_RESULTS"
exit "$status"
