/* What the generated query functions stand on: bind, step, copy. */
#include "db/sqlite.h"

#include "base/limits.h"

#include <string.h>

static struct conn *conn_of(struct tx *tx)
{
    return ((struct sqlite_tx *)tx)->conn;
}

/* Say what went wrong in `name`; the code decides whose fault it is. */
static bool refuse(struct tx *tx, const char *name, int code)
{
    const char *why = sqlite3_errmsg(conn_of(tx)->handle);
    struct ctx *cx = tx->cx;
    switch (fault_of(code)) {
    case FAULT_CONFLICT:
        return fail_detail(cx, ERR_CONFLICT, "error.conflict", "%s: %s", name, why);
    case FAULT_STORAGE:
        ((struct sqlite_tx *)tx)->storage_code = code;
        return fail_detail(cx, ERR_STORAGE, fault_storage_key(code), "%s: %s", name, why);
    case FAULT_BUSY:
        fail_detail(cx, ERR_UNAVAILABLE, "error.busy", "%s: %s", name, why);
        cx->err.retry_after_s = 1;
        return false;
    case FAULT_TOO_LARGE:
        return fail_detail(cx, ERR_TOO_LARGE, "error.too_large", "%s: %s", name, why);
    case FAULT_NONE:
    case FAULT_OURS:
        break;
    }
    return fail_detail(cx, ERR_INTERNAL, "error.internal", "%s: %s", name, why);
}

