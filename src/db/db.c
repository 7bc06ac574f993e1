/* The face: which engine, and what both do alike. */
#include "db/engine.h"

#include <string.h>

enum { FIRST_ROWS = 16 };

/* Guards against a transaction inside a transaction on one thread. */
static _Thread_local bool inside;

bool fail_open(struct ctx *cx, const char *key, const char *where, const char *sentence)
{
    fail_detail(cx, ERR_STORAGE, key, "%s: %s", where, sentence);
    fail_arg(cx, "path", str_dup(cx->a, str_of(where)));
    return false;
}

bool fail_busy(struct ctx *cx)
{
    fail(cx, ERR_UNAVAILABLE, "error.busy");
    cx->err.retry_after_s = 1;
    return false;
}

/* What leaves a doubt is told as fail_busy or ERR_STORAGE on both engines. */
bool db_surely_undone(const struct ctx *cx)
{
    enum err_code code = cx->err.code;
    return code != ERR_NONE && code != ERR_UNAVAILABLE && code != ERR_STORAGE;
}

enum tx_end tx_run(struct tx *tx, tx_fn *fn, void *arg)
{
    jmp_buf here;
    struct ctx *cx = tx->cx;
    arena *memory = cx->a; /* fn may have put one of its own frame in its place */
    jmp_buf *edge = memory->full;
    enum tx_end end;
    assert(!inside);
    inside = true;
    if (setjmp(here) == 0) {
        memory->full = &here;
        end = fn(cx, tx, arg) ? TX_GOOD : TX_REFUSED;
    } else {
        cx->a = memory;
        end = TX_TOO_LARGE;
    }
    inside = false;
    memory->full = edge;
    return end;
}

void *rows_grow(arena *a, int row_bytes, const void *rows, ptrdiff_t count, ptrdiff_t *cap)
{
    ptrdiff_t room = *cap == 0 ? FIRST_ROWS : *cap * 2;
    char *wider = arena_alloc(a, row_bytes, _Alignof(max_align_t), room);
    if (count > 0) memcpy(wider, rows, (size_t)(count * row_bytes));
    *cap = room;
    return wider;
}

bool db_open(struct ctx *cx, const struct db_options *options, struct db **out)
{
    *out = NULL;
    return options->url.len > 0 ? postgres_open(cx, options, out) : sqlite_open(cx, options, out);
}

void db_close(struct db *db)
{
    if (db != NULL) db->engine->close(db);
}

bool db_is_shared(const struct db *db)
{
    return db->engine->shared;
}

bool db_read(struct ctx *cx, tx_fn *fn, void *arg)
{
    assert(!inside);
    return cx->db->engine->read(cx, fn, arg);
}

bool db_read_long(struct ctx *cx, tx_fn *fn, void *arg)
{
    cx->db->long_reads++;
    bool good = db_read(cx, fn, arg);
    cx->db->long_reads--;
    return good;
}

bool db_write(struct ctx *cx, enum db_lane lane, tx_fn *fn, void *arg)
{
    assert(cx->db != NULL && !inside);
    cx->db->writes++;
    return cx->db->engine->write(cx, lane, fn, arg);
}

bool db_append(struct ctx *cx, int query, const void *rows, ptrdiff_t count)
{
    assert(!inside && count > 0 && count <= DB_APPEND_ROWS);
    assert(cx->db->options.texts[query].append != NULL);
    cx->db->writes++;
    return cx->db->engine->append(cx, query, rows, count);
}

bool db_prepare_all(struct ctx *cx)
{
    return cx->db->engine->prepare_all(cx);
}

bool db_check(struct ctx *cx, str *what)
{
    return cx->db->engine->check(cx, what);
}

bool db_backup(struct ctx *cx, str path)
{
    return cx->db->engine->backup(cx, path);
}

void db_stats(struct db *db, struct db_stats *out)
{
    *out = (struct db_stats){.writes = db->writes, .failed_batches = db->failed_batches};
    db->engine->stats(db, out);
}

/* --- inside a transaction --- */

struct ctx *tx_ctx(struct tx *tx)
{
    return tx->cx;
}

void tx_workspace(struct tx *tx, int64_t workspace_id)
{
    tx->workspace_id = workspace_id;
}

bool sql_exec(struct tx *tx, int query, const void *in, int64_t *changed)
{
    return tx->engine->exec(tx, query, in, changed);
}

bool sql_put(struct tx *tx, int query, const void *rows, ptrdiff_t count, int64_t *changed)
{
    assert(tx->cx->db->options.texts[query].append != NULL);
    if (changed != NULL) *changed = 0;
    return count == 0 || tx->engine->put(tx, query, rows, count, changed);
}

bool sql_one(struct tx *tx, int query, const void *in, void *out, bool *found)
{
    return tx->engine->one(tx, query, in, out, found);
}

bool sql_many(struct tx *tx, int query, const void *in, struct sql_rows *out)
{
    return tx->engine->many(tx, query, in, out);
}

bool sql_script(struct tx *tx, const char *text)
{
    return tx->engine->script(tx, text);
}

bool sql_lines(struct tx *tx, const char *text, struct buf *out)
{
    return tx->engine->lines(tx, text, out);
}
