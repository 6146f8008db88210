#!/usr/bin/env bash
# What `just previews` shows of the service: real files of every type looked at in a browser, bombs measured, hostile files
# opened in every way in which a page may show them.
#
# `just previews` sets ASSETS_BINARY, MODULES (npm packages), PYTHON (with the packages of requirements.txt), and CHROMIUM. Reports and
# pictures are left in the folder that is named, if one is. EVERY=4 has each fourth bomb and hostile file tried.
set -euo pipefail
cd "$(dirname "$0")"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

folder="$(mktemp --directory)"
out="${1:-$folder/out}"
mkdir --parents "$out"
service=""
trap '[ -z "$service" ] || kill "$service" 2> /dev/null; rm --recursive --force "$folder"' EXIT

port="$(free_port)" beacon="$(free_port)" host="$(free_port)"
ASSETS_LISTEN="127.0.0.1:$port" ASSETS_DATA_DIR="$folder/data" ASSETS_RATE_LIMIT=0 ASSETS_EMBED_ORIGINS="http://127.0.0.1:$host" \
    "$ASSETS_BINARY" serve > "$folder/welcome" 2> "$out/service.log" &
service=$!
base="http://127.0.0.1:$port"
for _ in {1..600}; do curl --silent --fail "$base/readyz" > /dev/null && break || sleep 0.1; done
key="$(sed --quiet 's/^export AGENT=//p' "$folder/welcome")"

failed=0
echo "== real files"
"$PYTHON" make_real.py "$folder/real" > "$out/made.log"
node looks.mjs --base "$base" --key "$key" --files "$folder/real" --screens "$out/screens" --out "$out/looks.json" || failed=1
echo "== bombs"
python3 make_bombs.py "$folder/bombs" > "$out/bombs-made.log"
python3 bombs.py --base "$base" --key "$key" --files "$folder/bombs" --pid "$service" --every "${EVERY:-1}" --out "$out/bombs.json" || failed=1
echo "== hostile files"
python3 make_polyglots.py "$folder/hostile" --beacon "http://127.0.0.1:$beacon/" > "$out/hostile-made.log"
node hostile.mjs --base "$base" --key "$key" --files "$folder/hostile" --beacon-port "$beacon" --host-port "$host" --every "${EVERY:-1}" --out "$out/hostile.json" || failed=1
exit "$failed"
