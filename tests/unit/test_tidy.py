#!/usr/bin/env python3
"""tests/tidy.py finds what it says it finds: one row a breach, beside the same thing done well."""
import os
import subprocess
import sys
import tempfile
import unittest

TIDY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tidy.py")
TABLE = ("CREATE TABLE lead (\n    workspace_id BIGINT NOT NULL,\n    id BIGINT NOT NULL,\n"
         "    PRIMARY KEY (workspace_id, id)\n);\n")
ROWS = "    int t[] = {\n        1,\n        2,\n    };\n"
LONG = "int f(void)\n{\n" + "    g();\n" * 68 + "}\n"
JSON = {"ui/i18n/de.json": '{"a": {"b": "Hallo {name}"}}', "ui/i18n/en.json": '{"a": {"b": "Hi {name}"}}'}


def c(path, text):
    return {path: text}


def query(text, head="-- name: lead_all"):
    return {"sql/migrations/0001_x.sql": TABLE, "src/lead/lead.sql": f"{head}\n{text}\n",
            "src/lead/lead_store.c": "q_lead_all(tx);\n"}


def migration(text):
    return {"sql/migrations/0001_x.sql": text}


BREACHES = [  # what is done, what tidy says of it
    ("base reaches up", c("src/base/x.c", '#include "db/db.h"\n'), "base/ carries the building"),
    ("net reaches sideways", c("src/net/x.c", '#include "web/web.h"\n'), "net/ carries the building"),
    ("rules with I/O", c("src/lead/lead_rules.c", "#include <stdio.h>\n"), "rules are pure"),
    ("rules with SQL", c("src/lead/lead_rules.c", '#include "db/db.h"\n'), "rules are pure"),
    ("a use case speaks HTTP", c("src/lead/lead.c", '#include "web/web.h"\n'), "only lead_http.c"),
    ("another room's store", c("src/lead/lead.c", '#include "post/post_store.h"\n'), "another room's"),
    ("a circle", {"src/a/a.c": '#include "b/b.h"\n', "src/b/b.c": '#include "a/a.h"\n'},
     "closes a circle of rooms: a -> b -> a"),
    ("a part in the wrong room", c("src/lead/lead.c", "#include <sqlite3.h>\n"), "belongs in src/db/"),
    ("a part nobody knows", c("src/net/x.c", "#include <lz4.h>\n"), "has no place yet"),
    ("a part in two files", {"src/net/a.c": "#include <uv.h>\n", "src/net/b.c": "#include <uv.h>\n"},
     "is included by src/net/a.c already"),
    ("a long file", c("src/lead/lead.c", "\n" * 601), "a file has at most 600"),
    ("a long function", c("src/lead/lead.c", LONG), "71 lines; a function has at most 70"),
    ("a page with a query", {**query("SELECT 1 FROM lead WHERE workspace_id = :workspace_id;"),
                             "src/lead/lead_http.c": '#include "lead_sql.h"\n'}, "behind the room's face"),
    ("a long function with a table", c("src/lead/lead.c", LONG.replace("    g();\n", ROWS, 1)),
     "71 lines; a function has at most 70"),
    ("a banned call", c("src/lead/lead.c", "void f(void)\n{\n    strcpy(a, b);\n}\n"), "strcpy has no end"),
    ("the heap", c("src/lead/lead.c", "void *f(void) { return malloc(1); }\n"), "from the arena"),
    ("the clock", c("src/lead/lead.c", "long f(void) { return time(0); }\n"), "cx->now_ms"),
    ("a global", c("src/lead/lead.c", "static int counter;\n"), "counter is a global"),
    ("a global array", c("src/lead/lead.c", "static char name[4] = {0};\n"), "name is a global"),
    ("a header without a word", c("src/lead/lead.h", "#pragma once\n"), "begins with /* lead/lead.h --"),
    ("a bare function", c("src/lead/lead.h", "#pragma once\n\nint f(int x);\n"), "f has no comment"),
    ("a bare function after a gap", c("src/lead/lead.h", "/* Of f. */\nint f(void);\n\nint g(void);\n"),
     "g has no comment"),
    ("a moment as a number", c("src/lead/lead_value.c", 'void f(void) { value_set_int(map, "seen_ms", 1); }\n'),
     "'seen_ms' is a moment"),
    ("a helper", c("src/lead/helpers.c", ""), "does not say what it is"),
    ("an unused query", {"src/lead/lead.sql": "-- name: lead_none\nSELECT 1;\n"}, "lead_none is used nowhere"),
    ("a query over all workspaces", query("SELECT id FROM lead;"), "without :workspace_id"),
    ("a join that forgets one", query("SELECT 1 FROM lead a JOIN lead b ON b.id = a.id "
                                      "WHERE a.workspace_id = :workspace_id;"), "restricts 1 of them"),
    ("an insert into nowhere", query("INSERT INTO lead (id) SELECT :workspace_id;"), "without workspace_id"),
    ("a key of its own", migration(TABLE.replace("(workspace_id, id)", "(id)")), "must start with workspace_id"),
    ("a unique index", migration(TABLE + "CREATE UNIQUE INDEX u ON lead (id);"), "a unique index of lead"),
    ("SQLite's insert", query("INSERT OR IGNORE INTO lead (workspace_id) VALUES (:workspace_id);"), "ON CONFLICT"),
    ("a type of one engine", migration("CREATE TABLE x (\n  id INTEGER PRIMARY KEY\n);\n"), "BIGINT, TEXT"),
    ("a quoted name", query('SELECT "id" FROM lead WHERE workspace_id = :workspace_id;'), "double quotes"),
    ("a page by offset", query("SELECT id FROM lead WHERE workspace_id = :workspace_id OFFSET 5;"), "by key"),
    ("a missing sentence", {**JSON, "ui/i18n/en.json": "{}"}, "a.b is missing"),
    ("another gap", {**JSON, "ui/i18n/en.json": '{"a": {"b": "Hi {you}"}}'}, "the gaps differ"),
    ("a template's invention", {**JSON, "ui/pages/x.liquid": "{{ 'a.c' | t }}"}, "no sentence 'a.c'"),
    ("an error's invention", {**JSON, "src/lead/lead.c": 'fail(cx, ERR_X, "a.c");\n'}, "no sentence 'a.c'"),
    ("a field's invention", {**JSON, "src/lead/lead.c": 'fail_field(cx, S("x"), "a.c");\n'}, "no sentence 'a.c'"),
]

