#!/usr/bin/env python3
"""Checks the statements and the seal of an exported archive, knowing nothing of Assets but the standards that it names:
ZIP, in-toto Statement v1, DSSE v1, JWK Set (RFC 7517, RFC 8037) and Ed25519.

    check_statements.py FILE.zip KEYS.json

Prints what it counted. Ends with 1 at the first thing that does not hold.
"""

import base64
import hashlib
import json
import sys
import zipfile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
APPROVAL = "urn:assets:predicate:approval:v1"
EXPORT = "urn:assets:predicate:export:v1"
SUMS, SEAL, ATTESTATIONS, MANIFEST = "SHA256SUMS", "export.intoto.jsonl", "attestations.intoto.jsonl", "manifest.json"
PAPERS = {MANIFEST, ATTESTATIONS, "keys.json", "README.txt", SUMS, SEAL}


def fail(why):
    print(f"refused: {why}", file=sys.stderr)
    sys.exit(1)


def base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_keys(path):
    with open(path, encoding="utf-8") as file:
        keys = json.load(file)["keys"]
    read = {}
    for jwk in keys:
        if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
            fail(f"the key {jwk['kid']} is none of Ed25519")
        members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"), sort_keys=True)
        thumbprint = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
        if jwk["kid"] != thumbprint:
            fail(f"the key {jwk['kid']} has the thumbprint {thumbprint}")
        read[thumbprint] = Ed25519PublicKey.from_public_bytes(base64url(jwk["x"]))
    return read


def pre_authentication_encoding(payload_type, payload):
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def statement(line, keys, predicate_type, what):
    envelope = json.loads(line)
    if envelope["payloadType"] != PAYLOAD_TYPE:
        fail(f"{what} holds {envelope['payloadType']}")
    payload = base64.b64decode(envelope["payload"], validate=True)
    if len(envelope["signatures"]) != 1:
        fail(f"{what} has {len(envelope['signatures'])} signatures")
    signature = envelope["signatures"][0]
    if signature["keyid"] not in keys:
        fail(f"{what} is signed by {signature['keyid']}, which is none of the keys")
    try:
        signed = pre_authentication_encoding(PAYLOAD_TYPE, payload)
        keys[signature["keyid"]].verify(base64.b64decode(signature["sig"], validate=True), signed)
    except InvalidSignature:
        fail(f"the signature of {what} does not hold")
    said = json.loads(payload)
    if (said["_type"], said["predicateType"]) != (STATEMENT, predicate_type):
        fail(f"{what} is {said['predicateType']}")
    if len(said["subject"]) != 1:
        fail(f"{what} is about {len(said['subject'])} things")
    return said


def sha256_of(archive, name):
    digest = hashlib.sha256()
    with archive.open(name) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def check_sums(archive):
    listed = {}
    for line in archive.read(SUMS).decode().splitlines():
        digest, name = line.split("  ", 1)
        listed[name] = digest
    names = archive.namelist()
    if len(set(names)) != len(names) or set(names) != set(listed) | {SUMS, SEAL}:
        fail(f"{SUMS} lists other files than there are")
    for name, digest in listed.items():
        if sha256_of(archive, name) != digest:
            fail(f"{name} was changed")
    return listed


def check_member(member, said, listed):
    path, predicate = member["path"], said["predicate"]
    digest = said["subject"][0]["digest"]["sha256"]
    if not digest == member["sha256"] == listed[path]:
        fail(f"the statement of {path} is about other bytes")
    decision = next(d for d in member["decisions"] if d["revision"] == member["approval"]["revision"])
    pairs = [(predicate[name], member[name]) for name in ("asset_id", "version", "title", "description", "tags", "provenance")]
    pairs += [
        (predicate["approved_by"], decision["by"]),
        (predicate["approved_at"], decision["at"]),
        (predicate["terms"], decision.get("terms", {})),
    ]
    for one, other in pairs:
        if one != other:
            fail(f"the manifest says of {path} {other!r}, and the statement {one!r}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    keys = read_keys(sys.argv[2])
    with zipfile.ZipFile(sys.argv[1]) as archive:
        listed = check_sums(archive)
        seal = statement(archive.read(SEAL), keys, EXPORT, "the seal")
        if seal["subject"] != [{"name": SUMS, "digest": {"sha256": sha256_of(archive, SUMS)}}]:
            fail(f"the seal is not that of this {SUMS}")
        lines = archive.read(ATTESTATIONS).decode().splitlines()
        statements = {}
        for number, line in enumerate(lines, 1):
            said = statement(line, keys, APPROVAL, f"the statement in line {number}")
            statements[said["predicate"]["asset_id"]] = said
        manifest = json.loads(archive.read(MANIFEST))
    members = manifest["assets"]
    if not len(members) == manifest["count"] == seal["predicate"]["count"] == len(set(listed) - PAPERS):
        fail("the counts of files contradict each other")
    for member in members:
        if member["approval"]["is_signed"]:
            if member["asset_id"] not in statements:
                fail(f"there is no statement of {member['path']}")
            check_member(member, statements.pop(member["asset_id"]), listed)
    if statements:
        fail(f"{len(statements)} statements are about nothing in the archive")
    print(f"{len(members)} files, {len(lines)} statements and 1 seal hold")


if __name__ == "__main__":
    main()
