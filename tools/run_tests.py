#!/usr/bin/env python3
"""Run the tests: run_tests.py [--only WORD] [PHASE...]

Each phase builds what it needs, runs it and is counted; a test that does not build has failed.
The last line is `N passed, M failed, K skipped`; the exit status is 0 if nothing failed and
something passed. --only takes the tests whose name contains WORD.
"""
import argparse
import atexit
import glob
import json
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORES = os.cpu_count() or 2
FUZZ_SECONDS = 10
# For what hangs: a busy machine is far below.
LIMIT_TOOL_S, LIMIT_TEST_S, LIMIT_SCRIPT_S, LIMIT_E2E_S = 600, 900, 1800, 3600

# Threads meet in these; the rest of the suite would only make the race detector slow.
THREADED = re.compile(r"^test_(db|http_(server|download)|loop|log|worker|job|node)")

UNDER_SANITIZER = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1:exitcode=66",
}
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_apart(command, limit_s, env=None, cwd=ROOT, stderr=subprocess.PIPE):
    """Exit status, stdout and stderr of a command; a hanging one is ended and has failed."""
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})}, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, errors="replace",
                               stderr=stderr, start_new_session=True)
    try:
        out, err = process.communicate(timeout=limit_s)
        return process.returncode, out, err or ""
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)  # servers that it has started are ended by it
        try:
            out, err = process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        return -1, out, (err or "") + f"\nended after {limit_s} s without a result\n"


def run(command, limit_s, env=None, cwd=ROOT):
    """Exit status and whole output of a command."""
    status, out, err = run_apart(command, limit_s, env, cwd, subprocess.STDOUT)
    return status, out + err


# What stands again below the table: the end of a long log is what somebody reads first.
SAID_AT_THE_END = []


