#!/usr/bin/env bash
# The daemon: start to ready, memory at rest, a thousand watchers of one job of 100,000 lines, and a
# list of 10,000 workers beside the same bytes served by nginx as a file.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
need curl nginx python3 wrk
need_hive
watchers=${CARGO_TARGET_DIR:-$repository/target}/release/examples/watchers
[[ -x $watchers ]] || fail "no program $watchers; make bench builds it"

readonly WATCHERS=1000 LINES=100000 WORKERS=10000

mkdir -p "$scratch/recipes/talker"
cat >"$scratch/recipes/talker/PKGBUILD" <<RECIPE
pkgname=talker
pkgver=1
pkgrel=1
pkgdesc='prints many lines'
arch=(any)
_worker_entrypoint=usr/bin/talker
build() {
  local n
  for ((n = 1; n <= $LINES; n++)); do echo "[\$n/$LINES] Building CXX object CMakeFiles/talker.dir/src/file\$n.cpp.o"; done
}
package() { install -Dm755 /dev/stdin "\$pkgdir/usr/bin/talker" <<<'#!/bin/sh'; }
RECIPE

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
serve=("$hive" --data-dir "$scratch/data" --cache-dir "$scratch/cache" --index "$scratch/recipes"
  serve --listen "127.0.0.1:$port")

start() {
  "${serve[@]}" >"$scratch/serve.log" 2>&1 &
  server=$!
  local tries=0
  until curl -fso /dev/null "http://127.0.0.1:$port/ready"; do
    ((++tries < 600)) || fail "the daemon is not ready: $(cat "$scratch/serve.log")"
    sleep 0.1
  done
}
stop() {
  kill "$server"
  wait "$server" || true
  server=''
}
# memory FIELD: of the daemon's /proc/PID/status, in megabytes.
memory() { awk -v field="$1:" '$1 == field { printf "%.1f", $2 * 1024 / 1e6 }' "/proc/$server/status"; }

start # the folders and the database are made
stop
ready=$(python3 "$repository/bench/ready.py" 15 "$port" "${serve[@]}")
report 'daemon start' "rbee-hive $ready ms to ready (median of 15)" "$ready" '<' 100 ms

start
sleep 2
idle=$(memory VmRSS)
report 'daemon at rest' "rbee-hive $idle MB resident" "$idle" '<' 30 MB

echo "daemon: $WATCHERS watchers of $LINES lines" >&2
ulimit -n "$(ulimit -Hn)"
answer=$(curl -fsS -H 'Content-Type: application/json' "http://127.0.0.1:$port/v1/jobs" \
  -d '{"operation":"worker_install","worker_id":"talker"}')
job=$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["job_id"])' "$answer")
saw=$("$watchers" "127.0.0.1:$port" "$job" "$WATCHERS") || fail "$saw"
peak=$(memory VmHWM)
report 'daemon watchers' "$saw, all in order" "${saw%% *}" '>=' "$WATCHERS"
report 'daemon peak memory' "rbee-hive $peak MB with $WATCHERS watchers" "$peak" '<' 200 MB
stop

python3 "$repository/bench/many-workers.py" "$scratch/data/catalog.db" "$WORKERS"
start
curl -fsS "http://127.0.0.1:$port/v1/workers" >"$scratch/workers.json"
total=$(python3 -c 'import json, sys; l = json.load(open(sys.argv[1])); print(l["total"], len(l["workers"]))' "$scratch/workers.json")
mkdir -p "$scratch/www/v1"
cp "$scratch/workers.json" "$scratch/www/v1/workers"
chmod -R a+rX "$scratch/www"
files=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$scratch/nginx.conf" <<NGINX
daemon off;
worker_processes auto;
pid $scratch/nginx.pid;
error_log $scratch/nginx.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  server { listen 127.0.0.1:$files; root $scratch/www; default_type application/json; }
}
NGINX
nginx -e "$scratch/nginx.log" -c "$scratch/nginx.conf" &
peer=$!
trap 'kill "$peer" && wait "$peer"; on_exit' EXIT
until curl -fso /dev/null "http://127.0.0.1:$files/v1/workers"; do sleep 0.1; done

# rate PORT: requests per second
rate() {
  wrk -t1 -c16 -d5s "http://127.0.0.1:$1/v1/workers" >"$scratch/wrk" || fail "$(cat "$scratch/wrk")"
  ! grep -q 'Non-2xx' "$scratch/wrk" || fail "$(cat "$scratch/wrk")"
  awk '/^Requests\/sec:/ { print $2 }' "$scratch/wrk"
}
own=() peers=()
for _ in 1 2 3; do
  own+=("$(rate "$port")")
  peers+=("$(rate "$files")")
done
ours=$(median "${own[@]}") theirs=$(median "${peers[@]}")
size=$(calculate "$(stat -c %s "$scratch/workers.json") / 1e6" %.2f)
ratio=$(calculate "$ours / $theirs")
report 'daemon list' "nginx $theirs/s, rbee-hive $ours/s, ratio $ratio (of ${total%% *} workers, ${total##* } in the answer, $size MB)"
