#!/usr/bin/env python3
"""Schema and queries could stand on Citus, distributed by workspace.

No Citus is at hand where the tests run: the rules are its documentation's (SQL support and
workarounds, creating distributed tables), held against what the migrations and queries say. Every
rule has an example below that breaks it.
"""
import glob
import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import schema  # noqa: E402
import sqlgen  # noqa: E402

# Queries that ask all shards, each with the reason why that is well.
FAN_OUT = {
    "lead_trash_due": "retention, a batch once in a while",
    "mail_due": "one node's delivery asks for all workspaces; the index of what is due serves",
    "mail_in_flight": "as mail_due",
    "idempotency_oldest": "housekeeping of the hour",
    "idempotency_sweep": "as idempotency_oldest",
    "bell_forget": "as idempotency_oldest",
    "consent_unsealed_workspaces": "the sealer, one node at a time; a seek a workspace",
    "confirmation_overdue_workspaces": "expiry, once a minute",
    "tally_changed_workspaces": "the fold, once a second; what has changed within it",
    "tally_clocks": "as tally_changed_workspaces; a row a workspace",
    "backup_facts": "an archive's head, counted once a backup",
}

# What a visitor or somebody at work waits for: one shard, in one step.
HOT = {
    "the form's page": "workspace_by_host form_by_slug form_version_get setting_all wording_get "
                       "purpose_by_slug blob_get",
    "a submission": "idempotency_begin idempotency_get idempotency_done identity_find identity_add "
                    "lead_insert lead_get lead_key_add lead_key_get lead_words_add lead_touch "
                    "submission_add touchpoint_add consent_find consent_add consent_set "
                    "consent_event_add confirmation_add confirmation_open_of "
                    "confirmation_asked_since suppression_find mail_insert",
    "a confirmation": "confirmation_get confirmation_answer consent_event_of_confirmation "
                      "submission_get submission_set_state identity_set_state "
                      "lead_set_email_state lead_set_permit suppression_lift",
    "the list of leads": "lead_page_created_desc lead_page_created_asc lead_page_last_desc "
                         "lead_page_last_asc lead_page_name_desc lead_page_name_asc "
                         "lead_page_source_desc lead_page_source_asc lead_search "
                         "lead_search_words lead_count_state lead_source_names",
    "a lead": "touchpoint_page consent_of_lead consent_event_of_lead submission_of_lead note_list "
              "identity_of_lead mail_of_confirmation mail_attempt_list",
    "today": "submission_last submission_count_since consent_counts confirmation_waiting",
    "signing in": "session_find user_by_email token_find throttle_get",
}

# Another answer, or another value, each time or on each node.
VOLATILE = set(
    "now random clock_timestamp transaction_timestamp statement_timestamp timeofday nextval currval "
    "lastval setval gen_random_uuid uuid_generate_v4 randomblob last_insert_rowid datetime strftime "
    "unixepoch julianday txid_current pg_current_xact_id pg_advisory_lock pg_advisory_xact_lock "
    "pg_try_advisory_xact_lock set_config".split())
VOLATILE_WORDS = {"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIMESTAMP", "LOCALTIME"}
ONE_SHARD_ONLY = {"TABLESAMPLE", "ROLLUP", "CUBE", "GROUPING"}
MIGRATION_BANS = [
    (r"\bTRIGGER\b", "no triggers"), (r"\b(FUNCTION|PROCEDURE)\b", "no functions or procedures"),
    (r"\bCREATE\s+(OR\s+REPLACE\s+)?RULE\b", "no rules"), (r"\bEXCLUDE\b", "no exclusion constraints"),
    (r"\b(SEQUENCE|SERIAL|BIGSERIAL|AS\s+IDENTITY|AUTOINCREMENT)\b", "ids are made by the program"),
    (r"\bDEFAULT\s+\w+\s*\(", "no default that is computed"),
    (r"\bCREATE\s+(MATERIALIZED\s+)?VIEW\b", "no views"), (r"\bINHERITS\b", "no inheritance"),
]


