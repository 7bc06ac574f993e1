"""Two transactions at once on a real PostgreSQL: what must not both happen does not.

Each runs at REPEATABLE READ, as every write of the program, on a snapshot from before the other's
commit. "40001" is what the program answers by running the whole function again; the texts are
those of the program, with values in place of parameters.
"""
import glob
import os
import select
import subprocess
import time
import unittest

from test_postgres_sql import ROOT, Server, migration, part, sqlgen

LIMIT_S = 120  # for what hangs
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;"
QUERIES = {q.name: q for queries in
           sqlgen.parse(sorted(glob.glob(os.path.join(ROOT, "src/*/*.sql")))).values() for q in queries}


def literal(value):
    if isinstance(value, int):
        return f"CAST({value} AS BIGINT)"
    return f"'\\x{value.hex()}'::bytea" if isinstance(value, bytes) else f"'{value}'"


def q(name, **values):
    values = {"workspace_id": 1, "now_ms": 5, **values}
    return "".join(literal(values[text]) if kind == "param" else text
                   for kind, text in QUERIES[name].text["postgres"]) + ";"


class Session:
    """One connection, as psql; an answer may have to be waited for."""

    def __init__(self, server):
        self.psql = subprocess.Popen(
            [part("psql"), "-h", server.folder, "-U", server.user, "-q", "-A", "-t", "-v",
             "VERBOSITY=sqlstate", "postgres"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.read = b""

    def send(self, sql):
        self.psql.stdin.write(f"{sql}\n\\echo ==\n".encode())
        self.psql.stdin.flush()

    def answer(self, limit_s=LIMIT_S):
        """What was said, lines joined by " "; None if nothing was for that long."""
        end = time.monotonic() + limit_s
        while b"==\n" not in self.read:
            left = end - time.monotonic()
            if left <= 0:
                return None
            if select.select([self.psql.stdout], [], [], left)[0]:
                self.read += os.read(self.psql.stdout.fileno(), 65536)
        said, self.read = self.read.split(b"==\n", 1)
        return " ".join(said.decode().split())

    def ask(self, sql):
        self.send(sql)
        return self.answer()

    def close(self):
        self.psql.stdin.close()
        self.psql.wait(LIMIT_S)
        self.psql.stdout.close()


def audit(number):
    return q("audit_add", id=number, at_ms=1, actor_kind=1, user_id=1, action="x", object_type="y",
             object_id=1, lead_id=0, detail=b"", prev_hash=b"\0", hash=bytes([number]))


def block(_):
    return q("consent_block_add", block_no=1, event_count=1, prev_hash=b"", hash=b"")


def identity(lead_id):
    return q("identity_add", kind=1, value_hash=5, value="a@b", lead_id=lead_id, state=0, verified_ms=0)


def throttle(failures):
    return q("throttle_put", key_hash=b"k", failures_n=failures, window_ms=9, blocked_until_ms=0)


def job_claim(token):
    return q("job_claim", slot=1, queue="q", lease_until_ms=9, lease_token=token)


def mail_claim(token):
    return (q("mail_claim", id=7, lease_until_ms=9, lease_token=token) +
            f"SELECT COUNT(*) FROM mail WHERE lease_token = {token};")


def sweep(_):
    return q("throttle_sweep", before_ms=9, limit=2) + "SELECT COUNT(*) FROM sign_in_throttle;"


WORKSPACE = "INSERT INTO workspace VALUES (1, 'a', '', 0, 0);"
MEMBER = "INSERT INTO membership VALUES (1, 3, 1, 0, 0);"
THROTTLES = ("INSERT INTO sign_in_throttle "
             "SELECT CAST('\\x0' || i AS BYTEA), 0, 0, 0 FROM generate_series(1, 4) i;")
LEAD = ("INSERT INTO lead (workspace_id, id, canonical_id, lead_state, phase_kind, display_name, name_sort,"
        " email, email_state, permit_state, permit_purpose, lang, source, first_contact, created_ms,"
        " updated_ms, last_ms, trashed_ms, version_no)"
        " VALUES (1, 9, 9, 0, 0, '', '', '', 0, 0, '', '', '', '', 0, 0, 100, 0, 1);")
JOBS = ("INSERT INTO job VALUES (1, 1, 0, 'q', 0, 0, 0, 0, 0, '', ''),"
        " (1, 2, 0, 'q', 0, 1, 0, 0, 0, '', '');")
MAIL = ("INSERT INTO mail VALUES (1, 7, 0, 1, 0, 0, '', '', 0, '', '', '', 0, 0, 0, 0, 0, 0);")
TOUCH_BACK = q("lead_touch", id=9, at_ms=50)  # of a node whose clock is behind
ERASE = q("lead_delete", id=9)
AGAIN = "40001"

# (what, rows, the first's statement, the second's, what the second is told, and that without waiting)
CASES = [
    ("the log forks", "", audit(1), audit(2), AGAIN, False),
    ("the chain forks", "", block(1), block(2), AGAIN, False),
    ("an address has two leads", "", identity(1), identity(2), AGAIN, False),
    ("one administrator demotes the other", WORKSPACE, q("workspace_turn", id=1), q("workspace_turn", id=1),
     AGAIN, False),
    ("a session for who is removed", MEMBER, q("member_delete", user_id=3), q("member_turn", user_id=3),
     AGAIN, False),
    ("an erased lead gets a mail", LEAD, ERASE, q("lead_turn", id=9), AGAIN, False),
    ("a lead is erased without what is just added", LEAD, TOUCH_BACK, ERASE, AGAIN, False),
    ("a key is taken twice", "", *[q("idempotency_begin", key_hash=b"k", request_hash=r) for r in (b"1", b"2")],
     AGAIN, False),
    ("two attempts count as one", "", throttle(1), throttle(1), AGAIN, False),
    ("two attempts more count as one", throttle(1), throttle(2), throttle(2), AGAIN, False),
    ("a job runs twice", JOBS, job_claim(11), job_claim(12), "2|0|1|", True),
    ("a mail goes out twice", MAIL, mail_claim(11), mail_claim(12), "0", True),
    ("what is swept away is waited for", THROTTLES, sweep(1), sweep(2), "2", True),
]


class TwoAtOnce(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        for path in sorted(glob.glob(os.path.join(ROOT, "sql/migrations/*.sql"))):
            cls.server.ask(migration(path))

    def setUp(self):
        self.server.ask("TRUNCATE workspace, membership, audit, consent_block, identity, lead, idempotency,"
                        " sign_in_throttle, job, mail;")
        self.a, self.b = Session(self.server), Session(self.server)
        self.addCleanup(self.a.close)
        self.addCleanup(self.b.close)

    def begin(self, rows):
        self.assertEqual(self.a.ask(rows), "")
        for session in (self.a, self.b):
            self.assertEqual(session.ask(BEGIN), "1")


def case_test(rows, first, second, told, at_once):
    def test(self):
        self.begin(rows)
        self.assertNotIn("ERROR", self.a.ask(first))
        self.b.send(second)
        said = self.b.answer() if at_once else self.b.answer(0.2)
        self.assertEqual(said is not None, at_once)
        self.assertEqual(self.a.ask("COMMIT;"), "")
        self.assertEqual((said or self.b.answer()).split(" ")[-1], told)
    return test


for what, *case in CASES:
    setattr(TwoAtOnce, "test_not_" + what.replace(" ", "_"), case_test(*case))

if __name__ == "__main__":
    unittest.main()
