#!/usr/bin/env python3
"""How much room a lead takes on PostgreSQL: postgres_size.py [--leads N]

Starts a server of its own with the schema of sql/migrations, fills it and prints bytes per table.
The widths are those of a lead that came through a form with double opt-in, as the program stores
it: sealed values do not compress, so random bytes stand for them. What each lead has besides
itself is PER_LEAD below; change it to what yours have.
"""
import argparse
import glob
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "unit"))
from test_postgres_sql import Server, migration, part  # noqa: E402

PER_LEAD = {"touchpoint": 10, "lead_word": 4, "consent_event": 2, "audit": 1}
# Bytes of sealed values, read from a database that the browser tests had filled.
SEALED = {"answers": 412, "evidence": 605, "network": 77, "key": 74, "envelope": 148, "mime": 667,
          "detail": 81, "hash": 32}
WORKSPACES = 20

PREPARE = """
CREATE FUNCTION pg_temp.noise(n int) RETURNS bytea LANGUAGE sql VOLATILE AS $$
    SELECT substr(string_agg(decode(md5(random()::text), 'hex'), ''), 1, n)
    FROM generate_series(1, n / 16 + 1) $$;
CREATE TEMP TABLE noise AS SELECT k, {columns} FROM generate_series(0, 63) k;
CREATE TEMP TABLE who AS SELECT n, 1 + n % {workspaces} AS w, 900000000000000 + n::bigint * 4194304 AS id,
    1700000000000 + n::bigint * 977 AS ms, (n % 64) AS k FROM generate_series(1, {leads}) n;
ANALYZE who;
"""
FILL = {
    "lead": """(workspace_id, id, canonical_id, lead_state, phase_kind, display_name, name_sort, email,
        email_state, permit_state, permit_purpose, lang, source, first_contact, created_ms, updated_ms,
        last_ms, trashed_ms, version_no, text_03, text_04, text_11)
        SELECT w, id, id, 0, n % 5, 'Leonie Zimmermann ' || n, 'zimmermann ' || n || ' leonie',
        'leonie.zimmermann' || n || '@example' || n % 9973 || '.de', 2, 1, 'Newsletter', 'de',
        'Google / cpc', rpad('{{"reason":"form","form":"Whitepaper","page":"https://www.example.de/p/'
        || n || '"', 218, 'x') || '}}', ms, ms, ms, 0, 3, 'Leonie', 'Zimmermann',
        'Maschinenbau ' || n % 4999 || ' GmbH' FROM who""",
    "lead_key": "SELECT w, id, key FROM who JOIN noise USING (k)",
    "identity": """SELECT w, 1, hashtextextended(n::text, 7), 'leonie.zimmermann' || n || '@example'
        || n % 9973 || '.de', id, 2, ms, ms FROM who""",
    "lead_word": """SELECT w, CASE i WHEN 1 THEN 'leonie' WHEN 2 THEN 'zimmermann' || n % 5000
        WHEN 3 THEN 'maschinenbau' || n % 4999 ELSE 'leonie.zimmermann' || n || '@example.de' END, id
        FROM who, generate_series(1, {lead_word}) i""",
    "touchpoint": """SELECT w, id, ms + i * 86400000::bigint, id + i, 1 + i % 17, id + i, CASE i % 3
        WHEN 0 THEN '{{"form":"Whitepaper Lagerplanung","form_id":"fm_0SAHC2W3R0000","form_version":1,"source":"direct"}}'
        WHEN 1 THEN '{{}}' ELSE '{{"template":"mail/doi","class":"doi"}}' END
        FROM who, generate_series(1, {touchpoint}) i""",
    "submission": "SELECT w, id + 1, 1, 1, id, ms, 2, answers FROM who JOIN noise USING (k)",
    "confirmation": """SELECT w, id + 2, id, id + 1, 1, 'leonie.zimmermann' || n || '@example.de', 1, ms,
        ms + 1209600000, ms + 60000, 1, ms FROM who""",
    "consent": "SELECT w, id + 3, id, 1, 1, 1, 2, ms, ms + 60000, 0, 0 FROM who",
    "consent_event": """SELECT w, id + 4 + i, id + 3, id, 1, id + 2, i, ms, evidence, key, network, key,
        1 + n / 10 FROM who JOIN noise USING (k), generate_series(1, {consent_event}) i""",
    "consent_block": "SELECT w, n / 10, ms, 10, hash, hash FROM who JOIN noise USING (k) WHERE n % 10 = 0",
    "mail": """SELECT w, id + 7, id, 2, 0, id + 2, 'mail/doi', rpad('m' || n, 26, 'x'), 2, envelope,
        mime, hash, ms, ms, 1, 0, 0, ms + 900 FROM who JOIN noise USING (k)""",
    "mail_attempt": "SELECT w, id + 7, 1, ms + 900, 1, '250 2.0.0 Ok: queued as 4F5B21C0A9D' FROM who",
    "audit": """SELECT w, id + 8 + i, ms, 1, 0, 'lead.update', 'lead', id, id, detail, sha256((id + i)::text::bytea), hash
        FROM who JOIN noise USING (k), generate_series(1, {audit}) i""",
}
SIZES = """SELECT c.relname, sum(CASE p.relkind WHEN 'r' THEN greatest(p.reltuples, 0) ELSE 0 END)::bigint, sum(pg_table_size(p.oid)),
    sum(pg_indexes_size(p.oid)) FROM pg_class c JOIN pg_class p ON p.oid = c.oid
        OR p.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = c.oid)
    WHERE c.relname IN ({names}) AND c.relkind IN ('r', 'p') GROUP BY 1
    ORDER BY sum(pg_total_relation_size(p.oid)) DESC;"""


def psql(server, sql):
    done = subprocess.run([part("psql"), "-h", server.folder, "-U", server.user, "-qAt", "-F", " ", "-v",
                           "ON_ERROR_STOP=1", "postgres"], input=sql, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--leads", type=int, default=100000)
    leads = ask.parse_args().leads
    server, began = Server(), time.monotonic()
    try:
        for path in sorted(glob.glob(os.path.join(ROOT, "sql/migrations/*.sql"))):
            psql(server, migration(path))
        columns = ", ".join(f"pg_temp.noise({n}) AS {name}" for name, n in SEALED.items())
        script = PREPARE.format(columns=columns, leads=leads, workspaces=WORKSPACES)
        script += "".join(f"INSERT INTO {table} {rows.format(**PER_LEAD)};\n" for table, rows in FILL.items())
        names = ", ".join(f"'{table}'" for table in FILL)
        psql(server, script)
        psql(server, "VACUUM ANALYZE;")
        lines = [line.split() for line in psql(server, SIZES.format(names=names)).splitlines()]
        print(f"{leads:,} leads, {time.monotonic() - began:.0f} s, "
              + psql(server, "SHOW server_version;").strip())
        print("| table | rows | bytes a row | of it indexes | bytes a lead |\n| --- | --- | --- | --- | --- |")
        total = 0
        for name, rows, table, indexes in lines:
            rows, table, indexes = max(int(rows), 1), int(table), int(indexes)
            total += table + indexes
            print(f"| {name} | {rows:,} | {(table + indexes) / rows:.0f} | {indexes / rows:.0f} | "
                  f"{(table + indexes) / leads:.0f} |")
        print(f"| together | | | | {total / leads:.0f} |")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