# --- the schema ---

def schema_faults(tables, places):
    """What of keys and places could not stand on Citus."""
    distributed = [name for name, place in places.items() if place.kind == "distributed"]
    for name in sorted(set(tables) - set(places)):
        yield f"{name} has no row in src/cmd/distribution.c"
    for name in sorted(set(places) - set(tables)):
        yield f"{name} has a row in src/cmd/distribution.c and is no table"
    for name, table in tables.items():
        place = places.get(name)
        if place is None:
            continue
        if "workspace_id" in table.columns and place.kind == "local":
            yield f"{name} is of a workspace and cannot be local"
        if place.kind == "distributed" and place.column != "workspace_id":
            yield f"{name} is distributed by something else than its workspace"
        if place.column and table.columns.get(place.column) != "BIGINT":
            yield f"{name}: {place.column} is no BIGINT, so that it could not be co-located"
        if place.column and not any(kind == "PRIMARY" for kind, _, _ in table.keys):
            yield f"{name} has no primary key"
        if table.partition != ([place.partition] if place.partition else []):
            yield f"{name} is partitioned by {table.partition}, and its place says '{place.partition}'"
        for kind, columns, other in table.keys:
            first = "workspace_id" if "workspace_id" in table.columns else place.column
            if first and columns[:1] != [first]:
                yield f"{name}: {kind} ({', '.join(columns)}) does not start with {first}"
            if place.partition and kind in ("PRIMARY", "UNIQUE") and place.partition not in columns:
                yield f"{name}: {kind} lacks {place.partition}, by which it is partitioned"
            if other is not None:
                yield from foreign_key_faults(name, place, columns, other, places)
    if distributed and distributed[0] != "lead":
        yield "the first distributed table is lead, which the others stand beside"


def foreign_key_faults(name, place, columns, other, places):
    to = places.get(other[0])
    if to is None or to.kind == "reference":
        return
    if place.kind != "distributed" or to.kind != "distributed":
        yield f"{name}: a foreign key to {other[0]} leaves its node"
    elif other[1][:1] != [to.column] or columns[:1] != [place.column]:
        yield f"{name}: a foreign key to {other[0]} does not start with workspace_id on both sides"


def migration_faults(text):
    code = re.sub(r"--[^\n]*|'(?:''|[^'])*'", " ", text)
    for pattern, why in MIGRATION_BANS:
        if re.search(pattern, code, re.I):
            yield why


# --- a query ---

