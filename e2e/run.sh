#!/usr/bin/env bash
# Installs llama-server with the hive, serves a tiny model with it and asks it for an
# answer, which is printed as JSON. Exits non-zero when any part of that fails.
#
#   HIVE  the program to try (default: target/release/rbee-hive)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
hive=${HIVE:-target/release/rbee-hive}
work=$PWD/.e2e
server=

say() { printf 'e2e: %s\n' "$*" >&2; }
fail() {
  say "$@"
  exit 1
}

# The process that this script started, and nothing else: TERM, 10 seconds, KILL.
stop_server() {
  [[ -n $server ]] || return 0
  local pid=$server
  server=
  kill -TERM "$pid" 2>/dev/null || true
  for _ in {1..100}; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}
trap stop_server EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for program in curl python3; do
  command -v "$program" >/dev/null || fail "$program is missing; scripts/setup.sh test installs what is needed"
done
[[ -x $hive ]] || hive=$(command -v "$hive") || fail "no program $hive; build it, or name one in HIVE"

mkdir -p "$work"
if ! "$work/venv/bin/python" -c 'import gguf' 2>/dev/null; then
  say 'preparing the Python packages that write the model'
  rm -rf "$work/venv"
  python3 -m venv "$work/venv" || fail 'python3 cannot create a venv (Debian, Ubuntu: apt-get install -y python3-venv)'
  "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: gguf==0.19.0
fi
"$work/venv/bin/python" e2e/make-model.py "$work/model.gguf"

say 'installing llama-server'
"$hive" --data-dir "$work/data" --cache-dir "$work/cache" worker install llama-server >&2
"$hive" --data-dir "$work/data" --cache-dir "$work/cache" --json worker show llama-server >"$work/worker.json"

port=$(python3 -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as listener: print(listener.getsockname()[1])')
address=http://127.0.0.1:$port

say "serving on $address"
"$hive" --data-dir "$work/data" --cache-dir "$work/cache" worker run llama-server -- \
  --host 127.0.0.1 --port "$port" --model "$work/model.gguf" \
  </dev/null >"$work/server.log" 2>&1 &
server=$!

healthy=
for _ in {1..300}; do
  if curl --silent --fail --max-time 2 "$address/health" >/dev/null; then
    healthy=yes
    break
  fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if [[ -z $healthy ]]; then
  tail -n 20 "$work/server.log" >&2
  fail "the server did not answer on $address/health"
fi

curl --silent --show-error --fail-with-body --max-time 60 "$address/v1/chat/completions" \
  --header 'Content-Type: application/json' \
  --data '{"messages":[{"role":"user","content":"Hello"}],"max_tokens":8}' >"$work/answer.json" ||
  fail "no answer: $(cat "$work/answer.json")"

python3 - "$work/answer.json" <<'PYTHON'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    answer = json.load(file)
print(json.dumps(answer, indent=2))
assert answer["object"] == "chat.completion", "not a chat completion"
assert isinstance(answer["choices"][0]["message"]["content"], str), "no message in it"
assert answer["usage"]["completion_tokens"] > 0, "no token was generated"
PYTHON

stop_server
if curl --silent --max-time 2 "$address/health" >/dev/null; then
  fail "something still answers on $address after the server was stopped"
fi
say 'passed'
