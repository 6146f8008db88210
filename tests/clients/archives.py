"""Archives of exports in the hands of those who receive them: readers of ZIP of every kind, and clients whose lines break.

    archives.py [--some 1000] [--many 70000] [--large-gib 4.3] [--ranges 1000] [--cuts 50]

The service starts on an empty folder and is filled through its API, and what comes out is held against what the client remembers
of what was approved. 0 leaves a part out. Where $ASSETS_TEST_POSTGRES and $ASSETS_TEST_S3 name a database and a store, two
processes on them have to give the same bytes. `just archives` sets all that; it takes 14 GiB in the temporary folder.
"""

import argparse
import hashlib
import http.client
import io
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

from service import API, Approved, Content, Refused, Service, blocks, contents, free_port

HERE = pathlib.Path(__file__).parent
# manifest.json, attestations, keys, README, SHA256SUMS and the seal.
WRITTEN = 6
MIB = 1 << 20
# Debian calls it the one or the other.
SEVEN_ZIP = shutil.which("7z") or "7zz"

arguments = argparse.ArgumentParser()
for name, default in [("some", 1000), ("many", 70_000), ("large-gib", 4.3), ("ranges", 1000), ("cuts", 50)]:
    arguments.add_argument(f"--{name}", type=type(default), default=default)
asked = arguments.parse_args()
chance = random.Random(11)
failed = []


def check(what, holds, found=""):
    print(f"  {'ok' if holds else 'NOT SO'}: {what}{f' ({found})' if found != '' else ''}", flush=True)
    if not holds:
        failed.append(what)


def told(*command, **more):
    """What a program says. It is called in a world of UTF-8, as the names in an archive are."""
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C.UTF-8"}, **more)


def digest_of(pieces):
    known = hashlib.sha256()
    for piece in pieces:
        known.update(piece)
    return known.hexdigest()


def download(service, export, path, key="AGENT"):
    """By curl; with the checks that every download stands up to."""
    head = {name.lower(): value for name, value in service.call("HEAD", service.archive(export), key=key)[0].getheaders()}
    began = time.monotonic()
    said = told("curl", "--silent", "--show-error", "--fail", "--header", service.authorization(key), "--dump-header", path.with_suffix(".head"),
                "--output", path, service.url(service.archive(export)))
    took = time.monotonic() - began
    head_of_get = dict(re.findall(r"^([a-z-]+): (.*?)\r?$", path.with_suffix(".head").read_text().lower(), re.M))
    lengths = {export["size_bytes"], int(head["content-length"]), int(head_of_get["content-length"]), path.stat().st_size}
    check("its length is as the export, HEAD and GET announce it", said.returncode == 0 and len(lengths) == 1, said.stderr or f"{max(lengths):,} bytes in {took:.1f} s")
    check("its ETag is the digest of the export", head["etag"] == head_of_get["etag"] == f'"{export["digest"]}"')
    return path


def read_by_python(path):
    """The digest of each file, how many there are, and the digest of all their bytes in a row."""
    files, everything = {}, hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            known = hashlib.sha256()
            with archive.open(entry) as file:
                while piece := file.read(MIB):
                    known.update(piece)
                    everything.update(piece)
            files[entry.filename] = Approved(known.hexdigest(), entry.file_size)
        count = len(archive.infolist())
    return files, count, everything.hexdigest()


def check_readers(path, members):
    """Everyone who reads it finds as many files, whole, and the same bytes in them."""
    files, count, everything = read_by_python(path)
    check("Python reads as many files as it should", count == len(files) == members + WRITTEN, f"{count:,}")

    def reads(who, command, found, **more):
        began = time.monotonic()
        said = told(*command, **more)
        right = said.returncode == 0 and all(text in said.stdout for text in found)
        check(who, right, f"{time.monotonic() - began:.1f} s" if right else (said.stdout + said.stderr)[-600:])

    same = f"{count} {everything}"
    reads("unzip -t", ["unzip", "-tqq", path], [])
    reads("unzip lists as many", ["unzip", "-Zt", path], [f"{count} files, "])
    reads("bsdtar -t", ["bash", "-c", 'bsdtar -tf "$0" | wc -l', path], [f"{count}\n"])
    reads("bsdtar -x: the same bytes", ["bash", "-o", "pipefail", "-c", 'bsdtar -xOf "$0" | sha256sum', path], [everything])
    reads("7z t", [SEVEN_ZIP, "t", path], ["Everything is Ok", f"Files: {count}\n"])
    began = time.monotonic()
    with zipfile.ZipFile(path) as archive:
        check("zipfile.testzip", archive.testzip() is None, f"{time.monotonic() - began:.1f} s")
    reads("java.util.zip, listed and streamed: the same bytes", ["java", HERE / "ReadZip.java", path], [f"listed {same}", f"streamed {same}"])
    reads("yauzl: the same bytes", ["node", HERE / "read_zip.mjs", path], [f"listed {same}"])
    return files


