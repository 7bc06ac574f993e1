#include "copy/copy.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"

#include <string.h>

enum {
    CHUNK_ROWS = 20000,
    CHUNK_BYTES = 8 << 20, /* of texts; one row may be larger */
    KEY_BYTES = 64 << 10,
    PROGRESS_COLUMNS = 4,
    STEP_COLUMNS = 3,
};

/* What only running servers need; of nodes the numbers are carried over at the end. */
static const char *const left_out[] = {"receipt", "node", "news"};

/* Tables that are no part of the schema: how far the copy is, and which steps a schema has seen. */
static const struct bulk_table *progress_table(struct ctx *cx)
{
    static const struct bulk_column columns[PROGRESS_COLUMNS] = {
        {S_INIT("table_name"), BULK_TEXT, false}, /* "": which installation it comes from */
        {S_INIT("after_key"), BULK_BLOB, false},
        {S_INIT("row_count"), BULK_I64, false},
        {S_INIT("is_done"), BULK_I64, false},
    };
    struct bulk_table *t = NEW(cx->a, struct bulk_table, 1);
    *t = (struct bulk_table){.name = S("copy_progress"),
                             .column = NEW(cx->a, struct bulk_column, PROGRESS_COLUMNS),
                             .column_count = PROGRESS_COLUMNS,
                             .key_count = 1};
    memcpy(t->column, columns, sizeof columns);
    return t;
}

static const struct bulk_table *step_table(struct ctx *cx)
{
    static const struct bulk_column columns[STEP_COLUMNS] = {
        {S_INIT("version"), BULK_I64, false},
        {S_INIT("name"), BULK_TEXT, false},
        {S_INIT("sha256"), BULK_TEXT, false},
    };
    struct bulk_table *t = NEW(cx->a, struct bulk_table, 1);
    *t = (struct bulk_table){.name = S("schema_migration"),
                             .column = NEW(cx->a, struct bulk_column, STEP_COLUMNS),
                             .column_count = STEP_COLUMNS,
                             .key_count = 1};
    memcpy(t->column, columns, sizeof columns);
    return t;
}

struct copy {
    struct ctx *cx;
    struct bulk *from, *to;
    const struct bulk_schema *schema;
    const struct copy_watch *watch;
    const struct bulk_table *progress;
    struct copy_result *out;
};

static bool is_copied(const struct bulk_table *t)
{
    for (ptrdiff_t i = 0; i < COUNTOF(left_out); i++)
        if (str_eq(t->name, str_of(left_out[i]))) return false;
    return true;
}

static void watch_begin(const struct copy *c, const char *what, int64_t total)
{
    if (c->watch->begins != NULL) c->watch->begins(c->watch->arg, what, total);
}

static void watch_end(const struct copy *c, int64_t count)
{
    if (c->watch->ends != NULL) c->watch->ends(c->watch->arg, count);
}

static bool watch_done(struct copy *c, int64_t count)
{
    if (c->watch->done == NULL || c->watch->done(c->watch->arg, count)) return true;
    return fail_detail(c->cx, ERR_UNAVAILABLE, "error.busy",
                       "The copy was broken off; run it again and it goes on.");
}

/* --- keys, as they are kept between two runs --- */

static str key_write(arena *a, const struct bulk_table *t, const struct bulk_cell *row)
{
    struct buf b = buf_new(a, KEY_BYTES);
    for (int i = 0; i < t->key_count; i++) {
        const struct bulk_cell *cell = &row[t->key[i]];
        bool number = t->column[t->key[i]].type == BULK_I64;
        uint8_t bytes[8];
        put_be64(bytes, number ? cell->i64 : cell->bytes.len);
        buf_put(&b, (str){(const char *)bytes, sizeof bytes});
        if (!number) buf_put(&b, cell->bytes);
    }
    assert(!b.full);
    return buf_str(&b);
}

static bool key_read(const struct bulk_table *t, str key, struct bulk_cell out[BULK_KEY_MAX])
{
    for (int i = 0; i < t->key_count; i++) {
        if (key.len < 8) return false;
        int64_t n = get_be64((const uint8_t *)key.ptr);
        key = str_slice(key, 8, key.len);
        out[i] = (struct bulk_cell){.i64 = n};
        if (t->column[t->key[i]].type == BULK_I64) continue;
        if (n < 0 || n > key.len) return false;
        out[i] = (struct bulk_cell){.bytes = str_slice(key, 0, n)};
        key = str_slice(key, n, key.len);
    }
    return key.len == 0;
}

/* --- how far it is --- */

struct far {
    arena *a;
    str table;
    str after; /* absent: not begun */
    int64_t rows;
    bool done, found;
};