def told(name, text, lines=60):
    """Show what a failing test said."""
    tail = COLOUR.sub("", text).strip().splitlines()
    if len(tail) > lines:
        tail = tail[: lines // 2] + ["..."] + tail[-lines // 2:]
    print(f"--- FAILED {name}")
    print("\n".join("    " + line for line in tail), flush=True)
    bad = [line.strip() for line in tail
           if re.match(r"\s*(not ok\b|FAIL|# .*(error|fail)|\[ *FAILED|.*Sanitizer:)", line, re.I)]
    SAID_AT_THE_END.extend([f"FAILED {name}", *["    " + line[:200] for line in bad[:6]]])


def sources(kind):
    out = subprocess.run(["tools/sources.sh", kind], cwd=ROOT, text=True, check=True,
                         stdout=subprocess.PIPE).stdout
    return out.split()


def test_names(only, kinds=("unit", "store")):
    names = [os.path.basename(p)[:-2] for kind in kinds for p in sources(kind)]
    return [n for n in names if only in n]


def build(folder, options, targets, env=None):
    """Configure and build; returns the set of targets that do not stand, and what was said."""
    status, out = run(["tools/configure.sh", folder, *options], LIMIT_TOOL_S, env)
    if status != 0:
        return set(targets), out
    if not targets:
        return set(), ""
    status, out = run(["ninja", "-C", folder, "-k", "0", *targets], 3600, env)
    if status == 0:
        return set(), out
    # An older executable may still lie there: what counts is whether work is left.
    broken = {t for t in targets
              if "no work to do" not in run(["ninja", "-C", folder, "-n", t], LIMIT_TOOL_S)[1]}
    return broken, out


def report_broken(broken, said):
    if not broken:
        return Count()
    errors = [line for line in COLOUR.sub("", said).splitlines()
              if re.search(r"error|undefined|FAILED|No such|ERROR|warning", line)
              and " -c ../" not in line and not line.startswith("ninja: ")]
    told("to build: " + ", ".join(sorted(broken)), "\n".join(errors) or said)
    return Count(failed=len(broken))


def read_tap(status, out):
    """cmocka's TAP, one plan a group; a program that ends before its plan has failed."""
    passed = skipped = failed = planned = 0
    for line in out.splitlines():
        if re.match(r"^1\.\.\d+", line):
            planned += int(re.match(r"^1\.\.(\d+)", line)[1])
        elif re.match(r"^(not )?ok \d+ # SKIP\b", line):
            skipped += 1
        elif re.match(r"^not ok\b", line):
            failed += 1
        elif re.match(r"^ok\b", line):
            passed += 1
    missing = planned - passed - failed - skipped
    if missing > 0:
        failed += missing
    elif failed == 0 and (status != 0 or planned == 0):
        failed += 1
    return Count(passed, failed, skipped)


def run_c_tests(folder, names, wrap=(), engine="", env=None):
    env = {"CMOCKA_MESSAGE_OUTPUT": "TAP", **UNDER_SANITIZER, **(env or {})}
    total = Count()

    def one(name):
        return name, *run_apart([*wrap, f"{folder}/tests/{name}"], LIMIT_TEST_S, env)

    with ThreadPoolExecutor(CORES) as pool:
        for name, status, out, err in pool.map(one, names):
            count = read_tap(status, out)
            if count.failed:
                bad = "\n".join(line for line in out.splitlines() if not line.startswith("ok "))
                err = "\n".join(line for line in err.splitlines() if "db.fsync_off" not in line)
                told(f"{name}{engine} ({folder}, exit status {status})", bad + "\n" + err)
            total.add(count)
    return total


def free_port():
    """A port below those that the kernel gives to connections: nobody's is there a moment later."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        most = int(f.read().split()[0])
    choices = random.sample(range(11000, most), 100) if most > 12000 else []
    for port in [*choices, 0]:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return s.getsockname()[1]
            except OSError:
                pass
    raise OSError("no port is free")


class Postgres:
    """A private server: in a temporary folder, on a free port, gone when this process ends."""

    def __init__(self):
        # It refuses to run as root; Debian's package makes this user.
        self.user = "postgres" if os.geteuid() == 0 else None
        name = self.user or pwd.getpwuid(os.geteuid()).pw_name
        self.folder = tempfile.mkdtemp(prefix="zulauf-pg-")
        atexit.register(self.stop)
        if self.user:
            shutil.chown(self.folder, self.user)
        port = free_port()
        self.url = f"postgresql://{name}@127.0.0.1:{port}/postgres"
        self.call("initdb", "-D", f"{self.folder}/data", "--locale=C", "-E", "UTF8", "-A", "trust",
                  "-N")
        # Two of our tests' pools each; what is here is not worth an fsync.
        self.call("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o",
                  f"-k {self.folder} -p {port} -c listen_addresses=127.0.0.1 -c fsync=off "
                  "-c full_page_writes=off -c max_connections=200 -c max_wal_size=4GB "
                  "-c autovacuum_naptime=10min", "start")

    def call(self, name, *more):
        places = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
        with open(f"{self.folder}/{name}.out", "w", encoding="utf-8") as out:  # outlives us: no pipe
            done = subprocess.run([places[-1] if places else name, *more], cwd="/", stdout=out,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=LIMIT_TOOL_S,
                                  user=self.user, check=False)
        if done.returncode != 0:
            with open(out.name, encoding="utf-8") as f:
                raise RuntimeError(f"{name}: {f.read()}")

    def stop(self):
        try:
            self.call("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        except (RuntimeError, OSError, subprocess.SubprocessError):
            pass  # it was not up
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def sql(url, text):
        status, out = run(["psql", url, "-Xqc", text], LIMIT_TOOL_S)
        if status != 0:
            raise RuntimeError(f"psql: {out}")

    def with_template(self):
        """The tests' environment: each makes its database from one that has the migrations in."""
        url = self.url.rsplit("/", 1)[0] + "/zulauf_template"
        self.sql(self.url, "CREATE DATABASE zulauf_template TEMPLATE template0 ENCODING 'UTF8' "
                 "LOCALE 'C'")
        with tempfile.TemporaryDirectory(prefix="zulauf-template-") as data:
            status, out = run(["build/zulauf", "db", "migrate", "--data", data, "--db", url],
                              LIMIT_TOOL_S)
        if status != 0:
            raise RuntimeError(f"zulauf db migrate: {out}")
        # Its tables and nothing else: the command has made a workspace, and marked its keys.
        self.sql(url, "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(tablename::text, ',') "
                 "FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration');"
                 " END $$")
        return {"ZULAUF_TEST_DB": self.url, "ZULAUF_TEST_DB_TEMPLATE": "zulauf_template"}


def c_phase(folder, options, names, wrap=()):
    broken, said = build(folder, options, [f"tests/{n}" for n in names])
    total = report_broken(broken, said)
    total.add(run_c_tests(folder, [n for n in names if f"tests/{n}" not in broken], wrap))
    return total


def run_unittest(path):
    """A Python test file of the standard library's unittest."""
    status, out = run([sys.executable, path], LIMIT_TEST_S)
    ran = re.search(r"^Ran (\d+) test", out, re.M)
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", out))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", out))
    ran = int(ran[1]) if ran else 0
    if status != 0 and bad == 0 or ran == 0:
        bad += 1
    if bad:
        told(path, out)
    return Count(max(ran - bad - skipped, 0), bad, skipped)


