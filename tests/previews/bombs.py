#!/usr/bin/env python3
"""Sends bombs to the service and measures what they cost it.

    bombs.py --base http://127.0.0.1:PORT --key KEY --files DIR --pid PID --out report.json [--only SUBSTRING] [--every N]

For each file of DIR (of make_bombs.py): upload, then its thumbnail, page and text, and slide-1 of decks, by their links. What
is expected is a picture, a page or a placeholder (200), or a refusal (a 4xx). Between them /healthz and a list are asked for. All the while
the processes that the service (--pid) starts are watched: the highest memory of each and its processor time.

Exit code 1: a process of the service's own took more than 256 MiB or 2.3 s of processor time, an answer was a 5xx or took too
long, or /healthz failed. Processes of ffmpeg and LibreOffice are listed, not judged. Needs Python alone, and Linux.
"""

import argparse
import http.client
import json
import os
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

MOST_MEMORY = 256 << 20
MOST_SECONDS = 2.3
#: All slides of a presentation that LibreOffice printed are drawn in one go.
MOST_SECONDS_FOR_SLIDES = 61
#: An answer that takes longer than this is a failure, whoever worked on it.
MOST_WALL = 30
TOOLS = ("ffmpeg", "ffprobe", "soffice", "soffice.bin", "oosplash", "libreoffice")
SAMPLE = 0.02
TICK = os.sysconf("SC_CLK_TCK")


def read(path):
    try:
        return Path(path).read_text()
    except OSError:
        # It ended between two looks.
        return ""


def status_of(pid):
    """(name, seconds of processor time, highest memory in bytes) of a process, or None when it is gone."""
    stat = read(f"/proc/{pid}/stat")
    if not stat:
        return None
    name, fields = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2 :].split()
    seconds = (int(fields[11]) + int(fields[12])) / TICK
    memory = 0
    for line in read(f"/proc/{pid}/status").splitlines():
        if line.startswith("VmHWM:"):
            memory = int(line.split()[1]) << 10
    return name, seconds, memory, fields[19]


def children(pid):
    """All that a process started, and what that started."""
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        try:
            threads = os.listdir(f"/proc/{parent}/task")
        except OSError:
            continue
        for thread in threads:
            for child in read(f"/proc/{parent}/task/{thread}/children").split():
                found.append(int(child))
                waiting.append(int(child))
    return found


