#!/usr/bin/env python3
"""Turn named queries into C: sqlgen.py OUTDIR FILE.sql...

Writes OUTDIR/sql.h (enum sql and the table), OUTDIR/sql.c and, for every src/lead/lead.sql,
OUTDIR/lead_sql.h with typed structs and functions. `sqlgen.py --list FILE.sql...` prints the
names of the outputs. Files are written only if they change. The format stands in src/db/db.h;
every fault is told as FILE:LINE: what.

A run of columns `text_01..text_40` becomes one array `str text[40]` in the struct.

A query starts at `-- name: NAME` and ends at its `;`. `:param` becomes ?N for SQLite and $N for
PostgreSQL, numbered by first use. `-- only: ENGINE` makes the text that engine's own; such a
second text need not repeat `in`, `one` and `many`.

`-- each: workspace` makes a query for every table that has rows of a workspace, read from
sql/migrations: {table}, {workspace} (the column that says whose a row is) and {key} (its primary
key) stand for its names. q_NAME then takes the number of a table, 0 to NAME_EACH - 1, in the order
of the migrations; NAME_table tells its name.
"""
import copy
import glob
import os
import re
import sys

ENGINES = ("sqlite", "postgres")
I64_NAMES = {"id", "n", "limit", "state", "kind", "count"}
I64_ENDINGS = ("_id", "_ms", "_day", "_n", "_count", "_no", "_state", "_kind", "_bytes")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
COLUMN = re.compile(r"([a-z][a-z0-9_]*)(?::(i64|text|blob))?(\?)?\Z")
RUN = re.compile(r"([a-z]+_)(\d\d)\.\.([a-z]+_)(\d\d)\Z")
SLOT = re.compile(r"([a-z]+)_(\d\d)\Z")
DIRECTIVE = re.compile(r"--\s*(name|in|one|many|only|scope|append|plan|each)\s*:\s*(.*?)\s*\Z")
MISSPELT = re.compile(r"--\s*(out|returns?|rows?|params?|engine)\s*:")
TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")"""
    r"""|(?P<cast>::)|:(?P<param>[a-zA-Z_]\w*)|(?P<end>;)|(?P<space>\s+)"""
    r"""|(?P<word>\w+)|(?P<other>.)""",
    re.S,
)
KEYWORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while bool true false".split()
)
C_TYPE = {"SQL_I64": "int64_t ", "SQL_I64_OPT": "struct opt_i64 ", "SQL_TEXT": "str ",
          "SQL_BLOB": "str "}


class Fault(Exception):
    pass


def fault(path, line, what):
    raise Fault(f"{path}:{line}: {what}")


class Query:
    def __init__(self, path, line, name):
        self.path, self.line, self.name = path, line, name
        self.doc, self.ins, self.outs, self.shape = [], None, None, None
        self.only, self.system, self.append, self.by_values = None, False, False, False
        self.each, self.each_of = False, None  # each_of: (name as it stands in the file, table)
        self.text = {}  # engine -> list of tokens (kind, text)


def columns(q, line, text):
    found = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        run = RUN.match(item)
        if run and run[1] == run[3]:
            found += [(f"{run[1]}{n:02d}", "SQL_TEXT") for n in range(int(run[2]), int(run[4]) + 1)]
            continue
        m = COLUMN.match(item)
        if not m:
            fault(q.path, line, f"'{item}' is not a column: name, name:i64, name:text, name:blob, "
                                "each with an optional ?")
        name, kind, optional = m.groups()
        if name in KEYWORDS:
            fault(q.path, line, f"'{name}' is a word of C; name the column otherwise")
        if kind is None:
            kind = "i64" if name in I64_NAMES or name.endswith(I64_ENDINGS) else "text"
        c_kind = {"i64": "SQL_I64_OPT" if optional else "SQL_I64", "text": "SQL_TEXT",
                  "blob": "SQL_BLOB"}[kind]
        found.append((name, c_kind))
    return found