static int bind_text(sqlite3_stmt *stmt, int at, str text, bool blob)
{
    if (text.ptr == NULL) return sqlite3_bind_null(stmt, at);
    /* Borrowed: the argument outlives the statement's run, and bindings are cleared after it. */
    if (blob) return sqlite3_bind_blob64(stmt, at, text.ptr, (uint64_t)text.len, SQLITE_STATIC);
    return sqlite3_bind_text64(stmt, at, text.ptr, (uint64_t)text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_one(sqlite3_stmt *stmt, int at, enum sql_type type, const void *from)
{
    struct opt_i64 optional;
    int64_t number;
    str text;
    switch (type) {
    case SQL_I64:
        memcpy(&number, from, sizeof number);
        return sqlite3_bind_int64(stmt, at, number);
    case SQL_I64_OPT:
        memcpy(&optional, from, sizeof optional);
        return optional.set ? sqlite3_bind_int64(stmt, at, optional.v)
                            : sqlite3_bind_null(stmt, at);
    case SQL_TEXT:
    case SQL_BLOB:
        memcpy(&text, from, sizeof text);
        return bind_text(stmt, at, text, type == SQL_BLOB);
    }
    return SQLITE_MISUSE;
}

/* Bind one row of parameters, the first of which is number `at`. */
static bool bind_row(struct tx *tx, const struct sql_text *text, const void *in, sqlite3_stmt *stmt,
                     int at)
{
    for (int i = 0; i < text->in_count; i++) {
        struct sql_column column = text->in[i];
        bool workspace = column.offset == SQL_WORKSPACE_OFFSET;
        const void *from =
            workspace ? (const void *)&tx->workspace_id : (const char *)in + column.offset;
        int code = bind_one(stmt, at + i, workspace ? SQL_I64 : column.type, from);
        if (code != SQLITE_OK) return refuse(tx, text->name, code);
    }
    return true;
}

static bool may_run(struct tx *tx, const struct sql_text *text)
{
    if (!text->writes || tx->writing) return true;
    return fail_detail(tx->cx, ERR_INTERNAL, "error.internal", "%s: a write inside db_read",
                       text->name);
}

/* The statement of `query`, bound and ready to step. */
static bool begin(struct tx *tx, int query, const void *in, sqlite3_stmt **out)
{
    const struct sql_text *text = &conn_of(tx)->texts[query];
    return conn_prepare(tx->cx, conn_of(tx), query, out) && may_run(tx, text) &&
           bind_row(tx, text, in, *out, 1);
}

/* Leave the statement as it was found; a code other than "done" is told, and that last: a full
 * arena jumps away there, and a statement that was not reset cannot be bound again. */
static bool end(struct tx *tx, int query, sqlite3_stmt *stmt, int code)
{
    bool good = code == SQLITE_DONE || code == SQLITE_ROW;
    int fault = sqlite3_extended_errcode(conn_of(tx)->handle);
    sqlite3_reset(stmt);          /* keeps the message */
    sqlite3_clear_bindings(stmt); /* what was bound is borrowed */
    return good || refuse(tx, conn_of(tx)->texts[query].name, fault);
}

static str column_str(arena *a, sqlite3_stmt *stmt, int at, enum sql_type type)
{
    if (sqlite3_column_type(stmt, at) == SQLITE_NULL) return (str){0};
    const void *bytes = type == SQL_BLOB ? sqlite3_column_blob(stmt, at)
                                         : (const void *)sqlite3_column_text(stmt, at);
    ptrdiff_t len = sqlite3_column_bytes(stmt, at);
    return bytes == NULL ? S("") : str_dup(a, (str){bytes, len}); /* an empty blob is NULL */
}

/* Copy the present row to `to`; false if a number is NULL that must not be. */
static bool take_row(struct tx *tx, const struct sql_text *text, sqlite3_stmt *stmt, char *to)
{
    for (int i = 0; i < text->out_count; i++) {
        enum sql_type type = text->out[i].type;
        void *at = to + text->out[i].offset;
        bool null = sqlite3_column_type(stmt, i) == SQLITE_NULL;
        if (type == SQL_TEXT || type == SQL_BLOB) {
            str value = column_str(tx->cx->a, stmt, i, type);
            memcpy(at, &value, sizeof value);
        } else if (type == SQL_I64_OPT) {
            struct opt_i64 value = {!null, sqlite3_column_int64(stmt, i)};
            memcpy(at, &value, sizeof value);
        } else if (null) {
            return fail_detail(tx->cx, ERR_INTERNAL, "error.internal",
                               "%s: column %s is NULL; declare it with \"?\"", text->name,
                               sqlite3_column_name(stmt, i));
        } else {
            int64_t value = sqlite3_column_int64(stmt, i);
            memcpy(at, &value, sizeof value);
        }
    }
    return true;
}

bool sqlite_tx_exec(struct tx *tx, int query, const void *in, int64_t *changed)
{
    sqlite3_stmt *stmt;
    if (changed != NULL) *changed = 0;
    if (!begin(tx, query, in, &stmt)) return false;
    int code = sqlite3_step(stmt);
    if (code == SQLITE_DONE && changed != NULL && conn_of(tx)->texts[query].writes)
        *changed = sqlite3_changes64(conn_of(tx)->handle);
    return end(tx, query, stmt, code);
}

/* As many rows as the text of many takes. */
static bool put_many(struct tx *tx, int query, const char *rows, int64_t *changed)
{
    const struct sql_text *text = &conn_of(tx)->texts[query];
    sqlite3_stmt *stmt;
    if (!conn_prepare_many(tx->cx, conn_of(tx), query, &stmt) || !may_run(tx, text)) return false;
    for (int i = 0; i < text->many_rows; i++)
        if (!bind_row(tx, text, rows + i * (ptrdiff_t)text->in_bytes, stmt,
                      1 + i * text->in_count))
            return false;
    int code = sqlite3_step(stmt);
    *changed = code == SQLITE_DONE ? sqlite3_changes64(conn_of(tx)->handle) : 0;
    return end(tx, query, stmt, code);
}

bool sqlite_tx_put(struct tx *tx, int query, const void *rows, ptrdiff_t count, int64_t *changed)
{
    const struct sql_text *text = &conn_of(tx)->texts[query];
    const char *row = rows;
    int64_t one, sum = 0;
    assert(text->many_rows > 1);
    for (ptrdiff_t i = 0, n; i < count; i += n, row += n * text->in_bytes) {
        n = count - i < text->many_rows ? 1 : text->many_rows;
        if (!(n == 1 ? sqlite_tx_exec(tx, query, row, &one) : put_many(tx, query, row, &one)))
            return false;
        sum += one;
    }
    if (changed != NULL) *changed = sum;
    return true;
}

bool sqlite_tx_one(struct tx *tx, int query, const void *in, void *out, bool *found)
{
    const struct sql_text *text = &conn_of(tx)->texts[query];
    sqlite3_stmt *stmt;
    memset(out, 0, (size_t)text->row_bytes);
    if (found != NULL) *found = false;
    if (!begin(tx, query, in, &stmt)) return false;
    int code = sqlite3_step(stmt);
    bool row = code == SQLITE_ROW;
    bool good = !row || take_row(tx, text, stmt, out);
    if (row && good) code = sqlite3_step(stmt);
    if (row && good && code == SQLITE_ROW) {
        fail_detail(tx->cx, ERR_INTERNAL, "error.internal", "%s: more than one row", text->name);
        good = false;
    }
    if (!end(tx, query, stmt, code) || !good) return false;
    if (found != NULL) *found = row;
    if (!row && found == NULL)
        return fail_detail(tx->cx, ERR_NOT_FOUND, "error.not_found", "%s: no row", text->name);
    return true;
}

bool sqlite_tx_many(struct tx *tx, int query, const void *in, struct sql_rows *out)
{
    const struct sql_text *text = &conn_of(tx)->texts[query];
    sqlite3_stmt *stmt;
    *out = (struct sql_rows){0};
    if (!begin(tx, query, in, &stmt)) return false;
    char *rows = NULL;
    ptrdiff_t count = 0, cap = 0;
    bool good = true;
    int code;
    while (good && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (count == LIMIT_QUERY_ROWS) {
            good = fail_detail(tx->cx, ERR_INTERNAL, "error.internal", "%s: more than %d rows",
                               text->name, LIMIT_QUERY_ROWS);
            break;
        }
        if (count == cap) rows = rows_grow(tx->cx->a, text->row_bytes, rows, count, &cap);
        good = take_row(tx, text, stmt, rows + count * text->row_bytes);
        count++;
    }
    if (!end(tx, query, stmt, code) || !good) return false;
    *out = (struct sql_rows){rows, count};
    return true;
}

bool sqlite_tx_script(struct tx *tx, const char *text)
{
    ((struct sqlite_tx *)tx)->scripted = true;
    int code = conn_exec(conn_of(tx), text);
    return code == SQLITE_OK || refuse(tx, "script", code);
}

bool sqlite_tx_lines(struct tx *tx, const char *text, struct buf *out)
{
    return conn_lines(tx->cx, conn_of(tx), text, out);
}