static bool far_row(void *arg, const struct bulk_cell *cells)
{
    struct far *far = arg;
    if (!str_eq(cells[0].bytes, far->table)) return true;
    far->found = true;
    far->after = str_dup(far->a, cells[1].bytes);
    far->rows = cells[2].i64;
    far->done = cells[3].i64 != 0;
    return false;
}

static bool far_read(struct copy *c, str table, struct far *out)
{
    *out = (struct far){.a = c->cx->a, .table = table};
    return bulk_scan(c->cx, c->to, c->progress, NULL, BULK_TABLES_MAX * 2, far_row, out);
}

static bool far_write(struct copy *c, str table, str after, int64_t rows, bool done)
{
    arena scratch = *c->cx->a;
    const struct bulk_cell row[PROGRESS_COLUMNS] = {
        {.bytes = table}, {.bytes = after}, {.i64 = rows}, {.i64 = done}};
    str forget =
        str_printf(&scratch, "DELETE FROM copy_progress WHERE table_name = '%.*s'", STR_ARG(table));
    return bulk_exec(c->cx, c->to, str_cstr(&scratch, forget)) &&
           bulk_put(c->cx, c->to, c->progress, row, 1);
}

/* --- before the first row --- */

struct steps {
    str text[2];
    arena *a;
    int side;
};

static bool step_row(void *arg, const struct bulk_cell *cells)
{
    struct steps *s = arg;
    s->text[s->side] = str_printf(s->a, "%.*s%lld %.*s\n", STR_ARG(s->text[s->side]),
                                  (long long)cells[0].i64, STR_ARG(cells[2].bytes));
    return true;
}

/* The same program must have made both. */
static bool schemas_agree(struct copy *c)
{
    struct steps s = {.a = c->cx->a};
    const struct bulk_table *t = step_table(c->cx);
    bool has = false;
    if (!bulk_has_table(c->cx, c->from, "schema_migration", &has)) return false;
    if (has && !bulk_scan(c->cx, c->from, t, NULL, 1000, step_row, &s)) return false;
    s.side = 1;
    if (!bulk_scan(c->cx, c->to, t, NULL, 1000, step_row, &s)) return false;
    if (str_eq(s.text[0], s.text[1])) return true;
    return fail_detail(c->cx, ERR_CONFLICT, "error.conflict",
                       "The source is not on this program's version of the schema; start and stop "
                       "this version of the server on it once, then copy.");
}

struct mark {
    arena *a;
    str ring;
    bool unfinished;
};

static bool mark_row(void *arg, const struct bulk_cell *cells)
{
    struct mark *m = arg;
    if (str_eq(cells[0].bytes, S("key_ring"))) m->ring = str_dup(m->a, cells[1].bytes);
    if (str_eq(cells[0].bytes, S(COPY_MARK_NAME))) m->unfinished = true;
    return true;
}

/* Which installation the source is: its key ring's mark. */
static bool source_mark(struct copy *c, str *out)
{
    struct mark m = {.a = c->cx->a};
    const struct bulk_table *t = bulk_table_find(c->schema, S("installation"));
    if (t == NULL || !bulk_scan(c->cx, c->from, t, NULL, INT64_MAX, mark_row, &m)) return false;
    *out = m.ring;
    if (m.unfinished)
        return fail_detail(c->cx, ERR_CONFLICT, "error.conflict",
                           "The source is itself a copy that has not been finished.");
    return m.ring.len > 0 || fail_detail(c->cx, ERR_CONFLICT, "error.conflict",
                                         "The source is empty; there is nothing to copy.");
}

static bool must_be_empty(struct copy *c)
{
    for (int i = 0; i < c->schema->table_count; i++) {
        const struct bulk_table *t = &c->schema->table[i];
        int64_t rows;
        if (!is_copied(t)) continue;
        if (!bulk_count(c->cx, c->to, t, NULL, &rows)) return false;
        if (rows > 0)
            return fail_detail(c->cx, ERR_CONFLICT, "error.conflict",
                               "The target is not empty (table %.*s has %lld rows); name a new "
                               "file or an empty database.",
                               STR_ARG(t->name), (long long)rows);
    }
    return true;
}

