"""Leads from a CSV file: with nobody else there, and while people submit forms."""
import subprocess
import time

from ground import BINARY, output
from part_http import form_post

BESIDE_P99_MS, BESIDE_CONNECTIONS = 100, 4


def csv_file(bench, rows):
    """People who do not exist, each with an address of his own."""
    path = bench.path("leads.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write("E-Mail;Vorname;Nachname;Firma;Ort;Telefon\n")
        for n in range(rows):
            f.write(f"person{n}@import{n % 997}.example;Anna;Müller{n % 4999};Maschinenbau {n % 9973} GmbH;"
                    f"Köln;+49 221 {n:07}\n")
    return path


def command(bench, data, file):
    return [BINARY, "import", "leads", *bench.engine.arguments(data), file]


def alone(bench, file, rows):
    data = bench.copy(bench.with_forms(), "importing")
    began = time.monotonic()
    output(*command(bench, data, file))
    first = rows / (time.monotonic() - began)
    began = time.monotonic()
    output(*command(bench, data, file))
    again = rows / (time.monotonic() - began)
    bench.row("CSV import, new leads, server stopped, its check included", f"{first:,.0f} rows/s",
              "≥ 100,000 rows/s (SQLite)", bench.holds(first >= 100_000))
    bench.row("… the same file again: all are known", f"{again:,.0f} rows/s")


def is_over(bench, data):
    return bench.engine.ask(data, "SELECT COUNT(*) FROM lead_import WHERE ended_ms > 0") != [["0"]]


def beside(bench, file, rows):
    data = bench.copy(bench.with_forms(), "importing")
    with bench.server(data) as server:
        post = form_post(bench, "plain")
        bench.load(server, post, 200 // bench.size.shrink + 1)
        began, p99 = time.monotonic(), []
        # The command checks the file and leaves the rest to the server.
        child = subprocess.Popen(command(bench, data, file), stdout=subprocess.DEVNULL)
        while child.poll() is None or (child.returncode == 0 and not is_over(bench, data)):
            p99.append(bench.load(server, post, 400, BESIDE_CONNECTIONS)["p99_ms"])
        per_s = rows / (time.monotonic() - began)
    if child.returncode != 0:
        raise SystemExit("bench: the import failed beside the server")
    bench.row(f"CSV import, new leads, beside {BESIDE_CONNECTIONS} who submit without a pause",
              f"{per_s:,.0f} rows/s, p99 of a submission {max(p99):.0f} ms",
              f"≥ 35,000 rows/s, p99 ≤ {BESIDE_P99_MS} ms (SQLite)",
              bench.holds(per_s >= 35_000 and max(p99) <= BESIDE_P99_MS))


def imports(bench):
    rows = 50_000 // bench.size.shrink
    file = csv_file(bench, rows)
    alone(bench, file, rows)
    beside(bench, file, rows)
