#!/usr/bin/env bash
# Several processes are one service: what `just scale-check` shows, with curl, through nginx and at each process alone.
#
# `just scale` sets ASSETS_URL (nginx), ASSETS_PERSON and ASSETS_AGENT (keys), and ASSETS_PROCESSES ("<address>=<pid> …").
set -euo pipefail
cd "$(dirname "$0")/.."

folder="$(mktemp --directory)"
trap 'rm --recursive --force "$folder"' EXIT

call() { curl --silent --show-error --fail-with-body --max-time 120 --header "Authorization: Bearer $1" "${@:2}"; }
post() { call "$1" --header 'Content-Type: application/json' --data "$3" "$ASSETS_URL$2"; }
field() {
    python3 -c 'import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[name]
print(value)' "$1"
}
same() {
    [ "$2" = "$3" ] || { echo "not so: $1: $2 is not $3" >&2; exit 1; }
    echo "so it is: $1"
}
digest() { sha256sum | cut --delimiter=' ' --fields=1; }

publisher="$(post "$ASSETS_PERSON" /api/v1/admin/api-keys '{"name": "website", "kind": "service", "scopes": ["assets:read:approved"]}' | field key)"

# One approval: each step may meet another process.
text="Open a window. Plant something."
asset="/api/v1/assets/$(post "$ASSETS_AGENT" /api/v1/assets '{"type": "copy", "title": "The first warm day",
    "provenance": {"agent_slug": "copywriter"}, "content": {"text": "'"$text"'"}}' | field id)"
post "$ASSETS_AGENT" "$asset/submit" '{}' > "$folder/answer"
same "what is submitted waits for review" "$(field status < "$folder/answer")" pending_review
post "$ASSETS_PERSON" "$asset/approve" '{"version": 1, "comment": "Lovely."}' > "$folder/answer"
same "a person approves it" "$(field status < "$folder/answer")" approved
for base in "$ASSETS_URL" $(printf 'http://%s ' $(printf '%s\n' $ASSETS_PROCESSES | cut --delimiter='=' --fields=1)); do
    same "a publisher has what was approved from $base" "$(call "$publisher" "$base$asset/approved/content" | digest)" "$(printf %s "$text" | digest)"
done

# A film of 100 MiB: the sample, filled up with empty space that players skip.
{ cat crates/assets-server/demo/teaser.mp4; printf '\006\100\000\010free'; head --bytes=104857600 /dev/zero; } > "$folder/film.mp4"
film="/api/v1/assets/$(call "$ASSETS_AGENT" "$ASSETS_URL/api/v1/assets" \
    --form 'metadata={"type": "video", "title": "Teaser", "provenance": {"agent_slug": "film-cutter"}};type=application/json' \
    --form "content=@$folder/film.mp4;type=video/mp4" | field id)"
post "$ASSETS_AGENT" "$film/submit" '{}' > "$folder/answer"
post "$ASSETS_PERSON" "$film/approve" '{"version": 1}' > "$folder/answer"
same "a film of 100 MiB comes back as it went in" "$(call "$publisher" "$ASSETS_URL$film/approved/content" | digest)" "$(digest < "$folder/film.mp4")"

# One process is killed in the midst of requests that go through nginx.
reads() {
    for _ in {1..200}; do call "$publisher" --output /dev/null --write-out '%{http_code}\n' "$ASSETS_URL$asset/approved" || true; done
}
writes() {
    # Whoever was cut off asks again with the same key, and gets the answer to what happened.
    for number in {1..50}; do
        call "$ASSETS_AGENT" --retry 5 --retry-all-errors --retry-delay 1 --header "Idempotency-Key: check-$number" --header 'Content-Type: application/json' \
            --data '{"type": "copy", "title": "Line", "tags": ["run:check"], "provenance": {"agent_slug": "copywriter"}, "content": {"text": "line '"$number"'"}}' \
            --output "$folder/written" --write-out '%{http_code}\n' "$ASSETS_URL/api/v1/assets" || true
    done
}
reads > "$folder/reads" &
reading=$!
writes > "$folder/writes" &
writing=$!
while [ "$(wc --lines < "$folder/reads")" -lt 20 ]; do sleep 0.05; done
killed="${ASSETS_PROCESSES%% *}"
kill -KILL "${killed#*=}"
answered="$(wc --lines < "$folder/reads")"
wait "$reading" "$writing"
[ "$answered" -lt 200 ] || { echo "the process was killed too late to show anything" >&2; exit 1; }
same "200 reads, in the midst of which a process is killed, all succeed" "$(sort "$folder/reads" | uniq --count | xargs)" "200 200"
same "50 writes, sent again if cut off, all succeed" "$(grep --count '^201$' "$folder/writes")" 50
listed="$(call "$ASSETS_AGENT" "$ASSETS_URL/api/v1/assets?tag=run:check&limit=1&include=total" | field total)"
same "and each was made once" "$listed" 50
if curl --silent --output /dev/null "http://${killed%%=*}/healthz"; then echo "the killed process answers" >&2; exit 1; fi
echo "one of three processes is gone, and nobody noticed"
