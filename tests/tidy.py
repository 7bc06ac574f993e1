#!/usr/bin/env python3
"""The rules of the house that a machine can hold: tidy.py [ROOT]

What stands where, what may include what, what C and SQL we do not write, what must be named,
used and translated. Prints `path:line: sentence` for each breach; each rule counts as one test.
The rules are explained in STYLE.md.
"""
import json
import os
import re
import sys

ROOT = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.dirname(
    os.path.dirname(os.path.abspath(__file__)))

# Rooms that carry the building, and what each may include besides itself.
CARRIERS = {
    "base": [],
    "db": ["base/", "web/embedded.h"],  # migrations are embedded files
    "net": ["base/"],
    "web": ["base/", "net/http_server.h"],
}
# The joints where rooms meet; they may include everything and are no room themselves.
JOINTS = ("rooms", "app", "main", "cmd", "edge")
# What a room may use of web/ without speaking HTTP: templates and sentences, for mails too.
WEB_FOR_ALL = ("web/liquid.h", "web/render.h", "web/i18n.h", "web/embedded.h")
# <header> -> where it may be included; a file, or a room that hides it behind its own face.
THIRD_PARTY = {
    "sqlite3.h": ["src/db/"],
    "libpq-fe.h": ["src/db/"],
    "uv.h": ["src/net/"],
    "llhttp.h": ["src/net/"],
    "llhttp/llhttp.h": ["src/net/"],
    "openssl/": ["src/net/", "src/base/crypto.c"],
    "curl/": ["src/net/"],
    "zlib.h": ["src/base/gzip.c"],
    "zstd.h": ["src/base/zip.c"],
    "sodium": ["src/base/crypto.c"],
    "jansson.h": ["src/base/json.c"],
    "idn2.h": ["src/base/"],
    "qrencode.h": ["src/web/qr.c"],
    "uni": ["src/base/"],
    "resolv.h": ["src/net/dns_mx.c"],
    "malloc.h": ["src/cmd/serve.c"],
}
C_HEADERS = re.compile(
    r"(assert|ctype|errno|fcntl|fenv|float|inttypes|limits|locale|math|setjmp|signal|std\w+|string|"
    r"strings|time|threads|uchar|wchar|unistd|dirent|dlfcn|getopt|libgen|netdb|poll|pthread|pwd|grp|"
    r"sched|semaphore|spawn|syslog|termios|glob|sysexits|endian|byteswap|"
    r"(sys|arpa|netinet|net|linux|bits)/.*)\.h$")
NO_IO = re.compile(r"(stdio|time|unistd|fcntl|dirent|pthread|threads|signal|sys/.*|netdb|arpa/.*)\.h$")

BANNED = {
    "strcpy": "has no end; use str or buf", "strcat": "has no end; use buf",
    "stpcpy": "has no end; use buf", "strncpy": "may leave the zero off; use str",
    "strncat": "counts the wrong thing; use buf", "sprintf": "has no end; use buf_printf",
    "vsprintf": "has no end; use buf", "strtok": "keeps a global; cut a str",
    "strtok_r": "writes into its input; cut a str", "atoi": "has no error; parse a str",
    "atol": "has no error; parse a str", "atoll": "has no error; parse a str",
    "atof": "has no error, and floats do not exist here", "gets": "has no end",
    "alloca": "has no failure; use the arena", "rand": "is no randomness; base/crypto.h has it",
    "random": "is no randomness; base/crypto.h has it", "srand": "is no randomness",
    "localtime": "is global; base/tz.h", "localtime_r": "reads a global; base/tz.h",
    "gmtime": "is global; base/tz.h", "ctime": "is global; base/tz.h", "asctime": "is global",
    "mktime": "reads a global; base/tz.h", "setlocale": "is global", "tmpnam": "races",
    "system": "runs a shell", "popen": "runs a shell", "scanf": "has no limits",
    "sscanf": "has no limits", "fscanf": "has no limits",
}
HEAP = ("malloc", "calloc", "realloc", "strdup", "strndup", "asprintf", "vasprintf")
HEAP_ROOMS = ("base", "net", "db")
CLOCK = ("time", "clock_gettime", "gettimeofday", "clock")
CLOCK_ROOMS = ("base", "net", "db", "cmd")

