#include "backup/body_rows.h"
#include "backup/disk.h"
#include "base/bytes.h"
#include "db/bulk.h"
#include "db/migrate.h"
#include "web/embedded.h"

#include <string.h>

enum { MIGRATIONS_MAX = 500, CACHE_BYTES = 64 << 20, BUFFER_BYTES = 512 << 10, NAME_MAX = 63 };

struct filling {
    struct ctx *cx; /* its arena is a scratch one for all of this */
    struct bulk *bulk;
    struct bulk_table *table; /* under way; NULL: between two */
    struct bulk_table *all;   /* BULK_TABLES_MAX */
    struct bulk_sum *said;    /* of each */
    int count;
    struct bulk_sum sum;
    struct bulk_cell *cells; /* BULK_COLUMNS_MAX */
    uint8_t *bytes;          /* what came and is no whole record yet */
    ptrdiff_t len, cap;
    bool ended;
};

static bool damaged(struct filling *f, const char *reason)
{
    return archive_refuse(f->cx, ERR_INVALID, "backup.damaged", S("The body"), str_of(reason));
}

/* --- a record --- */

struct record {
    const uint8_t *at, *end;
};

static bool take(struct record *r, ptrdiff_t len, const uint8_t **out)
{
    if (r->end - r->at < len) return false;
    *out = r->at;
    r->at += len;
    return true;
}

/* Names go into SQL as they are. */
static bool take_name(struct filling *f, struct record *r, str *out)
{
    const uint8_t *p;
    if (!take(r, 1, &p)) return false;
    ptrdiff_t len = *p;
    if (len == 0 || len > NAME_MAX || !take(r, len, &p)) return false;
    for (ptrdiff_t i = 0; i < len; i++) {
        bool letter = (p[i] >= 'a' && p[i] <= 'z') || p[i] == '_';
        if (!letter && (i == 0 || p[i] < '0' || p[i] > '9')) return false;
    }
    *out = str_dup(f->cx->a, (str){(const char *)p, len});
    return true;
}

static bool table_begin(struct filling *f, struct record *r)
{
    const uint8_t *p;
    if (f->table != NULL || f->count == BULK_TABLES_MAX)
        return damaged(f, "a table is out of place");
    struct bulk_table *t = &f->all[f->count];
    if (!take_name(f, r, &t->name) || !take(r, 1, &p) || *p == 0 || *p > BULK_COLUMNS_MAX)
        return damaged(f, "a table has no head");
    t->column_count = *p;
    t->column = NEW(f->cx->a, struct bulk_column, t->column_count);
    for (int i = 0; i < t->column_count; i++) {
        struct bulk_column *c = &t->column[i];
        if (!take(r, 1, &p) || *p > BULK_BLOB || !take_name(f, r, &c->name))
            return damaged(f, "a table has no columns");
        c->type = (enum bulk_type) * p;
        c->nullable = true;
    }
    f->table = t;
    f->sum = (struct bulk_sum){0};
    return true;
}

static bool cell_read(struct record *r, enum bulk_type type, struct bulk_cell *out)
{
    const uint8_t *p;
    *out = (struct bulk_cell){.null = true};
    if (!take(r, 1, &p)) return false;
    if (*p == CELL_NULL) return true;
    out->null = false;
    if (*p == CELL_I64) {
        if (type != BULK_I64 || !take(r, 8, &p)) return false;
        out->i64 = get_be64(p);
        return true;
    }
    if (*p != CELL_BYTES || type == BULK_I64 || !take(r, 4, &p)) return false;
    ptrdiff_t len = (ptrdiff_t)get_be32(p);
    if (!take(r, len, &p)) return false;
    out->bytes = (str){(const char *)p, len};
    return true;
}

static bool row_put(struct filling *f, struct record *r)
{
    if (f->table == NULL) return damaged(f, "a row is out of place");
    for (int i = 0; i < f->table->column_count; i++)
        if (!cell_read(r, f->table->column[i].type, &f->cells[i]))
            return damaged(f, "a row cannot be read");
    bulk_sum_add(&f->sum, f->table, f->cells);
    return bulk_put(f->cx, f->bulk, f->table, f->cells, 1);
}

static bool table_end(struct filling *f, struct record *r)
{
    const uint8_t *p;
    if (f->table == NULL || !take(r, 24, &p)) return damaged(f, "a table's end is out of place");
    struct bulk_sum said = {get_be64(p), (uint64_t)get_be64(p + 8), (uint64_t)get_be64(p + 16)};
    if (!bulk_sum_eq(&said, &f->sum)) return damaged(f, "a table is not whole");
    f->said[f->count++] = said;
    f->table = NULL;
    return true;
}

static bool record_take(struct filling *f, int kind, struct record r)
{
    const uint8_t *p;
    bool ok = false;
    if (f->ended) return damaged(f, "something follows its end");
    switch (kind) {
    case ROWS_TABLE:
        ok = table_begin(f, &r);
        break;
    case ROWS_ROW:
        ok = row_put(f, &r);
        break;
    case ROWS_TABLE_END:
        ok = table_end(f, &r);
        break;
    case ROWS_END:
        f->ended = f->table == NULL && take(&r, 4, &p) && get_be32(p) == (uint32_t)f->count;
        ok = f->ended || damaged(f, "tables are missing");
        break;
    default:
        return damaged(f, "it holds what nobody knows");
    }
    if (!ok) return false;
    return r.at == r.end || damaged(f, "a record is too long");
}

