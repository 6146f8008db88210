"""What an archive costs: a download of it beside `zip -0 -r` and `cp -r` of the same files, on the same disk, in the same run.

    archive_bench.py [--members 20000] [--gib 10] [--folder FOLDER]

It takes a little more than twice that in the folder, the temporary one without. Before each row what the system remembers of
files is dropped, if that is allowed; a row in memory says so.
"""

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import typing

from service import Content, Service, picture

GIB = 1 << 30

arguments = argparse.ArgumentParser()
arguments.add_argument("--members", type=int, default=20_000)
arguments.add_argument("--gib", type=float, default=10)
arguments.add_argument("--folder")
asked = arguments.parse_args()


class Row(typing.NamedTuple):
    """What was measured of one way."""

    name: str
    bytes: int
    seconds: float
    own_cpu: float
    server_cpu: float | None = None
    first: float | None = None
    peak: float | None = None
    median: float | None = None

    def rate(self):
        return self.bytes / self.seconds / GIB * 1024


def forget():
    """Everything is on the disk, and nothing of it in memory."""
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
        return True
    except OSError:
        return False


def run(*command, output=subprocess.DEVNULL, cwd=None):
    """How long it took, how many CPU seconds, and what it said of itself."""
    began = time.monotonic()
    program = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, text=True, cwd=cwd)
    said = program.stderr.read()
    _, status, used = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == 0, said
    return time.monotonic() - began, used.ru_utime + used.ru_stime, said


def pictures():
    """So many, of an eighth of the mean size to almost twice it."""
    chance, mean = random.Random(3), asked.gib * GIB / asked.members
    for number in range(asked.members):
        yield Content("image", f"Picture {number}", "image/png", picture(chance, int((mean * chance.uniform(0.125, 1.875)) ** 0.5)))


def download(service, export, name, path):
    """The whole archive by curl, with the service watched."""
    samples, done = [], threading.Event()

    def watch():
        while not done.wait(0.2):
            samples.append(service.memory("VmRSS"))

    before = service.cpu()
    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds, own_cpu, said = run("curl", "--silent", "--show-error", "--fail", "--header", service.authorization(), "--output", path,
                                 "--write-out", "%{stderr}%{time_starttransfer} %{size_download}", service.url(service.archive(export)))
    done.set()
    watcher.join()
    first, size = said.split()
    assert int(size) == export["size_bytes"]
    return Row(name, int(size), seconds, own_cpu, service.cpu() - before, float(first), service.memory(), sorted(samples)[len(samples) // 2])


with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
    folder = pathlib.Path(folder)
    free, needed = shutil.disk_usage(folder).free, int((2.1 * asked.gib + 1) * GIB)
    if free < needed:
        sys.exit(f"{free / GIB:.0f} GiB are free in {folder}, and it takes {needed / GIB:.0f}")
    with Service(folder / "service") as service:
        began = time.monotonic()
        ledger = service.fill("bench", pictures())
        took, total = time.monotonic() - began, sum(approved.size for approved in ledger.values())
        print(f"{len(ledger):,} pictures, {total / GIB:.2f} GiB, in after {took:.0f} s: created, submitted and approved by 8 clients at once", flush=True)
        files, copied = folder / "service/data/blobs", folder / "copied"

        def restart():
            service.stop()
            cold = forget()
            service.start()
            return cold

        cold = restart()
        rest, before, began = service.memory(), service.cpu(), time.monotonic()
        export = service.export(campaign_id="bench")
        took = time.monotonic() - began
        print(f"create_export: {took:.2f} s, {service.cpu() - before:.2f} CPU seconds; memory at rest {rest:.0f} MiB, at most {service.memory():.0f} MiB", flush=True)

        restart()
        rest = service.memory()
        rows = [download(service, export, "download, to nowhere", "/dev/null")]
        rows.append(download(service, export, "again, in memory", "/dev/null"))
        restart()
        rows.append(download(service, export, "download, to a file", copied))
        copied.unlink()
        forget()
        rows.append(Row("zip -0 -r, to nowhere", total, *run("zip", "-0", "-q", "-r", "-", ".", cwd=files)[:2]))
        forget()
        rows.append(Row("zip -0 -r, to a file", total, *run("zip", "-0", "-q", "-r", copied, ".", cwd=files)[:2]))
        copied.with_suffix(".zip").unlink()
        forget()
        rows.append(Row("cp -r", total, *run("cp", "-r", files, copied)[:2]))
        shutil.rmtree(copied)
    by_name = {row.name: row for row in rows}

    print(f"\n{'files read from the disk' if cold else 'files possibly in memory: nothing may be dropped here'}; the service at rest: {rest:.0f} MiB\n")
    print(f"{'':24} {'MiB/s':>7} {'of zip':>7} {'of cp':>7} {'first byte':>11} {'CPU s/GiB':>10} {'of the service':>15} {'memory over rest':>17}")
    for row in rows:
        beside = by_name["zip -0 -r, to nowhere" if "file" not in row.name and row.name != "cp -r" else "zip -0 -r, to a file"]
        gib = row.bytes / GIB
        served = "" if row.server_cpu is None else (
            f"{row.first * 1000:8.0f} ms {(row.own_cpu + row.server_cpu) / gib:10.2f} {row.server_cpu / gib:15.2f} {row.peak - rest:5.1f} MiB at most")
        alone = f"{'':11} {row.own_cpu / gib:10.2f}" if row.server_cpu is None else ""
        print(f"{row.name:24} {row.rate():7.0f} {row.rate() / beside.rate():7.2f} {row.rate() / by_name['cp -r'].rate():7.2f} {served}{alone}")