/* The mark that keeps servers away, the table of progress, and no indexes until the end. */
static bool begin_new(struct copy *c, str mark)
{
    const struct bulk_table *t = bulk_table_find(c->schema, S("installation"));
    const struct bulk_cell row[] = {{.bytes = S(COPY_MARK_NAME)}, {.bytes = S(COPY_MARK_VALUE)}};
    assert(t != NULL && t->column_count == COUNTOF(row));
    if (!must_be_empty(c) || !bulk_begin(c->cx, c->to) || !bulk_put(c->cx, c->to, t, row, 1) ||
        !bulk_exec(c->cx, c->to,
                   "CREATE TABLE copy_progress (table_name TEXT NOT NULL PRIMARY KEY, "
                   "after_key BYTEA NOT NULL, row_count BIGINT NOT NULL, is_done BIGINT NOT NULL)"))
        return false;
    for (int i = 0; i < c->schema->index_count; i++)
        if (!bulk_index_drop(c->cx, c->to, &c->schema->index[i])) return false;
    return far_write(c, S(""), mark, 0, true) && bulk_commit(c->cx, c->to);
}

static bool begin(struct copy *c)
{
    str mark;
    struct far far;
    if (!schemas_agree(c) || !source_mark(c, &mark) ||
        !bulk_has_table(c->cx, c->to, "copy_progress", &c->out->resumed))
        return false;
    if (!c->out->resumed) return begin_new(c, mark);
    if (!far_read(c, S(""), &far)) return false;
    if (far.found && str_eq(far.after, mark)) return true;
    return fail_detail(c->cx, ERR_CONFLICT, "error.conflict",
                       "The copy in the target was begun from another installation; name a new "
                       "file or an empty database.");
}

/* --- rows --- */

struct chunk {
    arena *a;
    const struct bulk_table *table;
    struct bulk_cell *cells;
    ptrdiff_t rows, bytes;
};

static bool chunk_row(void *arg, const struct bulk_cell *cells)
{
    struct chunk *k = arg;
    struct bulk_cell *row = k->cells + k->rows++ * k->table->column_count;
    for (int i = 0; i < k->table->column_count; i++) {
        row[i] = cells[i];
        if (cells[i].null || k->table->column[i].type == BULK_I64) continue;
        row[i].bytes = str_dup(k->a, cells[i].bytes);
        k->bytes += cells[i].bytes.len;
    }
    return k->rows < CHUNK_ROWS && k->bytes < CHUNK_BYTES;
}

/* One chunk behind far->after; it and its progress are kept together or not at all. */
static bool chunk_copy(struct copy *c, const struct bulk_table *t, struct far *far)
{
    struct ctx *cx = c->cx;
    struct bulk_cell after[BULK_KEY_MAX];
    struct chunk k = {.a = cx->a, .table = t};
    bool begun = far->after.ptr != NULL && far->after.len > 0;
    if (begun && !key_read(t, far->after, after))
        return fail_detail(cx, ERR_CONFLICT, "error.conflict",
                           "copy_progress of table %.*s cannot be read; name a new file or an "
                           "empty database.",
                           STR_ARG(t->name));
    k.cells = NEW(cx->a, struct bulk_cell, (ptrdiff_t)CHUNK_ROWS * t->column_count);
    if (!bulk_scan(cx, c->from, t, begun ? after : NULL, CHUNK_ROWS, chunk_row, &k)) return false;
    bool more = k.rows == CHUNK_ROWS || k.bytes >= CHUNK_BYTES;
    str key =
        k.rows == 0 ? far->after : key_write(cx->a, t, k.cells + (k.rows - 1) * t->column_count);
    far->rows += k.rows;
    if (!bulk_begin(cx, c->to) || !bulk_put(cx, c->to, t, k.cells, k.rows) ||
        !far_write(c, t->name, key.ptr == NULL ? S("") : key, far->rows, !more))
        return false;
    clock_sleep_ms(c->watch->commit_delay_ms);
    if (!bulk_commit(cx, c->to)) return false;
    far->after = key;
    far->done = !more;
    return true;
}

static bool table_copy(struct copy *c, const struct bulk_table *t, arena chunk[2])
{
    struct ctx *cx = c->cx;
    arena *whole = cx->a;
    struct far far;
    int64_t total;
    bool good = far_read(c, t->name, &far) && bulk_count(cx, c->from, t, NULL, &total);
    if (good && far.done) return true;
    if (good) watch_begin(c, str_cstr(whole, t->name), total);
    /* Each chunk in one of two memories in turn: the key it ends with is the next one's start. */
    for (int turn = 0; good && !far.done; turn = !turn) {
        arena a = chunk[turn];
        a.full = whole->full;
        cx->a = &a;
        good = chunk_copy(c, t, &far) && watch_done(c, far.rows);
        if (!good && cx->err.detail.len > 0) cx->err.detail = str_dup(whole, cx->err.detail);
        cx->a = whole;
    }
    if (good) watch_end(c, far.rows);
    return good;
}

