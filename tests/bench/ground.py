"""What the parts of the benchmarks stand on: servers, data folders, loads, the table."""
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
BINARY = os.path.join(BUILD, "zulauf")
EMAIL, PASSWORD = "bench@example.org", "a long word for benchmarks only 7"
AGENT = ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Safari/537.36")
CONNECTIONS = 64
SEED, NOW = "7", "2026-11-23T06:00:00Z"  # of the demo: the same people on every machine
WEBSITE = "https://www.bench.example"


def tool(name):
    return os.path.join(BUILD, "tests", name)


def output(*command, **options):
    done = subprocess.run(command, text=True, capture_output=True, timeout=3600, **options)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def asked(*command, **options):
    """What a tool's last line says, which is JSON."""
    return json.loads(output(*command, **options).splitlines()[-1])


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


def median(runs, key="per_s"):
    """The run in the middle by `key`: its other figures belong to it."""
    return sorted(runs, key=lambda run: run[key])[len(runs) // 2]


class Server:
    """The real binary over a folder; as a context it is stopped at the end."""

    def __init__(self, engine, data, *args, env=None):
        self.data, self.port = data, free_port()
        command = [BINARY, "serve", *engine.arguments(data), "--listen", f"127.0.0.1:{self.port}",
                   "--unlimited-from", "127.0.0.0/8", *args]
        self.log = open(data + ".log", "ab")
        began = time.monotonic()
        self.child = subprocess.Popen(command, stdout=self.log, stderr=self.log,
                                      env={"ZULAUF_DNS": "off", **os.environ, **(env or {})})
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


class Table:
    """Rows of work, a column an engine, and the bar."""

    def __init__(self, titles):
        self.titles, self.rows = titles, {}

    def put(self, title, work, measured, bar, met):
        cells = self.rows.setdefault(work, {"bar": bar})
        cells[title] = measured if met is not False else f"**{measured}**"
        print(f"  {title}: {work}: {measured}", file=sys.stderr, flush=True)

    def show(self):
        head = ["work", *self.titles, "bar"]
        rows = [[work, *(cells.get(t, "-") for t in self.titles), cells["bar"]]
                for work, cells in self.rows.items()]
        for line in [head, ["---"] * len(head), *rows]:
            print("| " + " | ".join(line) + " |")


class Bench:
    """One engine's turn of one part; what was made for one part serves the next."""

    def __init__(self, folder, engine, table, size):
        self.folder, self.engine, self.table, self.size = folder, engine, table, size
        self.first = 1  # numbers of load's requests: each submission is a person of its own
        self.made = {}

    def row(self, work, measured, bar="-", met=None):
        """One cell. `met` False: the bar is missed, which the table shows in bold."""
        self.table.put(self.engine.title, work, measured, bar, met)

    def holds(self, met):
        """Of a bar that is SQLite's alone."""
        return met if self.engine.name == "sqlite" else None

    def path(self, name):
        return os.path.join(self.folder, f"{self.engine.name}_{name}")

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
        said = asked(tool("load"), "--port", str(server.port), "--file", file, "--connections",
                     str(connections), "--requests", str(requests), "--first", str(first),
                     "--seconds", str(seconds))
        if said["status"]["4xx"] + said["status"]["5xx"] + said["failed"] > 0:
            raise SystemExit(f"bench: {file} was not answered well: {said}")
        return said

    def server(self, data, *args, env=None):
        return Server(self.engine, data, *args, env=env)

    def copy(self, data, name):
        self.engine.copy(data, self.path(name))
        return self.path(name)

    def administrator(self, data):
        """A user, and a token of his."""
        where = self.engine.arguments(data)
        output(BINARY, "user", "add", *where, "--email", EMAIL, "--name", "Bench", "--role",
               "administrator", "--password-stdin", input=PASSWORD + "\n")
        return output(BINARY, "token", "create", *where, "--email", EMAIL, "--name",
                      "bench").split()[-1]

    def people(self, name, leads, events):
        """A folder with leads who do not exist; and how fast they came. Made once, and found again
        where --folder kept it. The same for both engines: written as SQLite, then moved."""
        data = self.path(name)
        lite, said = os.path.join(self.folder, f"sqlite_{name}"), "found"
        if not os.path.exists(os.path.join(lite, "keys.json")):
            told = output(BINARY, "demo", "--data", lite, "--leads", str(leads), "--events",
                          str(events), "--seed", SEED, "--now", NOW)
            said = re.search(r"[\d,]+ rows in .*? a second", told).group(0)
        if not os.path.exists(os.path.join(data, "keys.json")):
            os.makedirs(data, mode=0o700)
            began = time.monotonic()
            output(BINARY, "copy", "--from", "sqlite:" + lite, "--to", self.engine.where(data))
            shutil.copy(os.path.join(lite, "keys.json"), data)
            said = f"copied from SQLite in {time.monotonic() - began:.0f} s"
        self.engine.settle(data)
        return data, said

    def is_ours(self, data):
        """Whether our administrator is there; the demo has colleagues of its own."""
        return self.engine.ask(
            data, f"SELECT COUNT(*) FROM app_user WHERE email = '{EMAIL}'") != [["0"]]

    def with_forms(self):
        """A folder with a few leads and two published forms, without and with double opt-in."""
        if "forms" in self.made:
            return self.made["forms"]
        self.made["forms"], _ = self.people("forms", self.size.few, self.size.few * 8)
        if not self.is_ours(self.made["forms"]):
            self.publish(self.made["forms"])
        return self.made["forms"]

    def publish(self, data):
        with self.server(data) as server:
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
                def post(path, body):
                    return json.load(urllib.request.urlopen(urllib.request.Request(
                        server.url("/api/v1" + path), json.dumps(body).encode(),
                        {"Authorization": f"Bearer {token}",
                         "Content-Type": "application/json"})))["data"]
                # Posts come from this website: without a page's stamp they are suspect otherwise.
                post(f"/forms/{post('/forms', form)['id']}/share", {"origins": [WEBSITE]})

    def leads(self):
        """A folder with many leads, their histories and an administrator."""
        if "leads" in self.made:
            return self.made["leads"]
        data, said = self.people("leads", self.size.leads, self.size.leads * 10)
        if not self.is_ours(data):
            self.administrator(data)
        self.row(f"{self.size.leads:,} leads with {self.size.leads * 10:,} touchpoints, filled",
                 f"{said}; {self.engine.size_bytes(data) / 2**30:.1f} GB")
        self.made["leads"] = data
        return data

    # --- the bare loop ---

    def record(self, trace):
        """What to start a program with so that it writes down its writes."""
        library = "record.so" if self.engine.name == "sqlite" else "record_postgres.so"
        return {"LD_PRELOAD": tool(library), "BENCH_TRACE": trace}

    def replay(self, trace, *args):
        """The bare loop over a copy of what the recording began with."""
        data = self.copy(self.with_forms(), "bare")
        if self.engine.name == "sqlite":
            return asked(tool("replay"), os.path.join(data, "zulauf.db"), trace, *args)
        return asked(tool("replay_postgres"), self.engine.where(data), trace, *args)

    def bare(self, only):
        """Names for the rows and arguments for replay: the same statements in the same batches,
        and each transaction by itself."""
        which = ("--only", only)
        if self.engine.name == "sqlite":
            return [("a bare loop, same batches", which),
                    ("a transaction each", (*which, "--batch", "1", "--limit", "1000"))]
        return [("a bare loop, same batches", (*which, "--connections", "16", "--trips", "one")),
                ("a transaction each", (*which, "--connections", "64", "--trips", "each")),
                ("a bare loop, same round trips", (*which, "--connections", "16", "--trips", "same"))]

    def against(self, what, served, trace, only, bar=None, rows=None):
        """Run `served` and the bare loops in turns and put the ratios into the table. `rows`: what
        a trace holds, where that is not the number of its transactions."""
        kinds = self.bare(only)
        runs, loops = [], {name: [] for name, _ in kinds}
        for _ in range(self.size.repeats):
            runs.append(served())
            for name, args in kinds:
                loops[name].append(self.replay(trace, *args))
        # The first kind runs all of the trace, others perhaps the beginning.
        scale = rows / loops[kinds[0][0]][0]["writes"] if rows else 1
        mine = median(runs)
        for name, _ in kinds:
            per_s = statistics.median(said["per_s"] * scale for said in loops[name])
            share = mine["per_s"] / per_s
            if name == "a bare loop, same batches":
                self.row(f"{what} / {name}", f"{100 * share:.0f} % of {per_s:,.0f}/s",
                         f"≥ {bar} % (SQLite)" if bar else "-", self.holds(share * 100 >= bar) if bar
                         else None)
            else:
                self.row(f"{what} / {name}", f"{100 * share:.0f} % of {per_s:,.0f}/s")
        return mine