def directive(q, line, key, value):
    """Note one directive; returns where a list continues ("in" or "out") if it ends in a comma."""
    if key == "only":
        if value not in ENGINES:
            fault(q.path, line, f"no engine '{value}'; one of {', '.join(ENGINES)}")
        q.only = value
    elif key == "scope":
        if value != "system":
            fault(q.path, line, f"no scope '{value}'; the only one that is said is 'system'")
        q.system = True
    elif key == "each":
        if value != "workspace":
            fault(q.path, line, f"no each '{value}'; the only one is 'workspace'")
        q.each = True
    elif key == "append":
        if value:
            fault(q.path, line, "'-- append:' takes no value")
        q.append = True
    elif key == "plan":
        if value != "values":
            fault(q.path, line, f"no plan '{value}'; the only one that is said is 'values'")
        q.by_values = True
    elif key == "in":
        q.ins = (q.ins or []) + columns(q, line, value)
        return "in" if value.endswith(",") else None
    else:
        if q.shape not in (None, key):
            fault(q.path, line, "a query returns one or many, not both")
        q.shape, q.outs = key, (q.outs or []) + columns(q, line, value)
        return key if value.endswith(",") else None
    return None


def tokens(q, first_line, text):
    """The tokens of one statement up to its `;`, without comments, spaces folded."""
    found, line, ended = [], first_line, False
    for m in TOKEN.finditer(text):
        kind = m.lastgroup
        if kind == "end":
            if ended:
                fault(q.path, line, f"{q.name}: a query is one statement")
            ended = True
        elif kind in ("comment", "space"):
            if found and found[-1][0] != "space":
                found.append(("space", " "))
        elif ended:
            fault(q.path, line, f"{q.name}: text after the ';'")
        else:
            found.append((kind, m["param"] if kind == "param" else m[0]))
        line += m[0].count("\n")
    if not ended:
        fault(q.path, q.line, f"{q.name}: the ';' at its end is missing")
    while found and found[-1][0] == "space":
        found.pop()
    if not found:
        fault(q.path, q.line, f"{q.name}: no statement")
    return found


RANGE = re.compile(r"(:?)([a-z_]+_)(\d+)\.\.\2(\d+)((?::\w+)?)")


def ranges(line):
    """`:hash_01..hash_80` stands for all of them, `hash_01..hash_80:i64` too: neither engine takes a
    list as one parameter in a way that the other does."""
    def all_of(m):
        return ", ".join(f"{m[1]}{m[2]}{n:0{len(m[3])}}{m[5]}" for n in range(int(m[3]), int(m[4]) + 1))
    return RANGE.sub(all_of, line)


def blocks(path):
    """(query head, line of its text, text) for each `-- name:` of a file."""
    with open(path, encoding="utf-8") as f:
        lines = [ranges(line) for line in f.read().split("\n")]
    q, body, body_line, goes_on = None, [], 0, None
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        m = DIRECTIVE.match(line)
        if m and m[1] == "name":
            if q:
                yield q, body_line, "\n".join(body)
            if not NAME.match(m[2]):
                fault(path, number, f"'{m[2]}' is not a name: a-z, 0-9 and _")
            q, body, goes_on = Query(path, number, m[2]), [], None
        elif q is None:
            if line and not line.startswith("--"):
                fault(path, number, "a statement without '-- name:'")
        elif body:
            body.append(raw)
        elif m:
            goes_on = directive(q, number, m[1], m[2])
        elif line.startswith("--"):
            if MISSPELT.match(line):
                fault(path, number, "no such directive; name, in, one, many, only, scope, append, plan")
            if goes_on:
                goes_on = directive(q, number, goes_on, line[2:].strip())
            else:
                q.doc.append(line[2:].strip())
        elif line:
            body, body_line = [raw], number
    if q:
        yield q, body_line, "\n".join(body)


TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\)", re.S)
MIGRATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sql", "migrations")


