/* What the generated query functions stand on, for PostgreSQL: parameters and rows are binary. */
#include "base/bytes.h"
#include "base/limits.h"
#include "db/postgres.h"

#include <stdio.h>
#include <string.h>

/* Types as pg_type.dat numbers them; they never change. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25 };

enum { OID_BYTEA_ARRAY = 1001, OID_TEXT_ARRAY = 1009, OID_INT8_ARRAY = 1016 };

static const Oid OID_OF[] = {
    [SQL_I64] = OID_INT8, [SQL_I64_OPT] = OID_INT8, [SQL_TEXT] = OID_TEXT, [SQL_BLOB] = OID_BYTEA};

enum { NAME_BYTES = 16 };

struct parameters {
    Oid type[PG_PARAMETERS];
    const char *value[PG_PARAMETERS];
    int length[PG_PARAMETERS];
    int format[PG_PARAMETERS]; /* 1: binary */
    uint8_t number[PG_PARAMETERS][8];
};

static const struct sql_text *text_of(struct pg_tx *tx, int query)
{
    assert(query >= 0 && query < tx->conn->db->db.options.text_count);
    return &tx->conn->db->db.options.texts[query];
}

/* --- parameters --- */

static void bind_one(struct parameters *p, int at, enum sql_type type, const void *from)
{
    struct opt_i64 number = {.set = true};
    str text;
    p->type[at] = OID_OF[type];
    p->format[at] = 1;
    if (type == SQL_TEXT || type == SQL_BLOB) {
        memcpy(&text, from, sizeof text);
        assert(text.len <= INT32_MAX);
        p->value[at] = text.ptr == NULL ? NULL : text.ptr;
        p->length[at] = (int)text.len;
        return;
    }
    if (type == SQL_I64)
        memcpy(&number.v, from, sizeof number.v);
    else
        memcpy(&number, from, sizeof number);
    put_be64(p->number[at], number.v);
    p->value[at] = number.set ? (const char *)p->number[at] : NULL;
    p->length[at] = 8;
}

static void bind_all(struct parameters *p, const struct pg_tx *tx, const struct sql_text *text,
                     const void *in)
{
    assert(text->in_count <= PG_PARAMETERS);
    for (int i = 0; i < text->in_count; i++) {
        struct sql_column column = text->in[i];
        bool workspace = column.offset == SQL_WORKSPACE_OFFSET;
        const void *from =
            workspace ? (const void *)&tx->tx.workspace_id : (const char *)in + column.offset;
        bind_one(p, i, workspace ? SQL_I64 : column.type, from);
    }
}

/* --- sending --- */

int pg_send_begin(struct pg_tx *tx)
{
    static const char *const READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    static const char *const WRITE = "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE";
    PGconn *pg = tx->conn->pg;
    char limit[80];
    int sent = 1;
    if (PQsendQueryParams(pg, tx->tx.writing ? WRITE : READ, 0, NULL, NULL, NULL, NULL, 1) == 0)
        return -1;
    /* Behind a pool in transaction mode nothing of the session is ours. */
    if (tx->conn->db->db.options.unprepared) {
        snprintf(limit, sizeof limit, "SET LOCAL statement_timeout = %d", PG_STATEMENT_MS);
        if (PQsendQueryParams(pg, limit, 0, NULL, NULL, NULL, NULL, 1) == 0) return -1;
        snprintf(limit, sizeof limit, "SET LOCAL lock_timeout = %d", PG_LOCK_MS);
        if (PQsendQueryParams(pg, limit, 0, NULL, NULL, NULL, NULL, 1) == 0) return -1;
        sent += 2;
    }
    return sent;
}

/* A text to run: a query's own, or the one over arrays. */
struct text {
    const char *name, *sql; /* the query's name, for faults */
    int slot;               /* among the connection's prepared ones */
    int count;              /* of parameters */
    bool by_values;         /* not to be prepared */
};

/* Send the run of a text, preparing it first if this connection has not yet; how many statements
 * went out, or -1. *preparing is the place of the preparation, or -1. */