class Asked:
    """A query's levels, with what is known of each distributed table in it."""

    def __init__(self, tokens, tables, places):
        self.levels, self.tables, self.places = schema.levels(tokens), tables, places
        self.bound = {}  # id(ref) -> parameter that it is restricted to
        self.linked = set()  # (id(ref), id(ref)) tied by their distribution columns
        for _ in range(4):  # what is bound binds others, through joins and from outside in
            for level in self.levels:
                self.bind(level)

    def kind(self, ref):
        place = self.places.get(ref.name)
        return place.kind if place else ""

    def distributed(self, level):
        return [ref for ref in level.refs if self.kind(ref) == "distributed"]

    def all_distributed(self):
        return [ref for level in self.levels for ref in self.distributed(level)]

    def find(self, level, side):
        """(its level, the table) of a column, from inside out."""
        while level is not None:
            if side[1]:
                found = [ref for ref in level.refs if side[1] == ref.alias]
            else:
                found = [ref for ref in level.refs
                         if ref.name in self.tables and side[2] in self.tables[ref.name].columns]
            if len(found) == 1:
                return level, found[0]
            level = level.parent
        return None, None

    def key_of(self, level, side):
        """The distributed table whose distribution column this is, or None."""
        if side[0] != "column":
            return None
        _, ref = self.find(level, side)
        if ref is None or self.kind(ref) != "distributed":
            return None
        return ref if self.places[ref.name].column == side[2] else None

    def bind(self, level):
        for a, b, only in level.equal:
            for one, other in ((a, b), (b, a)):
                ref = self.key_of(level, one)
                if ref is None or only is not None and ref is not only:
                    continue
                if other[0] == "param":
                    self.bound.setdefault(id(ref), other[1])
                there = self.key_of(level, other)
                if there is not None:
                    self.linked |= {(id(ref), id(there)), (id(there), id(ref))}
                    # A constant reaches a subquery only if it is said there.
                    if there in level.refs and ref in level.refs and id(there) in self.bound:
                        self.bound.setdefault(id(ref), self.bound[id(there)])
        if level.insert and level.target and self.kind(level.target) == "distributed":
            self.bind_insert(level)

    def bind_insert(self, level):
        column = self.places[level.target.name].column
        if column not in level.insert:
            return
        at = level.insert.index(column)
        rows = level.values or ([level.source.select] if level.source else [])
        given = [schema.operand(row[at]) if at < len(row) else None for row in rows]
        of = {side[1] for side in given if side and side[0] == "param"}
        if len(of) == 1 and all(side and side[0] == "param" for side in given):
            self.bound.setdefault(id(level.target), of.pop())

    def outer_columns(self, level):
        """Columns of an outer level that this one names: it is correlated."""
        for alias, name in level.columns + [side[1:] for pair in level.equal for side in pair[:2]
                                            if side[0] == "column"]:
            there, _ = self.find(level, ("column", alias, name))
            if there is not None and there is not level:
                yield there

    def routed_by(self):
        """The one parameter that everything distributed is restricted to, or None."""
        refs = self.all_distributed()
        to = {self.bound.get(id(ref)) for ref in refs}
        return to.pop() if len(to) == 1 else None


def fan_out_faults(asked):
    """What a query over several shards may not have."""
    levels = asked.levels
    if any(level.recursive for level in levels):
        yield "a recursive WITH works on one shard only"
    for level in levels:
        here = asked.distributed(level)
        if level.has_for and here:
            yield "FOR UPDATE works on one shard only"
        if level.words & ONE_SHARD_ONLY:
            yield f"{sorted(level.words & ONE_SHARD_ONLY)[0]} works on one shard only"
        if level.kind == "INSERT" and here:
            yield f"a row of {here[0].name} is inserted without its workspace"
        for ref in here[1:]:
            if not any((id(ref), id(other)) in asked.linked for other in here):
                yield f"{here[0].name} and {ref.name} are not joined on their workspace"
        if level.refs and here and asked.kind(level.refs[0]) != "distributed" \
                and any(ref.join == "LEFT" for ref in here):
            yield f"a LEFT JOIN from a table that is not distributed to {here[0].name}"
        if here and level.parent is not None:
            yield from correlation_faults(asked, level, here)


def correlation_faults(asked, level, here):
    if level.clause == "SELECT" and not asked.distributed(level.parent):
        yield f"a subquery of {here[0].name} beside tables that are not distributed"
    for outer in set(asked.outer_columns(level)):
        around = asked.distributed(outer)
        if not around:
            yield f"a correlated subquery of {here[0].name} below tables that are not distributed"
        elif not all(any((id(ref), id(o)) in asked.linked for o in around) for ref in here):
            yield f"a correlated subquery of {here[0].name} that is not tied by its workspace"


def write_faults(asked, level):
    target = level.target
    kind = asked.kind(target) if target else ""
    if kind not in ("distributed", "reference"):
        return
    column = asked.places[target.name].column
    below = [part for part in level.everything()]
    called = sorted(set().union(*(part.calls for part in below)) & VOLATILE)
    said = sorted(set().union(*(part.words for part in below)) & VOLATILE_WORDS)
    if called or said:
        yield f"{(called + said)[0]} in a write of {target.name}: another value on another node"
    if kind == "reference":
        return
    if column in level.set_columns:
        yield f"{column} of {target.name} is changed: the row would have to move"
    if level.conflict and column not in level.conflict:
        yield f"ON CONFLICT of {target.name} without {column}"
    if level.insert and column not in level.insert:
        yield f"INSERT into {target.name} without {column}"
    if level.values and level.subs:
        yield f"a subquery among the values of an INSERT into {target.name}"