FUNCTION_LINES, FILE_LINES = 70, 600

SQL_BANS = [  # what one of the engines would not take, or take differently
    (r"\bINSERT\s+OR\b", "INSERT OR is SQLite's own; use ON CONFLICT"),
    (r"\bREPLACE\s+INTO\b", "REPLACE INTO is SQLite's own; use ON CONFLICT DO UPDATE"),
    (r"\bAUTOINCREMENT\b", "AUTOINCREMENT is SQLite's own; the program makes the ids"),
    (r"\b(datetime|strftime|julianday|unixepoch|date|time)\s*\(", "times come as parameters"),
    (r"\b(now\s*\(|CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME)", "times come as parameters"),
    (r"\brandom(blob)?\s*\(", "randomness comes as a parameter"),
    (r"\bIFNULL\b", "IFNULL is not PostgreSQL's; use COALESCE"),
    (r"\bIIF\s*\(", "IIF is not PostgreSQL's; use CASE"),
    (r"`", "backticks are MySQL's"),
    (r'"', "double quotes name columns in PostgreSQL; text stands in single quotes"),
    (r"\bGLOB\b", "GLOB is SQLite's own"),
    (r"\bREGEXP\b", "REGEXP is not PostgreSQL's"),
    (r"\b_?rowid_?\b", "rowid is SQLite's own"),
    (r"\bWITHOUT\s+ROWID\b", "WITHOUT ROWID is SQLite's own"),
    (r"\bPRAGMA\b", "PRAGMA is SQLite's own; it belongs to db/sqlite.c"),
    (r"\bOFFSET\b", "pages go by key, not by OFFSET"),
    (r"\bLIMIT\s+[^\s,;()]+\s*,", "LIMIT a, b is not PostgreSQL's"),
    (r"==", "one = compares"),
    (r"\b(instr|group_concat|json_extract|printf|typeof|total|hex|quote)\s*\(",
     "this function is SQLite's own"),
    (r"\b(CREATE\s+TRIGGER|CREATE\s+(OR\s+REPLACE\s+)?FUNCTION|CREATE\s+PROCEDURE)\b",
     "the database holds data; what happens stands in C"),
    (r"(?-i:\b(INTEGER|INT|REAL|DOUBLE|FLOAT|BLOB|VARCHAR|DATETIME|BOOLEAN|TIMESTAMP|SERIAL)\b)",
     "columns are BIGINT, TEXT or BYTEA"),
]


# --- reading ---

def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def find(folder, *endings):
    found = []
    for at, folders, names in os.walk(os.path.join(ROOT, folder)):
        folders[:] = sorted(f for f in folders if f not in ("node_modules", "__pycache__"))
        found += [os.path.relpath(os.path.join(at, n), ROOT) for n in sorted(names)
                  if n.endswith(endings)]
    return found


