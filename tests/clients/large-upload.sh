#!/usr/bin/env bash
# 2 GiB by tus-js-client, cut twenty times on the way, while the service is killed once and restarted once; then an asset of it.
#
# `just large-upload` sets ASSETS_BINARY and NODE_PATH. It takes 7 GiB in the temporary folder.
set -euo pipefail
cd "$(dirname "$0")"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

folder="$(mktemp --directory)"
service="" proxy=""
trap 'kill $service $proxy 2> /dev/null || true; rm --recursive --force "$folder"' EXIT
port="$(free_port)" door="$(free_port)"
echo "127.0.0.1:$port" > "$folder/target"
python3 - "$folder/big.zip" <<'PYTHON'
import os, sys, zipfile
block = os.urandom(1 << 20)
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_STORED, allowZip64=True) as bundle, bundle.open("big.bin", "w", force_zip64=True) as member:
    for number in range(2048):
        member.write(number.to_bytes(8, "big") + block[8:])
PYTHON

start() {
    ASSETS_DATA_DIR="$folder/data" ASSETS_LISTEN="127.0.0.1:$port" ASSETS_PUBLIC_URL="http://127.0.0.1:$door/" ASSETS_RATE_LIMIT=0 \
        "$ASSETS_BINARY" serve >> "$folder/welcome" 2>> "$folder/log" &
    service=$!
    for _ in {1..600}; do curl --silent --fail "http://127.0.0.1:$port/readyz" > /dev/null && return || sleep 0.1; done
    return 1
}
peak() { echo "$1: $(sed --quiet 's/^VmHWM:\s*//p' "/proc/$service/status") at most"; }
cuts() { grep --count '^cut' "$folder/cuts" || true; }
until_cut() { while [ "$(cuts)" -lt "$1" ] && kill -0 "$client" 2> /dev/null; do sleep 0.2; done; }
call() { curl --silent --show-error --fail-with-body --header "Authorization: Bearer $key" "$@"; }

start
key="$(sed --quiet 's/^export AGENT=//p' "$folder/welcome")"
python3 cutter.py "$door" "$folder/target" 20 > "$folder/cuts" &
proxy=$!
SECONDS=0
node tus.mjs "http://127.0.0.1:$door/api/v1/assets/uploads" "$key" "$folder/big.zip" big.zip application/zip 4294967296 > "$folder/url" 2> "$folder/client.log" &
client=$!
until_cut 6
peak "the first process, killed after $(cuts) cuts"
kill -KILL "$service"
start
until_cut 13
peak "the second, restarted after $(cuts) cuts"
kill -TERM "$service"
wait "$service" || true
start
wait "$client"
echo "$(cuts) cuts, two restarts, 2 GiB sent in $SECONDS s"
upload="$(basename "$(cat "$folder/url")")"
asset="$(call --header 'Content-Type: application/json' "http://127.0.0.1:$port/api/v1/assets" \
    --data '{"type": "bundle", "title": "Big", "provenance": {"agent_slug": "packer"}, "content": {"upload_id": "'"$upload"'"}}' \
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')"
echo "an asset after $SECONDS s"
sent="$(sha256sum < "$folder/big.zip")"
got="$(call "http://127.0.0.1:$port/api/v1/assets/$asset/versions/1/content" | sha256sum)"
peak "the third"
[ "$(cuts)" = 20 ] && [ "$sent" = "$got" ] || { echo "not so: $(cuts) cuts, $sent sent, $got came back" >&2; exit 1; }
echo "the same bytes came back"