def query_faults(asked, name="", system=False):
    """What keeps a query from Citus; `system`: it said scope: system."""
    kinds = {asked.kind(ref) for level in asked.levels for ref in level.refs}
    for level in asked.levels:
        yield from write_faults(asked, level)
        for ref in asked.distributed(level):
            if ref.join in ("RIGHT", "FULL"):
                yield f"a {ref.join} JOIN of {ref.name}"
    if "distributed" not in kinds:
        return
    if "local" in kinds:
        yield "a local table and a distributed one in one statement"
    by = asked.routed_by()
    if by is not None and (system or by == "workspace_id"):
        return
    to = {asked.bound.get(id(ref)) for ref in asked.all_distributed()} - {None}
    if len(to) > 1:
        yield f"two workspaces in one statement: {', '.join(sorted(to))}"
    open_ones = sorted({ref.name for ref in asked.all_distributed() if id(ref) not in asked.bound})
    if not system or name not in FAN_OUT:
        yield f"{', '.join(open_ones) or by} not restricted by workspace_id = :workspace_id"
    yield from fan_out_faults(asked)


def hot_faults(asked):
    if asked.all_distributed() and asked.routed_by() != "workspace_id":
        yield "is waited for and not of one shard"
    if any(level.source for level in asked.levels if level.kind == "INSERT"):
        yield "is waited for, and INSERT … SELECT takes two steps"


# --- what stands in the tree ---

def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def tree():
    paths = sorted(glob.glob(os.path.join(ROOT, "sql/migrations/*.sql")))
    texts = [(os.path.relpath(path, ROOT), read(path)) for path in paths]
    queries = [q for qs in sqlgen.parse(sorted(glob.glob(os.path.join(ROOT, "src/*/*.sql")))).values()
               for q in qs if "postgres" in q.text]
    return texts, schema.tables(texts), schema.placements(read("src/cmd/distribution.c")), queries


class TheTree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.texts, cls.tables, cls.places, cls.queries = tree()
        # The program makes tables itself, too.
        for path in glob.glob(os.path.join(ROOT, "src/db/*.c")):
            for name in re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", read(path)):
                cls.tables.setdefault(name, schema.Table(name, path))

    def test_every_table_has_its_place_and_its_keys_allow_it(self):
        self.assertGreater(len(self.tables), 30)
        self.assertEqual(list(schema_faults(self.tables, self.places)), [])

    def test_the_rows_are_read_whole(self):
        rows = read("src/cmd/distribution.c").count(", PLACE_")
        self.assertEqual(len(self.places), rows - read("src/cmd/distribution.c").count("(&b, PLACE_"))
        self.assertTrue(all(place.why for place in self.places.values()))

    def test_migrations_have_nothing_a_cluster_cannot_keep(self):
        found = [f"{path}: {why}" for path, text in self.texts for why in migration_faults(text)]
        self.assertEqual(found, [])

    def test_every_query_is_of_one_shard_or_may_fan_out(self):
        self.assertGreater(len(self.queries), 100)
        found = []
        for q in self.queries:
            asked = Asked(q.text["postgres"], self.tables, self.places)
            found += [f"{q.path}: {q.name}: {why}" for why in query_faults(asked, q.name, q.system)]
        self.assertEqual(found, [])

    def test_what_may_fan_out_does(self):
        asked = {q.name: Asked(q.text["postgres"], self.tables, self.places) for q in self.queries}
        self.assertEqual([n for n in FAN_OUT if n in asked and (asked[n].routed_by()
                          or not asked[n].all_distributed())], [])

    def test_what_somebody_waits_for_is_of_one_shard(self):
        asked = {q.name: Asked(q.text["postgres"], self.tables, self.places) for q in self.queries}
        found = []
        for page, list_of in HOT.items():
            for name in list_of.split():
                whys = hot_faults(asked[name]) if name in asked else ["there is no such query"]
                found += [f"{page}: {name}: {why}" for why in whys]
        self.assertEqual(found, [])


