"""How SQLite finds the rows: no query reads a table that grows from end to end.

Without statistics, as the program runs it: what the plan of an empty database is, stays. A plan is
a text of SQLite's; only which table is scanned and which index is taken are asked for.
"""
import glob
import os
import re
import sqlite3
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import sqlgen  # noqa: E402

GROWING = ["lead", "lead_key", "lead_word", "lead_note", "lead_task", "lead_notice", "identity", "touchpoint",
           "field_history", "phase_event", "handover", "consent", "consent_event", "consent_block", "confirmation",
           "suppression", "submission", "suspect", "mail", "mail_attempt", "audit"]
# What has to look at all of it, seldom.
WHOLE = {"backup_facts"}
# Where two indexes fit and one of them is long: the state of a confirmation says little, its lead all.
BY = {
    "submission_last": "confirmation_lead",
    "submission_of_lead": "confirmation_lead",
    "submission_page_of_state": "confirmation_lead",
    "submission_page_of_tries": "confirmation_lead",
    "submission_one": "confirmation_lead",
}


def migration(path):
    kept, skip = [], False
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("-- only: "):
                skip = not line.startswith("-- only: sqlite")
            elif line.startswith("-- all engines"):
                skip = False
            if not skip:
                kept.append(line)
    return "".join(kept)


class PlansTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = sqlite3.connect(":memory:")
        cls.addClassCleanup(cls.db.close)
        for path in sorted(glob.glob(os.path.join(ROOT, "sql/migrations/*.sql"))):
            cls.db.executescript(migration(path))
        cls.plan = {}
        for queries in sqlgen.parse(sorted(glob.glob(os.path.join(ROOT, "src/*/*.sql")))).values():
            for q in queries:
                if "sqlite" in q.text:
                    cls.plan[q.name] = cls.explain("".join("1" if kind == "param" else text
                                                           for kind, text in q.text["sqlite"]))

    @classmethod
    def explain(cls, sql):
        return [row[3] for row in cls.db.execute("EXPLAIN QUERY PLAN " + sql)]

    def test_no_table_that_grows_is_read_from_end_to_end(self):
        scan = re.compile(r"SCAN (%s)\b" % "|".join(GROWING))
        faults = {name: steps for name, steps in self.plan.items()
                  if name not in WHOLE and not name.startswith("erase_rows") and any(map(scan.match, steps))}
        self.assertEqual(faults, {})

    def test_the_index_that_says_most_is_taken(self):
        for name, index in BY.items():
            with self.subTest(name):
                self.assertTrue(any(f"INDEX {index} " in step for step in self.plan[name]), self.plan[name])


if __name__ == "__main__":
    unittest.main()
