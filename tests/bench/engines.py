"""What the benchmarks store in: SQLite, and a PostgreSQL of their own on the same disk.

An engine makes databases, copies them, and says what the program is to be given. A "data" is the
path of a data folder; on PostgreSQL the folder holds keys only, and the rows are in the database of
the folder's name.
"""
import glob
import os
import re
import shutil
import sqlite3
import subprocess

USER = "postgres"  # the server refuses to run as root; Debian's package makes this user
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB"}  # all else as it comes; fsync is on


def part(name):
    found = shutil.which(name)
    places = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found or (places[-1] if places else name)


class Sqlite:
    name, title = "sqlite", "SQLite"

    def arguments(self, data):
        return ["--data", data]

    def copy(self, data, to):
        self.remove(to)
        shutil.copytree(data, to)

    def remove(self, data):
        shutil.rmtree(data, ignore_errors=True)

    def ask(self, data, sql):
        """Rows of a query, as lists of texts."""
        db = sqlite3.connect(os.path.join(data, "zulauf.db"))
        try:
            return [[str(cell) for cell in row] for row in db.execute(sql)]
        finally:
            db.close()

    def where(self, data):
        """As `zulauf copy` and the bare loop name it."""
        return "sqlite:" + os.path.join(data, "zulauf.db")

    def size_bytes(self, data):
        return sum(os.path.getsize(f) for f in glob.glob(os.path.join(data, "zulauf.db*")))

    def memory_bytes(self):
        return None

    def cpu_s(self):
        return 0

    def settle(self, data):
        pass

    def version(self):
        return "SQLite " + sqlite3.sqlite_version

    def stop(self):
        pass


class Postgres:
    name, title = "postgresql", "PostgreSQL"

    def __init__(self, folder, durable=True):
        self.folder = os.path.join(folder, "postgresql")
        settings = SETTINGS if durable else {"fsync": "off"}
        self.options = " ".join(f"-c {k}={v}" for k, v in settings.items())
        if not os.path.exists(os.path.join(self.folder, "data")):
            os.makedirs(self.folder, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(self.folder, USER)
            self.run("initdb", "-D", f"{self.folder}/data", "--locale=C", "-E", "UTF8", "-A", "trust")
        self.control("start", "-o", f"-k {self.folder} -c listen_addresses= {self.options}")

    def run(self, name, *command):
        done = subprocess.run(
            [part(name), *command], cwd="/", capture_output=True, text=True,
            stdin=subprocess.DEVNULL, user=USER if os.geteuid() == 0 else None, timeout=600)
        if done.returncode != 0:
            raise SystemExit(f"bench: {name}: {done.stdout}{done.stderr}")

    def control(self, *command):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", *command)

    def url(self, database):
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def database(self, data):
        return os.path.basename(data)

    def psql(self, database, sql):
        done = subprocess.run(
            [part("psql"), "-h", self.folder, "-U", USER, "-qAtX", "-F", "\t", "-v",
             "ON_ERROR_STOP=1", database], input=sql, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: {sql}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def ask(self, data, sql):
        return self.psql(self.database(data), sql)

    def arguments(self, data):
        """A database that is not there is made: the program wants one."""
        name = self.database(data)
        if not self.psql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.psql("postgres", f'CREATE DATABASE "{name}"')
        return ["--data", data, "--db", self.url(name)]

    def copy(self, data, to):
        self.remove(to)
        shutil.copytree(data, to)
        self.psql("postgres", f'CREATE DATABASE "{self.database(to)}" '
                              f'TEMPLATE "{self.database(data)}"')
        self.psql("postgres", "CHECKPOINT")  # so that what is measured does not begin with one

    def remove(self, data):
        shutil.rmtree(data, ignore_errors=True)
        self.psql("postgres", f'DROP DATABASE IF EXISTS "{self.database(data)}" WITH (FORCE)')

    def where(self, data):
        self.arguments(data)
        return self.url(self.database(data))

    def size_bytes(self, data):
        return int(self.ask(data, "SELECT pg_database_size(current_database())")[0][0])

    def processes(self):
        with open(f"{self.folder}/data/postmaster.pid") as f:
            first = f.readline().strip()
        with open(f"/proc/{first}/task/{first}/children") as f:
            return [first, *f.read().split()]

    def memory_bytes(self):
        """Proportional share of what is mapped: a shared buffer that is in use counts once."""
        total = 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as f:
                    total += int(re.search(r"Pss:\s+(\d+)", f.read()).group(1)) * 1024
            except OSError:
                pass  # it has just ended
        return total

    def cpu_s(self):
        """User and system time of all processes that are still there."""
        total = 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/stat") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                pass
        return total / os.sysconf("SC_CLK_TCK")

    def settle(self, data):
        """As autovacuum leaves it, which would else come at a moment of its own."""
        self.ask(data, "VACUUM ANALYZE")
        self.psql("postgres", "CHECKPOINT")

    def version(self):
        settings = ", ".join(f"{k} {v}" for k, v in SETTINGS.items())
        return f"PostgreSQL {self.psql('postgres', 'SHOW server_version')[0][0]} ({settings})"

    def stop(self):
        self.control("stop", "-m", "fast")