# --- the rules find what they say ---

LEAD = "CREATE TABLE lead (workspace_id BIGINT, id BIGINT, n BIGINT, PRIMARY KEY (workspace_id, id));"
PLACES = """{"workspace", PLACE_REFERENCE, "", "", "w"}, {"lead", PLACE_DISTRIBUTED, "workspace_id", "", "l"},
{"mail", PLACE_DISTRIBUTED, "workspace_id", "", "m"}, {"session", PLACE_LOCAL, "", "", "s"},
{"job", PLACE_LOCAL, "slot", "", "j"}, {"touch", PLACE_DISTRIBUTED, "workspace_id", "at_ms", "of " "two"},"""
SCHEMA = LEAD + """
CREATE TABLE workspace (id BIGINT NOT NULL PRIMARY KEY, host TEXT);
CREATE TABLE mail (workspace_id BIGINT, id BIGINT, lead_id BIGINT, at_ms BIGINT, -- a word; and another
    PRIMARY KEY (workspace_id, id), FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id));
CREATE TABLE session (id BIGINT PRIMARY KEY, user_id BIGINT);
CREATE TABLE job (slot BIGINT, id BIGINT, PRIMARY KEY (slot, id));
CREATE TABLE touch (workspace_id BIGINT, lead_id BIGINT, at_ms BIGINT, id BIGINT,
    PRIMARY KEY (workspace_id, lead_id, at_ms, id)) PARTITION BY RANGE (at_ms);
CREATE TABLE touch_2026_01 PARTITION OF touch FOR VALUES FROM (0) TO (1);
CREATE INDEX mail_at ON mail (at_ms);
"""

