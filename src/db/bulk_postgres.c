/* Rows in and out with COPY in its binary form; pages of rows through a cursor. */
#include "db/bulk_inner.h"
#include "db/postgres.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUT_BYTES = 256 << 10, /* of COPY data that go out together */
    FETCH_FIRST = 50,      /* rows of a cursor, until their size is known … */
    FETCH_MOST = 4000,
    FETCH_BYTES = 4 << 20, /* … and then so many bytes */
    LOCK_NUMBER = 0x5a554c41,
    LOCK_WAIT_MS = 10000,
    LOCK_AGAIN_MS = 20,
};

struct bulk_pg {
    struct bulk bulk;
    PGconn *pg;
    char *out; /* [OUT_BYTES] */
    size_t out_len;
    bool lost; /* COPY data that could not be sent */
};

static struct bulk_pg *own(struct bulk *b)
{
    return (struct bulk_pg *)b;
}

/* The server's sentence without its DETAIL, which quotes values. */
static bool fail_pg(struct ctx *cx, struct bulk_pg *p, const PGresult *r, const char *what)
{
    const char *state = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *text = r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    if (text == NULL) text = PQerrorMessage(p->pg);
    str sentence = str_trim(str_of(text));
    bool conflict = state != NULL && strcmp(state, "23505") == 0;
    return fail_detail(cx, conflict ? ERR_CONFLICT : ERR_STORAGE,
                       conflict ? "error.conflict" : "error.storage", "PostgreSQL, %s: %.*s", what,
                       STR_ARG(sentence));
}

/* End whatever runs; the first fault is told. */
static bool results_take(struct ctx *cx, struct bulk_pg *p, const char *what)
{
    bool good = true;
    for (PGresult *r; (r = PQgetResult(p->pg)) != NULL; PQclear(r))
        if (PQresultStatus(r) == PGRES_FATAL_ERROR && good) good = fail_pg(cx, p, r, what);
    return good && (PQstatus(p->pg) == CONNECTION_OK || fail_pg(cx, p, NULL, what));
}

static bool pg_exec(struct ctx *cx, struct bulk *b, const char *sql)
{
    struct bulk_pg *p = own(b);
    PGresult *r = PQexec(p->pg, sql);
    ExecStatusType status = PQresultStatus(r);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
                status == PGRES_EMPTY_QUERY || fail_pg(cx, p, r, "statement");
    PQclear(r);
    return good;
}

static bool pg_number(struct ctx *cx, struct bulk *b, const char *sql, int64_t *out)
{
    struct bulk_pg *p = own(b);
    PGresult *r = PQexec(p->pg, sql);
    bool good = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 &&
                str_to_i64(str_of(PQgetvalue(r, 0, 0)), out);
    if (!good) fail_pg(cx, p, r, "query");
    PQclear(r);
    return good;
}

static bool pg_has_table(struct ctx *cx, struct bulk *b, const char *name, bool *has)
{
    arena scratch = *cx->a;
    int64_t n = 0;
    str sql = str_printf(&scratch,
                         "SELECT count(*) FROM pg_class WHERE relname = '%s' AND "
                         "relkind IN ('r', 'p') AND pg_table_is_visible(oid)",
                         name);
    if (!pg_number(cx, b, str_cstr(&scratch, sql), &n)) return false;
    *has = n > 0;
    return true;
}

static bool pg_begin(struct ctx *cx, struct bulk *b)
{
    return pg_exec(cx, b, "BEGIN");
}

static bool pg_commit(struct ctx *cx, struct bulk *b)
{
    return pg_exec(cx, b, "COMMIT");
}

/* --- rows in: COPY … FROM STDIN, binary --- */

static void out_flush(struct bulk_pg *p)
{
    if (p->out_len > 0 && PQputCopyData(p->pg, p->out, (int)p->out_len) != 1) p->lost = true;
    p->out_len = 0;
}

static void out_put(struct bulk_pg *p, const void *bytes, size_t len)
{
    while (len > 0) {
        if (p->out_len == OUT_BYTES) out_flush(p);
        size_t room = OUT_BYTES - p->out_len, n = len < room ? len : room;
        memcpy(p->out + p->out_len, bytes, n);
        p->out_len += n;
        bytes = (const char *)bytes + n;
        len -= n;
    }
}

static void out_number(struct bulk_pg *p, int64_t v, int bytes)
{
    uint8_t be[8];
    put_be64(be, v);
    out_put(p, be + 8 - bytes, (size_t)bytes);
}

