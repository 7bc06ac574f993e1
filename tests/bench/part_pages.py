"""Pages over many leads, cold starts, memory."""
import http.client
import re
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request

from ground import EMAIL, PASSWORD

BAR_MS = 100
CROWD = 32  # who ask at once, so that each worker and each connection has had its turn
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's


def id_text(number):
    return "ld_" + "".join(DIGITS[int(number) >> 5 * i & 31] for i in range(12, -1, -1))


def start(bench):
    fresh, again, full = [], [], []
    for i in range(bench.size.repeats):
        data = bench.path(f"fresh{i}")
        bench.engine.remove(data)
        with bench.server(data) as server:
            fresh.append(server.start_ms)
        with bench.server(data) as server:
            again.append(server.start_ms)
        bench.engine.remove(data)
    for i in range(bench.size.repeats):
        with bench.server(bench.leads()) as server:
            full.append(server.start_ms)
    for work, times, bar in (("new database", fresh, 100), ("empty database", again, 100),
                             (f"{bench.size.leads:,} leads", full, 500)):
        ms = statistics.median(times)
        bench.row(f"start to first reply, {work}", f"{ms:.0f} ms", f"≤ {bar} ms", ms <= bar)


def session(server):
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


def asked_once(server, cookie, target):
    return urllib.request.urlopen(urllib.request.Request(
        server.url(target), headers={"Cookie": cookie})).read()


def far(server, cookie):
    """The address of the 40th page by name."""
    target = "/leads?sort=name"
    for _ in range(40):
        page = asked_once(server, cookie, target).decode()
        links = re.findall(r'href="(/leads\?[^"]*cursor=[^"]*)"', page)
        if not links:
            break
        target = links[-1].replace("&amp;", "&")
    return target


def percentiles(took):
    took = sorted(took)
    return took[len(took) // 2], took[(len(took) - 1) * 95 // 100]


def say(bench, work, p50, p95, size):
    bench.row(work, f"p50 {p50:.1f} ms, p95 {p95:.1f} ms ({size / 1024:.0f} kB)",
              f"≤ {BAR_MS} ms p95", p95 <= BAR_MS)


def page(bench, server, cookie, work, target):
    """One page again and again: what it needs is in memory."""
    size = len(asked_once(server, cookie, target))
    file = bench.request("page", "GET", target, [f"Cookie: {cookie}"])
    said = bench.load(server, file, 100 // bench.size.shrink + 5, connections=1, seconds=4)
    say(bench, work, said["p50_ms"], said["p95_ms"], size)


def pages(bench, server, cookie, work, targets):
    """Each page once: most of what it needs is not in the program's memory."""
    took, size = [], 0
    link = http.client.HTTPConnection("127.0.0.1", server.port)
    for target in targets:
        began = time.monotonic()
        link.request("GET", target, headers={"Cookie": cookie})
        reply = link.getresponse()
        size = len(reply.read())
        took.append((time.monotonic() - began) * 1000)
        if reply.status != 200:
            raise SystemExit(f"bench: {target} was answered {reply.status}")
    link.close()
    say(bench, work, *percentiles(took), size)


def some_leads(bench, data):
    """Leads from all over the table, the one with the longest history of many, and what a rare
    search looks for."""
    def ask(sql):
        return bench.engine.ask(data, sql)
    here = "workspace_id = " + ask("SELECT MIN(id) FROM workspace")[0][0]
    first = int(ask(f"SELECT MIN(id) FROM lead WHERE {here}")[0][0])
    last = int(ask(f"SELECT MAX(id) FROM lead WHERE {here}")[0][0])
    every = [ask(f"SELECT id, email FROM lead WHERE {here} AND id >= {first + (last - first) * i // 200}"
                 " ORDER BY id LIMIT 1")[0] for i in range(200)]
    longest = ask(f"SELECT lead_id, COUNT(*) FROM (SELECT lead_id FROM touchpoint WHERE {here} LIMIT "
                  f"{bench.size.leads}) AS part GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1")[0]
    return [row[0] for row in every], longest, every[77][1]


def lists(bench):
    data = bench.leads()
    some, (longest, touchpoints), email = some_leads(bench, data)
    quote = urllib.parse.quote_plus
    wanted = [(f"sort {s}", f"sort={s}") for s in
              ("-created", "created", "-last", "last", "name", "-name")]
    wanted += [("a frequent source", "source=" + quote("google / cpc")),
               ("a rare source", "source=" + quote("partner / referral")),
               ("a rare source by name", "sort=name&source=" + quote("partner / referral"))]
    wanted += [(f"phase {p}", f"phase={p}") for p in ("lead", "mql", "customer", "lost")]
    wanted += [("phase customer by name", "phase=customer&sort=name"),
               ("may be mailed", "may_email=yes"), ("waiting for a click", "may_email=waiting"),
               ("phase, source and permit",
                "phase=sql&may_email=yes&source=" + quote("newsletter / email")),
               ("archived", "state=archived"),
               ("search, an address", "query=" + quote(email)),
               ("search, a name", "query=zimmermann"),
               ("search, one letter", "query=a"),
               ("search, a word that most have", "query=example"),
               ("search, two words", "query=anna+weber"),
               ("search, two words that many have", "query=gmbh+berlin"),
               ("search, three words", "query=gmbh+berlin+a"),
               ("search, nobody", "query=qqqqqq"),
               ("search within a phase", "phase=customer&query=m%C3%BCller")]
    with bench.server(data) as server:
        cookie = session(server)
        crowd = [f"/leads?{query}" for _, query in wanted]
        for name, query in wanted:
            page(bench, server, cookie, f"lead list, {name}", f"/leads?{query}")
        page(bench, server, cookie, "lead list, page after page (name, 40th)", far(server, cookie))
        for name, target in (("trash", "/leads/trash"), ("today", "/"), ("forms", "/forms"),
                             ("outbox", "/outbox"), ("audit", "/audit")):
            page(bench, server, cookie, name, target)
        pages(bench, server, cookie, "lead page with its history, 200 leads once each",
              [f"/leads/{id_text(n)}" for n in some])
        page(bench, server, cookie, f"lead page, a history of {touchpoints}",
             f"/leads/{id_text(longest)}")
        for target in crowd:
            file = bench.request("page", "GET", target, [f"Cookie: {cookie}"])
            bench.load(server, file, 200 // bench.size.shrink + 5, CROWD, seconds=4)
        memory = server.rss_bytes()
        bench.row(f"resident memory after that and {CROWD} at once, {bench.size.leads:,} leads",
                  f"{memory / 2**20:.0f} MB", "≤ 150 MB", memory <= 150 << 20)
        other = bench.engine.memory_bytes()
        if other is not None:
            bench.row("… PostgreSQL's own, all processes", f"{other / 2**20:.0f} MB")
