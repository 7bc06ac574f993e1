#!/usr/bin/env python3
"""zulauf demo and zulauf copy as an operator runs them, with kill -9 in the middle."""
import importlib.util
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("ZULAUF_PROGRAM", os.path.join(ROOT, "build/zulauf"))
LEADS = "1500"


def postgres():
    """The private server of test_postgres_sql.py; None where PostgreSQL is not installed."""
    path = os.path.join(ROOT, "tests/unit/test_postgres_sql.py")
    spec = importlib.util.spec_from_file_location("test_postgres_sql", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Server() if os.path.exists(module.part("initdb")) else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def environment(**more):
    return {**{k: v for k, v in os.environ.items() if not k.startswith("ZULAUF_")}, **more}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="zulauf-demo-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run_program(self, *words, **more):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=600,
                              env=environment(**more))

    def done(self, *words, **more):
        ran = self.run_program(*words, **more)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def refused(self, sentence, *words):
        ran = self.run_program(*words)
        self.assertEqual(ran.returncode, 1, ran.stdout)
        self.assertIn(sentence, ran.stderr)

    def demo(self, name, *more):
        self.done("demo", "--data", self.path(name), "--leads", LEADS, "--seed", "4", *more)

    def url(self, name):
        return "sqlite:" + self.path(name, "zulauf.db")

    def rows(self, name, sql):
        db = sqlite3.connect(self.path(name, "zulauf.db"))
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def is_well(self, name, *more):
        said = self.done("check", "--data", self.path(name), *more)
        self.assertNotIn("FAULT", said)
        return said

    def take_keys(self, source, target):
        os.mkdir(self.path(target))
        shutil.copy(self.path(source, "keys.json"), self.path(target))

    def kill_when(self, ready, *words, **more):
        """Start the command and end it with kill -9 as soon as `ready` says so."""
        process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=environment(**more))
        self.addCleanup(process.kill)
        until = time.monotonic() + 300
        while not ready():
            self.assertIsNone(process.poll(), "it was over before it could be killed")
            self.assertLess(time.monotonic(), until)
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def serve(self, name, *more):
        process = subprocess.Popen([PROGRAM, "serve", "--data", self.path(name),
                                    "--listen", f"127.0.0.1:{free_port()}", *more],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        until = time.monotonic() + 300
        while not os.path.exists(self.path(name, "control.sock")):
            self.assertIsNone(process.poll(), "the server has ended")
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)
        return process


