"""A service of one's own, and a client that fills it and keeps a ledger of what was approved.

For archives.py and archive_bench.py. The binary is $ASSETS_BINARY; nothing but Python is needed.
"""

import concurrent.futures
import hashlib
import http.client
import itertools
import json
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import typing
import zlib

API = "/api/v1/assets"
HANDS = 8
DECISIONS = 500


class Refused(Exception):
    """The service said no, and why."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:400]!r}")
        self.status, self.body = status, body
        self.code = json.loads(body).get("code") if body.startswith(b"{") else None


class Approved(typing.NamedTuple):
    """What a client knows of something it had approved."""

    digest: str
    size: int


class Content(typing.NamedTuple):
    """Something to be published: bytes, or a file of them."""

    asset_type: str
    title: str
    media_type: str
    bytes: bytes | pathlib.Path


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Service:
    """One process. The keys are those that the first start prints; a second process on the same database is given them."""

    def __init__(self, folder, keys=None, **settings):
        self.folder, self.keys, self.port = pathlib.Path(folder), keys, free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        # Settings that lie about elsewhere are none of its business.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSETS_")} | {
            "ASSETS_LISTEN": f"127.0.0.1:{self.port}", "ASSETS_DATA_DIR": str(self.folder / "data"),
            "ASSETS_RATE_LIMIT": "0", "ASSETS_PREVIEWS_AHEAD": "false", "ASSETS_LOG": "warn"} | settings
        self.mine = threading.local()
        self.start()

    def start(self):
        with open(self.folder / "said", "ab") as said, open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([os.environ["ASSETS_BINARY"], "serve"], cwd=self.folder, env=self.environment, stdout=said, stderr=log)
        self.mine = threading.local()
        for _ in range(600):
            try:
                self.call("GET", "/readyz", key=None)
                break
            except (OSError, Refused):
                assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
                time.sleep(0.1)
        self.keys = self.keys or dict(re.findall(r"^export (PERSON|AGENT)=(\S+)", (self.folder / "said").read_text(), re.M))

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        self.stop()
        if error:
            print((self.folder / "log").read_text()[-4000:], file=sys.stderr)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def authorization(self, key="AGENT"):
        return f"Authorization: Bearer {self.keys[key]}"

    def ask(self, method, path, body=None, key="AGENT", **headers):
        """An answer whose body is still to be read."""
        # The service hangs up on whoever has been silent for some seconds.
        if time.monotonic() - getattr(self.mine, "spoke", 0) > 2:
            self.hang_up()
        self.mine.spoke = time.monotonic()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            headers["Authorization"] = f"Bearer {self.keys[key]}"
        try:
            self.mine.connection.request(method, path, body=body, headers=headers)
            return self.mine.connection.getresponse()
        except Exception:
            self.hang_up()
            raise

    def hang_up(self):
        if hasattr(self.mine, "connection"):
            self.mine.connection.close()
        self.mine.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def call(self, method, path, body=None, key="AGENT", **headers):
        answer = self.ask(method, path, body, key, **headers)
        content = answer.read()
        self.mine.spoke = time.monotonic()
        if answer.status >= 400:
            raise Refused(answer.status, content)
        return answer, content

    def post(self, path, value, key="AGENT"):
        return json.loads(self.call("POST", path, json.dumps(value).encode(), key, Content_Type="application/json")[1])

    def create(self, campaign, content):
        """An asset, and what is to be approved of it."""
        about = {"type": content.asset_type, "title": content.title, "provenance": {"agent_slug": "packer", "campaign_id": campaign}}
        if content.media_type.startswith("text/"):
            about["content"] = {"text": content.bytes.decode(), "media_type": content.media_type}
            asset = self.post(API, about)
            approved = Approved(hashlib.sha256(content.bytes).hexdigest(), len(content.bytes))
        else:
            asset, approved = self.send(about, content)
        assert asset["latest_version"]["content"]["digest"] == f"sha256:{approved.digest}", asset
        return asset["id"], approved

    def send(self, about, content):
        edge = "what-lies-between"
        head = (f'--{edge}\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n{json.dumps(about)}\r\n'
                f'--{edge}\r\nContent-Disposition: form-data; name="content"; filename="content"\r\nContent-Type: {content.media_type}\r\n\r\n').encode()
        tail = f"\r\n--{edge}--\r\n".encode()
        known, size = hashlib.sha256(), 0

        def pieces():
            nonlocal size
            yield head
            for piece in [content.bytes] if isinstance(content.bytes, bytes) else blocks(content.bytes):
                known.update(piece)
                size += len(piece)
                yield piece
            yield tail

        length = len(head) + len(tail) + (len(content.bytes) if isinstance(content.bytes, bytes) else content.bytes.stat().st_size)
        body = b"".join(pieces()) if isinstance(content.bytes, bytes) else pieces()
        answer = self.call("POST", API, body, Content_Type=f"multipart/form-data; boundary={edge}", Content_Length=str(length))[1]
        return json.loads(answer), Approved(known.hexdigest(), size)

    def fill(self, campaign, contents):
        """Creates, submits and approves. Answers the ledger: what was approved of which asset."""
        ledger, contents = {}, iter(contents)
        with concurrent.futures.ThreadPoolExecutor(HANDS) as hands:
            # Not more in memory than is soon sent.
            while some := list(itertools.islice(contents, 100)):
                ledger.update(hands.map(lambda content: self.create(campaign, content), some))
            ids = list(ledger)
            for action, key in [("submit", "AGENT"), ("approve", "PERSON")]:
                list(hands.map(lambda at: self.decide(action, ids[at:at + DECISIONS], ledger, key), range(0, len(ids), DECISIONS)))
        return ledger

    def decide(self, action, ids, ledger, key="PERSON", **more):
        decisions = [{"asset_id": one, "action": action, "version": 1, "digest": f"sha256:{ledger[one].digest}", **more} for one in ids]
        results = self.post(f"{API}/decisions", {"decisions": decisions}, key)["results"]
        assert all(result["status"] == 200 for result in results), results

    def export(self, **selection):
        return self.post(f"{API}/exports", selection)

    def archive(self, export):
        return f"{API}/exports/{export['id']}/archive"

    def save_keys(self, path):
        path.write_bytes(self.call("GET", "/.well-known/assets-keys.json", key=None)[1])
        return path

    def memory(self, which="VmHWM"):
        """In MiB: VmHWM is the most so far, VmRSS what it is now."""
        return int(re.search(rf"^{which}:\s*(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text(), re.M)[1]) / 1024

    def cpu(self):
        """Seconds so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def blocks(path, size=1 << 20):
    with open(path, "rb") as file:
        while block := file.read(size):
            yield block


