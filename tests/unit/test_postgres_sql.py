"""The same SQL for both engines: a real PostgreSQL takes every migration and prepares every query.

SQLite takes much that PostgreSQL does not (a reserved word as a name, a parameter of no type), so
reading the text is not enough. Nor do both call a result by the same type: a sum of BIGINT is
NUMERIC there, and the program reads what it declared.
"""
import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import sqlgen  # noqa: E402

RESULTS = {"SQL_I64": {"bigint", "integer", "smallint"}, "SQL_TEXT": {"text"}, "SQL_BLOB": {"bytea"}}
RESULTS["SQL_I64_OPT"] = RESULTS["SQL_I64"]
TYPES = {"SQL_I64": "bigint", "SQL_I64_OPT": "bigint", "SQL_TEXT": "text", "SQL_BLOB": "bytea"}
NOBODY_IS_ROOT = "postgres"  # the server refuses to run as root; Debian's package makes this user


def part(name):
    found = shutil.which(name)
    places = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found or (places[-1] if places else name)


class Server:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="zulauf-pg-")
        self.user = NOBODY_IS_ROOT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.folder, self.user)
        self.run(part("initdb"), "-D", f"{self.folder}/data", "--locale=C", "-E", "UTF8", "-A", "trust")
        self.run(part("pg_ctl"), "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w",
                 "-o", f"-k {self.folder} -c listen_addresses= -c fsync=off", "start")

    def run(self, *command):
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              user=self.user if os.geteuid() == 0 else None, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")

    def ask(self, sql):
        return self.psql(sql).stderr.strip()

    def psql(self, sql):
        return subprocess.run([part("psql"), "-h", self.folder, "-U", self.user, "-q", "-A", "-t", "-v",
                               "ON_ERROR_STOP=1", "postgres"], input=sql, capture_output=True, text=True,
                              timeout=600)

    def stop(self):
        self.run(part("pg_ctl"), "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def migration(path):
    """The text of a migration as PostgreSQL gets it (db/migrate.c)."""
    kept, skip = [], False
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("-- only: "):
                skip = not line.startswith("-- only: postgres")
            elif line.startswith("-- all engines"):
                skip = False
            if not skip:
                kept.append(line)
    return "".join(kept)


class PostgresTakesTheSql(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.faults = {}
        for path in sorted(glob.glob(os.path.join(ROOT, "sql/migrations/*.sql"))):
            fault = cls.server.ask(migration(path))
            if fault:
                cls.faults[os.path.basename(path)] = fault

    def test_every_migration_runs(self):
        self.assertEqual(self.faults, {})

    def test_every_query_is_prepared(self):
        faults, count = {}, 0
        for queries in sqlgen.parse(sorted(glob.glob(os.path.join(ROOT, "src/*/*.sql")))).values():
            for q in queries:
                order = sqlgen.params(q.text["postgres"])
                kinds = dict(q.ins or [], workspace_id="SQL_I64")
                types = ", ".join(TYPES[kinds[name]] for name in order)
                head = f"PREPARE q ({types})" if types else "PREPARE q"
                fault = self.server.ask(f"{head} AS {sqlgen.numbered(q.text['postgres'], '$', order)};")
                count += 1
                if fault:
                    faults[q.name] = fault
        self.assertEqual(faults, {})
        self.assertGreater(count, 100)

    def test_every_result_is_of_the_type_that_is_declared(self):
        wanted, script = {}, ""
        for queries in sqlgen.parse(sorted(glob.glob(os.path.join(ROOT, "src/*/*.sql")))).values():
            for q in queries:
                if not q.outs:
                    continue
                wanted[q.name] = [kind for _, kind in q.outs]
                script += f"\\echo {q.name}\n{described(q)} \\gdesc\n"
        told = self.server.psql(script)
        self.assertEqual(told.stderr, "")
        found, name = {}, None
        for line in told.stdout.splitlines():
            if "|" in line:
                found[name].append(line.rsplit("|", 1)[1])
            else:
                name = line
                found[name] = []
        faults = [(name, kinds, found[name]) for name, kinds in wanted.items()
                  if len(kinds) != len(found[name])
                  or any(got not in RESULTS[kind] for kind, got in zip(kinds, found[name]))]
        self.assertEqual(faults, [])
        self.assertGreater(len(wanted), 60)

    def test_a_result_of_another_type_is_found(self):
        told = self.server.psql("SELECT SUM(id) AS n, COUNT(*) = 0 AS b FROM lead \\gdesc\n")
        self.assertEqual(told.stdout.split(), ["n|numeric", "b|boolean"])


def described(q):
    """Its text with a typed NULL for each parameter: psql asks for the types of the result."""
    kinds = dict(q.ins or [], workspace_id="SQL_I64")
    return "".join(f"CAST(NULL AS {TYPES[kinds[text]]})" if kind == "param" else text
                   for kind, text in q.text["postgres"])


if __name__ == "__main__":
    unittest.main()
