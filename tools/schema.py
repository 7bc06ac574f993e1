"""Tables of the migrations, where each stands on Citus, and what a query does with them.

Reads as much SQL as the project writes: tables() gives columns and keys, placements() the rows of
src/cmd/distribution.c, levels() a statement taken apart into its SELECTs, INSERTs …, each with its
tables and the equalities that hold in it. For lint; whatever it cannot read is told as a Fault.
"""
import re

import sqlgen

KEY_WORDS = {"PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT", "CHECK", "EXCLUDE"}
CLAUSES = {"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "FOR",
           "RETURNING", "SET", "VALUES", "INSERT", "UPDATE", "DELETE", "USING"}
SET_OPERATORS = {"UNION", "INTERSECT", "EXCEPT"}
JOIN_WORDS = {"JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER", "NATURAL", "LATERAL"}
ROW = re.compile(r'\{"(\w+)",\s*PLACE_(\w+),\s*"(\w*)",\s*"(\w*)",\s*((?:"[^"]*"\s*)+)\}')


class Fault(Exception):
    pass


class Table:
    def __init__(self, name, path):
        self.name, self.path, self.partition = name, path, []
        self.columns = {}  # name -> type
        self.keys = []     # (kind, its columns, (table, its columns) of a foreign key)


class Place:
    def __init__(self, kind, column, partition, why):
        self.kind, self.column, self.partition, self.why = kind, column, partition, why


# --- words and brackets ---

def nest(tokens):
    """Tokens without spaces and comments; what stands in brackets becomes a list."""
    stack = [[]]
    for kind, text in tokens:
        if kind in ("space", "comment"):
            continue
        if kind == "other" and text == "(":
            stack.append([])
        elif kind == "other" and text == ")":
            if len(stack) == 1:
                raise Fault("a bracket too many")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append((kind, text))
    if len(stack) != 1:
        raise Fault("a bracket is not closed")
    return stack[0]


def scan(text):
    return [(m.lastgroup, m["param"] if m.lastgroup == "param" else m[0])
            for m in sqlgen.TOKEN.finditer(text)]


def word(items, at):
    """The word at a place in capitals, '' if there is none."""
    if 0 <= at < len(items) and isinstance(items[at], tuple) and items[at][0] == "word":
        return items[at][1].upper()
    return ""


def is_sign(item, sign):
    return isinstance(item, tuple) and item == ("other", sign)


def split(items, sign=","):
    parts = [[]]
    for item in items:
        if is_sign(item, sign):
            parts.append([])
        else:
            parts[-1].append(item)
    return [part for part in parts if part]


def names(group):
    """The first word of each part: columns of a key or an index."""
    return [part[0][1] for part in split(group) if isinstance(part[0], tuple)]


def flat(items):
    for item in items:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item


# --- tables ---

def group_after(items, at):
    return next((i for i in range(at, len(items)) if isinstance(items[i], list)), None)


def read_key(table, items):
    """PRIMARY KEY (…), UNIQUE (…) or FOREIGN KEY (…) REFERENCES t (…), as a part of a table."""
    words = [word(items, i) for i in range(len(items))]
    at = group_after(items, 0)
    for kind in ("PRIMARY", "UNIQUE", "FOREIGN", "EXCLUDE"):
        if kind in words and at is not None:
            other = None
            if "REFERENCES" in words:
                to = words.index("REFERENCES") + 1
                there = group_after(items, to)
                other = (items[to][1], names(items[there]) if there is not None else [])
            table.keys.append((kind, names(items[at]), other))
            return


def read_column(table, items):
    name, words = items[0][1], [word(items, i) for i in range(len(items))]
    table.columns[name] = words[1] if len(words) > 1 else ""
    for kind in ("PRIMARY", "UNIQUE"):
        if kind in words:
            table.keys.append((kind, [name], None))
    if "REFERENCES" in words:
        to = words.index("REFERENCES") + 1
        there = group_after(items, to)
        table.keys.append(("FOREIGN", [name],
                           (items[to][1], names(items[there]) if there is not None else [])))


def read_part(table, items):
    if word(items, 0) in KEY_WORDS:
        read_key(table, items)
    else:
        read_column(table, items)