WORDS = "open a window plant something the first warm day of spring sells itself; großartig, déjà vu, 春, без спешки".split()
TITLES = ["Spring launch: hero (final)!", "Größe für alle", "東京の春", "CON", "../../etc/passwd", "Newsletter", "A/B: \"quoted\" <b>", "…"]


def contents(count, most_bytes, seed=7):
    """Texts, Markdown and every tenth time a picture, no two alike; titles repeat, and some make bad names for files."""
    chance = random.Random(seed)
    for number in range(count):
        title = TITLES[number % len(TITLES)] if number % 3 else f"Variant {number}"
        if number % 10 == 9:
            yield Content("image", title, "image/png", picture(chance, max(8, int(chance.uniform(0.1, 1) * most_bytes ** 0.5))))
            continue
        asset_type, media_type = [("copy", "text/plain"), ("blog", "text/markdown"), ("copy", "text/markdown")][number % 3]
        line = " ".join(chance.choices(WORDS, k=12))
        yield Content(asset_type, title, media_type, f"{number} of {seed}\n\n{line}\n".encode() + filler(chance, chance.randrange(most_bytes)))


def filler(chance, size):
    """Text of so many bytes, with long lines of hexadecimal digits so that it is made quickly."""
    return chance.randbytes(size // 2).hex("\n", 500).encode()


def picture(chance, side):
    """A square of grey noise as a PNG."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + chance.randbytes(side) for _ in range(side))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")