class Demo(Case):
    def test_an_empty_installation_is_filled_and_all_is_well(self):
        self.demo("a")
        self.assertRegex(self.is_well("a"), r"consent chain +ok .*: [1-9]\d* events in [1-9]")
        self.assertEqual(self.rows("a", "SELECT count(*) FROM lead"), [(int(LEADS),)])
        self.assertEqual(self.rows("a", "SELECT value FROM installation WHERE name = 'demo'"), [("4",)])
        self.assertEqual(self.rows("a", "PRAGMA journal_mode"), [("wal",)])
        # Nothing waits to be sent to anybody.
        self.assertEqual(self.rows("a", "SELECT count(*) FROM mail WHERE mail_state NOT IN (4, 6)"), [(0,)])
        self.assertEqual(self.rows("a", "SELECT count(*) FROM job"), [(0,)])

    def test_the_same_seed_and_moment_give_the_same_leads(self):
        what = ("SELECT id, display_name, email, source, created_ms, first_contact, text_11 FROM lead "
                "ORDER BY id")
        for name, seed in (("a", "4"), ("b", "4"), ("c", "5")):
            self.done("demo", "--data", self.path(name), "--leads", "300", "--seed", seed,
                      "--now", "2026-01-31T12:00:00Z")
        self.assertEqual(self.rows("a", what), self.rows("b", what))
        self.assertNotEqual(self.rows("a", what), self.rows("c", what))

    def test_an_installation_with_leads_is_left_alone(self):
        self.demo("a")
        self.refused("There are leads or forms here already", "demo", "--data", self.path("a"),
                     "--leads", "5")
        self.assertEqual(self.rows("a", "SELECT count(*) FROM lead"), [(int(LEADS),)])

    def test_accounts_that_are_there_stay(self):
        subprocess.run([PROGRAM, "user", "add", "--data", self.path("a"), "--email", "a@b.example",
                        "--name", "A", "--role", "administrator", "--password-stdin"],
                       input="drei Tassen Tee", text=True, check=True, capture_output=True,
                       env=environment())
        self.demo("a")
        self.assertIn(("a@b.example",), self.rows("a", "SELECT email FROM app_user"))

    def add_user(self, name, email):
        subprocess.run([PROGRAM, "user", "add", "--data", self.path(name), "--email", email, "--name",
                        "Miriam Vogt", "--role", "administrator", "--password-stdin"],
                       input="drei Tassen Tee", text=True, check=True, capture_output=True,
                       env=environment())

    def test_the_workspace_is_the_demo_firm(self):
        self.demo("a")
        self.assertEqual(self.rows("a", "SELECT name FROM workspace"), [("Beispiel Lagertechnik",)])
        self.assertEqual(self.rows("a", "SELECT count(*) FROM setting s JOIN logo l ON s.name = 'logo' "
                                        "AND CAST(s.value AS INTEGER) = l.id"), [(1,)])
        self.assertEqual(self.rows("a", "SELECT count(*) FROM app_user WHERE last_sign_in_ms = 0 AND "
                                        "name <> 'Martina Keller'"), [(0,)])
        self.assertRegex(self.is_well("a"), r"audit chain +ok .*: [1-9]\d\d entries")
        self.assertEqual(self.rows("a", "SELECT count(*) FROM wording WHERE approved_ms = 0"), [(0,)])

    def test_the_first_administrator_takes_the_seat_that_is_free(self):
        self.demo("a")
        seat = self.rows("a", "SELECT user_id FROM membership WHERE role_kind = 1")
        people = self.rows("a", "SELECT count(*) FROM app_user")
        self.add_user("a", "miriam@b.example")
        self.assertEqual(self.rows("a", "SELECT id FROM app_user WHERE email = 'miriam@b.example'"), seat)
        self.assertEqual(self.rows("a", "SELECT count(*) FROM app_user"), people)
        self.add_user("a", "second@b.example")
        self.assertEqual(self.rows("a", "SELECT count(*) FROM app_user"), [(people[0][0] + 1,)])
        self.is_well("a")

    def test_an_administrator_who_is_there_already_sits_in_it(self):
        self.add_user("a", "miriam@b.example")
        self.demo("a")
        self.assertEqual(self.rows("a", "SELECT email FROM app_user u JOIN membership m ON m.user_id = u.id "
                                        "AND m.role_kind = 1"), [("miriam@b.example",)])
        self.assertGreater(self.rows("a", "SELECT count(*) FROM lead l JOIN app_user u ON "
                                          "u.id = l.owner_user_id AND u.email = 'miriam@b.example'")[0][0], 0)

    def test_killed_in_the_middle_it_leaves_an_empty_installation(self):
        fresh = self.path("a", "zulauf.db.demo")

        def under_way():
            return os.path.exists(fresh) and os.path.getsize(fresh) > 4 << 20

        self.kill_when(under_way, "demo", "--data", self.path("a"), "--leads", "30000")
        self.is_well("a")
        self.assertEqual(self.rows("a", "SELECT count(*) FROM lead"), [(0,)])
        self.demo("a")
        self.is_well("a")
        self.assertFalse(os.path.exists(fresh))

    def test_beside_a_running_server_it_does_nothing(self):
        self.serve("a")
        self.refused("Another Zulauf is running", "demo", "--data", self.path("a"))

    def test_nonsense_is_a_question_of_the_command_line(self):
        for words in (["--leads", "0"], ["--leads", "many"], ["--events", "-1"], ["--now", "later"],
                      ["--now", "2999-01-01T00:00:00Z"], ["word"]):
            ran = self.run_program("demo", "--data", self.path("a"), *words)
            self.assertEqual(ran.returncode, 2, words)
        self.assertFalse(os.path.exists(self.path("a")))