static int send_text(struct pg_conn *c, const struct text *t, const struct parameters *p,
                     int *preparing)
{
    int sent = 0;
    *preparing = -1;
    if (c->db->db.options.unprepared || t->by_values)
        return PQsendQueryParams(c->pg, t->sql, t->count, p->type, p->value, p->length, p->format,
                                 1)
                   ? 1
                   : -1;
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "q%d", t->slot);
    if (!c->prepared[t->slot]) {
        if (PQsendPrepare(c->pg, name, t->sql, t->count, p->type) == 0) return -1;
        *preparing = sent++;
    }
    if (PQsendQueryPrepared(c->pg, name, t->count, p->value, p->length, p->format, 1) == 0)
        return -1;
    return sent + 1;
}

/* Note the fault and tell it: nothing else of this transaction will work. */
static bool refuse(struct pg_tx *tx, enum pg_fault fault, const char *name, str message)
{
    tx->fault = fault;
    return pg_refuse(tx->tx.cx, fault, name, message);
}

/* Run a text; its result is tx->held, until `done` or the end of the transaction: the arena may
 * jump away in between. */
static bool run_text(struct pg_tx *tx, const struct text *t, const struct parameters *p)
{
    PGresult *result[PG_EXCHANGE] = {0};
    int begin = 0, preparing;
    str message = S("the transaction has failed already");
    struct ctx *cx = tx->tx.cx;
    if (tx->fault != PG_FINE) return pg_refuse(cx, tx->fault, t->name, message);
    if (!tx->begun) begin = pg_send_begin(tx);
    int own = begin < 0 ? -1 : send_text(tx->conn, t, p, &preparing);
    if (own < 0) return refuse(tx, PG_LOST, t->name, S("the connection was lost"));
    enum pg_fault fault = pg_finish(tx->conn, begin + own, result, &message);
    tx->one_sent = true;
    if (fault != PG_LOST) {
        tx->begun = true;
        if (preparing >= 0 && PQresultStatus(result[begin + preparing]) == PGRES_COMMAND_OK)
            tx->conn->prepared[t->slot] = true;
    }
    pg_clear(result, begin + own - 1);
    tx->held = result[begin + own - 1];
    return fault == PG_FINE || refuse(tx, fault, t->name, message);
}

static bool run(struct tx *face, int query, const void *in)
{
    struct pg_tx *tx = (struct pg_tx *)face;
    const struct sql_text *text = text_of(tx, query);
    struct text t = {text->name, text->postgres, query, text->in_count, text->by_values};
    struct parameters p;
    if (text->writes && !face->writing)
        return fail_detail(face->cx, ERR_INTERNAL, "error.internal", "%s: a write inside db_read",
                           text->name);
    assert(text->postgres != NULL);
    bind_all(&p, tx, text, in);
    return run_text(tx, &t, &p);
}

static void done(struct tx *face)
{
    struct pg_tx *tx = (struct pg_tx *)face;
    PQclear(tx->held);
    tx->held = NULL;
}

/* --- rows --- */

