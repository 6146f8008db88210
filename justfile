# The one door. `just` lists what can be done; CI calls the same recipes.

set shell := ["bash", "-euo", "pipefail", "-c"]
set positional-arguments

# What the recipes install is kept here, outside the checkout.
cache := env("ASSETS_CI_CACHE", home_directory() / ".cache" / "assets-ci")
tools := cache / "tools"
export PATH := tools / "bin:" + env("PATH")

cargo_deny := "0.20.2"
garage := "2.5.0"
redocly := "2.77.0"
tus_js_client := "4.3.1"
tuspy := "1.1.0"
standardwebhooks := "1.1.0"
standardwebhooks_js := "1.1.1"
cryptography := "50.0.2"
yauzl := "3.4.0"
openapi_typescript := "7.13.0"
openapi_fetch := "0.17.0"
typescript := "5.9.3"
node_types := "20.19.43"
openapi_python_client := "0.29.1"
schemathesis := "4.32.5"
playwright := "1.65.1"
node := "22.23.3"
mcp_conformance := "0.1.16"
mcp_typescript := "1.32.2"
mcp_python := "2.3.0"
js_tiktoken := "1.0.21"

# `just profile=dev scale` spares the release build.
profile := "release"

free_port := 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'

import 'tests/servers.just'

# With how many assets it is measured.
assets := "100000"

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

# Every test but the long ones: on SQLite and a folder, then those of the service on PostgreSQL, then on PostgreSQL and S3
test-all:
    @command -v "${CHROMIUM:-chromium}" > /dev/null || { echo "chromium is missing: just setup" >&2; exit 1; }
    CHROMIUM="$(command -v "${CHROMIUM:-chromium}")" "{{ just_executable() }}" with-postgres "{{ just_executable() }}" with-s3 "{{ just_executable() }}" on-all

# The long tests: kills, sweeps, walks and races, for half an hour; ASSETS_TEST_ON=postgres+s3 has the service run on those
soak:
    "{{ just_executable() }}" with-postgres "{{ just_executable() }}" with-s3 cargo test --package assets-tests --locked -- --ignored soak::

# A million events through kills, and a thousand who follow; ASSETS_SOAK_EVENTS and ASSETS_SOAK_READERS make it less
feed-soak:
    "{{ just_executable() }}" with-postgres cargo test --package assets-tests --test feed --locked -- --ignored --nocapture --test-threads 1 soak::

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

# The published contract is what the code says, a strict linter accepts it, and it breaks no client of what was released last
contract: breaking
    cargo run --quiet --locked -- openapi | diff --unified openapi/assets.json - || { echo "openapi/assets.json is not what the code says: just openapi" >&2; exit 1; }
    cd openapi && REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true "{{ tools }}/node_modules/.bin/redocly" lint --config redocly.yaml --max-problems 1000 assets.json

# The published contract breaks no client of the released one, unless its version says so
breaking:
    cargo test --quiet --workspace --locked --test breaking

# A release: what is published is from now on what clients rely on
release-contract:
    "{{ just_executable() }}" contract
    cp openapi/assets.json openapi/released.json
    @python3 -c 'import json; print("clients rely on", json.load(open("openapi/released.json"))["info"]["version"])'

# The release binary, as a newcomer builds it
build:
    cargo build --release --locked
    @ls -l "${CARGO_TARGET_DIR:-target}/release/assets" | awk '{ printf "release binary: %.1f MiB\n", $5 / 1048576 }'

# The service beside the least that does the same work, in turns; e.g. `just bench --rows list`, `just assets=10000 bench --quick`
bench *arguments: bench-build
    "{{ just_executable() }}" assets="{{ assets }}" bench-on --cache "{{ cache }}/bench" -- "$@"

# The same on PostgreSQL, thrown away afterwards unless ASSETS_BENCH_DIR names a folder to keep it in
bench-postgres *arguments: bench-build
    #!/usr/bin/env bash
    set -euo pipefail
    folder="${ASSETS_BENCH_DIR:-}"
    if [ -z "$folder" ]; then
        folder="$(mktemp --directory)"
        trap 'rm --recursive --force "$folder"' EXIT
    fi
    mkdir --parents "$folder"
    # What PostgreSQL runs as must reach what is its own.
    chmod 711 "$folder"
    just="{{ just_executable() }}"
    "$just" postgres "$folder/postgres" "" ASSETS_BENCH_POSTGRES \
        bash -euo pipefail -c 'just="$1" cache="$2"; shift 2; "$just" assets="{{ assets }}" bench-on --cache "$cache" --database "$ASSETS_BENCH_POSTGRES" -- "$@"' \
        - "$just" "$folder/bench" "$@"

# Content in and out of an S3-compatible store, beside files on a disk
bench-s3 *arguments: bench-build
    "{{ just_executable() }}" with-s3 bash -euo pipefail -c '"{{ just_executable() }}" assets="{{ assets }}" bench-on --cache "{{ cache }}/bench" \
        -- --store "$ASSETS_TEST_S3" --rows content,upload "$@"' - "$@"