def workspace_tables(folder):
    """(table, the column of its workspace, its key) in the order of the migrations."""
    for path in sorted(glob.glob(os.path.join(folder, "*.sql"))):
        with open(path, encoding="utf-8") as f:
            code = re.sub(r"--[^\n]*", "", f.read())
        for name, body in TABLE.findall(code):
            columns = re.findall(r"(?m)^\s+(\w+) (?:BIGINT|TEXT|BYTEA)\b", body)
            whose = [c for c in ("workspace_id", "of_workspace_id") if c in columns]
            key = re.search(r"PRIMARY KEY \(([^)]*)\)", body)
            key = key[1] if key else re.search(r"(\w+) \w+ NOT NULL PRIMARY KEY", body)[1]
            if whose:
                yield name, whose[0], key


def expanded(path):
    """The blocks of a file, with one for each table where that is asked for."""
    for head, line, text in blocks(path):
        if not head.each:
            yield head, line, text
            continue
        for table, whose, key in workspace_tables(MIGRATIONS):
            one = copy.copy(head)
            one.text, one.name, one.each_of = {}, f"{head.name}_{table}", (head.name, table)
            yield one, line, text.replace("{table}", table).replace("{workspace}", whose).replace(
                "{key}", key)


def list_count(q, found):
    """How many columns the statement returns, None if that cannot be told, 0 if none."""
    depth, count, inside, item, first = 0, 0, False, "", found[0][1].upper()
    for kind, text in found:
        word = text.upper() if kind == "word" else ""
        if text == "(" and kind == "other":
            depth += 1
        if text == ")" and kind == "other":
            depth -= 1
        if depth == 0 and not inside and not count:
            if word == "RETURNING" or (word == "SELECT" and not writes(found)):
                inside, count, item = True, 1, ""
                continue
            if word == "VALUES" and first == "VALUES":
                return None
        elif inside and depth == 0:
            if word in ("FROM", "WHERE", "LIMIT", "ORDER", "UNION", "EXCEPT", "INTERSECT"):
                inside = False
                if item.strip() == "*" or item.strip().endswith(".*"):
                    return None
            elif kind == "other" and text == ",":
                if item.strip() == "*" or item.strip().endswith(".*"):
                    return None
                count, item = count + 1, ""
                continue
        if inside:
            item += text
    if inside and (item.strip() == "*" or item.strip().endswith(".*")):
        return None
    return count


def writes(found):
    words = [text.upper() for kind, text in found if kind == "word"]
    if words[0] == "WITH":
        return any(w in ("INSERT", "UPDATE", "DELETE") for w in words)
    return words[0] in ("INSERT", "UPDATE", "DELETE", "REPLACE")


def params(found):
    return list(dict.fromkeys(text for kind, text in found if kind == "param"))


def check(q):
    """Hold the heads of a query against its texts."""
    where = (q.path, q.line)
    if "sqlite" not in q.text:
        fault(*where, f"{q.name}: no text for sqlite")
    declared = [name for name, _ in q.ins or []]
    for names in (declared, [name for name, _ in q.outs or []]):
        for name in names:
            if names.count(name) > 1:
                fault(*where, f"{q.name}: '{name}' stands twice in a list")
    if "workspace_id" in declared:
        fault(*where, f"{q.name}: :workspace_id is bound from the context; take it out of 'in'")
    for engine, found in q.text.items():
        used = [p for p in params(found) if p != "workspace_id"]
        for name in used:
            if name not in declared:
                fault(*where, f"{q.name}: :{name} is not in '-- in:' ({engine})")
        for name in declared:
            if name not in used:
                fault(*where, f"{q.name}: '{name}' of '-- in:' is not used ({engine})")
        if "workspace_id" not in params(found) and not q.system:
            fault(*where, f"{q.name}: no :workspace_id and no '-- scope: system' ({engine})")
        if q.append and not append_text(q, found):
            fault(*where, f"{q.name}: '-- append:' wants INSERT INTO … VALUES (:a, :b …) with "
                          f"optional ON CONFLICT DO NOTHING and nothing else ({engine})")
        count = list_count(q, found)
        if q.shape is None and count != 0:
            fault(*where, f"{q.name}: returns rows but has no '-- one:' or '-- many:' ({engine})")
        if q.shape is not None and not q.outs:
            fault(*where, f"{q.name}: '-- {q.shape}:' names no column")
        if q.shape is not None and count is not None and count != len(q.outs):
            fault(*where, f"{q.name}: '-- {q.shape}:' names {len(q.outs)} columns, "
                          f"the text returns {count} ({engine})")