class Watch(threading.Thread):
    """Looks at the service's processes, again and again. A process is known by its number and the time of its start."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.lock, self.seen, self.looks = pid, threading.Lock(), {}, 0
        self.service_memory = 0

    def run(self):
        while True:
            self.look()
            time.sleep(SAMPLE)

    def look(self):
        own = status_of(self.pid)
        now = [(pid, status_of(pid)) for pid in children(self.pid)]
        with self.lock:
            self.looks += 1
            if own:
                self.service_memory = max(self.service_memory, own[2])
            for pid, status in now:
                if status is None:
                    continue
                name, seconds, memory, start = status
                known = self.seen.setdefault((pid, start), {"name": name, "first_seconds": seconds, "seconds": seconds, "memory": memory, "old": False})
                # Between its fork and its exec a process still has its parent's name and memory: the last look is the right
                # one, and loses nothing, since the figure only grows. What has ended and was not yet reaped has none.
                known.update(name=name, seconds=seconds, memory=memory or known["memory"])

    def begin(self):
        """Forgets what ended; of what lives on, what it used so far counts no more."""
        with self.lock:
            self.seen.clear()
        for pid in children(self.pid):
            try:
                # Sets the highest memory back to what it is now.
                Path(f"/proc/{pid}/clear_refs").write_text("5")
            except OSError:
                pass
        self.look()
        with self.lock:
            for known in self.seen.values():
                known["old"] = True

    def end(self):
        self.look()
        with self.lock:
            return [
                {
                    "process": f"{known['name']}:{pid}",
                    "tool": known["name"] in TOOLS,
                    "cpu_seconds": round(known["seconds"] - (known["first_seconds"] if known["old"] else 0), 2),
                    "peak_bytes": known["memory"],
                }
                for (pid, _), known in self.seen.items()
            ]


class Service:
    def __init__(self, base, key):
        self.base, self.key = urlsplit(base), key

    def ask(self, method, url, body=None, headers=None, keyed=True):
        """(status, body, seconds, head) of an answer; status 0 when there was none."""
        target = urlsplit(url)
        path = target.path + (f"?{target.query}" if target.query else "")
        while True:
            connection = http.client.HTTPConnection(target.hostname or self.base.hostname, target.port or self.base.port, timeout=120)
            began = time.monotonic()
            try:
                connection.request(method, path, body, {**(headers or {}), **({"Authorization": f"Bearer {self.key}"} if keyed else {})})
                answer = connection.getresponse()
                data = answer.read()
            except (OSError, http.client.HTTPException) as error:
                return 0, repr(error).encode(), time.monotonic() - began, {}
            finally:
                connection.close()
            if answer.status != 429:
                return answer.status, data, time.monotonic() - began, dict(answer.getheaders())
            time.sleep(min(int(answer.getheader("Retry-After") or 1), 60))

    def upload(self, folder, entry):
        mark = "corpus-7d1f0c2e9b"
        metadata = {"type": entry["type"], "title": entry["about"][:300], "provenance": {"agent_slug": "corpus"}}
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n{json.dumps(metadata)}\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="content"; filename="{entry["file"]}"\r\nContent-Type: {entry["media_type"]}\r\n\r\n'
        )
        body = head.encode() + (folder / entry["file"]).read_bytes() + f"\r\n--{mark}--\r\n".encode()
        return self.ask("POST", "/api/v1/assets", body, {"Content-Type": f"multipart/form-data; boundary={mark}"})


class Pulse(threading.Thread):
    """Asks others' questions meanwhile: whether it lives, and for a list. Their answers must not wait for a bomb."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service, self.lock, self.times, self.failures = service, threading.Lock(), {"/healthz": [], "/api/v1/assets?limit=20": []}, []

    def run(self):
        while True:
            for path, times in self.times.items():
                status, data, seconds, _ = self.service.ask("GET", path, keyed=path != "/healthz")
                with self.lock:
                    times.append(seconds)
                    if status != 200:
                        self.failures.append({"path": path, "status": status, "detail": data[:200].decode(errors="replace")})
            time.sleep(0.25)

    def take(self):
        """The slowest answers since the last time, and what failed."""
        with self.lock:
            slowest = {path: round(max(times, default=0), 4) for path, times in self.times.items()}
            failures = list(self.failures)
            for times in self.times.values():
                times.clear()
            self.failures.clear()
        return slowest, failures


def one(service, watch, folder, entry):
    """Sends one bomb and asks for all that is to be seen of it."""
    steps, processes = [], []

    def step(name, act):
        watch.begin()
        status, data, seconds, head = act()
        used = watch.end()
        processes.extend({"step": name, **process} for process in used)
        steps.append({"step": name, "status": status, "wall": round(seconds, 3), "bytes": len(data), "media_type": head.get("content-type") or head.get("Content-Type")})
        return status, data

    status, data = step("upload", lambda: service.upload(folder, entry))
    result = {"file": entry["file"], "about": entry["about"], "steps": steps, "processes": processes}
    if status != 201:
        result["refused"] = data[:300].decode(errors="replace")
        return result
    asset = json.loads(data)["id"]
    for variant in ["thumbnail", "page", "text", *(["slide-1"] if entry["type"] == "slide" else [])]:
        status, data, seconds, _ = service.ask("GET", f"/api/v1/assets/{asset}/preview-url?variant={variant}")
        if status != 200:
            # Not every type has words; a link that cannot be had is no answer of a renderer, but it must be a refusal.
            steps.append({"step": f"link to {variant}", "status": status, "wall": round(seconds, 3)})
            continue
        step(variant, lambda: service.ask("GET", json.loads(data)["url"], keyed=False))
    return result


