#include "app.h"
#include "backup/body_rows.h"
#include "base/bytes.h"
#include "db/bulk.h"

#include <string.h>

enum { OUT_BYTES = 64 << 10, CACHE_BYTES = 32 << 20, WATCH_ROWS = 2000 };

static const char *const left_out[] = {"receipt", "node", "news"};

bool rows_need(struct ctx *cx, int64_t *bytes)
{
    (void)cx;
    *bytes = 0; /* nobody knows before it is read; a disk that fills up is told then */
    return true;
}

bool rows_open(struct ctx *cx, str archive_path, struct body_dump *d)
{
    struct bulk_options o = {
        .where = cx->app->config.db_url, .use = BULK_READ, .memory_bytes = CACHE_BYTES};
    (void)archive_path;
    d->body_bytes = -1;
    return bulk_open(cx, &o, &d->bulk);
}

void rows_close(struct body_dump *d)
{
    bulk_close(d->bulk);
    d->bulk = NULL;
}

/* --- the stream --- */

struct pouring {
    struct ctx *cx;
    struct archive_writer *to;
    const struct archive_watch *watch;
    str path;
    const struct bulk_table *table;
    struct bulk_sum sum;
    int64_t done, all;
    char *out; /* OUT_BYTES */
    ptrdiff_t len;
    bool good;
};

static void flush(struct pouring *p)
{
    p->good = p->good && archive_put(p->cx, p->to, p->out, p->len);
    p->len = 0;
}

static void put(struct pouring *p, const void *bytes, ptrdiff_t len)
{
    if (p->len + len > OUT_BYTES) flush(p);
    if (len > OUT_BYTES) {
        p->good = p->good && archive_put(p->cx, p->to, bytes, len);
        return;
    }
    if (len > 0) memcpy(p->out + p->len, bytes, (size_t)len);
    p->len += len;
}

static void put_byte(struct pouring *p, int b)
{
    char c = (char)b;
    put(p, &c, 1);
}

static void put_i64(struct pouring *p, int64_t v)
{
    uint8_t bytes[8];
    put_be64(bytes, v);
    put(p, bytes, sizeof bytes);
}

static void put_u32(struct pouring *p, uint32_t v)
{
    uint8_t bytes[4];
    put_be32(bytes, v);
    put(p, bytes, sizeof bytes);
}

static void put_head(struct pouring *p, enum rows_kind kind, int64_t len)
{
    put_byte(p, (int)kind);
    put_u32(p, (uint32_t)len);
}

static void put_name(struct pouring *p, str name)
{
    assert(name.len < 64);
    put_byte(p, (int)name.len);
    put(p, name.ptr, name.len);
}

static void put_table(struct pouring *p)
{
    const struct bulk_table *t = p->table;
    int64_t len = 1 + t->name.len + 1;
    for (int i = 0; i < t->column_count; i++) len += 2 + t->column[i].name.len;
    put_head(p, ROWS_TABLE, len);
    put_name(p, t->name);
    put_byte(p, t->column_count);
    for (int i = 0; i < t->column_count; i++) {
        put_byte(p, (int)t->column[i].type);
        put_name(p, t->column[i].name);
    }
}

static int64_t row_bytes(const struct bulk_table *t, const struct bulk_cell *cells)
{
    int64_t len = 0;
    for (int i = 0; i < t->column_count; i++)
        len += cells[i].null ? 1 : t->column[i].type == BULK_I64 ? 9 : 5 + cells[i].bytes.len;
    return len;
}

static bool put_row(void *arg, const struct bulk_cell *cells)
{
    struct pouring *p = arg;
    const struct bulk_table *t = p->table;
    int64_t len = row_bytes(t, cells);
    if (len > ROWS_RECORD_MAX_BYTES)
        p->good = fail_detail(p->cx, ERR_TOO_LARGE, "error.too_large",
                              "A row of %.*s is larger than any should be.", STR_ARG(t->name));
    if (!p->good) return false;
    put_head(p, ROWS_ROW, len);
    for (int i = 0; i < t->column_count; i++) {
        bool number = t->column[i].type == BULK_I64;
        put_byte(p, cells[i].null ? CELL_NULL : number ? CELL_I64 : CELL_BYTES);
        if (cells[i].null) continue;
        if (number) {
            put_i64(p, cells[i].i64);
            continue;
        }
        put_u32(p, (uint32_t)cells[i].bytes.len);
        put(p, cells[i].bytes.ptr, cells[i].bytes.len);
    }
    bulk_sum_add(&p->sum, t, cells);
    p->done++;
    if (p->good && p->watch != NULL && p->done % WATCH_ROWS == 0 &&
        !p->watch->go_on(p->watch->to, p->done, p->all))
        p->good = archive_refuse(p->cx, ERR_UNAVAILABLE, "backup.stopped", p->path, S(""));
    return p->good;
}

static bool pour_table(struct pouring *p, struct bulk *b, const struct bulk_table *t)
{
    arena scratch = *p->cx->a, *whole = p->cx->a;
    if (p->watch != NULL && !p->watch->go_on(p->watch->to, p->done, p->all))
        return archive_refuse(p->cx, ERR_UNAVAILABLE, "backup.stopped", p->path, S(""));
    p->table = t;
    p->sum = (struct bulk_sum){0};
    put_table(p);
    p->cx->a = &scratch;
    bool good = bulk_scan(p->cx, b, t, NULL, INT64_MAX, put_row, p) && p->good;
    if (!good) *whole = scratch; /* the error's words stand in it */
    p->cx->a = whole;
    put_head(p, ROWS_TABLE_END, 24);
    put_i64(p, p->sum.rows);
    put_i64(p, (int64_t)p->sum.high);
    put_i64(p, (int64_t)p->sum.low);
    return good && p->good;
}

static bool is_kept(const struct bulk_table *t)
{
    for (ptrdiff_t i = 0; i < COUNTOF(left_out); i++)
        if (str_eq(t->name, str_of(left_out[i]))) return false;
    return true;
}

bool rows_pour(struct ctx *cx, struct body_dump *d, struct archive_writer *to,
               const struct archive_watch *watch)
{
    struct pouring p = {.cx = cx,
                        .path = d->path,
                        .to = to,
                        .watch = watch,
                        .out = NEW(cx->a, char, OUT_BYTES),
                        .good = true};
    struct bulk_schema schema;
    uint32_t tables = 0;
    if (!bulk_schema_read(cx, &schema)) return false;
    for (int i = 0; i < schema.table_count; i++) {
        int64_t rows;
        if (!is_kept(&schema.table[i])) continue;
        if (!bulk_count(cx, d->bulk, &schema.table[i], NULL, &rows)) return false;
        p.all += rows;
    }
    for (int i = 0; i < schema.table_count; i++) {
        if (!is_kept(&schema.table[i])) continue;
        if (!pour_table(&p, d->bulk, &schema.table[i])) return false;
        tables++;
    }
    put_head(&p, ROWS_END, 4);
    put_u32(&p, tables);
    flush(&p);
    if (p.good && watch != NULL) (void)watch->go_on(watch->to, p.all, p.all);
    return p.good;
}