def run_script(path):
    """A script of ours that closes with `N passed, M failed`."""
    command = ["node", path] if path.endswith(".mjs") else [sys.executable, path]
    status, out = run(command, LIMIT_SCRIPT_S)
    said = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", out, re.M)
    if not said:
        told(f"{path} (exit status {status}, no closing line)", out)
        return Count(failed=1)
    count = Count(*(int(n or 0) for n in said[-1]))
    if status != 0 and count.failed == 0:
        count.failed = 1
    if count.failed:
        told(path, out)
    else:  # the numbers that were measured
        print("".join(f"{path}: {line.strip()}\n" for line in out.splitlines()
                      if line.startswith(("   ", "skipped "))), end="", flush=True)
    return count


def phase_tidy(_only):
    return run_script("tests/tidy.py")


def phase_unit(only):
    total = report_broken(*build("build", [], ["zulauf"]))
    total.add(c_phase("build", [], test_names(only)))
    for path in sorted(glob.glob("tests/unit/test_*.py", root_dir=ROOT)):
        if only in path:
            total.add(run_unittest(path))
    return total


# gcc warns of what is no fault in code that it has instrumented; the plain build and clang's are
# the ones to be without a warning.
SANITIZED = ["-Doptimization=1", "-Dwerror=false"]


def phase_asan(only):
    return c_phase("build-asan", ["-Db_sanitize=address,undefined", *SANITIZED], test_names(only))


def phase_tsan(only):
    names = [n for n in test_names(only) if THREADED.match(n)]
    # The race detector wants its address space where it expects it.
    fixed = ["setarch", os.uname().machine, "-R"]
    wrap = fixed if run([*fixed, "true"], 10)[0] == 0 else []
    return c_phase("build-tsan", ["-Db_sanitize=thread", *SANITIZED], names, wrap=wrap)


def fuzz_one(name):
    corpus = os.path.join("tests/fuzz/corpus", name[len("fuzz_"):])
    with tempfile.TemporaryDirectory(prefix="zulauf-fuzz-") as grown:
        folders = [grown] + ([corpus] if os.path.isdir(os.path.join(ROOT, corpus)) else [])
        words = glob.glob(f"tests/fuzz/{name}.dict", root_dir=ROOT)
        return name, *run([f"build-fuzz/tests/{name}", f"-max_total_time={FUZZ_SECONDS}",
                           "-timeout=60", "-rss_limit_mb=1024", "-print_final_stats=1",
                           "-artifact_prefix=build-fuzz/", *[f"-dict={w}" for w in words],
                           *folders], FUZZ_SECONDS * 6 + LIMIT_TOOL_S, UNDER_SANITIZER)


def phase_fuzz(only):
    names = [os.path.basename(p)[:-2] for p in sources("fuzz")]
    names = [n for n in names if only in n]
    broken, said = build("build-fuzz", ["-Db_sanitize=address,undefined", "-Doptimization=1",
                                        "-Dfuzz=true", "-Dtests=false"],
                         [f"tests/{n}" for n in names], {"CC": "clang", "CXX": "clang++"})
    total = report_broken(broken, said)
    with ThreadPoolExecutor(CORES) as pool:
        for name, status, out in pool.map(fuzz_one, [n for n in names
                                                     if f"tests/{n}" not in broken]):
            if status != 0:  # without the fuzzer's lines of progress
                told(name, re.sub(r"(?m)^(#\d+\t|INFO:|stat::).*\n", "", out))
            runs = re.search(r"number_of_executed_units:\s*(\d+)", out)
            print(f"{name}: {runs[1] if runs else 'no'} inputs")
            total.add(Count(status == 0, status != 0))
    return total


