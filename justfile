# The one door. `just` lists what can be done; CI calls the same recipes.

set shell := ["bash", "-euo", "pipefail", "-c"]
set positional-arguments

# What the recipes install is kept here, outside the checkout.
cache := env("ASSETS_CI_CACHE", home_directory() / ".cache" / "assets-ci")
tools := cache / "tools"
export PATH := tools / "bin:" + env("PATH")

cargo_deny := "0.20.2"
redocly := "2.77.0"

# All that the domain stands on: a list one can read aloud.
domain_dependencies := "async-trait bytes chrono crc32fast futures-core futures-util hex serde sha2 thiserror unicode-normalization uuid"

[private]
default:
    @just --list --unsorted

# Start the service; arguments go to `assets`
run *arguments:
    cargo run --release --locked -- "$@"

# What runs with nothing else installed
test:
    cargo test --workspace --locked

# Every test but the long ones, those that need PostgreSQL or a browser included
test-all:
    @command -v "${CHROMIUM:-chromium}" > /dev/null || { echo "chromium is missing: just setup" >&2; exit 1; }
    CHROMIUM="$(command -v "${CHROMIUM:-chromium}")" "{{ just_executable() }}" with-postgres cargo test --workspace --locked -- --include-ignored --skip soak::

# The long tests: kills, sweeps, walks and races, for half an hour
soak:
    cargo test --package assets-tests --locked -- --ignored soak::

# Formatting, clippy, documentation, licences, advisories and the dependency fence
lint: && fence deny
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Format everything
fmt:
    cargo fmt --all

# Write the published contract from the code
openapi:
    mkdir -p openapi
    cargo run --quiet --locked -- openapi > openapi/assets.json.new
    mv openapi/assets.json.new openapi/assets.json

# `/healthz` and its like refuse nobody, so they have no 4xx.

# The published contract is what the code says, and a strict linter accepts it
contract:
    cargo run --quiet --locked -- openapi | diff --unified openapi/assets.json - || { echo "openapi/assets.json is not what the code says: just openapi" >&2; exit 1; }
    REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true "{{ tools }}/node_modules/.bin/redocly" lint --extends recommended-strict --skip-rule operation-4xx-response openapi/assets.json

# The release binary, as a newcomer builds it
build:
    cargo build --release --locked
    @ls -l "${CARGO_TARGET_DIR:-target}/release/assets" | awk '{ printf "release binary: %.1f MiB\n", $5 / 1048576 }'

# Everything, from installing the tools to the last test
ci:
    #!/usr/bin/env bash
    set -euo pipefail
    times=""
    trap 'printf "\n%s" "$times"' EXIT
    for part in setup lint contract build test-all; do
        printf '\n== %s\n' "$part"
        started=$SECONDS
        "{{ just_executable() }}" "$part"
        times+="$(printf '%5d s  %s' "$((SECONDS - started))" "$part")"$'\n'
    done

# Install what the recipes need: PostgreSQL, Chromium, cargo-deny and the linter of the contract
setup:
    #!/usr/bin/env bash
    set -euo pipefail
    missing=()
    compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || command -v initdb > /dev/null || missing+=(postgresql)
    command -v "${CHROMIUM:-chromium}" > /dev/null || missing+=(chromium)
    if [ "${#missing[@]}" -gt 0 ]; then
        apt-get update --quiet
        DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
    fi
    if [ "$(cargo-deny --version 2> /dev/null)" != "cargo-deny {{ cargo_deny }}" ]; then
        cargo install cargo-deny --version "{{ cargo_deny }}" --locked --force --root "{{ tools }}"
    fi
    if ! grep --quiet '"version": "{{ redocly }}"' "{{ tools }}/node_modules/@redocly/cli/package.json" 2> /dev/null; then
        npm install --prefix "{{ tools }}" --no-audit --no-fund "@redocly/cli@{{ redocly }}"
    fi

# The domain stands on what is listed above, and on nothing else
[private]
fence:
    @diff --unified <(tr ' ' '\n' <<< "{{ domain_dependencies }}" | sort) \
        <(cargo tree --locked --package assets-domain --edges normal --depth 1 --prefix none | tail --lines=+2 | cut --delimiter=' ' --fields=1 | sort) \
        && echo "fence ok: the domain stands on {{ domain_dependencies }}"

# Licences, sources and bans always; advisories where their database can be reached
[private]
deny:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo-deny --locked check bans licenses sources
    if timeout 60 cargo-deny fetch db 2> /dev/null; then
        cargo-deny --locked check --disable-fetch advisories
    else
        echo "advisories not checked: their database cannot be reached from here"
    fi

# Run a command beside a throwaway PostgreSQL, its URL in ASSETS_TEST_POSTGRES
with-postgres +command:
    #!/usr/bin/env bash
    set -euo pipefail
    initdb="$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort --version-sort | tail --lines=1)" \
        || { echo "PostgreSQL is missing: just setup" >&2; exit 1; }
    bin="$(dirname "$(readlink --canonicalize "$initdb")")"
    folder="$(mktemp --directory)"
    port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    # PostgreSQL refuses to run as root.
    as_owner=()
    if [ "$(id --user)" = 0 ]; then
        chown postgres: "$folder"
        as_owner=(runuser --user postgres --)
    fi
    stop() {
        (cd / && "${as_owner[@]}" "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate --silent stop) || true
        rm --recursive --force "$folder"
    }
    trap stop EXIT
    (
        cd /
        "${as_owner[@]}" "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8 > /dev/null
        # Tests are about what is right, not about power cuts: nothing is synced.
        "${as_owner[@]}" "$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --wait --silent \
            --options="-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=200" start
        # An ordinary role: a superuser would pass through row-level security.
        "$bin/psql" --host=127.0.0.1 --port="$port" --username=postgres --quiet \
            --command='CREATE ROLE assets LOGIN CREATEDB NOSUPERUSER' --command='CREATE DATABASE assets OWNER assets'
    )
    ASSETS_TEST_POSTGRES="postgres://assets@127.0.0.1:$port/assets" "$@"