def check_ledger(path, files, ledger):
    """What arrived is what was approved, says a client that believes only its own ledger."""
    with zipfile.ZipFile(path) as archive, archive.open("manifest.json") as manifest:
        listed = {asset["asset_id"]: asset["path"] for asset in json.load(manifest)["assets"]}
    wrong = [one for one, approved in ledger.items() if files.get(listed.get(one)) != approved]
    check("each member is what was approved, byte for byte, and there is no other", not wrong and listed.keys() == ledger.keys() and len(set(listed.values())) == len(ledger), f"{len(ledger):,}")


def check_verdict(path, keys):
    began = time.monotonic()
    said = told(os.environ["ASSETS_BINARY"], "verify", path, "--keys", keys)
    check("assets verify: sound", said.returncode == 0 and said.stdout.startswith("SOUND"), f"{time.monotonic() - began:.1f} s" if said.returncode == 0 else said.stdout + said.stderr)


def check_sums(path, folder):
    unpacked = told("unzip", "-qq", path, "-d", folder / "unpacked")
    listed = (folder / "unpacked/SHA256SUMS").read_text().count("\n")
    said = told("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", cwd=folder / "unpacked")
    check("sha256sum -c in the unpacked folder", unpacked.returncode == said.returncode == 0, said.stderr[-300:] or f"{listed:,} files")
    shutil.rmtree(folder / "unpacked")


