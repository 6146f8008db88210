#!/usr/bin/env python3
"""Sends photographs to the service and watches how it keeps up with making their pictures ahead.

    photos.py --base http://127.0.0.1:PORT --key KEY --admin KEY --files DIR --pid PID [--count 1000]

DIR is what make_real.py made: its photograph of 12 megapixels is sent so many times, each time as other bytes. Before, and while
pictures are made, a page of the list is asked for again and again. Printed are how many pictures were made a second, the list's
median and 99th percentile, and the highest memory of the service and of any process that it started.
"""

import argparse
import concurrent.futures
import http.client
import json
import statistics
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from bombs import children, status_of


def connection(base):
    return http.client.HTTPConnection(urlsplit(base).netloc, timeout=120)


def ask(base, key, method, path, body=None, headers=None):
    http_connection = connection(base)
    http_connection.request(method, path, body, {"Authorization": f"Bearer {key}", **(headers or {})})
    answer = http_connection.getresponse()
    said = answer.read()
    http_connection.close()
    if answer.status >= 400:
        raise SystemExit(f"{method} {path}: {answer.status} {said[:200]}")
    return said


def upload(base, key, photo, number):
    """A comment behind the first marker makes it another photograph for whoever looks at bytes."""
    comment = f"number {number}".encode()
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    metadata = json.dumps({"type": "image", "title": f"Photo {number}", "provenance": {"agent_slug": "camera"}})
    edge = "edge-of-parts"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="content"; filename="{number}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = head.encode() + photo[:2] + segment + photo[2:] + f"\r\n--{edge}--\r\n".encode()
    ask(base, key, "POST", "/api/v1/assets", body, {"Content-Type": f"multipart/form-data; boundary={edge}"})


def peak(pid):
    """The highest memory of a process, or 0 when it is gone."""
    status = status_of(pid)
    return status[2] if status else 0


def waiting(base, key):
    for line in ask(base, key, "GET", "/metrics").decode().splitlines():
        if line.startswith("assets_previews_waiting "):
            return float(line.split()[1])
    return 0


class Watch(threading.Thread):
    """Asks for a page of the list, and looks at memory, until it is told to stop."""

    def __init__(self, base, key, pid):
        super().__init__(daemon=True)
        self.base, self.key, self.pid = base, key, pid
        self.times, self.own, self.children, self.over = [], 0, 0, threading.Event()

    def run(self):
        http_connection = connection(self.base)
        while not self.over.is_set():
            began = time.perf_counter()
            http_connection.request("GET", "/api/v1/assets?limit=50", None, {"Authorization": f"Bearer {self.key}"})
            http_connection.getresponse().read()
            self.times.append((time.perf_counter() - began) * 1000)
            self.own = max(self.own, peak(self.pid))
            self.children = max([self.children, *(peak(child) for child in children(self.pid))])
            time.sleep(0.01)

    def told(self):
        self.over.set()
        self.join()
        hundredth = statistics.quantiles(self.times, n=100)[98]
        return (
            f"list median {statistics.median(self.times):.1f} ms, p99 {hundredth:.1f} ms ({len(self.times)} pages); "
            f"memory: service {self.own >> 20} MiB, one child {self.children >> 20} MiB"
        )


def main():
    parser = argparse.ArgumentParser()
    for name in ("base", "key", "admin", "files"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--count", type=int, default=1000)
    wanted = parser.parse_args()
    entries = json.loads((Path(wanted.files) / "manifest.json").read_text())
    large = [entry for entry in entries if entry["media_type"] == "image/jpeg" and entry.get("width", 0) * entry.get("height", 0) > 11_000_000]
    photo = (Path(wanted.files) / large[0]["file"]).read_bytes()
    print(f"{large[0]['file']}: {large[0]['width']} x {large[0]['height']}, {len(photo) >> 10} KiB, {wanted.count} times")

    calm = Watch(wanted.base, wanted.key, wanted.pid)
    calm.start()
    time.sleep(5)
    print(f"before: {calm.told()}")

    busy = Watch(wanted.base, wanted.key, wanted.pid)
    busy.start()
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: upload(wanted.base, wanted.key, photo, number), range(wanted.count)))
    sent = time.perf_counter() - began
    while waiting(wanted.base, wanted.admin) > 0:
        time.sleep(0.2)
    took = time.perf_counter() - began
    print(f"sent in {sent:.0f} s; all pictures made after {took:.0f} s: {wanted.count / took:.1f} a second")
    print(f"meanwhile: {busy.told()}")


if __name__ == "__main__":
    main()