GOOD = {
    **JSON,
    **migration(TABLE + "CREATE INDEX lead_id ON lead (id);\n"),
    "ui/pages/x.liquid": "{{ 'a.b' | t: name: n }}",
    "src/base/base.h": "/* base/base.h -- words. */\n#pragma once\n\n#include <stdint.h>\n",
    "src/lead/lead_types.h": '/* lead/lead_types.h -- shapes. */\n#pragma once\n#include "base/base.h"\n',
    "src/lead/lead.h": "/* lead/lead.h -- leads. */\n#pragma once\n\n#include \"lead/lead_types.h\"\n\n"
                       "typedef int lead_fn(void);\n\n/* One. */\nint f(void);\nint g(int a,\n      int b);\n",
    "src/lead/lead.c": '#include "lead/lead.h"\n\nstatic const int TABLE[] = {1};\n'
                       '/* strcpy( is only named here */ static const char *const S = "gets(";\n'
                       + LONG.replace("    g();\n", "", 1).replace("    g();\n", ROWS, 1),
    "src/lead/lead_store.c": '#include "lead_sql.h"\nbool x(void)\n{\n    return q_lead_all(tx) && q_lead_two(tx);\n}\n',
    "src/lead/lead_http.c": '#include "web/web.h"\n',
    "src/lead/lead.sql": "-- name: lead_all\nSELECT id FROM lead WHERE workspace_id = :workspace_id;\n"
                         "-- name: lead_two\n-- scope: system\nSELECT id FROM lead;\n",
}


def tidy(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                f.write(text)
        done = subprocess.run([sys.executable, TIDY, root], text=True, stdout=subprocess.PIPE, check=False)
        return done.returncode, done.stdout


class Tidy(unittest.TestCase):
    def test_a_tidy_house_passes(self):
        status, said = tidy(GOOD)
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"^\d+ passed, 0 failed\n$")

    def test_every_breach_is_found(self):
        for name, files, sentence in BREACHES:
            with self.subTest(name):
                status, said = tidy(files)
                self.assertEqual(status, 1, said)
                self.assertIn(sentence, said)

    def test_a_breach_is_told_with_its_place(self):
        _, said = tidy(c("src/lead/lead.c", "\n\nint f(void) { return atoi(x); }\n"))
        self.assertIn("src/lead/lead.c:3: atoi ", said)


if __name__ == "__main__":
    unittest.main()