def check_forged(path, keys):
    """One bit is turned in the middle of a member."""
    forged = path.with_name("forged.zip")
    shutil.copyfile(path, forged)
    with zipfile.ZipFile(path) as archive:
        entry = archive.infolist()[1]
    with open(forged, "r+b") as file:
        file.seek(entry.header_offset + 30 + len(entry.filename.encode()) + entry.file_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    said = told(os.environ["ASSETS_BINARY"], "verify", forged, "--keys", keys)
    check("assets verify: with one bit turned it is not sound", said.returncode != 0 and said.stdout.startswith("NOT SOUND"), (said.stdout + said.stderr).splitlines()[0])
    forged.unlink()


def piece(service, path, wanted, **headers):
    """A range of bytes; whoever has two downloads under way waits for one to end."""
    while True:
        try:
            answer, content = service.call("GET", path, Range=f"bytes={wanted}", **headers)
            return answer, content
        except Refused as refused:
            if refused.code != "too_many_downloads":
                raise
            piece.waited += 1
            time.sleep(0.01)


piece.waited = 0


def check_ranges(services, export, path, count, longest):
    """From several services in turn, if there are several; ranges that stand alone are not longer than is said."""
    whole, size, place = path.read_bytes(), export["size_bytes"], services[0].archive(export)
    cuts = [0, *sorted(chance.sample(range(1, size), count - 1)), size]
    glued, wrong = hashlib.sha256(), 0
    for number, (start, end) in enumerate(zip(cuts, cuts[1:])):
        answer, content = piece(services[number % len(services)], place, f"{start}-{end - 1}")
        wrong += (answer.status, answer.getheader("Content-Range"), len(content)) != (206, f"bytes {start}-{end - 1}/{size}", end - start)
        glued.update(content)
    check(f"{count:,} ranges in a row are the whole", wrong == 0 and glued.hexdigest() == digest_of([whole]), f"waited {piece.waited} times for two others to end")
    singles = max(count // 5, 20)
    for number in range(singles):
        start = chance.randrange(size) if number % 3 == 0 else size - chance.randint(1, min(longest, size))
        last = min(start + chance.randrange(longest), size - 1)
        wanted, expected = [(f"{start}-{last}", whole[start:last + 1]), (f"{start}-", whole[start:]), (f"-{size - start}", whole[start:])][number % 3]
        wrong += piece(services[number % len(services)], place, wanted)[1] != expected
    check(f"{singles} ranges from anywhere to anywhere, to the end, and from the end", wrong == 0)
    tag = f'"{export["digest"]}"'
    kept, _ = piece(services[0], place, "5-9", If_Range=tag)
    other, content = piece(services[0], place, "5-9", If_Range='"sha256:other"')
    check("If-Range: a part of the same, the whole of another", kept.status == 206 and other.status == 200 and content == whole)
    try:
        piece(services[0], place, f"{size}-")
        check("a range behind the end is refused", False)
    except Refused as refused:
        check("a range behind the end is refused", refused.status == 416)


def check_cuts(service, export, path, cuts, folder):
    """curl goes on where it was cut off."""
    size, door, target, log, part = export["size_bytes"], free_port(), folder / "target", folder / "cuts", folder / "part.zip"
    target.write_text(f"127.0.0.1:{service.port}")
    with open(log, "wb") as said:
        cutter = subprocess.Popen([sys.executable, HERE / "cutter.py", str(door), target, str(cuts), str(size // (4 * cuts)), str(size // (2 * cuts))], stdout=said)
    try:
        calls = 0
        while calls <= 3 * cuts:
            calls += 1
            said = told("curl", "--silent", "--show-error", "--fail", "--retry", "20", "--retry-connrefused", "--header", service.authorization(),
                        "--continue-at", "-", "--output", part, f"http://127.0.0.1:{door}{service.archive(export)}")
            if said.returncode == 0:
                break
    finally:
        cutter.terminate()
        cutter.wait()
    made = log.read_text().count("cut ")
    check(f"curl --continue-at -, cut {cuts} times, has what comes in a piece", made == cuts and digest_of(blocks(part)) == digest_of(blocks(path)),
          f"{made} cuts, {calls} calls of curl {said.stderr.strip()}")
    part.unlink()


def check_recalled(service, ledger):
    """Approved, exported, taken back, asked for."""
    export = service.export(asset_ids=list(ledger))
    service.decide("revoke", [next(iter(ledger))], ledger, comment="A name is misspelt.")
    for method in ["GET", "HEAD"]:
        try:
            service.call(method, service.archive(export))
            check(f"{method} of what was recalled is 410", False, "it was given out")
        except Refused as refused:
            check(f"{method} of what was recalled is 410", refused.status == 410 and (method == "HEAD" or refused.code == "export_recalled"), refused.code or refused.status)
    check("the export says that it is recalled", json.loads(service.call("GET", f"{API}/exports/{export['id']}")[1])["status"] == "recalled")


def check_recall_on_the_way(service, export, ledger, what, decider=None):
    """A slow client has some of an archive when something in it is taken back: the rest must not come."""
    size, last = export["size_bytes"], list(ledger)[-1]
    slow = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    slow.sock = socket.socket()
    slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    slow.sock.connect(("127.0.0.1", service.port))
    slow.request("GET", service.archive(export), headers=dict([service.authorization().split(": ")]))
    answer = slow.getresponse()
    got = len(answer.read(MIB))
    time.sleep(0.5)
    (decider or service).decide("revoke", [last], ledger, comment="A name is misspelt.")
    try:
        while got < size and (content := answer.read(1 << 16)):
            got += len(content)
    except (http.client.IncompleteRead, OSError):
        pass
    slow.close()
    check(f"{what}: whoever was downloading has no whole file", got < size, f"{got:,} of {size:,} bytes, {MIB:,} of them before")


def bundle(mib):
    """A ZIP of so many MiB that are like nothing else."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("film.bin", os.urandom(mib * MIB))
    return kept.getvalue()


def check_recalls(service):
    """Whatever the archive is like: few large files, or many small ones."""
    print("== taken back on the way")
    for count, what in [(1, [Content("bundle", "Film", "application/zip", bundle(64))]),
                        (3, [Content("bundle", f"Film {number}", "application/zip", bundle(20)) for number in range(3)]),
                        (400, contents(400, 120_000, seed=4))]:
        ledger = service.fill(f"recalled-{count}", what)
        export = service.export(asset_ids=list(ledger))
        check_recall_on_the_way(service, export, ledger, f"{count} in {export['size_bytes'] / MIB:.0f} MiB")


def check_large(service, keys, folder, gib):
    """One file of more than four GiB between two small ones."""
    source = folder / "large.source"
    block = bytearray(secrets.token_bytes(MIB))
    with zipfile.ZipFile(source, "w", zipfile.ZIP_STORED) as bundle, bundle.open("film.bin", "w", force_zip64=True) as file:
        for number in range(int(gib * 1024)):
            block[:8] = number.to_bytes(8, "big")
            file.write(block)
    few = list(contents(2, 40_000, seed=5))
    began = time.monotonic()
    ledger = service.fill("large", [few[0], Content("bundle", "Large", "application/zip", source), few[1]])
    source.unlink()
    size = max(approved.size for approved in ledger.values())
    print(f"  one member of {size:,} bytes, in after {time.monotonic() - began:.0f} s", flush=True)
    # The large one in the middle: what follows it begins beyond what 32 bits can say.
    order = sorted(ledger, key=lambda one: ledger[one].size)
    export = service.export(asset_ids=[order[0], order[2], order[1]])
    path = download(service, export, folder / "large.zip")
    check_ledger(path, check_readers(path, 3), ledger)
    check_verdict(path, keys)
    path.unlink()


def check_set(service, keys, folder, count, most_bytes, by_filter=False):
    """So many members, by every reader."""
    campaign = f"with-{count}"
    began = time.monotonic()
    ledger = service.fill(campaign, contents(count, most_bytes, seed=count))
    filled = time.monotonic() - began
    service.stop()
    service.start()
    rest, began = service.memory(), time.monotonic()
    export = service.export(**{"campaign_id": campaign} if by_filter else {"asset_ids": list(ledger)})
    exported, after_export = time.monotonic() - began, service.memory()
    check("all of it is in", (export["count"], export["left_out"]["count"]) == (count, 0))
    path = download(service, export, folder / f"{count}.zip")
    print(f"  filled in {filled:.1f} s, exported in {exported:.2f} s; {export['size_bytes'] / MIB:.1f} MiB; "
          f"memory at rest {rest:.0f} MiB, at most {after_export:.0f} with the export, {service.memory():.0f} with the download", flush=True)
    check_ledger(path, check_readers(path, count), ledger)
    check_verdict(path, keys)
    return ledger, export, path


def check_two_processes(folder):
    """The same bytes from two processes on one database and one store, and a recall at one ends a download at the other."""
    settings = {"ASSETS_DATABASE_URL": os.environ["ASSETS_TEST_POSTGRES"], "ASSETS_STORE_URL": os.environ["ASSETS_TEST_S3"],
                "ASSETS_SIGNING_KEY": secrets.token_hex(32), "ASSETS_PUBLIC_URL": "http://assets.example"}
    with Service(folder / "one", **settings) as one, Service(folder / "other", keys=one.keys, **settings) as other:
        ledger = one.fill("both", contents(asked.some, 40_000, seed=3))
        export = one.export(campaign_id="both")
        path = download(one, export, folder / "one.zip")
        second = download(other, export, folder / "other.zip")
        check("two processes give the same bytes", digest_of(blocks(path)) == digest_of(blocks(second)))
        check_ledger(path, read_by_python(path)[0], ledger)
        check_verdict(path, other.save_keys(folder / "keys-of-both.json"))
        check_ranges([one, other], export, path, min(asked.ranges, 200), MIB // 4)
        ledger = one.fill("recalled", contents(400, 120_000, seed=4))
        check_recall_on_the_way(one, one.export(asset_ids=list(ledger)), ledger, "recalled at the other process", decider=other)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    with Service(folder / "service") as service:
        keys = service.save_keys(folder / "keys.json")
        print("== 3 members")
        few = check_set(service, keys, folder, 3, 40_000)[0]
        print(f"== {asked.some:,} members")
        _, export, path = check_set(service, keys, folder, asked.some, 40_000)
        check_sums(path, folder)
        check_forged(path, keys)
        print("== in parts")
        check_ranges([service], export, path, asked.ranges, export["size_bytes"])
        check_cuts(service, export, path, asked.cuts, folder)
        path.unlink()
        print("== taken back")
        check_recalled(service, few)
        check_recalls(service)
        if asked.many:
            print(f"== {asked.many:,} members")
            check_set(service, keys, folder, asked.many, 600, by_filter=True)[2].unlink()
        if asked.large_gib:
            print(f"== {asked.large_gib} GiB in one member")
            check_large(service, keys, folder, asked.large_gib)
    if "ASSETS_TEST_POSTGRES" in os.environ and "ASSETS_TEST_S3" in os.environ:
        print("== two processes on PostgreSQL and S3")
        check_two_processes(folder)
    else:
        print("== two processes on PostgreSQL and S3: left out, none are named")

if failed:
    sys.exit(f"{len(failed)} not so: " + "; ".join(failed))
print("all of it holds")