# How the cost grows from 10,000 assets to a million, which take some 15 GB; `--clear` removes them afterwards
bench-growth *arguments: bench-build
    "${CARGO_TARGET_DIR:-target}/release/assets-bench" growth --binary "${CARGO_TARGET_DIR:-target}/release/assets" --cache "{{ cache }}/bench" "$@"

[private]
bench-build:
    cargo build --release --locked --package assets-server --package assets-bench

# Loads with what stands before `--`, and runs with all of it
[private]
bench-on *arguments:
    #!/usr/bin/env bash
    set -euo pipefail
    program="${CARGO_TARGET_DIR:-target}/release"
    where=(--assets "{{ assets }}" --binary "$program/assets")
    while [ "$1" != -- ]; do
        where+=("$1")
        shift
    done
    "$program/assets-bench" load "${where[@]}"
    "$program/assets-bench" run "${where[@]}" "${@:2}"

# Everything, from installing the tools to the last test
ci:
    #!/usr/bin/env bash
    set -euo pipefail
    times=""
    trap 'printf "\n%s" "$times"' EXIT
    for part in setup lint contract build test-all previews-sample schemathesis archives-sample scale-check; do
        printf '\n== %s\n' "$part"
        started=$SECONDS
        "{{ just_executable() }}" "$part"
        times+="$(printf '%5d s  %s' "$((SECONDS - started))" "$part")"$'\n'
    done

# Real files of every type, bombs and hostile files, shown by the release binary in a browser; reports and pictures into a folder
[no-exit-message]
previews folder="":
    ASSETS_BINARY="$(realpath "${CARGO_TARGET_DIR:-target}/release/assets")" MODULES="{{ tools }}" PYTHON="{{ tools }}/python/bin/python" \
        CHROMIUM="$(command -v "${CHROMIUM:-chromium}")" tests/previews/check.sh ${1:+"$(realpath --canonicalize-missing "$1")"}

# Clients in TypeScript and Python, made from the published contract into a folder; a warning of a generator is an error
clients folder="target/clients":
    mkdir -p "$1/typescript" "$1/python"
    "{{ tools }}/node_modules/.bin/openapi-typescript" openapi/assets.json --output "$1/typescript/assets.ts"
    "{{ tools }}/python/bin/openapi-python-client" generate --path openapi/assets.json --meta none --overwrite --fail-on-warning \
        --output-path "$1/python/assets_client" --config tests/clients/python.yaml

# The same with a part of the bombs and hostile files, in some eight minutes
previews-sample:
    EVERY=6 "{{ just_executable() }}" previews

# 2 GiB by a stock client of tus, cut twenty times, the service killed and restarted on the way
[no-exit-message]
large-upload:
    ASSETS_BINARY="$(realpath "${CARGO_TARGET_DIR:-target}/release/assets")" NODE_PATH="{{ tools }}/node_modules" tests/clients/large-upload.sh

# Archives of 3 to 70,000 members and of more than 4 GiB, in the hands of six readers of ZIP, of clients that are cut off, and of two processes
[no-exit-message]
archives *arguments:
    ASSETS_BINARY="$(realpath "${CARGO_TARGET_DIR:-target}/release/assets")" NODE_PATH="{{ tools }}/node_modules" \
        "{{ just_executable() }}" with-postgres "{{ just_executable() }}" with-s3 python3 tests/clients/archives.py "$@"

# The same with 300 members at most, in a minute
archives-sample:
    "{{ just_executable() }}" archives --some 300 --many 0 --large-gib 0 --ranges 100 --cuts 10

# Requests made from the contract, right and wrong ones, with the key of a person, of an agent, and none: on SQLite and on PostgreSQL and S3
[no-exit-message]
schemathesis *arguments:
    ASSETS_BINARY="$(realpath "${CARGO_TARGET_DIR:-target}/release/assets")" SCHEMATHESIS="{{ tools }}/python/bin/schemathesis" \
        "{{ just_executable() }}" with-postgres "{{ just_executable() }}" with-s3 python3 tests/contract/check.py "$@"

# What an archive of 10 GiB costs the service, beside `zip -0` and `cp` of the same files
[no-exit-message]
archive-bench *arguments:
    ASSETS_BINARY="$(realpath "${CARGO_TARGET_DIR:-target}/release/assets")" python3 tests/clients/archive_bench.py "$@"