def e2e_set_up():
    """Install the browser tests' packages unless the lock file is already satisfied."""
    folder = os.path.join(ROOT, "tests/e2e")
    done, lock = os.path.join(folder, "node_modules/.package-lock.json"), "package-lock.json"
    if os.path.exists(done) and os.path.getmtime(done) >= os.path.getmtime(
            os.path.join(folder, lock)):
        return 0, ""
    status, out = run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], LIMIT_TOOL_S,
                      {"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}, folder)
    if status == 0:
        os.utime(done)
    return status, out


def failed_in(suite):
    """Which of a suite's browser tests failed, and what they said first."""
    lines = []
    for spec in suite.get("specs", []):
        for test in spec["tests"]:
            if test["status"] not in ("expected", "skipped"):
                said = "\n".join(error.get("message", "") for result in test["results"]
                                 for error in result.get("errors", []))
                lines.append(f"FAILED {spec['file']} › {spec['title']}")
                lines += ["    " + line for line in COLOUR.sub("", said).splitlines()[:12]
                          if line.strip()]
    for inner in suite.get("suites", []):
        lines += failed_in(inner)
    return lines


def run_browser_tests(specs, what, env=None):
    """Playwright over the given files (none: all)."""
    status, out = e2e_set_up()
    if status != 0:
        told("to install the browser tests' packages", out)
        return Count(failed=1)
    folder = os.path.join(ROOT, "tests/e2e")
    results = os.path.join(folder, "results/results.json")
    if os.path.exists(results):
        os.remove(results)
    status, out = run(["node", "node_modules/@playwright/test/cli.js", "test", *specs],
                      LIMIT_E2E_S, env, folder)
    try:
        with open(results, encoding="utf-8") as f:
            result = json.load(f)
    except (OSError, ValueError):
        told(f"{what} (exit status {status})", out)
        return Count(failed=1)
    stats = result["stats"]
    # A test that passes only when tried again is a fault to find, not a pass.
    count = Count(stats["expected"], stats["unexpected"] + stats["flaky"], stats["skipped"])
    if status != 0 and count.failed == 0:
        count.failed = 1
    if count.failed:
        told(what, out, 400)
        for suite in result["suites"]:
            SAID_AT_THE_END.extend(failed_in(suite))
    return count


def phase_e2e(only):
    if not glob.glob("tests/e2e/**/*.spec.mjs", root_dir=ROOT, recursive=True):
        return Count()
    broken, said = build("build", [], ["zulauf"])
    if broken:
        return report_broken(broken, said)
    return run_browser_tests([only] if only else [], "the browser tests")


# What the whole product does, over HTTP and in the browser, and what must be refused.
ON_POSTGRES = ["/api.spec.mjs", "/story.spec.mjs", "/tokens.spec.mjs"]


def phase_postgres(only):
    """The store tests and the story again, on PostgreSQL."""
    names = test_names(only, ["store"])
    broken, said = build("build", [], ["zulauf", *[f"tests/{n}" for n in names]])
    total = report_broken(broken, said)
    if "zulauf" in broken:
        return total
    try:
        server = Postgres()
        env = server.with_template()
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        told("to start PostgreSQL", str(error))
        total.add(Count(failed=1))
        return total
    try:
        began = time.monotonic()
        count = run_c_tests("build", [n for n in names if f"tests/{n}" not in broken],
                            engine=" on PostgreSQL", env=env)
        print(f"store tests on PostgreSQL: {count}, {time.monotonic() - began:.0f} s", flush=True)
        total.add(count)
        specs = [n for n in ON_POSTGRES if only in n]
        if specs:
            count = run_browser_tests(specs, "the browser tests on PostgreSQL", env)
            print(f"browser tests on PostgreSQL: {count}", flush=True)
            total.add(count)
    finally:
        server.stop()
    return total


def scripts(folder, only):
    """What may be run there: a file without a first line that says so is imported by others."""
    found = []
    for path in sorted(glob.glob(f"{folder}/*.py", root_dir=ROOT)
                       + glob.glob(f"{folder}/*.mjs", root_dir=ROOT)):
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            if f.read(2) == "#!" and only in path:
                found.append(path)
    return found


def phase_fault(only):
    """Disks, networks, databases and nodes that fail; most of the time is waiting."""
    broken, said = build("build", [], ["zulauf"])
    if broken:
        return report_broken(broken, said)
    total = Count()
    with ThreadPoolExecutor(CORES) as pool:
        for count in pool.map(run_script, scripts("tests/fault", only)):
            total.add(count)
    return total


def phase_crash(only):
    broken, said = build("build", [], ["zulauf"])
    if broken:
        return report_broken(broken, said)
    total = Count()
    for path in scripts("tests/crash", only):
        total.add(run_script(path))
    return total


PHASES = {
    "tidy": phase_tidy,
    "unit": phase_unit,
    "asan": phase_asan,
    "tsan": phase_tsan,
    "fuzz": phase_fuzz,
    "e2e": phase_e2e,
    "postgres": phase_postgres,
    "crash": phase_crash,
    "fault": phase_fault,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("phases", nargs="*", metavar="PHASE", help=", ".join(PHASES))
    parser.add_argument("--only", default="", help="the tests whose name contains this")
    asked = parser.parse_args()
    unknown = set(asked.phases) - set(PHASES)
    if unknown:
        parser.error(f"no phase {', '.join(sorted(unknown))}; there are {', '.join(PHASES)}")
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what atexit has to end is ended
    total, table = Count(), []
    for name in asked.phases or PHASES:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        count = PHASES[name](asked.only)
        total.add(count)
        table.append(f"{name:8} {count}, {time.monotonic() - began:.0f} s")
        print(f"{name}: {count}", flush=True)
    print("\n".join(["== all", *table, *SAID_AT_THE_END]))
    print(total, flush=True)
    return 0 if total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