def read_statement(found, items, path):
    words = [word(items, i) for i in range(len(items))]
    if words[:2] == ["CREATE", "TABLE"] and "OF" not in words:
        at = group_after(items, 0)
        if at is None:
            raise Fault(f"{path}: a table without columns")
        table = found[items[at - 1][1]] = Table(items[at - 1][1], path)
        for part in split(items[at]):
            read_part(table, part)
        if "PARTITION" in words[at:]:
            table.partition = names(items[group_after(items, at + 1)])
    elif words[0] == "CREATE" and "INDEX" in words and "UNIQUE" in words:
        table = found.get(items[words.index("ON") + 1][1])
        if table:
            table.keys.append(("UNIQUE", names(items[group_after(items, 0)]), None))
    elif words[:2] == ["ALTER", "TABLE"] and "ADD" in words and items[2][1] in found:
        part = items[words.index("ADD") + 1:]
        read_part(found[items[2][1]], part[1:] if word(part, 0) == "COLUMN" else part)
    elif words[:2] == ["DROP", "TABLE"]:
        found.pop(items[-1][1], None)


def tables(texts):
    """{name: Table} after all migrations; texts is [(path, text)] in their order."""
    found = {}
    for path, text in texts:
        statement = []
        for kind, token in scan(text) + [("end", ";")]:
            if kind != "end":
                statement.append((kind, token))
                continue
            items = nest(statement)
            if items:
                read_statement(found, items, path)
            statement = []
    return found


def placements(text):
    """{table: Place} of the rows in src/cmd/distribution.c, in their order."""
    return {m[1]: Place(m[2].lower(), m[3], m[4], "".join(re.findall(r'"([^"]*)"', m[5])))
            for m in ROW.finditer(text)}


# --- statements ---

class Ref:
    """A table, a common table expression or a derived table at one level."""

    def __init__(self, name, alias, join):
        self.name, self.alias, self.join = name, alias, join


class Level:
    """One SELECT, INSERT, UPDATE or DELETE with what stands directly in it."""

    def __init__(self, kind, parent):
        self.kind, self.parent, self.refs, self.subs = kind, parent, [], []
        self.equal = []      # (operand, operand, ref that an outer join's ON may bind, or None)
        self.columns = []    # every column named here: (alias or "", name)
        self.calls = set()   # functions, in small letters
        self.words = set()
        self.has_for = self.recursive = False
        self.clause = ""     # of a subquery: SELECT, WHERE, FROM … of its parent
        self.target = None   # Ref that is written
        self.insert, self.values, self.source = [], [], None
        self.set_columns, self.conflict = [], None  # conflict: columns of its target

    def everything(self):
        yield self
        for sub in self.subs:
            yield from sub.everything()


def is_query(item):
    return isinstance(item, list) and word(item, 0) in ("SELECT", "WITH", "VALUES", "INSERT",
                                                        "UPDATE", "DELETE")


def operand(items):
    """('param', name), ('column', alias, name), ('value', text), or None for anything else."""
    if len(items) == 1 and isinstance(items[0], list):
        return operand(items[0])
    kinds = [item[0] if isinstance(item, tuple) else "list" for item in items]
    if kinds == ["param"]:
        return ("param", items[0][1])
    if kinds == ["string"] or kinds == ["word"] and items[0][1].isdigit():
        return ("value", items[0][1])
    if kinds == ["word"]:
        return ("column", "", items[0][1])
    if kinds == ["word", "other", "word"] and is_sign(items[1], "."):
        return ("column", items[0][1], items[2][1])
    return None


def conjuncts(items):
    """The parts of a condition that all must hold; none if they are alternatives."""
    parts, depth, between = [[]], 0, False
    for i, item in enumerate(items):
        w = word(items, i)
        depth += (w == "CASE") - (w == "END")
        if depth == 0 and w == "OR":
            return []
        between = between or w == "BETWEEN"
        if depth == 0 and w == "AND" and not between:
            parts.append([])
            continue
        between = between and w != "AND"
        parts[-1].append(item)
    found = []
    for part in parts:
        if len(part) == 1 and isinstance(part[0], list) and not is_query(part[0]):
            found += conjuncts(part[0])
        else:
            found.append(part)
    return found


