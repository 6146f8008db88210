"""Schemathesis over the whole document, all its checks, against the real service: on SQLite and a folder, and on PostgreSQL and S3.

    check.py [--seed 1] [--cases 15] [--on SQLite] [--stateful]

The binary is $ASSETS_BINARY, the program $SCHEMATHESIS; $ASSETS_TEST_POSTGRES and $ASSETS_TEST_S3 name a database and a store. Every operation has to
be answered with success at least once on each of the two, or it is listed below why not.
"""

import argparse
import collections
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "clients"))

from service import Service

DOCUMENT = HERE.parent.parent / "openapi" / "assets.json"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# Which operation is never answered with success here, and why.
NEVER = {
    "stream_events": "it has no end, tests/tests/feed.rs reads it",
    "create_webhook": "what is made up leads to no address on the Internet; some are made for the other operations",
    "replay_deliveries": "no event of the type that the webhook is told of ever happens here",
}

arguments = argparse.ArgumentParser()
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--cases", type=int, default=15, help="for each operation, besides those that every run has")
arguments.add_argument("--on", default="", metavar="SQLite|PostgreSQL", help="one of the two foundations alone")
arguments.add_argument("--stateful", action="store_true", help="and sequences of calls, for some minutes more")
asked = arguments.parse_args()


def run(service, caller, phases, cases, folder):
    """Whether nothing was found, and what was answered."""
    tally = folder / f"tally-{caller}"
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1", "CONTRACT_TALLY": str(tally),
        "CONTRACT_BASE": service.url(""), "CONTRACT_KEYS": json.dumps(service.keys), "CONTRACT_CALLER": caller or "PERSON"}
    command = [os.environ["SCHEMATHESIS"], "--config-file", str(HERE / "schemathesis.toml"), "run", str(DOCUMENT), "--url", service.url(""),
               "--seed", str(asked.seed), "--max-examples", str(cases), "--checks", "all", "--phases", phases, "--mode", "all", "--continue-on-failure",
               "--generation-database", "none", "--warnings", "off", "--no-color"]
    command += ["--header", service.authorization(caller)] if caller else []
    said = folder / f"said-{caller}"
    with open(said, "w") as out:
        code = subprocess.run(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT).returncode
    told = said.read_text()
    print(told if code else told[told.rfind("Test cases:"):].split("\n\n")[0].strip(), flush=True)
    assert tally.exists(), told
    return code == 0, json.loads(tally.read_text())


def check(foundation, settings):
    answered, excused, good = collections.Counter(), collections.Counter(), True
    with tempfile.TemporaryDirectory() as folder, Service(folder, ASSETS_WEBHOOK_ALLOW="127.0.0.1/32", **settings) as service:
        phases = "examples,coverage,fuzzing" + (",stateful" if asked.stateful else "")
        for caller, phases, cases in [("PERSON", phases, asked.cases), ("AGENT", "examples,fuzzing", asked.cases), (None, "examples,fuzzing", 5)]:
            print(f"== {foundation}, {'the key of the ' + caller.lower() if caller else 'no key'}", flush=True)
            clean, tally = run(service, caller, phases, cases, pathlib.Path(folder))
            good = good and clean
            answered.update(tally["answered"])
            excused.update(tally["excused"])
    operations = [operation["operationId"] for item in json.loads(DOCUMENT.read_text())["paths"].values() for method, operation in item.items() if method in METHODS]
    reached = {name for name, _, status in (key.partition(" ") for key in answered) if status.startswith("2")}
    missing = [name for name in operations if name not in reached and name not in NEVER]
    print(f"== {foundation}: {sum(answered.values()):,} answers; {len(reached)} of {len(operations)} operations answered with success")
    for why, count in excused.most_common():
        print(f"  {count:5,} refused as the document cannot say: {why}")
    for name, why in NEVER.items():
        print(f"  {name} not answered with success: {why}")
    for name in missing:
        print(f"  NOT SO: {name} answered with success; {[key for key in answered if key.startswith(name + ' ')]}")
    return good and not missing


def foundations():
    yield "SQLite and a folder", {}
    if "ASSETS_TEST_POSTGRES" in os.environ and "ASSETS_TEST_S3" in os.environ:
        yield "PostgreSQL and S3", {"ASSETS_DATABASE_URL": os.environ["ASSETS_TEST_POSTGRES"], "ASSETS_STORE_URL": os.environ["ASSETS_TEST_S3"],
                                    "ASSETS_SIGNING_KEY": secrets.token_hex(32)}


sys.exit(not all([check(name, settings) for name, settings in foundations() if asked.on in name]))