SCHEMA_BREACHES = [  # what is replaced, by what, what is said
    ("PRIMARY KEY (workspace_id, id));", "PRIMARY KEY (id, workspace_id));", "PRIMARY (id, workspace_id)"),
    ("n BIGINT,", "n BIGINT UNIQUE,", "lead: UNIQUE (n) does not start"),
    ("n BIGINT,", "n BIGINT, UNIQUE (n, workspace_id),", "lead: UNIQUE (n, workspace_id)"),
    ("n BIGINT, PRIMARY KEY (workspace_id, id)", "n BIGINT", "lead has no primary key"),
    ("CREATE INDEX mail_at ON mail (at_ms)", "CREATE UNIQUE INDEX m ON mail (at_ms)", "mail: UNIQUE (at_ms)"),
    ("CREATE INDEX mail_at ON mail (at_ms)", "ALTER TABLE mail ADD CONSTRAINT u UNIQUE (at_ms)",
     "mail: UNIQUE (at_ms)"),
    ("CREATE INDEX", "CREATE TABLE extra (id BIGINT PRIMARY KEY); CREATE INDEX", "extra has no row"),
    ("CREATE TABLE job (slot BIGINT, id BIGINT, PRIMARY KEY (slot, id));", "", "job has a row"),
    ("PRIMARY KEY (slot, id)", "PRIMARY KEY (id)", "job: PRIMARY (id) does not start with slot"),
    ("lead (workspace_id BIGINT", "lead (workspace_id TEXT", "lead: workspace_id is no BIGINT"),
    ("session (id BIGINT PRIMARY KEY", "session (workspace_id BIGINT, id BIGINT PRIMARY KEY",
     "session is of a workspace"),
    ("n BIGINT,", "n BIGINT REFERENCES session (id),", "foreign key to session leaves its node"),
    ("FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (workspace_id, id)",
     "FOREIGN KEY (workspace_id, lead_id) REFERENCES lead (id, workspace_id)", "on both sides"),
    ("FOREIGN KEY (workspace_id, lead_id)", "FOREIGN KEY (lead_id, workspace_id)",
     "mail: FOREIGN (lead_id, workspace_id)"),
    ("PRIMARY KEY (workspace_id, lead_id, at_ms, id)", "PRIMARY KEY (workspace_id, id)", "lacks at_ms"),
    ("RANGE (at_ms)", "RANGE (lead_id)", "touch is partitioned by"),
]
MIGRATION_BREACHES = [
    ("CREATE TRIGGER t AFTER INSERT ON lead BEGIN SELECT 1; END;", "no triggers"),
    ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "no functions"),
    ("CREATE PROCEDURE f() LANGUAGE sql AS 'SELECT 1';", "no functions or procedures"),
    ("CREATE RULE r AS ON INSERT TO lead DO NOTHING;", "no rules"),
    ("CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY);", "ids are made by the program"),
    ("CREATE TABLE t (id BIGINT DEFAULT nextval('s'));", "no default that is computed"),
    ("CREATE TABLE t (id BIGINT, EXCLUDE USING gist (id WITH =));", "no exclusion"),
    ("CREATE VIEW v AS SELECT 1;", "no views"),
]
W = "workspace_id = :workspace_id"
QUERY_BREACHES = [  # what is asked, what is said of it; system: it is a query that may fan out
    ("SELECT id FROM lead WHERE id = :id", "lead not restricted"),
    (f"SELECT id FROM lead WHERE {W} OR id = :id", "lead not restricted"),
    (f"SELECT id FROM lead WHERE NOT ({W})", "lead not restricted"),
    ("SELECT id FROM lead WHERE workspace_id >= :workspace_id", "lead not restricted"),
    ("SELECT id FROM lead WHERE workspace_id IN (:workspace_id, :other_id)", "lead not restricted"),
    ("SELECT id FROM lead WHERE CASE WHEN workspace_id = :workspace_id THEN 1 END = 1", "lead not"),
    ("SELECT id FROM lead WHERE workspace_id = :other_id", "other_id not restricted"),
    (f"SELECT 1 FROM lead l JOIN mail m ON m.lead_id = l.id WHERE l.{W}", "mail not restricted"),
    (f"SELECT 1 FROM lead l, mail m WHERE l.{W}", "mail not restricted"),
    (f"SELECT 1 FROM lead l LEFT JOIN mail m ON l.workspace_id = m.workspace_id AND l.{W}", "lead"),
    (f"SELECT 1 FROM lead l RIGHT JOIN mail m ON m.workspace_id = l.workspace_id WHERE m.{W}", "RIGHT"),
    (f"SELECT 1 FROM lead l JOIN mail m ON m.workspace_id = :other_id WHERE l.{W}", "two workspaces"),
    (f"SELECT id FROM lead WHERE {W} AND id IN (SELECT lead_id FROM mail)", "mail not restricted"),
    (f"SELECT (SELECT COUNT(*) FROM mail m WHERE m.workspace_id = l.workspace_id) FROM lead l WHERE l.{W}",
     "mail not restricted"),
    (f"SELECT id FROM lead WHERE {W} UNION SELECT id FROM mail", "mail not restricted"),
    (f"WITH x AS (SELECT id FROM mail) SELECT l.id FROM lead l JOIN x ON x.id = l.id WHERE l.{W}", "mail"),
    (f"SELECT 1 FROM lead l JOIN session s ON s.user_id = l.n WHERE l.{W}", "a local table and"),
    ("INSERT INTO lead (id, n) VALUES (:id, 1)", "INSERT into lead without workspace_id"),
    ("INSERT INTO lead (workspace_id, id) VALUES (:workspace_id, (SELECT 1))", "among the values"),
    ("INSERT INTO lead (workspace_id, id) VALUES (:workspace_id, :id) ON CONFLICT (id) DO NOTHING",
     "ON CONFLICT of lead without"),
    ("INSERT INTO lead (workspace_id, id) VALUES (:workspace_id, :id) ON CONFLICT (workspace_id, id) "
     "DO UPDATE SET workspace_id = excluded.workspace_id", "would have to move"),
    (f"UPDATE lead SET n = 1, workspace_id = :other_id WHERE {W} AND id = :id", "would have to move"),
    (f"UPDATE lead SET n = 1 + now() WHERE {W}", "now in a write"),
    (f"UPDATE lead SET n = 1 WHERE {W} AND n < EXTRACT(EPOCH FROM clock_timestamp())", "clock_timestamp"),
    (f"UPDATE lead SET n = CURRENT_TIMESTAMP WHERE {W}", "CURRENT_TIMESTAMP in a write"),
    (f"DELETE FROM lead WHERE {W} AND n < random()", "random in a write"),
    ("INSERT INTO lead (workspace_id, id) VALUES (:workspace_id, nextval('s'))", "nextval in a write"),
    ("UPDATE workspace SET host = gen_random_uuid() WHERE id = :id", "gen_random_uuid in a write"),
]
SYSTEM_BREACHES = [
    ("SELECT id FROM lead WHERE n = 1 FOR UPDATE SKIP LOCKED", "FOR UPDATE works on one shard"),
    ("WITH RECURSIVE s(n) AS (SELECT MIN(n) FROM lead UNION ALL SELECT n + 1 FROM s) SELECT n FROM s",
     "a recursive WITH"),
    ("SELECT 1 FROM lead l JOIN mail m ON m.lead_id = l.id", "lead and mail are not joined"),
    ("SELECT w.id FROM workspace w WHERE EXISTS (SELECT 1 FROM mail m WHERE m.workspace_id = w.id)",
     "below tables that are not distributed"),
    ("SELECT l.id FROM lead l WHERE EXISTS (SELECT 1 FROM mail m WHERE m.lead_id = l.id)",
     "not tied by its workspace"),
    ("SELECT w.id FROM workspace w LEFT JOIN lead l ON l.workspace_id = w.id", "a LEFT JOIN from"),
    ("SELECT (SELECT COUNT(*) FROM lead), (SELECT COUNT(*) FROM workspace)", "a subquery of lead beside"),
    ("SELECT n FROM lead GROUP BY ROLLUP (n)", "ROLLUP works on one shard"),
    ("INSERT INTO lead (workspace_id, id) SELECT workspace_id, lead_id FROM mail", "without its workspace"),
]
GOOD = [  # what is asked, whether it says scope: system
    (f"SELECT id FROM lead WHERE {W} AND (n = 1 OR n = 2) AND n BETWEEN 1 AND 3", False),
    (f"SELECT l.id FROM lead AS l JOIN mail m ON m.workspace_id = l.workspace_id WHERE l.{W} FOR UPDATE", False),
    (f"SELECT l.id FROM lead l LEFT JOIN mail m ON m.workspace_id = l.workspace_id WHERE l.{W}", False),
    (f"SELECT l.id FROM lead l JOIN mail m USING (workspace_id) WHERE m.{W}", False),
    ("SELECT id FROM lead WHERE (workspace_id, id) = (:workspace_id, :id)", False),
    (f"SELECT id FROM lead WHERE {W} AND id IN (SELECT lead_id FROM mail WHERE {W} INTERSECT "
     f"SELECT lead_id FROM mail WHERE {W})", False),
    (f"WITH RECURSIVE s(n) AS (SELECT MIN(n) FROM lead WHERE {W} UNION ALL SELECT n + 1 FROM s) "
     "SELECT n FROM s", False),
    (f"SELECT l.id FROM lead l JOIN workspace w ON w.id = l.workspace_id WHERE l.{W}", False),
    ("INSERT INTO lead (workspace_id, id) VALUES (:workspace_id, :id), (:workspace_id, :id) "
     "ON CONFLICT (workspace_id, id) DO UPDATE SET n = excluded.n WHERE lead.n < 3 RETURNING id", False),
    (f"INSERT INTO lead (workspace_id, id) SELECT :workspace_id, MAX(id) + 1 FROM lead WHERE {W}", False),
    ("SELECT s.id FROM session s JOIN workspace w ON w.id = s.id", False),
    ("WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s) SELECT (SELECT MIN(id) FROM job "
     "WHERE job.slot = s.n) FROM s", True),
    ("SELECT id FROM lead WHERE workspace_id = :of_workspace_id FOR UPDATE", True),
    ("SELECT l.id FROM lead l WHERE EXISTS (SELECT 1 FROM mail m WHERE m.workspace_id = l.workspace_id)", True),
    ("SELECT w.id FROM workspace w WHERE w.id IN (SELECT m.workspace_id FROM mail m WHERE m.id = 1)", True),
    ("SELECT l.n, w.n FROM (SELECT COUNT(*) AS n FROM lead) l, (SELECT COUNT(*) AS n FROM workspace) w", True),
    ("SELECT m.workspace_id FROM workspace w JOIN mail m ON m.workspace_id = w.id GROUP BY m.workspace_id", True),
]