def equalities(items):
    """(operand, operand) of each `a = b` and `(a, b) = (c, d)` that must hold."""
    for part in conjuncts(items):
        sides = split(part, "=")
        if len(sides) != 2:
            continue
        a, b = sides
        if len(a) == len(b) == 1 and isinstance(a[0], list) and isinstance(b[0], list) \
                and not is_query(a[0]) and not is_query(b[0]):
            pairs = list(zip(split(a[0]), split(b[0])))
        else:
            pairs = [(a, b)]
        for left, right in pairs:
            left, right = operand(left), operand(right)
            if left and right:
                yield left, right


def clauses(items):
    """[(keyword, what follows)]; ON CONFLICT takes everything up to RETURNING."""
    found, depth = [], 0
    for i, item in enumerate(items):
        w = word(items, i)
        depth += (w == "CASE") - (w == "END")
        in_conflict = bool(found) and found[-1][0] == "CONFLICT"
        if w == "ON" and word(items, i + 1) == "CONFLICT":
            found.append(("CONFLICT", []))
        elif depth == 0 and w in CLAUSES and (w == "RETURNING" or not in_conflict) \
                and not (w == "FROM" and word(items, i - 1) == "DISTINCT") \
                and not (w == "UPDATE" and word(items, i - 1) == "FOR") \
                and not (w == "USING" and found and found[-1][0] == "FROM"
                         and found[0][0] != "DELETE"):
            found.append((w, []))
        elif found:
            found[-1][1].append(item)
        else:
            raise Fault(f"a statement cannot begin with {item}")
    return found


def note(level, items, ctes):
    """Columns, functions and subqueries of an expression."""
    for i, item in enumerate(items):
        if isinstance(item, list):
            if is_query(item):
                level.subs += statement(item, level, ctes)
            else:
                note(level, item, ctes)
            continue
        if item[0] != "word":
            continue
        level.words.add(item[1].upper())
        after = items[i + 1] if i + 1 < len(items) else None
        if isinstance(after, list) and not is_sign(items[i - 1] if i else None, "."):
            level.calls.add(item[1].lower())
        elif i and is_sign(items[i - 1], "."):
            level.columns.append((items[i - 2][1], item[1]))
        elif not is_sign(after, "."):
            level.columns.append(("", item[1]))


def read_from(level, items, ctes, join="FROM"):
    """Tables and the conditions of their joins."""
    i = 0
    while i < len(items):
        w = word(items, i)
        if is_sign(items[i], ","):
            join = "CROSS"
        elif w in JOIN_WORDS:
            join = w if w in ("LEFT", "RIGHT", "FULL", "CROSS") else \
                join if word(items, i - 1) in JOIN_WORDS else "INNER"
        elif w in ("ON", "USING"):
            end = i + 1
            while end < len(items) and not is_sign(items[end], ",") \
                    and word(items, end) not in JOIN_WORDS:
                end += 1
            join_condition(level, w, items[i + 1:end], ctes)
            i = end
            continue
        else:
            i = read_ref(level, items, i, join, ctes)
            continue
        i += 1


def join_condition(level, how, items, ctes):
    ref = level.refs[-1]
    only = ref if ref.join == "LEFT" else None
    if how == "USING":
        for name in names(items[0]):
            for other in level.refs[:-1]:
                level.equal.append((("column", other.alias, name), ("column", ref.alias, name), only))
        return
    level.equal += [(a, b, only) for a, b in equalities(items)]
    note(level, items, ctes)


def read_ref(level, items, i, join, ctes):
    item = items[i]
    if isinstance(item, list) and not is_query(item):
        read_from(level, item, ctes, join)
        return i + 1
    if isinstance(item, list):
        subs = statement(item, level, ctes)
        level.subs += subs
        name = None
    elif item[0] == "word":
        name = item[1]
    else:
        raise Fault(f"{item[1]} is no table")
    i += 1
    if word(items, i) == "AS":
        i += 1
    alias = name
    if word(items, i) and word(items, i) not in JOIN_WORDS | {"ON", "USING"}:
        alias = items[i][1]
        i += 1
    if i < len(items) and isinstance(items[i], list):
        i += 1  # names of its columns
    level.refs.append(Ref(None if name in ctes else name, alias, join))
    return i


