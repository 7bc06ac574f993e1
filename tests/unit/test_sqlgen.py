#!/usr/bin/env python3
"""What tools/sqlgen.py makes of named queries, and which faults it tells."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import sqlgen  # noqa: E402

HEAD = "-- name: q\n"
FAULTS = [  # the text, what the message says
    ("SELECT 1;", "without '-- name:'"),
    (HEAD + "-- one: id\nSELECT id FROM t WHERE workspace_id = :workspace_id", "';'"),
    (HEAD + "-- one: id\nSELECT id FROM t;", "no :workspace_id"),
    (HEAD + "-- in: workspace_id\nDELETE FROM t WHERE w = :workspace_id;", "bound from the context"),
    (HEAD + "-- in: a\nDELETE FROM t WHERE w = :workspace_id;", "'a' of '-- in:' is not used"),
    (HEAD + "DELETE FROM t WHERE w = :workspace_id AND a = :a;", ":a is not in '-- in:'"),
    (HEAD + "-- one: id\nDELETE FROM t WHERE w = :workspace_id;", "names 1 columns, the text returns 0"),
    (HEAD + "SELECT id FROM t WHERE w = :workspace_id;", "returns rows"),
    (HEAD + "-- one: id\nSELECT id, f(a, b) FROM t WHERE w = :workspace_id;", "the text returns 2"),
    (HEAD + "-- out: id\nDELETE FROM t WHERE w = :workspace_id;", "no such directive"),
    (HEAD + "-- plan: once\nDELETE FROM t WHERE w = :workspace_id;", "no plan 'once'"),
    (HEAD + "-- only: oracle\nDELETE FROM t WHERE w = :workspace_id;", "no engine"),
    (HEAD + "-- in: a:float\nDELETE FROM t WHERE w = :workspace_id;", "is not a column"),
    (HEAD + "-- in: default\nDELETE FROM t WHERE w = :default;", "a word of C"),
    (HEAD + "DELETE FROM t; DELETE FROM u;", "text after the ';'"),
    ((HEAD + "DELETE FROM t WHERE w = :workspace_id;\n") * 2, "already"),
]
# the text, for sqlite, for postgres
TEXTS = [
    ("DELETE FROM t WHERE w = :workspace_id AND a = 'x:y;' -- :no\n AND b = :b AND c = :b;",
     "DELETE FROM t WHERE w = ?1 AND a = 'x:y;' AND b = ?2 AND c = ?2",
     "DELETE FROM t WHERE w = $1 AND a = 'x:y;' AND b = $2 AND c = $2"),
    ("DELETE FROM t /* ; :no */ WHERE b = :b::bigint AND w = :workspace_id;",
     "DELETE FROM t WHERE b = ?1::bigint AND w = ?2",
     "DELETE FROM t WHERE b = $1::bigint AND w = $2"),
]
TYPES = [("id", "SQL_I64"), ("at_ms", "SQL_I64"), ("at_ms?", "SQL_I64_OPT"), ("email", "SQL_TEXT"),
         ("email?", "SQL_TEXT"), ("flag:i64", "SQL_I64"), ("id:text", "SQL_TEXT"),
         ("sealed:blob", "SQL_BLOB"), ("n:i64?", "SQL_I64_OPT")]


class Sqlgen(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.dir.name, "lead.sql")

    def tearDown(self):
        self.dir.cleanup()

    def parse(self, text):
        with open(self.file, "w", encoding="utf-8") as f:
            f.write(text)
        return sqlgen.parse([self.file])[self.file]

    def test_every_fault_is_told_with_file_and_line(self):
        for text, says in FAULTS:
            with self.subTest(text), self.assertRaises(sqlgen.Fault) as caught:
                self.parse(text)
            self.assertIn(says, str(caught.exception))
            self.assertRegex(str(caught.exception), r"lead\.sql:\d+: ")

    def test_a_list_may_be_planned_for_its_values(self):
        q, = self.parse(HEAD + "-- plan: values\nDELETE FROM t WHERE w = :workspace_id;")
        r, = self.parse(HEAD + "DELETE FROM t WHERE w = :workspace_id;")
        self.assertIn("NULL, 0, true}", sqlgen.source({"lead.sql": [q]}))
        self.assertNotIn("NULL, 0, true}", sqlgen.source({"lead.sql": [r]}))

    def test_a_query_is_made_for_each_table_of_a_workspace(self):
        found = self.parse(HEAD + "-- each: workspace\n-- in: limit\n"
                           "DELETE FROM {table} WHERE {workspace} = :workspace_id AND ({key}) IN "
                           "(SELECT {key} FROM {table} WHERE {workspace} = :workspace_id LIMIT :limit);")
        texts = {q.each_of[1]: "".join(text for _, text in q.text["sqlite"]) for q in found}
        self.assertIn("DELETE FROM lead WHERE workspace_id = workspace_id", texts["lead"])
        self.assertIn("(workspace_id, lead_id, at_ms, id)", texts["touchpoint"])
        self.assertIn("of_workspace_id = workspace_id AND (secret_hash)", texts["session"])
        self.assertFalse({"workspace", "app_user", "installation", "node"} & set(texts))
        header = sqlgen.room_header("lead.sql", found)
        self.assertIn(f"_EACH = {len(found)} }};", header)
        self.assertEqual(header.count("MUST_USE static inline bool"), 1)

    def test_parameters_are_numbered_for_each_engine(self):
        for text, lite, post in TEXTS:
            with self.subTest(text):
                q, = self.parse(HEAD + "-- in: b\n" + text)
                order = sqlgen.params(q.text["sqlite"])
                self.assertEqual(sqlgen.numbered(q.text["sqlite"], "?", order), lite)
                self.assertEqual(sqlgen.numbered(q.text["postgres"], "$", order), post)

    def test_a_column_gets_its_type_from_its_name_unless_it_says_so(self):
        for column, want in TYPES:
            with self.subTest(column):
                q, = self.parse(HEAD + f"-- many: {column}\n-- scope: system\nSELECT x FROM t;")
                self.assertEqual(q.outs[0][1], want)

    def test_a_range_stands_for_each_of_its_parameters(self):
        q, = self.parse(HEAD + "-- in: kind, h_08..h_11:blob\n"
                        "DELETE FROM t WHERE w = :workspace_id AND k = :kind AND h IN (:h_08..h_11);")
        self.assertEqual([name for name, _ in q.ins], ["kind", "h_08", "h_09", "h_10", "h_11"])
        self.assertEqual({kind for _, kind in q.ins[1:]}, {"SQL_BLOB"})
        self.assertIn("h IN ($3, $4, $5, $6)",
                      sqlgen.numbered(q.text["postgres"], "$", sqlgen.params(q.text["postgres"])))

    def test_a_list_goes_on_after_a_comma(self):
        q, = self.parse(HEAD + "-- in: a,\n--     b\nDELETE FROM t WHERE w = :workspace_id + :a + :b;")
        self.assertEqual([name for name, _ in q.ins], ["a", "b"])

    def test_a_postgres_text_stands_beside_the_common_one(self):
        q, = self.parse(HEAD + "DELETE FROM t WHERE w = :workspace_id;\n" + HEAD +
                        "-- only: postgres\nDELETE FROM u WHERE w = :workspace_id;")
        self.assertEqual(sqlgen.numbered(q.text["sqlite"], "?", ["workspace_id"]),
                         "DELETE FROM t WHERE w = ?1")
        self.assertEqual(sqlgen.numbered(q.text["postgres"], "$", ["workspace_id"]),
                         "DELETE FROM u WHERE w = $1")

    def test_what_did_not_change_is_not_written(self):
        self.parse(HEAD + "DELETE FROM t WHERE w = :workspace_id;")
        out = os.path.join(self.dir.name, "gen")
        sqlgen.generate(out, [self.file])
        for name in sqlgen.outputs([self.file]):
            os.utime(os.path.join(out, name), (1, 1))
        sqlgen.generate(out, [self.file])
        for name in sqlgen.outputs([self.file]):
            self.assertEqual(os.stat(os.path.join(out, name)).st_mtime, 1)


if __name__ == "__main__":
    unittest.main()