class TheRules(unittest.TestCase):
    def setUp(self):
        self.places = schema.placements(PLACES)
        self.tables = schema.tables([("0001.sql", SCHEMA)])

    def faults(self, text, system):
        return list(query_faults(Asked(schema.scan(text), self.tables, self.places), "mail_due", system))

    def test_a_sound_schema_has_no_faults(self):
        self.assertEqual(list(schema_faults(self.tables, self.places)), [])
        self.assertEqual(list(migration_faults(SCHEMA)), [])
        self.assertEqual(self.places["touch"].why, "of two")

    def test_every_breach_of_the_schema_is_found(self):
        for before, after, said in SCHEMA_BREACHES:
            with self.subTest(said):
                self.assertIn(before, SCHEMA)
                tables = schema.tables([("0001.sql", SCHEMA.replace(before, after, 1))])
                self.assertIn(said, "\n".join(schema_faults(tables, self.places)))

    def test_a_place_of_its_own_is_found(self):
        places = schema.placements(PLACES.replace('"job", PLACE_LOCAL', '"job", PLACE_DISTRIBUTED'))
        self.assertIn("distributed by something else", "\n".join(schema_faults(self.tables, places)))
        rows = PLACES.replace('{"lead", PLACE_DISTRIBUTED, "workspace_id", "", "l"},', "")
        places = schema.placements(rows + '{"lead", PLACE_DISTRIBUTED, "workspace_id", "", "l"},')
        self.assertIn("the first distributed table is lead", "\n".join(schema_faults(self.tables, places)))

    def test_every_breach_of_a_migration_is_found(self):
        for text, said in MIGRATION_BREACHES:
            with self.subTest(text):
                self.assertIn(said, "\n".join(migration_faults(text)))

    def test_every_breach_of_a_query_is_found(self):
        for text, said in QUERY_BREACHES:
            with self.subTest(text):
                self.assertIn(said, "\n".join(self.faults(text, False)))
        for text, said in SYSTEM_BREACHES:
            with self.subTest(text):
                self.assertIn(said, "\n".join(self.faults(text, True)))

    def test_sound_queries_have_no_faults(self):
        for text, system in GOOD:
            with self.subTest(text):
                self.assertEqual(self.faults(text, system), [])

    def test_only_named_queries_fan_out(self):
        asked = Asked(schema.scan("SELECT id FROM lead"), self.tables, self.places)
        self.assertEqual(list(query_faults(asked, "mail_due", True)), [])
        self.assertEqual(len(list(query_faults(asked, "lead_all", True))), 1)

    def test_what_is_waited_for_is_strict(self):
        for text, said in [("SELECT id FROM lead WHERE workspace_id = :of_workspace_id", "one shard"),
                           (f"INSERT INTO lead (workspace_id, id) SELECT :workspace_id, 1 FROM lead WHERE {W}",
                            "two steps")]:
            asked = Asked(schema.scan(text), self.tables, self.places)
            self.assertIn(said, "\n".join(hot_faults(asked)))


if __name__ == "__main__":
    unittest.main()