def judge(result, failures):
    faults = [f"{failure['path']} answered {failure['status']}" for failure in failures]
    for step in result["steps"]:
        if step["status"] == 0 or step["status"] >= 500:
            faults.append(f"{step['step']} answered {step['status']}")
        if step["wall"] > MOST_WALL:
            faults.append(f"{step['step']} took {step['wall']} s")
    most_seconds = MOST_SECONDS_FOR_SLIDES if result["file"].endswith(".pptx") else MOST_SECONDS
    for process in result["processes"]:
        if process["tool"]:
            continue
        if process["peak_bytes"] > MOST_MEMORY:
            faults.append(f"{process['process']} took {process['peak_bytes'] >> 20} MiB for {process['step']}")
        if process["cpu_seconds"] > most_seconds:
            faults.append(f"{process['process']} took {process['cpu_seconds']} s of processor for {process['step']}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("base", "key", "files", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--pid", type=int, required=True, help="the service's process")
    parser.add_argument("--only", default="", help="only files with this in their name")
    parser.add_argument("--every", type=int, default=1, help="of those each so many-th")
    arguments = parser.parse_args()
    folder = Path(arguments.files)
    entries = [entry for entry in json.loads((folder / "manifest.json").read_text()) if arguments.only in entry["file"]][:: arguments.every]
    if not entries or status_of(arguments.pid) is None:
        sys.exit("no such files, or no such process")

    service, watch = Service(arguments.base, arguments.key), Watch(arguments.pid)
    pulse = Pulse(service)
    status, _, _, _ = service.ask("GET", "/api/v1/assets?limit=1")
    if status != 200:
        sys.exit(f"the list answers {status}: nothing was tried")
    watch.start()
    pulse.start()
    results, began = [], time.monotonic()
    print(f"{'file':32} {'status':>6} {'wall':>7} {'cpu':>6} {'MiB':>6} {'healthz':>8} {'list':>7}")
    for entry in entries:
        pulse.take()
        result = one(service, watch, folder, entry)
        slowest, failures = pulse.take()
        own = [process for process in result["processes"] if not process["tool"]]
        result |= {
            "wall": max(step["wall"] for step in result["steps"]),
            "cpu_seconds": max((process["cpu_seconds"] for process in own), default=0),
            "peak_bytes": max((process["peak_bytes"] for process in own), default=0),
            "slowest": slowest,
            "faults": judge(result, failures),
        }
        results.append(result)
        health, listed = slowest.values()
        statuses = [step["status"] for step in result["steps"] if not step["step"].startswith("link")]
        print(f"{entry['file']:32} {max(statuses):6} {result['wall']:7.2f} {result['cpu_seconds']:6.2f} {result['peak_bytes'] / 2**20:6.0f} {health * 1000:6.0f}ms {listed * 1000:5.0f}ms")
        for fault in result["faults"]:
            print(f"    FAULT: {fault}")

    faulty = [result for result in results if result["faults"]]
    total = {
        "bombs": len(results),
        "refused_at_upload": sum("refused" in result for result in results),
        "faulty": len(faulty),
        "highest_wall": max(result["wall"] for result in results),
        "highest_cpu_seconds": max(result["cpu_seconds"] for result in results),
        "highest_peak_mib": max(result["peak_bytes"] for result in results) >> 20,
        "slowest_healthz": max(result["slowest"]["/healthz"] for result in results),
        "slowest_list": max(result["slowest"]["/api/v1/assets?limit=20"] for result in results),
        "service_peak_mib": watch.service_memory >> 20,
        "processes_seen": sum(len(result["processes"]) for result in results),
        "looks": watch.looks,
        "seconds": round(time.monotonic() - began),
        "service_lives": status_of(arguments.pid) is not None,
    }
    Path(arguments.out).write_text(json.dumps({"total": total, "results": results}, indent=1) + "\n")
    print(json.dumps(total, indent=1))
    sys.exit(0 if not faulty and total["service_lives"] else 1)


if __name__ == "__main__":
    main()