static void out_cell(struct bulk_pg *p, enum bulk_type type, const struct bulk_cell *c)
{
    if (c->null) {
        out_number(p, -1, 4);
    } else if (type == BULK_I64) {
        out_number(p, 8, 4);
        out_number(p, c->i64, 8);
    } else {
        out_number(p, c->bytes.len, 4);
        out_put(p, c->bytes.ptr, (size_t)c->bytes.len);
    }
}

static bool pg_put(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                   const struct bulk_cell *cells, ptrdiff_t count)
{
    static const char head[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    struct bulk_pg *p = own(b);
    arena scratch = *cx->a;
    str columns = bulk_column_list(&scratch, table, false);
    str sql = str_printf(&scratch, "COPY %.*s (%.*s) FROM STDIN (FORMAT binary)",
                         STR_ARG(table->name), STR_ARG(columns));
    PGresult *r = PQexec(p->pg, str_cstr(&scratch, sql));
    bool good = PQresultStatus(r) == PGRES_COPY_IN || fail_pg(cx, p, r, "COPY");
    PQclear(r);
    if (!good) return false;
    p->lost = false;
    out_put(p, head, sizeof head);
    for (ptrdiff_t i = 0; i < count && !p->lost; i++, cells += table->column_count) {
        out_number(p, table->column_count, 2);
        for (int k = 0; k < table->column_count; k++) out_cell(p, table->column[k].type, &cells[k]);
    }
    out_number(p, -1, 2);
    out_flush(p);
    if (PQputCopyEnd(p->pg, NULL) != 1) p->lost = true;
    return results_take(cx, p, str_cstr(&scratch, table->name)) &&
           (!p->lost || fail_pg(cx, p, NULL, "COPY"));
}

/* --- rows out, in any order: COPY … TO STDOUT, binary --- */

struct in {
    const uint8_t *at, *end;
};

static bool in_number(struct in *in, int bytes, int64_t *out)
{
    if (in->end - in->at < bytes) return false;
    uint64_t v = (in->at[0] & 0x80) != 0 ? ~UINT64_C(0) : 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | in->at[i];
    in->at += bytes;
    *out = (int64_t)v;
    return true;
}

static bool in_cell(struct in *in, enum bulk_type type, struct bulk_cell *out)
{
    int64_t len;
    if (!in_number(in, 4, &len) || len > in->end - in->at) return false;
    *out = (struct bulk_cell){.null = len < 0};
    if (len < 0) return true;
    if (type == BULK_I64) return len == 8 && in_number(in, 8, &out->i64);
    out->bytes = (str){(const char *)in->at, len};
    in->at += len;
    return true;
}

enum { COPY_HEAD_BYTES = 19 };

/* One message of COPY: a row, on the first the head before it, or the end. False: not ours. */
static bool in_row(struct in in, bool first, const struct bulk_table *table,
                   struct bulk_cell *cells, bool *is_row)
{
    int64_t fields;
    *is_row = false;
    if (first) {
        if (in.end - in.at < COPY_HEAD_BYTES) return false;
        in.at += COPY_HEAD_BYTES;
        if (in.at == in.end) return true;
    }
    if (!in_number(&in, 2, &fields)) return false;
    if (fields == -1) return true;
    if (fields != table->column_count) return false;
    for (int i = 0; i < table->column_count; i++)
        if (!in_cell(&in, table->column[i].type, &cells[i])) return false;
    *is_row = true;
    return true;
}

static bool copy_out(struct ctx *cx, struct bulk_pg *p, const struct bulk_table *table,
                     struct bulk_cell *cells, bulk_row_fn *fn, void *arg)
{
    str columns = bulk_column_list(cx->a, table, false);
    /* Of a SELECT: a partitioned table has no rows of its own that COPY would read. */
    str sql = str_printf(cx->a, "COPY (SELECT %.*s FROM %.*s) TO STDOUT (FORMAT binary)",
                         STR_ARG(columns), STR_ARG(table->name));
    PGresult *r = PQexec(p->pg, str_cstr(cx->a, sql));
    bool good = PQresultStatus(r) == PGRES_COPY_OUT || fail_pg(cx, p, r, "COPY");
    PQclear(r);
    if (!good) return false;
    char *message;
    bool more = true, sound = true;
    int len;
    for (bool first = true; (len = PQgetCopyData(p->pg, &message, 0)) > 0; first = false) {
        struct in in = {(const uint8_t *)message, (const uint8_t *)message + len};
        bool is_row = false;
        sound = sound && in_row(in, first, table, cells, &is_row);
        if (sound && is_row && more) more = fn(arg, cells);
        PQfreemem(message);
    }
    if (!results_take(cx, p, "COPY")) return false;
    return sound || fail_detail(cx, ERR_STORAGE, "error.storage",
                                "PostgreSQL, COPY: table %.*s has other columns than this program "
                                "knows",
                                STR_ARG(table->name));
}

/* --- rows out, in the order of the key: a cursor --- */

/* A value as it stands in SQL. */
static bool literal(struct ctx *cx, struct bulk_pg *p, enum bulk_type type,
                    const struct bulk_cell *c, struct buf *out)
{
    if (type == BULK_I64) {
        buf_i64(out, c->i64);
        return true;
    }
    if (type == BULK_BLOB) {
        buf_put(out, S("'\\x"));
        for (ptrdiff_t i = 0; i < c->bytes.len; i++)
            buf_printf(out, "%02x", (unsigned)(uint8_t)c->bytes.ptr[i]);
        buf_put(out, S("'::bytea"));
        return true;
    }
    char *quoted = PQescapeLiteral(p->pg, c->bytes.ptr, (size_t)c->bytes.len);
    if (quoted == NULL) return fail_pg(cx, p, NULL, "key");
    buf_put(out, str_of(quoted));
    PQfreemem(quoted);
    return true;
}

static bool select_text(struct ctx *cx, struct bulk_pg *p, const struct bulk_table *table,
                        const struct bulk_cell *after, int64_t limit, struct buf *out)
{
    str columns = bulk_column_list(cx->a, table, false), key = bulk_column_list(cx->a, table, true);
    buf_printf(out, "SELECT %.*s FROM %.*s", STR_ARG(columns), STR_ARG(table->name));
    if (after != NULL) buf_printf(out, " WHERE (%.*s) > (", STR_ARG(key));
    for (int i = 0; after != NULL && i < table->key_count; i++) {
        if (i > 0) buf_char(out, ',');
        if (!literal(cx, p, table->column[table->key[i]].type, &after[i], out)) return false;
    }
    buf_printf(out, "%s ORDER BY %.*s LIMIT %lld", after != NULL ? ")" : "", STR_ARG(key),
               (long long)limit);
    return !out->full || fail_detail(cx, ERR_TOO_LARGE, "error.too_large", "a key is too long");
}

static bool result_row(const PGresult *r, int row, const struct bulk_table *table,
                       struct bulk_cell *cells, int64_t *bytes)
{
    if (PQnfields(r) != table->column_count) return false;
    for (int i = 0; i < table->column_count; i++) {
        int len = PQgetlength(r, row, i);
        const char *value = PQgetvalue(r, row, i);
        cells[i] = (struct bulk_cell){.null = PQgetisnull(r, row, i) != 0};
        *bytes += len;
        if (cells[i].null) continue;
        if (table->column[i].type != BULK_I64)
            cells[i].bytes = (str){value, len};
        else if (len == 8)
            cells[i].i64 = get_be64((const uint8_t *)value);
        else
            return false;
    }
    return true;
}

/* Run `sql` and hand its rows on; how many came, and of how many bytes; *more: `fn` wants more. */
static bool rows_take(struct ctx *cx, struct bulk_pg *p, const char *sql,
                      const struct bulk_table *table, struct bulk_cell *cells, bulk_row_fn *fn,
                      void *arg, int64_t *rows, int64_t *bytes, bool *more)
{
    PGresult *r = PQexecParams(p->pg, sql, 0, NULL, NULL, NULL, NULL, 1);
    bool good = PQresultStatus(r) == PGRES_TUPLES_OK || fail_pg(cx, p, r, "scan");
    *rows = good ? PQntuples(r) : 0;
    *bytes = 0;
    for (int i = 0; good && *more && i < *rows; i++) {
        if (result_row(r, i, table, cells, bytes))
            *more = fn(arg, cells);
        else
            good = fail_detail(cx, ERR_STORAGE, "error.storage",
                               "PostgreSQL: table %.*s has other columns than this program knows",
                               STR_ARG(table->name));
    }
    PQclear(r);
    return good;
}

static bool cursor_read(struct ctx *cx, struct bulk_pg *p, struct buf *select,
                        const struct bulk_table *table, struct bulk_cell *cells, bulk_row_fn *fn,
                        void *arg)
{
    int64_t ask = FETCH_FIRST, rows = 1, bytes;
    bool more = true;
    str declare =
        str_printf(cx->a, "DECLARE bulk_rows NO SCROLL CURSOR FOR %.*s", STR_ARG(buf_str(select)));
    if (!pg_exec(cx, &p->bulk, str_cstr(cx->a, declare))) return false;
    while (more && rows > 0) {
        char fetch[64];
        snprintf(fetch, sizeof fetch, "FETCH %lld FROM bulk_rows", (long long)ask);
        if (!rows_take(cx, p, fetch, table, cells, fn, arg, &rows, &bytes, &more)) return false;
        if (rows < ask) break;
        ask = bytes < rows ? FETCH_MOST : FETCH_BYTES / (bytes / rows);
        ask = ask < 1 ? 1 : ask > FETCH_MOST ? FETCH_MOST : ask;
    }
    return pg_exec(cx, &p->bulk, "CLOSE bulk_rows");
}

static bool pg_scan(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                    const struct bulk_cell *after, int64_t limit, int how, bulk_row_fn *fn,
                    void *arg)
{
    struct bulk_pg *p = own(b);
    struct bulk_cell *cells = NEW(cx->a, struct bulk_cell, table->column_count);
    struct buf select = buf_new(cx->a, 1 << 20);
    int64_t rows, bytes;
    bool more = true;
    if (how == BULK_ANY_ORDER) return copy_out(cx, p, table, cells, fn, arg);
    if (!select_text(cx, p, table, after, limit, &select)) return false;
    /* A cursor lives in a transaction; elsewhere only few rows are looked at. */
    if (b->use == BULK_READ) return cursor_read(cx, p, &select, table, cells, fn, arg);
    str text = buf_str(&select);
    return rows_take(cx, p, str_cstr(cx->a, text), table, cells, fn, arg, &rows, &bytes, &more);
}

/* --- open, close --- */

static void pg_close(struct bulk *b)
{
    struct bulk_pg *p = own(b);
    PQfinish(p->pg);
    free(p->out);
    free(p);
}

static bool pg_done(struct ctx *cx, struct bulk *b)
{
    return pg_exec(cx, b, "ANALYZE");
}

static const struct bulk_engine engine = {
    .close = pg_close,
    .exec = pg_exec,
    .begin = pg_begin,
    .commit = pg_commit,
    .put = pg_put,
    .finish = pg_done,
    .scan = pg_scan,
    .has_table = pg_has_table,
    .number = pg_number,
};

static void hear_nothing(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* Two who write in bulk at the same time would undo each other's indexes. Who has just been cut off
 * still holds it for a moment: its end reaches PostgreSQL after ours. */
static bool lock_writers(struct ctx *cx, struct bulk_pg *p)
{
    char sql[100];
    int64_t free = 0;
    snprintf(sql, sizeof sql, "SELECT CASE WHEN pg_try_advisory_lock(%d) THEN 1 ELSE 0 END",
             LOCK_NUMBER);
    for (int64_t until_ms = clock_mono_ms() + LOCK_WAIT_MS; free == 0;) {
        if (!pg_number(cx, &p->bulk, sql, &free)) return false;
        if (free == 0 && clock_mono_ms() > until_ms)
            return fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                               "Another copy or demo is writing to this database.");
        if (free == 0) clock_sleep_ms(LOCK_AGAIN_MS);
    }
    return true;
}

static bool session_begin(struct ctx *cx, struct bulk_pg *p, const struct bulk_options *o)
{
    char memory[100];
    int64_t mb = o->memory_bytes >> 20;
    snprintf(memory, sizeof memory, "SET maintenance_work_mem = '%lldMB'",
             (long long)(mb < 64     ? 64
                         : mb > 1024 ? 1024
                                     : mb));
    if (o->use == BULK_READ)
        return pg_exec(cx, &p->bulk, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    return lock_writers(cx, p) && pg_exec(cx, &p->bulk, memory);
}

bool bulk_postgres_open(struct ctx *cx, const struct bulk_options *options, struct bulk **out)
{
    const char *key[] = {"connect_timeout", "application_name", "client_encoding",
                         "options",         "dbname",           NULL};
    const char *value[] = {"5",
                           "zulauf",
                           "UTF8",
                           "-c statement_timeout=0 -c lock_timeout=10000 "
                           "-c idle_in_transaction_session_timeout=0",
                           str_cstr(cx->a, options->where),
                           NULL};
    struct bulk_pg *p = calloc(1, sizeof *p);
    if (p == NULL || (p->out = malloc(OUT_BYTES)) == NULL) {
        free(p);
        return fail_detail(cx, ERR_STORAGE, "error.storage", "There is no memory left.");
    }
    p->bulk = (struct bulk){.engine = &engine, .use = options->use, .postgres = true};
    p->pg = PQconnectdbParams(key, value, 1);
    bool good = p->pg != NULL && PQstatus(p->pg) == CONNECTION_OK;
    if (!good)
        fail_pg(cx, p, NULL, "connection");
    else
        PQsetNoticeProcessor(p->pg, hear_nothing, NULL);
    if (!good || !session_begin(cx, p, options)) {
        pg_close(&p->bulk);
        return false;
    }
    *out = &p->bulk;
    return true;
}