class Copy(Case):
    def far(self, name, tables):
        """Whether so many tables are over, and the copy is not."""
        try:
            return self.rows(name, "SELECT count(*) FROM copy_progress WHERE is_done = 1")[0][0] >= tables
        except (sqlite3.OperationalError, sqlite3.DatabaseError):
            return False

    def test_all_of_it_is_there(self):
        self.demo("a")
        self.take_keys("a", "b")
        said = self.done("copy", "--from", self.url("a"), "--to", self.url("b"))
        self.assertIn("the same on both sides", said)
        self.assertIn("keys.json stays the same file", said)
        self.assertRegex(self.is_well("b"), r"consent chain +ok .*: [1-9]")

    def test_killed_in_the_middle_it_goes_on(self):
        self.demo("a")
        self.take_keys("a", "b")
        words = ["copy", "--from", self.url("a"), "--to", self.url("b")]
        self.kill_when(lambda: self.far("b", 15), *words, ZULAUF_TEST_COMMIT_DELAY_MS="60")
        self.refused("A copy into this database has broken off", "check", "--data", self.path("b"))
        said = self.done(*words)
        self.assertIn("the rest of a copy that had broken off", said)
        self.is_well("b")

    def test_who_looks_at_the_target_meanwhile_does_not_stop_it(self):
        self.demo("a")
        self.take_keys("a", "b")
        process = subprocess.Popen([PROGRAM, "copy", "--from", self.url("a"), "--to", self.url("b")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env=environment(ZULAUF_TEST_COMMIT_DELAY_MS="20"))
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        looks = 0
        while process.poll() is None:
            try:
                db = sqlite3.connect("file:" + self.path("b", "zulauf.db") + "?mode=ro", uri=True)
            except sqlite3.OperationalError:
                continue  # not there yet
            try:
                db.execute("BEGIN")
                db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                looks += 1
                time.sleep(0.02)
            except sqlite3.DatabaseError:
                pass  # it is being written
            finally:
                db.close()
        self.assertEqual(process.returncode, 0, process.stderr.read())
        self.assertGreater(looks, 0)
        self.is_well("b")

    def test_beside_a_running_server_it_does_nothing(self):
        self.demo("a")
        self.serve("a")
        os.mkdir(self.path("b"))
        self.refused("is running on", "copy", "--from", self.url("a"), "--to", self.url("b"))
        self.assertFalse(os.path.exists(self.path("b", "zulauf.db")))

    def test_what_is_there_is_not_written_over(self):
        self.demo("a")
        self.demo("b")
        self.refused("The target is not empty", "copy", "--from", self.url("a"), "--to", self.url("b"))
        self.is_well("b")

    def test_a_wrong_command_line_is_said(self):
        for words in ([], ["--from", "a.db", "--to", "b.db"], ["--from", "sqlite:a", "--to", "sqlite:a"]):
            self.assertEqual(self.run_program("copy", *words).returncode, 2, words)
        self.refused("there is no such database", "copy", "--from", self.url("none"), "--to", self.url("b"))


class CopyToPostgres(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = postgres()
        if cls.server is None:
            raise unittest.SkipTest("PostgreSQL is not installed")
        cls.addClassCleanup(cls.server.stop)
        cls.made = 0

    def setUp(self):
        super().setUp()
        type(self).made += 1
        self.database = f"copy_{self.made}"
        self.assertEqual(self.server.psql(f"CREATE DATABASE {self.database} TEMPLATE template0 "
                                          "ENCODING 'UTF8' LOCALE 'C'").stderr, "")
        self.pg = f"postgresql://{self.server.user}@/{self.database}?host={self.server.folder}"

    def pg_says(self, sql):
        return subprocess.run(["psql", self.pg, "-qAt", "-c", sql], capture_output=True, text=True,
                              timeout=600).stdout.strip()

    def test_there_and_back(self):
        self.demo("a")
        self.take_keys("a", "b")
        self.done("copy", "--from", self.url("a"), "--to", self.pg)
        self.is_well("a", "--db", self.pg)
        self.done("copy", "--from", self.pg, "--to", self.url("b"))
        self.is_well("b")
        what = "SELECT * FROM lead ORDER BY id"
        self.assertEqual(self.rows("a", what), self.rows("b", what))

    def test_killed_in_the_middle_it_goes_on(self):
        self.demo("a")
        words = ["copy", "--from", self.url("a"), "--to", self.pg]

        def far():
            done = self.pg_says("SELECT count(*) FROM copy_progress WHERE is_done = 1")
            return done.isdigit() and int(done) >= 15

        self.kill_when(far, *words, ZULAUF_TEST_COMMIT_DELAY_MS="100")
        self.refused("A copy into this database has broken off", "check", "--data", self.path("a"),
                     "--db", self.pg)
        self.assertIn("the rest of a copy that had broken off", self.done(*words))
        self.is_well("a", "--db", self.pg)

    def test_beside_a_running_server_it_does_nothing(self):
        self.serve("a", "--db", self.pg)
        os.mkdir(self.path("b"))
        self.refused("A server is running on the database of --from", "copy", "--from", self.pg,
                     "--to", self.url("b"))

    def test_what_is_there_is_not_written_over(self):
        self.demo("a")
        self.demo("b", "--db", self.pg)
        self.is_well("b", "--db", self.pg)
        self.refused("The target is not empty", "copy", "--from", self.url("a"), "--to", self.pg)

    def test_demo_data_can_be_made_there_but_once(self):
        self.demo("b", "--db", self.pg)
        self.refused("There are leads or forms here already", "demo", "--data", self.path("b"),
                     "--db", self.pg)
        self.assertEqual(self.pg_says("SELECT count(*) FROM lead"), LEADS)


if __name__ == "__main__":
    unittest.main()