C_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
SQL_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:''|[^'])*'", re.S)


def blank(text, token, keep_strings=False):
    """The same text with comments (and strings) emptied; lines stay where they are."""
    def empty(m):
        if keep_strings and m[0][0] in "\"'":
            return m[0]
        inner = "\n" * m[0].count("\n")
        return m[0][0] + inner + m[0][0] if m[0][0] in "\"'" else inner or " "
    return token.sub(empty, text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def room_of(path):
    """The room of a file below src/; files directly in src/ are joints by their name."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else parts[-1].split(".")[0]


class House:
    """Every file, read once."""

    def __init__(self):
        self.c = {p: read(p) for p in find("src", ".c", ".h")}
        self.code = {p: blank(t, C_TOKEN) for p, t in self.c.items()}
        self.strings = {p: blank(t, C_TOKEN, keep_strings=True) for p, t in self.c.items()}
        self.test_c = {p: read(p) for p in find("tests", ".c", ".h")}
        self.queries = list(self.read_queries(find("src", ".sql")))
        self.migrations = {p: read(p) for p in find("sql/migrations", ".sql")}
        self.tables = list(self.read_tables())
        self.templates = {p: read(p) for folder in ("ui/pages", "ui/public", "ui/mail", "ui/blocks")
                          for p in find(folder, ".liquid", ".html", ".txt")}
        # a header that sqlgen makes belongs to the room whose .sql it is made of
        self.sql_header = {os.path.basename(p)[:-4] + "_sql.h": p for p in find("src", ".sql")}

    @staticmethod
    def read_queries(paths):
        """(path, line, name, engine or None, is system scope, text) of each named query."""
        for path in paths:
            text = read(path)
            heads = list(re.finditer(r"(?m)^-- name:\s*(\w+)", text))
            for head, after in zip(heads, heads[1:] + [None]):
                body = text[head.start():after.start() if after else len(text)]
                only = re.search(r"(?m)^-- only:\s*(\w+)", body)
                system = re.search(r"(?m)^-- scope:\s*system", body) is not None
                yield (path, line_of(text, head.start()), head[1], only and only[1], system, body)

    def read_tables(self):
        """(path, line, name, is system scope, text between the brackets) of each table."""
        for path, text in self.migrations.items():
            code = blank(text, SQL_TOKEN)
            for m in re.finditer(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s*\((.*?)\n?\)\s*;", code, re.S):
                line = line_of(code, m.start())
                above = []
                lines = text.split("\n")
                for row in range(line - 2, -1, -1):
                    if not lines[row].startswith("--"):
                        break
                    above.append(lines[row])
                yield path, line, m[1], "scope: system" in " ".join(above), m[2]

    def includes(self, path):
        """(line, header, is in <>) of each include."""
        for m in re.finditer(r'(?m)^\s*#\s*include\s+([<"])([^>"]+)[>"]', self.strings[path]):
            yield line_of(self.c[path], m.start()), m[2], m[1] == "<"

    def is_pure(self, header):
        """Whether a header says of itself that it does no I/O and reads no clock."""
        return re.search(r"\bPure\b", self.c.get("src/" + header, "").split("*/")[0]) is not None

    def included_room(self, header):
        if "/" in header:
            return header.split("/")[0]
        if header in self.sql_header:
            return room_of(self.sql_header[header])
        return "db" if header == "sql.h" else header.split(".")[0]


# --- the rules: each yields (path, line, sentence) ---

def carriers_stand_below(house):
    """base, db, net and web include only what lies below them"""
    for path in house.c:
        room = room_of(path)
        if room not in CARRIERS:
            continue
        for line, header, system in house.includes(path):
            known = header == "sql.h" and room == "db" or header.startswith(room + "/")
            if not system and not known and not header.startswith(tuple(CARRIERS[room])):
                yield path, line, f"{room}/ carries the building and may not include {header}"


def doors_keep_to_their_part(house):
    """rules do no I/O, only *_http speaks HTTP, SQL stays in the store"""
    for path in house.c:
        room, name = room_of(path), os.path.basename(path)
        stem = name.rsplit(".", 1)[0]
        if room in CARRIERS or room in JOINTS:
            continue
        for line, header, system in house.includes(path):
            if stem.endswith("_types") and not system and not header.startswith("base/") \
                    and not header.endswith("_types.h") and not house.is_pure(header):
                yield path, line, f"types include base and other types only, not {header}"
            if stem.endswith("_rules") and not house.is_pure(header) and (
                    NO_IO.match(header) if system else
                    header.startswith(("db/", "net/", "web/", "jobs/", "base/clock.h", "base/log.h"))
                    or header.endswith(("_sql.h", "sql.h", "_store.h", "_http.h", "_jobs.h"))):
                yield path, line, f"rules are pure: no I/O, clock or SQL, hence no {header}"
            if header.startswith("web/") and header not in WEB_FOR_ALL \
                    and not stem.endswith("_http"):
                yield path, line, f"only {room}_http.c speaks HTTP: {header} belongs there"
            if header.startswith("net/http_server") and not stem.endswith("_http"):
                yield path, line, f"only {room}_http.c speaks HTTP: {header} belongs there"
            if header.endswith("_sql.h") and header in house.sql_header:
                if stem.endswith(("_http", "_types")):
                    yield path, line, f"{header}: queries are run behind the room's face, not here"
                if house.included_room(header) != room:
                    yield path, line, f"{header} is another room's: ask its face"
            if header.endswith("_store.h") and "/" in header and header.split("/")[0] != room:
                yield path, line, f"{header} is another room's inside: ask its face"


def rooms_form_no_circle(house):
    """no circle between rooms"""
    edges = {}
    for path in house.c:
        room = room_of(path)
        if room in JOINTS:
            continue
        for line, header, system in house.includes(path):
            if system:
                continue
            other = house.included_room(header)
            if other != room and other not in JOINTS and other in {room_of(p) for p in house.c}:
                edges.setdefault(room, {}).setdefault(other, (path, line, header))
    state = {}

    def walk(room, trail):
        state[room] = "open"
        for other in sorted(edges.get(room, {})):
            if state.get(other) == "open":
                circle = trail[trail.index(other):] + [other]
                path, line, header = edges[room][other]
                yield path, line, f"{header} closes a circle of rooms: {' -> '.join(circle)}"
            elif other not in state:
                yield from walk(other, trail + [other])
        state[room] = "done"

    for room in sorted(edges):
        if room not in state:
            yield from walk(room, [room])


def parts_have_one_place(house):
    """a third-party header is included in its one place"""
    users = {}
    for path in house.c:
        for line, header, system in house.includes(path):
            if not system or C_HEADERS.match(header):
                continue
            places = next((p for h, p in THIRD_PARTY.items() if header.startswith(h)), None)
            if places is None:
                yield path, line, f"<{header}> has no place yet: say where in tests/tidy.py"
            elif not path.startswith(tuple(places)):
                yield path, line, f"<{header}> belongs in {' or '.join(places)}"
            else:
                users.setdefault(header, []).append((path, line))
    for header, found in users.items():
        for path, line in found[1:]:
            yield path, line, f"<{header}> is included by {found[0][0]} already; share its header"


def files_are_short(house):
    """files have at most 600 lines"""
    for path, text in {**house.c, **house.test_c}.items():
        if text.count("\n") > FILE_LINES:
            yield path, FILE_LINES, f"{text.count(chr(10))} lines; a file has at most {FILE_LINES}"


def functions_are_short(house):
    """functions have at most 70 lines"""
    for path, text in {**house.c, **house.test_c}.items():
        lines, opened, head = blank(text, C_TOKEN).split("\n"), None, None
        rows, table = 0, None  # the rows of a table of cases do not count
        for number, line in enumerate(lines, 1):
            if opened and table is None and re.match(r"\s+.*= \{$", line):
                table = re.match(r"\s*", line)[0] + "}"
            elif table is not None:
                rows += 1
                table = None if line.startswith(table) else table
            if opened is None and re.match(r"[A-Za-z_]", line) and not line.endswith(";"):
                if head is None:
                    head = number
            elif opened is None and line.strip() == "":
                head = None
            if line == "{":
                opened, rows, table = head or number, 0, None
            elif line.startswith("}"):
                size = number - opened + 1 - rows if opened else 0
                if size > FUNCTION_LINES:
                    yield path, opened, f"{size} lines; a function has at most {FUNCTION_LINES}"
                opened = head = None
            elif opened is None and line.endswith(";"):
                head = None


def calls_are_safe(house):
    """nobody calls what has no end, no error or a global behind it"""
    call = re.compile(r"(?<![\w.>])(" + "|".join([*BANNED, *HEAP, *CLOCK]) + r")\s*\(")
    for path, code in {**house.code, **{p: blank(t, C_TOKEN) for p, t in house.test_c.items()}}.items():
        room = room_of(path) if path.startswith("src/") else None
        for m in call.finditer(code):
            name, line = m[1], line_of(code, m.start())
            if name in BANNED:
                yield path, line, f"{name} {BANNED[name]}"
            elif name in HEAP and room and room not in HEAP_ROOMS:
                yield path, line, f"{name} outside base, net and db: take it from the arena"
            elif name in CLOCK and room and room not in CLOCK_ROOMS:
                yield path, line, f"{name}: the time is cx->now_ms, so that tests own it"


def nothing_is_global(house):
    """no file keeps a variable of its own"""
    allowed = ("src/base/log.c",)  # the one place that everything may write to
    variable = re.compile(r"(?m)^(?:static|extern)\s+(?!inline\b)([^(){};=]*?)\s*(?:\[[^\]]*\]\s*)*(?:=|;)")
    for path, code in house.code.items():
        if path in allowed:
            continue
        for m in variable.finditer(code):
            words = m[1]
            if not re.search(r"\bconst\b|_Thread_local", words):
                name = re.search(r"(\w+)\s*(?:\[.*)?$", words)
                yield path, line_of(code, m.start()), (
                    f"{name[1] if name else words} is a global; it belongs into a struct")


def headers_introduce_themselves(house):
    """a header begins with what it is for, and is included once"""
    for path, text in house.c.items():
        if not path.endswith(".h"):
            continue
        if not text.startswith("/* " + path[len("src/"):] + " -- "):
            yield path, 1, f"begins with /* {path[len('src/'):]} -- what it is for"
        if "#pragma once" not in text:
            yield path, 1, "has no #pragma once"


def faces_are_commented(house):
    """every public function has a comment"""
    for path, text in house.c.items():
        if not path.endswith(".h"):
            continue
        depth, covered, comment = 0, False, False
        statement, began = "", 0
        for number, line in enumerate(text.split("\n"), 1):
            if comment:
                comment = "*/" not in line
                covered = True
                continue
            bare = line.strip()
            if bare.startswith("/*"):
                comment, covered = "*/" not in bare, True
                continue
            if bare == "":
                covered, statement = False, ""
                continue
            if bare.startswith("#"):
                statement = ""
                continue
            code = blank(line, C_TOKEN)
            if depth == 0 and not statement:
                began = number
            if depth == 0:
                statement += " " + code.strip()
            depth += code.count("{") - code.count("}")
            if depth == 0 and code.rstrip().endswith((";", "}")):
                m = re.match(r"(?!typedef\b|struct \w+ \{|enum\b.*\{|union\b.*\{)"
                             r"[\w\s*]*?\b(\w+)\s*\(", statement.strip())
                if m and not covered and "/*" not in line and "_Static_assert" not in statement:
                    yield path, began, f"{m[1]} has no comment"
                statement = ""


def names_say_what(house):
    """no util, helper or manager"""
    for path in house.c:
        word = re.search(r"(util|helper|manager|common|misc)", os.path.basename(path))
        if word:
            yield path, 1, f"'{word[1]}' does not say what it is"


def queries_are_used(house):
    """every named query is used"""
    everything = "\n".join(house.code.values())
    used = set(re.findall(r"\bq_(\w+)\s*\(", everything))
    used |= {re.sub(r"_(put|append)$", "", name) for name in used}
    used |= {n.lower() for n in re.findall(r"\bSQL_([A-Z0-9_]+)\b", everything)}
    # A macro that is given the name makes the call: PAGE(lead_page_name_asc, …).
    used |= set(re.findall(r"\b[A-Z][A-Z_]+\((\w+)", everything))
    seen = set()
    for path, line, name, _only, _system, _text in house.queries:
        if name not in used and name not in seen:
            yield path, line, f"{name} is used nowhere"
        seen.add(name)


def queries_keep_to_a_workspace(house):
    """every query restricts every table of a workspace, or says scope: system"""
    of_workspace = {name for _p, _l, name, _s, body in house.tables
                    if re.search(r"(?m)^\s*workspace_id\b", body)}
    for path, line, name, _only, system, text in house.queries:
        code = blank(text, SQL_TOKEN)
        spots = [t for t in re.findall(r"\b(?:FROM|JOIN|UPDATE)\s+(\w+)", code, re.I)
                 if t in of_workspace]
        spots += [t for t in re.findall(r",\s*(\w+)\s+(?:AS\s+)?\w+\s+(?:WHERE|ON)\b", code, re.I)
                  if t in of_workspace]
        inserts = [t for t in re.findall(r"\bINSERT\s+INTO\s+(\w+)", code, re.I) if t in of_workspace]
        if system or not spots and not inserts:
            continue
        if ":workspace_id" not in code:
            yield path, line, f"{name} touches {(spots + inserts)[0]} without :workspace_id"
            continue
        bound = len(re.findall(r"\bworkspace_id\s*=|=\s*\w+\.workspace_id\b(?!\s*=)|"
                               r"USING\s*\([^)]*\bworkspace_id\b|\(\s*(?:\w+\.)?workspace_id\s*,[^()]*\)\s*"
                               r"(?:=|>|<|IN\b)", code, re.I))
        if bound < len(spots):
            yield path, line, (f"{name} reads {len(spots)} tables of a workspace "
                               f"and restricts {bound} of them")
        for table in inserts:
            columns = re.search(r"\bINSERT\s+INTO\s+" + table + r"\b[^(]*\(([^)]*)\)", code, re.I)
            if not columns or "workspace_id" not in columns[1]:
                yield path, line, f"{name} inserts into {table} without workspace_id"


def keys_start_with_the_workspace(house):
    """keys of a workspace's tables start with workspace_id"""
    unique = re.compile(r"CREATE UNIQUE INDEX \w+\s+ON\s+(\w+)\s*\(\s*(\w+)", re.I)
    of_workspace = set()
    for path, line, name, system, body in house.tables:
        if not re.search(r"(?m)^\s*workspace_id\b", body) or system:
            continue
        of_workspace.add(name)
        if not re.search(r"PRIMARY KEY", body, re.I):
            yield path, line, f"{name} has no primary key"
        for m in re.finditer(r"(PRIMARY KEY|UNIQUE|FOREIGN KEY)\s*(?:\(\s*(\w+))?", body, re.I):
            if m[2] != "workspace_id":
                at = line + body.count("\n", 0, m.start())
                yield path, at, f"{name}: {m[1]} must start with workspace_id"
        for m in re.finditer(r"(?m)^\s*\w+ [A-Z]+[^,]*\bREFERENCES\b", body):
            at = line + body.count("\n", 0, m.start())
            yield path, at, f"{name}: a foreign key of one column cannot start with workspace_id"
    for path, text in house.migrations.items():
        code = blank(text, SQL_TOKEN)
        for m in unique.finditer(code):
            if m[1] in of_workspace and m[2] != "workspace_id":
                yield path, line_of(code, m.start()), (
                    f"a unique index of {m[1]} must start with workspace_id")


def sql_is_for_every_engine(house):
    """SQL is what SQLite and PostgreSQL both take"""
    # What a migration keeps for one engine (db/migrate.h) is that one's business.
    own = re.compile(r"(?ms)^-- only: \w+\n.*?(?=^-- all engines|\Z)")
    texts = [(path, 1, own.sub(lambda m: "\n" * m.group().count("\n"), text))
             for path, text in house.migrations.items()]
    texts += [(path, line, text) for path, line, _n, only, _s, text in house.queries if not only]
    for path, first, text in texts:
        code = blank(text, SQL_TOKEN)
        for pattern, why in SQL_BANS:
            for m in re.finditer(pattern, code, re.I):
                yield path, first + line_of(code, m.start()) - 1, why


def keys_of(tree, before=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from keys_of(value, f"{before}{key}.")
        else:
            yield before + key, value


def sentences(lang):
    path = f"ui/i18n/{lang}.json"
    if not os.path.exists(os.path.join(ROOT, path)):
        return None
    return dict(keys_of(json.loads(read(path))))


def languages_agree(_house):
    """German and English have the same sentences with the same gaps"""
    de, en = sentences("de"), sentences("en")
    for lang, mine, other, theirs in (("de", de, "en", en), ("en", en, "de", de)):
        if mine is None:
            yield f"ui/i18n/{lang}.json", 1, "is missing"
            continue
        for key in sorted(set(theirs or {}) - set(mine)):
            yield f"ui/i18n/{lang}.json", 1, f"{key} is missing, {other}.json has it"
    for key in sorted(set(de or {}) & set(en or {})):
        gaps = [set(re.findall(r"\{(\w+)\}", str(text))) for text in (de[key], en[key])]
        if gaps[0] != gaps[1]:
            yield "ui/i18n/de.json", 1, f"{key}: the gaps differ from en.json's"
        if not str(de[key]).strip() or not str(en[key]).strip():
            yield "ui/i18n/de.json", 1, f"{key}: a sentence is empty"


def sentences_exist(house):
    """every sentence that a template or an error names exists"""
    known = set(sentences("de") or {})
    for path, text in house.templates.items():
        for m in re.finditer(r"""(['"])([^'"{}|]+)\1\s*\|\s*t\b""", text):
            # 'phase.' is the beginning of a key that the template puts together; the program
            # renders such a key as itself where it is unknown, and the pages' tests see that.
            begun = m[2].endswith((".", "_")) or m[2].startswith("_")
            if not begun and m[2] not in known and m[2] + ".other" not in known:
                yield path, line_of(text, m.start()), f"no sentence '{m[2]}' in ui/i18n"
    fails = re.compile(r'\bfail(?:_detail)?\(\s*[^,;]+,\s*\w+,\s*"([^"]+)"|'
                       r'\bfail_field\(\s*[^,;]+,\s*[^,;]+?(?:\([^)]*\))?,\s*"([^"]+)"')
    for path, text in house.strings.items():
        for m in fails.finditer(text):
            key = m[1] or m[2]
            if key not in known and "%" not in key:
                yield path, line_of(text, m.start()), f"no sentence '{key}' in ui/i18n"


def icons_stand_in_their_sprite(house):
    """every icon that a page names stands in its sprite"""
    for sprite, folder in (("ui/pages/icons.liquid", "ui/pages/"), ("ui/public/icons.liquid", "ui/public/")):
        there = set(re.findall(r'id="i-(\w+)"', house.templates.get(sprite, "")))
        named = [(p, t) for p, t in house.templates.items() if p.startswith(folder)]
        if folder == "ui/public/":  # and the parts that public pages render
            parts = {n for _p, t in named for n in re.findall(r"render '([^'/]+)'", t)}
            named += [(f"ui/pages/{n}.liquid", house.templates[f"ui/pages/{n}.liquid"])
                      for n in sorted(parts) if f"ui/pages/{n}.liquid" in house.templates]
        for path, text in named:
            for m in re.finditer(r"render 'icon', name: '(\w+)'", text):
                if there and m[1] not in there:
                    yield path, line_of(text, m.start()), f"no icon '{m[1]}' in {sprite}"


def moments_are_told(house):
    """what is told to programs and pages says moments as RFC 3339; "_ms" is a length of time"""
    lengths = {"fill_ms", "took_ms"}
    for path, text in house.strings.items():
        if not re.search(r"_(http|value)\.c$", path):
            continue
        for m in re.finditer(r'\bvalue_set(?:_int)?\(\s*[^,;]+,\s*"(\w+_ms)"', text):
            if m[1] not in lengths:
                yield path, line_of(text, m.start()), f"'{m[1]}' is a moment: instant_value, in \"…_at\""


RULES = [
    carriers_stand_below, doors_keep_to_their_part, rooms_form_no_circle, parts_have_one_place,
    files_are_short, functions_are_short, calls_are_safe, nothing_is_global,
    headers_introduce_themselves, faces_are_commented, names_say_what, queries_are_used,
    queries_keep_to_a_workspace, keys_start_with_the_workspace, sql_is_for_every_engine,
    languages_agree, sentences_exist, icons_stand_in_their_sprite,
    moments_are_told,
]


def main():
    house, failed = House(), 0
    for rule in RULES:
        breaches = sorted(set(rule(house)))
        for path, line, sentence in breaches:
            print(f"{path}:{line}: {sentence}")
        if breaches:
            failed += 1
            print(f"    ^ broken: {rule.__doc__}")
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
