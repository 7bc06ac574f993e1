#!/usr/bin/env python3
"""Expand before contract: a step of the schema leaves the program before it at work.

While nodes are replaced one by one, old and new ones share a database. A step may add; what takes
away or narrows (a column dropped, renamed or made NOT NULL, a type changed) breaks the nodes that
are still old. It says `-- contract: NNNN`, naming an older step that made the replacement, which
shipped in a release before.
"""
import glob
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NARROWS = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|INDEX)|RENAME\s+(TO|COLUMN)|ALTER\s+COLUMN\s+\w+\s+(SET\s+NOT\s+NULL|TYPE|"
    r"SET\s+DATA\s+TYPE)|ADD\s+COLUMN\s+\w+\s+\w+\s+NOT\s+NULL(?!\s+DEFAULT)|ADD\s+CONSTRAINT)\b", re.I)
CONTRACT = re.compile(r"^-- contract: (\d{4})$", re.M)


def faults(name, text):
    """What breaks the rule in one step."""
    number = int(name[:4])
    says = [int(n) for n in CONTRACT.findall(text)]
    bare = re.sub(r"--[^\n]*", "", text)
    narrow = NARROWS.search(bare)
    if narrow and not says:
        return [f"{name}: '{narrow[0]}' breaks the nodes that are still old; "
                "say '-- contract: NNNN' with the step that made its replacement in a release before"]
    if says and not narrow:
        return [f"{name}: says '-- contract:' and narrows nothing"]
    return [f"{name}: '-- contract: {n:04d}' is no older step" for n in says if not 0 < n < number]


class Migrations(unittest.TestCase):
    def test_no_step_breaks_the_release_before(self):
        files = sorted(glob.glob(os.path.join(ROOT, "sql/migrations/*.sql")))
        self.assertGreater(len(files), 3)
        found = []
        for path in files:
            with open(path, encoding="utf-8") as f:
                found += faults(os.path.basename(path), f.read())
        self.assertEqual(found, [])

    def test_every_breach_is_found(self):
        for sql in ("ALTER TABLE lead DROP COLUMN a;", "DROP TABLE lead;",
                    "ALTER TABLE lead RENAME COLUMN a TO b;",
                    "ALTER TABLE lead ALTER COLUMN a SET NOT NULL;",
                    "ALTER TABLE lead ALTER COLUMN a TYPE TEXT;",
                    "ALTER TABLE lead ADD COLUMN a BIGINT NOT NULL;",
                    "-- contract: 0009\nDROP TABLE lead;", "-- contract: 0001\nSELECT 1;"):
            self.assertEqual(len(faults("0005_x.sql", sql)), 1, sql)

    def test_sound_steps_are_let_through(self):
        for sql in ("CREATE TABLE a (b BIGINT NOT NULL);",
                    "ALTER TABLE lead ADD COLUMN a BIGINT NOT NULL DEFAULT 0;",
                    "-- DROP TABLE is only spoken of\nSELECT 1;",
                    "-- contract: 0002\nALTER TABLE lead DROP COLUMN a;"):
            self.assertEqual(faults("0005_x.sql", sql), [], sql)


if __name__ == "__main__":
    unittest.main()