def parse(files):
    """{path: [Query]} with unique names."""
    known, by_file = {}, {}
    for path in files:
        by_file[path] = []
        for head, line, text in expanded(path):
            found = tokens(head, line or head.line, text)
            q = known.get(head.name)
            if q is None:
                q = known[head.name] = head
                by_file[path].append(q)
            else:
                if q.path != path:
                    fault(path, head.line, f"{q.name} stands in {q.path}:{q.line} already")
                if (head.ins or q.ins, head.shape or q.shape, head.outs or q.outs) != (
                        q.ins, q.shape, q.outs):
                    fault(path, head.line, f"{q.name}: its two texts differ in 'in' or columns")
                if head.only is None and q.only is None:
                    fault(path, head.line, f"{q.name} stands at line {q.line} already")
            for engine in [head.only] if head.only else ENGINES:
                if head.only or engine not in q.text:
                    q.text[engine] = found
    for queries in by_file.values():
        for q in queries:
            check(q)
    return by_file


def numbered(found, mark, order):
    return "".join(mark + str(order.index(text) + 1) if kind == "param" else text
                   for kind, text in found)


ARRAY = {"SQL_I64": "bigint[]", "SQL_I64_OPT": "bigint[]", "SQL_TEXT": "text[]",
         "SQL_BLOB": "bytea[]"}
APPEND = re.compile(r"(INSERT INTO \w+ ?\([\w, ]+\)) VALUES ?\(([\d, ]+)\)( ON CONFLICT DO NOTHING)?\Z")


def append_parts(found):
    """What stands before the values and behind them; None if it is not of that form."""
    order = params(found)
    m = APPEND.match(re.sub(r"\s+", " ", numbered(found, "", order)).strip())
    if not m or m[2].replace(" ", "") != ",".join(str(n + 1) for n in range(len(order))):
        return None
    return m