static bool tables_copy(struct copy *c)
{
    struct arena_block block[2] = {0};
    arena chunk[2];
    bool good = true;
    for (int i = 0; i < 2; i++) {
        good = good && arena_block_open(&block[i], 512 << 20);
        chunk[i] = arena_over(&block[i]);
    }
    if (!good) fail_detail(c->cx, ERR_STORAGE, "error.storage", "The system gives no memory.");
    for (int i = 0; good && i < c->schema->table_count; i++)
        if (is_copied(&c->schema->table[i])) good = table_copy(c, &c->schema->table[i], chunk);
    for (int i = 0; i < 2; i++) arena_block_close(&block[i]);
    return good;
}

static bool indexes_make(struct copy *c)
{
    watch_begin(c, "indexes", c->schema->index_count);
    for (int i = 0; i < c->schema->index_count; i++)
        if (!bulk_begin(c->cx, c->to) || !bulk_index_make(c->cx, c->to, &c->schema->index[i]) ||
            !bulk_commit(c->cx, c->to) || !watch_done(c, i + 1))
            return false;
    watch_end(c, c->schema->index_count);
    return true;
}

/* --- the proof --- */

static bool table_check(struct copy *c, const struct bulk_table *t)
{
    struct bulk_sum from, to;
    if (!bulk_sum_read(c->cx, c->from, t, &from, NULL, NULL) ||
        !bulk_sum_read(c->cx, c->to, t, &to, NULL, NULL))
        return false;
    if (str_eq(t->name, S("installation"))) { /* but for our own mark */
        const struct bulk_cell mark[] = {{.bytes = S(COPY_MARK_NAME)},
                                         {.bytes = S(COPY_MARK_VALUE)}};
        bulk_sum_remove(&to, t, mark);
    }
    c->out->rows += to.rows;
    c->out->tables++;
    if (bulk_sum_eq(&from, &to)) return true;
    return fail_detail(c->cx, ERR_CONFLICT, "error.conflict",
                       "Table %.*s is not the same on both sides (%lld and %lld rows): the source "
                       "was changed since the copy began, or a disk is faulty. The target is not "
                       "to be used; copy again into a new file or an empty database.",
                       STR_ARG(t->name), (long long)from.rows, (long long)to.rows);
}

static bool check(struct copy *c)
{
    watch_begin(c, "check", c->schema->table_count);
    for (int i = 0; i < c->schema->table_count; i++)
        if (is_copied(&c->schema->table[i]) &&
            (!table_check(c, &c->schema->table[i]) || !watch_done(c, i + 1)))
            return false;
    watch_end(c, c->out->tables);
    return true;
}

struct nodes {
    struct copy *copy;
    const struct bulk_table *table;
    bool good;
};

static bool node_put(void *arg, const struct bulk_cell *cells)
{
    struct nodes *n = arg;
    n->good = bulk_put(n->copy->cx, n->copy->to, n->table, cells, 1);
    return n->good;
}

/* How far ids were given out under each number: the target's clock may be behind the source's. */
static bool nodes_carry(struct copy *c)
{
    struct nodes n = {c, bulk_table_find(c->schema, S("node")), true};
    return bulk_exec(c->cx, c->to, "DELETE FROM node") &&
           bulk_scan(c->cx, c->from, n.table, NULL, INT64_MAX, node_put, &n) && n.good;
}

static bool end(struct copy *c)
{
    return bulk_begin(c->cx, c->to) && nodes_carry(c) &&
           bulk_exec(c->cx, c->to, "DELETE FROM installation WHERE name = '" COPY_MARK_NAME "'") &&
           bulk_exec(c->cx, c->to, "DROP TABLE copy_progress") && bulk_commit(c->cx, c->to) &&
           bulk_finish(c->cx, c->to);
}

bool copy_run(struct ctx *cx, struct bulk *from, struct bulk *to, const struct bulk_schema *schema,
              const struct copy_watch *watch, struct copy_result *out)
{
    struct copy c = {.cx = cx,
                     .from = from,
                     .to = to,
                     .schema = schema,
                     .watch = watch,
                     .progress = progress_table(cx),
                     .out = out};
    *out = (struct copy_result){0};
    return begin(&c) && tables_copy(&c) && indexes_make(&c) && check(&c) && end(&c);
}

bool copy_in_use(struct ctx *cx, struct bulk *b, const struct bulk_schema *schema, bool *in_use)
{
    const struct bulk_table *node = bulk_table_find(schema, S("node"));
    int64_t rows = 0;
    bool has = false;
    *in_use = false;
    if (!bulk_has_table(cx, b, "node", &has) || !has || node == NULL)
        return cx->err.code == ERR_NONE;
    str text = str_printf(cx->a, "lease_until_ms > %lld", (long long)cx->now_ms);
    if (!bulk_count(cx, b, node, str_cstr(cx->a, text), &rows)) return false;
    *in_use = rows > 0;
    return true;
}
