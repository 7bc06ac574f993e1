"""Over HTTP: submissions, one request's cost, idle connections, mails."""
import json
import os
import re
import subprocess

from ground import CONNECTIONS, ROOT, WEBSITE, asked, free_port, get_raw, output, tool
from part_store import SUBMISSION

PAINT_MS = 200


def form_post(bench, slug):
    body = ("email=person@@@@@@@@@@%40example.de&first_name=Anna&last_name=M%C3%BCller&"
            "company=Maschinenbau+GmbH&consent.newsletter.email=yes")
    return bench.request(f"post-{slug}", "POST", f"/f/{slug}?utm_source=google&utm_medium=cpc",
                         ["Content-Type: application/x-www-form-urlencoded", f"Origin: {WEBSITE}"],
                         body)


def submit(bench, slug, requests, env=None):
    data = bench.copy(bench.with_forms(), "served")
    with bench.server(data, env=env) as server:
        bench.load(server, form_post(bench, slug), 2 * CONNECTIONS)  # connections, caches
        cpu, other = server.cpu_s(), bench.engine.cpu_s()
        said = bench.load(server, form_post(bench, slug), requests)
        said["cpu_us"] = (server.cpu_s() - cpu) * 1e6 / said["requests"]
        said["other_us"] = (bench.engine.cpu_s() - other) * 1e6 / said["requests"]
    return said


def submissions(bench):
    for slug, what, requests in (("plain", "without double opt-in", 6000),
                                 ("doi", "with double opt-in", 4000)):
        trace, requests = bench.path("trace"), requests // bench.size.shrink
        submit(bench, slug, requests, bench.record(trace))
        work = f"submissions {what}"
        said = bench.against(work, lambda: submit(bench, slug, requests), trace, SUBMISSION, bar=70)
        other = f" + {said['other_us']:.0f} µs of PostgreSQL" if said["other_us"] > 0 else ""
        bench.row(f"{work}, 64 connections",
                  f"{said['per_s']:,.0f}/s, p50 {said['p50_ms']:.0f} ms, p99 {said['p99_ms']:.0f} ms; "
                  f"CPU {said['cpu_us']:.0f} µs{other}", "≥ 3,000/s (SQLite)",
                  bench.holds(said["per_s"] >= 3000))


def cpu(bench):
    data = bench.copy(bench.with_forms(), "served")
    with bench.server(data) as server:
        page = get_raw(server.port, "/sign-in").decode()
        asset = re.search(r'/assets/zulauf\.css\?v=\w+', page).group(0)
        etag = re.search(rb'(?i)etag: (\S+)', get_raw(server.port, asset)).group(1).decode()
        for name, target, headers, requests in (
                ("healthz", "/healthz", [], 60000),
                ("asset, not modified", asset, [f"If-None-Match: {etag}"], 60000),
                ("asset, whole", asset, [], 20000),
                ("form page", "/f/plain", [], 8000),
                ("form page, compressed", "/f/plain", ["Accept-Encoding: gzip"], 8000)):
            file = bench.request("cpu", "GET", target, headers)
            bench.load(server, file, 1000 // bench.size.shrink)
            before = server.cpu_s()
            said = bench.load(server, file, requests // bench.size.shrink)
            each = (server.cpu_s() - before) * 1e6 / said["requests"]
            bench.row(f"server CPU, {name}",
                      f"{each:.1f} µs ({said['per_s']:,.0f}/s, p99 {said['p99_ms']:.1f} ms)")


def paint(bench):
    """In Chromium, each time in a browser that knows nothing of us."""
    packages = os.path.join(ROOT, "tests/e2e/node_modules/@playwright")
    if not os.path.isdir(packages):
        bench.row("form page, first paint in Chromium", "not measured: `make test` installs it",
                  f"≤ {PAINT_MS} ms")
        return
    data = bench.copy(bench.with_forms(), "served")
    with bench.server(data) as server:
        lines = output("node", os.path.join(ROOT, "tests/bench/paint.mjs"),
                       str(20 // bench.size.shrink + 3), server.url("/f/doi"))
    said = json.loads(lines.splitlines()[-1])
    took = sorted(said["fcp"])
    p50, p95 = took[len(took) // 2], took[(len(took) - 1) * 95 // 100]
    bench.row("form page, first paint in Chromium on loopback",
              f"p50 {p50:.0f} ms, p95 {p95:.0f} ms ({said['requests']} request, "
              f"{said['bytes'] / 1000:.1f} kB)", f"≤ {PAINT_MS} ms p50, ≤ 20 kB",
              p50 <= PAINT_MS and said["bytes"] <= 20000)


def idle(bench):
    """No database has a part in it."""
    count = 10000 // bench.size.shrink
    data = bench.copy(bench.with_forms(), "served")
    with bench.server(data) as server:
        file = bench.request("idle", "GET", "/healthz")
        bench.load(server, file, 1000 // bench.size.shrink)
        before = server.rss_bytes()
        held = subprocess.Popen([tool("load"), "--port", str(server.port), "--file", file,
                                 "--connections", str(count), "--hold"], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said = json.loads(held.stdout.readline())
        held.stdout.readline()
        more = server.rss_bytes() - before
        held.communicate()
    bench.row(f"{count:,} idle keep-alive connections",
              f"{more / 2**20:.1f} MB, {more / said['requests']:.0f} bytes each", "≤ 16 MB",
              more <= 16 << 20)


# --- mail ---

def sink_start(port, mails):
    sink = subprocess.Popen([tool("sink"), "--port", str(port), "--delay-ms", "20", "--count",
                             str(mails), "--seconds", "40"], text=True, stdout=subprocess.PIPE)
    sink.stdout.readline()  # it listens
    return sink


def smtp(bench):
    # What was under way when nobody listened waits for its second try, and is not counted.
    mails, port = 3000 // bench.size.shrink, free_port()
    posted = mails + 400
    data = bench.copy(bench.with_forms(), "mailing")
    relay = f"smtp://127.0.0.1:{port}"
    with bench.server(data, "--mail", relay) as server:  # nobody listens yet: mails pile up
        bench.load(server, form_post(bench, "doi"), posted, seconds=30)
    with sink_start(port, mails) as sink:
        bare = asked(tool("sender"), "--port", str(port), "--count", str(mails), "--connections",
                     "16", "--bytes", "9000")
        sink.wait()
    sink = sink_start(port, mails)
    with bench.server(data, "--mail", relay) as server:
        before = server.cpu_s()
        said = json.loads(sink.stdout.readline())
        each = (server.cpu_s() - before) * 1e6 / max(said["mails"], 1)
    sink.wait()
    bench.row("mails to a relay at 20 ms round trip, 16 connections",
              f"{said['per_s']:,.0f}/s ({said['mails']:,} mails, {each:.0f} µs CPU each)", "≥ 700/s",
              said["per_s"] >= 700)
    bench.row("… / a bare loop that writes nothing down",
              f"{100 * said['per_s'] / bare['per_s']:.0f} % of {bare['per_s']:,.0f}/s")