def many_text(found):
    """SQLite's statement over several rows, and how many. OR FAIL: what is refused halfway is rolled
    back with its transaction, and the statement needs no journal of its own."""
    m, count = append_parts(found), len(params(found))
    rows = max(2, min(32, 480 // count))
    values = ", ".join("(" + ", ".join(f"?{r * count + n + 1}" for n in range(count)) + ")"
                       for r in range(rows))
    insert = m[1].replace("INSERT INTO", "INSERT OR FAIL INTO", 1)
    return f"{insert} VALUES {values}{m[3] or ''}", rows


def append_text(q, found):
    """The statement over arrays, one row an element of each; None if it is not of that form."""
    order, kinds = params(found), dict(q.ins or [], workspace_id="SQL_I64")
    m = append_parts(found)
    if not m:
        return None
    arrays = ", ".join(f"${n + 1}::{ARRAY[kinds[name]]}" for n, name in enumerate(order))
    return f"{m[1]} SELECT * FROM unnest({arrays}){m[3] or ''}"


def literal(text):
    """A C string literal, broken into lines after spaces."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = text.replace("??", "?\\?")
    lines, rest = [], text
    while len(rest) > 88:
        at = rest.rfind(" ", 0, 88) + 1 or rest.find(" ") + 1 or len(rest)
        lines.append(rest[:at])
        rest = rest[at:]
    return "\n     ".join(f'"{line}"' for line in lines + [rest] if line)


def place(member):
    """How C reaches a column: text_03 is text[2]."""
    slot = SLOT.match(member)
    return f"{slot[1]}[{int(slot[2]) - 1}]" if slot else member


def struct(name, members):
    sizes = {}
    for member, _ in members:
        slot = SLOT.match(member)
        if slot:
            sizes[slot[1]] = max(sizes.get(slot[1], 0), int(slot[2]))
    rows, done = "", set()
    for member, kind in members:
        slot = SLOT.match(member)
        if slot and slot[1] not in done:
            rows += f"    {C_TYPE[kind]}{slot[1]}[{sizes[slot[1]]}];\n"
            done.add(slot[1])
        elif not slot:
            rows += f"    {C_TYPE[kind]}{member};\n"
    return f"struct {name} {{\n{rows}}};\n\n"


def function(q):
    take = f"const struct {q.name}_in *in" if q.ins else ""
    give = "in" if q.ins else "NULL"
    head = f"MUST_USE static inline bool q_{q.name}(struct tx *tx"
    head += f", {take}" if take else ""
    number = f"SQL_{q.name.upper()}"
    if q.shape is None:
        append = ""
        if q.append:
            append = (f"/* The same for many rows at once, outside a transaction: see db_append. */\n"
                      f"MUST_USE static inline bool q_{q.name}_append(struct ctx *cx,\n"
                      f"    const struct {q.name}_in *rows, ptrdiff_t count)\n{{\n"
                      f"    return db_append(cx, {number}, rows, count);\n}}\n\n"
                      f"/* The same within one: see sql_put. */\n"
                      f"MUST_USE static inline bool q_{q.name}_put(struct tx *tx,\n"
                      f"    const struct {q.name}_in *rows, ptrdiff_t count, int64_t *changed)\n{{\n"
                      f"    return sql_put(tx, {number}, rows, count, changed);\n}}\n\n")
        return (f"{head}, int64_t *changed)\n{{\n"
                f"    return sql_exec(tx, {number}, {give}, changed);\n}}\n\n{append}")
    if q.shape == "one":
        return (f"{head},\n    struct {q.name}_row *out, bool *found)\n{{\n"
                f"    return sql_one(tx, {number}, {give}, out, found);\n}}\n\n")
    return (f"{head},\n    struct {q.name}_rows *out)\n{{\n"
            f"    struct sql_rows rows;\n"
            f"    if (!sql_many(tx, {number}, {give}, &rows)) return false;\n"
            f"    *out = (struct {q.name}_rows){{rows.row, rows.count}};\n"
            f"    return true;\n}}\n\n")


def each_function(name, queries):
    """What runs the query of one of the tables; its numbers follow one another."""
    tables = "".join(f'        "{q.each_of[1]}",\n' for q in queries)
    first, take = queries[0], ""
    text = f"enum {{ {name.upper()}_EACH = {len(queries)} }};\n\n"
    if first.ins:
        text += struct(f"{name}_in", first.ins)
        take = f", const struct {name}_in *in"
    return (f"{text}static inline const char *{name}_table(int each)\n{{\n"
            f"    static const char *const tables[] = {{\n{tables}    }};\n"
            f"    return tables[each];\n}}\n\n"
            f"MUST_USE static inline bool q_{name}(struct tx *tx, int each{take}, int64_t *changed)\n"
            f"{{\n    return sql_exec(tx, SQL_{first.name.upper()} + each, "
            f"{'in' if first.ins else 'NULL'}, changed);\n}}\n\n")


def room_header(path, queries):
    text = (f"/* Made by tools/sqlgen.py from {os.path.basename(path)}. */\n#pragma once\n\n"
            '#include "sql.h"\n\n')
    for q in queries:
        if q.doc:
            doc = "\n * ".join(line.replace("*/", "* /") for line in q.doc if line)
            text += f"/* {doc} */\n" if doc else ""
        if q.ins:
            text += struct(f"{q.name}_in", q.ins)
        if q.shape:
            text += struct(f"{q.name}_row", q.outs)
        if q.each_of:
            same = [other for other in queries if other.each_of and other.each_of[0] == q.each_of[0]]
            text += each_function(q.each_of[0], same) if q is same[-1] else ""
            continue
        if q.shape == "many":
            text += (f"struct {q.name}_rows {{\n    struct {q.name}_row *row;\n"
                     "    ptrdiff_t count;\n};\n\n")
        text += function(q)
    return text


def common_header(by_file):
    text = ("/* Made by tools/sqlgen.py. */\n#pragma once\n\n"
            '#include "db/db.h"\n\nenum sql {\n')
    for queries in by_file.values():
        text += "".join(f"    SQL_{q.name.upper()},\n" for q in queries)
    return text + ("    SQL__COUNT\n};\n\n"
                   "/* One more than there are, so that there may be none. */\n"
                   "extern const struct sql_text sql_texts[SQL__COUNT + 1];\n")


def offsets(q, names_kinds, suffix):
    rows = []
    for name, kind in names_kinds:
        at = ("SQL_WORKSPACE_OFFSET" if name == "workspace_id" and suffix == "in"
              else f"offsetof(struct {q.name}_{suffix}, {place(name)})")
        rows.append(f"    {{{kind}, {at}}},\n")
    return (f"static const struct sql_column {q.name}_{suffix}_columns[] = {{\n"
            f"{''.join(rows)}}};\n")


def source(by_file):
    text = "/* Made by tools/sqlgen.py. */\n#include \"sql.h\"\n\n"
    text += "".join(f'#include "{base(path)}_sql.h"\n' for path in by_file)
    text += '\n#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n'
    table = "const struct sql_text sql_texts[SQL__COUNT + 1] = {\n"
    for q in (q for queries in by_file.values() for q in queries):
        order, kinds = params(q.text["sqlite"]), dict(q.ins or [], workspace_id="SQL_I64")
        if order:
            text += offsets(q, [(name, kinds[name]) for name in order], "in")
        if q.outs:
            text += offsets(q, q.outs, "row")
        postgres = "NULL"
        if "postgres" in q.text:
            postgres = literal(numbered(q.text["postgres"], "$", order))
        ins = f"{q.name}_in_columns" if order else "NULL"
        outs = f"{q.name}_row_columns" if q.outs else "NULL"
        size = f"(int)sizeof(struct {q.name}_row)" if q.outs else "0"
        append, in_size, many, many_rows = "NULL", "0", "NULL", 0
        if q.append:
            many, many_rows = many_text(q.text["sqlite"])
            many = literal(many)
            append = literal(append_text(q, q.text["postgres"]))
            in_size = f"(int)sizeof(struct {q.name}_in)"
        table += (f'    {{"{q.name}",\n     {literal(numbered(q.text["sqlite"], "?", order))},\n'
                  f"     {postgres},\n     {ins}, {outs}, {len(order)}, {len(q.outs or [])}, {size}, "
                  f"{'true' if writes(q.text['sqlite']) else 'false'},\n     {append}, {in_size}, "
                  f"{many}, {many_rows}, {'true' if q.by_values else 'false'}}},\n")
    return (text + "\n" + table +
            "    {NULL, NULL, NULL, NULL, NULL, 0, 0, 0, false, NULL, 0, NULL, 0, false},\n};\n")


def base(path):
    return os.path.basename(path)[:-len(".sql")]


def outputs(files):
    return ["sql.h", "sql.c"] + [f"{base(path)}_sql.h" for path in files]


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def generate(outdir, files):
    for path in files:
        if not path.endswith(".sql"):
            fault(path, 1, "the name must end in .sql")
    if len(set(outputs(files))) != len(files) + 2:
        raise Fault("two .sql files of the same name: their headers would be one")
    by_file = parse(files)
    os.makedirs(outdir, exist_ok=True)
    write_if_changed(os.path.join(outdir, "sql.h"), common_header(by_file))
    write_if_changed(os.path.join(outdir, "sql.c"), source(by_file))
    for path, queries in by_file.items():
        write_if_changed(os.path.join(outdir, f"{base(path)}_sql.h"), room_header(path, queries))


def main(args):
    if not args:
        print(__doc__, file=sys.stderr)
        return 2
    if args[0] == "--list":
        print("\n".join(outputs(args[1:])))
        return 0
    try:
        generate(args[0], args[1:])
    except Fault as e:
        print(e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