/* --- the stream --- */

/* Room for `len` bytes in all; rows are small but for a few. */
static void make_room(struct filling *f, ptrdiff_t len)
{
    if (len <= f->cap) return;
    ptrdiff_t cap = f->cap;
    while (cap < len) cap *= 2;
    uint8_t *bytes = NEW(f->cx->a, uint8_t, cap);
    memcpy(bytes, f->bytes, (size_t)f->len);
    f->bytes = bytes;
    f->cap = cap;
}

static bool fill(struct ctx *cx, void *to, const void *bytes, ptrdiff_t len)
{
    struct filling *f = to;
    ptrdiff_t at = 0;
    (void)cx;
    make_room(f, f->len + len);
    memcpy(f->bytes + f->len, bytes, (size_t)len);
    f->len += len;
    while (f->len - at >= ROWS_HEAD_BYTES) {
        ptrdiff_t size = (ptrdiff_t)get_be32(f->bytes + at + 1);
        if (size > ROWS_RECORD_MAX_BYTES) return damaged(f, "a record has no possible length");
        const uint8_t *from = f->bytes + at + ROWS_HEAD_BYTES;
        if (f->len - at - ROWS_HEAD_BYTES < size) break;
        if (!record_take(f, f->bytes[at], (struct record){from, from + size})) return false;
        at += ROWS_HEAD_BYTES + size;
    }
    memmove(f->bytes, f->bytes + at, (size_t)(f->len - at));
    f->len -= at;
    return true;
}

/* --- the database --- */

/* The schema as it was when the backup was made: what came later is migrated afterwards. */
static bool schema_make(struct ctx *cx, str path, int64_t schema)
{
    struct migration *list = NEW(cx->a, struct migration, MIGRATIONS_MAX);
    str folder = S("sql/migrations/");
    int count = 0;
    for (ptrdiff_t i = 0; i < embedded_count && count < MIGRATIONS_MAX; i++) {
        const struct embedded_file *f = &embedded_files[i];
        int64_t version;
        if (!str_starts(str_of(f->path), folder) ||
            !str_to_i64(str_slice(str_of(f->path), folder.len, folder.len + 4), &version) ||
            version > schema)
            continue;
        list[count++] =
            (struct migration){(int)version, f->path + folder.len, (const char *)f->bytes, f->len};
    }
    struct db_options o = {.path = path, .readers = 1};
    if (!db_open(cx, &o, &cx->db)) return false;
    bool ok = db_migrate(cx, list, count);
    db_close(cx->db);
    cx->db = NULL;
    return ok;
}

/* Read again what was written, table by table. */
static bool sums_hold(struct filling *f)
{
    for (int i = 0; i < f->count; i++) {
        struct bulk_sum sum;
        if (!bulk_sum_read(f->cx, f->bulk, &f->all[i], &sum, NULL, NULL)) return false;
        if (!bulk_sum_eq(&sum, &f->said[i])) return damaged(f, "a table is not what it was");
    }
    return true;
}

static bool fill_all(struct filling *f, struct archive_reader *from, const struct pair_secret *key,
                     const struct archive_watch *watch)
{
    struct archive_sink sink = {fill, f};
    if (!bulk_begin(f->cx, f->bulk) || !archive_read(f->cx, from, key, &sink, watch)) return false;
    if (!f->ended || f->len > 0) return damaged(f, "its rows were cut off");
    return bulk_commit(f->cx, f->bulk) && sums_hold(f) && bulk_finish(f->cx, f->bulk);
}

bool rows_restore(struct ctx *cx, struct archive_reader *from, const struct pair_secret *key,
                  str folder, const struct archive_watch *watch)
{
    arena scratch = *cx->a;
    struct ctx own = *cx;
    struct filling f = {.cx = &own, .cap = BUFFER_BYTES};
    own.a = &scratch;
    own.deferred = NULL;
    str path = str_printf(&scratch, "%.*s/zulauf.db", STR_ARG(folder));
    struct bulk_options o = {.where = path, .use = BULK_FRESH, .memory_bytes = CACHE_BYTES};
    f.bytes = NEW(&scratch, uint8_t, f.cap);
    f.all = NEW(&scratch, struct bulk_table, BULK_TABLES_MAX);
    f.said = NEW(&scratch, struct bulk_sum, BULK_TABLES_MAX);
    f.cells = NEW(&scratch, struct bulk_cell, BULK_COLUMNS_MAX);
    bool ok = schema_make(&own, path, archive_manifest(from)->schema) &&
              bulk_open(&own, &o, &f.bulk) && fill_all(&f, from, key, watch);
    bulk_close(f.bulk);
    ctx_end(&own);
    if (!ok) {
        *cx->a = scratch; /* the error's words stand in it */
        cx->err = own.err;
    }
    return ok;
}