def read_insert(level, head, rest, ctes):
    """INSERT INTO t [AS a] (columns), then VALUES or SELECT."""
    at = group_after(head, 0)
    if word(head, 0) != "INTO" or at is None:
        raise Fault("an INSERT names its columns")
    level.target = Ref(head[1][1], head[at - 1][1], "FROM")
    level.refs.append(level.target)
    level.insert = names(head[at])
    for keyword, items in rest:
        if keyword == "VALUES":
            level.values += [split(row) for row in items if isinstance(row, list)]
            note(level, items, ctes)
        elif keyword == "CONFLICT":
            at = group_after(items, 0)
            before_do = [word(items, i) for i in range(len(items))].index("DO")
            level.conflict = names(items[at]) if at is not None and at < before_do else []
            read_set(level, items[before_do:], ctes)


def read_set(level, items, ctes):
    """`a = …, b = …` behind SET: which columns are changed."""
    words = [word(items, i) for i in range(len(items))]
    start = words.index("SET") + 1 if "SET" in words else 0 if "DO" not in words else len(items)
    for part in split(items[start:]):
        if isinstance(part[0], list):
            level.set_columns += names(part[0])
        elif len(part) > 1 and is_sign(part[1], "="):
            level.set_columns.append(part[0][1])
    note(level, items[start:], ctes)


def read_level(items, parent, ctes):
    parts = clauses(items)
    kind = parts[0][0]
    level = Level(kind, parent)
    if kind == "INSERT":
        source = next((i for i, part in enumerate(parts) if part[0] == "SELECT"), None)
        rest = [part for part in parts[1:] if part[0] in ("VALUES", "CONFLICT")]
        read_insert(level, parts[0][1], rest, ctes)
        if source is not None:
            level.source = Level("SELECT", level)
            level.subs.append(level.source)
            level.source.select = split(parts[source][1])
            fill(level.source, [p for p in parts[source:] if p[0] not in ("CONFLICT", "RETURNING")],
                 ctes)
        return level
    if kind in ("UPDATE", "DELETE"):
        head = parts[0][1] if kind == "UPDATE" else parts[1][1]
        read_from(level, head, ctes)
        level.target = level.refs[0]
        parts = parts[1:] if kind == "UPDATE" else parts[2:]
    fill(level, parts, ctes)
    return level


def fill(level, parts, ctes):
    # Tables first: what the other clauses name belongs to them.
    for keyword, items in parts:
        if keyword in ("FROM", "USING"):
            read_from(level, items, ctes)
    for keyword, items in parts:
        before = len(level.subs)
        if keyword == "WHERE":
            level.equal += [(a, b, None) for a, b in equalities(items)]
        if keyword == "SET":
            read_set(level, items, ctes)
        elif keyword not in ("FROM", "USING"):
            note(level, items, ctes)
        level.has_for = level.has_for or keyword == "FOR"
        for sub in level.subs[before:]:
            sub.clause = keyword


def statement(items, parent=None, ctes=()):
    """The levels of a statement: one for each arm of a UNION, and one for each WITH."""
    found, ctes, recursive = [], set(ctes), False
    if word(items, 0) == "WITH":
        at = 1
        recursive = word(items, 1) == "RECURSIVE"
        at += recursive
        while True:
            name = items[at][1]
            ctes.add(name)
            body = next(i for i in range(at, len(items)) if is_query(items[i]))
            found += statement(items[body], parent, ctes)
            at = body + 1
            if at < len(items) and is_sign(items[at], ","):
                at += 1
                continue
            break
        items = items[at:]
    arm = []
    for i, item in enumerate(items + [("word", "UNION")]):
        w = item[1].upper() if isinstance(item, tuple) and item[0] == "word" else ""
        if w in SET_OPERATORS:
            if len(arm) == 1 and isinstance(arm[0], list):
                found += statement(arm[0], parent, ctes)
            elif arm:
                found.append(read_level(arm, parent, ctes))
            arm = []
        elif not (w == "ALL" and word(items, i - 1) in SET_OPERATORS):
            arm.append(item)
    for level in found:
        level.recursive = level.recursive or recursive
    return found


def levels(tokens):
    """Every level of a statement, outermost first."""
    return [level for top in statement(nest(tokens)) for level in top.everything()]
