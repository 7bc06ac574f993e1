#!/usr/bin/env python3
"""The table of benchmarks: run.py [--only PART,...] [--engine sqlite|postgresql] [--small]

Starts the real binary on loopback with data folders of its own and a PostgreSQL of its own beside
them, asks it things, and prints what came of it beside the bars of the design; a missed bar is in
bold. PARTs: store, submissions, imports, cpu, paint, idle, start, lists, smtp. --small is a walk through
all of it in about a minute, which says that the benchmarks work and nothing else. --folder DIR keeps
what was filled for the next run.

Nothing here fails because something was slow. What is compared is measured in turns in one run,
since another program on the machine changes every absolute number; ratios are what to look at.
See docs/benchmarks.md.
"""
import argparse
import datetime
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from types import SimpleNamespace

import engines
from ground import BUILD, ROOT, Bench, Table, output
from part_http import cpu, idle, paint, smtp, submissions
from part_import import imports
from part_pages import lists, start
from part_store import KINDS, store

PARTS = {"store": store, "submissions": submissions, "imports": imports, "cpu": cpu, "paint": paint, "idle": idle, "start": start,
         "lists": lists, "smtp": smtp}
NO_DATABASE = ("cpu", "paint", "idle")  # measured once
WHOLE = SimpleNamespace(leads=1000000, few=5000, ms=2000, writers=(1, 64, 256), scanners=(0, 1),
                        kinds=tuple(KINDS), repeats=3, shrink=1)
SMALL = SimpleNamespace(leads=500, few=50, ms=150, writers=(64,), scanners=(1,),
                        kinds=("plain", "append"), repeats=1, shrink=50)
LATER = "Not yet there, not measured: tracked pixels and events over HTTP, segments."


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*:\s*(.*)", f.read()).group(1)
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def disk(folder):
    """What one commit must wait for: fdatasync after 64 KiB."""
    took = []
    with open(os.path.join(folder, "disk"), "wb", buffering=0) as f:
        for _ in range(200):
            f.write(b"x" * 65536)
            began = time.monotonic()
            os.fdatasync(f.fileno())
            took.append((time.monotonic() - began) * 1000)
    os.remove(f.name)
    took.sort()
    return f"fdatasync p50 {took[100]:.1f} ms, p95 {took[190]:.1f} ms"


def build():
    output(os.path.join(ROOT, "tools/configure.sh"), "build", cwd=ROOT)
    output("ninja", "-C", BUILD, "zulauf", *(f"tests/{t}" for t in (
        "load", "writers", "replay", "record.so", "replay_postgres", "record_postgres.so", "sink",
        "sender")))


def wishes():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(PARTS), help="some of " + ", ".join(PARTS))
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="one of them alone")
    parser.add_argument("--small", action="store_true", help="does it all work? in a minute")
    parser.add_argument("--leads", type=int, help="in place of a million")
    parser.add_argument("--folder", help="where data folders are made and kept (a temporary one)")
    args = parser.parse_args()
    args.only = args.only.split(",")
    for name in args.only:
        if name not in PARTS:
            parser.error(f"there is no {name}")
    return args


def measure(args, folder, opened):
    size = SMALL if args.small else WHOLE
    size.leads = args.leads or size.leads
    if args.engine != "postgresql":
        opened.append(engines.Sqlite())
    if args.engine != "sqlite":
        opened.append(engines.Postgres(folder, durable=not args.small))
    table = Table([engine.title for engine in opened])
    benches = [Bench(folder, engine, table, size) for engine in opened]
    head = f"{datetime.date.today()}; {machine()}; {disk(folder)}; " + "; ".join(
        engine.version() for engine in opened)
    began = time.monotonic()
    for name, part in PARTS.items():
        for bench in benches if name not in NO_DATABASE else benches[:1]:
            if name in args.only:
                part(bench)
    print(f"{head}; took {(time.monotonic() - began) / 60:.0f} minutes\n")
    table.show()
    print("\n" + LATER)


def main():
    args = wishes()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    build()
    # Whether it works does not depend on a disk.
    place = "/dev/shm" if args.small and os.access("/dev/shm", os.W_OK) else None
    folder = os.path.abspath(args.folder or tempfile.mkdtemp(prefix="zulauf-bench-", dir=place))
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)  # PostgreSQL runs as a user of its own; data folders are closed
    opened = []
    try:
        measure(args, folder, opened)
    finally:
        for engine in opened:
            engine.stop()
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