# Install what the recipes need: PostgreSQL, Garage, nginx, Chromium, ffmpeg, LibreOffice, cargo-deny, a linter of the contract, clients, readers of ZIP
setup:
    #!/usr/bin/env bash
    set -euo pipefail
    missing=()
    compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || command -v initdb > /dev/null || missing+=(postgresql)
    command -v "${CHROMIUM:-chromium}" > /dev/null || missing+=(chromium)
    command -v nginx > /dev/null || missing+=(nginx-light)
    command -v ffmpeg > /dev/null || missing+=(ffmpeg)
    command -v soffice > /dev/null || missing+=(libreoffice-impress-nogui fonts-dejavu-core)
    command -v zip > /dev/null || missing+=(zip)
    command -v unzip > /dev/null || missing+=(unzip)
    command -v bsdtar > /dev/null || missing+=(libarchive-tools)
    command -v 7z > /dev/null || command -v 7zz > /dev/null || missing+=(7zip)
    command -v javac > /dev/null || missing+=(default-jdk-headless)
    python3 -c 'import ensurepip' 2> /dev/null || missing+=(python3-venv)
    if [ "${#missing[@]}" -gt 0 ]; then
        apt-get update --quiet
        DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
    fi
    if [ "$(cargo-deny --version 2> /dev/null)" != "cargo-deny {{ cargo_deny }}" ]; then
        cargo install cargo-deny --version "{{ cargo_deny }}" --locked --force --root "{{ tools }}"
    fi
    if [[ "$(garage --version 2> /dev/null)" != *"{{ garage }}"* ]]; then
        # The store of the tests; a build of its own kind, so that it takes minutes and not half an hour.
        CARGO_TARGET_DIR="{{ cache }}/garage" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=2 \
            cargo install garage --version "{{ garage }}" --locked --force --no-default-features --features bundled-libs,sqlite --root "{{ tools }}"
        strip "{{ tools }}/bin/garage"
        rm --recursive --force "{{ cache }}/garage"
    fi
    if ! grep --quiet '"version": "{{ redocly }}"' "{{ tools }}/node_modules/@redocly/cli/package.json" 2> /dev/null; then
        npm install --prefix "{{ tools }}" --no-audit --no-fund "@redocly/cli@{{ redocly }}"
    fi
    if ! grep --quiet '"version": "{{ tus_js_client }}"' "{{ tools }}/node_modules/tus-js-client/package.json" 2> /dev/null; then
        npm install --prefix "{{ tools }}" --no-audit --no-fund "tus-js-client@{{ tus_js_client }}"
    fi
    if ! grep --quiet '"version": "{{ standardwebhooks_js }}"' "{{ tools }}/node_modules/standardwebhooks/package.json" 2> /dev/null; then
        npm install --prefix "{{ tools }}" --no-audit --no-fund "standardwebhooks@{{ standardwebhooks_js }}"
    fi
    if ! grep --quiet '"version": "{{ playwright }}"' "{{ tools }}/node_modules/playwright-core/package.json" 2> /dev/null; then
        npm install --prefix "{{ tools }}" --no-audit --no-fund "playwright-core@{{ playwright }}"
    fi
    if ! grep --quiet '"version": "{{ yauzl }}"' "{{ tools }}/node_modules/yauzl/package.json" 2> /dev/null; then
        npm install --prefix "{{ tools }}" --no-audit --no-fund "yauzl@{{ yauzl }}"
    fi
    if ! grep --quiet '"version": "{{ openapi_typescript }}"' "{{ tools }}/node_modules/openapi-typescript/package.json" 2> /dev/null; then
        npm install --prefix "{{ tools }}" --no-audit --no-fund "openapi-typescript@{{ openapi_typescript }}" "openapi-fetch@{{ openapi_fetch }}" \
            "typescript@{{ typescript }}" "@types/node@{{ node_types }}"
    fi
    if ! grep --quiet '"version": "{{ mcp_typescript }}"' "{{ tools }}/node_modules/@modelcontextprotocol/sdk/package.json" 2> /dev/null; then
        # What tries servers for conformance needs a newer Node than some distributions have.
        npm install --prefix "{{ tools }}" --no-audit --no-fund "@modelcontextprotocol/sdk@{{ mcp_typescript }}" "node@{{ node }}" \
            "@modelcontextprotocol/conformance@{{ mcp_conformance }}" "js-tiktoken@{{ js_tiktoken }}"
    fi
    [ -x "{{ tools }}/python/bin/pip" ] || python3 -m venv "{{ tools }}/python"
    "{{ tools }}/python/bin/pip" install --quiet --disable-pip-version-check --requirement tests/previews/requirements.txt "tuspy=={{ tuspy }}" "standardwebhooks=={{ standardwebhooks }}" "cryptography=={{ cryptography }}" \
        "openapi-python-client=={{ openapi_python_client }}" "schemathesis=={{ schemathesis }}" "mcp=={{ mcp_python }}"

# The whole workspace each time: a package alone would be built anew, with features of its own.

# Beside PostgreSQL and S3: everything, and then the service again on each of the other two foundations
[private]
on-all:
    cargo test --workspace --locked -- --include-ignored --skip soak::
    ASSETS_TEST_ON=postgres cargo test --workspace --locked --test '*'
    ASSETS_TEST_ON=postgres+s3 cargo test --workspace --locked --test '*'

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
