#!/usr/bin/env bash
# Asking for what is installed: `worker install sherpa-onnx-bin` a second time.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
need hyperfine python3
need_hive

install="$hive --quiet --data-dir $scratch/data --cache-dir $scratch/cache worker install sherpa-onnx-bin"
echo 'reinstall: installing sherpa-onnx-bin' >&2
# shellcheck disable=SC2086 # a command line, and no part of it has a blank
seconds $install
hyperfine -N --warmup 3 --runs 30 --export-json "$scratch/result" "$install" >"$scratch/log" 2>&1 ||
  fail "$(cat "$scratch/log")"
again=$(python3 -c 'import json, sys; print("%.1f" % (json.load(open(sys.argv[1]))["results"][0]["median"] * 1000))' "$scratch/result")
report reinstall "rbee-hive $again ms (first time $elapsed s)" "$again" '<' 50 ms
