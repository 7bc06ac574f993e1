#!/usr/bin/env python3
"""Run the tests: run_tests.py [--only WORD] [PHASE...]

Each phase builds what it needs, runs it and is counted; a test that does not build has failed.
The last line is `N passed, M failed, K skipped`; the exit status is 0 if nothing failed and
something passed. --only takes the tests whose name contains WORD.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORES = os.cpu_count() or 2
FUZZ_SECONDS = 10
LIMIT_TEST_S, LIMIT_SCRIPT_S, LIMIT_E2E_S = 300, 900, 1500

# Threads meet in these; the rest of the suite would only make the race detector slow.
THREADED = re.compile(r"^test_(db|http_server|loop|log|worker|job|node)")

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
        os.killpg(process.pid, 9)
        out, err = process.communicate()
        return -1, out, (err or "") + f"\nended after {limit_s} s without a result\n"


def run(command, limit_s, env=None, cwd=ROOT):
    """Exit status and whole output of a command."""
    status, out, err = run_apart(command, limit_s, env, cwd, subprocess.STDOUT)
    return status, out + err


def told(name, text, lines=60):
    """Show what a failing test said."""
    tail = COLOUR.sub("", text).strip().splitlines()
    if len(tail) > lines:
        tail = tail[: lines // 2] + ["..."] + tail[-lines // 2:]
    print(f"--- FAILED {name}")
    print("\n".join("    " + line for line in tail), flush=True)


def sources(kind):
    out = subprocess.run(["tools/sources.sh", kind], cwd=ROOT, text=True, check=True,
                         stdout=subprocess.PIPE).stdout
    return out.split()


def test_names(only):
    names = [os.path.basename(p)[:-2] for kind in ("unit", "store") for p in sources(kind)]
    return [n for n in names if only in n]


def build(folder, options, targets, env=None):
    """Configure and build; returns the set of targets that do not stand, and what was said."""
    status, out = run(["tools/configure.sh", folder, *options], 300, env)
    if status != 0:
        return set(targets), out
    if not targets:
        return set(), ""
    status, out = run(["ninja", "-C", folder, "-k", "0", *targets], 3600, env)
    if status == 0:
        return set(), out
    # An older executable may still lie there: what counts is whether work is left.
    broken = {t for t in targets
              if "no work to do" not in run(["ninja", "-C", folder, "-n", t], 60)[1]}
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


def run_c_tests(folder, names, wrap=()):
    env = {"CMOCKA_MESSAGE_OUTPUT": "TAP", **UNDER_SANITIZER}
    total = Count()

    def one(name):
        return name, *run_apart([*wrap, f"{folder}/tests/{name}"], LIMIT_TEST_S, env)

    with ThreadPoolExecutor(CORES) as pool:
        for name, status, out, err in pool.map(one, names):
            count = read_tap(status, out)
            if count.failed:
                bad = "\n".join(line for line in out.splitlines() if not line.startswith("ok "))
                told(f"{name} ({folder}, exit status {status})", bad + "\n" + err)
            total.add(count)
    return total


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
                           "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1",
                           "-artifact_prefix=build-fuzz/", *[f"-dict={w}" for w in words],
                           *folders], FUZZ_SECONDS * 6 + 60, UNDER_SANITIZER)


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
    status, out = run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], 600,
                      {"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}, folder)
    if status == 0:
        os.utime(done)
    return status, out


def phase_e2e(only):
    if not glob.glob("tests/e2e/**/*.spec.mjs", root_dir=ROOT, recursive=True):
        return Count()
    broken, said = build("build", [], ["zulauf"])
    if broken:
        return report_broken(broken, said)
    status, out = e2e_set_up()
    if status != 0:
        told("to install the browser tests' packages", out)
        return Count(failed=1)
    folder = os.path.join(ROOT, "tests/e2e")
    results = os.path.join(folder, "results/results.json")
    if os.path.exists(results):
        os.remove(results)
    status, out = run(["node", "node_modules/@playwright/test/cli.js", "test",
                       *([only] if only else [])], LIMIT_E2E_S, cwd=folder)
    try:
        with open(results, encoding="utf-8") as f:
            stats = json.load(f)["stats"]
    except (OSError, ValueError, KeyError):
        told(f"the browser tests (exit status {status})", out)
        return Count(failed=1)
    # A test that passes only when tried again is a fault to find, not a pass.
    count = Count(stats["expected"], stats["unexpected"] + stats["flaky"], stats["skipped"])
    if status != 0 and count.failed == 0:
        count.failed = 1
    if count.failed:
        told("the browser tests", out, 400)
    return count


def phase_crash(only):
    broken, said = build("build", [], ["zulauf"])
    if broken:
        return report_broken(broken, said)
    total = Count()
    for path in sorted(glob.glob("tests/crash/*.py", root_dir=ROOT)
                       + glob.glob("tests/crash/*.mjs", root_dir=ROOT)):
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            is_script = f.read(2) == "#!"  # what has none is imported by others
        if is_script and only in path:
            total.add(run_script(path))
    return total


PHASES = {
    "tidy": phase_tidy,
    "unit": phase_unit,
    "asan": phase_asan,
    "tsan": phase_tsan,
    "fuzz": phase_fuzz,
    "e2e": phase_e2e,
    "crash": phase_crash,
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
    total, table = Count(), []
    for name in asked.phases or PHASES:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        count = PHASES[name](asked.only)
        total.add(count)
        table.append(f"{name:6} {count}, {time.monotonic() - began:.0f} s")
        print(f"{name}: {count}", flush=True)
    print("== all\n" + "\n".join(table))
    print(total, flush=True)
    return 0 if total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