/* A whole number of any of the server's widths; false if the column is none. */
static bool number_at(const PGresult *r, int row, int column, int64_t *out)
{
    const uint8_t *bytes = (const uint8_t *)PQgetvalue(r, row, column);
    switch (PQftype(r, column)) {
    case OID_INT8:
        *out = get_be64(bytes);
        return true;
    case OID_INT4:
        *out = (int32_t)((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                         (uint32_t)bytes[2] << 8 | bytes[3]);
        return true;
    case OID_INT2:
        *out = (int16_t)(bytes[0] << 8 | bytes[1]);
        return true;
    case OID_BOOL:
        *out = bytes[0];
        return true;
    default:
        return false;
    }
}

static bool take_row(struct ctx *cx, const struct sql_text *text, const PGresult *r, int row,
                     char *to)
{
    for (int i = 0; i < text->out_count; i++) {
        enum sql_type type = text->out[i].type;
        void *at = to + text->out[i].offset;
        bool null = PQgetisnull(r, row, i) != 0;
        if (type == SQL_TEXT || type == SQL_BLOB) {
            str value = {PQgetvalue(r, row, i), PQgetlength(r, row, i)};
            value = null ? (str){0} : value.len == 0 ? S("") : str_dup(cx->a, value);
            memcpy(at, &value, sizeof value);
            continue;
        }
        struct opt_i64 number = {.set = !null};
        if (!null && !number_at(r, row, i, &number.v))
            return fail_detail(cx, ERR_INTERNAL, "error.internal",
                               "%s: column %s is of type %u; cast it to BIGINT", text->name,
                               PQfname(r, i), PQftype(r, i));
        if (null && type == SQL_I64)
            return fail_detail(cx, ERR_INTERNAL, "error.internal",
                               "%s: column %s is NULL; declare it with \"?\"", text->name,
                               PQfname(r, i));
        if (type == SQL_I64)
            memcpy(at, &number.v, sizeof number.v);
        else
            memcpy(at, &number, sizeof number);
    }
    return true;
}

/* How many rows the held statement has changed. */
static void take_changed(const struct pg_tx *tx, bool good, int64_t *changed)
{
    if (changed != NULL && (!good || !str_to_i64(str_of(PQcmdTuples(tx->held)), changed)))
        *changed = 0;
}

bool pg_tx_arrays(struct tx *face, int query, const str *arrays, int64_t *changed)
{
    static const Oid array_of[] = {[SQL_I64] = OID_INT8_ARRAY,
                                   [SQL_I64_OPT] = OID_INT8_ARRAY,
                                   [SQL_TEXT] = OID_TEXT_ARRAY,
                                   [SQL_BLOB] = OID_BYTEA_ARRAY};
    struct pg_tx *tx = (struct pg_tx *)face;
    const struct sql_text *text = text_of(tx, query);
    struct text t = {text->name, text->append, tx->conn->db->db.options.text_count + query,
                     text->in_count, false};
    struct parameters p;
    assert(text->in_count <= PG_PARAMETERS);
    for (int i = 0; i < text->in_count; i++) {
        bool workspace = text->in[i].offset == SQL_WORKSPACE_OFFSET;
        p.type[i] = array_of[workspace ? SQL_I64 : text->in[i].type];
        p.format[i] = 1;
        p.value[i] = arrays[i].ptr;
        p.length[i] = (int)arrays[i].len;
    }
    bool good = run_text(tx, &t, &p);
    take_changed(tx, good, changed);
    done(face);
    return good;
}

bool postgres_tx_exec(struct tx *tx, int query, const void *in, int64_t *changed)
{
    bool good = run(tx, query, in);
    take_changed((struct pg_tx *)tx, good, changed);
    done(tx);
    return good;
}

bool postgres_tx_one(struct tx *tx, int query, const void *in, void *out, bool *found)
{
    const struct sql_text *text = text_of((struct pg_tx *)tx, query);
    memset(out, 0, (size_t)text->row_bytes);
    if (found != NULL) *found = false;
    bool good = run(tx, query, in);
    const PGresult *r = ((struct pg_tx *)tx)->held;
    int rows = good ? PQntuples(r) : 0;
    if (rows > 1)
        good = fail_detail(tx->cx, ERR_INTERNAL, "error.internal", "%s: more than one row",
                           text->name);
    if (good && rows == 1) good = take_row(tx->cx, text, r, 0, out);
    done(tx);
    if (found != NULL) *found = good && rows == 1;
    if (good && rows == 0 && found == NULL)
        return fail_detail(tx->cx, ERR_NOT_FOUND, "error.not_found", "%s: no row", text->name);
    return good;
}

bool postgres_tx_many(struct tx *tx, int query, const void *in, struct sql_rows *out)
{
    const struct sql_text *text = text_of((struct pg_tx *)tx, query);
    *out = (struct sql_rows){0};
    bool good = run(tx, query, in);
    const PGresult *r = ((struct pg_tx *)tx)->held;
    int rows = good ? PQntuples(r) : 0;
    if (rows > LIMIT_QUERY_ROWS)
        good = fail_detail(tx->cx, ERR_INTERNAL, "error.internal", "%s: more than %d rows",
                           text->name, LIMIT_QUERY_ROWS);
    char *row = NULL;
    if (good && rows > 0)
        row = arena_alloc(tx->cx->a, text->row_bytes, _Alignof(max_align_t), rows);
    for (int i = 0; good && i < rows; i++)
        good = take_row(tx->cx, text, r, i, row + (ptrdiff_t)i * text->row_bytes);
    done(tx);
    if (good) *out = (struct sql_rows){row, rows};
    return good;
}

bool postgres_tx_script(struct tx *face, const char *text)
{
    struct pg_tx *tx = (struct pg_tx *)face;
    PGresult *result[PG_EXCHANGE];
    str message = S("the connection was lost");
    enum pg_fault fault = PG_FINE;
    if (!tx->begun) {
        int sent = pg_send_begin(tx);
        fault = sent < 0 ? PG_LOST : pg_finish(tx->conn, sent, result, &message);
        if (sent > 0) pg_clear(result, sent);
        tx->begun = fault != PG_LOST;
    }
    tx->one_sent = true;
    if (fault == PG_FINE) fault = pg_script(tx->conn, "SET LOCAL statement_timeout = 0", &message);
    if (fault == PG_FINE) fault = pg_script(tx->conn, text, &message);
    return fault == PG_FINE || refuse(tx, fault, "script", message);
}

bool postgres_tx_lines(struct tx *face, const char *text, struct buf *out)
{
    struct pg_tx *tx = (struct pg_tx *)face;
    PGresult *result[PG_EXCHANGE] = {0};
    str message = S("the connection was lost");
    int begin = tx->begun ? 0 : pg_send_begin(tx);
    bool sent =
        begin >= 0 && PQsendQueryParams(tx->conn->pg, text, 0, NULL, NULL, NULL, NULL, 0) != 0;
    enum pg_fault fault = sent ? pg_finish(tx->conn, begin + 1, result, &message) : PG_LOST;
    tx->begun |= fault != PG_LOST;
    tx->one_sent = true;
    if (sent) pg_clear(result, begin);
    const PGresult *r = tx->held = sent ? result[begin] : NULL; /* `out` may run out of memory */
    for (int i = 0; fault == PG_FINE && i < PQntuples(r); i++) {
        for (int j = 0; j < PQnfields(r); j++) {
            if (j > 0) buf_char(out, ' ');
            buf_put(out, str_of(PQgetvalue(r, i, j)));
        }
        buf_char(out, '\n');
    }
    done(face);
    return fault == PG_FINE || refuse(tx, fault, "lines", message);
}

/* --- at start --- */

/* What of the server's description differs from our table; NULL if nothing. */
static const char *differs(const struct sql_text *text, const PGresult *r)
{
    if (PQnparams(r) != text->in_count) return "parameters";
    if (PQnfields(r) != text->out_count) return "columns";
    for (int i = 0; i < text->out_count; i++) {
        Oid type = PQftype(r, i);
        bool number = type == OID_INT8 || type == OID_INT4 || type == OID_INT2 || type == OID_BOOL;
        enum sql_type ours = text->out[i].type;
        bool good = ours == SQL_TEXT   ? type == OID_TEXT
                    : ours == SQL_BLOB ? type == OID_BYTEA
                                       : number;
        if (!good) return PQfname(r, i);
    }
    return NULL;
}

static bool prepare(struct ctx *cx, struct pg_conn *c, int query)
{
    const struct sql_text *text = &c->db->db.options.texts[query];
    struct parameters p = {0};
    PGresult *result[2] = {0};
    str message = S("the connection was lost");
    char name[NAME_BYTES] = "";
    if (text->postgres == NULL) return true; /* only: sqlite */
    assert(text->in_count <= PG_PARAMETERS);
    for (int i = 0; i < text->in_count; i++)
        p.type[i] = OID_OF[text->in[i].offset == SQL_WORKSPACE_OFFSET ? SQL_I64 : text->in[i].type];
    if (!c->db->db.options.unprepared) snprintf(name, sizeof name, "q%d", query);
    if (PQsendPrepare(c->pg, name, text->postgres, text->in_count, p.type) == 0 ||
        PQsendDescribePrepared(c->pg, name) == 0)
        return pg_refuse(cx, PG_LOST, text->name, message);
    enum pg_fault fault = pg_finish(c, 2, result, &message);
    const char *what = fault == PG_FINE ? differs(text, result[1]) : NULL;
    bool good = what == NULL && fault == PG_FINE;
    if (what != NULL)
        fail_detail(cx, ERR_INTERNAL, "error.internal", "%s: %s of text and table differ",
                    text->name, what);
    else if (fault != PG_FINE)
        pg_refuse(cx, fault, text->name, message);
    pg_clear(result, 2);
    if (good && name[0] != 0) c->prepared[query] = true;
    return good;
}

bool pg_prepare_all(struct ctx *cx, struct pg_conn *c)
{
    for (int i = 0; i < c->db->db.options.text_count; i++)
        if (!prepare(cx, c, i)) return false;
    return true;
}
