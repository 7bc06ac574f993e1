#!/usr/bin/env python3
"""The table of benchmarks: run.py [--full] [--only NAME,...] [--folder DIR]

Starts the real binary on loopback with data folders of its own, asks it things, and prints what
came of it beside the bars of the design. NAMEs: submissions, cpu, idle, start, lists, smtp.
--full takes a million leads instead of 100,000. Nothing here fails because something was slow.

What is compared is measured in turns in one run, since another program on the machine changes
every absolute number; ratios are what to look at. See docs/benchmarks.md.
"""
import argparse
import datetime
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
BINARY = os.path.join(BUILD, "zulauf")
EMAIL, PASSWORD = "bench@example.org", "a long word for benchmarks only 7"
AGENT = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Safari/537.36")
SUBMISSION = "INSERT INTO submission"
CONNECTIONS = 64

table = []  # (work, measured, bar)


def tool(name):
    return os.path.join(BUILD, "tests", name)


def row(work, measured, bar="-"):
    table.append((work, measured, bar))
    print(f"  {work}: {measured}", file=sys.stderr, flush=True)


def output(*command, **options):
    done = subprocess.run(command, text=True, capture_output=True, timeout=900, **options)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get_raw(port, path):
    """One request on one connection; the whole reply, or None if nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
                      .encode())
            reply = b""
            while chunk := s.recv(65536):
                reply += chunk
            return reply
    except OSError:
        return None


class Server:
    """The real binary over a folder; as a context it is stopped at the end."""

    def __init__(self, data, *args, env=None):
        self.data, self.port = data, free_port()
        began = time.monotonic()
        self.log = open(data + ".log", "ab")
        self.child = subprocess.Popen(
            [BINARY, "serve", "--data", data, "--listen", f"127.0.0.1:{self.port}",
             "--unlimited-from", "127.0.0.0/8", *args],
            stdout=self.log, stderr=self.log, env={**os.environ, **(env or {})})
        while (reply := get_raw(self.port, "/readyz")) is None or b" 200 " not in reply[:15]:
            if self.child.poll() is not None or time.monotonic() - began > 60:
                raise SystemExit(f"bench: the server did not start; see {data}.log")
            time.sleep(0.001)
        self.start_ms = (time.monotonic() - began) * 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(40)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()

    def cpu_s(self):
        """User and system time of all threads."""
        with open(f"/proc/{self.child.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self):
        with open(f"/proc/{self.child.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) * 1024

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


class Bench:
    def __init__(self, folder, full):
        self.folder, self.full = folder, full
        self.first = 1  # numbers of load's requests: each submission is a person of its own
        self.made = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def request(self, name, method, target, headers=(), body=""):
        """A file for load."""
        lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"User-Agent: {AGENT}",
                 "Accept: text/html", "Accept-Language: de", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        path = self.path(name + ".http")
        with open(path, "w", newline="") as f:
            f.write("\r\n".join(lines) + "\r\n\r\n" + body)
        return path

    def load(self, server, file, requests, connections=CONNECTIONS, seconds=10):
        first, self.first = self.first, self.first + requests + 1
        said = json.loads(output(
            tool("load"), "--port", str(server.port), "--file", file, "--connections",
            str(connections), "--requests", str(requests), "--first", str(first), "--seconds",
            str(seconds)))
        if said["status"]["4xx"] + said["status"]["5xx"] + said["failed"] > 0:
            raise SystemExit(f"bench: {file} was not answered well: {said}")
        return said

    def copy(self, data, name):
        to = self.path(name)
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(data, to)
        return to

    def administrator(self, data):
        """A user, and a token of his."""
        output(BINARY, "user", "add", "--data", data, "--email", EMAIL, "--name", "Bench",
               "--role", "administrator", "--password-stdin", input=PASSWORD + "\n")
        return output(BINARY, "token", "create", "--data", data, "--email", EMAIL, "--name",
                      "bench").split()[-1]

    def with_forms(self):
        """A folder with two published forms, without and with double opt-in. Made once."""
        if "forms" in self.made:
            return self.made["forms"]
        data = self.path("forms")
        with Server(data) as server:
            token = self.administrator(data)
            for slug, opt_in in (("plain", False), ("doi", True)):
                form = {"name": f"Bench {slug}", "slug": slug, "language": "de",
                        "double_opt_in": opt_in,
                        "fields": [{"key": "email", "required": True}, {"key": "first_name"},
                                   {"key": "last_name"}, {"key": "company"}],
                        # Without double opt-in there is no consent by e-mail: a letter, then.
                        "consents": [{"purpose": "newsletter", "channel": "email" if opt_in else "post",
                                      "text": "Ich möchte den Newsletter erhalten und kann das "
                                              "jederzeit widerrufen."}]}
                urllib.request.urlopen(urllib.request.Request(
                    server.url("/api/v1/forms"), json.dumps(form).encode(),
                    {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}))
        self.made["forms"] = data
        return data

    def submission(self, slug):
        body = ("email=person@@@@@@@@@@%40example.de&first_name=Anna&last_name=M%C3%BCller&"
                "company=Maschinenbau+GmbH&consent.newsletter.email=yes")
        return self.request(f"post-{slug}", "POST", f"/f/{slug}?utm_source=google&utm_medium=cpc",
                            ["Content-Type: application/x-www-form-urlencoded"], body)

    def leads(self):
        """A folder with many leads and an administrator. Made once."""
        if "leads" in self.made:
            return self.made["leads"]
        count = 1000000 if self.full else 100000
        data = self.path("leads")
        said = json.loads(output(tool("fill"), "--data", data, str(count)).splitlines()[-1])
        row(f"leads created by the library, {count:,}", f"{said['per_s']:,.0f}/s")
        self.administrator(data)
        self.made["leads"] = data
        return data

    # --- submissions ---

    def submit(self, slug, requests, name, env=None):
        data = self.copy(self.with_forms(), name)
        with Server(data, env=env) as server:
            self.load(server, self.submission(slug), CONNECTIONS)  # connections, caches
            cpu = server.cpu_s()
            said = self.load(server, self.submission(slug), requests)
            said["cpu_us"] = (server.cpu_s() - cpu) * 1e6 / said["requests"]
        return said

    def replay(self, trace, *args):
        data = self.copy(self.with_forms(), "bare")
        return json.loads(output(tool("replay"), os.path.join(data, "zulauf.db"), trace, *args))

    def submissions(self):
        for slug, what, requests in (("plain", "without double opt-in", 6000),
                                     ("doi", "with double opt-in", 4000)):
            trace = self.path("trace")
            self.submit(slug, requests, "recorded",
                        {"LD_PRELOAD": tool("record.so"), "BENCH_TRACE": trace})
            served, bare, wide = [], [], []
            for _ in range(3):
                served.append(self.submit(slug, requests, "served"))
                bare.append(self.replay(trace, "--only", SUBMISSION))
                wide.append(self.replay(trace, "--only", SUBMISSION, "--batch", "64"))
            alone = self.replay(trace, "--only", SUBMISSION, "--batch", "1", "--limit", "400")
            everything = self.replay(trace)
            s = sorted(served, key=lambda x: x["per_s"])[1]
            b = statistics.median(x["per_s"] for x in bare)
            w = statistics.median(x["per_s"] for x in wide)
            batch = bare[0]["writes"] / bare[0]["batches"]
            row(f"submissions {what}, 64 connections",
                f"{s['per_s']:,.0f}/s, p50 {s['p50_ms']:.0f} ms, p99 {s['p99_ms']:.0f} ms, "
                f"{s['cpu_us']:.0f} µs CPU each", "≥ 3,000/s")
            row(f"… against a bare loop in the same batches ({batch:.1f} writes)",
                f"{100 * s['per_s'] / b:.0f} % of {b:,.0f}/s", "≥ 70 %")
            row("… against a bare loop in batches of 64",
                f"{100 * s['per_s'] / w:.0f} % of {w:,.0f}/s")
            row("… against a bare loop with a transaction each",
                f"{s['per_s'] / alone['per_s']:.1f} times {alone['per_s']:,.0f}/s")
            work = everything["seconds"] * 1e6 / requests
            row("… what the writer's statements take bare, jobs too", f"{work:.0f} µs each")
            os.remove(trace)

    # --- one request's cost ---

    def cpu(self):
        data = self.copy(self.with_forms(), "served")
        with Server(data) as server:
            page = get_raw(server.port, "/f/plain").decode()
            asset = re.search(r'/assets/zulauf\.css\?v=\w+', page).group(0)
            etag = re.search(rb'(?i)etag: (\S+)', get_raw(server.port, asset)).group(1).decode()
            for name, target, headers, requests, bar in (
                    ("healthz", "/healthz", [], 60000, "≤ 12 µs (a pixel, later)"),
                    ("asset, not modified", asset, [f"If-None-Match: {etag}"], 60000,
                     "≤ 12 µs (a pixel, later)"),
                    ("asset, whole", asset, [], 20000, "-"),
                    ("form page", "/f/plain", [], 8000, "-")):
                file = self.request("cpu", "GET", target, headers)
                self.load(server, file, 1000)
                cpu = server.cpu_s()
                said = self.load(server, file, requests)
                each = (server.cpu_s() - cpu) * 1e6 / said["requests"]
                row(f"server CPU, {name}",
                    f"{each:.1f} µs ({said['per_s']:,.0f}/s, p99 {said['p99_ms']:.1f} ms)", bar)

    def idle(self):
        data = self.copy(self.with_forms(), "served")
        with Server(data) as server:
            file = self.request("idle", "GET", "/healthz")
            self.load(server, file, 1000)
            before = server.rss_bytes()
            held = subprocess.Popen([tool("load"), "--port", str(server.port), "--file", file,
                                     "--connections", "10000", "--hold"], text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            said = json.loads(held.stdout.readline())
            held.stdout.readline()
            after = server.rss_bytes()
            held.communicate()
        row(f"{said['requests']:,} idle keep-alive connections",
            f"{(after - before) / 2**20:.1f} MB, {(after - before) / said['requests']:.0f} bytes each",
            "≤ 16 MB")

    # --- life ---

    def start(self):
        fresh, again = [], []
        for i in range(5):
            data = self.path(f"fresh{i}")
            with Server(data) as server:
                fresh.append(server.start_ms)
            with Server(data) as server:
                again.append(server.start_ms)
        row("cold start to first reply, new folder", f"{statistics.median(fresh):.0f} ms",
            "≤ 100 ms")
        row("… empty folder", f"{statistics.median(again):.0f} ms", "≤ 100 ms")
        full = []
        for i in range(3):
            with Server(self.leads()) as server:
                full.append(server.start_ms)
        row(f"… {'1,000,000' if self.full else '100,000'} leads",
            f"{statistics.median(full):.0f} ms", "≤ 500 ms (1 M)")

    # --- pages ---

    def session(self, server):
        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None
        try:
            urllib.request.build_opener(NoRedirect).open(urllib.request.Request(
                server.url("/sign-in"),
                urllib.parse.urlencode({"email": EMAIL, "password": PASSWORD}).encode(),
                {"Origin": server.url("")}))
        except urllib.error.HTTPError as reply:
            return reply.headers["set-cookie"].split(";")[0]
        raise SystemExit("bench: signing in did not work")

    def lists(self):
        searches = {"a rare word": "query=person77123", "a frequent word": "query=m%C3%BCller",
                    "one letter": "query=a", "two words": "query=anna+weber",
                    "an address": "query=person77123%40example7312.de"}
        with Server(self.leads()) as server:
            cookie = self.session(server)
            pages = [(f"sort {s}", f"/leads?sort={s}") for s in
                     ("-created", "created", "-last", "last", "name", "-name")]
            pages += [("a source", "/leads?source=Messe"), ("a phase", "/leads?phase=mql"),
                      ("those who may be mailed (none)", "/leads?may_email=yes")]
            pages += [(f"search, {name}", f"/leads?{q}") for name, q in searches.items()]
            pages += [("page after page (name, 40th)", self.far(server, cookie))]
            for name, target in pages:
                self.page(server, cookie, f"lead list, {name}", target)
            self.page(server, cookie, "the page of today", "/")
            row("resident memory after that", f"{server.rss_bytes() / 2**20:.0f} MB", "≤ 150 MB")

    def page(self, server, cookie, name, target):
        status = urllib.request.Request(server.url(target), headers={"Cookie": cookie})
        try:
            bytes_ = len(urllib.request.urlopen(status).read())
        except urllib.error.HTTPError as reply:
            row(name, f"answered {reply.code}", "≤ 100 ms p95")
            return
        file = self.request("page", "GET", target, [f"Cookie: {cookie}"])
        said = self.load(server, file, 60, connections=1, seconds=4)
        row(name, f"p50 {said['p50_ms']:.1f} ms, p95 {said['p95_ms']:.1f} ms "
            f"({bytes_ / 1024:.0f} kB)", "≤ 100 ms p95")

    def far(self, server, cookie):
        target = "/leads?sort=name"
        for _ in range(40):
            page = urllib.request.urlopen(urllib.request.Request(
                server.url(target), headers={"Cookie": cookie})).read().decode()
            links = re.findall(r'href="(/leads\?[^"]*cursor=[^"]*)"', page)
            if not links:
                break
            target = links[-1].replace("&amp;", "&")
        return target

    # --- mail ---

    def smtp(self):
        # What was under way when nobody listened waits for its second try, and is not counted.
        mails, posted, port = 3000, 3400, free_port()
        data = self.copy(self.with_forms(), "mailing")
        relay = f"smtp://127.0.0.1:{port}"
        with Server(data, "--mail", relay) as server:  # nobody listens yet: mails pile up
            self.load(server, self.submission("doi"), posted, seconds=20)
        with self.sink(port, mails) as sink:
            bare = json.loads(output(tool("sender"), "--port", str(port), "--count", str(mails),
                                     "--connections", "16", "--bytes", "9000"))
            sink.wait()
        sink = self.sink(port, mails)
        with Server(data, "--mail", relay) as server:
            cpu = server.cpu_s()
            said = json.loads(sink.stdout.readline())
            each = (server.cpu_s() - cpu) * 1e6 / max(said["mails"], 1)
        sink.wait()
        row("mails to a relay at 20 ms round trip, 16 connections",
            f"{said['per_s']:,.0f}/s ({said['mails']:,} mails, {each:.0f} µs CPU each)",
            "≥ 700/s")
        row("… against a bare loop that writes nothing down",
            f"{100 * said['per_s'] / bare['per_s']:.0f} % of {bare['per_s']:,.0f}/s")

    def sink(self, port, mails):
        sink = subprocess.Popen([tool("sink"), "--port", str(port), "--delay-ms", "20", "--count",
                                 str(mails), "--seconds", "40"], text=True, stdout=subprocess.PIPE)
        sink.stdout.readline()  # it listens
        return sink


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
    output("ninja", "-C", BUILD, "zulauf", *(f"tests/{t}" for t in
                                             ("load", "fill", "replay", "sink", "sender",
                                              "record.so")))


def show():
    widths = [max(len(r[i]) for r in table + [("work", "measured", "bar")]) for i in range(3)]
    for r in [("work", "measured", "bar"), tuple("-" * w for w in widths), *table]:
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(r, widths)) + " |")


def main():
    parts = ("submissions", "cpu", "idle", "start", "lists", "smtp")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="a million leads")
    parser.add_argument("--only", default=",".join(parts), help="some of " + ", ".join(parts))
    parser.add_argument("--folder", help="where data folders are made and kept (a temporary one)")
    args = parser.parse_args()
    wanted = args.only.split(",")
    for name in wanted:
        if name not in parts:
            parser.error(f"there is no {name}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    build()
    folder = args.folder or tempfile.mkdtemp(prefix="zulauf-bench-")
    os.makedirs(folder, exist_ok=True)
    try:
        bench = Bench(folder, args.full)
        head = f"{datetime.date.today()}; {machine()}; {disk(folder)}"
        for name in parts:
            if name in wanted:
                getattr(bench, name)()
        print(head + "\n")
        show()
    finally:
        if not args.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
